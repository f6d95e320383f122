import { describe, expect, test } from 'vitest';
import { type Fit, LeastSquares } from '../../src/regression/fit.ts';

/** What NIST certifies of a set (StRD, linear regression), to 15 digits. */
interface Certified {
  readonly name: string;
  readonly intercept: boolean;
  /** The target is the last. */
  readonly rows: readonly (readonly number[])[];
  readonly estimates: readonly number[];
  readonly errors: readonly number[];
  readonly sigma: number;
  readonly r2: number;
  readonly f: number;
}

/** J. W. Longley's table, as R's `longley` has it too: deflator, product, unemployed, forces, population, year, employed. */
const longley = [
  [83, 234289, 2356, 1590, 107608, 1947, 60323],
  [88.5, 259426, 2325, 1456, 108632, 1948, 61122],
  [88.2, 258054, 3682, 1616, 109773, 1949, 60171],
  [89.5, 284599, 3351, 1650, 110929, 1950, 61187],
  [96.2, 328975, 2099, 3099, 112075, 1951, 63221],
  [98.1, 346999, 1932, 3594, 113270, 1952, 63639],
  [99, 365385, 1870, 3547, 115094, 1953, 64989],
  [100, 363112, 3578, 3350, 116219, 1954, 63761],
  [101.2, 397469, 2904, 3048, 117388, 1955, 66019],
  [104.6, 419180, 2822, 2857, 118734, 1956, 67857],
  [108.4, 442769, 2936, 2798, 120445, 1957, 68169],
  [110.8, 444546, 4681, 2637, 121950, 1958, 66513],
  [112.6, 482704, 3813, 2552, 123366, 1959, 68655],
  [114.2, 502601, 3931, 2514, 125368, 1960, 69564],
  [115.7, 518173, 4806, 2572, 127852, 1961, 69331],
  [116.9, 554894, 4007, 2827, 130081, 1962, 70551],
];

const sets: readonly Certified[] = [
  {
    name: 'Longley',
    intercept: true,
    rows: longley,
    estimates: [
      -3482258.63459582, 15.0618722713733, -0.035819179292591, -2.02022980381683, -1.03322686717359,
      -0.0511041056535807, 1829.15146461355,
    ],
    errors: [
      890420.383607373, 84.9149257747669, 0.0334910077722432, 0.488399681651699, 0.214274163161675, 0.22607320006937,
      455.478499142212,
    ],
    sigma: 304.854073561965,
    r2: 0.995479004577296,
    f: 330.285339234588,
  },
  {
    name: 'NoInt1',
    intercept: false,
    rows: Array.from({ length: 11 }, (_, i) => [60 + i, 130 + i]),
    estimates: [2.07438016528926],
    errors: [0.0165289256198347],
    sigma: 3.56753034006338,
    r2: 0.999365492298663,
    f: 15750.25,
  },
  {
    name: 'NoInt2',
    intercept: false,
    rows: [
      [4, 3],
      [5, 4],
      [6, 4],
    ],
    estimates: [0.727272727272727],
    errors: [0.0420827318078432],
    sigma: 0.369274472937998,
    r2: 0.993348115299335,
    f: 298.666666666667,
  },
];

/** The fit; with `more` rows of weight zero, which say nothing, it is that of a long table. */
function fitted({ rows, intercept }: Certified, more = 0): Fit {
  const all = [...rows, ...Array.from({ length: more }, (_, i) => rows[i % rows.length] ?? [])];
  const columns = (rows[0] ?? []).map((_, j) => Float64Array.from(all, (row) => row[j] ?? 0));
  const [target = new Float64Array()] = columns.splice(-1);
  const squares = new LeastSquares(
    columns.map((_, j) => `x${j + 1}`),
    { intercept },
  );
  squares.add(
    columns,
    target,
    target.map((_, i) => (i < rows.length ? 1 : 0)),
  );
  return squares.solve();
}

/** Correct digits of the worst number. */
function digits(actual: readonly (number | undefined)[], expected: readonly number[]): number {
  return Math.min(...expected.map((value, i) => -Math.log10(Math.abs((actual[i] ?? 0) / value - 1) + 1e-16)));
}

describe.each(sets)('$name', (set) => {
  test.each([
    [0, 13.5],
    [5000, 12.5],
  ])('and %d rows more of weight zero: %d digits', (more, wanted) => {
    const fit = fitted(set, more);
    expect(fit.n).toBe(set.rows.length);
    expect(
      digits(
        fit.coefficients.map((c) => c.estimate),
        set.estimates,
      ),
    ).toBeGreaterThan(wanted);
    expect(
      digits(
        fit.coefficients.map((c) => c.stdError),
        set.errors,
      ),
    ).toBeGreaterThan(wanted);
    expect(digits([fit.sigma, fit.r2, fit.f?.value], [set.sigma, set.r2, set.f])).toBeGreaterThan(wanted);
  });
});
