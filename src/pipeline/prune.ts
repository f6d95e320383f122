import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { checkpointsOf } from './checkpoint.ts';
import { sum } from './frames.ts';
import { quarantineOf } from './quarantine.ts';
import { isLeft } from './schedule/due.ts';
import type { RunStore, StoredRun } from './store/store.ts';

/** A run that was removed, or would be, and how many bytes its files have. */
export type PrunedRun = Pick<StoredRun, 'id' | 'pipeline' | 'state' | 'finished'> & { readonly bytes: number };

/**
 * Removes runs that ended before a moment from their store, with their logs and files; but for what tells which interval of a schedule
 * is the next, and what `serve` would go on with.
 */
export async function pruneRuns(
  store: RunStore,
  { before, dryRun, ...of }: { readonly before: Date; readonly dryRun: boolean; readonly pipeline?: string },
): Promise<PrunedRun[]> {
  const oldest = (await store.runs({ ...of, limit: Number.MAX_SAFE_INTEGER })).reverse();
  // How far the schedule of each pipeline has come, as `serve` sees it, which runs later intervals that have no run.
  const last = new Map<string, Date>();
  for (const { pipeline, trigger, interval } of oldest) if (trigger === 'schedule') last.set(pipeline, interval.to);
  const pruned: PrunedRun[] = [];
  for (const run of oldest) {
    const { id, pipeline, state, finished, trigger, interval } = run;
    if (state === 'queued' || state === 'running' || finished === null || finished >= before || isLeft(run)) continue;
    if ((trigger === 'schedule' || trigger === 'backfill') && interval.to >= (last.get(pipeline) ?? 0)) continue;
    if (!dryRun && !(await store.removeRun(id, before))) continue;
    const { folder } = store;
    const folders = folder === undefined ? [] : [checkpointsOf(folder, id), quarantineOf(folder, id)];
    pruned.push({ id, pipeline, state, finished, bytes: sum(await Promise.all(folders.map(bytesOf))) });
    if (!dryRun) for (const one of folders) await rm(one, { recursive: true, force: true });
  }
  return pruned;
}

async function bytesOf(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  return sum(await Promise.all(files.map(async (file) => (await stat(join(folder, file))).size)));
}
