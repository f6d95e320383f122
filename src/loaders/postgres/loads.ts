import type { Transaction } from '../../postgres/connect.ts';
import { quoteTable } from '../../postgres/types.ts';
import type { Schema } from '../../schema/dtype.ts';
import { findTable, type TargetTable } from './find-table.ts';
import { ensureTable, type TableShape } from './make-table.ts';

/**
 * The loads that were done under a name, one row each, in `millrace_loads` beside the tables they went to. The row is
 * written in the transaction of the load: either both are there or neither.
 */
const COLUMNS: Schema = [
  { name: 'table_name', dtype: { id: 'string' }, nullable: false },
  { name: 'load_id', dtype: { id: 'string' }, nullable: false },
  { name: 'run_id', dtype: { id: 'string' }, nullable: false },
  { name: 'rows', dtype: { id: 'int' }, nullable: true },
  { name: 'loaded_at', dtype: { id: 'timestamp' }, nullable: false },
];

const LOADS: TableShape = { schema: COLUMNS, primaryKey: ['table_name', 'load_id'] };

const NAME = 'millrace_loads';

export async function isLoaded(server: Transaction, target: TargetTable, loadId: string): Promise<boolean> {
  const name = { schema: target.schema, table: NAME };
  if ((await findTable(server, name)) === undefined) return false;
  const { rows } = await server.query(`SELECT 1 FROM ${quoteTable(name)} WHERE table_name = $1 AND load_id = $2`, [
    target.sql,
    loadId,
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
  load: { readonly loadId: string; readonly runId: string },
): Promise<boolean> {
  const { sql } = await ensureTable(server, { schema: target.schema, table: NAME }, LOADS);
  if (target.isNew === true) await server.query(`DELETE FROM ${sql} WHERE table_name = $1`, [target.sql]);
  const { affected } = await server.query(
    `INSERT INTO ${sql} (table_name, load_id, run_id, loaded_at) VALUES ($1, $2, $3, now()) ON CONFLICT DO NOTHING`,
    [target.sql, load.loadId, load.runId],
  );
  return affected === 1;
}

export async function finishLoad(
  server: Transaction,
  target: TargetTable,
  load: { readonly loadId: string; readonly rows: number },
): Promise<void> {
  const table = quoteTable({ schema: target.schema, table: NAME });
  await server.query(`UPDATE ${table} SET rows = $3 WHERE table_name = $1 AND load_id = $2`, [
    target.sql,
    load.loadId,
    load.rows,
  ]);
}
