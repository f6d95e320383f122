import type { DuckDBConnection } from '@duckdb/node-api';
import type { RunOptions } from '../../../plan/source.ts';
import { inBackground } from '../background.ts';
import { runOn } from '../connections.ts';

/**
 * Inserts the rows of a query and gives how many, by one thread of the engine's own: who has brought the rows goes on meanwhile.
 * The engine is not told that parts of them could be inserted side by side: it would write each into a table of its own, and then copy.
 */
export async function insertInOneGo(
  connection: DuckDBConnection,
  { table, rows, columns }: { readonly table: string; readonly rows: string; readonly columns: number },
  options: RunOptions,
): Promise<number> {
  const nothing = `SELECT ${Array(columns).fill('NULL').join(', ')} FROM (VALUES (1)) WHERE random() > 2`;
  const sql = `INSERT INTO ${table} ${rows} UNION ALL ${nothing}`;
  return (await runOn(connection, { sql, values: [] }, options, inBackground)).rowsChanged;
}
