import { BOOLEAN, type Bool, INT, type Int } from '../../schema/dtype.ts';
import { Aggregate, aggregate, anyNull, BaseExpr, call, make, operand, type Scalar } from './base.ts';

/** The methods of boolean columns, in SQL's three-valued logic. */
export class BooleanExpr<N extends null> extends BaseExpr<Bool, N> {
  and<M extends null = never>(other: boolean | Scalar<Bool, M>): BooleanExpr<N | NoInfer<M>> {
    const right = operand(other, this.node);
    return make(call('and', [this.node, right], BOOLEAN, anyNull(this.node, right)));
  }

  or<M extends null = never>(other: boolean | Scalar<Bool, M>): BooleanExpr<N | NoInfer<M>> {
    const right = operand(other, this.node);
    return make(call('or', [this.node, right], BOOLEAN, anyNull(this.node, right)));
  }

  not(): BooleanExpr<N> {
    return make(call('not', [this.node], BOOLEAN, this.node.nullable));
  }

  /** Whether any value is true; nulls are passed over. */
  any(): Aggregate<Bool, N, null> {
    return new Aggregate(aggregate('bool_or', [this.node], BOOLEAN, this.node.nullable));
  }

  /** Whether every value is true; nulls are passed over. */
  all(): Aggregate<Bool, N, null> {
    return new Aggregate(aggregate('bool_and', [this.node], BOOLEAN, this.node.nullable));
  }

  /** How many values are true. */
  countTrue(): Aggregate<Int, never, never> {
    return new Aggregate(aggregate('count_true', [this.node], INT, false));
  }
}
