import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fit, LeastSquares } from '../../src/regression/fit.ts';
import { exactLeastSquares } from '../support/exact-least-squares.ts';

/** Correct digits, 16 where all are. */
function digits(actual: number | undefined, expected: number): number {
  if (actual === expected) return 16;
  return Math.min(16, -Math.log10(Math.abs((actual ?? Number.NaN) - expected) / Math.abs(expected)));
}

function fitted(columns: readonly Float64Array[], target: Float64Array, weights?: Float64Array): Fit {
  const squares = new LeastSquares(columns.map((_, i) => `x${i + 1}`));
  squares.add(columns, target, weights);
  return squares.solve();
}

const powers = (x: Float64Array, degree: number): Float64Array[] =>
  Array.from({ length: degree }, (_, k) => x.map((value) => value ** (k + 1)));

/** The worst of the estimates and of the standard errors, in correct digits. */
function compared(columns: readonly Float64Array[], target: Float64Array, weights?: Float64Array) {
  const fit = fitted(columns, target, weights);
  const exact = exactLeastSquares([target.map(() => 1), ...columns], target, weights);
  const variance = exact.rss / fit.degreesOfFreedom;
  return {
    fit,
    estimates: Math.min(...fit.coefficients.map((c, j) => digits(c.estimate, exact.estimates[j] ?? 0))),
    errors: Math.min(
      ...fit.coefficients.map((c, j) => digits(c.stdError, Math.sqrt(variance * (exact.variances[j] ?? 0)))),
    ),
    rss: digits(fit.rss, exact.rss),
  };
}

describe('a steep polynomial: degree 10 between -9 and -3', () => {
  const curve = (rows: number) => {
    const x = Float64Array.from({ length: rows }, (_, i) => -8.78 + (5.64 * i) / (rows - 1) + 0.03 * Math.sin(7 * i));
    const target = x.map((value, i) => 0.85 + 0.05 * Math.sin(1.3 * value) + 0.0008 * (((i * 37) % 11) - 5));
    return { columns: powers(x, 10), target };
  };

  test('of few rows, to the digits that a double holds', () => {
    const { columns, target } = curve(82);
    const { fit, estimates, errors, rss } = compared(columns, target);
    expect(fit.conditionNumber).toBeGreaterThan(1e9);
    // Measured: 12.9, 14.2 and all.
    expect(estimates).toBeGreaterThan(12);
    expect(errors).toBeGreaterThan(13);
    expect(rss).toBeGreaterThan(14.5);
  });

  test('of many rows, as far as doubles go', () => {
    const { columns, target } = curve(3000);
    const { estimates, errors, rss } = compared(columns, target);
    // Measured: 6.3, 7.6 and 12.3.
    expect(estimates).toBeGreaterThan(5.3);
    expect(errors).toBeGreaterThan(6.5);
    expect(rss).toBeGreaterThan(11);
  });
});

describe("Wampler's polynomials, whose certified estimates are known", () => {
  const x = Float64Array.from({ length: 21 }, (_, i) => i);
  const five = powers(x, 5);
  const exact = x.map((v) => 1 + v + v ** 2 + v ** 3 + v ** 4 + v ** 5);
  // Orthogonal to every power up to the fifth.
  const noise = [759, -2048, 2048, -2048, 2523, -2048, 2048, -2048, 1838, -2048, 2048];
  const delta = [...noise, ...noise.slice(0, -1).reverse()];

  test('that fit exactly: no residuals, and so no standard errors', () => {
    const { coefficients, rss, sigma, r2, f, logLikelihood } = fitted(five, exact);
    for (const c of coefficients) {
      expect(digits(c.estimate, 1)).toBeGreaterThan(14);
      expect([c.stdError, c.t, c.p]).toEqual([0, Infinity, 0]);
    }
    expect([rss, sigma, r2, f?.value, f?.p, logLikelihood]).toEqual([0, 0, 1, Infinity, 0, Infinity]);

    const tenths = x.map((v) => five.reduce((sum, power, k) => sum + (power[x.indexOf(v)] ?? 0) / 10 ** (k + 1), 1));
    const small = fitted(five, tenths);
    small.coefficients.forEach((c, k) => {
      expect(digits(c.estimate, 10 ** -k)).toBeGreaterThan(12);
    });
    expect(small.sigma).toBe(0);
  });

  test.each([1, 100, 10_000])('with noise times %d', (times) => {
    const { coefficients, sigma, degreesOfFreedom } = fitted(
      five,
      exact.map((y, i) => y + times * (delta[i] ?? 0)),
    );
    expect(degreesOfFreedom).toBe(15);
    expect(digits(sigma, 2360.14502379268 * times)).toBeGreaterThan(13.5);
    const errors = [
      2152.3262467817, 2363.55173469681, 779.343524331583, 101.47550755035, 5.64566512170752, 0.112324854679312,
    ];
    coefficients.forEach((c, k) => {
      expect(digits(c.estimate, 1)).toBeGreaterThan(13.5);
      expect(digits(c.stdError, (errors[k] ?? 0) * times)).toBeGreaterThan(13.5);
    });
  });
});

describe('few rows', () => {
  const problem = fc.record({
    rows: fc.integer({ min: 6, max: 60 }),
    scales: fc.array(fc.integer({ min: -5, max: 5 }), { minLength: 1, maxLength: 4 }),
    offset: fc.integer({ min: -1000, max: 1000 }),
    values: fc.infiniteStream(fc.integer({ min: 1, max: 1_000_000 })),
    weighted: fc.boolean(),
  });

  test('agree with exact arithmetic', () => {
    fc.assert(
      fc.property(problem, ({ rows, scales, offset, values, weighted }) => {
        const next = (): number => (values.next().value as number) / 1_000_000;
        const columns = scales.map((scale) =>
          Float64Array.from({ length: rows }, () => (next() + offset) * 10 ** scale),
        );
        const target = Float64Array.from({ length: rows }, () => next() - 0.5);
        const weights = weighted ? Float64Array.from({ length: rows }, next) : undefined;
        const result = (() => {
          try {
            return compared(columns, target, weights);
          } catch (error) {
            if (/No single answer|dependent/.test(String(error))) return undefined;
            throw error;
          }
        })();
        fc.pre(result !== undefined && result.fit.conditionNumber < 1e6);
        expect(result.estimates).toBeGreaterThan(12);
        expect(result.errors).toBeGreaterThan(12);
      }),
      { numRuns: 60 },
    );
  });
});
