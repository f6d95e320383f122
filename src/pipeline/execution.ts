import { MillraceError } from '../errors.ts';
import { hasControls } from './builder.ts';
import { digest } from './fingerprint.ts';
import { rowsTaken } from './frames.ts';
import { type MapNode, type Node, type NodeOptions, waitsFor } from './graph.ts';
import { loadParams } from './kept-params.ts';
import { canRestore, type Kept, restoreOutput } from './outputs.ts';
import type { Pipeline } from './pipeline.ts';
import { type Stored, type Todo, todoOf } from './restart.ts';
import type { RunningRun } from './running.ts';
import { type Ended, runStep, type Work } from './step-run.ts';
import type { Output } from './store/store.ts';

/** How a step stands, for who waits for it; `untouched`: it is none of this run's. */
type Settled = Ended | { readonly state: 'untouched' | 'done' };

type Values = Readonly<Record<string, unknown>>;

export interface ExecutionOptions {
  readonly pipeline: Pipeline<unknown>;
  readonly params: object;
  readonly fingerprints: ReadonlyMap<Node, string>;
  /** What steps do that do not say otherwise. */
  readonly defaults: Pick<NodeOptions, 'retries' | 'timeout' | 'checkpoint'>;
  /** What they do whatever they say. */
  readonly overrides: Pick<NodeOptions, 'retries'>;
  readonly stored: Stored;
  /** The steps to run; all where nothing is said. */
  readonly only: ReadonlySet<string> | undefined;
}

/** Runs the steps of a graph, each when what it waits for has ended, side by side. */
export class Execution {
  readonly #run: RunningRun;
  readonly #options: ExecutionOptions;
  readonly #todo: ReadonlyMap<Node, Todo>;
  readonly #settled = new Map<Node, Promise<Settled>>();
  /** What steps gave; of those that other processes ended, once it is asked for. */
  readonly #kept = new Map<Node, Promise<Kept>>();
  /** How many steps have yet to take what a step gave. */
  readonly #takers = new Map<Node, number>();
  /** What was thrown first, as it was thrown. */
  #firstError: { readonly step: string; readonly error: unknown } | undefined;

