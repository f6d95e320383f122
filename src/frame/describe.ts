import type { AggregateNode, Expression, OrderKey } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { JoinRelation, NamedExpression, Relation } from '../plan/relation.ts';
import type { Col } from '../schema/columns.ts';
import {
  BOOLEAN,
  type DataType,
  describeDType,
  type Field,
  FLOAT,
  type Float,
  INT,
  type Int,
  isNumeric,
  STRING,
  type Text,
} from '../schema/dtype.ts';
import { columnNode } from './columns.ts';
import { aggregate, call, castTo } from './functions/base.ts';
import { literal, nullLiteral } from './functions/literal.ts';

/** What `describe` tells of each column. */
export type Description =
  | Col<'column' | 'dtype', Text, never>
  | Col<'count', Int, never>
  | Col<'nulls', Int, never>
  | Col<'distinct', Int, null>
  | Col<'mean', Float, null>
  | Col<'std', Float, null>
  | Col<'min', Text, null>
  | Col<'q25', Float, null>
  | Col<'median', Float, null>
  | Col<'q75', Float, null>
  | Col<'max', Text, null>
  | Col<'top', Text, null>
  | Col<'top_count', Int, null>;

/** A row a column of the input: the figures of all columns from one pass over the rows, and one pass a column over its values. */
export function description(input: Relation): Relation {
  const schema = outputSchema(input);
  const figures: Relation = {
    kind: 'aggregate',
    input,
    keys: [],
    aggregates: [
      { name: 'rows', expression: aggregate('count_all', [], INT, false) },
      ...schema.flatMap((field, i) => figuresOf(field, i)),
    ],
  };
  const lines = schema.map((field, i) => lineOf(input, figures, field, i));
  const all: Relation = { kind: 'union', inputs: lines };
  const place: OrderKey = { column: PLACE, descending: false, nulls: 'last' };
  const columns = outputSchema(all).filter((field) => field.name !== PLACE);
  return {
    kind: 'project',
    input: { kind: 'sort', input: all, keys: [place] },
    columns: columns.map((field) => ({ name: field.name, expression: columnNode(field) })),
    verb: 'describe',
  };
}

const PLACE = '__millrace_place_of_column';
const SHARES = [0.25, 0.5, 0.75] as const;
const QUARTILES: DataType = { id: 'list', item: FLOAT, nullableItem: false };

/** Whether the values have an order and are told apart by their text. */
function isPlain({ dtype }: Field): boolean {
  return !['json', 'list', 'struct', 'binary'].includes(dtype.id);
}

function figuresOf(field: Field, i: number): { name: string; expression: AggregateNode }[] {
  const column = columnNode(field);
  const figure = (name: string, fn: string, dtype: DataType, options: AggregateNode['options'] = {}) => ({
    name: `${name}_${i}`,
    expression: aggregate(fn, [column], dtype, fn !== 'count', options),
  });
  return [
    figure('count', 'count', INT),
    ...(isPlain(field) && field.dtype.id !== 'boolean'
      ? [figure('min', 'min', field.dtype), figure('max', 'max', field.dtype)]
      : []),
    ...(isNumeric(field.dtype)
      ? [
          figure('mean', 'mean', FLOAT),
          figure('std', 'std', FLOAT),
          figure('quartiles', 'quantiles', QUARTILES, { shares: SHARES }),
        ]
      : []),
  ];
}

