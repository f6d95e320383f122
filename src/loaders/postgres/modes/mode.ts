import type { Transaction } from '../../../postgres/connect.ts';
import type { Schema } from '../../../schema/dtype.ts';
import type { Written } from '../../report.ts';
import type { TargetTable } from '../find-table.ts';
import type { Incoming } from '../incoming.ts';
import type { TableShape } from '../make-table.ts';

/** Who asks, for messages. */
export const CALLER = 'load.postgres';

type AllKeys<O> = O extends unknown ? keyof O : never;

/** How the rows of a load meet those that are there. */
export interface Mode<O> {
  /** The options of its own, besides `mode`. */
  readonly takes: { readonly [N in Exclude<AllKeys<O>, 'mode'>]: true };
  /** Refuses options that are wrong, before anything runs. */
  check?(options: O, schema: Schema): void;
  /** What the table must have, or is made with. */
  shape(schema: Schema, options: O): TableShape;
  /** What comes of no rows, where nothing else is asked; `load` if absent. */
  onEmpty?(options: O): 'load' | 'fail';
  /** Writes the rows, in the transaction of the load, to a table of that shape. */
  run(server: Transaction, target: TargetTable, incoming: Incoming, options: O, schema: Schema): Promise<Written>;
}

/** Rows that were all added. */
export function added({ rows, bytes }: { readonly rows: number; readonly bytes: number }): Written {
  return { arrived: rows, written: rows, bytes };
}
