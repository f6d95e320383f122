import { type Coefficient, coefficientsOf } from './estimates.ts';
import { foldBlock } from './householder.ts';
import type { Solution } from './solution.ts';

const BLOCK = 512;

/** A solution, with the positions of its terms among all columns of the design, the constant's included. */
export interface EstimatedColumns extends Solution {
  readonly columns: readonly number[];
  readonly terms: readonly string[];
}

/**
 * The covariance of the estimates that holds where the variances of the errors differ (HC1: White, Econometrica 48, 1980,
 * times `n / (n - p)`), from a second pass over the rows: made by `LeastSquares.sandwich`.
 *
 * `add` takes what the fit's `add` took, in any order and any cut. Method: QR of the rows of the design, each times its weight
 * and residual.
 */
export class Sandwich {
  readonly #fit: EstimatedColumns;
  readonly #r: Float64Array;
  readonly #work: Float64Array;

  constructor(fit: EstimatedColumns) {
    const p = fit.columns.length;
    this.#fit = fit;
    this.#r = new Float64Array(p * p);
    this.#work = new Float64Array((p + 1) * BLOCK);
  }

  add(columns: readonly Float64Array[], target: Float64Array, weights?: Float64Array): void {
    for (let from = 0; from < target.length; from += BLOCK) {
      this.#fold(columns, target, weights, from, Math.min(BLOCK, target.length - from));
    }
  }

  #fold(
    columns: readonly Float64Array[],
    target: Float64Array,
    weights: Float64Array | undefined,
    from: number,
    rows: number,
  ): void {
    const { intercept, slopes, units } = this.#fit;
    const p = slopes.length;
    const work = this.#work;
    const residuals = work.subarray(p * BLOCK, p * BLOCK + rows);
    toUnits(target, from, units.shift[p] as number, units.scale[p] as number, residuals);
    this.#fit.columns.forEach((column, j) => {
      const values = work.subarray(j * BLOCK, j * BLOCK + rows);
      if (intercept && column === 0) values.fill(1);
      else
        toUnits(
          columns[intercept ? column - 1 : column] as Float64Array,
          from,
          units.shift[j] as number,
          units.scale[j] as number,
          values,
        );
      const slope = slopes[j] as number;
      for (let i = 0; i < rows; i++) residuals[i] = (residuals[i] as number) - slope * (values[i] as number);
    });
    if (weights !== undefined) {
      for (let i = 0; i < rows; i++) residuals[i] = (residuals[i] as number) * (weights[from + i] as number);
    }
    for (let j = 0; j < p; j++) {
      const values = work.subarray(j * BLOCK, j * BLOCK + rows);
      for (let i = 0; i < rows; i++) values[i] = (values[i] as number) * (residuals[i] as number);
    }
    foldBlock(this.#r, work, p, rows, BLOCK);
  }

  /** The covariance of the estimates, in the order of the coefficients. */
  covariance(): number[][] {
    const { inverse, back, n, units } = this.#fit;
    const p = this.#fit.columns.length;
    const ofTarget = units.scale[p] as number;
    // A = triangle, of rows (weight * residual * x): the estimates move with it by A inverse back'.
    const middle = product(this.#r, inverse, p, (k, j) => k + j * p);
    const moves = product(middle, back, p, (k, j) => k * p + j);
    const factor = n / (n - p) / (ofTarget * ofTarget);
    return Array.from({ length: p }, (_, i) =>
      Array.from({ length: p }, (_, j) => {
        let sum = 0;
        for (let k = 0; k < p; k++) sum += (moves[k + i * p] as number) * (moves[k + j * p] as number);
        return factor * sum;
      }),
    );
  }

  /** The lines of the model with these standard errors. */
  coefficients(confidence = 0.95): Coefficient[] {
    const { terms, estimates, n } = this.#fit;
    return coefficientsOf(terms, estimates, this.covariance(), n - terms.length, confidence);
  }
}

function toUnits(column: Float64Array, from: number, shift: number, scale: number, to: Float64Array): void {
  for (let i = 0; i < to.length; i++) to[i] = ((column[from + i] as number) - shift) * scale;
}

/** a * b, column-major, the second factor's places given. */
function product(a: Float64Array, b: Float64Array, p: number, place: (k: number, j: number) => number): Float64Array {
  const result = new Float64Array(p * p);
  for (let j = 0; j < p; j++) {
    for (let k = 0; k < p; k++) {
      const factor = b[place(k, j)] as number;
      if (factor === 0) continue;
      for (let i = 0; i < p; i++) result[i + j * p] = (result[i + j * p] as number) + (a[i + k * p] as number) * factor;
    }
  }
  return result;
}
