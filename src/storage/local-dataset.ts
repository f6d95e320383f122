import { existsSync, lstatSync } from 'node:fs';
import { copyFile, link, mkdir, rename, rm, rmdir, symlink, writeFile } from 'node:fs/promises';
import { basename, dirname, join, relative } from 'node:path';
import { MillraceError } from '../errors.ts';
import { asideName, shortName, sweep } from './aside.ts';
import type { DatasetStore, Ground, Staging } from './dataset-store.ts';
import type { Manifest } from './manifest.ts';
import { syncFile, syncFiles, syncFolder, syncNames } from './sync.ts';
import {
  currentOf,
  type LocalCurrent,
  numberBetween,
  numbersIn,
  type Place,
  placeOf,
  versionFolder,
} from './versions.ts';
import { kindOf, wrongTarget } from './write-aside.ts';

/** A dataset of this machine, and the number that its next version has if nobody takes it first. */
interface LocalGround extends Ground {
  readonly current: LocalCurrent | undefined;
  readonly place: Place;
  readonly number: number;
}

/** The versions of a dataset in a folder of this machine. */
export function localDataset(path: string): DatasetStore<LocalGround> {
  return {
    name: path,
    tidy: async () => {
      const { target, versions } = placeOf(path);
      if ((await kindOf(target)) === 'file')
        throw wrongTarget(target, 'a file; a folder is written where the path does not end in .parquet');
      await Promise.all([sweep(versions, 'new-'), sweep(dirname(target), linkStem(target))]);
    },
    ground: async () => {
      // The number first: who commits while the rest is looked at takes it.
      const place = placeOf(path);
      const last = numbersIn(place.versions).at(-1) ?? 0;
      // A link that leads to what nobody has made yet promises that number to the first who does: another load set it.
      const number = place.linked !== undefined && place.linked > last ? place.linked : last + 1;
      return { current: currentOf(path), place, number };
    },
    stage: () => stage(path),
    settle: () => settle(path),
  };
}

async function stage(path: string): Promise<Staging<LocalGround>> {
  const { versions } = placeOf(path);
  await mkdir(versions, { recursive: true });
  const made = join(versions, asideName('new-'));
  // One by one: of a full disk, making both at once says that there is no such folder.
  await mkdir(made);
  await mkdir(join(made, 'data'));
  return {
    folder: join(made, 'data'),
    send: (files) => syncFiles(join(made, 'data'), files),
    commit: (ground, kept, manifest) => commit(path, made, ground, kept, manifest),
    remove: async () => {
      await rm(made, { recursive: true, force: true });
      // Of a first load that failed: another may be at work in there, and then it stays.
      await rmdir(versions).catch(() => undefined);
    },
  };
}

async function commit(
  path: string,
  made: string,
  { current, place, number }: LocalGround,
  kept: readonly string[],
  manifest: Manifest,
): Promise<boolean> {
  if (!(await share(current, kept, made))) return false;
  await writeFile(join(made, 'manifest.json'), JSON.stringify(manifest));
  // The files are on the disk already, those that stay since their own load.
  await syncFile(join(made, 'manifest.json'));
  await syncNames(join(made, 'data'), manifest.files);
  await syncFolder(made);
  // A dataset that is not there yet gets its link first: it leads nowhere until the version stands.
  if (current === undefined && place.linked === undefined) await newLink(place, number);
  if (await renamed(made, versionFolder(place.versions, number))) {
    try {
      await syncFolder(place.versions);
      await publish(path, number);
    } catch (error) {
      throw notLinked(path, error);
    }
    return true;
  }
  for (const file of kept) await rm(join(made, 'data', file), { force: true });
  return false;
}

function notLinked(path: string, cause: unknown): MillraceError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new MillraceError({
    code: 'load.not_linked',
    message: `The load into ${JSON.stringify(path)} has committed, and read.parquet reads it; but the link that others follow was not set: ${reason}. The next load sets it.`,
    details: { path },
    cause,
  });
}

/** Puts the files that stay into the new version, without copying where the file system can; false where they are gone. */
async function share(current: LocalCurrent | undefined, files: readonly string[], made: string): Promise<boolean> {
  if (current === undefined) return true;
  for (const [i, file] of files.entries()) {
    const [from, to] = [join(current.folder, file), join(made, 'data', file)];
    await mkdir(dirname(to), { recursive: true });
    try {
      await link(from, to).catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT' || error.code === 'EEXIST') throw error;
        return copyFile(from, to).then(() => syncFile(to));
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
  await syncFolder(dirname(target));
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

/** Sets the link where nothing is: of loads at the same time, the link that one has set is not taken back by another. */
async function newLink({ target, versions }: Place, number: number): Promise<void> {
  try {
    await symlink(linkTo(target, versions, number), target, 'dir');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST' && !hasNoLinks(error)) throw error;
  }
}

/** Sets the link, in place of the one before; false where the file system has no links. */
async function pointTo(target: string, versions: string, number: number): Promise<boolean> {
  const next = join(dirname(target), asideName(linkStem(target)));
  try {
    await symlink(linkTo(target, versions, number), next, 'dir');
  } catch (error) {
    if (hasNoLinks(error)) return false;
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

function linkTo(target: string, versions: string, number: number): string {
  return relative(dirname(target), join(versionFolder(versions, number), 'data'));
}

function hasNoLinks(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  return ['EPERM', 'ENOSYS', 'ENOTSUP', 'EACCES', 'EOPNOTSUPP'].includes(code);
}

const linkStem = (target: string): string => `.${shortName(basename(target))}.link-`;

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
