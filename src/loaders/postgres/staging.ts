import { MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import { refuseDoubledKeys, refuseNullKeys, SHOWN } from '../key-errors.ts';
import type { TargetTable } from './find-table.ts';
import type { Copied, Incoming } from './incoming.ts';
import { CALLER } from './modes/mode.ts';

/** The table of this transaction alone in which rows are looked at before the target is touched. */
export const STAGING = 'pg_temp.millrace_staging';

/** Brings the rows into {@link STAGING}, whose columns are the target's. */
export async function stage(server: Transaction, target: TargetTable, incoming: Incoming): Promise<Copied> {
  const names = incoming.names.map(quoteIdentifier).join(', ');
  await server.query(
    `CREATE TEMP TABLE millrace_staging ON COMMIT DROP AS SELECT ${names} FROM ${target.sql} WITH NO DATA`,
  );
  return incoming.fill(server, STAGING, target);
}

/** Rows whose key is there, met once each: otherwise it is chance which row wins. */
export async function stageByKey(
  server: Transaction,
  target: TargetTable,
  incoming: Incoming,
  key: readonly string[],
): Promise<Copied> {
  const copied = await stage(server, target, incoming);
  await refuseWrongKeys(server, key);
  return copied;
}

/** Refuses staged rows whose key is null or stands twice, with examples. */
export async function refuseWrongKeys(server: Transaction, key: readonly string[]): Promise<void> {
  if (!(await hasWrongKeys(server, key))) return;
  await checkNullKeys(server, key);
  await checkDoubledKeys(server, key);
}

/** Whether a key is null or stands twice, by one look at all of them. */
async function hasWrongKeys(server: Transaction, key: readonly string[]): Promise<boolean> {
  const names = key.map(quoteIdentifier);
  const empty = names.map((name) => `${name} IS NULL`).join(' OR ');
  const sql = `SELECT 1 FROM ${STAGING} GROUP BY ${names.join(', ')} HAVING count(*) > 1 OR ${empty} LIMIT 1`;
  return (await server.query(sql)).rows.length > 0;
}

async function checkNullKeys(server: Transaction, key: readonly string[]): Promise<void> {
  const empty = key.map((name) => `${quoteIdentifier(name)} IS NULL`).join(' OR ');
  const { rows } = await server.query(
    `SELECT ${asText(key)}, (count(*) OVER ())::text FROM ${STAGING} WHERE ${empty} LIMIT ${SHOWN}`,
  );
  refuseNullKeys(CALLER, key, rows);
}

async function checkDoubledKeys(server: Transaction, key: readonly string[]): Promise<void> {
  const names = key.map(quoteIdentifier).join(', ');
  const doubled = `FROM ${STAGING} GROUP BY ${names} HAVING count(*) > 1`;
  const { rows } = await server.query(
    `SELECT ${asText(key)}, count(*)::text, (count(*) OVER ())::text ${doubled} ORDER BY ${names} LIMIT ${SHOWN}`,
  );
  refuseDoubledKeys(CALLER, key, rows);
}

/** Changes rows of the target, `t`, that meet a staged one, `s`; gives how many. */
export async function updateStaged(
  server: Transaction,
  target: TargetTable,
  set: readonly string[],
  where: string,
): Promise<number> {
  if (set.length === 0) return 0;
  const sql = `UPDATE ${target.sql} AS t SET ${set.join(', ')} FROM ${STAGING} AS s WHERE ${where}`;
  return (await server.query(sql)).affected;
}

/** Columns of a row of the target as those of a staged one. */
export function taken(columns: readonly string[]): readonly string[] {
  return columns.map((name) => `${quoteIdentifier(name)} = s.${quoteIdentifier(name)}`);
}

/** Refuses a merge after which a key has no row: a trigger or a rule left rows out. */
export async function refuseMissing(
  server: Transaction,
  target: TargetTable,
  key: readonly string[],
  among = 'true',
): Promise<void> {
  const { rows } = await server.query(
    `SELECT count(*)::text FROM ${STAGING} AS s WHERE NOT EXISTS (SELECT FROM ${target.sql} AS t WHERE ${sameKey(target, key)} AND ${among})`,
  );
  const missing = Number(rows[0]?.[0]);
  if (missing === 0) return;
  throw new MillraceError({
    code: 'load.row_count',
    message: `${CALLER}: ${missing} rows were to be written to ${target.sql} and are not there; a trigger or a rule of the table may leave rows out. Nothing was loaded.`,
    details: { missing },
  });
}

/** That a row of the target, `t`, has the key of a staged one, `s`. */
export function sameKey({ columns }: TargetTable, key: readonly string[], row = 't'): string {
  const same = key.map((name) => {
    const { equals = '=' } = columns.find((column) => column.name === name) ?? {};
    return `${row}.${quoteIdentifier(name)} ${equals} s.${quoteIdentifier(name)}`;
  });
  return same.join(' AND ');
}

/** That two rows are not the same in these columns, to the bit: not every type has an equality, nor is it always so strict. */
export function differ(columns: readonly string[], a: string, b: string): string {
  const row = (of: string): string => `ROW(${columns.map((name) => `${of}.${quoteIdentifier(name)}`).join(', ')})`;
  return `${row(a)}::record *<> ${row(b)}::record`;
}

function asText(key: readonly string[]): string {
  return key.map((name) => `${quoteIdentifier(name)}::text`).join(', ');
}
