import { existsSync, lstatSync } from 'node:fs';
import { copyFile, link, mkdir, rename, rm, rmdir, stat, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { asideName, sweep } from './aside.ts';
import { type DatasetMode, keptFiles, type Manifest, refuseOther } from './manifest.ts';
import { type Current, currentOf, filesIn, numberBetween, numbersIn, placeOf, versionFolder } from './versions.ts';
import { exists, kindOf, type Stored, wrongTarget } from './write-aside.ts';

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
export async function writeDataset(
  path: string,
  load: DatasetLoad,
  write: (folder: string) => Promise<number>,
): Promise<Stored> {
  const { target, versions } = placeOf(path);
  if ((await kindOf(target)) === 'file')
    throw wrongTarget(target, 'a file; a folder is written where the path does not end in .parquet');
  const before = currentOf(path);
  await Promise.all([sweep(versions, 'new-'), sweep(dirname(target), linkStem(target))]);
  if (isLoaded(before, load)) {
    await settle(path);
    return ALREADY_LOADED;
  }
  refuse(path, load, before);
  await mkdir(versions, { recursive: true });
  const made = join(versions, asideName('new-'));
  try {
    await mkdir(join(made, 'data'), { recursive: true });
    const written = await write(join(made, 'data'));
    await padNumbers(join(made, 'data'));
    const files = filesIn(join(made, 'data'));
    let bytes = 0;
    for (const file of files) bytes += (await stat(join(made, 'data', file))).size;
    const isDone = await commit(path, made, load, { files, rows: written });
    return isDone
      ? { arrived: written, written, bytes, repeatable: load.mode !== 'append' || load.loadId !== undefined }
      : ALREADY_LOADED;
  } finally {
    await rm(made, { recursive: true, force: true });
    // Of a first load that failed: another may be at work in there, and then it stays.
    await rmdir(versions).catch(() => undefined);
  }
}

const ALREADY_LOADED: Stored = { arrived: 0, written: 0, bytes: 0, alreadyLoaded: true };

function isLoaded(current: Current | undefined, { loadId }: DatasetLoad): boolean {
  return loadId !== undefined && current?.manifest?.loads.some((entry) => entry.loadId === loadId) === true;
}

function refuse(path: string, load: DatasetLoad, current: Current | undefined): void {
  if (current === undefined) return;
  if (load.mode === 'fail') throw exists(path);
  if (load.mode !== 'replace') {
    refuseOther(path, current, load);
    return;
  }
  // A folder that holds other things is no dataset, and is not removed.
  const foreign = current.files.find((file) => !/(\.parquet|(^|\/)[._][^/]*)$/.test(file));
  if (foreign !== undefined)
    throw wrongTarget(path, `a folder that holds ${JSON.stringify(foreign)}, so no dataset to replace`);
}

/** Makes the files the next version, whatever others have committed meanwhile; false where one of them was this load. */
async function commit(
  path: string,
  made: string,
  load: DatasetLoad,
  { files, rows }: { readonly files: readonly string[]; readonly rows: number },
): Promise<boolean> {
  for (;;) {
    const place = placeOf(path);
    const last = numbersIn(place.versions).at(-1) ?? 0;
    const current = currentOf(path);
    if (isLoaded(current, load)) return false;
    refuse(path, load, current);
    const kept = keptFiles(load.mode, current?.files ?? [], files);
    const number = Math.max(last, place.linked ?? 0) + 1;
    if (!(await share(current, kept, made))) continue;
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
    await writeFile(join(made, 'manifest.json'), JSON.stringify(manifest));
    // A dataset that is not there yet gets its link first: it leads nowhere until the version stands.
    const isNew = current === undefined && (await pointTo(place.target, place.versions, number));
    if (await renamed(made, versionFolder(place.versions, number))) {
      await publish(path, number);
      await settle(path);
      return true;
    }
    if (isNew && !existsSync(place.target)) await rm(place.target, { force: true });
    for (const file of kept) await rm(join(made, 'data', file), { force: true });
  }
}

/** Puts the files that stay into the new version, without copying where the file system can; false where they are gone. */
async function share(current: Current | undefined, files: readonly string[], made: string): Promise<boolean> {
  if (current === undefined) return true;
  for (const [i, file] of files.entries()) {
    const [from, to] = [join(current.folder, file), join(made, 'data', file)];
    await mkdir(dirname(to), { recursive: true });
    try {
      await link(from, to).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'EEXIST') throw error;
        return copyFile(from, to);
      });
    } catch (error) {
      // Two loads ago by now: others have committed meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || existsSync(current.folder)) throw error;
      for (const done of files.slice(0, i)) await rm(join(made, 'data', done), { force: true });
      return false;
    }
  }
  return true;
}

