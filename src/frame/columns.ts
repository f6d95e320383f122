import { didYouMean, MillraceError } from '../errors.ts';
import { type ColumnNode, type Expression, type OrderKey, walkExpression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import { unusableName } from '../schema/column-name.ts';
import type { AnyColumnType, DTypeOf, NullOf } from '../schema/column-type.ts';
import type { AnyCol, Col } from '../schema/columns.ts';
import { type AnyDType, describeDType, type Field, type Schema, sameDType } from '../schema/dtype.ts';
import { entriesOf } from './arguments.ts';
import type { Expr } from './expr.ts';
import { BaseExpr, isOfRows, make, WindowFunction } from './functions/base.ts';
import { type OrderBy, orderKeys } from './functions/order.ts';
import { checkRangeKey } from './functions/window.ts';

type Known<K extends string> = string extends K ? never : K;

/** Access by name, for frames whose columns the compiler does not know. */
interface ByName<C extends AnyCol> {
  /** The column of this name; with a type, checked to be that. */
  col(name: string): Expr<C['d'], C['n']>;
  col<T extends AnyColumnType>(name: string, type: T): Expr<DTypeOf<T>, NullOf<T>>;
}

/** The columns of a frame as expressions, as a callback gets them. Not a conditional type: a generic step must see the columns it asks for. */
export type Cols<C extends AnyCol> = {
  readonly [E in C as Known<E['k']>]: Expr<E['d'], E['n']>;
} & (string extends C['k'] ? ByName<C> : unknown);

/** A frame's columns where the compiler knows nothing of them but their dtype. */
export type UnknownCols<D extends AnyDType = AnyDType> = Col<string, D, null>;

export function columnNode(field: Field): ColumnNode {
  return { kind: 'column', name: field.name, dtype: field.dtype, nullable: field.nullable };
}

/** The field of a name; an error that names the nearest one where there is none. */
export function fieldOf(schema: Schema, name: string, verb: string): Field {
  const found = schema.find((field) => field.name === name);
  if (found === undefined) {
    const names = schema.map((field) => field.name);
    const near = typeof name === 'string' ? didYouMean(name, names) : ' Give a name.';
    throw new MillraceError({
      code: 'plan.unknown_column',
      message: `${verb}: there is no column ${JSON.stringify(name)}.${near} The columns are ${names.join(', ')}.`,
      details: { column: name, columns: names },
    });
  }
  return found;
}

/** What a callback of a verb gets: a property a column; in the condition of a join, of one of its sides. */
export function columnsOf<C extends AnyCol>(schema: Schema, verb: string, side?: 'left' | 'right'): Cols<C> {
  const byName = (name: string, type?: AnyColumnType) => {
    const field = fieldOf(schema, name, verb);
    if (type !== undefined && (!sameDType(type.dtype, field.dtype) || (field.nullable && !type.isNullable))) {
      throw new MillraceError({
        code: 'plan.dtype',
        message: `${verb}: column ${JSON.stringify(name)} is ${describeDType(field.dtype)}${field.nullable ? ' or null' : ''}, not ${describeDType(type.dtype)}${type.isNullable ? ' or null' : ''}.`,
      });
    }
    return make(side === undefined ? columnNode(field) : { ...columnNode(field), side });
  };
  const names = new Set(schema.map((field) => field.name));
  return new Proxy(Object.freeze({}), {
    get: (_, key) => {
      if (typeof key !== 'string') return undefined;
      return key === 'col' && !names.has('col') ? byName : byName(key);
    },
    has: (_, key) => typeof key === 'string' && names.has(key),
  }) as Cols<C>;
}

/** The named expressions of a callback's result, checked. */
export function namedExpressions(made: object, verb: string): NamedExpression[] {
  return entriesOf<unknown>(
    made as Record<string, unknown>,
    `${verb}, by its function,`,
    '{ total: r.price.mul(2) }',
  ).map(([name, value]) => ({ name, expression: scalarOf(value, name, verb) }));
}

/** The node of an expression that a callback gave, which has one value a row. */
export function scalarOf(value: unknown, name: string, verb: string): Expression {
  if (isOfRows(value)) return value.node;
  const hint = missingOf(value) ?? (isComputed(value) ? OPERATORS : 'a plain value is written fn.lit(value)');
  throw new MillraceError({
    code: 'plan.expression',
    message: `${verb}: ${JSON.stringify(name)} is not a column expression; ${hint}.`,
  });
}

/** The node of a predicate that a callback gave, which has one value a row. */
export function predicateOf(value: unknown, what: string): Expression {
  if (isOfRows(value) && value.node.dtype.id === 'boolean') return value.node;
  const missing = missingOf(value);
  const operators = isComputed(value) || typeof value === 'boolean' ? ` JavaScript's ${OPERATORS}.` : '';
  throw new MillraceError({
    code: 'plan.expression',
    message: `${what} did not give a boolean expression, such as r.quantity.gt(0)${missing === undefined ? '' : `; ${missing}`}.${operators}`,
  });
}

/** What a value lacks that is one of a group or of a window, to be one a row. */
function missingOf(value: unknown): string | undefined {
  if (value instanceof WindowFunction) return 'a function of windows is completed with .over({ orderBy })';
  if (!(value instanceof BaseExpr) || isOfRows(value)) return undefined;
  return value.node.kind === 'aggregate'
    ? 'an aggregate gives one value a group: complete it with .over({ partitionBy }) or use groupBy(..).agg(..)'
    : 'what is computed of aggregates is one value a group: complete each of them with .over({ partitionBy }) or use groupBy(..).agg(..)';
}

const OPERATORS = 'operators do not work on columns: write .add(..), .mul(..), .gt(..), .and(..) and so on';

/** Whether a value is what JavaScript's operators make of columns. */
function isComputed(value: unknown): boolean {
  return Number.isNaN(value) || (typeof value === 'string' && value.includes('[object Object]'));
}

/** Refuses columns that the input of an expression does not have: an order and a partition may name any. */
export function checkColumns(expressions: readonly Expression[], schema: Schema, verb: string): void {
  const names = new Set(schema.map((field) => field.name));
  const check = (name: string, where: string): void => {
    if (!names.has(name)) fieldOf(schema, name, where);
  };
  for (const node of walkAll(expressions)) {
    if (node.kind === 'column') check(node.name, verb);
    if (node.kind === 'window') {
      for (const by of node.partitionBy) if (by.kind === 'column') check(by.name, `${verb}, partitionBy`);
      const [key] = node.orderBy;
      if (node.range !== undefined && key !== undefined)
        checkRangeKey(node.range, fieldOf(schema, key.column, `${verb}, orderBy`), node.call);
    }
    if (node.kind !== 'window' && node.kind !== 'aggregate') continue;
    for (const key of node.orderBy) checkOrdered(schema, key.column, `${verb}, orderBy`);
  }
}

/** Refuses a column that is none, or whose values each engine has an order of its own for. */
function checkOrdered(schema: Schema, name: string, verb: string): void {
  const { id } = fieldOf(schema, name, verb).dtype;
  if (id !== 'list' && id !== 'struct' && id !== 'json') return;
  throw new MillraceError({
    code: 'plan.order',
    message: `${verb}: ${JSON.stringify(name)} is ${id === 'json' ? '' : 'a '}${id}, which has no order. Order by a column of what is in it.`,
    details: { column: name },
  });
}

function* walkAll(expressions: readonly Expression[]): Generator<Expression> {
  for (const expression of expressions) yield* walkExpression(expression);
}

/** A projection, its column names checked to differ in more than case. */
export function project(input: Relation, columns: readonly NamedExpression[], verb: string): Relation {
  if (columns.length === 0) {
    throw new MillraceError({
      code: 'plan.argument',
      message: `${verb}: no column is left, and a frame has one at least. Name or keep one.`,
    });
  }
  checkNames(
    columns.map((column) => column.name),
    verb,
  );
  const made = columns.map((column) => column.expression);
  checkColumns(made, outputSchema(input), verb);
  return Object.freeze({ kind: 'project', input, columns, verb });
}

/** Engines do not tell `a` from `A`. */
export function checkNames(names: readonly string[], verb: string): void {
  const seen = new Map<string, string>();
  for (const name of names) {
    const other = seen.get(name.toLowerCase());
    if (other !== undefined) {
      throw new MillraceError({
        code: 'plan.duplicate_column',
        message: `${verb}: the columns ${JSON.stringify(other)} and ${JSON.stringify(name)} have the same name (case does not count). Rename one.`,
        details: { columns: [other, name] },
      });
    }
    const reason = unusableName(name);
    if (reason !== undefined) {
      throw new MillraceError({
        code: 'plan.column_name',
        message: `${verb}: ${JSON.stringify(name)} cannot name a column: ${reason}.`,
        details: { column: name },
      });
    }
    seen.set(name.toLowerCase(), name);
  }
}

/** The input's columns with some of them replaced in place and new ones at the end. */
export function replaceColumns(input: Relation, made: readonly NamedExpression[], verb: string): Relation {
  return keptColumns(input, outputSchema(input), made, verb);
}

/** The columns of a schema, some replaced in place and new ones at the end; what else the input has is left out. */
export function keptColumns(input: Relation, schema: Schema, made: readonly NamedExpression[], verb: string): Relation {
  const byName = new Map(made.map((column) => [column.name, column]));
  const kept = schema.map((field): NamedExpression => {
    const replacement = byName.get(field.name);
    byName.delete(field.name);
    return replacement ?? { name: field.name, expression: columnNode(field) };
  });
  return project(input, [...kept, ...byName.values()], verb);
}

/** The input's columns, the expressions of those that `change` answers replaced. */
export function changeColumns(
  input: Relation,
  change: (field: Field) => Expression | undefined,
  verb: string,
): Relation {
  const columns = outputSchema(input).map((field) => ({
    name: field.name,
    expression: change(field) ?? columnNode(field),
  }));
  return project(input, columns, verb);
}

/** The keys of an order, their columns checked to exist. */
export function orderOf(input: Relation, orderBy: OrderBy, verb: string): OrderKey[] {
  const keys = orderKeys(orderBy);
  for (const key of keys) checkOrdered(outputSchema(input), key.column, verb);
  return keys;
}
