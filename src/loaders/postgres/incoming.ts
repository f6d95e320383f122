import { QUARANTINE } from '../../plan/quarantine.ts';
import type { Transaction } from '../../postgres/connect.ts';
import type { Schema } from '../../schema/dtype.ts';
import type { TargetTable } from './find-table.ts';

/** Rows that went to a table. */
export interface Copied {
  readonly rows: number;
  readonly bytes: number;
}

/** Rows on their way into a table, whichever way they are brought there. */
export interface Incoming {
  readonly runId: string;
  readonly names: readonly string[];
  /** Adds all of them to a table (SQL, quoted) whose columns have the types of the target's. */
  fill(server: Transaction, table: string, target: TargetTable): Promise<Copied>;
  /** The same rows kept apart, where they may be read from the target itself. */
  aside?(server: Transaction): Promise<Incoming>;
  /** The rows that were put aside on the way, as {@link REJECTS}, where they are to be written. */
  readonly rejects?: Pick<Incoming, 'fill'>;
}

/** The columns of the table of rejected rows. */
export const REJECTS: Schema = [{ name: 'run_id', dtype: { id: 'string' }, nullable: false }, ...QUARANTINE];
