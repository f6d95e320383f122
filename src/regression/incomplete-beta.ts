/**
 * Logarithm of I_x(a, b), the regularised incomplete beta function (DLMF 8.17.2), where y = 1 - x and lambda =
 * a - (a + b) x, which the caller knows without cancellation.
 */
export function logIncompleteBeta(a: number, b: number, x: number, y: number, lambda: number): number {
  const logFactor = logPower(a, b, x, y, lambda);
  if (lambda > 0) return logFactor + Math.log(betaFraction(a, b, x, y, lambda));
  return Math.log1p(-Math.exp(logFactor) * betaFraction(b, a, y, x, -lambda));
}

/**
 * I_x(a, b) B(a, b) / (x^a y^b), where y = 1 - x and lambda = a - (a + b) x, which the caller knows without cancellation:
 * the continued fraction of DiDonato and Morris (ACM Trans. Math. Softw. 18, 1992, eq. 9), which keeps its digits when `a`
 * is in the millions and x close to 1; evaluated by Lentz's method as modified by Thompson and Barnett (J. Comput. Phys. 64,
 * 1986). Converges fast where lambda > 0.
 */
export function betaFraction(a: number, b: number, x: number, y: number, lambda: number): number {
  const denominator = (n: number): number =>
    n + (n === 0 ? 0 : (n * (b - n) * x) / (a + 2 * n - 1)) + ((a + n) / (a + 2 * n + 1)) * (lambda + 1 + n * (1 + y));
  let result = denominator(0);
  let c = result;
  let d = 0;
  for (let n = 1; n < 100_000; n++) {
    const ratio = x / (a + 2 * n - 1);
    const numerator = (a + n - 1) * (a + b + n - 1) * n * (b - n) * ratio * ratio;
    const beta = denominator(n);
    d = 1 / (beta + numerator * d);
    c = beta + numerator / c;
    result *= c * d;
    if (Math.abs(c * d - 1) <= 2 * Number.EPSILON) break;
  }
  return 1 / result;
}

/**
 * Logarithm of x^a y^b / B(a, b), by Stirling's formula with its remainder, which leaves differences from the peak at
 * x = a / (a + b): large parameters do not cancel (Loader, Fast and Accurate Computation of Binomial Probabilities, 2000).
 */
function logPower(a: number, b: number, x: number, y: number, lambda: number): number {
  const remainders = stirlingRemainder(a + b) - stirlingRemainder(a) - stirlingRemainder(b);
  const ratio = Math.log(a) + Math.log(b) - Math.log(a + b) - Math.log(2 * Math.PI);
  return (
    ratio / 2 + remainders - a * excess(-lambda / a, (x / a) * (a + b)) - b * excess(lambda / b, (y / b) * (a + b))
  );
}

/** u - log(1 + u), given 1 + u too, which keeps its digits where it is small. */
function excess(u: number, onePlus: number): number {
  if (Math.abs(u) > 0.4) return u - Math.log(onePlus);
  const r = u / (u + 2);
  const square = r * r;
  let sum = 0;
  for (let n = 31; n >= 3; n -= 2) sum = sum * square + 1 / n;
  return r * u - 2 * r * square * sum;
}

/** log gamma(z) less Stirling's formula: its series (DLMF 5.11.1) after raising `z` by the recurrence. */
function stirlingRemainder(z: number): number {
  let below = 0;
  let w = z;
  for (; w < 20; w++) below += (w + 0.5) * Math.log1p(1 / w) - 1;
  const v = 1 / (w * w);
  return below + (1 / 12 - v * (1 / 360 - v * (1 / 1260 - v * (1 / 1680 - v / 1188)))) / w;
}
