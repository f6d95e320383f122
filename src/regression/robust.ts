import { cholesky } from './cholesky.ts';
import { fUpper } from './f-distribution.ts';
import type { Fit, FTest } from './fit.ts';
import type { Sandwich } from './sandwich.ts';
import type { TrainingRows } from './training-rows.ts';

/** The fit with the standard errors, tests and covariance of HC1, from a second pass over its rows. */
export async function robustFit(fit: Fit, sandwich: Sandwich, rows: TrainingRows, confidence: number): Promise<Fit> {
  await rows.each((terms, target, weights) => sandwich.add(terms, target, weights));
  const covariance = sandwich.covariance();
  return { ...fit, coefficients: sandwich.coefficients(confidence), covariance, f: waldTest(fit, covariance) };
}

/** All terms but the constant are tested together: `b' V^-1 b / q`. */
function waldTest(
  { coefficients, f, degreesOfFreedom }: Fit,
  covariance: readonly (readonly number[])[],
): FTest | null {
  if (f === null) return null;
  const tested = [...coefficients.keys()].filter((i) => coefficients[i]?.term !== '(Intercept)');
  const lower = cholesky(tested.map((i) => tested.map((j) => covariance[i]?.[j] ?? 0)));
  const solved: number[] = [];
  for (const [i, row] of lower.entries()) {
    let left = coefficients[tested[i] ?? 0]?.estimate ?? 0;
    for (let k = 0; k < i; k++) left -= (row[k] ?? 0) * (solved[k] ?? 0);
    solved.push(left / (row[i] ?? 0));
  }
  const value = solved.reduce((sum, entry) => sum + entry * entry, 0) / tested.length;
  return { ...f, value, p: fUpper(value, tested.length, degreesOfFreedom) };
}
