import { MillraceError } from '../errors.ts';
import { answerOf } from '../frame/arguments.ts';
import { checkColumns, columnsOf, predicateOf } from '../frame/columns.ts';
import type { Scalar } from '../frame/functions/base.ts';
import { checkOptionNames } from '../option-names.ts';
import { type Expression, walkExpression } from '../plan/expression.ts';
import type { Bool, Schema } from '../schema/dtype.ts';

/** What must hold of the whole table when the rows are in it. */
export interface Expectations<R> {
  /** Rules by name: each must hold for every row of the table, null being false. */
  readonly satisfies?: { readonly [name: string]: RowRule<R> };
  /** How many rows the table must have. */
  readonly rowCount?: { readonly min?: number; readonly max?: number };
}

/** Tells whether something is true of one row, by the columns that the frame has. */
export type RowRule<R> = (r: R) => Scalar<Bool, null>;

/** How one kind of target counts rows, in the transaction of the load. */
export interface Counted {
  /** Rows of the table for which a rule is not true. */
  breaking(name: string, rule: RowRule<never>): Promise<number>;
  all(): Promise<number>;
}

/** Refuses rules that make no sense, before anything runs. */
export function checkExpectations(
  caller: string,
  { satisfies = {}, rowCount }: Expectations<never>,
  checkRule: (name: string, rule: RowRule<never>) => void,
): void {
  const refused = (what: string): MillraceError =>
    new MillraceError({ code: 'load.option', message: `${caller}: expect ${what}` });
  checkOptionNames(rowCount ?? {}, { min: true, max: true }, `${caller}: expect, rowCount`, 'load.option');
  const rules = Object.entries(satisfies);
  for (const [name, rule] of rules) checkRule(name, rule);
  const { min = 0, max = Number.MAX_SAFE_INTEGER } = rowCount ?? {};
  if (Number.isSafeInteger(min) && Number.isSafeInteger(max) && min >= 0 && max >= min) {
    if (rules.length > 0 || rowCount !== undefined) return;
    throw refused('names no rule, so nothing would be checked. Give satisfies or rowCount.');
  }
  throw refused(`rowCount is from ${min} to ${max}. Give whole numbers from 0, min not above max.`);
}

/** Ends a load after which the table is not as expected; what was written goes with the transaction. */
export async function refuseUnexpected(
  caller: string,
  table: string,
  { satisfies = {}, rowCount }: Expectations<never>,
  counted: Counted,
): Promise<void> {
  const broken: { readonly rule: string; readonly rows: number }[] = [];
  for (const [rule, predicate] of Object.entries(satisfies)) {
    const rows = await counted.breaking(rule, predicate);
    if (rows > 0) broken.push({ rule, rows });
  }
  if (rowCount !== undefined) {
    const rows = await counted.all();
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
    message: `${caller}: the table ${table} would not be as expected: ${told.join(', ')}. Nothing was loaded.`,
    details: { table, broken },
  });
}

/** An option of a loader, for messages: `load.sql: expect, satisfies "paid"`. */
export function ruleOption(name: string): string {
  return `expect, satisfies ${JSON.stringify(name)}`;
}

/** A rule as an expression that asks about one row alone. */
export function ruleOf(caller: string, option: string, rule: RowRule<never>, schema: Schema): Expression {
  const what = `${caller}: ${option}`;
  const made = predicateOf(answerOf(rule, columnsOf(schema, what) as never, what, "r => r.day.eq('2024-05-01')"), what);
  checkColumns([made], schema, what);
  if (![...walkExpression(made)].some((node) => node.kind === 'window' || node.kind === 'aggregate')) return made;
  throw refusedRule(caller, option, 'reads other rows than the one it is asked about');
}

export function refusedRule(caller: string, option: string, what: string): MillraceError {
  return new MillraceError({
    code: 'load.where',
    message: `${caller}: ${option} ${what}. Compare columns with values, such as r => r.day.eq('2024-05-01').`,
  });
}
