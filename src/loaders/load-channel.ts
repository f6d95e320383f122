import { AsyncLocalStorage } from 'node:async_hooks';
import { type Channel, channel } from 'node:diagnostics_channel';
import type { Relation } from '../plan/relation.ts';

/** What is told of a load that has committed. */
export interface LoadEnd {
  readonly runId: string;
  /** What was loaded into: a path, the name of a table. */
  readonly target: string;
  readonly rows: {
    readonly read: number;
    readonly filtered: number | null;
    readonly quarantined: number;
    readonly written: number;
  };
  readonly alreadyLoaded: boolean;
  readonly bytes: number;
  readonly seconds: number;
  /** The plan whose rows were loaded; a function, which JSON leaves out. */
  plan(): Relation;
}

/** The name of the channel on which every load is told, in whichever copy of this package it ran. */
export const LOAD_CHANNEL = 'millrace:load';

const loads: Channel<LoadEnd> = channel(LOAD_CHANNEL) as Channel<LoadEnd>;

const UNTOLD = new AsyncLocalStorage<true>();

/** Does work whose loads are not told: the user has not asked for them. */
export function untold<R>(work: () => R): R {
  return UNTOLD.run(true, work);
}

/** Tells whoever follows the loads of this process; nobody does unless the command line runs it. */
export function tellLoad({ runId, target, rows, alreadyLoaded, bytes, seconds, plan }: LoadEnd): void {
  if (loads.hasSubscribers && UNTOLD.getStore() === undefined)
    loads.publish({ runId, target, rows, alreadyLoaded, bytes, seconds, plan });
}
