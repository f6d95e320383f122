import { MillraceError } from '../errors.ts';
import type { OptionNames } from '../option-names.ts';
import type { AggregateNode, ColumnNode, Expression } from '../plan/expression.ts';
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
import { type AnyValue, aggregate as aggregated, call, castNode, make } from './functions/base.ts';
import { literal, literalAs, nullLiteral } from './functions/literal.ts';
import { listOf, type OneOrMore, type OrderBy } from './functions/order.ts';

/** The dtypes of which a value can be declared to become a column. */
export type PivotKey = DType<'string', string> | Int | DType<'boolean', boolean> | DType<'date', string>;

/** The aggregates that a column of a dtype has. */
export type PivotAggregate<D extends AnyDType> =
  | 'count'
  | 'countDistinct'
  | 'first'
  | 'last'
  | (D extends NumericDType ? 'sum' | 'product' | 'mean' | 'median' | 'std' | 'var' : never)
  | (D extends NumericDType | DType<'string' | 'date' | 'timestamp', unknown> ? 'min' | 'max' | 'mode' : never)
  | (D extends DType<'boolean', unknown> ? 'any' | 'all' | 'mode' : never);

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
  readonly index?: OneOrMore<I>;
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
        : Col<
            `${Prefix}${V}`,
            A extends 'product' | 'mean' | 'median' | 'std' | 'var' ? Float : Only<C, Val>['d'],
            null
          >
      : never);

const AGGREGATES = [
  'sum',
  'product',
  'mean',
  'median',
  'std',
  'var',
  'min',
  'max',
  'mode',
  'any',
  'all',
  'count',
  'countDistinct',
  'first',
  'last',
];
const KEYS: readonly string[] = ['string', 'int', 'boolean', 'date'];
const NAME = '__millrace_name';
const VALUE = '__millrace_value';

type Given = PivotOptions<string, string, unknown, string, string, string, string>;

export const PIVOT_OPTIONS: OptionNames<Given> = {
  names: true,
  values: true,
  columns: true,
  aggregate: true,
  index: true,
  prefix: true,
  orderBy: true,
  others: true,
};

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
  const rest = schema.map((f) => f.name).filter((other) => other !== names && other !== values);
  const index = options.index === undefined ? rest : listOf(options.index);
  for (const key of index) fieldOf(schema, key, 'pivot, index');
  const made = columns.map((given) => `${prefix}${String(given)}`);
  checkNames([...index, ...made], 'pivot');

  const cell = namedAggregate(value, aggregate);
  const orderBy = orderOf(input, options.orderBy ?? [], 'pivot, orderBy');
  const isPositional = aggregate === 'first' || aggregate === 'last';
  if (isPositional && orderBy.length === 0 && !isOrdered(input)) {
    throw new MillraceError({
      code: 'compile.order',
      message: `pivot: ${aggregate} depends on the order of the rows, and after a join, a groupBy or an unordered source they have none. Give orderBy, or sort first.`,
      details: { operation: 'pivot' },
    });
  }
  // First a row a place, whose values are then put beside each other: an aggregate a column over all rows takes longer.
  const place = [...new Set([...index, names])];
  const places: Relation = isPositional
    ? { kind: 'dedupe', input, by: place, keep: aggregate, orderBy }
    : { kind: 'aggregate', input, keys: place, aggregates: [{ name: VALUE, expression: cell }] };
  const literals = columns.map((given) => literalAs(given, name.dtype, name));
  const known = others === 'drop' ? name : orFail(name, literals, columns);
  const key: ColumnNode = { kind: 'column', name: NAME, dtype: known.dtype, nullable: known.nullable };
  const found: ColumnNode = { kind: 'column', name: VALUE, dtype: cell.dtype, nullable: cell.nullable };
  const keys = index.map((column) => columnNode(fieldOf(schema, column, 'pivot, index')));
  const named: Relation = {
    kind: 'project',
    input: places,
    columns: [
      ...keys.map((column) => ({ name: column.name, expression: column })),
      { name: NAME, expression: known },
      { name: VALUE, expression: isPositional ? value : found },
    ],
    verb: 'pivot',
  };
  const wide: Relation = {
    kind: 'aggregate',
    input: named,
    keys: index,
    aggregates: made.map((as, i) => {
      const when = call('eq', [key, literals[i] as Expression], BOOLEAN, key.nullable);
      const otherwise = nullLiteral(cell.dtype);
      const here = {
        kind: 'case',
        branches: [{ when, value: found }],
        otherwise,
        dtype: cell.dtype,
        nullable: true,
      } as const;
      return { name: as, expression: aggregated('any_value', [here], cell.dtype, true) };
    }),
  };
  if (aggregate !== 'count' && aggregate !== 'countDistinct') return wide;
  const counts = made.map((as): NamedExpression => {
    const count: ColumnNode = { kind: 'column', name: as, dtype: cell.dtype, nullable: true };
    return { name: as, expression: call('coalesce', [count, literal(0)], cell.dtype, false) };
  });
  const kept = keys.map((column): NamedExpression => ({ name: column.name, expression: column }));
  return { kind: 'project', input: wide, columns: [...kept, ...counts], verb: 'pivot' };
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

/** An aggregate of a column by its name. */
function namedAggregate(value: ColumnNode, aggregate: string): AggregateNode {
  const expression = make<Readonly<Record<string, () => AnyValue>>>(value);
  const choices = AGGREGATES.filter((choice) => choice in expression);
  if (!choices.includes(aggregate)) {
    throw refused(
      `aggregate is ${JSON.stringify(aggregate)}. Those of ${value.name}, which is ${describeDType(value.dtype)}, are ${choices.join(', ')}.`,
      aggregate,
    );
  }
  return expression[aggregate]?.().node as AggregateNode;
}

function refused(message: string, value: unknown): MillraceError {
  return new MillraceError({ code: 'plan.pivot', message: `pivot: ${message}`, details: { value } });
}
