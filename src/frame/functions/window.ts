import { MillraceError } from '../../errors.ts';
import type { OptionNames } from '../../option-names.ts';
import { type AggregateNode, type Expression, type RangeEdge, walkExpression } from '../../plan/expression.ts';
import { COUNTS, ORDERED } from '../../plan/functions.ts';
import type { AnyDType, Field } from '../../schema/dtype.ts';
import { describeDType, isNumeric } from '../../schema/dtype.ts';
import { showValue } from '../../schema/show-value.ts';
import { checkOptions } from '../arguments.ts';
import type { Expr } from '../expr.ts';
import { type AnyScalar, BaseExpr, isOfRows, type Mark, make } from './base.ts';
import { labelOf } from './literal.ts';
import { listOf, type OneOrMore, type OrderBy, orderKeys } from './order.ts';

/** A length of time, in one unit: `{ days: -7 }`. */
export type Duration =
  | { readonly years: number }
  | { readonly months: number }
  | { readonly weeks: number }
  | { readonly days: number }
  | { readonly hours: number }
  | { readonly minutes: number }
  | { readonly seconds: number };

const DATE_UNITS: readonly string[] = ['years', 'months', 'weeks', 'days'];
const TIME_UNITS: readonly string[] = [...DATE_UNITS, 'hours', 'minutes', 'seconds'];

/** Which rows make a partition, and how they are ordered in it. */
export interface WindowOptions {
  /** Columns, by name or as expressions. */
  readonly partitionBy?: OneOrMore<string | AnyScalar>;
  readonly orderBy?: OrderBy;
}

/** Which rows of its partition an aggregate sees from each row. Without a frame: those up to the row where there is an order, else all. */
export interface OverOptions extends WindowOptions {
  /** Rows around the current one: `[-2, 0]` is it and the two before, `[null, 0]` it and all before. */
  readonly rows?: readonly [number | null, number | null];
  /**
   * Values of the one order key around the current row's: `[{ days: -7 }, 0]`, `[-10, 10]`. The first is the seven days
   * before a date and the date, the second the numbers at most 10 away; `null` is unbounded. Rows with the same value are
   * in it together.
   */
  readonly range?: readonly [number | Duration | null, number | Duration | null];
}

const OVER_OPTIONS: OptionNames<OverOptions> = { partitionBy: true, orderBy: true, rows: true, range: true };

type ValueOf<E> = E extends number | null ? E : E[keyof E];
type Starts<E> = [E] extends [null | 0] ? true : `${ValueOf<E> & number}` extends `-${string}` ? true : false;
type Ends<E> = [E] extends [null | 0]
  ? true
  : number extends ValueOf<E>
    ? false
    : `${ValueOf<E> & number}` extends `-${string}`
      ? false
      : true;

/** `never` where a frame holds the current row, as far as the compiler sees its edges. */
type MayBeEmpty<F> = F extends readonly [infer From, infer To]
  ? [Starts<From>, Ends<To>] extends [true, true]
    ? never
    : null
  : never;
type FrameIn<O> = O extends { readonly rows: infer F } | { readonly range: infer F } ? F : undefined;

/** What a window completes. */
export interface Windowed<out D extends AnyDType, out N extends null, out Empty extends 'empty'> {
  readonly windowed?: { readonly d: D; readonly n: N; readonly empty: Empty };
  /**
   * A value a row, of the rows of its partition: `r.revenue.sum().over({ partitionBy: 'region', orderBy: 'day' })` is
   * the running total. An aggregate may look at part of them, with `rows` or `range`; of none of them it is null, a
   * count 0. What has neither an order nor a frame sees the whole partition, `first` and `last` always do.
   */
  over<D extends AnyDType, N extends null>(
    this: Windowed<D, N, 'empty'>,
    options?: WindowOptions & { readonly rows?: never; readonly range?: never },
  ): Expr<D, N>;
  over<D extends AnyDType, N extends null, Empty extends 'empty', const O extends OverOptions>(
    this: Windowed<D, N, Empty>,
    options: O,
  ): Expr<D, N | (MayBeEmpty<FrameIn<O>> & (Empty extends 'empty' ? null : never))>;
}

