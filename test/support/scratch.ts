import { readdirSync } from 'node:fs';
import type { DuckDBSession } from '../../src/engines/duckdb/session.ts';

/** More than a session of these tests ever lends at once. */
const CONNECTIONS = 48;

/**
 * What stands in a session's scratch: its tables and types, the temporary tables of each of its connections, and the
 * files in its folder, without the engine's own.
 */
export async function scratchOf(session: DuckDBSession): Promise<string[]> {
  const { connections } = await session.open();
  const sql = `SELECT table_name FROM duckdb_tables()
    UNION ALL SELECT type_name FROM duckdb_types() WHERE database_name = 'scratch' AND NOT internal`;
  let lent = 0;
  let allLent = (): void => {};
  const all = new Promise<void>((resolve) => {
    allLent = resolve;
  });
  const names = await Promise.all(
    Array.from({ length: CONNECTIONS }, () =>
      connections.lend(async (connection) => {
        lent += 1;
        if (lent === CONNECTIONS) allLent();
        await all;
        return (await connection.runAndReadAll(sql)).getRowsJS().map(([name]) => String(name));
      }),
    ),
  );
  const files = readdirSync(await connections.folder()).filter((name) => name !== 'spill');
  return [...new Set(names.flat()), ...files].sort();
}
