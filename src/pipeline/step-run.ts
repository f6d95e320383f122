import { setTimeout as sleep } from 'node:timers/promises';
import { unlessAborted } from '../engines/unless-aborted.ts';
import { MillraceError } from '../errors.ts';
import type { LoadEnd } from '../loaders/load-channel.ts';
import type { LoadReport } from '../loaders/report.ts';
import type { RunOptions } from '../plan/source.ts';
import { followingParts } from '../progress.ts';
import { waitAfter } from '../retry.ts';
import type { Schema } from '../schema/dtype.ts';
import { followedToEnd } from './at-work.ts';
import { checkedValue, checkFailed } from './check-step.ts';
import type { StepContext } from './context.ts';
import type { StepRows } from './events.ts';
import { loadIdOf } from './fingerprint.ts';
import { namesRead, quarantinedBefore, sum } from './frames.ts';
import type { NodeOptions } from './graph.ts';
import type { Checked } from './handles.ts';
import { followed, loadedValue } from './loads.ts';
import { asJson, jsonOutput, type Kept, keepOutput, rowsOf } from './outputs.ts';
import { partsTold } from './progress.ts';
import { ownQuarantine, reportedQuarantine, writeQuarantine } from './quarantine.ts';
import type { RunningRun } from './running.ts';
import type { StepKind, StepState } from './store/store.ts';
import { lateError, limited } from './time-limit.ts';
import { isRetryable, toldError } from './told-error.ts';

/** A step that is to run now. */
export interface Work {
  readonly name: string;
  readonly kind: StepKind;
  readonly fingerprint: string;
  readonly options: NodeOptions;
  readonly params: object;
  /** What of them tells its loads apart. */
  readonly loadParams: object;
  /** What it is given by its inputs. */
  readonly values: Readonly<Record<string, unknown>>;
  /** How many rows those are. */
  readonly taken: number;
  /** How many attempts at it there were, and how often it was cleared, in other processes. */
  readonly before: { readonly attempts: number; readonly cleared: number };
  readonly run: (context: StepContext) => unknown;
}

/** How a step ended. */
export type Ended =
  | { readonly state: 'succeeded'; readonly kept: Kept }
  | { readonly state: 'failed' | 'cancelled'; readonly error: unknown }
  | { readonly state: 'skipped'; readonly reason: string };

/** What an attempt gave, and what is written down of it. */
interface Done {
  readonly kept: Kept;
  readonly rows: StepRows;
  readonly bytes: number;
  readonly reports: readonly LoadReport[];
  readonly checked?: Checked;
  /** The file of the rows that it put aside. */
  readonly quarantine?: string | null;
}

/** Runs a step: its attempts, until one succeeds or no other would help. */
export async function runStep(run: RunningRun, work: Work): Promise<Ended> {
  const { retries = 0 } = work.options;
  for (let tried = 0; ; tried++) {
    const number = work.before.attempts + tried + 1;
    // While it waits for another attempt others may run.
    const once = (): ReturnType<typeof attempt> => attempt(run, work, number, tried < retries);
    // The items of a map take places, and the map waits for them.
    const ended = await (work.kind === 'map' ? once() : run.slots(work.options.pool, once));
    if (!('wait' in ended)) return ended;
    try {
      await sleep(ended.wait, undefined, { signal: run.signal });
    } catch {
      return cancelled(run, work);
    }
  }
}

