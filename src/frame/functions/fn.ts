import { MillraceError } from '../../errors.ts';
import type { CaseNode, Expression } from '../../plan/expression.ts';
import type { AnyColumnType, DTypeOf } from '../../schema/column-type.ts';
import type { IsOneKind, Wide } from '../../schema/columns.ts';
import {
  type AnyDType,
  type Bool,
  DATE,
  type Day,
  type DType,
  FLOAT,
  type Float,
  INT,
  type Int,
  STRING,
  type Text,
  TIMESTAMP,
  type Timestamp,
} from '../../schema/dtype.ts';
import type { Expr } from '../expr.ts';
import {
  type Aggregate,
  type AnyValue,
  aggregate,
  aggregateOf,
  anyNull,
  BaseExpr,
  type Coalesced,
  call,
  type Mark,
  make,
  type Scalar,
  unify,
  WindowFunction,
  wholeFrom,
  wide,
} from './base.ts';
import {
  type AnyLiteral,
  type DTypeOfLiteral,
  type LiteralOf,
  labelOf,
  literal,
  literalAs,
  literalFor,
  nullLiteral,
} from './literal.ts';
import { checkEpochUnit, type EpochUnit } from './temporal.ts';

type DOf<V> = V extends { readonly role: 'scalar'; readonly d: infer D extends AnyDType } ? D : never;
type NOf<V> = V extends { readonly role: 'scalar'; readonly n: infer N extends Mark } ? N : never;

/** The dtype of several values in one column; literals take the dtype of the expressions beside them. */
type Joined<V> = [DOf<V>] extends [never]
  ? Unified<DTypeOfLiteral<V>, never>
  : Unified<DOf<V>, Exclude<V, { readonly role: 'scalar' }>>;

/** Known strings are joined, ints beside floats are floats; `never` where a value is of another dtype. */
type Unified<D extends AnyDType, L> = [D] extends [{ readonly id: 'string' }]
  ? [L] extends [string]
    ? DType<'string', (D['js'] & string) | L>
    : never
  : [D] extends [{ readonly id: 'int' | 'float' }]
    ? [L] extends [number]
      ? 'float' extends D['id'] | DTypeOfLiteral<L>['id']
        ? Float
        : Int
      : never
    : IsOneKind<D> extends true
      ? [L] extends [LiteralOf<D>]
        ? D
        : never
      : never;

/** Refuses values that share no dtype. */
type Alike<V extends readonly unknown[]> = [Joined<V[number]>] extends [never]
  ? { readonly 'the values have different dtypes': never }
  : unknown;

/** `null` where every value may be null. */
type NullOfAll<V extends readonly unknown[]> = V extends readonly [infer H, ...infer R] ? NOf<H> & NullOfAll<R> : Mark;

/** The marks of the largest or the smallest of values. */
type OfAll<V extends readonly unknown[]> =
  'group' extends NOf<V[number]>
    ?
        | 'group'
        | NullOfAll<{ [I in keyof V]: { role: 'scalar'; n: NOf<V[I]> | (null extends NOf<V[I]> ? 'empty' : never) } }>
    : NullOfAll<V>;

/** What a branch must be too: refuses one whose dtype the other branches do not share. */
type Fits<V> = [Joined<V>] extends [never] ? { readonly 'the branches have different dtypes': never } : unknown;

/** A conditional that waits for its next branch or its `else`. */
class When<V, G extends 'group'> {
  readonly #branches: readonly { readonly when: Expression; readonly value: unknown }[];

  constructor(branches: readonly { readonly when: Expression; readonly value: unknown }[]) {
    this.#branches = branches;
  }

