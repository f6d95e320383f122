import { MillraceError } from '../../errors.ts';
import type { AggregateNode, CallNode, CastNode, Expression, OnError, OrderKey } from '../../plan/expression.ts';
import { type AnyColumnType, ColumnType, type DTypeOf } from '../../schema/column-type.ts';
import type { Comparable, Wide } from '../../schema/columns.ts';
import { type AnyDType, BOOLEAN, type DataType, type DTypeId, INT, type Int, STRING } from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import type { BooleanExpr } from './boolean.ts';
import { type LiteralOf, labelOf, literalFor } from './literal.ts';
import { listOf, type OneOrMore, type OrderBy, orderKeys } from './order.ts';

/** What stands for one value a row: a column or something computed from columns. */
export interface Scalar<out D extends AnyDType, out N extends null> {
  readonly d: D;
  readonly n: N;
  readonly node: Expression;
  readonly role: 'scalar';
}

export type AnyScalar = Scalar<AnyDType, null>;

/** What stands for one value a group. */
export interface AnyAggregate {
  readonly d: AnyDType;
  readonly n: null;
  readonly role: 'aggregate';
  readonly node: AggregateNode;
}

export type ParseOptions<E extends OnError> = { readonly onError?: E };

/** The methods that every column has. */
export abstract class BaseExpr<D extends AnyDType, N extends null> implements Scalar<D, N> {
  declare readonly d: D;
  declare readonly n: N;
  readonly node: Expression;
  readonly role = 'scalar';

  constructor(node: Expression) {
    this.node = node;
  }

  /** Whether the two are equal; null where either is null. */
  eq<M extends null = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('eq', this, other);
  }

  /** Whether the two differ; null where either is null. */
  ne<M extends null = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('ne', this, other);
  }

  /** Whether the value is one of these; null where it is null. */
  in(values: readonly LiteralOf<D>[]): BooleanExpr<N> {
    const args = values.map((value) => literalFor(value, this.node));
    return make(call('in', [this.node, ...args], BOOLEAN, this.node.nullable));
  }

  isNull(): BooleanExpr<never> {
    return make(call('is_null', [this.node], BOOLEAN, false));
  }

  isNotNull(): BooleanExpr<never> {
    return make(call('is_not_null', [this.node], BOOLEAN, false));
  }

  /** The value, or `other` where it is null. */
  coalesce<M extends null = never>(other: LiteralOf<Wide<D>> | Scalar<Wide<D>, M>): Expr<Wide<D>, N & NoInfer<M>> {
    const right = operand(other, this.node, { wide: true });
    const dtype = wide(unify(this.node, right));
    return make(call('coalesce', [this.node, right], dtype, this.node.nullable && right.nullable));
  }

  /** Null where the value equals `value`. */
  nullIf(value: LiteralOf<D>): Expr<D, null> {
    return make(call('null_if', [this.node, literalFor(value, this.node)], this.node.dtype, true));
  }

  /**
   * The value as another dtype. Text is read as strictly as a reader reads it. `onError` says what becomes of a
   * value that does not fit: the run fails, the value becomes null, or its row goes to quarantine.
   */
  cast<T extends AnyColumnType, const E extends OnError = 'fail'>(
    type: T,
    options: ParseOptions<E> = {},
  ): Expr<DTypeOf<T>, E extends 'null' ? null : N> {
    return make(castNode(this.node, type, options.onError ?? 'fail'));
  }

  /** How many values are not null. */
  count(): Aggregate<Int, never, never> {
    return new Aggregate(aggregate('count', [this.node], INT, false));
  }

  /** How many different values there are, null not among them. */
  countDistinct(): Aggregate<Int, never, never> {
    return new Aggregate(aggregate('count_distinct', [this.node], INT, false));
  }

  /** The value of the first row, null included; by the frame's own order where none is given. */
  first(options: { readonly orderBy?: OrderBy } = {}): Aggregate<D, N, null> {
    return new Aggregate(ordered('first', this.node, options.orderBy));
  }

  /** The value of the last row, null included; by the frame's own order where none is given. */
  last(options: { readonly orderBy?: OrderBy } = {}): Aggregate<D, N, null> {
    return new Aggregate(ordered('last', this.node, options.orderBy));
  }

  /** The value `rows` rows before, null where there is none; needs `.over({ orderBy })`. */
  lag(rows = 1): WindowFunction<D, null> {
    return new WindowFunction(shifted('lag', this.node, rows));
  }

  /** The value `rows` rows after, null where there is none; needs `.over({ orderBy })`. */
  lead(rows = 1): WindowFunction<D, null> {
    return new WindowFunction(shifted('lead', this.node, rows));
  }
}

export interface OverOptions {
  /** Columns, by name or as expressions. */
  readonly partitionBy?: OneOrMore<string | AnyScalar>;
  readonly orderBy?: OrderBy;
  /** Rows around the current one, `[-2, 0]` being it and the two before; `null` is unbounded. */
  readonly rows?: readonly [number | null, number | null];
}

/** A function that gives a value a row from the rows around it; complete with `.over()`. */
export class WindowFunction<out D extends AnyDType, out N extends null> {
  declare readonly d: D;
  declare readonly n: N;
  readonly node: AggregateNode;
  readonly role: 'window' | 'aggregate' = 'window';

  constructor(node: AggregateNode) {
    this.node = node;
  }

