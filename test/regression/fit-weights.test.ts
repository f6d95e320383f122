import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Fit, LeastSquares, type SolveOptions } from '../../src/regression/fit.ts';
import { numbers } from '../support/numbers.ts';

interface Rows {
  readonly columns: readonly Float64Array[];
  readonly target: Float64Array;
  readonly weights: Float64Array;
}

/** Rows whose noise grows with the first column. */
function rowsOf(count: number, seed: number): Rows {
  const next = numbers(seed);
  const columns = [0, 1, 2].map((scale) => Float64Array.from({ length: count }, () => (next() + 3) * 10 ** scale));
  const target = Float64Array.from({ length: count }, (_, i) => {
    const [a = 0, b = 0, c = 0] = columns.map((column) => column[i]);
    return 2 + a - 0.3 * b + 0.01 * c + (a - 2.9) * (next() - 0.5);
  });
  return { columns, target, weights: Float64Array.from({ length: count }, () => Math.ceil(4 * next())) };
}

/** The rows at these places. */
function chosen({ columns, target, weights }: Rows, places: readonly number[]): Rows {
  const pick = (values: Float64Array): Float64Array => Float64Array.from(places, (i) => values[i] ?? 0);
  return { columns: columns.map(pick), target: pick(target), weights: pick(weights) };
}

function squaresOf(rows: readonly Rows[], weighted = true, intercept = true): LeastSquares {
  const squares = new LeastSquares(['a', 'b', 'c'], { intercept });
  for (const { columns, target, weights } of rows) squares.add(columns, target, weighted ? weights : undefined);
  return squares;
}

const fitted = (rows: Rows, weighted?: boolean, options?: SolveOptions): Fit =>
  squaresOf([rows], weighted).solve(options);

function near(actual: number, expected: number, relative: number, of = Math.abs(expected)): void {
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(relative * of);
}

function same(actual: Fit, expected: Fit, relative: number): void {
  expect(actual.n).toBe(expected.n);
  expected.coefficients.forEach((c, j) => {
    const other = actual.coefficients[j];
    near(other?.estimate ?? 0, c.estimate, relative, Math.abs(c.estimate) + c.stdError);
    near(other?.stdError ?? 0, c.stdError, relative);
  });
  near(actual.rss, expected.rss, relative);
  near(actual.logLikelihood, expected.logLikelihood, relative);
  near(actual.conditionNumber, expected.conditionNumber, relative);
}

const blocks = (count: number, lengths: readonly number[]): number[][] => {
  const found: number[][] = [];
  for (let from = 0, block = 0; from < count; block++) {
    const to = Math.min(count, from + (lengths[block % lengths.length] ?? 1));
    found.push(Array.from({ length: to - from }, (_, i) => from + i));
    from = to;
  }
  return found;
};

const cut = fc.record({
  count: fc.integer({ min: 10, max: 9000 }),
  seed: fc.nat(),
  lengths: fc.array(fc.integer({ min: 1, max: 3000 }), { minLength: 1, maxLength: 8 }),
  turn: fc.nat(),
  weighted: fc.boolean(),
});

describe('chunks', () => {
  test('their size does not change a bit; their order changes no number by 1e-9', () => {
    fc.assert(
      fc.property(cut, ({ count, seed, lengths, turn, weighted }) => {
        const rows = rowsOf(count, seed);
        const parts = blocks(count, lengths).map((places) => chosen(rows, places));
        const whole = fitted(rows, weighted);
        expect(squaresOf(parts, weighted).solve()).toEqual(whole);
        const by = turn % parts.length;
        const turned = [...parts.slice(by), ...parts.slice(0, by)].reverse();
        same(squaresOf(turned, weighted).solve(), whole, 1e-9);
      }),
      { numRuns: 60 },
    );
  });

  test('nor that of robust errors', () => {
    fc.assert(
      fc.property(cut, ({ count, seed, lengths, weighted }) => {
        const rows = rowsOf(count, seed);
        const squares = squaresOf([rows], weighted);
        squares.solve();
        const whole = squares.sandwich();
        whole.add(rows.columns, rows.target, weighted ? rows.weights : undefined);
        const turned = squares.sandwich();
        for (const places of blocks(count, lengths).reverse()) {
          const part = chosen(rows, places);
          turned.add(part.columns, part.target, weighted ? part.weights : undefined);
        }
        whole.coefficients().forEach((c, j) => {
          near(turned.coefficients()[j]?.stdError ?? 0, c.stdError, 1e-9);
        });
      }),
      { numRuns: 30 },
    );
  });

  test('solving on the way changes nothing', () => {
    const rows = rowsOf(5000, 3);
    const parts = blocks(5000, [700]).map((places) => chosen(rows, places));
    const squares = new LeastSquares(['a', 'b', 'c']);
    for (const { columns, target, weights } of parts) {
      squares.add(columns, target, weights);
      squares.solve();
    }
    expect(squares.solve()).toEqual(fitted(rows));
  });
});

