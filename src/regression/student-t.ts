import { betaFraction } from './incomplete-beta.ts';

/**
 * Probability that a Student's t variable with `df` degrees of freedom lies further from zero than `t`, on either side.
 *
 * @example
 * ```ts
 * studentTTwoSided(2.228138851986274, 10).toFixed(6); // '0.050000'
 * ```
 *
 * `t` may have either sign and be infinite (0); NaN gives NaN. `df` is above zero and need not be whole. Relative error
 * stays below 1e-12 far into the tail: a p-value of 1e-90 keeps its digits. Formula: the probability is I_x(df/2, 1/2) with
 * x = df / (df + t^2), where I is the regularised incomplete beta function (DLMF 8.17.2).
 */
export function studentTTwoSided(t: number, df: number): number {
  return Math.exp(logTwoSided(Math.abs(t), df).log);
}

/**
 * The t above zero outside which, on both sides together, lies the probability `alpha`: the factor of a confidence interval.
 *
 * @example
 * ```ts
 * studentTCritical(0.05, 10); // 2.228138851986274, for an interval of 95 %
 * ```
 *
 * `alpha` lies strictly between 0 and 1. Found by Newton's method on the logarithm of the tail as a function of log t,
 * which falls ever more steeply, so that the steps cannot cycle.
 */
export function studentTCritical(alpha: number, df: number): number {
  const wanted = Math.log(alpha);
  let u = 0;
  for (let i = 0; i < 100; i++) {
    const { log, logFactor } = logTwoSided(Math.exp(u), df);
    const step = (log - wanted) / (2 * Math.exp(logFactor - log));
    u = Math.min(u + step, 700);
    if (Math.abs(step) < 1e-15 * Math.max(1, Math.abs(u))) break;
  }
  return Math.exp(u);
}

/** Logarithms of the two-sided tail beyond `t` and of x^a y^b / B(a, b), which stands before the fraction. */
function logTwoSided(t: number, df: number): { log: number; logFactor: number } {
  if (t === 0) return { log: 0, logFactor: -Infinity };
  if (t === Infinity) return { log: -Infinity, logFactor: -Infinity };
  const a = df / 2;
  const b = 0.5;
  const r = t / Math.sqrt(df);
  const logOnePlus = r > 1e8 ? 2 * Math.log(r) : Math.log1p(r * r);
  const x = Math.exp(-logOnePlus);
  const y = -Math.expm1(-logOnePlus);
  const logFactor = Math.log(r) - (a + b) * logOnePlus + logGammaRatio(a) - 0.5 * Math.log(Math.PI);
  const lambda = (a + b) * y - b;
  if (lambda > 0) return { log: logFactor + Math.log(betaFraction(a, b, x, y, lambda)), logFactor };
  return { log: Math.log1p(-Math.exp(logFactor) * betaFraction(b, a, y, x, -lambda)), logFactor };
}

/**
 * log(gamma(a + 1/2) / gamma(a)), from the difference of the two asymptotic series (DLMF 5.11.8) after raising `a` by the
 * recurrence; taking the difference first is what keeps the digits when `a` is in the millions.
 */
function logGammaRatio(a: number): number {
  let product = 1;
  let z = a;
  for (; z < 20; z++) product *= z / (z + 0.5);
  const w = 1 / (z * z);
  const series = -1 / 8 + w * (1 / 192 + w * (-1 / 640 + w * (17 / 14336 + w * (-31 / 18432))));
  return 0.5 * Math.log(z) + series / z + Math.log(product);
}
