import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MillraceError } from '../../src/errors.ts';
import { type Fit, LeastSquares, type SolveOptions } from '../../src/regression/fit.ts';
import { dataFolder } from '../support/data.ts';
import { numbers } from '../support/numbers.ts';

interface Certified {
  readonly intercept: boolean;
  readonly n: number;
  readonly terms: readonly string[];
  readonly data: Readonly<Record<string, readonly number[]>>;
  readonly certified: {
    readonly coefficients: readonly { estimate: number; std_error: number; t: number; p_two_sided: number }[];
    readonly residual_sd: number;
    readonly r_squared: number;
    readonly adj_r_squared: number;
    readonly f_statistic: number;
    readonly df_regression: number;
    readonly df_residual: number;
    readonly ss_residual: number;
  };
}

type Columns = Readonly<Record<string, ArrayLike<number>>>;

interface FitOptions extends SolveOptions {
  readonly intercept?: boolean;
  /** Lengths of the blocks, repeated; one block where absent. */
  readonly blocks?: readonly number[];
}

function fitted(columns: Columns, target: ArrayLike<number>, options: FitOptions = {}): Fit {
  const { intercept = true, blocks = [Math.max(1, target.length)], ...solve } = options;
  const squares = new LeastSquares(Object.keys(columns), { intercept });
  const values = Object.values(columns).map((column) => Float64Array.from(column));
  const y = Float64Array.from(target);
  for (let from = 0, block = 0; from < y.length; block++) {
    const to = from + (blocks[block % blocks.length] ?? 1);
    squares.add(
      values.map((column) => column.subarray(from, to)),
      y.subarray(from, to),
    );
    from = to;
  }
  return squares.solve(solve);
}

const estimates = (result: Fit): number[] => result.coefficients.map((c) => c.estimate);

/** Correct digits: the log relative error, against values given to 15 digits. */
const digits = (actual: number, expected: number): number =>
  actual === expected ? 15 : Math.min(15, -Math.log10(Math.abs(actual - expected) / Math.abs(expected)));