async function attempt(
  run: RunningRun,
  work: Work,
  number: number,
  mayRetry: boolean,
): Promise<Ended | { readonly wait: number }> {
  if (run.signal.aborted) return cancelled(run, work);
  const { name, fingerprint } = work;
  const started = new Date();
  const begun = performance.now();
  const stop = limited(run.signal, work);
  const context = contextOf(run, work, number, stop.signal);
  const memory = run.memory.watch();
  const loads: LoadEnd[] = [];
  try {
    const may = await mayRun(work, context).catch((error: unknown) => ({ error }));
    if (may === false) return await skipped(run, work);
    await run.write((store) => store.startAttempt(run.id, name, number, started, fingerprint));
    run.recorder.tell({ type: 'step.started', step: name, attempt: number });
    const ended = {
      number,
      loads,
      seconds: (): number => (performance.now() - begun) / 1000,
      peakMemory: (): number => memory.peak(),
    };
    let done: Done;
    try {
      if (may !== true) throw may.error;
      stop.signal.throwIfAborted();
      const working = followed(loads, () => watched(run, work, context));
      done = await unlessAborted(followedToEnd(name, working), stop.signal);
      const { timeout } = work.options;
      if (timeout !== undefined && ended.seconds() * 1000 > timeout) {
        for (const { release } of done.kept.frames) await release();
        throw lateError(
          work,
          `took ${Math.round(ended.seconds() * 1000)} ms, more than the ${timeout} ms that its timeout allows, and could not be interrupted: its code gives way to nothing else. What it gave is given up.`,
        );
      }
    } catch (error) {
      return await failed(run, work, ended, error, mayRetry);
    }
    return await succeeded(run, work, ended, done);
  } finally {
    memory.end();
    stop.end();
  }
}

/** What all ends of an attempt are told with. */
interface OfAttempt {
  readonly number: number;
  readonly loads: readonly LoadEnd[];
  /** Since it began, whatever becomes of the clock. */
  seconds(): number;
  peakMemory(): number;
}

async function mayRun({ options, values, name }: Work, context: StepContext): Promise<boolean> {
  const when = options.when as ((values: object, context: StepContext) => unknown) | undefined;
  if (when === undefined) return true;
  const may = await when(values, context);
  if (typeof may === 'boolean') return may;
  throw new MillraceError({
    code: 'pipeline.value',
    message: `pipeline step ${JSON.stringify(name)}: when gave ${typeof may}. Give true or false.`,
    details: { step: name },
  });
}

/** Tells how far the step is, where somebody wants to know. */
function watched(run: RunningRun, work: Work, context: StepContext): Promise<Done> {
  const { recorder } = run;
  const { attempt } = context.run;
  const tell = partsTold((done) => recorder.tell({ type: 'step.progress', step: work.name, attempt, ...done }));
  const working = (): Promise<Done> => finished(run, work, context);
  return recorder.tellsProgress ? followingParts(tell, working) : working();
}

/** Runs the function of the user, and what it gave. */
async function finished(run: RunningRun, work: Work, context: StepContext): Promise<Done> {
  const done = await computed(run, work, context);
  if (done.rows.quarantined === 0) return done;
  const rejects = done.reports.length > 0 ? reportedQuarantine(done.reports) : ownQuarantine(done.kept.frames);
  return { ...done, quarantine: await writeQuarantine(run.folder, run.id, work.name, rejects) };
}

async function computed(run: RunningRun, work: Work, context: StepContext): Promise<Done> {
  const { name, kind, values, taken } = work;
  const given = await work.run(context);
  const options: RunOptions = { signal: context.signal };
  const plain = (value: unknown): Kept => ({ value, frames: [], output: jsonOutput(value), bytes: 0 });
  switch (kind) {
    case 'load': {
      const { value, reports } = await loadedValue(name, given);
      const quarantined = sum(reports.map(({ rows }) => rows.quarantined));
      const before = sum(Object.values(values).map(quarantinedBefore)) * Math.min(1, reports.length);
      const rows = {
        in: taken > 0 ? taken : sum(reports.map(({ rows }) => rows.read)),
        out: sum(reports.map(({ rows }) => rows.written)),
        quarantined: Math.max(0, quarantined - before),
      };
      return { kept: plain(value), rows, bytes: sum(reports.map(({ bytes }) => bytes)), reports };
    }
    case 'check': {
      const checked = await checkedValue(name, given, options);
      if (!checked.ok && work.options.severity !== 'warn') throw new CheckEnd(checked);
      return { kept: plain(checked), rows: { in: taken, out: 0, quarantined: 0 }, bytes: 0, reports: [], checked };
    }
    case 'map': {
      // Its items are kept already.
      const kept = given as Kept;
      return {
        kept,
        rows: { in: taken, out: sum(kept.frames.map(({ rows }) => rows)), quarantined: 0 },
        bytes: 0,
        reports: [],
      };
    }
    case 'task':
      return {
        kept: plain(asJson(name, given)),
        rows: { in: taken, out: 0, quarantined: 0 },
        bytes: 0,
        reports: [],
      };
    default: {
      const { checkpoint = true } = work.options;
      const { folder } = run;
      const place =
        checkpoint === false || folder === undefined
          ? undefined
          : { folder, run: run.id, fingerprint: work.fingerprint };
      const kept = await keepOutput(name, given, place, options);
      const rows = kept.frames.length === 0 ? { in: taken, out: 0, quarantined: 0 } : rowsOf(kept);
      return { kept, rows, bytes: kept.bytes, reports: [] };
    }
  }
}

