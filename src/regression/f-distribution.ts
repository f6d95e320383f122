import { logIncompleteBeta } from './incomplete-beta.ts';

/**
 * Probability that an F variable with these degrees of freedom is greater than `f`.
 *
 * @example
 * ```ts
 * fUpper(4.964602743730711, 1, 10).toFixed(6); // '0.050000'
 * ```
 *
 * NaN gives NaN. Formula: I_x(denominator/2, numerator/2) with x = denominator / (denominator + numerator f) (DLMF 8.17.2).
 */
export function fUpper(f: number, numerator: number, denominator: number): number {
  if (f <= 0) return 1;
  if (f === Infinity) return 0;
  const a = denominator / 2;
  const b = numerator / 2;
  const ratio = (numerator / denominator) * f;
  const x = 1 / (1 + ratio);
  const y = ratio / (1 + ratio);
  return Math.exp(logIncompleteBeta(a, b, x, y, a * y - b * x));
}
