import type { Engine } from '../../engines/duckdb/engine.ts';
import { MillraceError } from '../../errors.ts';
import type { Schema } from '../../schema/dtype.ts';
import { refuseDoubledKeys, refuseNullKeys, SHOWN } from '../key-errors.ts';
import { CALLER, type Database } from './database.ts';

/** Refuses the first value that the database could not hold as it is. */
export async function checkValues(engine: Engine, table: string, schema: Schema, database: Database): Promise<void> {
  const checks = schema.flatMap((field, i) =>
    database.unfit(field, `c${i}`).map((unfit) => ({ ...unfit, field, column: `c${i}` })),
  );
  if (checks.length === 0) return;
  const firsts = checks.map(({ when }) => `min(rowid) FILTER (WHERE ${when})`);
  const [found = []] = await engine.connections.values(`SELECT ${firsts.join(', ')} FROM ${table}`);
  for (const [i, { field, column, what }] of checks.entries()) {
    const at = found[i];
    if (at === null || at === undefined) continue;
    const [[value] = []] = await engine.connections.values(
      `SELECT CAST(${column} AS VARCHAR) FROM ${table} WHERE rowid = ${at}`,
    );
    const row = Number(at) + 1;
    throw new MillraceError({
      code: 'load.value',
      message: `${CALLER}: row ${row} has ${String(value)} in column ${JSON.stringify(field.name)}, ${what}. Nothing was loaded. Filter such rows, or make the values null.`,
      details: { row, column: field.name, value: String(value) },
    });
  }
}

/** Refuses rows that do not say which row they are. */
export async function checkKeys(engine: Engine, table: string, schema: Schema, key: readonly string[]): Promise<void> {
  const columns = key.map((name) => `c${schema.findIndex((field) => field.name === name)}`);
  const texts = columns.map((column) => `CAST(${column} AS VARCHAR)`).join(', ');
  const isNull = columns.map((column) => `${column} IS NULL`).join(' OR ');
  const nulls = await engine.connections.values(
    `SELECT ${texts}, count(*) OVER () FROM ${table} WHERE ${isNull} LIMIT ${SHOWN}`,
  );
  refuseNullKeys(CALLER, key, nulls);
  const doubled = await engine.connections.values(
    `SELECT ${texts}, count(*), count(*) OVER () FROM ${table} GROUP BY ${columns.join(', ')} HAVING count(*) > 1 ORDER BY ${columns.join(', ')} LIMIT ${SHOWN}`,
  );
  refuseDoubledKeys(CALLER, key, doubled);
}