/** A check that does not hold: what it found goes on with the error. */
class CheckEnd extends Error {
  readonly checked: Checked;

  constructor(checked: Checked) {
    super('a check does not hold');
    this.checked = checked;
  }
}

/** Why a load wrote nothing: its load id is in the target's ledger. */
export const LOADED_BEFORE = 'had been loaded before';

async function succeeded(run: RunningRun, work: Work, of: OfAttempt, done: Done): Promise<Ended> {
  const { name } = work;
  const { number } = of;
  const { kept, rows, bytes, checked } = done;
  const end = new Date();
  const isBefore = done.reports.length > 0 && done.reports.every(({ alreadyLoaded }) => alreadyLoaded);
  const reason = isBefore ? LOADED_BEFORE : null;
  if (checked !== undefined && !checked.ok) await run.tellCheck(name, number, 'warn', checked.failures);
  await run.write((store) => store.addLineage(lineage(run.id, work, of, done)));
  if (rows.quarantined > 0) {
    const path = done.quarantine ?? null;
    await run.write((store) =>
      store.addQuarantine({ run: run.id, step: name, time: end, rows: rows.quarantined, path }),
    );
    run.recorder.tell({ type: 'quarantine.written', step: name, attempt: number, rows: rows.quarantined, path });
  }
  await seeSchemas(run, work, number, kept);
  await run.recorder.flush();
  await run.write((store) =>
    store.endStep(
      run.id,
      name,
      { state: 'succeeded', finished: end, rows, bytes, peakMemory: of.peakMemory(), reason, output: kept.output },
      { number, error: null },
    ),
  );
  const seconds = of.seconds();
  const hasRows = kept.frames.length > 0 || done.reports.length > 0;
  const told = { step: name, attempt: number, state: 'succeeded', seconds, rows, hasRows, bytes } as const;
  run.recorder.tell({ type: 'step.finished', ...told, ...(reason === null ? {} : { reason }) });
  const value = kept.output.kind === 'json' ? kept.value : undefined;
  run.results.set(name, {
    name,
    kind: work.kind,
    state: 'succeeded',
    attempts: number,
    seconds,
    rows,
    bytes,
    value,
    reason,
    error: null,
  });
  return { state: 'succeeded', kept };
}

const NO_HELP = 'not tried again: the error does not say that a retry can help';
const BUDGET_USED = 'not tried again: the budget of retries is used up';

