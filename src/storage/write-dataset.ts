import { rename, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Current, DatasetStore, Ground, Staging } from './dataset-store.ts';
import { type DatasetMode, keptFiles, type Manifest, refuseOther } from './manifest.ts';
import { filesIn } from './versions.ts';
import { exists, type Stored, wrongTarget } from './write-aside.ts';

/** What a load adds to a dataset. */
export interface DatasetLoad {
  readonly mode: DatasetMode;
  readonly runId: string;
  /** Names the load, so that it is done once. */
  readonly loadId: string | undefined;
  readonly columns: Manifest['columns'];
  readonly partitions: readonly string[];
}

/**
 * Writes files into a new version of a dataset, and makes that version the dataset. Readers have the old one or the new
 * one; so do those that come after a crash, at whatever moment. `write` puts files into a folder, and gives how many rows.
 */
export async function writeDataset<G extends Ground>(
  store: DatasetStore<G>,
  load: DatasetLoad,
  write: (folder: string) => Promise<number>,
): Promise<Stored> {
  await store.tidy();
  const { current } = await store.ground();
  if (isLoaded(current, load)) {
    await store.settle();
    return ALREADY_LOADED;
  }
  refuse(store.name, load, current);
  const staging = await store.stage();
  try {
    const written = await write(staging.folder);
    await padNumbers(staging.folder);
    const files = filesIn(staging.folder);
    let bytes = 0;
    for (const file of files) bytes += (await stat(join(staging.folder, file))).size;
    await staging.send(files);
    const isDone = await commit(store, staging, load, { files, rows: written });
    return isDone
      ? { arrived: written, written, bytes, repeatable: load.mode !== 'append' || load.loadId !== undefined }
      : ALREADY_LOADED;
  } finally {
    await staging.remove();
  }
}

const ALREADY_LOADED: Stored = { arrived: 0, written: 0, bytes: 0, alreadyLoaded: true };

function isLoaded(current: Current | undefined, { loadId }: DatasetLoad): boolean {
  return loadId !== undefined && current?.manifest?.loads.some((entry) => entry.loadId === loadId) === true;
}

function refuse(name: string, load: DatasetLoad, current: Current | undefined): void {
  if (current === undefined) return;
  if (load.mode === 'fail') throw exists(name);
  if (load.mode !== 'replace') {
    refuseOther(name, current, load);
    return;
  }
  // A folder that holds other things is no dataset, and is not removed.
  const foreign = current.files.find((file) => !/(\.parquet|(^|\/)[._][^/]*)$/.test(file));
  if (foreign !== undefined)
    throw wrongTarget(name, `a folder that holds ${JSON.stringify(foreign)}, so no dataset to replace`);
}

/** Makes the files the next version, whatever others have committed meanwhile; false where one of them was this load. */
async function commit<G extends Ground>(
  store: DatasetStore<G>,
  staging: Staging<G>,
  load: DatasetLoad,
  { files, rows }: { readonly files: readonly string[]; readonly rows: number },
): Promise<boolean> {
  for (;;) {
    const ground = await store.ground();
    const { current } = ground;
    if (isLoaded(current, load)) return false;
    refuse(store.name, load, current);
    const kept = keptFiles(load.mode, current?.files ?? [], files);
    const now = new Date().toISOString();
    const entry = load.loadId === undefined ? [] : [{ loadId: load.loadId, runId: load.runId, rows, at: now }];
    const manifest: Manifest = {
      runId: load.runId,
      committed: now,
      columns: load.columns,
      partitions: load.partitions,
      files: [...kept, ...files].sort(),
      loads: [...(current?.manifest?.loads ?? []), ...entry],
    };
    if (await staging.commit(ground, kept, manifest)) {
      await store.settle();
      return true;
    }
  }
}

/** The engine's files 2 and 10 in the order of their names, too. */
async function padNumbers(folder: string): Promise<void> {
  for (const file of filesIn(folder)) {
    const padded = file.replace(/-(\d{1,5})\.parquet$/, (_, n: string) => `-${n.padStart(6, '0')}.parquet`);
    if (padded !== file) await rename(join(folder, file), join(folder, padded));
  }
}