describe('weights', () => {
  test.each([40, 6000])('of %d rows: a whole weight is as many rows, but for the degrees of freedom', (count) => {
    const rows = rowsOf(count, 11);
    const repeated = [...rows.weights].flatMap((weight, i) => Array.from({ length: weight }, () => i));
    const once = fitted(rows);
    const often = fitted(chosen(rows, repeated), false);
    expect(once.n).toBe(count);
    near(once.rss, often.rss, 1e-11);
    near(once.r2, often.r2, 1e-11);
    once.coefficients.forEach((c, j) => {
      const other = often.coefficients[j];
      near(c.estimate, other?.estimate ?? 0, 1e-10);
      near(c.stdError / once.sigma, (other?.stdError ?? 0) / often.sigma, 1e-11);
    });
  });

  test.each([40, 6000])('of %d rows: a row of weight zero is not there', (count) => {
    const rows = rowsOf(count, 5);
    const weights = rows.weights.map((weight, i) => (i % 3 === 1 ? 0 : weight));
    const there = chosen(
      rows,
      [...rows.weights.keys()].filter((i) => i % 3 !== 1),
    );
    same(fitted({ ...rows, weights }), fitted(there), 1e-10);
  });

  test('all of one size are none', () => {
    const rows = rowsOf(300, 8);
    const ones = fitted({ ...rows, weights: rows.weights.fill(1) });
    const fours = fitted({ ...rows, weights: rows.weights.map(() => 4) });
    same(ones, fitted(rows, false), 1e-12);
    fours.coefficients.forEach((c, j) => {
      near(c.stdError, ones.coefficients[j]?.stdError ?? 0, 1e-12);
    });
    near(fours.sigma, 2 * ones.sigma, 1e-12);
    near(fours.aic, ones.aic, 1e-12);
  });

  test('blocks with and without may be mixed: none is one', () => {
    const rows = rowsOf(4000, 9);
    const weights = rows.weights.map((weight, i) => (i < 1500 ? 1 : weight));
    const [first, second] = blocks(4000, [1500, 2500]).map((places) => chosen({ ...rows, weights }, places));
    if (!first || !second) throw new Error('two blocks expected');
    const squares = new LeastSquares(['a', 'b', 'c']);
    squares.add(first.columns, first.target);
    squares.add(second.columns, second.target, second.weights);
    same(squares.solve(), fitted({ ...rows, weights }), 1e-12);
  });

  test.each([-1, Number.NaN, Infinity])('%d is refused, with its row', (bad) => {
    const rows = rowsOf(3000, 2);
    const squares = squaresOf([rows]);
    const wrong = { ...rows, weights: rows.weights.with(7, bad) };
    expect(() => squares.add(wrong.columns, wrong.target, wrong.weights)).toThrow(
      expect.objectContaining({ code: 'regression.bad_weight', details: { row: 3008, value: String(bad) } }),
    );
  });

  test('too few that are not zero, and too many of them', () => {
    const rows = rowsOf(10, 2);
    const weights = rows.weights.map((_, i) => (i < 4 ? 1 : 0));
    expect(() => fitted({ ...rows, weights })).toThrow('need at least 5 rows, not 4');
    expect(() => new LeastSquares(['a']).add([Float64Array.of(1)], Float64Array.of(1), Float64Array.of(1, 2))).toThrow(
      expect.objectContaining({ code: 'regression.block_shape' }),
    );
  });
});

