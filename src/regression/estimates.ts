import { MillraceError } from '../errors.ts';
import { studentTCritical, studentTTwoSided } from './student-t.ts';

/** One line of a fitted model. */
export interface Coefficient {
  /** The term's name, `(Intercept)` for the constant. */
  readonly term: string;
  /** Change of the target, in its own unit, for one more unit of the term. */
  readonly estimate: number;
  /** Standard error of the estimate, in the same unit. */
  readonly stdError: number;
  /** `estimate / stdError`; NaN where both are zero. */
  readonly t: number;
  /** Two-sided p-value of `t` under Student's distribution. */
  readonly p: number;
  /** Lower end of the confidence interval. */
  readonly low: number;
  /** Upper end of the confidence interval. */
  readonly high: number;
}

/** A term without an estimate of its own, as other terms determine it: `NA` in R. */
export interface AliasedTerm {
  readonly term: string;
  /** The terms before it of which it is a linear combination; none where it is zero in every row. */
  readonly combinationOf: readonly string[];
}

/** The test of all terms together, the constant aside. */
export interface FTest {
  readonly value: number;
  /** Degrees of freedom of the terms. */
  readonly numerator: number;
  /** Degrees of freedom of the residuals. */
  readonly denominator: number;
  /** Probability of a greater value where no term matters. */
  readonly p: number;
}

/** What least squares found. */
export interface Fit {
  /** The intercept first, where there is one, then the terms in the order given, less those that are aliased. */
  readonly coefficients: readonly Coefficient[];
  /** Terms left out, in the order given; empty unless `collinear` is `'drop'`. */
  readonly aliased: readonly AliasedTerm[];
  /** Rows used: those whose weight is not zero. */
  readonly n: number;
  /** Rows less coefficients. */
  readonly degreesOfFreedom: number;
  /** Residual sum of squares, each square times its weight, in the target's unit squared. */
  readonly rss: number;
  /** Residual standard deviation, in the target's unit: `sqrt(rss / degreesOfFreedom)`. */
  readonly sigma: number;
  /**
   * Share of the target's sum of squares that the model explains: of the sum about the mean where there is an intercept, of
   * the sum about zero where there is none (as NIST and R have it, so the two are not comparable). NaN where that sum is zero.
   */
  readonly r2: number;
  /** `r2`, less what as many terms explain by chance. */
  readonly adjustedR2: number;
  /** Null where the model is a constant and no more. */
  readonly f: FTest | null;
  /** Logarithm of the likelihood under normal errors with variance `sigma^2 / weight`, at its maximum. */
  readonly logLikelihood: number;
  /** Akaike's information criterion, the error's variance counted as a parameter, as R's `AIC`. */
  readonly aic: number;
  /** Schwarz's criterion, likewise, as R's `BIC`. */
  readonly bic: number;
  /**
   * Condition number of the design in the 2-norm: of the estimated columns, the constant among them, with the rows' weights,
   * each scaled to unit length and not centred.
   */
  readonly conditionNumber: number;
  /** Covariance of the estimates under equal variances, in the order of the coefficients. */
  readonly covariance: readonly (readonly number[])[];
}

/**
 * The lines of a model from the estimates of its terms and their covariance, classical or robust.
 *
 * @example
 * ```ts
 * const [slope] = coefficientsOf(['x'], [2], [[0.25]], 10, 0.95);
 * slope?.t; // 4
 * ```
 *
 * Intervals cover `confidence`, between 0 and 1 (`regression.bad_confidence` otherwise), by Student's distribution with
 * `degreesOfFreedom`.
 */
export function coefficientsOf(
  terms: readonly string[],
  estimates: readonly number[],
  covariance: readonly (readonly number[])[],
  degreesOfFreedom: number,
  confidence: number,
): Coefficient[] {
  if (!(confidence > 0 && confidence < 1)) {
    throw new MillraceError({
      code: 'regression.bad_confidence',
      message: `confidence must lie between 0 and 1, for example 0.95, not ${confidence}.`,
      details: { confidence },
    });
  }
  const critical = studentTCritical(1 - confidence, degreesOfFreedom);
  return terms.map((term, j) => {
    const estimate = estimates[j] ?? Number.NaN;
    const stdError = Math.sqrt(covariance[j]?.[j] ?? Number.NaN);
    const t = estimate / stdError;
    const margin = critical * stdError;
    const p = studentTTwoSided(t, degreesOfFreedom);
    return { term, estimate, stdError, t, p, low: estimate - margin, high: estimate + margin };
  });
}
