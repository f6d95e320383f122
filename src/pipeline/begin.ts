import { randomUUID } from 'node:crypto';
import { didYouMean, MillraceError } from '../errors.ts';
import { codeVersion, fingerprints } from './fingerprint.ts';
import { type Node, waitsFor } from './graph.ts';
import { keptParams, revivedParams, secretParams } from './kept-params.ts';
import type { Pipeline } from './pipeline.ts';
import { type Stored, todoOf } from './restart.ts';
import type { RunPipelineOptions } from './run.ts';
import type { Interval } from './schedule/schedule.ts';
import type { NewStep, Owner, RunStore, StoredRun, Trigger } from './store/store.ts';

/** A run that may begin: it is written down and this process's. */
export interface Begun {
  readonly id: string;
  readonly interval: Interval;
  readonly trigger: Trigger;
  readonly params: Readonly<Record<string, unknown>>;
  readonly fingerprints: ReadonlyMap<Node, string>;
  readonly stored: Stored;
  /** Whether it goes on with what another process began. */
  readonly resumed: boolean;
  /** Whether other processes run steps of it at the same time, so that it is nobody's. */
  readonly shared: boolean;
}

/** Finds what a run is about, writes it down where it is new, and takes it. */
export async function beginRun(
  pipeline: Pipeline<unknown>,
  options: RunPipelineOptions<object>,
  owner: Owner,
  underWay: ReadonlySet<string>,
): Promise<Begun> {
  const { store, only } = options;
  checkOnly(pipeline, only);
  const given = options.resume ?? options.claimed;
  if (given !== undefined && store === undefined)
    throw noRun(pipeline.name, given, 'Give the store that it is kept in.');
  const shared = store !== undefined && only !== undefined;
  const before = store === undefined ? undefined : await runBefore(pipeline, options, store);
  const about = before === undefined ? newRun(pipeline, options) : aboutOf(pipeline, before, options);
  const { nodes } = pipeline.graph;
  const prints = fingerprints(pipeline, about);
  const begun = { ...about, fingerprints: prints, shared };
  if (store === undefined) return { ...begun, stored: new Map(), resumed: false };
  // What cannot be run is told before anything of the run is written.
  if (only !== undefined) {
    if (before !== undefined && before.owner !== null) throw await busy(about.id, store);
    const known: Stored = before === undefined ? new Map() : await storedOf(store, about.id);
    todoOf(pipeline.graph, known, prints, new Set(only));
  }
  if (before === undefined) await addRun(pipeline, about, store, shared ? 'partial' : owner);
  const steps = nodes.map(
    (node, position): NewStep => ({
      name: node.name,
      position,
      kind: node.kind,
      inputs: waitsFor(node).map(({ name }) => name),
      fingerprint: prints.get(node) ?? null,
    }),
  );
  if (!shared && underWay.has(about.id)) throw await busy(about.id, store);
  const isTaken =
    only === undefined
      ? await store.takeRun(about.id, owner, steps, new Date())
      : await store.joinRun(about.id, owner, { steps, only }, new Date());
  if (!isTaken) throw await busy(about.id, store);
  const stored = await storedOf(store, about.id);
  return { ...begun, stored, resumed: before !== undefined && before.started !== null };
}

async function storedOf(store: RunStore, id: string): Promise<Stored> {
  return new Map((await store.steps(id)).map((step) => [step.name, step]));
}

type About = Pick<Begun, 'id' | 'interval' | 'trigger' | 'params'>;

function newRun(pipeline: Pipeline<unknown>, options: RunPipelineOptions<object>): About {
  const now = new Date();
  const { interval = { from: now, to: now }, trigger = 'manual', id = randomUUID() } = options;
  const { from, to } = interval;
  if (!(from instanceof Date) || !(to instanceof Date) || !(from <= to)) {
    throw new MillraceError({
      code: 'pipeline.interval',
      message: `pipeline ${pipeline.name}: the interval ${String(from)} to ${String(to)} is none. Give two dates, the earlier first: { from: new Date('2026-01-01'), to: new Date() }.`,
      details: { interval },
    });
  }
  return { id, interval, trigger, params: pipeline.checkedParams(options.params ?? {}) };
}

