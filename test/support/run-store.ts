import { thisOwner } from '../../src/pipeline/store/owner.ts';
import type { NewRun, Owner, RunStore } from '../../src/pipeline/store/store.ts';

export type { RunStore };

let runs = 0;

/** A run of a day, to be added to a store. */
export function dayRun(day: string, fields: Partial<NewRun> = {}): NewRun {
  const from = new Date(`${day}T00:00:00Z`);
  return {
    id: `run-${++runs}-${process.pid}`,
    pipeline: 'daily',
    interval: { from, to: new Date(from.getTime() + 86_400_000) },
    trigger: 'schedule',
    params: { region: 'north' },
    codeVersion: 'v1',
    ...fields,
  };
}

/** A process that is gone. */
export const GONE: Owner = { ...thisOwner(), pid: 2 ** 22 + 1, process: '1' };

export { thisOwner };
