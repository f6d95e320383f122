import { MillraceError } from '../errors.ts';
import type { AggregateNode, ColumnNode, Expression, OrderKey } from '../plan/expression.ts';
import { isOrdered } from '../plan/order.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import { t } from '../schema/column-type.ts';
import type { AnyCol, Col, Only } from '../schema/columns.ts';
import {
  type AnyDType,
  BOOLEAN,
  type DType,
  describeDType,
  type Float,
  type Int,
  type NumericDType,
  STRING,
} from '../schema/dtype.ts';
import { checkNames, columnNode, fieldOf, orderOf } from './columns.ts';
import { type AnyAggregate, call, castNode, make } from './functions/base.ts';
import { literal, literalAs, nullLiteral } from './functions/literal.ts';
import type { OrderBy } from './functions/order.ts';

/** The dtypes of which a value can be declared to become a column. */
export type PivotKey = DType<'string', string> | Int | DType<'boolean', boolean> | DType<'date', string>;

/** The aggregates that a column of a dtype has. */
export type PivotAggregate<D extends AnyDType> =
  | 'count'
  | 'countDistinct'
  | 'first'
  | 'last'
  | (D extends NumericDType ? 'sum' | 'mean' | 'median' | 'std' | 'var' : never)
  | (D extends NumericDType | DType<'string' | 'date' | 'timestamp', unknown> ? 'min' | 'max' : never)
  | (D extends DType<'boolean', unknown> ? 'any' | 'all' : never);

export interface PivotOptions<N, Val, V, A, I, Prefix, K extends string> {
  /** The column whose values become columns. */
  readonly names: N;
  /** The column whose values go there. */
  readonly values: Val;
  /** The values of `names`: a column each, in this order. */
  readonly columns: readonly V[];
  /** What becomes of several values in one place. */
  readonly aggregate: A;
  /** The columns that make one row. Default: all others. */
  readonly index?: readonly I[];
  /** Put before the names of the new columns. */
  readonly prefix?: Prefix;
  /** What `first` and `last` mean. Default: the frame's own order. */
  readonly orderBy?: OrderBy<K>;
  /** A value of `names` that is not in `columns`, null too: the run fails, or it is left out. Default `'fail'`. */
  readonly others?: 'fail' | 'drop';
}

/** The index, then a column a value: counts are never null. */
export type Pivoted<C extends AnyCol, Val, V, A, I, Prefix extends string> =
  | Only<C, I>
  | (V extends string | number | boolean
      ? A extends 'count' | 'countDistinct'
        ? Col<`${Prefix}${V}`, Int, never>
        : Col<`${Prefix}${V}`, A extends 'mean' | 'median' | 'std' | 'var' ? Float : Only<C, Val>['d'], null>
      : never);

const AGGREGATES = [
  'sum',
  'mean',
  'median',
  'std',
  'var',
  'min',
  'max',
  'any',
  'all',
  'count',
  'countDistinct',
  'first',
  'last',
];
const KEYS: readonly string[] = ['string', 'int', 'boolean', 'date'];
/** The value of `names`, looked at once. */
const NAME = '__millrace_name';

type Given = PivotOptions<string, string, unknown, string, string, string, string>;

