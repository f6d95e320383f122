import { MillraceError } from '../../errors.ts';
import {
  type AggregateNode,
  aggregatesIn,
  type CallNode,
  type CallOptions,
  type CastNode,
  type Expression,
  type OnError,
  type OrderKey,
  type WindowNode,
} from '../../plan/expression.ts';
import { type AnyColumnType, ColumnType, type DTypeOf } from '../../schema/column-type.ts';
import type { Comparable, Wide } from '../../schema/columns.ts';
import {
  type AnyDType,
  BOOLEAN,
  type DataType,
  type DTypeId,
  describeDType,
  INT,
  type Int,
  type List,
  STRING,
  unified,
} from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import type { BooleanExpr } from './boolean.ts';
import { type LiteralOf, labelOf, literalFor } from './literal.ts';
import { type OrderBy, orderKeys } from './order.ts';
import { noteExpression } from './unused-conditions.ts';
import { type Aggregate, aggregateOf, WindowFunction } from './window.ts';

export { type Aggregate, aggregateOf, type OverOptions, WindowFunction } from './window.ts';

/**
 * What is said of an expression beside its dtype: `null` where it may be null, `'group'` where it is made of aggregates
 * and gives one value a group, `'empty'` where it is then null of no rows.
 */
export type Mark = null | 'group' | 'empty';

/** What stands for one value a row, a column or something computed from columns, or for one a group. */
export interface Scalar<out D extends AnyDType, out N extends Mark> {
  readonly d: D;
  readonly n: N;
  readonly node: Expression;
  readonly role: 'scalar';
}

/** One value a row. */
export type AnyScalar = Scalar<AnyDType, null>;

/** One value a row or a group. */
export type AnyValue = Scalar<AnyDType, Mark>;

/** The marks of the first value that is not null. */
export type Coalesced<N, M> = (N & (M | (M extends null ? 'empty' : never))) | ((N | M) & 'group') | (M & 'empty');

export type ParseOptions<E extends OnError> = { readonly onError?: E };

/** The methods that every column has. */
export abstract class BaseExpr<D extends AnyDType, out N extends Mark> implements Scalar<D, N> {
  declare readonly d: D;
  declare readonly n: N;
  readonly node: Expression;
  readonly role = 'scalar';

  constructor(node: Expression) {
    this.node = node;
  }