  /** A further branch: `fn.when(r.n.gt(9), 'many').when(r.n.gt(1), 'some').else('one')`. The first that is true counts. */
  when<const W extends AnyLiteral | AnyValue, M extends Mark>(
    condition: Scalar<Bool, M>,
    value: W & Fits<V | W>,
  ): When<V | W, G | (M & 'group')> {
    return new When([...this.#branches, { when: conditionOf(condition), value }]);
  }

  /** The value where no condition holds (null is not true). Of null, it may be null. */
  else(value: null): Expr<Joined<V>, null | NOf<V> | G>;
  else<const W extends AnyLiteral | AnyValue>(value: W & Fits<V | W>): Expr<Joined<V | W>, NOf<V | W> | G>;
  else(value: unknown): unknown {
    return make(this.#build(value ?? undefined));
  }

  /** Null where no condition holds. */
  elseNull(): Expr<Joined<V>, null | NOf<V> | G> {
    return make(this.#build(undefined));
  }

  #build(otherwise: unknown): CaseNode {
    const values = [...this.#branches.map((b) => b.value), ...(otherwise === undefined ? [] : [otherwise])];
    const nodes = typed(values);
    const dtype = joined(nodes);
    const branches = this.#branches.map((b, i) => ({ when: b.when, value: nodes[i] ?? nullLiteral(dtype) }));
    const last = otherwise === undefined ? nullLiteral(dtype) : (nodes.at(-1) ?? nullLiteral(dtype));
    const nullable = last.nullable || branches.some((b) => b.value.nullable);
    return { kind: 'case', branches, otherwise: last, dtype, nullable };
  }
}

/** The nodes of values that share a column: a literal takes the dtype of the expressions beside it. */
function typed(values: readonly unknown[]): Expression[] {
  const guide = values.find((value) => value instanceof BaseExpr);
  return values.map((value) => {
    if (value instanceof BaseExpr || value instanceof WindowFunction) return nodeOf(value, 'fn.when');
    return guide instanceof BaseExpr && !standsAlone(value, guide.node)
      ? literalFor(value, guide.node)
      : literal(value);
  });
}

/** The node of what must be a column expression. */
function nodeOf(value: unknown, call: string): Expression {
  if (value instanceof BaseExpr) return value.node;
  const hint =
    value instanceof WindowFunction
      ? `${labelOf(value.node)}, a function of windows. Add .over({ orderBy }) to it`
      : `${JSON.stringify(value) ?? String(value)}. Give a column expression`;
  throw new MillraceError({ code: 'expression.argument', message: `${call} was given ${hint}.` });
}

function textOf(value: unknown): Expression {
  const node = nodeOf(value, 'fn.concat');
  if (node.dtype.id === 'string') return node;
  throw new MillraceError({
    code: 'expression.argument',
    message: `fn.concat: ${labelOf(node)} is ${node.dtype.id}. Cast it to t.string() first.`,
  });
}

function conditionOf(value: unknown): Expression {
  const node = nodeOf(value, 'fn.when, as its condition,');
  if (node.dtype.id === 'boolean') return node;
  throw new MillraceError({
    code: 'expression.argument',
    message: `fn.when: ${labelOf(node)} is ${node.dtype.id}, which is no condition. Give one such as r.quantity.gt(0).`,
  });
}

/** A string beside strings keeps its own value known; a fraction beside whole numbers makes floats of them. */
function standsAlone(value: unknown, guide: Expression): boolean {
  if (typeof value === 'string') return guide.dtype.id === 'string';
  return typeof value === 'number' && !Number.isInteger(value) && guide.dtype.id === 'int';
}

function joined(nodes: readonly Expression[]): Expression['dtype'] {
  const ids = new Set(nodes.map((node) => node.dtype.id));
  if (ids.size === 2 && ids.has('int') && ids.has('float')) return FLOAT;
  return nodes.slice(1).reduce((dtype, node) => unify({ ...node, dtype }, node), nodes[0]?.dtype ?? STRING);
}

function extreme<R>(fn: 'greatest' | 'least', values: readonly unknown[]): R {
  if (values.length < 2) {
    throw new MillraceError({ code: 'expression.argument', message: `fn.${fn} compares two values or more.` });
  }
  const nodes = typed(values);
  return make(
    call(
      fn,
      nodes,
      joined(nodes),
      nodes.every((node) => node.nullable),
    ),
  );
}

interface Functions {
  /** How many rows there are: `fn.count()`; 0 of none. */
  count(): Aggregate<Int, never, never>;
  /**
   * A value, the same for every row: `fn.lit('EUR')`. With a type, as that dtype: `fn.lit('0.19', t.decimal(3, 2))`, and
   * null too.
   */
  lit<const L extends AnyLiteral>(value: L): Expr<DTypeOfLiteral<L>, never>;
  lit<T extends AnyColumnType, const V>(value: V, type: T): Expr<DTypeOf<T>, null extends V ? null : never>;
  /** The value of the first condition that is true: `fn.when(r.quantity.gte(100), 'bulk').else('retail')`. */
  when<const V extends AnyLiteral | AnyValue, M extends Mark>(
    condition: Scalar<Bool, M>,
    value: V,
  ): When<V, M & 'group'>;
  /** Texts one after another: `fn.concat(r.first, ' ', r.last)`; null where one of them is null. */
  concat<const V extends readonly (string | Scalar<Text, Mark>)[]>(...parts: V): Expr<Text, NOf<V[number]>>;
  /** The first value that is not null: `fn.coalesce(r.mobile, r.phone)`; null where both are. */
  coalesce<D extends AnyDType, N extends Mark, M extends Mark>(
    first: Scalar<D, N>,
    second: Scalar<D, M>,
  ): Expr<Wide<D>, Coalesced<N, NoInfer<M>>>;
  /** The largest of the values in a row: `fn.greatest(r.bid, r.ask, 0)`; nulls are passed over, and it is null where all are. */
  greatest<const V extends readonly [unknown, unknown, ...unknown[]]>(
    ...values: V & Alike<V>
  ): Expr<Joined<V[number]>, OfAll<V>>;
  /**
   * The smallest of the values in a row: `fn.least(r.price, r.offer)`; nulls are passed over, and it is null where all
   * are.
   */
  least<const V extends readonly [unknown, unknown, ...unknown[]]>(
    ...values: V & Alike<V>
  ): Expr<Joined<V[number]>, OfAll<V>>;
  /** The day of a year, a month and a day, numbers or columns: `fn.date(r.year, r.month, 1)`; null where one of them is. Where there is no such day the run fails, or with `onError: 'null'` it is null. */
  date<
    A extends Mark = never,
    B extends Mark = never,
    C extends Mark = never,
    const E extends 'fail' | 'null' = 'fail',
  >(
    year: number | Scalar<Int, A>,
    month: number | Scalar<Int, B>,
    day: number | Scalar<Int, C>,
    options?: { readonly onError?: E },
  ): Expr<Day, (E extends 'null' ? null : never) | NoInfer<A> | NoInfer<B> | NoInfer<C>>;
  /** The instant so many seconds or milliseconds after 1970-01-01 UTC: `fn.fromEpoch(r.created, 'millisecond')`; null where it is null. */
  fromEpoch<N extends Mark>(value: Scalar<Int, N>, unit?: EpochUnit): Expr<Timestamp, N>;
  /** The rank with gaps, 1 for the first: `fn.rank().over({ orderBy: { desc: 'revenue' } })`; equal rows share it. Never null. */
  rank(): WindowFunction<Int, never>;
  /** The rank without gaps: `fn.denseRank().over({ orderBy: 'price' })`; equal rows share it. Never null. */
  denseRank(): WindowFunction<Int, never>;
  /** The rank, of which equal rows share the mean: `fn.averageRank().over({ orderBy: 'price' })` is 1, 2.5, 2.5, 4. Never null. */
  averageRank(): WindowFunction<Float, never>;
  /**
   * 1, 2, 3 .. in the order given, ties in source order: `fn.rowNumber().over({ partitionBy: 'sku', orderBy: 'day' })`;
   * never null.
   */
  rowNumber(): WindowFunction<Int, never>;
  /**
   * The rank as a share, `(rank - 1) / (rows - 1)`, 0 for a row alone: `fn.percentRank().over({ orderBy: 'price' })`;
   * never null.
   */
  percentRank(): WindowFunction<Float, never>;
  /**
   * The share of rows that do not come after this one, 1 for the last: `fn.cumeDist().over({ orderBy: 'price' })`;
   * never null.
   */
  cumeDist(): WindowFunction<Float, never>;
  /**
   * The number, from 1, of the row's part, of parts of nearly the same size: `fn.ntile(4).over({ orderBy: 'price' })`.
   * The rows are dealt in order. Never null.
   */
  ntile(parts: number): WindowFunction<Int, never>;
  /** The instant at which the run started, the same for every row: `fn.now().diff(r.sold_at, 'day')`; never null. */
  now(): Expr<Timestamp, never>;
}

/**
 * What has no column to start from.
 *
 * @example
 * ```ts
 * import { fn, read, t } from 'millrace';
 * const orders = read.rows([{ quantity: 250 }, { quantity: 3 }], { schema: { quantity: t.int() } });
 * const tiers = orders.withColumns(r => ({ tier: fn.when(r.quantity.gte(100), 'bulk').else('retail') }));
 * console.log(await tiers.rows()); // [ { quantity: 250, tier: 'bulk' }, { quantity: 3, tier: 'retail' } ]
 * ```
 */
export const fn: Functions = {
  count: (...given: readonly unknown[]) => {
    if (given.length === 0) return aggregateOf(aggregate('count_all', [], INT, false));
    const [of] = given;
    const column = of instanceof BaseExpr ? `r.${labelOf(of.node)}` : 'r.card';
    throw new MillraceError({
      code: 'expression.argument',
      message: `fn.count() counts rows and takes no argument. For the values of a column that are not null write ${column}.count().`,
    });
  },
  lit: <R>(value: unknown, type?: AnyColumnType): R => {
    if (type === undefined) return make(literal(value));
    return make(value === null ? nullLiteral(type.dtype) : literalAs(value, type.dtype, 'fn.lit'));
  },
  when: (condition, value) => new When([{ when: conditionOf(condition), value }]),
  concat: (...parts) => {
    if (parts.length === 0)
      throw new MillraceError({ code: 'expression.literal', message: 'fn.concat() needs a part.' });
    const nodes = parts.map((part) => (typeof part === 'string' ? literal(part) : textOf(part)));
    return make(call('concat', nodes, STRING, anyNull(...nodes)));
  },
  coalesce: (...values) => {
    const [first, second] = values.map((value) => nodeOf(value, 'fn.coalesce'));
    if (first === undefined || second === undefined || values.length > 2) {
      throw new MillraceError({
        code: 'expression.argument',
        message: `fn.coalesce was given ${values.length} values. Give two, and chain .coalesce() for more.`,
      });
    }
    return make(call('coalesce', [first, second], wide(unify(first, second)), first.nullable && second.nullable));
  },
  greatest: (...values) => extreme('greatest', values),
  least: (...values) => extreme('least', values),
  date: (year, month, day, options = {}) => {
    const parts = [year, month, day].map((part) => {
      const node = typeof part === 'number' ? literal(part) : nodeOf(part, 'fn.date');
      if (node.dtype.id === 'int') return node;
      throw new MillraceError({
        code: 'expression.argument',
        message: `fn.date: ${labelOf(node)} is ${node.dtype.id}. Give whole numbers or columns of t.int().`,
      });
    });
    const onError = options.onError ?? 'fail';
    return make(call('make_date', parts, DATE, anyNull(...parts) || onError === 'null', { onError }));
  },
  fromEpoch: (value, unit = 'second') => {
    const node = nodeOf(value, 'fn.fromEpoch');
    return make(call('from_epoch', [node], TIMESTAMP, node.nullable, { unit: checkEpochUnit(unit, 'fn.fromEpoch') }));
  },
  rank: () => new WindowFunction(aggregate('rank', [], INT, false)),
  denseRank: () => new WindowFunction(aggregate('dense_rank', [], INT, false)),
  averageRank: () => new WindowFunction(aggregate('average_rank', [], FLOAT, false)),
  rowNumber: () => new WindowFunction(aggregate('row_number', [], INT, false)),
  percentRank: () => new WindowFunction(aggregate('percent_rank', [], FLOAT, false)),
  cumeDist: () => new WindowFunction(aggregate('cume_dist', [], FLOAT, false)),
  ntile: (parts) => new WindowFunction(aggregate('ntile', [], INT, false, { parts: wholeFrom(1, parts, 'fn.ntile') })),
  now: () => make(call('now', [], TIMESTAMP, false)),
};
