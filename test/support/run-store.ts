import { join } from 'node:path';
import { openRunStore } from '../../src/pipeline/index.ts';
import { thisOwner } from '../../src/pipeline/store/owner.ts';
import type { NewRun, Owner, RunStore } from '../../src/pipeline/store/store.ts';

export type { RunStore };

/** New stores, each in a folder of its own beneath one. */
export function newStoresIn(folder: string): () => Promise<RunStore> {
  let stores = 0;
  return () => openRunStore(join(folder, `store-${++stores}`, 'runs.db'));
}

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