  /** Whether the two are equal: `r.region.eq('north')`; null where either is null. */
  eq<M extends Mark = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('eq', this, other);
  }

  /** Whether the two differ: `r.region.ne(r.last_region)`; null where either is null. */
  ne<M extends Mark = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('ne', this, other);
  }

  /** Whether the value is one of these: `r.region.in(['north', 'south'])`; null where it is null. */
  in(values: readonly LiteralOf<D>[]): BooleanExpr<N> {
    if (!Array.isArray(values)) {
      throw new MillraceError({
        code: 'expression.argument',
        message: `${labelOf(this.node)}.in was given ${JSON.stringify(values) ?? String(values)}. Give a list of values.`,
      });
    }
    const args = values.map((value) => literalFor(value, this.node));
    return make(call('in', [this.node, ...args], BOOLEAN, this.node.nullable));
  }

  /** Whether the value is null: `r.email.isNull()`; never null itself. */
  isNull(): BooleanExpr<N & 'group'> {
    return make(call('is_null', [this.node], BOOLEAN, false));
  }

  /** Whether the value is not null: `r.email.isNotNull()`; never null itself. */
  isNotNull(): BooleanExpr<N & 'group'> {
    return make(call('is_not_null', [this.node], BOOLEAN, false));
  }

  /** The value, or `other` where it is null: `r.discount.coalesce(0)`; null where both are. */
  coalesce<M extends Mark = never>(
    other: LiteralOf<Wide<D>> | Scalar<Wide<D>, M>,
  ): Expr<Wide<D>, Coalesced<N, NoInfer<M>>> {
    const right = operand(other, this.node, { wide: true });
    const dtype = wide(unify(this.node, right));
    return make(call('coalesce', [this.node, right], dtype, this.node.nullable && right.nullable));
  }

  /** Null where the value equals `value`: `r.region.nullIf('n/a')`. */
  nullIf(value: LiteralOf<D>): Expr<D, N | null> {
    return make(call('null_if', [this.node, literalFor(value, this.node)], this.node.dtype, true));
  }

  /**
   * The value as another dtype: `r.quantity.cast(t.float())`. Text is read as strictly as a reader reads it. `onError`
   * says what becomes of a value that does not fit: the run fails, the value becomes null, or its row goes to quarantine.
   * A run fails only where it computes the column: not under `count()` or `select` of others; `'quarantine'` looks at every row.
   */
  cast<T extends AnyColumnType, const E extends OnError = 'fail'>(
    type: T,
    options: ParseOptions<E> = {},
  ): Expr<DTypeOf<T>, N | (E extends 'null' ? null : never)> {
    return make(castNode(this.node, type, options.onError ?? 'fail'));
  }

  /** How many values are not null: `r.email.count()`; 0 of no rows. */
  count(): Aggregate<Int, never, never> {
    return aggregateOf(aggregate('count', [this.node], INT, false));
  }

  /** How many different values there are, null not among them: `r.customer.countDistinct()`; 0 of no rows. */
  countDistinct(): Aggregate<Int, never, never> {
    return aggregateOf(aggregate('count_distinct', [this.node], INT, false));
  }

  /**
   * The value of the first row, null included: `r.price.first({ orderBy: 'day' })`. By the frame's own order where none
   * is given, which fails where it has none.
   */
  first(options: { readonly orderBy?: OrderBy } = {}): Aggregate<D, N> {
    return aggregateOf(ordered('first', this.node, options.orderBy));
  }

  /**
   * The value of the last row, null included: `r.price.last({ orderBy: 'day' })`. By the frame's own order where none is
   * given, which fails where it has none.
   */
  last(options: { readonly orderBy?: OrderBy } = {}): Aggregate<D, N> {
    return aggregateOf(ordered('last', this.node, options.orderBy));
  }

  /**
   * The value of the row with the smallest `by`, null included: `r.price.atMin('day')`. Of several the first, nulls of
   * `by` last: of a group without any other it is its first row's.
   * `fn.when(r.day.min().isNotNull(), r.price.atMin('day')).elseNull()` is null there.
   */
  atMin(by: string | AnyValue): Aggregate<D, N> {
    return aggregateOf(ordered('first', this.node, { asc: columnName(by, `${labelOf(this.node)}.atMin`) }));
  }

  /**
   * The value of the row with the largest `by`, null included: `r.price.atMax('day')`. Of several the first, nulls of
   * `by` last, as in `atMin`.
   */
  atMax(by: string | AnyValue): Aggregate<D, N> {
    return aggregateOf(ordered('first', this.node, { desc: columnName(by, `${labelOf(this.node)}.atMax`) }));
  }

  /**
   * The values of the group, nulls among them: `r.sku.toList({ orderBy: 'day' })`. By the frame's own order where none is
   * given.
   */
  toList<E extends AnyDType, M extends Mark>(
    this: Scalar<E, M>,
    options: { readonly orderBy?: OrderBy } = {},
  ): Aggregate<List<E, M & null>, never> {
    const { dtype, nullable } = this.node;
    const list: DataType = { id: 'list', item: dtype, nullableItem: nullable };
    return aggregateOf({ ...ordered('to_list', this.node, options.orderBy), dtype: list, nullable: false });
  }

  /**
   * The value `rows` rows before: `r.price.lag().over({ orderBy: 'day' })`. Where there is no such row, the default,
   * or null without one.
   */
  lag(rows?: number, options?: { readonly default?: never }): WindowFunction<D, null>;
  lag<M extends Mark = never>(rows: number, options: ShiftOptions<D, M>): WindowFunction<D, N | NoInfer<M>>;
  lag<R>(rows = 1, options: { readonly default?: unknown } = {}): R {
    return new WindowFunction(shifted('lag', this.node, rows, options.default)) as R;
  }

  /**
   * The value `rows` rows after: `r.price.lead().over({ orderBy: 'day' })`. Where there is no such row, the default,
   * or null without one.
   */
  lead(rows?: number, options?: { readonly default?: never }): WindowFunction<D, null>;
  lead<M extends Mark = never>(rows: number, options: ShiftOptions<D, M>): WindowFunction<D, N | NoInfer<M>>;
  lead<R>(rows = 1, options: { readonly default?: unknown } = {}): R {
    return new WindowFunction(shifted('lead', this.node, rows, options.default)) as R;
  }

  /** The value of the `n`th row of the partition, from 1: `r.price.nth(2).over({ orderBy: 'day' })`; null where there is none. */
  nth(n: number): WindowFunction<D, null> {
    return new WindowFunction(
      aggregate('nth', [this.node], this.node.dtype, true, { n: wholeFrom(1, n, `${labelOf(this.node)}.nth`) }),
    );
  }
}