  constructor(run: RunningRun, options: ExecutionOptions) {
    this.#run = run;
    this.#options = options;
    this.#todo = todoOf(options.pipeline.graph, options.stored, options.fingerprints, options.only);
    for (const node of options.pipeline.graph.nodes) {
      if (this.#todo.get(node) !== 'run') continue;
      for (const input of node.inputs) this.#takers.set(input.node, (this.#takers.get(input.node) ?? 0) + 1);
    }
  }

  /** The steps as they stood when it began. */
  get stored(): Stored {
    return this.#options.stored;
  }

  get firstError(): { readonly step: string; readonly error: unknown } | undefined {
    return this.#firstError;
  }

  /** Whether this run runs a step, or leaves it as it is. */
  runs(node: Node): boolean {
    return this.#todo.get(node) === 'run';
  }

  /** Runs all there is to run; throws only what cannot be written down. */
  async run(): Promise<void> {
    for (const node of this.#options.pipeline.graph.nodes) this.#settled.set(node, this.#settle(node));
    const all = [...this.#settled.values()];
    // An error of the store stops the other steps: they end before it is thrown.
    await Promise.allSettled(all);
    await Promise.all(all);
  }

  /** Gives up what stands in scratch still. */
  async release(): Promise<void> {
    for (const node of [...this.#kept.keys()]) await this.#giveUp(node);
  }

  async #settle(node: Node): Promise<Settled> {
    const todo = this.#todo.get(node);
    if (todo === 'leave') return { state: 'untouched' };
    if (todo === 'done') {
      const { state, reason } = this.#options.stored.get(node.name) ?? {};
      return state === 'skipped' ? { state, reason: reason ?? '' } : { state: 'done' };
    }
    const others = waitsFor(node);
    const waits = await Promise.all(others.map((other) => this.#settled.get(other)));
    const ended = (await this.#decided(node, others, waits)) ?? (await this.#runNode(node));
    if (ended.state === 'failed') this.#firstError ??= { step: node.name, error: ended.error };
    if (ended.state === 'succeeded') this.#kept.set(node, Promise.resolve(ended.kept));
    await this.#releaseInputs(node);
    return ended;
  }

  /** The end of a step that does not run, by how those ended that it waits for. */
  async #decided(
    { name, kind, join }: Node,
    others: readonly Node[],
    waits: readonly (Settled | undefined)[],
  ): Promise<Ended | undefined> {
    const { signal } = this.#run;
    if (signal.aborted) {
      await this.#run.endUnrun(name, kind, 'cancelled', 'the run was stopped');
      return { state: 'cancelled', error: signal.reason };
    }
    const at = (...states: readonly Settled['state'][]): number =>
      waits.findIndex((wait) => wait !== undefined && states.includes(wait.state));
    const failed = at('failed', 'cancelled');
    const skipped = at('skipped');
    const isThere = at('succeeded', 'done', 'untouched') !== -1 || waits.length === 0;
    const cause =
      join === 'done' || (join === 'any' && isThere) ? -1 : failed !== -1 || join === 'ended' ? failed : skipped;
    if (cause === -1) return undefined;
    const state = cause === failed ? 'cancelled' : 'skipped';
    const other = others[cause]?.name ?? '';
    const reason = `${other}: ${waits[cause]?.state}`;
    await this.#run.endUnrun(name, kind, state, reason);
    return state === 'skipped' ? { state, reason } : { state, error: new Error(`it waited for ${reason}`) };
  }

  async #runNode(node: Node): Promise<Ended> {
    const { pipeline, fingerprints, defaults, overrides, params: around, stored } = this.#options;
    const params = node.params?.(around) ?? around;
    const before = stored.get(node.name);
    const work = {
      name: node.name,
      kind: node.kind,
      fingerprint: fingerprints.get(node) ?? '',
      params,
      loadParams: loadParams(pipeline, node.child, params),
      before: { attempts: before?.attempts ?? 0, cleared: before?.cleared ?? 0 },
    };
    const options = { ...defaults, ...node.options, ...overrides };
    let values: Values;
    try {
      values = await this.#valuesOf(node);
    } catch (error) {
      const run = (): never => {
        throw error;
      };
      return runStep(this.#run, { ...work, options: {}, values: {}, taken: 0, run });
    }
    const { map } = node;
    const taken = rowsTaken(values);
    if (map === undefined) {
      return runStep(this.#run, { ...work, options, values, taken, run: (context) => node.run(values, context) });
    }
    const { when } = options;
    return runStep(this.#run, {
      ...work,
      options: when === undefined ? {} : { when },
      values,
      taken,
      run: async (context) => {
        const items = await node.run(values, context);
        return this.#runItems(
          { ...work, options: withoutWhen(options), values, taken, run: () => undefined },
          map,
          items,
          node,
        );
      },
    });
  }

  /** Runs a step for each item of a list; gives what they gave, in their order. */
  async #runItems(of: Work, map: MapNode, items: unknown, node: Node): Promise<Kept> {
    const { nodes } = this.#options.pipeline.graph;
    const works = itemsOf(of, map, items);
    this.#run.items.set(
      of.name,
      works.map(({ name }) => name),
    );
    const inputs = node.inputs.map((input) => input.node.name);
    const position = nodes.indexOf(node);
    const steps = works.map(({ name, fingerprint }) => ({
      name,
      fingerprint,
      kind: 'item' as const,
      inputs,
      position,
    }));
    await this.#run.write((store) => store.addSteps(this.#run.id, steps));
    const ended = await Promise.all(works.map((work) => this.#runItem(work)));
    const kept = ended.flatMap((item) => (item.state === 'succeeded' ? [item.kept] : []));
    const failed = ended.findIndex(({ state }) => state === 'failed');
    this.#run.failedItems.set(of.name, works[failed]?.name ?? '');
    const bad = ended[failed] ?? ended.find(({ state }) => state === 'cancelled');
    if (bad !== undefined) {
      for (const { frames } of kept) for (const { release } of frames) await release();
      throw bad.state === 'failed' || bad.state === 'cancelled' ? bad.error : undefined;
    }
    return {
      value: kept.map(({ value }) => value),
      frames: kept.flatMap(({ frames }) => frames),
      output: { kind: 'items', steps: works.map(({ name }) => name) },
      bytes: 0,
    };
  }

  async #runItem(work: Work): Promise<Ended> {
    const before = this.#options.stored.get(work.name);
    const mayBeKept = before?.state === 'succeeded' && before.fingerprint === work.fingerprint;
    const output = mayBeKept ? before.output : null;
    if (output !== null && canRestore(output)) {
      return { state: 'succeeded', kept: await this.#restored(output) };
    }
    return runStep(this.#run, {
      ...work,
      before: { attempts: before?.attempts ?? 0, cleared: before?.cleared ?? 0 },
    });
  }

  async #valuesOf(node: Node): Promise<Values> {
    const entries = node.inputs.map(
      async ({ name, node: input }) => [name, (await this.#keptOf(input))?.value] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  #keptOf(node: Node): Promise<Kept> | undefined {
    const known = this.#kept.get(node);
    const before = this.#options.stored.get(node.name);
    if (known !== undefined || this.#todo.get(node) !== 'done' || before?.state !== 'succeeded') return known;
    const kept = before.output === null ? undefined : this.#restored(before.output);
    if (kept !== undefined) this.#kept.set(node, kept);
    return kept;
  }

  async #restored(output: Output): Promise<Kept> {
    const { session, signal } = this.#run;
    if (output.kind !== 'items') return restoreOutput(output, session.read, { signal });
    const items: Kept[] = [];
    for (const name of output.steps) {
      const item = this.#options.stored.get(name)?.output;
      if (item !== undefined && item !== null) items.push(await restoreOutput(item, session.read, { signal }));
    }
    const frames = items.flatMap((item) => item.frames);
    return { value: items.map(({ value }) => value), frames, output, bytes: 0 };
  }

  /** A step has taken its inputs: what no other takes is given up. */
  async #releaseInputs(node: Node): Promise<void> {
    for (const { node: input } of node.inputs) {
      const left = (this.#takers.get(input) ?? 1) - 1;
      this.#takers.set(input, left);
      if (left === 0) await this.#giveUp(input);
    }
    if ((this.#takers.get(node) ?? 0) === 0) await this.#giveUp(node);
  }

  async #giveUp(node: Node): Promise<void> {
    const kept = this.#kept.get(node);
    this.#kept.delete(node);
    const { frames = [] } = (await kept?.catch(() => undefined)) ?? {};
    for (const { release } of frames) await release();
  }
}

/** The steps of a map's items. */
function itemsOf(of: Work, { item: run, key }: MapNode, items: unknown): readonly Work[] {
  if (!Array.isArray(items)) {
    throw new MillraceError({
      code: 'pipeline.value',
      message: `pipeline step ${JSON.stringify(of.name)}: the list of a map is an array, and this is ${items === null ? 'null' : typeof items}.`,
      details: { step: of.name },
    });
  }
  const seen = new Set<string>();
  return items.map((item: unknown, i): Work => {
    const own: unknown = key(item, i);
    if (typeof own !== 'string' || hasControls(own)) {
      throw new MillraceError({
        code: 'pipeline.map_key',
        message: `pipeline step ${JSON.stringify(of.name)}: the key of item ${i} is ${JSON.stringify(own) ?? 'undefined'}. A key is text in one line: { key: (item) => item.id }.`,
        details: { step: of.name, item: i, key: own },
      });
    }
    const name = `${of.name}[${own}]`;
    if (seen.has(name)) {
      throw new MillraceError({
        code: 'pipeline.map_key',
        message: `pipeline step ${JSON.stringify(of.name)}: two items have the key of ${JSON.stringify(name)}. Give each its own: { key: (item) => item.id }.`,
        details: { step: of.name, item: name },
      });
    }
    seen.add(name);
    return {
      ...of,
      name,
      kind: 'item',
      fingerprint: digest(of.fingerprint, name, JSON.stringify(item) ?? ''),
      run: (context) => run(item, of.values, context),
    };
  });
}

function withoutWhen({ when: _, ...options }: NodeOptions): NodeOptions {
  return options;
}
