import { MillraceError } from '../errors.ts';
import { add, mul, number, sqrt } from '../frame/formula.ts';
import type { Expression } from '../plan/expression.ts';
import { cholesky } from './cholesky.ts';
import type { Features } from './features/linear-form.ts';
import { studentTCritical } from './student-t.ts';

/** Of the mean of all rows like this one, or of a single row. */
export type Interval = 'confidence' | 'prediction';

/** The most terms with which an interval is computed: its expression grows with their square. */
const MOST_TERMS = 100;

/** What an interval is computed from. */
export interface Estimated {
  readonly coefficients: readonly { readonly term: string }[];
  readonly covariance: readonly (readonly number[])[];
  readonly degreesOfFreedom: number;
  readonly sigma: number;
}

/** Half the width of a row's interval: `t sqrt(x' V x)`, for a single row `t sqrt(x' V x + sigma^2)`. */
export interface HalfWidth {
  /** The entries of L' x, where L L' = V, to be computed once a row. */
  readonly entries: readonly Expression[];
  /** Half the width from the columns of the entries. */
  readonly from: (entries: readonly Expression[]) => Expression;
}

/**
 * How half the width of an interval is computed. The sum of the squares of the entries of L' x is never below zero and loses
 * half as many digits as x' V x does. The constant comes last in L, so that the entries before it are about the columns' means.
 */
export function halfWidth(
  { form }: Features,
  { coefficients, covariance, degreesOfFreedom, sigma }: Estimated,
  interval: Interval,
  level: number,
): HalfWidth {
  if (interval !== 'confidence' && interval !== 'prediction') {
    throw option(`interval is ${JSON.stringify(interval)}. Give 'confidence' or 'prediction'.`);
  }
  if (!(level > 0 && level < 1)) {
    throw option(`level must lie between 0 and 1, for example 0.95, not ${String(level)}.`);
  }
  if (covariance.length === 0) {
    throw option("the model's JSON is of version 1, which holds no covariance. Fit the model again for intervals.");
  }
  if (coefficients.length > MOST_TERMS) {
    throw option(
      `the model has ${coefficients.length} terms, and intervals are for up to ${MOST_TERMS}. Group levels into fewer.`,
    );
  }
  const order = coefficients.map((_, i) => i);
  if (coefficients[0]?.term === '(Intercept)') order.push(order.shift() as number);
  const lower = cholesky(order.map((i) => order.map((j) => covariance[i]?.[j] ?? 0)));
  const entries = lower.map((_, k) => {
    const numbers = new Map<string, number>();
    for (const [i, at] of order.entries()) {
      const value = lower[i]?.[k] ?? 0;
      if (value !== 0) numbers.set(coefficients[at]?.term ?? '', value);
    }
    return form(numbers);
  });
  const critical = studentTCritical(1 - level, degreesOfFreedom);
  return {
    entries,
    from: (columns) => {
      const single = interval === 'prediction' ? [number(sigma ** 2)] : [];
      const square = [...columns.map((column) => mul(column, column)), ...single].reduce(add);
      return mul(number(critical), { ...sqrt(square), nullable: square.nullable });
    },
  };
}

/** An interval that there cannot be. */
export function option(message: string): MillraceError {
  return new MillraceError({ code: 'regression.interval', message: `predict: ${message}` });
}
