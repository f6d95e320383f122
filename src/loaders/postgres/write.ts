import { MillraceError } from '../../errors.ts';
import { QUARANTINE } from '../../plan/quarantine.ts';
import type { Transaction } from '../../postgres/connect.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import type { Schema } from '../../schema/dtype.ts';
import { checkKey, checkTable, type TargetTable } from './table.ts';

/** Who asks, for messages. */
export const CALLER = 'load.postgres';

/** The columns of the table of rejected rows. */
export const REJECTS: Schema = [{ name: 'run_id', dtype: { id: 'string' }, nullable: false }, ...QUARANTINE];

export function checkTarget(target: TargetTable, schema: Schema, key: readonly string[]): void {
  checkTable(target, schema);
  if (key.length > 0) checkKey(target, key);
}

/** Empties a table that stays. Where others point to it TRUNCATE is refused, and deleting must not reach them. */
export async function empty(server: Transaction, target: TargetTable): Promise<void> {
  if (target.references.length === 0) {
    await server.query(`TRUNCATE ${target.sql}`);
    return;
  }
  const reaching = target.references.find(({ onDelete }) => ['c', 'n', 'd'].includes(onDelete));
  if (reaching !== undefined) {
    throw new MillraceError({
      code: 'load.referenced',
      message: `${CALLER}: replacing the rows of ${target.sql} would change ${reaching.from}, whose foreign key ${reaching.constraint} acts when they are deleted. Load with mode 'upsert', or change that constraint.`,
      details: { table: target.sql, constraint: reaching.constraint, from: reaching.from },
    });
  }
  // Without the lock two loads at once would each leave the other's rows.
  await server.query(`LOCK TABLE ${target.sql} IN SHARE ROW EXCLUSIVE MODE`);
  await server.query(`DELETE FROM ${target.sql}`);
}

/** Rows that went to a table. */
export interface Copied {
  readonly bytes: number;
  readonly rows: number;
  /** How many of the rows were there before, just so, where that is told. */
  readonly unchanged?: number;
}

/** Through a table of this transaction alone, in which keys are looked at before the target is touched. */
export async function upsert(
  server: Transaction,
  target: TargetTable,
  rows: { readonly names: readonly string[]; fill(staging: string): Promise<Copied> },
  key: readonly string[],
): Promise<Copied> {
  const names = rows.names.map(quoteIdentifier).join(', ');
  const staging = 'pg_temp.millrace_upsert';
  await server.query(
    `CREATE TEMP TABLE millrace_upsert ON COMMIT DROP AS SELECT ${names} FROM ${target.sql} WITH NO DATA`,
  );
  const copied = await rows.fill(staging);
  await checkKeys(server, staging, key);
  const keys = key.map(quoteIdentifier).join(', ');
  const others = rows.names.filter((name) => !key.includes(name)).map(quoteIdentifier);
  const action =
    others.length === 0
      ? 'DO NOTHING'
      : `DO UPDATE SET ${others.map((name) => `${name} = EXCLUDED.${name}`).join(', ')}`;
  const { affected } = await server.query(
    `INSERT INTO ${target.sql} (${names}) SELECT ${names} FROM ${staging} ON CONFLICT (${keys}) ${action}`,
  );
  // Rows that are nothing but their key are there already, or are added.
  if (others.length === 0) return { ...copied, unchanged: copied.rows - affected };
  if (affected !== copied.rows) {
    throw new MillraceError({
      code: 'load.row_count',
      message: `${CALLER}: ${copied.rows} rows were to be written to ${target.sql} and the server wrote ${affected}; a trigger or a rule of the table may leave rows out. Nothing was loaded.`,
      details: { made: copied.rows, taken: affected },
    });
  }
  return copied;
}

/** A key must be there and be met once: otherwise it is chance which row wins. */
async function checkKeys(server: Transaction, staging: string, key: readonly string[]): Promise<void> {
  const names = key.map(quoteIdentifier);
  const empty = names.map((name) => `${name} IS NULL`).join(' OR ');
  const asText = names.map((name) => `${name}::text`).join(', ');
  const nulls = await server.query(
    `SELECT ${asText}, (SELECT count(*) FROM ${staging} WHERE ${empty})::text FROM ${staging} WHERE ${empty} LIMIT 1`,
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
    `SELECT ${asText}, count(*)::text FROM ${staging} GROUP BY ${names.join(', ')} HAVING count(*) > 1 ORDER BY ${names.join(', ')} LIMIT 1`,
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
