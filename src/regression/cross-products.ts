import { columnNode, project } from '../frame/columns.ts';
import { and, isNull, mul, not, number, sub } from '../frame/formula.ts';
import { Frame } from '../frame/frame.ts';
import { aggregate } from '../frame/functions/base.ts';
import type { AggregateNode, Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import { walkRelation } from '../plan/walk.ts';
import { FLOAT, INT } from '../schema/dtype.ts';
import { type StandardUnits, standardUnits } from './standard-units.ts';

/** What rows come to: enough for a fit, where the columns are far from collinear. */
export interface CrossProducts {
  readonly rows: number;
  readonly units: StandardUnits;
  /** The sums of the products of each two columns in standard units: the constant where there is one, the terms, the target. */
  readonly products: readonly (readonly number[])[];
  /** Of the target as it is. */
  readonly mean: number;
}

/** The rows that tell the units. */
const HEAD = 2048;

/** The most columns whose products are asked for in one query. */
const MOST_COLUMNS = 32;

const VERB = 'linearRegression';

/** Whether the engine adds up products for little: its rows stand in columns, and reading some of them twice costs little. */
export function addsUp(plan: Relation, executor: Executor, columns: number): boolean {
  return (
    executor.engine === 'duckdb' &&
    columns <= MOST_COLUMNS &&
    walkRelation(plan).every(
      (node) =>
        node.kind === 'project' ||
        node.kind === 'filter' ||
        (node.kind === 'source' && node.source.isColumnar === true),
    )
  );
}

export interface NullCounts {
  /** A column of the plan, in order. */
  readonly nulls: readonly number[];
  /** Rows without any. */
  readonly complete: number;
  /** All rows. */
  readonly rows: number;
}

/** How many rows hold a null in each column. */
export async function countNulls(plan: Relation, executor: Executor, options: RunOptions): Promise<NullCounts> {
  const columns = outputSchema(plan).map(columnNode);
  const nullable = columns.filter((column) => column.nullable);
  const present = nullable.map((column) => not(isNull(column)));
  const [rows = 0, complete = rows, ...counts] = await sums(
    plan,
    [
      aggregate('count_all', [], INT, false),
      ...(present.length === 0 ? [] : [present.reduce(and), ...present]).map((condition) =>
        aggregate('count_true', [condition], INT, false),
      ),
    ],
    executor,
    options,
  );
  const nulls = columns.map((column) => (column.nullable ? rows - (counts[nullable.indexOf(column)] ?? 0) : 0));
  return { nulls, complete, rows };
}

/**
 * Cross products of many rows, none of which holds a null, as the engine adds them up on all its threads: compensated sums
 * (Kahan), so that the order of the rows changes no more than the last digit.
 */
export async function crossProducts(
  plan: Relation,
  terms: readonly Expression[],
  target: Expression,
  intercept: boolean,
  executor: Executor,
  options: RunOptions,
): Promise<CrossProducts> {
  const named = [...terms, target].map((expression, i): NamedExpression => ({ name: `c${i}`, expression }));
  const raw = project(plan, named, VERB);
  const head = await headOf(raw, named.length, executor, options);
  const units = standardUnits(head, head[0]?.length ?? 0, intercept);
  const first = intercept ? 1 : 0;
  const standard = outputSchema(raw).map((field, i): NamedExpression => {
    const shifted = sub(columnNode(field), number(units.shift[first + i] ?? 0));
    return { name: field.name, expression: mul(shifted, number(units.scale[first + i] ?? 1)) };
  });
  const scaled = project(raw, standard, VERB);
  const columns = outputSchema(scaled).map(columnNode);
  const pairs = columns.flatMap((a, i) => columns.slice(i).map((b) => mul(a, b)));
  const [rows = 0, ...found] = await sums(
    scaled,
    [
      aggregate('count_all', [], INT, false),
      ...[...columns, ...pairs].map((value) => aggregate('precise_sum', [value], FLOAT, false)),
    ],
    executor,
    options,
  );
  const totals = found.slice(0, columns.length);
  const rest = found.slice(columns.length).values();
  const size = first + columns.length;
  const products = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  const put = (i: number, j: number, value: number): void => {
    (products[i] as number[])[j] = value;
    (products[j] as number[])[i] = value;
  };
  for (let i = first; i < size; i++) for (let j = i; j < size; j++) put(i, j, rest.next().value ?? 0);
  if (intercept) [rows, ...totals].forEach((total, i) => void put(0, i, total));
  const mean = (units.shift.at(-1) ?? 0) + (totals.at(-1) ?? 0) / rows / (units.scale.at(-1) ?? 1);
  return { rows, units, products, mean };
}

async function headOf(
  plan: Relation,
  count: number,
  executor: Executor,
  options: RunOptions,
): Promise<readonly Float64Array[]> {
  const head: number[][] = Array.from({ length: count }, () => []);
  // Rows without an order have no first ones to ask for.
  for await (const { columns } of executor.stream(plan, { ...options, early: true })) {
    columns.forEach((column, i) => void head[i]?.push(...(column.values as Float64Array)));
    if ((head[0]?.length ?? 0) >= HEAD) break;
  }
  return head.map((values) => Float64Array.from(values));
}

/** Aggregates of all rows. */
async function sums(
  input: Relation,
  aggregates: readonly AggregateNode[],
  executor: Executor,
  options: RunOptions,
): Promise<readonly number[]> {
  const named = aggregates.map((expression, i) => ({ name: `a${i}`, expression }));
  const plan: Relation = { kind: 'aggregate', input, keys: [], aggregates: named };
  const [row = {}] = await new Frame(plan, executor).rows(options);
  return named.map(({ name }) => Number((row as Readonly<Record<string, unknown>>)[name]));
}