/** Whether a value is an expression that gives one value a row. */
export function isOfRows(value: unknown): value is BaseExpr<AnyDType, null> {
  return value instanceof BaseExpr && aggregatesIn(value.node).length === 0;
}

export interface ShiftOptions<D extends AnyDType, M extends Mark> {
  /** The value where there is no such row: a literal or a column. */
  readonly default: LiteralOf<D> | Scalar<D, M>;
}

type Constructor = new (node: Expression) => AnyValue;
const classes: Partial<Record<DTypeId, Constructor>> = {};

/** Tells which class stands for which dtype; called once, by `expr.ts`. */
export function defineClasses(table: Record<DTypeId, Constructor>): void {
  Object.assign(classes, table);
}

/** The expression of a node, with the methods of its dtype; `R` is the caller's word for it. */
export function make<R>(node: Expression): R {
  const found = classes[node.dtype.id];
  if (found === undefined) throw new Error(`no expression class for ${node.dtype.id}`);
  noteExpression(node);
  return new found(node) as R;
}

export function call(
  fn: string,
  args: readonly Expression[],
  dtype: DataType,
  nullable: boolean,
  options: CallOptions = {},
): CallNode {
  return { kind: 'call', fn, args, options, dtype, nullable };
}

export function aggregate(
  fn: string,
  args: readonly Expression[],
  dtype: DataType,
  nullable: boolean,
  options: CallOptions = {},
): AggregateNode {
  return { kind: 'aggregate', fn, args, options, orderBy: [], dtype, nullable };
}

export function castNode(input: Expression, type: AnyColumnType, onError: OnError): CastNode {
  if (!(type instanceof ColumnType)) {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(input)}: ${JSON.stringify(type) ?? String(type)} is no column type to cast to. Give one such as t.int().`,
    });
  }
  if (!ON_ERROR.includes(onError)) {
    throw new MillraceError({
      code: 'expression.on_error',
      message: `${labelOf(input)}: onError is ${JSON.stringify(onError)}. Give one of ${ON_ERROR.map((choice) => `'${choice}'`).join(', ')}.`,
      details: { value: onError },
    });
  }
  const { id } = input.dtype;
  if ((id === 'list' || id === 'struct') && type.dtype.id !== id && type.dtype.id !== 'json') {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(input)} is a ${id}, which is no ${describeDType(type.dtype)}. Cast it to t.json().`,
    });
  }
  return {
    kind: 'cast',
    input,
    format: type.format,
    onError,
    dtype: type.dtype,
    nullable: input.nullable || onError === 'null',
  };
}

/** A value as another dtype that takes all its values. */
export function castTo(input: Expression, dtype: DataType): CastNode {
  return { kind: 'cast', input, format: {}, onError: 'fail', dtype, nullable: input.nullable };
}

