import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import type { Arithmetic } from '../../schema/columns.ts';
import {
  type DataType,
  decimal,
  decimalShape,
  FLOAT,
  type Float,
  type Int,
  isNumeric,
  MAX_PRECISION,
  type NumericDType,
} from '../../schema/dtype.ts';
import { Aggregate, aggregate, anyNull, call, make, operand, type Scalar } from './base.ts';
import { labelOf } from './literal.ts';
import { OrderedExpr } from './ordered.ts';

type Operator = 'add' | 'sub' | 'mul' | 'mod';

/**
 * The methods of int, bigint, float and decimal columns.
 *
 * Arithmetic with a null is null. It is exact unless a side is a float: an int or bigint beyond 64 bits, or a decimal
 * beyond 38 digits, fails the run with `run.overflow`, which names the column and the expression; nothing wraps around
 * or is rounded. An int between 2^53 and 64 bits is exact in the engine and in files and tables, and refused only where
 * it would enter JavaScript as a rounded `number`. A float beyond its range is infinite. What is divided by 0 is null.
 */
export class NumericExpr<D extends NumericDType, N extends null> extends OrderedExpr<D, N> {
  /** The sum; exact unless a side is a float, an error where it overflows. */
  add<E extends NumericDType = Int, M extends null = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, N | NoInfer<M>> {
    return arithmetic('add', this.node, other);
  }

  /** The difference, under the rules of the sum. */
  sub<E extends NumericDType = Int, M extends null = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, N | NoInfer<M>> {
    return arithmetic('sub', this.node, other);
  }

  /** The product; the scales of two decimals add up. An error where it overflows: cast a side to `t.float()` where that is near enough. */
  mul<E extends NumericDType = Int, M extends null = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, N | NoInfer<M>> {
    return arithmetic('mul', this.node, other);
  }

