import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { eachOf } from './each-of.ts';

/** How many files the disk is asked for at once. */
const AT_ONCE = 16;

/**
 * Returns when files are on the disk with all their bytes. A rename alone promises nothing: after a loss of power a file can
 * bear its new name and be empty.
 */
export function syncFiles(folder: string, files: readonly string[]): Promise<void> {
  return eachOf(files, AT_ONCE, (file) => syncFile(join(folder, file)));
}

/** Returns when files have their names on the disk, in their folders. */
export function syncNames(folder: string, files: readonly string[]): Promise<void> {
  const folders = new Set([folder]);
  for (const file of files) {
    for (let inside = dirname(file); inside !== '.'; inside = dirname(inside)) folders.add(join(folder, inside));
  }
  return eachOf(folders, AT_ONCE, syncFolder);
}

export async function syncFile(path: string): Promise<void> {
  // Windows syncs for writers alone; elsewhere a file that may only be read is synced too.
  const file = await open(path, process.platform === 'win32' ? 'r+' : 'r');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

/** How long bytes may wait for the disk while a file is being written, in milliseconds. */
const MEANWHILE = 60;

/**
 * Sends a file to the disk while it is being written, so that little is left to wait for at the end. What the disk refuses
 * is told here: a system says it once.
 */
export async function syncedMeanwhile<R>(path: string, write: Promise<R>): Promise<R> {
  const written = new AbortController();
  const syncing = syncAgain(path, written.signal);
  syncing.catch(() => undefined);
  try {
    return await write;
  } finally {
    written.abort();
    await syncing;
  }
}

async function syncAgain(path: string, until: AbortSignal): Promise<void> {
  for (;;) {
    await setTimeout(MEANWHILE, undefined, { ref: false, signal: until }).catch(() => undefined);
    if (until.aborted) return;
    await syncFile(path).catch((error: NodeJS.ErrnoException) => {
      // It is not there yet, or its writer's alone, as on Windows.
      if (!['ENOENT', 'EBUSY', 'EPERM', 'EACCES'].includes(error.code ?? '')) throw error;
    });
  }
}

/** The names in a folder, which not every system can be asked for: Windows keeps them by itself. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!['EISDIR', 'EPERM', 'EACCES', 'EINVAL', 'ENOTSUP', 'EBADF'].includes(code)) throw error;
  }
}