describe('robust errors', () => {
  test('a mean: the spread of the values, each counted once', () => {
    const squares = new LeastSquares([]);
    squares.add([], Float64Array.of(2, 4, 9));
    squares.solve();
    const sandwich = squares.sandwich();
    sandwich.add([], Float64Array.of(2, 4, 9));
    // n / (n - 1) times the sum of squares about the mean, 26, over n^2.
    near(sandwich.covariance()[0]?.[0] ?? 0, ((3 / 2) * 26) / 9, 1e-14);
  });

  test('are larger than the classical where the noise grows away from the mean', () => {
    const rows = rowsOf(4000, 21);
    const squares = squaresOf([rows], false);
    const fit = squares.solve();
    const sandwich = squares.sandwich();
    sandwich.add(rows.columns, rows.target);
    const [, slope] = sandwich.coefficients(0.9);
    expect(slope?.stdError).toBeGreaterThan(1.02 * (fit.coefficients[1]?.stdError ?? 0));
    near(slope?.t ?? 0, (slope?.estimate ?? 0) / (slope?.stdError ?? 0), 1e-14);
    near((slope?.high ?? 0) - (slope?.low ?? 0), 2 * 1.6452 * (slope?.stdError ?? 0), 1e-3);
  });

  test('ask for a solution first', () => {
    expect(() => new LeastSquares(['a']).sandwich()).toThrow(
      expect.objectContaining({ code: 'regression.not_solved' }),
    );
  });
});

describe('terms that are combinations of others', () => {
  const rows = rowsOf(200, 4);
  const [a = new Float64Array(), b = new Float64Array()] = rows.columns;

  test.each([200, 6000])('of %d rows are left out, the later ones, and told', (count) => {
    const { columns, target } = rowsOf(count, 4);
    const [x = a, z = b] = columns;
    const squares = new LeastSquares(['a', 'sum', 'b', 'constant', 'zero', 'again']);
    squares.add([x, x.map((value, i) => value + (z[i] ?? 0)), z, x.map(() => 7), x.map(() => 0), x], target);
    const fit = squares.solve({ collinear: 'drop' });
    expect(fit.coefficients.map((c) => c.term)).toEqual(['(Intercept)', 'a', 'sum']);
    expect(fit.aliased).toEqual([
      { term: 'b', combinationOf: ['a', 'sum'] },
      { term: 'constant', combinationOf: ['(Intercept)'] },
      { term: 'zero', combinationOf: [] },
      { term: 'again', combinationOf: ['a'] },
    ]);
    const two = new LeastSquares(['a', 'b']);
    two.add([x, z], target);
    const same = two.solve();
    expect(fit.degreesOfFreedom).toBe(count - 3);
    near(fit.rss, same.rss, 1e-11);
    near(fit.coefficients[2]?.estimate ?? 0, same.coefficients[2]?.estimate ?? 0, 1e-10);
    expect(() => squares.solve()).toThrow(expect.objectContaining({ code: 'regression.collinear' }));
  });

  test('fewer rows than terms: an answer where the terms left are fewer, an error otherwise', () => {
    const few = new LeastSquares(['a', 'again', 'double', 'shifted']);
    const x = Float64Array.of(1, 2, 4);
    few.add([x, x, x.map((v) => 2 * v), x.map((v) => v + 1)], Float64Array.of(1, 2, 5));
    expect(() => few.solve()).toThrow(
      '5 coefficients ((Intercept), a, again, double, shifted) need at least 6 rows, not 3.',
    );
    const fit = few.solve({ collinear: 'drop' });
    expect(fit.coefficients.map((c) => c.term)).toEqual(['(Intercept)', 'a']);
    expect(fit.degreesOfFreedom).toBe(1);

    const none = new LeastSquares(['a', 'b', 'c']);
    none.add([x, x.map((v) => v * v), x.map((v) => v ** 3)], Float64Array.of(1, 2, 5));
    expect(() => none.solve({ collinear: 'drop' })).toThrow('need at least 4 rows, not 3');
    const one = new LeastSquares(['a']);
    one.add([Float64Array.of(3)], Float64Array.of(5));
    expect(() => one.solve({ collinear: 'drop' })).toThrow('1 coefficients ((Intercept)) need at least 2 rows, not 1.');
  });

  test('nothing but zeros, without an intercept', () => {
    const zeros = new LeastSquares(['z'], { intercept: false });
    zeros.add([new Float64Array(3)], Float64Array.of(1, 2, 3));
    expect(() => zeros.solve({ collinear: 'drop' })).toThrow(expect.objectContaining({ code: 'regression.collinear' }));
  });
});
