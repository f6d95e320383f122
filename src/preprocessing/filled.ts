import { columnNode, fieldOf, keptColumns } from '../frame/columns.ts';
import { as, asFloat, cases, coalesce, isNull, mul, nullableAs, number } from '../frame/formula.ts';
import { Frame } from '../frame/frame.ts';
import { call } from '../frame/functions/base.ts';
import { literalAs, nullLiteral } from '../frame/functions/literal.ts';
import { rowShare } from '../frame/imputation/hot-deck.ts';
import { type Entry, type Key, lookup, pick } from '../frame/lookup.ts';
import type { Expression } from '../plan/expression.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import type { Executor } from '../plan/source.ts';
import { Model } from '../regression/model.ts';
import type { Col } from '../schema/columns.ts';
import { type DataType, type Field, FLOAT, type Float, type Schema } from '../schema/dtype.ts';
import type { FillValue, ImputedColumn } from './imputer.ts';

/** A frame's plan with the nulls of columns filled by what was learned. */
export function filled(
  frame: { readonly plan: Relation; readonly executor: Executor; readonly schema: Schema },
  columns: readonly ImputedColumn[],
  verb: string,
): Relation {
  const { schema } = frame;
  const decks = columns.filter((column) => column.method === 'hot-deck');
  const draws = decks.map((column): NamedExpression => {
    const missing = isNull(columnNode(fieldOf(schema, column.name, verb)));
    const share = rowShare(schema, column.seed ?? 0);
    return { name: drawOf(column), expression: cases([{ when: missing, value: share }], nullLiteral(FLOAT)) };
  });
  const predictions = predictionNames(schema, columns);
  const known = predicted(frame, columns, predictions);
  const own = known.schema.map((field): NamedExpression => ({ name: field.name, expression: columnNode(field) }));
  const input: Relation =
    draws.length === 0
      ? known.plan
      : Object.freeze({ kind: 'project', input: known.plan, columns: [...own, ...draws], verb });
  const made = columns.map((column): NamedExpression => {
    const field = fieldOf(schema, column.name, verb);
    const numeric = column.method !== 'mode' && column.method !== 'hot-deck';
    const dtype: DataType = numeric && field.dtype.id !== 'decimal' ? FLOAT : field.dtype;
    const value = dtype === FLOAT ? asFloat(field) : columnNode(field);
    const fills = [
      predictionOf(predictions.get(column)),
      ofGroups(column, schema, dtype, verb),
      one(column, column.values, dtype),
    ];
    const all = fills.flatMap((fill) => (fill === undefined ? [] : [as(fill, dtype)]));
    const expression = [value, ...all].reduce(coalesce);
    return { name: column.name, expression: nullableAs(expression, false) };
  });
  return keptColumns(input, schema, made, verb);
}

function drawOf(column: ImputedColumn): string {
  return `__millrace_draw_${column.name}`;
}

/** Names, which no column has, for what models predict. */
function predictionNames(schema: Schema, columns: readonly ImputedColumn[]): ReadonlyMap<ImputedColumn, string> {
  let prefix = 'predicted ';
  while (schema.some(({ name }) => name.toLowerCase().startsWith(prefix))) prefix = `_${prefix}`;
  return new Map(columns.flatMap((column) => (column.model === null ? [] : [[column, `${prefix}${column.name}`]])));
}

/** The frame with what the models of columns predict, from the columns as they are before anything is filled. */
function predicted(
  frame: { readonly plan: Relation; readonly executor: Executor },
  columns: readonly ImputedColumn[],
  names: ReadonlyMap<ImputedColumn, string>,
): Frame<Col<string, Float, null>> {
  let rows = new Frame<Col<string, Float, null>>(frame.plan, frame.executor);
  for (const column of columns) {
    const as = names.get(column);
    if (column.model === null || as === undefined) continue;
    const { plan } = Model.fromJSON(column.model).predict(rows, { as, unseen: 'null' });
    rows = new Frame(plan, frame.executor);
  }
  return rows;
}

function predictionOf(name: string | undefined): Expression | undefined {
  return name === undefined ? undefined : { kind: 'column', name, dtype: FLOAT, nullable: true };
}

/** What the row's group takes; null where the training rows had no such group. */
function ofGroups(column: ImputedColumn, schema: Schema, dtype: DataType, verb: string): Expression | undefined {
  if (column.groups.length === 0) return undefined;
  const keys = column.by.map(({ name }) => fieldOf(schema, name, verb));
  return nullableAs(
    byKeys(keys, column.groups, (values) => one(column, values, dtype), nullLiteral(dtype)),
    true,
  );
}

type Groups = ImputedColumn['groups'];

function byKeys(
  keys: readonly Field[],
  groups: Groups,
  fill: (values: readonly FillValue[]) => Expression,
  none: Expression,
): Expression {
  const [key, ...rest] = keys;
  if (key === undefined) return groups[0] === undefined ? none : fill(groups[0].values);
  const parts = new Map<
    Key | null,
    { readonly key: readonly (Key | null)[]; readonly values: readonly FillValue[] }[]
  >();
  for (const {
    key: [first = null, ...others],
    values,
  } of groups) {
    const part = parts.get(first) ?? [];
    part.push({ key: others, values });
    parts.set(first, part);
  }
  const entries = [...parts].map(([first, part]): Entry => ({ key: first, value: byKeys(rest, part, fill, none) }));
  return lookup(columnNode(key), entries, none);
}

/** One of the values: the only one, or the one that the row draws. */
function one(column: ImputedColumn, values: readonly FillValue[], dtype: DataType): Expression {
  const literal = (value: FillValue | undefined): Expression =>
    dtype.id === 'decimal'
      ? as(typeof value === 'number' ? number(value) : literalAs(value, dtype, column.name), dtype)
      : literalAs(value, dtype, column.name, { wide: true });
  if (column.method !== 'hot-deck') return literal(values[0]);
  const draw: Expression = { kind: 'column', name: drawOf(column), dtype: FLOAT, nullable: false };
  const position = call('floor', [mul(draw, number(values.length))], FLOAT, false);
  const [last, ...others] = values.map(literal).reverse();
  return pick(position, others.reverse(), last ?? nullLiteral(dtype));
}
