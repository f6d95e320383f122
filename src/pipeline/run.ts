import { channel } from 'node:diagnostics_channel';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../errors.ts';
import { RetryBudget } from '../retry.ts';
import { createSession, type Session } from '../session.ts';
import { type Begun, beginRun, lost } from './begin.ts';
import { checkpointsOf } from './checkpoint.ts';
import type { Hooks, OnEvent, RunFinished, ToldError } from './events.ts';
import { Execution } from './execution.ts';
import { tellInterrupted } from './interrupted.ts';
import { secretParams } from './kept-params.ts';
import { Memory } from './memory.ts';
import type { Pipeline } from './pipeline.ts';
import { onProcessSignal, signalOf } from './process-signals.ts';
import { Recorder } from './recorder.ts';
import { Redactor } from './redact.ts';
import { figuresOf, type RunResult, type StepResult, storedResult } from './result.ts';
import { RunningRun } from './running.ts';
import type { Interval } from './schedule/schedule.ts';
import { HEARTBEAT, thisOwner } from './store/owner.ts';
import type { Owner, RunState, RunStore, StoredStep, Trigger } from './store/store.ts';
import { toldError } from './told-error.ts';

export type { RunResult, StepResult } from './result.ts';

/** What `runPipeline` takes. */
export interface RunPipelineOptions<P = object> {
  readonly params?: Partial<P>;
  /** The time the run is about; its end is the run's clock. Default: from now to now. */
  readonly interval?: Interval;
  /** Where the run is written down. Default: nowhere. */
  readonly store?: RunStore;
  /** The session in which its frames are; it stays its owner's. Default: one of the run's own, whose clock is the run's. */
  readonly session?: Session;
  /** Cancels the run. */
  readonly signal?: AbortSignal | undefined;
  /** Whether SIGINT and SIGTERM stop the run; the second one ends the process. Default false. */
  readonly handleSignals?: boolean;
  readonly hooks?: Hooks;
  readonly onEvent?: OnEvent;
  /** Whether `step.progress` is told, for which the engine counts. Default: where there is a hook of that name. */
  readonly progress?: boolean;
  /** Default `'manual'`. */
  readonly trigger?: Trigger;
  /** The id of a new run. Default: a random one. With `only` and a store, a run of this id is gone on with. */
  readonly id?: string;
  /** The run that `claimInterval` or `claimRun` made this process's. */
  readonly claimed?: string;
  /** The run to go on with; its interval and params are its own. */
  readonly resume?: string;
  /**
   * These steps alone, and what they need where it is not kept. Several processes may run steps of one run, each step one
   * of them.
   */
  readonly only?: readonly string[];
  /** How often each step is tried again, whatever the pipeline says: 0 for who tries again itself. */
  readonly retries?: number;
}

/**
 * Runs a pipeline: its steps side by side, each when what it takes is there. A step that fails stops what depends on it and no
 * other; the result says what became of each, and `orThrow()` throws.
 *
 * With `resume` it goes on with a run: steps that succeeded are not run again, but those whose frames were kept nowhere and are needed.
 * When the run is stopped, by `signal` or a signal of the process, engines are interrupted, and steps that do not heed
 * `context.signal` are not waited for; the process lives as long as their timers and sockets do.
 *
 * Errors, before anything runs: `pipeline.param`, `pipeline.interval`, `pipeline.no_run`, `pipeline.no_step`, `pipeline.not_kept`,
 * `pipeline.run_busy`, `pipeline.run_exists`; at any time those of a store that cannot be written, after which the run is no
 * more under way, and `pipeline.lost` where another process has taken it.
 */
