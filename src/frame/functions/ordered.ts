import type { Comparable } from '../../schema/columns.ts';
import type { AnyDType, DataType, List } from '../../schema/dtype.ts';
import {
  type Aggregate,
  aggregate,
  aggregateOf,
  BaseExpr,
  compare,
  type Mark,
  type Scalar,
  wholeFrom,
} from './base.ts';
import type { BooleanExpr } from './boolean.ts';
import type { LiteralOf } from './literal.ts';
import { labelOf } from './literal.ts';

/** The methods of columns whose values have an order. */
export abstract class OrderedExpr<D extends AnyDType, out N extends Mark> extends BaseExpr<D, N> {
  /** Whether the value is above the other: `r.quantity.gt(0)`; null where either is null. */
  gt<M extends Mark = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('gt', this, other);
  }

  /** Whether the value is the other or above it: `r.day.gte('2024-01-01')`; null where either is null. */
  gte<M extends Mark = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('gte', this, other);
  }

  /** Whether the value is below the other: `r.price.lt(r.cost)`; null where either is null. */
  lt<M extends Mark = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('lt', this, other);
  }

  /** Whether the value is the other or below it: `r.price.lte(9.99)`; null where either is null. */
  lte<M extends Mark = never>(other: LiteralOf<D> | Scalar<Comparable<D>, M>): BooleanExpr<N | NoInfer<M>> {
    return compare('lte', this, other);
  }

  /** Whether the value lies between the two, both included: `r.day.between(r.starts, '2024-12-31')`; null where one of them is. */
  between<L extends Mark = never, H extends Mark = never>(
    low: LiteralOf<D> | Scalar<Comparable<D>, L>,
    high: LiteralOf<D> | Scalar<Comparable<D>, H>,
  ): BooleanExpr<N | NoInfer<L> | NoInfer<H>> {
    return this.gte(low).and(this.lte(high)) as BooleanExpr<N | L | H>;
  }

  /** The smallest value: `r.price.min()`; nulls are passed over, and it is null where there is nothing else. */
  min(): Aggregate<D, N> {
    return aggregateOf(aggregate('min', [this.node], this.node.dtype, this.node.nullable));
  }

  /** The largest value: `r.price.max()`; nulls are passed over, and it is null where there is nothing else. */
  max(): Aggregate<D, N> {
    return aggregateOf(aggregate('max', [this.node], this.node.dtype, this.node.nullable));
  }

  /**
   * The `n` largest values, the largest first: `r.price.largest(2)`. Fewer where there are fewer, a value that stands
   * twice stands twice. Nulls are passed over, and it is null where there is nothing else. `explode` makes rows of it.
   */
  largest<E extends AnyDType, M extends Mark>(this: Scalar<E, M>, n: number): Aggregate<List<E, never>, M> {
    return extremes('largest', this, n);
  }

  /** The `n` smallest values, the smallest first: `r.price.smallest(2)`; otherwise as `largest`. */
  smallest<E extends AnyDType, M extends Mark>(this: Scalar<E, M>, n: number): Aggregate<List<E, never>, M> {
    return extremes('smallest', this, n);
  }

  /**
   * The most frequent value, of several the smallest: `r.region.mode()`; nulls are passed over, and it is null where there
   * is nothing else.
   */
  mode(): Aggregate<D, N> {
    return aggregateOf(aggregate('mode', [this.node], this.node.dtype, this.node.nullable));
  }
}

/** The engine takes no more at once. */
const MOST_EXTREMES = 999_999;

function extremes<D extends AnyDType, N extends Mark>(
  fn: 'largest' | 'smallest',
  value: Scalar<D, N>,
  n: number,
): Aggregate<List<D, never>, N> {
  const { node } = value;
  const options = { n: wholeFrom(1, n, `${labelOf(node)}.${fn}`, MOST_EXTREMES) };
  const list: DataType = { id: 'list', item: node.dtype, nullableItem: false };
  return aggregateOf(aggregate(fn, [node], list, node.nullable, options));
}
