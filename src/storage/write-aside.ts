import { existsSync } from 'node:fs';
import { mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { MillraceError } from '../errors.ts';
import { asideName, shortName, sweep } from './aside.ts';
import { writingTo } from './refusals.ts';
import { syncedMeanwhile, syncFile, syncFolder } from './sync.ts';

/** What was stored. */
export interface Stored {
  /** Rows that arrived, and those that were stored: the same, of files. */
  readonly arrived: number;
  readonly written: number;
  readonly bytes: number;
  readonly repeatable?: boolean;
  readonly alreadyLoaded?: boolean;
}

/** Makes a file under a name aside, and gives how many rows it wrote. */
type Write = (aside: string) => Promise<number>;

/** Writes a file beside its target and renames it into place: the target is the old file or the new one, never a part. */
export function writeFileAside(path: string, mode: 'replace' | 'fail', write: Write): Promise<Stored> {
  return writingTo(path, async () => {
    const target = await followed(path);
    const found = await kindOf(target);
    if (found === 'folder') throw wrongTarget(target, 'a folder, and this loader writes one file');
    if (mode === 'fail' && found !== undefined) throw exists(target);
    return aside(target, async (made) => {
      const written = await syncedMeanwhile(made, write(made));
      const { size } = await stat(made);
      await syncFile(made);
      if (mode === 'fail' && existsSync(target)) throw exists(target);
      await rename(made, target);
      await syncFolder(dirname(resolve(target)));
      return { arrived: written, written, bytes: size };
    });
  });
}

async function aside(target: string, task: (path: string) => Promise<Stored>): Promise<Stored> {
  const folder = dirname(resolve(target));
  await mkdir(folder, { recursive: true });
  // Beside the target, since a rename works only within one file system.
  const stem = `.${shortName(basename(target))}.`;
  await sweep(folder, stem);
  const path = join(folder, asideName(stem));
  try {
    return await task(path);
  } finally {
    await rm(path, { recursive: true, force: true });
    // A database that fails to commit leaves its log.
    await rm(`${path}.wal`, { force: true });
  }
}

/** What stands at the target; a device or a pipe is refused, since a rename would put a file in its place. */
export async function kindOf(target: string): Promise<'file' | 'folder' | undefined> {
  if (!existsSync(target)) return undefined;
  const found = await stat(target);
  if (!found.isDirectory() && !found.isFile()) throw wrongTarget(target, 'a device, a pipe or a socket, no file');
  return found.isDirectory() ? 'folder' : 'file';
}

/** Where a link at the target leads: the link stays, what it leads to is replaced. */
async function followed(target: string): Promise<string> {
  return existsSync(target) ? realpath(target) : target;
}

export function exists(target: string): MillraceError {
  return new MillraceError({
    code: 'load.exists',
    message: `${JSON.stringify(target)} exists already. Use mode: 'replace' to write over it.`,
    details: { target },
  });
}

export function wrongTarget(target: string, what: string): MillraceError {
  return new MillraceError({
    code: 'load.target',
    message: `${JSON.stringify(target)} is ${what}.`,
    details: { target },
  });
}
