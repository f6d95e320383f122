import type { Transaction } from '../../postgres/connect.ts';
import { quoteTable } from '../../postgres/types.ts';
import type { Field, Schema } from '../../schema/dtype.ts';
import { findTable, type TargetTable } from './find-table.ts';
import { ensureTable, type TableShape } from './make-table.ts';

/**
 * The loads that were done under a name, one row each, in `millrace_loads` beside the tables they went to. The row is
 * written in the transaction of the load: either both are there or neither.
 */
const COLUMNS: Schema = [
  column('table_name', 'string'),
  column('load_id', 'string'),
  column('run_id', 'string'),
  column('fingerprint', 'string'),
  { ...column('rows', 'int'), nullable: true },
  column('started_at', 'timestamp'),
  { ...column('finished_at', 'timestamp'), nullable: true },
];

const LOADS: TableShape = { schema: COLUMNS, primaryKey: ['table_name', 'load_id'] };

const NAME = 'millrace_loads';

/** A load that bears a name. */
export interface NamedLoad {
  readonly loadId: string;
  /** What it reads and does to it. */
  readonly fingerprint: string;
  /** When it began, on the clock of `performance.now()`. */
  readonly start: number;
}

/**
 * Whether a load was done under this name. Its plan need not be the same: sources of another path or port, and a
 * plan that was mended since, are read for the same load; the fingerprints in the ledger tell them apart.
 */
export async function isLoaded(server: Transaction, target: TargetTable, load: NamedLoad): Promise<boolean> {
  const name = { schema: target.schema, table: NAME };
  if ((await findTable(server, name)) === undefined) return false;
  const { rows } = await server.query(`SELECT 1 FROM ${quoteTable(name)} WHERE table_name = $1 AND load_id = $2`, [
    target.sql,
    load.loadId,
  ]);
  return rows.length > 0;
}

/**
 * Takes the name of a load; false where it was done. A load of the same name at the same time is waited for. What was
 * loaded into a table that is gone is not there: where the target is new, loads that bear its name are forgotten.
 */
export async function claimLoad(
  server: Transaction,
  target: TargetTable,
  load: NamedLoad & { readonly runId: string },
): Promise<boolean> {
  const { sql } = await ensureTable(server, { schema: target.schema, table: NAME }, LOADS);
  if (target.isNew === true) await server.query(`DELETE FROM ${sql} WHERE table_name = $1`, [target.sql]);
  // By the server's clock alone: another machine's may be another time.
  const { affected } = await server.query(
    `INSERT INTO ${sql} (table_name, load_id, run_id, fingerprint, started_at)
     VALUES ($1, $2, $3, $4, clock_timestamp() - make_interval(secs => $5::float8)) ON CONFLICT DO NOTHING`,
    [target.sql, load.loadId, load.runId, load.fingerprint, (performance.now() - load.start) / 1000],
  );
  return affected === 1 || !(await isLoaded(server, target, load));
}

export async function finishLoad(
  server: Transaction,
  target: TargetTable,
  load: { readonly loadId: string; readonly rows: number },
): Promise<void> {
  const table = quoteTable({ schema: target.schema, table: NAME });
  await server.query(
    `UPDATE ${table} SET rows = $3, finished_at = clock_timestamp() WHERE table_name = $1 AND load_id = $2`,
    [target.sql, load.loadId, load.rows],
  );
}

function column(name: string, id: 'string' | 'int' | 'timestamp'): Field {
  return { name, dtype: { id }, nullable: false };
}