export async function runPipeline<P>(pipeline: Pipeline<P>, options: RunPipelineOptions<P> = {}): Promise<RunResult> {
  const owner = thisOwner();
  const started = performance.now();
  const { store } = options;
  const hooks = [pipeline.options.hooks, options.hooks];
  if (store !== undefined) await tellInterrupted(pipeline, store, hooks);
  const begun = await beginRun(pipeline, options as RunPipelineOptions<object>, owner, UNDER_WAY);
  UNDER_WAY.add(begun.id);
  if (runs.hasSubscribers) runs.publish(begun.id);
  const recorder = new Recorder({
    run: begun.id,
    pipeline: pipeline.name,
    redactor: new Redactor(secretsOf(pipeline, begun.params)),
    store,
    hooks,
    onEvent: [options.onEvent],
    progress: options.progress ?? false,
  });
  const stop = stopping(options, begun, owner);
  const end = endOf(store, begun, owner, options.only ?? []);
  const session = options.session ?? createSession({ now: begun.interval.to });
  using memory = new Memory();
  const run = runningOf(pipeline, begun, { recorder, session, store, memory, stop });
  const { retries = 0, timeout, checkpoint = true } = pipeline.options;
  const alone = options.only === undefined ? {} : { only: options.only };
  try {
    const execution = new Execution(run, {
      pipeline,
      params: begun.params,
      fingerprints: begun.fingerprints,
      defaults: { retries, checkpoint, ...(timeout === undefined ? {} : { timeout }) },
      stored: begun.stored,
      only: options.only === undefined ? undefined : new Set(options.only),
      overrides: options.retries === undefined ? {} : { retries: options.retries },
    });
    recorder.tell({
      type: 'run.started',
      trigger: begun.trigger,
      interval: begun.interval,
      timezone: pipeline.options.timezone ?? 'UTC',
      params: recorder.redactor.data(begun.params) as Readonly<Record<string, unknown>>,
      steps: pipeline.graph.nodes.map(({ name }) => name),
      resumed: begun.resumed,
      ...alone,
    });
    await execution.run();
    if (stop.fatal() !== undefined) throw stop.fatal();
    await execution.release();
    return await ended(run, { pipeline, execution, signal: stop.signal, started, end, alone });
  } catch (error) {
    const thrown = stop.fatal() ?? error;
    const isLost = thrown instanceof MillraceError && thrown.code === 'pipeline.lost';
    if (!isLost) await end('failed', toldError(thrown, recorder.redactor))?.catch(() => {});
    throw thrown;
  } finally {
    UNDER_WAY.delete(begun.id);
    stop.end();
    if (options.session === undefined) await session.close();
  }
}

/** The runs of this process. */
const UNDER_WAY = new Set<string>();

/** The name of the channel on which the ids of runs are told, in whichever copy of this package they began. */
export const RUN_CHANNEL = 'millrace:run';

const runs = channel(RUN_CHANNEL);

/** Writes down how a run ended, or what of it this process ran; gives how the whole stands then, undefined while others are at work. */
type End = (state: RunState, error: ToldError | null) => Promise<RunState | undefined> | undefined;

function endOf(store: RunStore | undefined, { id, shared }: Begun, owner: Owner, only: readonly string[]): End {
  return (state, error) =>
    shared
      ? store?.leaveRun(id, owner, only, error)
      : store?.endRun(id, { state, finished: new Date(), error }).then(() => state);
}

/** What stops a run: its signals, a store that cannot be written, another process. */
interface Stopping {
  readonly signal: AbortSignal;
  /** Stops the run, for what cannot be written down. */
  fail(error: unknown): void;
  fatal(): unknown;
  end(): void;
}

function stopping(
  options: Pick<RunPipelineOptions, 'signal' | 'handleSignals' | 'store'>,
  begun: Begun,
  owner: Owner,
): Stopping {
  const { signal: outer, handleSignals = false, store } = options;
  const stop = new AbortController();
  let fatal: unknown;
  const fail = (error: unknown): void => {
    fatal ??= error;
    stop.abort(error);
  };
  const onAbort = (): void => stop.abort(outer?.reason);
  if (outer?.aborted === true) onAbort();
  outer?.addEventListener('abort', onAbort, { once: true });
  const unlisten = handleSignals ? onProcessSignal((reason) => stop.abort(reason)) : undefined;
  const beat = async (): Promise<void> => {
    // A store that does not answer now may do so the next time.
    const isMine = await store?.beat(begun.id, owner).catch(() => true);
    if (store !== undefined && isMine === false) fail(await lost(begun.id, store).catch((error: unknown) => error));
  };
  const timer = store === undefined ? undefined : setInterval(() => void beat(), HEARTBEAT).unref();
  const end = (): void => {
    clearInterval(timer);
    unlisten?.();
    outer?.removeEventListener('abort', onAbort);
  };
  return { signal: stop.signal, fail, fatal: () => fatal, end };
}

function runningOf(
  { name, options }: Pipeline<unknown>,
  { id, interval, trigger }: Begun,
  of: {
    readonly recorder: Recorder;
    readonly session: Session;
    readonly store: RunStore | undefined;
    readonly memory: Memory;
    readonly stop: Stopping;
  },
): RunningRun {
  const { baseDelay = 1000, maxDelay = 60_000, budget = {} } = options.retry ?? {};
  const { stop, ...others } = of;
  return new RunningRun({
    id,
    pipeline: name,
    interval,
    trigger,
    ...others,
    signal: stop.signal,
    budget: new RetryBudget(budget),
    backoff: { baseDelay, maxDelay },
    concurrency: options.concurrency ?? 4,
    pools: options.pools ?? {},
    onStoreError: stop.fail,
  });
}

/** A run whose steps have come to their ends. */
interface RunOver {
  readonly pipeline: Pipeline<unknown>;
  readonly execution: Execution;
  /** What stopped it, if anything did. */
  readonly signal: AbortSignal;
  /** By the clock of this process. */
  readonly started: number;
  readonly end: End;
  readonly alone: Pick<RunFinished, 'only'>;
}