function errorOf(action: () => unknown): MillraceError {
  try {
    action();
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

const folder = dataFolder();
if (folder === undefined) console.log('skipped: the NIST sets, as there is no data folder (MILLRACE_DATA)');

describe.skipIf(folder === undefined)('certified values of NIST', () => {
  // Measured digits of the worst value: estimates 13.3, standard errors 13.7, sigma 13.8, r2 15, p 12.3 (a p of 5e-90).
  test.each(['norris', 'noint1', 'noint2', 'longley'])('%s', (name) => {
    const set = JSON.parse(readFileSync(path.join(folder ?? '', 'nist', `${name}.json`), 'utf8')) as Certified;
    const columns: Record<string, readonly number[]> = {};
    for (const term of set.terms) if (term !== '(Intercept)') columns[term] = set.data[term] ?? [];
    const result = fitted(columns, set.data.y ?? [], { intercept: set.intercept });

    expect(result.coefficients.map((c) => c.term)).toEqual(set.terms);
    expect(result.n).toBe(set.n);
    expect(result.degreesOfFreedom).toBe(set.certified.df_residual);
    set.certified.coefficients.forEach((expected, j) => {
      const actual = result.coefficients[j];
      expect(digits(actual?.estimate ?? 0, expected.estimate)).toBeGreaterThan(12.5);
      expect(digits(actual?.stdError ?? 0, expected.std_error)).toBeGreaterThan(12.5);
      expect(digits(actual?.t ?? 0, expected.t)).toBeGreaterThan(12.5);
      expect(digits(actual?.p ?? 0, expected.p_two_sided)).toBeGreaterThan(11.5);
    });
    expect(digits(result.sigma, set.certified.residual_sd)).toBeGreaterThan(12.5);
    expect(digits(result.rss, set.certified.ss_residual)).toBeGreaterThan(12.5);
    expect(digits(result.r2, set.certified.r_squared)).toBeGreaterThan(14);
    expect(digits(result.adjustedR2, set.certified.adj_r_squared)).toBeGreaterThan(14);
    expect(digits(result.f?.value ?? 0, set.certified.f_statistic)).toBeGreaterThan(12.5);
    expect(result.f?.numerator).toBe(set.certified.df_regression);
  });
});

describe('small cases worked by hand', () => {
  test('a line through four points', () => {
    const { coefficients, n, degreesOfFreedom, rss, sigma, r2, adjustedR2 } = fitted({ x: [1, 2, 3, 4] }, [1, 3, 4, 8]);
    const [intercept, slope] = coefficients;
    expect(intercept?.term).toBe('(Intercept)');
    expect(intercept?.estimate).toBeCloseTo(-1.5, 13);
    expect(slope?.estimate).toBeCloseTo(2.2, 13);
    expect([n, degreesOfFreedom]).toEqual([4, 2]);
    expect(rss).toBeCloseTo(1.8, 13);
    expect(sigma).toBeCloseTo(Math.sqrt(0.9), 13);
    expect(r2).toBeCloseTo(1 - 1.8 / 26, 13);
    expect(adjustedR2).toBeCloseTo(1 - (1.8 / 26) * 1.5, 13);
    expect(slope?.stdError).toBeCloseTo(Math.sqrt(0.9 / 5), 13);
    const margin = 4.302652729749464 * Math.sqrt(0.9 / 5);
    expect(slope?.low).toBeCloseTo(2.2 - margin, 12);
    expect(slope?.high).toBeCloseTo(2.2 + margin, 12);
  });

  test('an intercept alone is the mean, with its standard error', () => {
    const { coefficients, r2 } = fitted({}, [2, 4, 9]);
    expect(coefficients).toHaveLength(1);
    expect(coefficients[0]?.estimate).toBeCloseTo(5, 14);
    expect(coefficients[0]?.stdError).toBeCloseTo(Math.sqrt(13 / 3), 13);
    expect(r2).toBe(0);
  });

  test('a wider confidence gives a wider interval', () => {
    const at = (confidence: number) => fitted({ x: [1, 2, 3, 4] }, [1, 3, 4, 8], { confidence }).coefficients[1];
    expect(at(0.99)?.low).toBeLessThan(at(0.95)?.low ?? 0);
    expect(at(0.99)?.estimate).toBe(at(0.95)?.estimate);
  });

  test('a constant target: zero slope, r2 not defined', () => {
    const { coefficients, r2, rss } = fitted({ x: [1, 2, 4, 7] }, [3.3, 3.3, 3.3, 3.3]);
    expect(coefficients.map((c) => c.estimate)).toEqual([3.3, 0]);
    expect([rss, r2]).toEqual([0, Number.NaN]);
  });

  test('polynomials of degree 5 that fit exactly, and one of degree 10, are solved', () => {
    const x = Array.from({ length: 21 }, (_, i) => i);
    const powers = (degree: number, of: readonly number[]): Columns =>
      Object.fromEntries(Array.from({ length: degree }, (_, k) => [`x${k + 1}`, of.map((v) => v ** (k + 1))]));
    const exact = fitted(
      powers(5, x),
      x.map((v) => 1 + v + v ** 2 + v ** 3 + v ** 4 + v ** 5),
    );
    for (const estimate of estimates(exact)) expect(digits(estimate, 1)).toBeGreaterThan(8);

    const steep = Array.from({ length: 82 }, (_, i) => -8.78 + i * 0.07);
    const target = steep.map((v, i) => Math.sin(v) + (i % 3) / 10);
    const result = fitted(powers(10, steep), target);
    const centre = fitted(
      powers(
        10,
        steep.map((v) => v + 5.945),
      ),
      target,
    );
    expect(digits(result.rss, centre.rss)).toBeGreaterThan(7);
    expect(digits(estimates(result)[10] ?? 0, estimates(centre)[10] ?? 0)).toBeGreaterThan(5);
  });
});

/** Two to four columns of varied size and offset, with a target that is not an exact combination. */
const problem = fc
  .record({
    rows: fc.integer({ min: 12, max: 3000 }),
    seed: fc.nat(),
    scales: fc.array(fc.integer({ min: -6, max: 6 }), { minLength: 2, maxLength: 4 }),
    offset: fc.integer({ min: -50, max: 50 }),
  })
  .map(({ rows, seed, scales, offset }) => {
    const next = numbers(seed);
    const columns: Record<string, Float64Array> = {};
    scales.forEach((scale, j) => {
      columns[`x${j}`] = Float64Array.from({ length: rows }, () => (next() + offset) * 10 ** scale);
    });
    const target = Float64Array.from({ length: rows }, (_, i) => {
      let y = next() + offset;
      scales.forEach((scale, j) => {
        y += ((j + 1) * (columns[`x${j}`]?.[i] ?? 0)) / 10 ** scale;
      });
      return y;
    });
    return { columns, target, rows };
  });

const runs = { numRuns: 60 };

describe('properties', () => {
  test('the cut into blocks does not change a bit of the answer', () => {
    fc.assert(
      fc.property(problem, fc.array(fc.integer({ min: 1, max: 1500 }), { minLength: 1 }), (p, blocks) => {
        expect(fitted(p.columns, p.target, { blocks })).toEqual(fitted(p.columns, p.target));
      }),
      runs,
    );
  });

  test('the order of the rows changes the answer by less than 1e-10', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const turned = Object.fromEntries(Object.entries(p.columns).map(([k, v]) => [k, v.toReversed()]));
        const forward = fitted(p.columns, p.target);
        const backward = fitted(turned, p.target.toReversed());
        forward.coefficients.forEach((c, j) => {
          const other = backward.coefficients[j];
          expect(Math.abs((other?.estimate ?? 0) - c.estimate)).toBeLessThan(
            1e-10 * (Math.abs(c.estimate) + c.stdError),
          );
          expect(Math.abs((other?.stdError ?? 0) - c.stdError)).toBeLessThan(1e-10 * c.stdError);
        });
      }),
      runs,
    );
  });

  test('residuals are orthogonal to every column and sum to zero', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const result = fitted(p.columns, p.target);
        const [intercept = 0, ...slopes] = estimates(result);
        const columns = Object.values(p.columns);
        const residuals = p.target.map((y, i) => {
          let value = intercept;
          columns.forEach((column, j) => {
            value += (slopes[j] ?? 0) * (column[i] ?? 0);
          });
          return y - value;
        });
        const size = (v: Float64Array): number => Math.hypot(...v);
        for (const column of [new Float64Array(p.rows).fill(1), ...columns]) {
          const product = residuals.reduce((sum, e, i) => sum + e * (column[i] ?? 0), 0);
          expect(Math.abs(product)).toBeLessThan(1e-11 * size(column) * size(p.target));
        }
        expect(digits(result.rss, size(residuals) ** 2)).toBeGreaterThan(8);
      }),
      runs,
    );
  });

  test('scaling a column scales its slope; shifting it moves the intercept alone', () => {
    fc.assert(
      fc.property(problem, fc.integer({ min: -9, max: 9 }), fc.integer({ min: -100, max: 100 }), (p, power, shift) => {
        const factor = 3 * 10 ** power;
        const spread = p.columns.x0?.reduce((most, v) => Math.max(most, Math.abs(v)), 0) ?? 1;
        const moved = { ...p.columns, x0: p.columns.x0?.map((v) => (v + shift * spread) * factor) ?? [] };
        const before = fitted(p.columns, p.target);
        const after = fitted(moved, p.target);
        const [intercept, slope, ...others] = before.coefficients;
        const near = (actual: number, expected: number, scale: number): void =>
          expect(Math.abs(actual - expected)).toBeLessThan(1e-9 * (Math.abs(expected) + scale));
        if (!intercept || !slope) throw new Error('two coefficients expected');
        near((estimates(after)[1] ?? 0) * factor, slope.estimate, slope.stdError);
        near((after.coefficients[1]?.stdError ?? 0) * factor, slope.stdError, 0);
        others.forEach((c, j) => {
          near(estimates(after)[j + 2] ?? 0, c.estimate, c.stdError);
        });
        const away = Math.abs(slope.estimate * shift * spread);
        near(estimates(after)[0] ?? 0, intercept.estimate - slope.estimate * shift * spread, away + intercept.stdError);
        near(after.rss, before.rss, 0);
        near(after.r2, before.r2, 0);
      }),
      runs,
    );
  });

  test('without an intercept a column of ones gives the same model', () => {
    fc.assert(
      fc.property(problem, (p) => {
        const plain = fitted(p.columns, p.target);
        const ones = fitted({ one: new Float64Array(p.rows).fill(1), ...p.columns }, p.target, { intercept: false });
        plain.coefficients.forEach((c, j) => {
          expect(Math.abs((estimates(ones)[j] ?? 0) - c.estimate)).toBeLessThan(
            1e-8 * (Math.abs(c.estimate) + c.stdError),
          );
        });
        expect(digits(ones.rss, plain.rss)).toBeGreaterThan(8);
        expect(ones.r2).toBeGreaterThanOrEqual(plain.r2);
      }),
      runs,
    );
  });
});

