import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import type { Arithmetic } from '../../schema/columns.ts';
import {
  BOOLEAN,
  type DataType,
  decimal,
  decimalShape,
  describeDType,
  FLOAT,
  type Float,
  INT,
  type Int,
  isNumeric,
  type List,
  MAX_PRECISION,
  type NumericDType,
} from '../../schema/dtype.ts';
import {
  type Aggregate,
  aggregate,
  aggregateOf,
  anyNull,
  call,
  type Mark,
  make,
  operand,
  type Scalar,
  unify,
} from './base.ts';
import { type BinOptions, binOf } from './bin.ts';
import type { BooleanExpr } from './boolean.ts';
import { type Category, type CategoryOptions, categoryOf } from './category.ts';
import { type LiteralOf, labelOf, literalFor, nullLiteral } from './literal.ts';
import { OrderedExpr } from './ordered.ts';
import type { TextExpr } from './text.ts';

type Operator = 'add' | 'sub' | 'mul' | 'mod';

/**
 * The methods of int, bigint, float and decimal columns.
 *
 * Arithmetic with a null is null. It is exact unless a side is a float: an int or bigint beyond 64 bits, or a decimal
 * beyond 38 digits, fails the run with `run.overflow`, which names the column and the expression; nothing wraps around
 * or is rounded. An int between 2^53 and 64 bits is exact in the engine and in files and tables, and refused only where
 * it would enter JavaScript as a rounded `number`. A float beyond its range is infinite. What is divided by 0 is null.
 */
export class NumericExpr<D extends NumericDType, out N extends Mark> extends OrderedExpr<D, N> {
  /** The ints as levels of a category, for a model: `r.month.asCategory({ base: 12 })`; null where it is null. */
  asCategory<M extends null>(this: NumericExpr<Int, M>, options: CategoryOptions<number> = {}): Category<Int, M> {
    return categoryOf(this.node, options);
  }

  /** The sum, exact unless a side is a float: `r.price.add(r.tax)`; null where either is null, an error where it overflows. */
  add<E extends NumericDType = Int, M extends Mark = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, N | NoInfer<M>> {
    return arithmetic('add', this.node, other);
  }

  /** The difference, as exact as the sum: `r.price.sub(r.cost)`; null where either is null. */
  sub<E extends NumericDType = Int, M extends Mark = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, N | NoInfer<M>> {
    return arithmetic('sub', this.node, other);
  }

  /**
   * The product, the scales of two decimals added up: `r.price.mul(r.quantity)`. Null where either is null, an error
   * where it overflows: cast a side to `t.float()` where that is near enough.
   */
  mul<E extends NumericDType = Int, M extends Mark = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, N | NoInfer<M>> {
    return arithmetic('mul', this.node, other);
  }

