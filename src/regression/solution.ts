import { DoubleDouble, type PreciseMatrix, preciseInverse, preciseSolve } from './double-double.ts';
import { coefficientsOf, type Fit, type FTest } from './estimates.ts';
import { fUpper } from './f-distribution.ts';
import type { StandardUnits } from './standard-units.ts';

/** The share of the fitted values, squared, below which residuals are rounding: R warns there. */
const PERFECT = 1e-30;

/** What a triangle says, in the units of the columns as they were given where nothing else is told. */
export interface Solution {
  readonly intercept: boolean;
  readonly n: number;
  readonly units: StandardUnits;
  /** Slopes in standard units. */
  readonly slopes: Float64Array;
  readonly estimates: readonly number[];
  /** Inverse of the triangle of the terms, in standard units, column-major. */
  readonly inverse: Float64Array;
  /** `back[k * p + j]`: how much coefficient j moves with the k-th orthogonal direction. */
  readonly back: Float64Array;
  /** The triangle of the columns as they were given, but for their units. */
  readonly design: Float64Array;
  readonly rss: number;
  /** The sum of squares that the terms explain, the constant aside. */
  readonly explained: number;
}

/** The solution of the triangle of a design and its target, which is of columns in standard units. */
export function solutionOf(r: PreciseMatrix, units: StandardUnits, intercept: boolean, n: number): Solution {
  const w = r.size;
  const p = w - 1;
  const { shift, scale } = units;
  const at = (values: Float64Array, i: number): number => values[i] as number;
  const solved = preciseSolve(r);
  const inverse = preciseInverse(r);
  const unitOf = (j: number): number => at(scale, j) / at(scale, p);
  const constant = new DoubleDouble()
    .set(at(shift, p))
    .add((solved.hi[0] ?? 0) * unitOf(0), (solved.lo[0] ?? 0) * unitOf(0));
  for (let j = 1; intercept && j < p; j++) {
    const minus = -at(shift, j);
    constant.addProduct(at(solved.hi, j) * unitOf(j), at(solved.lo, j) * unitOf(j), minus, 0);
  }
  const estimates = Array.from(solved.hi, (slope, j) => (intercept && j === 0 ? constant.hi : slope * unitOf(j)));

  const back = new Float64Array(p * p);
  for (let k = 0; k < p; k++) {
    for (let j = 0; j <= k; j++) back[k * p + j] = at(inverse.hi, k * p + j) * at(scale, j);
    if (!intercept) continue;
    constant.set(at(inverse.hi, k * p), inverse.lo[k * p]);
    for (let j = 1; j <= k; j++) {
      const unit = at(scale, j);
      constant.addProduct(at(inverse.hi, k * p + j) * unit, at(inverse.lo, k * p + j) * unit, -at(shift, j), 0);
    }
    back[k * p] = constant.hi;
  }

  const design = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    design.set(r.hi.subarray(j * w, j * w + p), j * p);
    if (intercept && j > 0) design[j * p] = at(design, j * p) + at(shift, j) * at(scale, j) * at(r.hi, 0);
  }

  const inDirection = (k: number): number => at(r.hi, p * w + k) / at(scale, p);
  let explained = 0;
  for (let k = intercept ? 1 : 0; k < p; k++) explained += inDirection(k) ** 2;
  const mean = intercept ? inDirection(0) + at(shift, p) * at(r.hi, 0) : 0;
  const rss = inDirection(p) ** 2;
  const perfect = rss * n <= PERFECT * (n - p) * (explained + mean * mean);
  const slopes = solved.hi;
  return {
    intercept,
    n,
    units,
    slopes,
    estimates,
    inverse: inverse.hi,
    back,
    design,
    rss: perfect ? 0 : rss,
    explained,
  };
}

/** What the solution says of the model, but for what its columns say. */
export function fitOf(
  terms: readonly string[],
  solution: Solution,
  logWeights: number,
  confidence: number,
): Omit<Fit, 'aliased' | 'conditionNumber'> {
  const { n, estimates, back, rss, explained } = solution;
  const p = terms.length;
  const degreesOfFreedom = n - p;
  const variance = rss / degreesOfFreedom;
  const covariance = terms.map((_, i) =>
    terms.map((_, j) => {
      let sum = 0;
      for (let k = Math.max(i, j); k < p; k++) sum += (back[k * p + i] as number) * (back[k * p + j] as number);
      return variance * sum;
    }),
  );
  const constants = solution.intercept ? 1 : 0;
  const r2 = 1 - rss / (explained + rss);
  const logLikelihood = (logWeights - n * (Math.log(2 * Math.PI) + 1 - Math.log(n) + Math.log(rss))) / 2;
  return {
    coefficients: coefficientsOf(terms, estimates, covariance, degreesOfFreedom, confidence),
    n,
    degreesOfFreedom,
    rss,
    sigma: Math.sqrt(variance),
    r2,
    adjustedR2: 1 - ((1 - r2) * (n - constants)) / degreesOfFreedom,
    f: fTest(explained / (p - constants) / variance, p - constants, degreesOfFreedom),
    logLikelihood,
    aic: 2 * (p + 1) - 2 * logLikelihood,
    bic: Math.log(n) * (p + 1) - 2 * logLikelihood,
    covariance,
  };
}

function fTest(value: number, numerator: number, denominator: number): FTest | null {
  return numerator === 0 ? null : { value, numerator, denominator, p: fUpper(value, numerator, denominator) };
}
