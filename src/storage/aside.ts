import { createHash } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
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

/** How far the clock of a store may be from this machine's. */
const CLOCKS_APART_MS = 3_600_000;

/** What follows the stem: the host, the process, what is nobody else's, and the ending of an engine's log. */
const ASIDE = /^(\w*)-(\d+)-[0-9a-f]{8}(\.wal)?$/;

/** A new name that begins with `stem`; nobody else has it. `host` says where this process runs. */
export function asideName(stem: string, host: string = HOST): string {
  const name = `${stem}${host}-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
  mine.add(name);
  return name;
}

/** The bytes of the longest name of a file, without those that a name aside has besides. */
const MOST_BYTES = 180;

/** A name, or what stands for it where it leaves no room for the rest of a name aside. */
export function shortName(name: string): string {
  if (Buffer.byteLength(name) <= MOST_BYTES) return name;
  return createHash('sha256').update(name).digest('hex').slice(0, 32);
}

/** Removes what processes that are gone left in a folder under names that begin with `stem`. */
export async function sweep(folder: string, stem: string): Promise<void> {
  const names = await readdir(folder).catch((): string[] => []);
  for (const name of names) {
    if (!name.startsWith(stem) || !ASIDE.test(name.slice(stem.length))) continue;
    const path = join(folder, name);
    const written = await lstat(path).then(
      (found) => found.mtimeMs,
      () => 0,
    );
    if (isAbandoned(name, stem, written)) await rm(path, { recursive: true, force: true });
  }
}

/** Whether a name is one of these, and the process is gone that wrote under it, the last time at `written`. */
export function isAbandoned(name: string, stem: string, written: number, here: string = HOST): boolean {
  const [, host, pid] = (name.startsWith(stem) && ASIDE.exec(name.slice(stem.length))) || [];
  if (host === undefined || mine.has(name)) return false;
  if (host !== here) return written < Date.now() - ABANDONED_MS;
  // A process of this one's number that wrote before this one began is another, which is gone.
  const clocksApart = here === HOST ? 0 : CLOCKS_APART_MS;
  if (Number(pid) === process.pid) return written < Date.now() - process.uptime() * 1000 - clocksApart;
  try {
    process.kill(Number(pid), 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/**
 * Where this process runs, for names that other machines see: only processes of one and the same kernel and namespace can
 * tell by a number whether another is gone, and machines have the same name more often than one would think. Where that is
 * not known, it is this process's own, so that only time tells.
 */
export function machineName(): string {
  machine ??= `${HOST}_${kernel()}`;
  return machine;
}

let machine: string | undefined;

function kernel(): string {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
    const tellsApart = `${boot} ${readlinkSync('/proc/self/ns/pid')}`;
    return createHash('sha256').update(tellsApart).digest('hex').slice(0, 12);
  } catch {
    return crypto.randomUUID().slice(0, 8);
  }
}