/** Writes down how the run ended, and tells it. */
async function ended(run: RunningRun, over: RunOver): Promise<RunResult> {
  const { pipeline, execution, signal, started, end, alone } = over;
  const { recorder, store, id } = run;
  const stored = (await run.write((s) => s.steps(id))) ?? [];
  const results = resultsOf(pipeline, run, execution.stored, stored);
  const own = [...run.results.values()];
  const isStopped = signal.aborted && own.some(({ state }) => state === 'cancelled');
  const hasFailed = own.some(({ state }) => state === 'failed');
  const state: RunState = isStopped ? 'cancelled' : hasFailed ? 'failed' : 'succeeded';
  const first = execution.firstError;
  const cause = isStopped ? signal.reason : first?.error;
  const error: ToldError | null = state === 'succeeded' ? null : toldError(cause, recorder.redactor);
  const whole = await run.write(async () => end(state, error));
  if (store?.folder !== undefined && whole === 'succeeded') await tidy(pipeline, store.folder, id, stored);
  const seconds = (performance.now() - started) / 1000;
  recorder.tell({
    type: 'run.finished',
    trigger: run.trigger,
    interval: run.interval,
    timezone: pipeline.options.timezone ?? 'UTC',
    state,
    ...alone,
    seconds,
    ...figuresOf(own),
    ...(first === undefined || error === null
      ? {}
      : {
          failed: { step: first.step, error: toldError(first.error, recorder.redactor) },
          failures: results.flatMap(({ name, error: told }) => (told === null ? [] : [{ step: name, error: told }])),
        }),
    ...(isStopped && error !== null ? { stopped: { error, signal: signalOf(cause) } } : {}),
  });
  await recorder.settle();
  const result: RunResult = {
    id,
    pipeline: pipeline.name,
    state,
    interval: run.interval,
    steps: results,
    seconds,
    step: (name) => results.find((step) => step.name === name),
    orThrow: () => {
      if (state === 'succeeded') return result;
      throw cause;
    },
  };
  return result;
}

/** The steps as they stand now, whoever ran them: those of a map's items behind it. */
function resultsOf(
  { graph }: Pipeline<unknown>,
  run: RunningRun,
  before: ReadonlyMap<string, StoredStep>,
  stored: readonly StoredStep[],
): readonly StepResult[] {
  const results = new Map<string, StepResult>();
  for (const { name, kind, map } of graph.nodes) {
    const items = stored.filter((step) => step.kind === 'item' && step.name.startsWith(`${name}[`));
    const names = [name, ...(map === undefined ? [] : (run.items.get(name) ?? items.map((step) => step.name)))];
    for (const one of names) {
      const own = run.results.get(one);
      const kept = stored.find((step) => step.name === one) ?? before.get(one);
      if (own !== undefined) results.set(one, own);
      else if (kept !== undefined) results.set(one, storedResult(kept));
      else if (one === name) results.set(one, untouched(name, kind));
    }
  }
  return [...results.values()];
}

/** The values of the params that are secret, those of pipelines within among them. */
function secretsOf(pipeline: Pipeline<unknown>, params: object): string[] {
  const within = pipeline.graph.nodes.map(({ child, params: own }) => secretParams(child ?? pipeline, own?.(params)));
  const values = [secretParams(pipeline, params), ...within].flatMap((secrets) => Object.values(secrets));
  return [...new Set(values.flatMap((value) => (value === null || value === undefined ? [] : [String(value)])))];
}

function untouched(name: string, kind: StepResult['kind']): StepResult {
  const none = { attempts: 0, seconds: 0, rows: null, bytes: 0, value: undefined, reason: null, error: null };
  return { name, kind, state: 'queued', ...none };
}

/** Removes the checkpoints of a run that succeeded, but for those that are to be kept. */
async function tidy(
  { graph, options }: Pipeline<unknown>,
  folder: string,
  run: string,
  stored: readonly StoredStep[],
): Promise<void> {
  const keeps = graph.nodes.filter((node) => (node.options.checkpoint ?? options.checkpoint) === 'keep');
  const kept = new Set<string | null>(
    stored
      .filter(({ name }) => keeps.some((node) => node.name === name || name.startsWith(`${node.name}[`)))
      .flatMap(({ output }) =>
        output?.kind === 'checkpoint' ? output.frames.flatMap(({ path, rejects }) => [path, rejects]) : [],
      ),
  );
  const place = checkpointsOf(folder, run);
  if (kept.size === 0) {
    await rm(place, { recursive: true, force: true });
    return;
  }
  for (const file of await readdir(place)) {
    if (!kept.has(join(place, file))) await rm(join(place, file), { force: true });
  }
}
