import { MillraceError } from '../../errors.ts';
import type { Scalar } from '../../frame/functions/base.ts';
import type { Transaction } from '../../postgres/connect.ts';
import type { Bool, Schema } from '../../schema/dtype.ts';
import type { TargetTable } from './find-table.ts';
import { CALLER } from './modes/mode.ts';
import { conditionOf } from './slice.ts';

/** What must hold of the whole table when the rows are in it. */
export interface Expectations<R> {
  /** Rules by name: each must hold for every row of the table, null being false. */
  readonly satisfies?: { readonly [name: string]: (r: R) => Scalar<Bool, null> };
  /** How many rows the table must have. */
  readonly rowCount?: { readonly min?: number; readonly max?: number };
}

/** Refuses rules that the server cannot check, before anything runs. */
export function checkExpectations({ satisfies = {}, rowCount }: Expectations<never>, schema: Schema): void {
  const rules = Object.entries(satisfies);
  for (const [name, rule] of rules) conditionOf(rule, schema, undefined, place(name));
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = rowCount ?? {};
  if (Number.isSafeInteger(min) && Number.isSafeInteger(max) && min >= 0 && max >= min) {
    if (rules.length > 0 || rowCount !== undefined) return;
    throw refused('names no rule, so nothing would be checked. Give satisfies or rowCount.');
  }
  throw refused(`rowCount is from ${min} to ${max}. Give whole numbers from 0, min not above max.`);
}

/** Ends a load after which the table is not as expected; what was written goes with the transaction. */
export async function checkTarget(
  server: Transaction,
  target: TargetTable,
  { satisfies = {}, rowCount }: Expectations<never>,
  schema: Schema,
): Promise<void> {
  const broken: { readonly rule: string; readonly rows: number }[] = [];
  for (const [rule, predicate] of Object.entries(satisfies)) {
    const { sql, values } = conditionOf(predicate, schema, target, place(rule));
    const query = `SELECT count(*)::text FROM ${target.sql} WHERE NOT coalesce(${sql}, false)`;
    const count = Number((await server.query(query, values)).rows[0]?.[0]);
    if (count > 0) broken.push({ rule, rows: count });
  }
  if (rowCount !== undefined) {
    const rows = Number((await server.query(`SELECT count(*)::text FROM ${target.sql}`)).rows[0]?.[0]);
    const { min = 0, max = Number.MAX_SAFE_INTEGER } = rowCount;
    if (rows < min || rows > max) broken.push({ rule: 'rowCount', rows });
  }
  if (broken.length === 0) return;
  const told = broken.map(({ rule, rows }) =>
    rule === 'rowCount'
      ? `it would have ${rows} rows`
      : `${rows} ${rows === 1 ? 'row breaks' : 'rows break'} ${JSON.stringify(rule)}`,
  );
  throw new MillraceError({
    code: 'load.expectation',
    message: `${CALLER}: the table ${target.sql} would not be as expected: ${told.join(', ')}. Nothing was loaded.`,
    details: { table: target.sql, broken },
  });
}

function place(rule: string): string {
  return `expect, satisfies ${JSON.stringify(rule)}`;
}

function refused(what: string): MillraceError {
  return new MillraceError({ code: 'load.option', message: `${CALLER}: expect ${what}` });
}
