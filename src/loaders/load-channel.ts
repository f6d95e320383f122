import { type Channel, channel } from 'node:diagnostics_channel';

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
}

/** The name of the channel on which every load is told, in whichever copy of this package it ran. */
export const LOAD_CHANNEL = 'millrace:load';

const loads: Channel<LoadEnd> = channel(LOAD_CHANNEL) as Channel<LoadEnd>;

/** Tells whoever follows the loads of this process; nobody does unless the command line runs it. */
export function tellLoad({ runId, target, rows, alreadyLoaded, bytes, seconds }: LoadEnd): void {
  if (loads.hasSubscribers) loads.publish({ runId, target, rows, alreadyLoaded, bytes, seconds });
}