function aboutOf(
  pipeline: Pipeline<unknown>,
  { id, interval, trigger, params }: StoredRun,
  { resume, params: again }: RunPipelineOptions<object>,
): About {
  // Of the steps of one run each call gives all params.
  const given = resume === undefined ? secretParams(pipeline, again) : { ...again };
  return { id, interval, trigger, params: revivedParams(pipeline, params, given) };
}

/** The run to go on with. */
async function runBefore(
  pipeline: Pipeline<unknown>,
  { resume, claimed, id, only }: RunPipelineOptions<object>,
  store: RunStore,
): Promise<StoredRun | undefined> {
  const given = resume ?? claimed;
  const run =
    given !== undefined || (only !== undefined && id !== undefined) ? await store.run(given ?? id ?? '') : undefined;
  if (run === undefined && given !== undefined) {
    throw noRun(pipeline.name, given, `There is none of this id in ${store.name}.`);
  }
  if (run !== undefined && run.pipeline !== pipeline.name) {
    throw noRun(pipeline.name, run.id, `It is one of the pipeline ${run.pipeline}.`);
  }
  return run;
}

async function addRun(
  pipeline: Pipeline<unknown>,
  about: About,
  store: RunStore,
  by: Owner | 'partial',
): Promise<void> {
  const version = codeVersion(pipeline.graph.nodes, pipeline.options.version);
  try {
    const params = keptParams(pipeline, about.params);
    await store.addRun({ ...about, params, pipeline: pipeline.name, codeVersion: version }, by);
  } catch (error) {
    // Another process may have written it down just now.
    const isThere = error instanceof MillraceError && error.details.run === about.id;
    if (by !== 'partial' || !isThere) throw error;
  }
}

function checkOnly(pipeline: Pipeline<unknown>, only: readonly string[] | undefined): void {
  const names = pipeline.graph.nodes.map(({ name }) => name);
  const unknown = only?.length === 0 ? '' : only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw noStep(pipeline.name, unknown, names);
}

export function noStep(where: string, step: string, names: readonly string[]): MillraceError {
  return new MillraceError({
    code: 'pipeline.no_step',
    message: `${where} has no step ${JSON.stringify(step)}.${didYouMean(step, names)} Its steps are ${names.join(', ')}.`,
    details: { step, steps: names },
  });
}

export function noRun(pipeline: string, run: string, why: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.no_run',
    message: `pipeline ${pipeline}: ${JSON.stringify(run)} is no run to go on with. ${why}`,
    details: { pipeline, run },
  });
}

export async function busy(id: string, store: RunStore): Promise<MillraceError> {
  const owner = (await store.run(id))?.owner;
  const what =
    owner === undefined || owner === null
      ? `Of the run ${id} other processes have steps under way (--only).`
      : `The run ${id} is being run by ${shown(owner)}.`;
  return new MillraceError({
    code: 'pipeline.run_busy',
    message: `${what} Wait for its end, or end that process.`,
    retryable: true,
    details: { run: id },
  });
}

/** That a process is no more the one that runs a run, and what became of the run. */
export async function lost(id: string, store: RunStore): Promise<MillraceError> {
  const run = await store.run(id);
  const now =
    run?.owner != null
      ? `It was taken by ${shown(run.owner)}, and goes on there.`
      : `It is ${run?.state ?? 'gone'}. ${run === undefined ? 'Run it anew' : 'Resume it'}.`;
  return new MillraceError({
    code: 'pipeline.lost',
    message: `The run ${id} is no more this process's, which gave no sign of life and was thought to be gone. ${now}`,
    details: { run: id },
  });
}

function shown({ pid, host }: Owner): string {
  return `the process ${pid} on ${host}`;
}
