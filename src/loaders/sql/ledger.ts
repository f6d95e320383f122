import type { Schema } from '../../schema/dtype.ts';
import type { Database, Server, TableName, TargetTable } from './database.ts';

/** The loads that were done under a name, in `millrace_loads` beside the tables they went to; written with the load. */
const COLUMNS: Schema = [
  { name: 'table_name', dtype: { id: 'string' }, nullable: false },
  { name: 'load_id', dtype: { id: 'string' }, nullable: false },
  { name: 'run_id', dtype: { id: 'string' }, nullable: false },
  { name: 'fingerprint', dtype: { id: 'string' }, nullable: false },
  { name: 'rows', dtype: { id: 'int' }, nullable: true },
  { name: 'started_at', dtype: { id: 'timestamp' }, nullable: false },
  { name: 'finished_at', dtype: { id: 'timestamp' }, nullable: true },
];

/** A load that bears a name. */
export interface NamedLoad {
  readonly loadId: string;
  readonly fingerprint: string;
}

/** Makes the ledger beside a table, where it is absent. */
export async function ensureLedger(server: Server, { schema }: TableName): Promise<TargetTable> {
  const name = { schema, table: 'millrace_loads' };
  const found = await server.find(name);
  if (found !== undefined) return found;
  await server.make(name, { schema: COLUMNS, key: ['table_name', 'load_id'] });
  const made = await server.find(name);
  if (made === undefined) throw new Error('millrace_loads was made and is not there');
  return made;
}

/** Takes the name of a load; false where it was done. Of a table that is new, no load was done. */
export async function claim(
  server: Server,
  { quote, now }: Database,
  { ledger, target, named, runId }: Claim,
): Promise<boolean> {
  const [table, id] = ['table_name', 'load_id'].map(quote);
  if (target.isNew === true) await server.run(`DELETE FROM ${ledger.sql} WHERE ${table} = ?`, [target.sql]);
  const known = await server.rows(`SELECT 1 FROM ${ledger.sql} WHERE ${table} = ? AND ${id} = ?`, [
    target.sql,
    named.loadId,
  ]);
  if (known.length > 0) return false;
  const names = ['table_name', 'load_id', 'run_id', 'fingerprint', 'started_at'].map(quote).join(', ');
  await server.run(`INSERT INTO ${ledger.sql} (${names}) VALUES (?, ?, ?, ?, ${now})`, [
    target.sql,
    named.loadId,
    runId,
    named.fingerprint,
  ]);
  return true;
}

export interface Claim {
  readonly ledger: TargetTable;
  readonly target: TargetTable;
  readonly named: NamedLoad;
  readonly runId: string;
}

export async function finish(
  server: Server,
  { quote, now }: Database,
  { ledger, target, named }: Claim,
  rows: number,
): Promise<void> {
  await server.run(
    `UPDATE ${ledger.sql} SET ${quote('rows')} = ?, ${quote('finished_at')} = ${now} WHERE ${quote('table_name')} = ? AND ${quote('load_id')} = ?`,
    [BigInt(rows), target.sql, named.loadId],
  );
}
