import { BOOLEAN, type Bool, INT, type Int } from '../../schema/dtype.ts';
import {
  type Aggregate,
  aggregate,
  aggregateOf,
  anyNull,
  BaseExpr,
  call,
  type Mark,
  make,
  operand,
  type Scalar,
} from './base.ts';
import { type Category, type CategoryOptions, categoryOf } from './category.ts';

/** The methods of boolean columns, in SQL's three-valued logic. */
export class BooleanExpr<out N extends Mark> extends BaseExpr<Bool, N> {
  /** A category, for a model: `r.vip.asCategory({ base: true })`; null where it is null. */
  asCategory(options: CategoryOptions<boolean> = {}): Category<Bool, N & null> {
    return categoryOf(this.node, options);
  }

  /** Whether both are true: `r.paid.and(r.total.gt(0))`; false where one is false, else null where one is null. */
  and<M extends Mark = never>(other: boolean | Scalar<Bool, M>): BooleanExpr<N | NoInfer<M>> {
    const right = operand(other, this.node);
    return make(call('and', [this.node, right], BOOLEAN, anyNull(this.node, right)));
  }

  /** Whether one is true: `r.paid.or(r.total.eq(0))`; true where one is true, else null where one is null. */
  or<M extends Mark = never>(other: boolean | Scalar<Bool, M>): BooleanExpr<N | NoInfer<M>> {
    const right = operand(other, this.node);
    return make(call('or', [this.node, right], BOOLEAN, anyNull(this.node, right)));
  }

  /** The opposite: `r.paid.not()`; null where it is null. */
  not(): BooleanExpr<N> {
    return make(call('not', [this.node], BOOLEAN, this.node.nullable));
  }

  /** Whether any value is true: `r.paid.any()`; nulls are passed over, and it is null where there is nothing else. */
  any(): Aggregate<Bool, N> {
    return aggregateOf(aggregate('bool_or', [this.node], BOOLEAN, this.node.nullable));
  }

  /** Whether every value is true: `r.paid.all()`; nulls are passed over, and it is null where there is nothing else. */
  all(): Aggregate<Bool, N> {
    return aggregateOf(aggregate('bool_and', [this.node], BOOLEAN, this.node.nullable));
  }

  /** How many values are true: `r.total.gt(100).countTrue()`; 0 of no rows. */
  countTrue(): Aggregate<Int, never, never> {
    return aggregateOf(aggregate('count_true', [this.node], INT, false));
  }

  /** The more frequent value, of both false: `r.paid.mode()`; nulls are passed over, and it is null where there is nothing else. */
  mode(): Aggregate<Bool, N> {
    return aggregateOf(aggregate('mode', [this.node], BOOLEAN, this.node.nullable));
  }
}