  /** Over the rows of a partition; with `rows` the frame may be empty, and most functions of no rows are null. */
  over<D extends AnyDType, N extends null>(
    this: WindowFunction<D, N>,
    options?: OverOptions & { readonly rows?: never },
  ): Expr<D, N>;
  over<D extends AnyDType, N extends null>(this: WindowFunction<D, N>, options: OverOptions): Expr<D, N | null>;
  over<R>(options: OverOptions = {}): R {
    const { partitionBy = [], orderBy = [], rows } = options;
    if (rows !== undefined) checkRows(rows, this.node);
    return make({
      kind: 'window',
      call: this.node,
      partitionBy: listOf(partitionBy).map((by) => partition(by, this.node)),
      orderBy: orderKeys(orderBy),
      rows,
      dtype: this.node.dtype,
      nullable: this.node.nullable || rows !== undefined,
    });
  }
}

/** An aggregate. `Empty` is `null` where no rows give null, `never` where they give a value. */
export class Aggregate<
  out D extends AnyDType,
  out N extends null,
  out Empty extends null = null,
> extends WindowFunction<D, N> {
  declare readonly empty: Empty;
  override readonly role = 'aggregate';
}

type Constructor = new (node: Expression) => AnyScalar;
const classes: Partial<Record<DTypeId, Constructor>> = {};

/** Tells which class stands for which dtype; called once, by `expr.ts`. */
export function defineClasses(table: Record<DTypeId, Constructor>): void {
  Object.assign(classes, table);
}

/** The expression of a node, with the methods of its dtype; `R` is the caller's word for it. */
export function make<R>(node: Expression): R {
  const found = classes[node.dtype.id];
  if (found === undefined) throw new Error(`no expression class for ${node.dtype.id}`);
  return new found(node) as R;
}

export function call(
  fn: string,
  args: readonly Expression[],
  dtype: DataType,
  nullable: boolean,
  options: CallNode['options'] = {},
): CallNode {
  return { kind: 'call', fn, args, options, dtype, nullable };
}

export function aggregate(
  fn: string,
  args: readonly Expression[],
  dtype: DataType,
  nullable: boolean,
  options: AggregateNode['options'] = {},
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
  return {
    kind: 'cast',
    input,
    format: type.format,
    onError,
    dtype: type.dtype,
    nullable: input.nullable || onError === 'null',
  };
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
      code: 'expression.aggregate',
      message: `${labelOf(meets)}: an aggregate gives one value a group, not one a row. Add .over({ partitionBy }) to it.`,
    });
  }
  return literalFor(value, meets, options);
}

export function compare<N extends null>(fn: string, left: AnyScalar, right: unknown): BooleanExpr<N> {
  const node = operand(right, left.node);
  return make(call(fn, [left.node, node], BOOLEAN, anyNull(left.node, node)));
}

/** The dtype that holds the values of both sides. */
export function unify(left: Expression, right: Expression): DataType {
  const [a, b] = [left.dtype, right.dtype];
  if (a.id === 'string' && b.id === 'string') {
    if (a.values === undefined || b.values === undefined) return { id: 'string' };
    return { id: 'string', values: [...new Set([...a.values, ...b.values])] };
  }
  if (a.id === 'decimal' && b.id === 'decimal') {
    const scale = Math.max(a.scale, b.scale);
    const precision = Math.min(38, Math.max(a.precision - a.scale, b.precision - b.scale) + scale);
    return { id: 'decimal', precision, scale };
  }
  if (a.id !== b.id) {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(left)} is ${a.id} and ${labelOf(right)} is ${b.id}: cast one of them to the other's dtype.`,
    });
  }
  return a;
}

/** A dtype without its known values, as `Wide` is of types. */
export function wide(dtype: DataType): DataType {
  return dtype.id === 'string' ? STRING : dtype;
}

function ordered(fn: string, node: Expression, by: OrderBy | undefined): AggregateNode {
  const orderBy: readonly OrderKey[] = by === undefined ? [] : orderKeys(by);
  return { ...aggregate(fn, [node], node.dtype, node.nullable), orderBy };
}

/** The value some rows before or after. */
function shifted(fn: 'lag' | 'lead', node: Expression, rows: number): AggregateNode {
  if (!Number.isSafeInteger(rows) || rows < 0) {
    throw new MillraceError({
      code: 'expression.literal',
      message: `${labelOf(node)}.${fn}(${String(rows)}): give a whole number of rows from 0.`,
      details: { value: rows },
    });
  }
  return aggregate(fn, [node], node.dtype, true, { rows });
}

/** A column named without its frame at hand: its dtype is not known here and not needed. */
function partition(by: string | AnyScalar, of: AggregateNode): Expression {
  if (typeof by === 'string') return { kind: 'column', name: by, dtype: { id: 'string' }, nullable: true };
  if (by instanceof BaseExpr) return by.node;
  throw new MillraceError({
    code: 'expression.window',
    message: `${labelOf(of)}.over: partitionBy was given ${JSON.stringify(by) ?? String(by)}. Give a column's name or a column.`,
  });
}

function checkRows(rows: readonly [number | null, number | null], of: AggregateNode): void {
  const [from, to] = rows;
  const fits = [from, to].every((edge) => edge === null || Number.isSafeInteger(edge));
  if (
    Array.isArray(rows) &&
    rows.length === 2 &&
    fits &&
    (from ?? Number.NEGATIVE_INFINITY) <= (to ?? Number.POSITIVE_INFINITY)
  )
    return;
  throw new MillraceError({
    code: 'expression.window',
    message: `${labelOf(of)}.over: rows is ${JSON.stringify(rows)}. Give [from, to], whole numbers of rows around the current one (null is unbounded), the first not above the second.`,
    details: { value: rows },
  });
}
