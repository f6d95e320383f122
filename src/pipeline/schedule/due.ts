import type { Pipeline } from '../pipeline.ts';
import type { RunStore, StoredRun } from '../store/store.ts';
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

/** Whether a process that is gone, or was stopped, left a run of the schedule, with which whoever serves goes on. */
export function isLeft({ trigger, state, error }: StoredRun): boolean {
  if (trigger !== 'schedule') return false;
  return state === 'interrupted' || (state === 'cancelled' && error?.code === 'pipeline.stopped');
}

/** The end of the last interval that was run by the schedule. */
async function lastTo(pipeline: string, store: RunStore): Promise<Date | undefined> {
  const [last] = await store.runs({ pipeline, trigger: 'schedule', limit: 1 });
  return last?.interval.to;
}