/**
 * An aggregate: one value a group, with the methods of its dtype, or by `.over()` one a row. `Empty` is `'empty'` where
 * no rows give null, `never` where they give a value.
 */
export type Aggregate<D extends AnyDType, N extends Mark, Empty extends 'empty' = 'empty'> = Expr<
  D,
  (N & null) | 'group' | Empty
> &
  Windowed<D, N & null, Empty>;

export function aggregateOf<R>(node: AggregateNode): R {
  const over = (options?: OverOptions): unknown => windowed(node, 'aggregate', options);
  return Object.assign(make<object>(node), { over }) as R;
}

/** A function that gives a value a row from the rows around it; complete with `.over()`. */
export class WindowFunction<out D extends AnyDType, out N extends Mark> {
  declare readonly d: D;
  declare readonly n: N;
  readonly node: AggregateNode;
  readonly role = 'window';

  constructor(node: AggregateNode) {
    this.node = node;
  }

  /**
   * A value a row, of the rows of its partition: `fn.rank().over({ partitionBy: 'region', orderBy: 'price' })`. What has
   * no order sees the whole partition.
   */
  over<D extends AnyDType, N extends Mark>(
    this: WindowFunction<D, N>,
    options: WindowOptions & { readonly rows?: never; readonly range?: never } = {},
  ): Expr<D, N> {
    return windowed(this.node, this.role, options);
  }
}

/** A call over a window, the window checked. */
function windowed<R>(call: AggregateNode, role: 'aggregate' | 'window', options: OverOptions = {}): R {
  checkOptions(options, `${labelOf(call)}.over`, "{ partitionBy: 'region' }", OVER_OPTIONS);
  const { partitionBy = [], orderBy = [], rows, range } = options;
  const keys = orderKeys(orderBy);
  const own = call.orderBy;
  if (own.length > 0 && keys.length > 0) {
    throw refused(call, 'the aggregate has an order of its own. Give orderBy in one of the two places.');
  }
  if ((rows ?? range) !== undefined && role !== 'aggregate') {
    throw refused(call, 'only aggregates look at rows or a range of values. Leave them out.');
  }
  if (rows !== undefined && range !== undefined) throw refused(call, 'give rows or range, not both.');
  if (rows !== undefined) checkRows(rows, call);
  if (range !== undefined && keys.length !== 1) {
    throw refused(call, `a range needs one order key and has ${keys.length}.`);
  }
  if (range !== undefined && ORDERED.has(call.fn)) {
    throw refused(
      call,
      'rows with the same value are in a range together, so that none of them is the first. Use rows.',
    );
  }
  for (const part of call.args.flatMap((arg) => [...walkExpression(arg)])) {
    if (part.kind === 'window' || part.kind === 'aggregate')
      throw refused(call, `compute ${labelOf(part)} in a withColumns before.`);
  }
  const edges = range === undefined ? undefined : checkRange(range, call);
  const mayBeEmpty =
    (rows !== undefined && !holdsRow(rows)) ||
    (edges !== undefined && !holdsRow([distance(edges[0]), distance(edges[1])]));
  const isCount = COUNTS.has(call.fn);
  return make({
    kind: 'window',
    call,
    partitionBy: listOf(partitionBy).map((by) => partition(by, call)),
    orderBy: own.length > 0 ? own : keys,
    rows,
    ...(edges === undefined ? {} : { range: edges }),
    dtype: call.dtype,
    nullable: call.nullable || (mayBeEmpty && !isCount),
  });
}

