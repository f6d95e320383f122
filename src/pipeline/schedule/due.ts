import type { Pipeline } from '../pipeline.ts';
import type { RunStore } from '../store/store.ts';
import type { Interval, Schedule } from './schedule.ts';

/**
 * The intervals of a pipeline that are to be run by `now`, oldest first: with `catchup` all that ended since the last
 * one that was run, or since the pipeline's `start`; otherwise, and where nothing was run before, the latest.
 */
export async function dueIntervals(
  { name, options }: Pipeline<unknown>,
  schedule: Schedule,
  store: RunStore,
  now: Date,
): Promise<Interval[]> {
  const latest = schedule.latest(now);
  const { start } = options;
  if (options.catchup !== true) return start !== undefined && latest.from < start ? [] : [latest];
  const last = await lastTo(name, store);
  const from = last ?? start ?? latest.from;
  return schedule.between(from, latest.to);
}

/** The end of the last interval that was run by the schedule. */
async function lastTo(pipeline: string, store: RunStore): Promise<Date | undefined> {
  const [last] = await store.runs({ pipeline, trigger: 'schedule', limit: 1 });
  return last?.interval.to;
}
