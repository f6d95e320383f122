import { MillraceError } from '../errors.ts';
import type { Graph, Node } from './graph.ts';
import { canRestore } from './outputs.ts';
import type { Output, StoredStep } from './store/store.ts';

/** What is to be done about each step. */
export type Todo = 'run' | 'done' | 'leave';

/** The steps as other processes left them, by their names. */
export type Stored = ReadonlyMap<string, StoredStep>;

/**
 * What of a graph is to be run: what has not ended well, and what that needs of steps whose frames are gone. `only`: these
 * steps, and what they need.
 */
export function todoOf(
  { nodes }: Graph,
  stored: Stored,
  fingerprints: ReadonlyMap<Node, string>,
  only: ReadonlySet<string> | undefined,
): ReadonlyMap<Node, Todo> {
  const todo = new Map<Node, Todo>();
  const neededBy = new Map<Node, Node>();
  const isBegun = [...stored.values()].some(({ state }) => state !== 'queued');
  for (const node of [...nodes].reverse()) {
    const before = stored.get(node.name);
    const hasEnded = before?.state === 'succeeded' || before?.state === 'skipped';
    const needer = neededBy.get(node);
    let what: Todo;
    if (only === undefined ? !hasEnded : only.has(node.name)) what = 'run';
    else if (needer === undefined) what = only === undefined ? 'done' : 'leave';
    else if (hasEnded && (before.state === 'skipped' || isKept(node, before, stored, fingerprints.get(node))))
      what = 'done';
    // In a run whose steps several processes run, what is not there by now will not be.
    else if (only !== undefined && isBegun && (needer.join === 'any' || needer.join === 'done')) what = 'leave';
    else if (only !== undefined && !isComputation(node)) throw notKept(node, needer);
    else what = 'run';
    todo.set(node, what);
    if (what === 'run') for (const input of node.inputs) neededBy.set(input.node, node);
  }
  return todo;
}

/** Whether what a step gave can be handed on again, and is what its code would give now. What acts on the world has acted. */
function isKept(node: Node, before: StoredStep, stored: Stored, fingerprint: string | undefined): boolean {
  if (isComputation(node) && before.fingerprint !== fingerprint) return false;
  return isOutputKept(before.output, stored);
}

/** Whether what a step gave can be handed on again; of a map what its items gave. */
function isOutputKept(output: Output | null, stored: Stored): boolean {
  if (output?.kind !== 'items') return canRestore(output);
  return output.steps.every((name) => canRestore(stored.get(name)?.output ?? null));
}

/** The steps that a resumed run runs besides those that were cleared: what they gave is needed and not kept. */
export function goneBefore(steps: readonly StoredStep[], cleared: readonly string[]): string[] {
  const stored: Stored = new Map(steps.map((one) => [one.name, one]));
  const runs = new Set(cleared);
  for (const { name, inputs } of steps.toReversed()) {
    if (!runs.has(name)) continue;
    for (const { name: input, kind, output } of steps) {
      const isGone = (kind === 'step' || kind === 'map') && output !== null && !isOutputKept(output, stored);
      if (inputs.includes(input) && isGone) runs.add(input);
    }
  }
  return steps.flatMap(({ name }) => (runs.has(name) && !cleared.includes(name) ? [name] : []));
}

function isComputation({ kind }: Node): boolean {
  return kind === 'step' || kind === 'map' || kind === 'pipeline';
}

function notKept({ name, kind }: Node, needer: Node): MillraceError {
  return new MillraceError({
    code: 'pipeline.not_kept',
    message: `pipeline: ${needer.name} takes what the ${kind} ${JSON.stringify(name)} gave, and nothing of that is kept. Run it in the same run before, or name it, too: only: [${JSON.stringify(name)}, ${JSON.stringify(needer.name)}].`,
    details: { step: name, neededBy: needer.name },
  });
}