export function pivot(input: Relation, options: Given): Relation {
  const { names, values, columns, aggregate, prefix = '', others = 'fail' } = options;
  const schema = outputSchema(input);
  const name = columnNode(fieldOf(schema, names, 'pivot, names'));
  const value = columnNode(fieldOf(schema, values, 'pivot, values'));
  if (!KEYS.includes(name.dtype.id)) {
    throw new MillraceError({
      code: 'plan.dtype',
      message: `pivot: ${names} is ${describeDType(name.dtype)}, whose values name no columns. Give a column of strings, ints, booleans or dates, or cast it.`,
      details: { column: names },
    });
  }
  if (others !== 'fail' && others !== 'drop') {
    throw refused(`others is ${JSON.stringify(others)}. The choices are 'fail' and 'drop'.`, others);
  }
  if (!Array.isArray(columns) || columns.length === 0) {
    throw refused(`columns is ${JSON.stringify(columns)}. List the values of ${names} that become columns.`, columns);
  }
  const index = options.index ?? schema.map((f) => f.name).filter((other) => other !== names && other !== values);
  for (const key of index) fieldOf(schema, key, 'pivot, index');
  const made = columns.map((given) => `${prefix}${String(given)}`);
  checkNames([...index, ...made], 'pivot');

  const literals = columns.map((given) => literalAs(given, name.dtype, name));
  const known = others === 'drop' ? name : orFail(name, literals, columns);
  const key: ColumnNode = { kind: 'column', name: NAME, dtype: known.dtype, nullable: known.nullable };
  const isPlace = literals.map((one) => call('eq', [key, one], BOOLEAN, key.nullable));
  const named: Relation = {
    kind: 'project',
    input,
    columns: [...schema.map((f) => ({ name: f.name, expression: columnNode(f) })), { name: NAME, expression: known }],
    verb: 'pivot',
  };
  const inPlace = (when: Expression): Expression => {
    const { dtype } = value;
    return { kind: 'case', branches: [{ when, value }], otherwise: nullLiteral(dtype), dtype, nullable: true };
  };
  const aggregates = isPlace.map((when) => aggregateOf(inPlace(when), aggregate, value));
  if (aggregate !== 'first' && aggregate !== 'last') {
    return {
      kind: 'aggregate',
      input: named,
      keys: index,
      aggregates: made.map((as, i) => ({ name: as, expression: aggregates[i] as AggregateNode })),
    };
  }
  const orderBy = orderOf(input, options.orderBy ?? [], 'pivot, orderBy');
  if (orderBy.length === 0 && !isOrdered(input)) {
    throw new MillraceError({
      code: 'compile.order',
      message: `pivot: ${aggregate} depends on the order of the rows, and after a join, a groupBy or an unordered source they have none. Give orderBy, or sort first.`,
      details: { operation: 'pivot' },
    });
  }
  // One row a place is left; the one of a column comes first among those of its index.
  const single: Relation = { kind: 'dedupe', input: named, by: [...index, NAME], keep: aggregate, orderBy };
  const places = isPlace.map((when, i): NamedExpression => {
    const flag = { kind: 'case', branches: [{ when, value: literal(0) }], otherwise: literal(1) } as const;
    return { name: `__millrace_place_${i}`, expression: { ...flag, dtype: { id: 'int' }, nullable: false } };
  });
  const kept = outputSchema(named).map((f) => ({ name: f.name, expression: columnNode(f) }));
  return {
    kind: 'aggregate',
    input: { kind: 'project', input: single, columns: [...kept, ...places], verb: 'pivot' },
    keys: index,
    aggregates: made.map((as, i) => {
      const place: OrderKey = { column: places[i]?.name ?? '', descending: false, nulls: 'last' };
      return { name: as, expression: { ...(aggregates[i] as AggregateNode), fn: 'first', orderBy: [place] } };
    }),
  };
}

/** The value of `names`; one that is not declared ends the run. */
function orFail(name: ColumnNode, literals: readonly Expression[], columns: readonly unknown[]): Expression {
  const text = name.dtype.id === 'string' ? { ...name, dtype: STRING } : castNode(name, t.string(), 'fail');
  const shown = call('coalesce', [text, literalAs('null', STRING, name)], STRING, false);
  const [before, after] = [
    `[pivot.undeclared] pivot: ${name.name} has the value `,
    `, which is none of the columns ${columns.join(', ')}. Declare it, or leave such values out with others: 'drop'.`,
  ];
  const parts = [literalAs(before, STRING, name), shown, literalAs(after, STRING, name)];
  const { dtype } = name;
  return {
    kind: 'case',
    branches: [{ when: call('in', [name, ...literals], BOOLEAN, name.nullable), value: { ...name, nullable: false } }],
    otherwise: call('fail', [call('concat', parts, STRING, false)], dtype, false),
    dtype,
    nullable: false,
  };
}

/** An aggregate by its name; a place without values has none but a count. */
function aggregateOf(place: Expression, aggregate: string, value: ColumnNode): AggregateNode {
  const expression = make<Readonly<Record<string, unknown>>>(place);
  const choices = AGGREGATES.filter((choice) => typeof expression[choice] === 'function');
  if (!choices.includes(aggregate)) {
    throw refused(
      `aggregate is ${JSON.stringify(aggregate)}. Those of ${value.name}, which is ${describeDType(value.dtype)}, are ${choices.join(', ')}.`,
      aggregate,
    );
  }
  return make<Readonly<Record<string, () => AnyAggregate>>>(place)[aggregate]?.().node as AggregateNode;
}

function refused(message: string, value: unknown): MillraceError {
  return new MillraceError({ code: 'plan.pivot', message: `pivot: ${message}`, details: { value } });
}