/** The commit: one rename, which fails where the number is taken. */
async function renamed(made: string, version: string): Promise<boolean> {
  try {
    await rename(made, version);
    return true;
  } catch (error) {
    if (existsSync(version)) return false;
    throw error;
  }
}

/** Has the path lead to the newest version. */
async function publish(path: string, number: number): Promise<void> {
  const { target, versions } = placeOf(path);
  const found = lstatSync(target, { throwIfNoEntry: false });
  const version = versionFolder(versions, number);
  // A folder that is no link makes room: what is in its place counts from here on, also before it stands there.
  if (found?.isDirectory() === true) await rename(target, join(version, 'before'));
  if (!(await pointTo(target, versions, number))) await rename(join(version, 'data'), target);
  for (const old of numbersIn(versions).filter((n) => n <= number))
    await rm(join(versionFolder(versions, old), 'before'), { recursive: true, force: true });
}

/** Ends what a commit began, this process's or another's that was killed: the link leads to the newest version, and what is old goes. */
async function settle(path: string): Promise<void> {
  const { target, versions, linked } = placeOf(path);
  const numbers = numbersIn(versions);
  const waiting = linked === undefined && !existsSync(target) ? numberBetween(versions) : undefined;
  if (waiting !== undefined) await publish(path, waiting);
  const newest = numbers.findLast((number) => existsSync(join(versionFolder(versions, number), 'data')));
  if (linked !== undefined && newest !== undefined && newest > linked) {
    await publish(path, newest);
    return settle(path);
  }
  await prune(versions, linked ?? numbers.at(-1) ?? 0);
}

/** Sets the link, in place of the one before; false where the file system has no links. */
async function pointTo(target: string, versions: string, number: number): Promise<boolean> {
  const next = join(dirname(target), asideName(linkStem(target)));
  try {
    await symlink(relative(dirname(target), join(versionFolder(versions, number), 'data')), next, 'dir');
  } catch (error) {
    if (['EPERM', 'ENOSYS', 'ENOTSUP', 'EACCES', 'EOPNOTSUPP'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw error;
  }
  try {
    await rename(next, target);
    return true;
  } catch (error) {
    await rm(next, { force: true });
    throw error;
  }
}

const linkStem = (target: string): string => `.${basename(target)}.link-`;

/** How many numbers of removed versions stay taken, so that a load that is slow to commit cannot come in between. */
const REMEMBERED = 1000;

/** Removes what nobody reads any more. The version before stays until the next commit, for those who still read it. */
async function prune(versions: string, newest: number): Promise<void> {
  for (const number of numbersIn(versions)) {
    const folder = versionFolder(versions, number);
    if (number < newest - REMEMBERED) await rm(folder, { recursive: true, force: true });
    else if (number < newest - 1) await rm(join(folder, 'data'), { recursive: true, force: true });
  }
}

/** The engine's files 2 and 10 in the order of their names, too. */
async function padNumbers(folder: string): Promise<void> {
  for (const file of filesIn(folder)) {
    const padded = file.replace(/-(\d{1,5})\.parquet$/, (_, n: string) => `-${n.padStart(6, '0')}.parquet`);
    if (padded !== file) await rename(join(folder, file), join(folder, padded));
  }
}