/** Refuses a range whose edges are no distances between values of its order key. */
export function checkRangeKey(edges: readonly [RangeEdge, RangeEdge], key: Field, of: AggregateNode): void {
  for (const edge of edges) {
    if (edge === null || edge === 0) continue;
    const { id } = key.dtype;
    if (typeof edge === 'number') {
      const whole = id !== 'int' && id !== 'bigint';
      const most = key.dtype.id === 'decimal' ? 7 * 10 ** (37 - key.dtype.scale) : Number.POSITIVE_INFINITY;
      if (isNumeric(key.dtype) && (whole ? Math.abs(edge) < most : Number.isSafeInteger(edge))) continue;
    } else if (id === 'timestamp' || (id === 'date' && DATE_UNITS.includes(`${edge.unit}s`))) continue;
    const choices =
      id === 'date' || id === 'timestamp'
        ? `Give one of { ${(id === 'date' ? DATE_UNITS : TIME_UNITS).join(' | ')}: count }`
        : isNumeric(key.dtype)
          ? `Give a${id === 'int' || id === 'bigint' ? ' whole' : ''} number${id === 'decimal' ? ' of fewer digits' : ''}`
          : 'The order key of a range is a number, a date or a timestamp';
    const shown = typeof edge === 'number' ? edge : JSON.stringify({ [`${edge.unit}s`]: edge.count });
    throw refused(of, `range has the edge ${shown}, and ${key.name} is ${describeDType(key.dtype)}. ${choices}.`, edge);
  }
}

/** A column named without its frame at hand: its dtype is not known here and not needed. */
function partition(by: string | AnyScalar, of: AggregateNode): Expression {
  if (typeof by === 'string') return { kind: 'column', name: by, dtype: { id: 'string' }, nullable: true };
  if (isOfRows(by)) {
    for (const part of walkExpression(by.node)) {
      if (part.kind === 'window') throw refused(of, `compute ${labelOf(part)} in a withColumns before.`);
    }
    return by.node;
  }
  throw refused(
    of,
    `partitionBy was given ${by instanceof BaseExpr ? labelOf(by.node) : showValue(by)}. Give a column's name or a column.`,
  );
}

function checkRows(rows: readonly [number | null, number | null], of: AggregateNode): void {
  const fits = isPair(rows) && rows.every((edge) => edge === null || Number.isSafeInteger(edge));
  if (fits && inOrder(rows)) return;
  throw refused(
    of,
    `rows is ${JSON.stringify(rows)}. Give [from, to], whole numbers of rows around the current one (null is unbounded), the first not above the second.`,
    rows,
  );
}

function checkRange(range: unknown, of: AggregateNode): [RangeEdge, RangeEdge] {
  const edges = isPair(range) ? range.map(rangeEdge) : [];
  const [from, to] = edges;
  if (from !== undefined && to !== undefined) {
    const unit = (edge: RangeEdge): unknown =>
      edge === null || edge === 0 ? 'any' : typeof edge === 'number' ? 'number' : edge.unit;
    const comparable = unit(from) === unit(to) || unit(from) === 'any' || unit(to) === 'any';
    if (!comparable || inOrder([distance(from), distance(to)])) return [from, to];
  }
  throw refused(
    of,
    `range is ${JSON.stringify(range)}. Give [from, to], each a number, a length of time such as { days: -7 }, or null (unbounded), the first not above the second.`,
    range,
  );
}

/** An edge of a range as a plan holds it; undefined where it is none. */
function rangeEdge(edge: unknown): RangeEdge | undefined {
  if (edge === null) return null;
  if (typeof edge === 'number') return Number.isFinite(edge) ? edge : undefined;
  const entries = typeof edge === 'object' && edge !== null ? Object.entries(edge) : [];
  const [[units = '', count] = []] = entries;
  if (entries.length !== 1 || !TIME_UNITS.includes(units) || !Number.isSafeInteger(count)) return undefined;
  return count === 0 ? 0 : { unit: units.slice(0, -1), count };
}

function distance(edge: RangeEdge): number | null {
  return edge === null || typeof edge === 'number' ? edge : edge.count;
}

function isPair(edges: unknown): edges is readonly [unknown, unknown] {
  return Array.isArray(edges) && edges.length === 2;
}

function inOrder([from, to]: readonly [number | null, number | null]): boolean {
  return (from ?? Number.NEGATIVE_INFINITY) <= (to ?? Number.POSITIVE_INFINITY);
}

/** Whether the current row is in a frame. */
function holdsRow([from, to]: readonly [number | null, number | null]): boolean {
  return (from ?? 0) <= 0 && (to ?? 0) >= 0;
}

function refused(of: AggregateNode, message: string, value?: unknown): MillraceError {
  return new MillraceError({
    code: 'expression.window',
    message: `${labelOf(of)}.over: ${message}`,
    ...(value === undefined ? {} : { details: { value } }),
  });
}