function lineOf(input: Relation, figures: Relation, field: Field, i: number): Relation {
  const known = new Map(outputSchema(figures).map((f) => [f.name, columnNode(f)]));
  const figure = (name: string, dtype: DataType): Expression => known.get(`${name}_${i}`) ?? nullLiteral(dtype);
  const count = figure('count', INT);
  const rows = known.get('rows') ?? nullLiteral(INT);
  const quartile = (position: number): Expression => {
    const quartiles = known.get(`quartiles_${i}`);
    return quartiles === undefined ? nullLiteral(FLOAT) : call('list_at', [quartiles], FLOAT, true, { position });
  };
  const own: Relation = projected(figures, [
    { name: PLACE, expression: literal(i) },
    { name: 'column', expression: text(literal(field.name)) },
    { name: 'dtype', expression: text(literal(describeDType(field.dtype))) },
    { name: 'count', expression: count },
    { name: 'nulls', expression: call('sub', [rows, count], INT, false) },
    { name: 'mean', expression: figure('mean', FLOAT) },
    { name: 'std', expression: figure('std', FLOAT) },
    { name: 'min', expression: shown(figure('min', STRING)) },
    { name: 'q25', expression: quartile(0) },
    { name: 'median', expression: quartile(1) },
    { name: 'q75', expression: quartile(2) },
    { name: 'max', expression: shown(figure('max', STRING)) },
  ]);
  const whole = isPlain(field) ? withValues(own, input, field) : own;
  const columns = new Map(outputSchema(whole).map((f) => [f.name, columnNode(f)]));
  return projected(
    whole,
    LINE.map(({ name, dtype }) => ({ name, expression: columns.get(name) ?? nullLiteral(dtype) })),
  );
}

/** A line beside how many values there are, the most frequent one and how often it is there. */
function withValues(line: Relation, input: Relation, field: Field): Relation {
  const column = columnNode(field);
  const predicate = call('is_not_null', [column], BOOLEAN, false);
  const counts: Relation = {
    kind: 'aggregate',
    input: {
      kind: 'filter',
      input: projected(input, [{ name: 'value', expression: column }]),
      predicate: { ...predicate, args: [{ ...column, name: 'value' }] },
    },
    keys: ['value'],
    aggregates: [{ name: 'top_count', expression: aggregate('count_all', [], INT, false) }],
  };
  const distinct: Relation = {
    kind: 'aggregate',
    input: counts,
    keys: [],
    aggregates: [{ name: 'distinct', expression: aggregate('count_all', [], INT, false) }],
  };
  const most: Relation = {
    kind: 'sort',
    input: counts,
    keys: [
      { column: 'top_count', descending: true, nulls: 'last' },
      { column: 'value', descending: false, nulls: 'last' },
    ],
  };
  const top = projected({ kind: 'limit', input: most, count: 1, offset: 0 }, [
    { name: 'top', expression: shown({ ...column, name: 'value' }) },
    { name: 'top_count', expression: { kind: 'column', name: 'top_count', dtype: INT, nullable: false } },
  ]);
  return beside(beside(line, distinct), top);
}

/** Every row of the left beside the one row of the right, if there is one. */
function beside(left: Relation, right: Relation): JoinRelation {
  const rightColumns = outputSchema(right).map(({ name }) => ({ column: name, as: name }));
  return { kind: 'join', left, right, how: 'left', on: [], rightColumns };
}

const LINE: readonly Pick<Field, 'name' | 'dtype'>[] = [
  { name: PLACE, dtype: INT },
  { name: 'column', dtype: STRING },
  { name: 'dtype', dtype: STRING },
  { name: 'count', dtype: INT },
  { name: 'nulls', dtype: INT },
  { name: 'distinct', dtype: INT },
  { name: 'mean', dtype: FLOAT },
  { name: 'std', dtype: FLOAT },
  { name: 'min', dtype: STRING },
  { name: 'q25', dtype: FLOAT },
  { name: 'median', dtype: FLOAT },
  { name: 'q75', dtype: FLOAT },
  { name: 'max', dtype: STRING },
  { name: 'top', dtype: STRING },
  { name: 'top_count', dtype: INT },
];

/** The names are our own, so nothing has to be checked. */
function projected(input: Relation, columns: readonly NamedExpression[]): Relation {
  return { kind: 'project', input, columns, verb: 'describe' };
}

/** A value as text. */
function shown(value: Expression): Expression {
  if (value.dtype.id === 'string') return text(value);
  return castTo(value, STRING);
}

/** A string whose values are not told beforehand. */
function text(value: Expression): Expression {
  return { ...value, dtype: STRING };
}