  /**
   * The quotient, a float also of whole numbers and decimals: `r.revenue.div(r.quantity)`; null where either is null or
   * the divisor is 0. The literal 0 is refused at once.
   */
  div<const O extends number | Scalar<NumericDType, Mark>>(
    other: O,
  ): NumericExpr<Float, N | (O extends { readonly n: infer M extends Mark } ? M | null : never)> {
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

  /**
   * The rest of a division, with the sign of the dividend: `r.id.mod(10)`; null where either is null or the divisor is
   * 0.
   */
  mod<E extends NumericDType = Int, M extends Mark = never>(
    other: Operand<D, E, M>,
  ): NumericExpr<Arithmetic<D, E>, N | NoInfer<M> | null> {
    return arithmetic('mod', this.node, other, true);
  }

  /** The value with the other sign: `r.amount.neg()`; null where it is null. */
  neg(): NumericExpr<D, N> {
    return same('neg', this.node);
  }

  /** The value without its sign: `r.amount.abs()`; null where it is null. */
  abs(): NumericExpr<D, N> {
    return same('abs', this.node);
  }

  /**
   * Rounded half away from zero to `digits` digits after the point: `r.price.round(1)`; null where it is null. A decimal
   * keeps its scale: `.round(2).cast(t.decimal(12, 2))` shows two digits.
   */
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

  /** The largest whole number that is not larger: `r.price.floor()`; null where it is null. */
  floor(): NumericExpr<D, N> {
    return rounded('floor', this.node);
  }

  /** The smallest whole number that is not smaller: `r.price.ceil()`; null where it is null. */
  ceil(): NumericExpr<D, N> {
    return rounded('ceil', this.node);
  }

  /** -1, 0 or 1, as the value is below, at or above 0: `r.amount.sign()`; null where it is null, 0 for NaN. */
  sign(): NumericExpr<Int, N> {
    return make(call('sign', [this.node], INT, this.node.nullable));
  }

  /**
   * The value, or the nearer of the two bounds where it lies outside: `r.age.clip(0, 120)`. A bound that is null is
   * none; a null value stays null; NaN, which is above every number, becomes `max`.
   */
  clip(min: LiteralOf<D> | Scalar<D, Mark> | null, max: LiteralOf<D> | Scalar<D, Mark> | null): NumericExpr<D, N> {
    const [low, high] = [min, max].map((bound) => (bound === null ? undefined : operand(bound, this.node)));
    if (typeof min === 'number' && typeof max === 'number' && min > max) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.clip(${min}, ${max}): the first bound is above the second.`,
        details: { value: min },
      });
    }
    let { dtype } = this.node;
    for (const bound of [low, high]) if (bound !== undefined) dtype = unify({ ...this.node, dtype }, bound);
    const none = nullLiteral(dtype);
    return make(call('clip', [this.node, low ?? none, high ?? none], dtype, this.node.nullable));
  }

  /** The logarithm, natural or to a base: `r.n.log(10)`; null at 0 and below. */
  log(base?: number): NumericExpr<Float, N | null> {
    if (base !== undefined && !(Number.isFinite(base) && base > 0 && base !== 1)) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.log(${String(base)}): give a base above 0 that is not 1.`,
        details: { value: base },
      });
    }
    return make(call('log', [this.node], FLOAT, true, base === undefined ? {} : { base }));
  }

  /** Whether a float is NaN, which is what infinity less infinity is: `r.score.isNaN()`; null where it is null. */
  isNaN<M extends Mark>(this: NumericExpr<Float, M>): BooleanExpr<M> {
    return floatTest('is_nan', this.node);
  }

  /** Whether a float is neither infinite nor NaN: `r.score.isFinite()`; null where it is null. */
  isFinite<M extends Mark>(this: NumericExpr<Float, M>): BooleanExpr<M> {
    return floatTest('is_finite', this.node);
  }

  /** The square root: `r.area.sqrt()`; null below 0 and where it is null. */
  sqrt(): NumericExpr<Float, N | null> {
    return make(call('sqrt', [this.node], FLOAT, true));
  }

  /** The sine of an angle in radians: `r.lat.mul(Math.PI / 180).sin()`; null where it is null, an error for an infinity. */
  sin(): NumericExpr<Float, N> {
    return toFloat('sin', this.node);
  }

  /** The cosine of an angle in radians: `r.angle.cos()`; null where it is null, an error for an infinity. */
  cos(): NumericExpr<Float, N> {
    return toFloat('cos', this.node);
  }

  /** The tangent of an angle in radians: `r.angle.tan()`; null where it is null, an error for an infinity. */
  tan(): NumericExpr<Float, N> {
    return toFloat('tan', this.node);
  }

  /** The angle, in radians, whose sine it is: `r.x.asin()`; null where it is null or lies outside -1 to 1. */
  asin(): NumericExpr<Float, N | null> {
    return make(call('asin', [this.node], FLOAT, true));
  }

  /** The angle, in radians, whose cosine it is: `r.x.acos()`; null where it is null or lies outside -1 to 1. */
  acos(): NumericExpr<Float, N | null> {
    return make(call('acos', [this.node], FLOAT, true));
  }

  /** The angle, in radians, whose tangent it is: `r.x.atan()`; null where it is null. */
  atan(): NumericExpr<Float, N> {
    return toFloat('atan', this.node);
  }

  /** e to the power of the value, infinite where that is too large: `r.x.exp()`; null where it is null. */
  exp(): NumericExpr<Float, N> {
    return toFloat('exp', this.node);
  }

  /**
   * The value raised to an exponent, as a float: `r.side.pow(2)`; null where it is null, and what is too large is
   * infinite.
   */
  pow(exponent: number): NumericExpr<Float, N> {
    const right = operand(exponent, { ...this.node, dtype: FLOAT });
    return make(call('pow', [this.node, right], FLOAT, this.node.nullable));
  }

  /**
   * The sum: `r.revenue.sum()`; an int's is an int that fails on overflow, a decimal's a decimal. Nulls are passed
   * over, and it is null where there is nothing else.
   */
  sum(): Aggregate<D, N> {
    const { dtype } = this.node;
    const result = dtype.id === 'decimal' ? decimal(MAX_PRECISION, dtype.scale) : dtype;
    return aggregateOf(aggregate('sum', [this.node], result, this.node.nullable));
  }

  /** The product, a float: `r.growth.product()`; nulls are passed over, and it is null where there is nothing else. */
  product(): Aggregate<Float, N> {
    return aggregateOf(aggregate('product', [this.node], FLOAT, this.node.nullable));
  }

  /**
   * The arithmetic mean, a float: `r.price.mean()`; nulls are passed over, and it is null where there is nothing else.
   */
  mean(): Aggregate<Float, N> {
    return aggregateOf(aggregate('mean', [this.node], FLOAT, this.node.nullable));
  }

  /**
   * The middle value, between two the mean of both, a float: `r.price.median()`. Nulls are passed over, and it is null
   * where there is nothing else.
   */
  median(): Aggregate<Float, N> {
    return this.quantile(0.5);
  }

  /**
   * The value below which a `share` of the values lie, between two of them interpolated (type 7), a float:
   * `r.price.quantile(0.9)`. Nulls are passed over, and it is null where there is nothing else.
   */
  quantile(share: number): Aggregate<Float, N> {
    if (typeof share !== 'number' || !(share >= 0 && share <= 1)) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.quantile(${share}): give a share from 0 to 1.`,
      });
    }
    return aggregateOf(aggregate('quantile', [this.node], FLOAT, this.node.nullable, { share }));
  }

  /**
   * The values below which these shares of the values lie, a list of floats: `r.price.quantiles([0.25, 0.5, 0.75])`. As
   * `quantile` each.
   */
  quantiles(shares: readonly number[]): Aggregate<List<Float, never>, N> {
    if (!Array.isArray(shares) || shares.length === 0 || !shares.every((share) => share >= 0 && share <= 1)) {
      throw new MillraceError({
        code: 'expression.literal',
        message: `${labelOf(this.node)}.quantiles(${JSON.stringify(shares)}): give shares from 0 to 1.`,
        details: { value: shares },
      });
    }
    const dtype: DataType = { id: 'list', item: FLOAT, nullableItem: false };
    return aggregateOf(aggregate('quantiles', [this.node], dtype, this.node.nullable, { shares }));
  }

  /**
   * The mean, each value counted by its weight: `r.price.weightedMean(r.quantity)`. Rows where either is null are passed
   * over, and it is null where the weights come to 0.
   */
  weightedMean(weight: Scalar<NumericDType, Mark>): Aggregate<Float, null> {
    return aggregateOf(aggregate('weighted_mean', [this.node, operand(weight, this.node)], FLOAT, true));
  }

  /**
   * The sample covariance (n - 1) with another column: `r.price.covariance(r.area)`. Rows where either is null are passed
   * over, and it is null for fewer than two.
   */
  covariance(other: Scalar<NumericDType, Mark>): Aggregate<Float, null> {
    return aggregateOf(aggregate('covariance', [this.node, operand(other, this.node)], FLOAT, true));
  }

  /**
   * The bin that the value lies in: `r.age.bin({ edges: [0, 18, 65], labels: ['young', 'adult'] })`. A bin holds its lower
   * edge and not its upper one, with `closed: 'right'` the other way round. Null outside of all bins.
   */
  bin<const L extends string = string>(options: BinOptions<L>): TextExpr<L, N | null> {
    return make(binOf(this.node, options));
  }

  /**
   * Pearson's correlation with another column, from -1 to 1: `r.price.corr(r.area)`. Rows where either is null are passed
   * over, and it is null for fewer than two, or where all values of a column are the same; NaN where one is not finite.
   */
  corr(other: Scalar<NumericDType, Mark>): Aggregate<Float, null> {
    return aggregateOf(aggregate('corr', [this.node, operand(other, this.node)], FLOAT, true));
  }

  /**
   * The skewness of a sample (adjusted Fisher-Pearson, as in pandas and Excel): `r.price.skewness()`. Null for fewer than
   * three values or values all the same, an error for an infinity.
   */
  skewness(): Aggregate<Float, null> {
    return aggregateOf(aggregate('skewness', [this.node], FLOAT, true));
  }

  /**
   * The excess kurtosis of a sample (adjusted, 0 for a normal distribution, as in pandas and Excel):
   * `r.price.kurtosis()`. Null for fewer than four values or values all the same, an error for an infinity.
   */
  kurtosis(): Aggregate<Float, null> {
    return aggregateOf(aggregate('kurtosis', [this.node], FLOAT, true));
  }

  /**
   * The sample standard deviation (n - 1): `r.price.std()`. Nulls are passed over, and it is null for fewer than two
   * values, NaN where one is not finite.
   */
  std(): Aggregate<Float, null> {
    return aggregateOf(aggregate('std', [this.node], FLOAT, true));
  }

  /**
   * The sample variance (n - 1): `r.price.var()`. Nulls are passed over, and it is null for fewer than two values, NaN
   * where one is not finite.
   */
  var(): Aggregate<Float, null> {
    return aggregateOf(aggregate('var', [this.node], FLOAT, true));
  }
}

/** Exact numbers are never NaN nor infinite: to ask is a mistake. */
function floatTest<R>(fn: string, node: Expression): R {
  if (node.dtype.id !== 'float') {
    throw new MillraceError({
      code: 'expression.dtype',
      message: `${labelOf(node)} is ${describeDType(node.dtype)}: only a float can be NaN or infinite.`,
    });
  }
  return make(call(fn, [node], BOOLEAN, node.nullable));
}

type Operand<D extends NumericDType, E extends NumericDType, M extends Mark> =
  | number
  | (D['id'] extends 'bigint' ? bigint : never)
  | (D['id'] extends 'decimal' ? string : never)
  | Scalar<E, M>;

function toFloat<R>(fn: string, node: Expression): R {
  return make(call(fn, [node], FLOAT, node.nullable));
}

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
  const args = [sized(left, right), sized(right, left)] as const;
  const dtype = arithmeticDType(fn, ...args);
  return make(call(fn, args, dtype, nullable || anyNull(left, right)));
}

/** A whole number beside a decimal has the digits that it has, not those of every int. */
function sized(node: Expression, beside: Expression): Expression {
  const isWhole = node.kind === 'literal' && node.dtype.id === 'int' && node.value !== null;
  return isWhole && beside.dtype.id === 'decimal' ? literalFor(String(node.value), beside) : node;
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
