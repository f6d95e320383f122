import { MillraceError } from '../../errors.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
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

/** A key must be there and be met once: otherwise it is chance which row wins. */
export async function checkKeys(server: Transaction, key: readonly string[]): Promise<void> {
  const names = key.map(quoteIdentifier);
  const empty = names.map((name) => `${name} IS NULL`).join(' OR ');
  const asText = names.map((name) => `${name}::text`).join(', ');
  const nulls = await server.query(
    `SELECT ${asText}, (SELECT count(*) FROM ${STAGING} WHERE ${empty})::text FROM ${STAGING} WHERE ${empty} LIMIT 1`,
  );
  const [nullRow] = nulls.rows;
  if (nullRow !== undefined) {
    const example = keyText(key, nullRow);
    throw new MillraceError({
      code: 'load.null_key',
      message: `${CALLER}: ${nullRow[key.length]} rows have no key, such as (${example}). Drop them with .dropNulls(${key.map((k) => `'${k}'`).join(', ')}), or choose another key.`,
      details: { key, example, count: Number(nullRow[key.length]) },
    });
  }
  const doubled = await server.query(
    `SELECT ${asText}, count(*)::text FROM ${STAGING} GROUP BY ${names.join(', ')} HAVING count(*) > 1 ORDER BY ${names.join(', ')} LIMIT 1`,
  );
  const [row] = doubled.rows;
  if (row !== undefined) {
    const example = keyText(key, row);
    throw new MillraceError({
      code: 'load.duplicate_key',
      message: `${CALLER}: ${row[key.length]} rows have the key (${example}). Keep one of them with .dedupe({ by: [${key.map((k) => `'${k}'`).join(', ')}] }), or choose another key.`,
      details: { key, example, count: Number(row[key.length]) },
    });
  }
}

function keyText(key: readonly string[], row: readonly unknown[]): string {
  return key.map((name, i) => `${name} = ${row[i] === null ? 'null' : row[i]}`).join(', ');
}
