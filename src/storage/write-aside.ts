import { existsSync } from 'node:fs';
import { mkdir, readdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { MillraceError } from '../errors.ts';

/** What was stored. */
export interface Stored {
  /** Rows that arrived, and those that were stored: the same, of files. */
  readonly arrived: number;
  readonly written: number;
  readonly bytes: number;
  readonly repeatable?: boolean;
  readonly alreadyLoaded?: boolean;
}

/** Makes a file, or files in a folder, under a name aside, and gives how many rows it wrote. */
type Write = (aside: string) => Promise<number>;

/** Writes a file beside its target and renames it into place: the target is the old file or the new one, never a part. */
export async function writeFileAside(path: string, mode: 'replace' | 'fail', write: Write): Promise<Stored> {
  const target = await followed(path);
  const found = await kindOf(target);
  if (found === 'folder') throw wrongTarget(target, 'a folder, and this loader writes one file');
  if (mode === 'fail' && found !== undefined) throw exists(target);
  return aside(target, async (made) => {
    const written = await write(made);
    const { size } = await stat(made);
    if (mode === 'fail' && existsSync(target)) throw exists(target);
    await rename(made, target);
    return { arrived: written, written, bytes: size };
  });
}

/**
 * Writes a folder beside its target and moves it into place. A folder cannot be renamed onto one that holds files, so
 * `replace` moves the old one aside, renames the new one in, and removes the old one; where that fails, the old one is
 * put back. `append` moves the new files in one by one, and takes them out again where that fails.
 */
export async function writeFolderAside(
  path: string,
  mode: 'replace' | 'append' | 'fail',
  write: Write,
): Promise<Stored> {
  const target = await followed(path);
  const found = await kindOf(target);
  if (found === 'file')
    throw wrongTarget(target, 'a file; a folder is written where the path does not end in .parquet');
  if (mode === 'fail' && found !== undefined) throw exists(target);
  if (mode === 'replace' && found !== undefined) await refuseForeignFiles(target);
  return aside(target, async (made) => {
    await mkdir(made);
    const written = await write(made);
    const files = await filesIn(made);
    let bytes = 0;
    for (const file of files) bytes += (await stat(file)).size;
    if (mode === 'fail' && existsSync(target)) throw exists(target);
    if (mode === 'append' && existsSync(target)) await moveInto(made, target, files);
    else await moveOver(made, target);
    return { arrived: written, written, bytes, repeatable: mode !== 'append' };
  });
}

async function aside(target: string, task: (path: string) => Promise<Stored>): Promise<Stored> {
  const folder = dirname(resolve(target));
  await mkdir(folder, { recursive: true });
  // Beside the target, since a rename works only within one file system.
  const path = join(folder, `.${basename(target)}.${crypto.randomUUID()}`);
  try {
    return await task(path);
  } finally {
    await rm(path, { recursive: true, force: true });
  }
}

async function moveOver(path: string, target: string): Promise<void> {
  if (!existsSync(target)) return rename(path, target);
  const old = `${path}.old`;
  await rename(target, old);
  try {
    await rename(path, target);
  } catch (error) {
    await rename(old, target);
    throw error;
  }
  await rm(old, { recursive: true, force: true });
}

async function moveInto(path: string, target: string, files: readonly string[]): Promise<void> {
  const moved: string[] = [];
  try {
    for (const file of files) {
      const place = join(target, relative(path, file));
      await mkdir(dirname(place), { recursive: true });
      if (existsSync(place)) throw exists(place);
      await rename(file, place);
      moved.push(place);
    }
  } catch (error) {
    for (const place of moved) await rm(place, { force: true });
    throw error;
  }
}

/** A folder that holds other things is no dataset, and is not removed. */
async function refuseForeignFiles(target: string): Promise<void> {
  const foreign = (await filesIn(target)).find((file) => !/(\.parquet|[\\/][._][^\\/]*)$/.test(file));
  if (foreign !== undefined) {
    throw wrongTarget(
      target,
      `a folder that holds ${JSON.stringify(relative(target, foreign))}, so no dataset to replace`,
    );
  }
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => !entry.isDirectory()).map((entry) => join(entry.parentPath, entry.name));
}

/** What stands at the target; a device or a pipe is refused, since a rename would put a file in its place. */
async function kindOf(target: string): Promise<'file' | 'folder' | undefined> {
  if (!existsSync(target)) return undefined;
  const found = await stat(target);
  if (!found.isDirectory() && !found.isFile()) throw wrongTarget(target, 'a device, a pipe or a socket, no file');
  return found.isDirectory() ? 'folder' : 'file';
}

/** Where a link at the target leads: the link stays, what it leads to is replaced. */
async function followed(target: string): Promise<string> {
  return existsSync(target) ? realpath(target) : target;
}

function exists(target: string): MillraceError {
  return new MillraceError({
    code: 'load.exists',
    message: `${JSON.stringify(target)} exists already. Use mode: 'replace' to write over it.`,
    details: { target },
  });
}

function wrongTarget(target: string, what: string): MillraceError {
  return new MillraceError({
    code: 'load.target',
    message: `${JSON.stringify(target)} is ${what}.`,
    details: { target },
  });
}