describe('refusals', () => {
  const next = numbers(7);
  const column = (make: () => number): Float64Array => Float64Array.from({ length: 2500 }, make);
  const a = column(next);
  const b = column(() => 1e5 + 1e6 * next());
  const y = column(next);
  const collinear = (columns: Columns, intercept = true): unknown => {
    const error = errorOf(() => fitted(columns, y, { intercept }));
    expect(error.code).toBe('regression.collinear');
    expect(error.retryable).toBe(false);
    return error.details.collinear;
  };

  test('a combination of other terms', () => {
    const columns = { a, b, mix: a.map((v, i) => 0.3 * v + 0.7 * (b[i] ?? 0)) };
    expect(collinear(columns)).toEqual([{ term: 'mix', combinationOf: ['a', 'b'] }]);
    expect(errorOf(() => fitted(columns, y)).message).toBe(
      'No single answer exists: mix is a linear combination of a, b (to 1e-12). Leave out mix.',
    );
  });

  test('columns far from zero, where the order hides the dependence', () => {
    const far = a.map((v) => 1e9 + Math.round(100 * v));
    const wide = b.map(Math.round);
    expect(collinear({ far, sum: far.map((v, i) => v + (wide[i] ?? 0)), wide })).toEqual([
      { term: 'wide', combinationOf: ['far', 'sum'] },
    ]);
  });

  test('constant and zero columns', () => {
    expect(collinear({ a, k: a.map(() => 0.1) })).toEqual([{ term: 'k', combinationOf: ['(Intercept)'] }]);
    expect(collinear({ a, z: a.map(() => 0) })).toEqual([{ term: 'z', combinationOf: [] }]);
    expect(collinear({ z: a.map(() => 0), a }, false)).toEqual([{ term: 'z', combinationOf: [] }]);
    expect(errorOf(() => fitted({ a, k: a.map(() => 5) }, y)).message).toContain('k has the same value in every row');
  });

  test('every level of a category beside the intercept, and a repeated column', () => {
    const group = column(() => Math.floor(3 * next()));
    const level = (g: number): Float64Array => group.map((v) => (v === g ? 1 : 0));
    expect(collinear({ g0: level(0), a, g1: level(1), g2: level(2), again: a })).toEqual([
      { term: 'g2', combinationOf: ['(Intercept)', 'g0', 'g1'] },
      { term: 'again', combinationOf: ['a'] },
    ]);
    expect(fitted({ g0: level(0), g1: level(1), g2: level(2) }, y, { intercept: false }).coefficients).toHaveLength(3);
  });

  test('the tolerance can be wider', () => {
    const almost = { a, b, mix: a.map((v, i) => v + (b[i] ?? 0) * (1 + 1e-9 * next())) };
    expect(fitted(almost, y).coefficients).toHaveLength(4);
    expect(errorOf(() => fitted(almost, y, { tolerance: 1e-7 })).code).toBe('regression.collinear');
  });

  test('too few rows', () => {
    const error = errorOf(() => fitted({ x: [1, 3], z: [2, 5] }, [1, 2]));
    expect(error.code).toBe('regression.too_few_rows');
    expect(error.message).toBe('3 coefficients ((Intercept), x, z) need at least 4 rows, not 2.');
    expect(errorOf(() => fitted({ x: [1, 3], z: [2, 5] }, [1, 2], { intercept: false })).code).toBe(error.code);
    expect(errorOf(() => fitted({ x: [] }, [])).code).toBe(error.code);
  });

  test('a value that is not finite, named by row and term', () => {
    const bad = a.with(2000, Number.NaN);
    const error = errorOf(() => fitted({ b, bad }, y, { blocks: [700] }));
    expect(error.code).toBe('regression.not_finite');
    expect(error.details).toEqual({ row: 2001, term: 'bad', value: 'NaN' });
    expect(errorOf(() => fitted({ a }, y.with(3, -Infinity))).message).toBe(
      'Row 4 has -Infinity in the target; drop or impute such rows first.',
    );
    expect(errorOf(() => fitted({ a: a.with(2400, 1e300) }, y)).code).toBe('regression.not_finite');
  });

  test('blocks of the wrong shape, no terms at all, a confidence outside 0 to 1', () => {
    const squares = new LeastSquares(['x']);
    expect(errorOf(() => squares.add([], Float64Array.of(1))).code).toBe('regression.block_shape');
    expect(errorOf(() => squares.add([Float64Array.of(1, 2)], Float64Array.of(1))).code).toBe('regression.block_shape');
    expect(errorOf(() => new LeastSquares([], { intercept: false })).code).toBe('regression.no_terms');
    expect(errorOf(() => fitted({ a }, y, { confidence: 95 })).code).toBe('regression.bad_confidence');
  });
});
