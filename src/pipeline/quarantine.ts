import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Frame, type QuarantineCols } from '../frame/frame.ts';
import { untold } from '../loaders/load-channel.ts';
import { loadParquet } from '../loaders/parquet.ts';
import type { LoadReport } from '../loaders/report.ts';
import type { Source } from '../plan/source.ts';
import { fileName } from './checkpoint.ts';
import type { KeptRows } from './frames.ts';

type Rejects = Frame<QuarantineCols>;

/** The rows that were put aside for a step's frames, but for those of steps before. */
export function ownQuarantine(frames: readonly KeptRows[]): readonly Rejects[] {
  return frames.flatMap(({ frame, rejects }) =>
    rejects.map((table) => {
      const all = frame.executor.quarantine(frame.plan);
      const source: Source = { ...all, prepare: async () => ({ kind: 'table', table }) };
      return new Frame<QuarantineCols>({ kind: 'source', source }, frame.executor);
    }),
  );
}

/** Those that loads put aside. */
export function reportedQuarantine(reports: readonly LoadReport[]): readonly Rejects[] {
  return reports.filter(({ rows }) => rows.quarantined > 0).map(({ quarantine }) => quarantine);
}

/** The folder of the rows that a run put aside. */
export function quarantineOf(folder: string, run: string): string {
  return join(folder, 'quarantine', fileName(run));
}

/** Writes rows that were put aside to a Parquet file; gives its path, or null where there is no folder to write to. */
export async function writeQuarantine(
  folder: string | undefined,
  run: string,
  step: string,
  [first, ...others]: readonly Rejects[],
): Promise<string | null> {
  if (folder === undefined || first === undefined) return null;
  const all = others.reduce((one, other) => one.concat(other), first);
  const place = quarantineOf(folder, run);
  await mkdir(place, { recursive: true });
  const path = join(place, `${fileName(step)}.parquet`);
  await untold(() => loadParquet(all, path, { mode: 'replace' }));
  return path;
}
