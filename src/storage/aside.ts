import { lstat, readdir, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * What is being written has a name that says which process writes it, so that what a killed process left is told from
 * what another is still writing.
 */

const HOST = hostname().replaceAll(/\W/g, '').slice(0, 16);
const mine = new Set<string>();

/** After this, what a process of another machine has left is taken for abandoned. */
const ABANDONED_MS = 7 * 24 * 3_600_000;

/** A new name that begins with `stem`; nobody else has it. */
export function asideName(stem: string): string {
  const name = `${stem}${HOST}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  mine.add(name);
  return name;
}

/** Removes what processes that are gone left in a folder under names that begin with `stem`. */
export async function sweep(folder: string, stem: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    const [, host, pid] = (name.startsWith(stem) && /^(\w*)-(\d+)-[0-9a-f]{8}$/.exec(name.slice(stem.length))) || [];
    if (host === undefined || mine.has(name)) continue;
    const path = join(folder, name);
    // What may not be removed, as another user's, stays.
    if (await isAbandoned(path, host, Number(pid))) await rm(path, { recursive: true, force: true }).catch(() => {});
  }
}

async function isAbandoned(path: string, host: string, pid: number): Promise<boolean> {
  const written = await lstat(path).then(
    (found) => found.mtimeMs,
    () => 0,
  );
  if (host !== HOST) return written < Date.now() - ABANDONED_MS;
  // A process of this one's number that wrote before this one began is another, which is gone.
  if (pid === process.pid) return written < Date.now() - process.uptime() * 1000;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}
