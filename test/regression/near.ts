import { expect } from 'vitest';
import type { Coefficient, Fit } from '../../src/regression/fit.ts';
import type { RModel } from './r-models.ts';

/** To 1e-10 of the number itself, or where it is rounding beside others, of the largest of those. */
export function near(actual: number | undefined, expected: number | undefined, beside = 0): void {
  if (actual === undefined || expected === undefined) throw new Error('a number is missing');
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(
    1e-10 * Math.max(Math.abs(expected), beside),
  );
}

export function nearAll(actual: readonly (number | undefined)[], expected: readonly number[], beside?: number): void {
  expect(actual).toHaveLength(expected.length);
  for (const [i, value] of expected.entries()) near(actual[i], value, beside);
}

/** A number of every coefficient. */
export function nearEach(
  coefficients: readonly Coefficient[],
  name: Exclude<keyof Coefficient, 'term'>,
  expected: readonly number[],
): void {
  nearAll(
    coefficients.map((coefficient) => coefficient[name]),
    expected,
  );
}

/** All that R's `lm` says of a fit, but for its terms, which R names its own way. */
export function nearFit(fit: Fit, expected: RModel): void {
  nearEach(fit.coefficients, 'estimate', expected.estimate);
  nearEach(fit.coefficients, 'stdError', expected.std_error);
  nearEach(fit.coefficients, 't', expected.t);
  nearEach(fit.coefficients, 'p', expected.p);
  nearEach(fit.coefficients, 'low', expected.low);
  nearEach(fit.coefficients, 'high', expected.high);
  expect([fit.n, fit.degreesOfFreedom]).toEqual([expected.n, expected.degrees_of_freedom]);
  near(fit.rss, expected.rss);
  near(fit.sigma, expected.sigma);
  near(fit.r2, expected.r2);
  near(fit.adjustedR2, expected.adjusted_r2);
  const { f } = expected;
  if (f === null) expect(fit.f).toBeNull();
  else
    nearAll([fit.f?.value, fit.f?.numerator, fit.f?.denominator, fit.f?.p], [f.value, f.numerator, f.denominator, f.p]);
  near(fit.logLikelihood, expected.log_likelihood);
  near(fit.aic, expected.aic);
  near(fit.bic, expected.bic);
  near(fit.conditionNumber, expected.condition_number);
  for (const [i, row] of expected.covariance.entries()) {
    for (const [j, value] of row.entries()) {
      near(fit.covariance[i]?.[j], value, (expected.std_error[i] ?? 0) * (expected.std_error[j] ?? 0));
    }
  }
}