/** An aggregate, or a function of windows alone, over the rows of a window; all of them where nothing is said. */
export function windowOf(
  call: AggregateNode,
  over: Partial<Pick<WindowNode, 'partitionBy' | 'orderBy' | 'rows'>> = {},
): WindowNode {
  const { partitionBy = [], orderBy = [], rows } = over;
  return { kind: 'window', call, partitionBy, orderBy, rows, dtype: call.dtype, nullable: call.nullable };
}

const ON_ERROR: readonly OnError[] = ['fail', 'null', 'quarantine'];

export function anyNull(...nodes: readonly Expression[]): boolean {
  return nodes.some((node) => node.nullable);
}

/** The node of an argument: an expression's own, or a literal typed by what it meets. */
export function operand(value: unknown, meets: Expression, options: { readonly wide?: boolean } = {}): Expression {
  if (value instanceof BaseExpr) return value.node;
  if (value instanceof WindowFunction) {
    throw new MillraceError({
      code: 'expression.window',
      message: `${labelOf(meets)}: ${labelOf(value.node)} is a function of windows. Add .over({ orderBy }) to it.`,
    });
  }
  return literalFor(value, meets, options);
}

export function compare<N extends Mark>(fn: string, left: AnyValue, right: unknown): BooleanExpr<N> {
  const node = operand(right, left.node);
  return make(call(fn, [left.node, node], BOOLEAN, anyNull(left.node, node)));
}

/** The dtype that holds the values of both sides. */
export function unify(left: Expression, right: Expression): DataType {
  const dtype = unified(left.dtype, right.dtype);
  if (dtype !== undefined) return dtype;
  const [a, b] = [left, right].map((side) =>
    side.dtype.id === 'list' || side.dtype.id === 'struct' ? describeDType(side.dtype) : side.dtype.id,
  );
  throw new MillraceError({
    code: 'expression.dtype',
    message: `${labelOf(left)} is ${a} and ${labelOf(right)} is ${b}: cast one of them to the other's dtype.`,
  });
}

/** A dtype without its known values, as `Wide` is of types. */
export function wide(dtype: DataType): DataType {
  return dtype.id === 'string' ? STRING : dtype;
}

/** The name of a plain column, which an order can name. */
function columnName(by: unknown, call: string): string {
  if (typeof by === 'string') return by;
  if (by instanceof BaseExpr && by.node.kind === 'column') return by.node.name;
  const shown = by instanceof BaseExpr ? labelOf(by.node) : (JSON.stringify(by) ?? String(by));
  throw new MillraceError({
    code: 'expression.argument',
    message: `${call} was given ${shown}. Give a column or its name; compute it in a withColumns before.`,
  });
}

function ordered(fn: string, node: Expression, by: OrderBy | undefined): AggregateNode {
  const orderBy: readonly OrderKey[] = by === undefined ? [] : orderKeys(by);
  return { ...aggregate(fn, [node], node.dtype, node.nullable), orderBy };
}

/** The value some rows before or after, or a default of the same dtype. */
function shifted(fn: 'lag' | 'lead', node: Expression, rows: number, other: unknown): AggregateNode {
  const options = { rows: wholeFrom(0, rows, `${labelOf(node)}.${fn}`) };
  if (other === undefined) return aggregate(fn, [node], node.dtype, true, options);
  const instead = operand(other, node);
  return aggregate(fn, [node, instead], unify(node, instead), anyNull(node, instead), options);
}

/** A whole number not below the least and not above the most; an error that names the call where it is none. */
export function wholeFrom(least: number, value: number, call: string, most: number = Number.MAX_SAFE_INTEGER): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  const to = most === Number.MAX_SAFE_INTEGER ? '' : ` to ${most}`;
  throw new MillraceError({
    code: 'expression.literal',
    message: `${call}(${String(value)}): give a whole number from ${least}${to}.`,
    details: { value },
  });
}
