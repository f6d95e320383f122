import { existsSync } from 'node:fs';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Frame } from '../frame/frame.ts';
import { untold } from '../loaders/load-channel.ts';
import { loadParquet } from '../loaders/parquet.ts';
import { QUARANTINE } from '../plan/quarantine.ts';
import type { RunOptions, Source, SourceContext } from '../plan/source.ts';
import type { Readers } from '../readers/read.ts';
import { ColumnType, type SchemaSpec } from '../schema/column-type.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Schema } from '../schema/dtype.ts';
import { digest } from './fingerprint.ts';
import { counted, type KeptRows } from './frames.ts';
import type { KeptFrame } from './store/store.ts';

/** The folder of a run's checkpoints. */
export function checkpointsOf(folder: string, run: string): string {
  return join(folder, 'checkpoints', fileName(run));
}

/** Names of devices, which are those of files on no Windows. */
const DEVICE = /^(con|prn|aux|nul|com\d|lpt\d)$/;

/**
 * A name as that of a file: what another system might not take, or take for another name, has a digest. Without dots, none is what
 * another is with an ending.
 */
export function fileName(name: string): string {
  const plain = name.replaceAll(/[^a-z0-9_-]+/gi, '_').slice(0, 60);
  return plain === name.toLowerCase() && !DEVICE.test(name) ? name : `${plain}-${digest(name).slice(0, 16)}`;
}

/** Writes the rows of a step's frame to a Parquet file, and beside it those that were put aside. */
export async function writeCheckpoint(
  { frame, source, rows, rejects }: KeptRows,
  place: { readonly folder: string; readonly step: string; readonly fingerprint: string; readonly name: string },
  options: RunOptions,
): Promise<{ readonly kept: KeptFrame; readonly bytes: number }> {
  await mkdir(place.folder, { recursive: true });
  const name = place.name === '' ? '' : `-${fileName(place.name)}`;
  const base = join(place.folder, `${fileName(place.step)}-${place.fingerprint.slice(0, 16)}${name}`);
  const path = `${base}.parquet`;
  const write = { mode: 'replace', ...options } as const;
  const hasRejects = (source.origin?.rejects.length ?? 0) > 0 || rejects.length > 0;
  const rejected = hasRejects ? `${base}.rejected.parquet` : null;
  if (rejected !== null) await untold(() => loadParquet(frame.quarantine(), rejected, write));
  await untold(() => loadParquet(frame, path, write));
  const kept: KeptFrame = {
    name: place.name,
    path,
    schema: source.schema,
    ordered: source.ordered,
    rows,
    counts: source.origin?.counts ?? { read: rows, quarantined: 0 },
    rejects: rejected,
  };
  return { kept, bytes: (await stat(path)).size };
}

/** Whether the files of a checkpoint are all there. */
export function isThere(frames: readonly KeptFrame[]): boolean {
  return frames.every(({ path, rejects }) => existsSync(path) && (rejects === null || existsSync(rejects)));
}

/** The frame of a checkpoint, its rows in scratch again, and with it what was put aside on the way. */
export async function readCheckpoint(kept: KeptFrame, read: Readers, options: RunOptions): Promise<KeptRows> {
  const frame: Frame<AnyCol> = read.parquet(kept.path, { schema: specOf(kept.schema) });
  const { executor } = frame;
  const made = await executor.materialize(frame.plan, options);
  const rejects = kept.rejects === null ? undefined : await rejectsOf(kept.rejects, read, options);
  const source: Source = {
    ...made.source,
    ordered: kept.ordered,
    origin: { plan: frame.plan, rejects: rejects?.tables ?? [], counts: kept.counts },
  };
  const release = async (): Promise<void> => {
    await made.release();
    await rejects?.release();
  };
  return counted(frame.plan, executor, source, release, options);
}

async function rejectsOf(
  path: string,
  read: Readers,
  options: RunOptions,
): Promise<{ readonly tables: readonly string[]; release(): Promise<void> }> {
  const { plan, executor } = read.parquet(path, { schema: specOf(QUARANTINE) });
  const { source, release } = await executor.materialize(plan, options);
  // What stands in scratch asks nothing to say where.
  const scan = await source.prepare({} as SourceContext);
  return { tables: scan.kind === 'table' ? [scan.table] : [], release };
}

/** Removes the checkpoints of a run. */
export async function removeCheckpoints(folder: string, run: string): Promise<void> {
  await rm(checkpointsOf(folder, run), { recursive: true, force: true });
}

function specOf(schema: Schema): SchemaSpec {
  return Object.fromEntries(schema.map(({ name, dtype, nullable }) => [name, new ColumnType(dtype, nullable)]));
}