async function failed(
  run: RunningRun,
  work: Work,
  of: OfAttempt,
  thrown: unknown,
  mayRetry: boolean,
): Promise<Ended | { readonly wait: number }> {
  const { name } = work;
  const { number } = of;
  const finished = new Date();
  let error = thrown;
  if (thrown instanceof CheckEnd) {
    await run.tellCheck(name, number, 'fail', thrown.checked.failures);
    error = checkFailed(name, thrown.checked.failures);
  }
  const item = run.failedItems.get(name);
  // What the item failed with is told there.
  const own = item ? { message: `${item} failed` } : {};
  const told = { ...toldError(error, run.recorder.redactor), ...own };
  const state: StepState = run.signal.aborted ? 'cancelled' : 'failed';
  const wait = waitAfter(number - work.before.attempts, run.backoff, 0);
  await run.recorder.flush();
  const again = state === 'failed' && mayRetry && !(thrown instanceof CheckEnd);
  const canHelp = isRetryable(error);
  if (again && canHelp && run.budget.take(wait)) {
    await run.write((store) => store.endAttempt(run.id, name, number, { finished, error: told }));
    run.recorder.tell({ type: 'step.retried', step: name, attempt: number, error: told, wait });
    return { wait };
  }
  const notAgain = again ? { notAgain: canHelp ? BUDGET_USED : NO_HELP } : {};
  const reason = [told.message, ...Object.values(notAgain)].join('; ');
  await run.write((store) =>
    store.endStep(run.id, name, { state, finished, peakMemory: of.peakMemory(), reason }, { number, error: told }),
  );
  const seconds = of.seconds();
  const rows = { in: 0, out: 0, quarantined: 0 };
  run.recorder.tell({
    type: 'step.finished',
    step: name,
    attempt: number,
    state,
    seconds,
    rows,
    hasRows: false,
    bytes: 0,
    error: told,
    ...notAgain,
  });
  const result = {
    state,
    attempts: number,
    seconds,
    rows: null,
    bytes: 0,
    value: undefined,
    reason,
    error: told,
  };
  run.results.set(name, { name, kind: work.kind, ...result });
  return { state, error };
}

async function skipped(run: RunningRun, { name, kind }: Work): Promise<Ended> {
  const reason = 'when was false';
  await run.endUnrun(name, kind, 'skipped', reason);
  return { state: 'skipped', reason };
}

async function cancelled(run: RunningRun, { name, kind }: Work): Promise<Ended> {
  await run.endUnrun(name, kind, 'cancelled', toldError(run.signal.reason, run.recorder.redactor).message);
  return { state: 'cancelled', error: run.signal.reason };
}

function contextOf(run: RunningRun, work: Work, attempt: number, signal: AbortSignal): StepContext {
  const { name, params, loadParams, before } = work;
  const { pipeline, interval, session } = run;
  return {
    session,
    read: session.read,
    run: { id: run.id, pipeline, interval, attempt, trigger: run.trigger },
    params,
    now: interval.to,
    signal,
    loadId: loadIdOf({ pipeline, params: loadParams, interval }, name, before.cleared),
    log: run.recorder.logOf({ step: name, attempt }),
  };
}

function lineage(
  run: string,
  { name: step }: Work,
  { loads }: OfAttempt,
  { kept }: Done,
): { readonly run: string; readonly step: string; readonly role: 'source' | 'target'; readonly name: string }[] {
  const sources = new Set([
    ...kept.frames.flatMap(({ read }) => read),
    ...loads.flatMap(({ plan }) => namesRead(plan())),
  ]);
  const targets = new Set(loads.map(({ target }) => target));
  return [
    ...[...sources].map((name) => ({ run, step, role: 'source' as const, name })),
    ...[...targets].map((name) => ({ run, step, role: 'target' as const, name })),
  ];
}

/** Tells of a frame whose schema is not that of the run before. */
async function seeSchemas(run: RunningRun, { name }: Work, attempt: number, { frames, value }: Kept): Promise<void> {
  const names = frames.length > 1 ? Object.keys(value as object) : [];
  for (const [i, { source }] of frames.entries()) {
    const step = names[i] === undefined ? name : `${name}.${names[i]}`;
    const seen = { pipeline: run.pipeline, step, seen: new Date(), run: run.id, schema: source.schema };
    const before: Schema | undefined = await run.write((store) => store.seeSchema(seen));
    if (before !== undefined) {
      run.recorder.tell({ type: 'schema.changed', step: name, attempt, before, after: source.schema });
    }
  }
}
