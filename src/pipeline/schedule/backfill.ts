import { MillraceError } from '../../errors.ts';
import type { OnEvent } from '../events.ts';
import type { Pipeline } from '../pipeline.ts';
import type { RunResult } from '../result.ts';
import { runPipeline } from '../run.ts';
import type { RunState, RunStore } from '../store/store.ts';
import { type Interval, scheduleOf } from './schedule.ts';

/** What `backfill` takes. */
export interface BackfillOptions<P = object> {
  /** The intervals of the pipeline's schedule that begin in `[from, to)` are run. */
  readonly from: Date;
  readonly to: Date;
  /** How many run at the same time. Default 1. */
  readonly parallel?: number;
  /** Where runs are written down. An interval of which it has a run that succeeded, or is under way, is left out. */
  readonly store?: RunStore;
  /** Whether intervals that succeeded before are run again, too. Default false. */
  readonly again?: boolean;
  readonly params?: Partial<P>;
  /** Ends it: runs under way are cancelled. */
  readonly signal?: AbortSignal;
  readonly onEvent?: OnEvent;
}

/** What became of a backfill. */
export interface BackfillResult {
  /** The runs in the order of their intervals. */
  readonly runs: readonly RunResult[];
  /** Intervals that had succeeded before, or are under way elsewhere, and were left out. */
  readonly before: readonly Interval[];
  /** Intervals that were not begun, for it was ended. */
  readonly left: readonly Interval[];
}

/**
 * Runs a pipeline for each interval of its schedule in a span of time, oldest first, some at a time. The clock of each
 * run is its interval's end. An interval that fails does not keep the others from running.
 *
 * @example
 * ```ts
 * import { backfill, pipeline } from 'millrace/pipeline';
 * const days: string[] = [];
 * const daily = pipeline('daily', { schedule: '@daily' }, (p) => {
 *   p.task('day', ({ run }) => void days.push(run.interval.from.toISOString().slice(0, 10)));
 * });
 * await backfill(daily, { from: new Date('2026-01-05'), to: new Date('2026-01-08') });
 * console.log(days); // [ '2026-01-05', '2026-01-06', '2026-01-07' ]
 * ```
 *
 * Errors: `pipeline.unscheduled` for a pipeline without a schedule, `pipeline.span` where `to` is not after `from` or an
 * interval has not ended yet.
 */
export async function backfill<P>(pipeline: Pipeline<P>, options: BackfillOptions<P>): Promise<BackfillResult> {
  const { parallel = 1, store, params, signal, onEvent, again = false } = options;
  const intervals = await intervalsOf(pipeline, options);
  const known = await statesOf(pipeline, options);
  const isDone = (interval: Interval): boolean => {
    const states = known.get(spanOf(interval)) ?? [];
    return states.some((state) => UNDER_WAY.includes(state) || (!again && state === 'succeeded'));
  };
  const before = new Set(intervals.filter(isDone));
  const waiting = intervals.filter((interval) => !before.has(interval));
  const runs = new Map<Interval, RunResult>();
  const next = (): Interval | undefined => (signal?.aborted === true ? undefined : waiting.shift());
  const work = async (): Promise<void> => {
    for (let interval = next(); interval !== undefined; interval = next()) {
      try {
        const run = await runPipeline(pipeline, {
          interval,
          trigger: known.has(spanOf(interval)) ? 'retry' : 'backfill',
          ...(store === undefined ? {} : { store }),
          ...(params === undefined ? {} : { params }),
          signal,
          ...(onEvent === undefined ? {} : { onEvent }),
        });
        runs.set(interval, run);
      } catch (error) {
        // Another process has begun it just now.
        if (!(error instanceof MillraceError && error.code === 'pipeline.run_exists')) throw error;
        before.add(interval);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, parallel) }, work));
  return { runs: intervals.flatMap((interval) => runs.get(interval) ?? []), before: [...before], left: waiting };
}

const UNDER_WAY: readonly RunState[] = ['queued', 'running'];

async function intervalsOf<P>(pipeline: Pipeline<P>, { from, to }: BackfillOptions<P>): Promise<Interval[]> {
  const { name, options } = pipeline;
  if (options.schedule === undefined) throw unscheduled(name);
  if (!(from < to)) {
    throw spanError(
      name,
      `it would go from ${shown(from)} to ${shown(to)}, which is not later`,
      'Name an earlier --from',
    );
  }
  const schedule = await scheduleOf(options.schedule, options.timezone);
  const now = new Date();
  if (to > now) {
    const open = schedule.latest(now).to;
    if (open < to) {
      const why = `the interval from ${shown(open)} to ${shown(schedule.after(open))} has not ended yet`;
      throw spanError(name, why, `The latest --to is ${shown(open)}`);
    }
  }
  return schedule.between(from, to);
}

/** How the runs of each interval stand, by its span. */
async function statesOf<P>(
  { name }: Pipeline<P>,
  { store, from, to }: BackfillOptions<P>,
): Promise<ReadonlyMap<string, readonly RunState[]>> {
  // An interval may have had several runs.
  const runs = (await store?.runs({ pipeline: name, from, to, limit: Number.MAX_SAFE_INTEGER })) ?? [];
  const states = new Map<string, RunState[]>();
  for (const { interval, state } of runs) {
    const span = spanOf(interval);
    states.set(span, [...(states.get(span) ?? []), state]);
  }
  return states;
}

function spanOf({ from, to }: Interval): string {
  return `${from.getTime()} ${to.getTime()}`;
}

function shown(moment: Date): string {
  return Number.isNaN(moment.getTime()) ? 'no date' : moment.toISOString();
}

export function unscheduled(pipeline: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.unscheduled',
    message: `pipeline ${pipeline} has no schedule, so it has no intervals. Give it one: pipeline(${JSON.stringify(pipeline)}, { schedule: '@daily' }, ...).`,
    details: { pipeline },
  });
}

function spanError(pipeline: string, what: string, advice: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.span',
    message: `backfill of ${pipeline}: ${what}. ${advice}.`,
    details: { pipeline },
  });
}