  /** The quotient, a float also of whole numbers and decimals; null where the divisor is 0. The literal 0 is refused at once. */
  div<const O extends number | Scalar<NumericDType, null>>(other: O): NumericExpr<Float, O extends number ? N : null> {
    if (other === 0) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)} divided by the literal 0.`,
      });
    }
    const right =
      typeof other === 'number' ? operand(other, { ...this.node, dtype: FLOAT }) : operand(other, this.node);
    const nullable = this.node.nullable || typeof other !== 'number';
    return make(call('div', [this.node, right], FLOAT, nullable));
  }

  /** The rest of a division, with the sign of the dividend; null where the divisor is 0. */
  mod<E extends NumericDType = Int, M extends null = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, null> {
    return arithmetic('mod', this.node, other, true);
  }

  neg(): NumericExpr<D, N> {
    return same('neg', this.node);
  }

  abs(): NumericExpr<D, N> {
    return same('abs', this.node);
  }

  /** Rounded half away from zero to `digits` digits after the point. */
  round(digits = 0): NumericExpr<D, N> {
    if (!Number.isInteger(digits) || digits < 0 || digits > MAX_PRECISION) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.round(${digits}): give a whole number of digits from 0 to ${MAX_PRECISION}.`,
        details: { value: digits },
      });
    }
    return rounded('round', this.node, { digits });
  }

  /** The largest whole number that is not larger. */
  floor(): NumericExpr<D, N> {
    return rounded('floor', this.node);
  }

  /** The smallest whole number that is not smaller. */
  ceil(): NumericExpr<D, N> {
    return rounded('ceil', this.node);
  }

  /** The natural logarithm; null at 0 and below. */
  log(): NumericExpr<Float, null> {
    return make(call('log', [this.node], FLOAT, true));
  }

  /** The square root; null below 0. */
  sqrt(): NumericExpr<Float, null> {
    return make(call('sqrt', [this.node], FLOAT, true));
  }

  exp(): NumericExpr<Float, N> {
    return make(call('exp', [this.node], FLOAT, this.node.nullable));
  }

  /** The value raised to `exponent`, as a float; as in every float arithmetic, what is too large is infinite. */
  pow(exponent: number): NumericExpr<Float, N> {
    const right = operand(exponent, { ...this.node, dtype: FLOAT });
    return make(call('pow', [this.node, right], FLOAT, this.node.nullable));
  }

  /** The sum; an int's is an int that fails on overflow, a decimal's a decimal. Nulls are passed over. */
  sum(): Aggregate<D, N, null> {
    const { dtype } = this.node;
    const result = dtype.id === 'decimal' ? decimal(MAX_PRECISION, dtype.scale) : dtype;
    return new Aggregate(aggregate('sum', [this.node], result, this.node.nullable));
  }

  /** The arithmetic mean, a float. Nulls are passed over. */
  mean(): Aggregate<Float, N, null> {
    return new Aggregate(aggregate('mean', [this.node], FLOAT, this.node.nullable));
  }

  /** The middle value, between two the mean of both; a float. */
  median(): Aggregate<Float, N, null> {
    return this.quantile(0.5);
  }

  /** The value below which a `share` of the values lie, interpolated linearly between two (type 7); a float. */
  quantile(share: number): Aggregate<Float, N, null> {
    if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.quantile(${share}): give a share from 0 to 1.`,
      });
    }
    return new Aggregate(aggregate('quantile', [this.node], FLOAT, this.node.nullable, { share }));
  }

  /** The sample standard deviation (n - 1); null for fewer than two values. */
  std(): Aggregate<Float, null, null> {
    return new Aggregate(aggregate('std', [this.node], FLOAT, true));
  }

  /** The sample variance (n - 1); null for fewer than two values. */
  var(): Aggregate<Float, null, null> {
    return new Aggregate(aggregate('var', [this.node], FLOAT, true));
  }
}

type Operand<D extends NumericDType, E extends NumericDType, M extends null> =
  | number
  | (D['id'] extends 'bigint' ? bigint : never)
  | Scalar<E, M>;

function same<R>(fn: string, node: Expression, options: Record<string, number> = {}): R {
  return make(call(fn, [node], node.dtype, node.nullable, options));
}

/** Rounding may carry into one digit more. */
function rounded<R>(fn: string, node: Expression, options: Record<string, number> = {}): R {
  const { dtype } = node;
  const result = dtype.id === 'decimal' ? decimal(Math.min(MAX_PRECISION, dtype.precision + 1), dtype.scale) : dtype;
  return make(call(fn, [node], result, node.nullable, options));
}

function arithmetic<R>(fn: Operator, left: Expression, other: unknown, nullable = false): R {
  const right = operand(other, left);
  if (!isNumeric(right.dtype)) {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(left)} and ${labelOf(right)}: ${right.dtype.id} is no number.`,
    });
  }
  const dtype = arithmeticDType(fn, left, right);
  return make(call(fn, [left, right], dtype, nullable || anyNull(left, right)));
}

/** Decimals follow SQL: sums keep the larger scale, products add scales, one digit more for a carry. */
function arithmeticDType(fn: Operator, left: Expression, right: Expression): DataType {
  const ids = [left.dtype.id, right.dtype.id];
  if (ids.includes('float')) return FLOAT;
  if (!ids.includes('decimal')) return ids.includes('bigint') ? { id: 'bigint' } : { id: 'int' };
  const [a, b] = [decimalShape(left.dtype), decimalShape(right.dtype)];
  const scale = fn === 'mul' ? a.scale + b.scale : Math.max(a.scale, b.scale);
  if (scale > MAX_PRECISION) {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(left)} times ${labelOf(right)} needs ${scale} digits after the point, the most is ${MAX_PRECISION}. Round or cast one of them.`,
    });
  }
  const precision =
    fn === 'mul' ? a.precision + b.precision : Math.max(a.precision - a.scale, b.precision - b.scale) + scale + 1;
  return decimal(Math.min(MAX_PRECISION, precision), scale);
}
