import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { machineName } from '../../storage/aside.ts';
import type { Owner } from './store.ts';

/** Milliseconds between the signs of life of a run's owner. */
export const HEARTBEAT = 5_000;
/** Without one for so long an owner elsewhere is gone; one on this machine is, where nobody has its process's number. */
const SILENCE = 60_000;
/** Where nothing tells a process from another of the same number. */
const LONG_SILENCE = 600_000;

/** Where this process's number tells it from others: of Linux the kernel and the namespace are known, too. */
const here = (): string => (process.platform === 'linux' ? machineName() : hostname());

/** This process. */
export function thisOwner(): Owner {
  return { host: here(), pid: process.pid, process: startOf(process.pid) ?? '' };
}

/** Whether the owner of a run lives, by how long ago it said so. */
export function isAlive(owner: Owner, silence: number): boolean {
  if (owner.host !== here()) return silence < SILENCE;
  if (!exists(owner.pid)) return false;
  const start = startOf(owner.pid);
  // One that is busy in a function of the user's may be silent for long.
  return start === undefined || owner.process === '' ? silence < LONG_SILENCE : start === owner.process;
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** When a process began, where the system says so: its number may be another's later. A process that only waits to be buried is gone. */
function startOf(pid: number): string | undefined {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    return undefined;
  }
  // The name of the program, in parentheses, may hold blanks.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields[0] === 'Z' || fields[0] === 'X' ? 'gone' : fields[19];
}
