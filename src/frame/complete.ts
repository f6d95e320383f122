import { MillraceError } from '../errors.ts';
import type { OptionNames } from '../option-names.ts';
import type { Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { AnyCol, Col, Nulled } from '../schema/columns.ts';
import {
  type AnyDType,
  BOOLEAN,
  type DataType,
  type Day,
  describeDType,
  type Field,
  INT,
  type Timestamp,
} from '../schema/dtype.ts';
import { fromJs } from '../schema/from-js.ts';
import { entriesOf } from './arguments.ts';
import { columnNode, fieldOf, project } from './columns.ts';
import { aggregate, call, castTo } from './functions/base.ts';
import { type LiteralOf, literal, literalAs, nullLiteral } from './functions/literal.ts';

type DayStep = 'day' | 'week' | 'month' | 'quarter' | 'year';
const DAYS: readonly DayStep[] = ['day', 'week', 'month', 'quarter', 'year'];
/** Whether a combination is there already. */
const THERE = '__millrace_there';
const TIMES: readonly string[] = [...DAYS, 'hour', 'minute'];

/** Days or instants at even distances, whether rows have them or not. */
export interface Spine<D extends AnyDType = AnyDType> {
  readonly every: D extends Day ? DayStep : DayStep | 'hour' | 'minute';
  /** The first; the others are counted from it. Default: the earliest that a row has. */
  readonly from?: LiteralOf<D>;
  /** The last that there may be. Default: the latest that a row has. */
  readonly to?: LiteralOf<D>;
}

/** Spines by the names of columns. */
export type Spines<C extends AnyCol> = {
  readonly [E in C as E['d'] extends Day | Timestamp ? E['k'] : never]?: Spine<E['d']>;
};

/** Values for new rows by the names of columns. */
export type Fills<C extends AnyCol> = { readonly [E in C as E['k']]?: LiteralOf<E['d']> };

export interface CompleteOptions<K, S, F> {
  /** The columns whose values are combined. */
  readonly columns?: readonly K[];
  /** Columns of days or instants, of which there is one at every step. */
  readonly spine?: S;
  /** What stands in other columns of the new rows. Default: null. */
  readonly fill?: F;
}

export const COMPLETE_OPTIONS: OptionNames<CompleteOptions<string, unknown, unknown>> = {
  columns: true,
  spine: true,
  fill: true,
};

/** The columns; what the new rows have no value for may be null. */
export type Completed<C, K, S, F> =
  C extends Col<infer P, AnyDType, null> ? (P extends K | keyof S | keyof F ? C : Nulled<C>) : never;

export function complete(
  input: Relation,
  options: CompleteOptions<string, Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>>,
): Relation {
  const { columns = [], spine = {}, fill = {} } = options;
  const schema = outputSchema(input);
  const spines = entriesOf<unknown>(spine, 'complete, spine,', "{ day: { every: 'day' } }");
  const keys = [...columns, ...spines.map(([name]) => name)].map((name) => fieldOf(schema, name, 'complete'));
  const names = keys.map((f) => f.name);
  if (names.length === 0 || new Set(names).size < names.length) {
    throw refused(`the columns are ${JSON.stringify(names)}. Name at least one in columns or spine, each once.`, names);
  }
  const fills = new Map(entriesOf<unknown>(fill, 'complete, fill,', '{ revenue: 0 }'));
  for (const name of fills.keys()) {
    fieldOf(schema, name, 'complete, fill');
    if (names.includes(name)) throw refused(`fill names ${name}, whose values are combined. Leave it out.`, name);
  }

  const values = [
    ...columns.map((name): Relation => distinct(input, [name])),
    ...spines.map(([name, given]) => spineOf(input, fieldOf(schema, name, 'complete'), given)),
  ];
  const combined = values.reduce(
    (left, right): Relation => ({
      kind: 'join',
      left,
      right,
      how: 'inner',
      on: [],
      rightColumns: outputSchema(right).map((f) => ({ column: f.name, as: f.name })),
    }),
  );
  const missing = without(combined, distinct(input, names));
  const made = schema.map((field): NamedExpression => {
    const key = outputSchema(missing).find((f) => f.name === field.name);
    if (key !== undefined) return { name: field.name, expression: columnNode(key) };
    return {
      name: field.name,
      expression: fills.has(field.name) ? valueFor(field, fills.get(field.name), 'fill') : nullLiteral(field.dtype),
    };
  });
  return { kind: 'union', inputs: [input, project(missing, made, 'complete')] };
}

/**
 * The rows of one relation that another does not have, each once. Groups take nulls for equal, where a join that does
 * so would have PostgreSQL compare every pair.
 */
function without(left: Relation, right: Relation): Relation {
  const inputs = [left, right].map((input, i): Relation => {
    const columns = outputSchema(left).map(({ name }) => ({
      name,
      expression: columnNode(fieldOf(outputSchema(input), name, 'complete')),
    }));
    return { kind: 'project', input, columns: [...columns, { name: THERE, expression: literal(i) }], verb: 'complete' };
  });
  const there: Expression = { kind: 'column', name: THERE, dtype: INT, nullable: false };
  const grouped: Relation = {
    kind: 'aggregate',
    input: { kind: 'union', inputs },
    keys: outputSchema(left).map((f) => f.name),
    aggregates: [{ name: THERE, expression: aggregate('max', [there], INT, false) }],
  };
  return { kind: 'filter', input: grouped, predicate: call('eq', [there, literal(0)], BOOLEAN, false) };
}

function distinct(input: Relation, keys: readonly string[]): Relation {
  return { kind: 'aggregate', input, keys, aggregates: [] };
}

/** One column of every step from the first to the last; none where no row has a value and none is given. */
function spineOf(input: Relation, field: Field, given: unknown): Relation {
  const { name, dtype } = field;
  if (dtype.id !== 'date' && dtype.id !== 'timestamp') {
    throw refused(
      `spine: ${name} is ${describeDType(dtype)}, which has no steps. Give a column of dates or timestamps.`,
      name,
    );
  }
  const { every, ...ends } = Object.fromEntries(
    entriesOf(given as Readonly<Record<string, unknown>>, `complete, spine, ${name},`, "{ every: 'day' }"),
  );
  const units: readonly unknown[] = dtype.id === 'date' ? DAYS : TIMES;
  if (!units.includes(every)) {
    throw refused(
      `spine, ${name}: every is ${JSON.stringify(every)}. The choices are ${units.map((unit) => `'${unit}'`).join(', ')}.`,
      every,
    );
  }
  const column = columnNode(field);
  const bounds: Relation = {
    kind: 'aggregate',
    input,
    keys: [],
    aggregates: [
      { name: '__millrace_from', expression: aggregate('min', [column], dtype, true) },
      { name: '__millrace_to', expression: aggregate('max', [column], dtype, true) },
    ],
  };
  const [from, to] = (['from', 'to'] as const).map(
    (end): Expression =>
      ends[end] === undefined
        ? { kind: 'column', name: `__millrace_${end}`, dtype, nullable: true }
        : valueFor(field, ends[end], end),
  ) as [Expression, Expression];
  if (from.kind === 'literal' && to.kind === 'literal' && String(from.value) > String(to.value)) {
    throw refused(`spine, ${name}: from is ${from.value}, which comes after to, ${to.value}.`, ends);
  }
  const list: DataType = { id: 'list', item: dtype, nullableItem: false };
  const steps = call('series', [from, to], list, from.nullable || to.nullable, { unit: String(every) });
  const row = project(bounds, [{ name, expression: steps }], 'complete');
  return { kind: 'explode', input: row, column: name, keepEmpty: false };
}

/** A value as the column holds it, cast where its own digits are others. */
function valueFor(field: Field, value: unknown, option: string): Expression {
  const { name, dtype } = field;
  const made = literalAs(value, dtype, `complete, ${option}, ${name}`);
  if (dtype.id !== 'decimal') return { ...made, dtype };
  if (fromJs(value, dtype) === undefined) {
    throw refused(
      `${option}: ${name} is ${describeDType(dtype)}: ${String(value)} has more digits. Cast the column first.`,
      value,
    );
  }
  return castTo(made, dtype);
}

function refused(message: string, value: unknown): MillraceError {
  return new MillraceError({ code: 'plan.complete', message: `complete: ${message}`, details: { value } });
}
