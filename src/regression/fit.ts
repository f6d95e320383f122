import { MillraceError } from '../errors.ts';
import { findCollinear } from './collinear.ts';
import { studentTCritical, studentTTwoSided } from './student-t.ts';

/** One line of a fitted model. */
export interface Coefficient {
  /** The term's name, `(Intercept)` for the constant. */
  readonly term: string;
  /** Change of the target, in its own unit, for one more unit of the term. */
  readonly estimate: number;
  /** Standard error of the estimate, in the same unit. */
  readonly stdError: number;
  /** `estimate / stdError`; NaN where both are zero. */
  readonly t: number;
  /** Two-sided p-value of `t` under Student's distribution. */
  readonly p: number;
  /** Lower end of the confidence interval. */
  readonly low: number;
  /** Upper end of the confidence interval. */
  readonly high: number;
}

/** A term without an estimate of its own, as other terms determine it: `NA` in R. */
export interface AliasedTerm {
  readonly term: string;
  /** The terms before it of which it is a linear combination; none where it is zero in every row. */
  readonly combinationOf: readonly string[];
}

/** The test of all terms together, the constant aside. */
export interface FTest {
  readonly value: number;
  /** Degrees of freedom of the terms. */
  readonly numerator: number;
  /** Degrees of freedom of the residuals. */
  readonly denominator: number;
  /** Probability of a greater value where no term matters. */
  readonly p: number;
}

/** What least squares found. */
export interface Fit {
  /** The intercept first, where there is one, then the terms in the order given, less those that are aliased. */
  readonly coefficients: readonly Coefficient[];
  /** Terms left out, in the order given; empty unless `collinear` is `'drop'`. */
  readonly aliased: readonly AliasedTerm[];
  /** Rows used: those whose weight is not zero. */
  readonly n: number;
  /** Rows less coefficients. */
  readonly degreesOfFreedom: number;
  /** Residual sum of squares, each square times its weight, in the target's unit squared. */
  readonly rss: number;
  /** Residual standard deviation, in the target's unit: `sqrt(rss / degreesOfFreedom)`. */
  readonly sigma: number;
  /**
   * Share of the target's sum of squares that the model explains: of the sum about the mean where there is an intercept, of
   * the sum about zero where there is none (as NIST and R have it, so the two are not comparable). NaN where that sum is zero.
   */
  readonly r2: number;
  /** `r2`, less what as many terms explain by chance. */
  readonly adjustedR2: number;
  /** Null where the model is a constant and no more. */
  readonly f: FTest | null;
  /** Logarithm of the likelihood under normal errors with variance `sigma^2 / weight`, at its maximum. */
  readonly logLikelihood: number;
  /** Akaike's information criterion, the error's variance counted as a parameter, as R's `AIC`. */
  readonly aic: number;
  /** Schwarz's criterion, likewise, as R's `BIC`. */
  readonly bic: number;
  /**
   * Condition number of the design in the 2-norm: of the estimated columns, the constant among them, with the rows' weights,
   * each scaled to unit length and not centred.
   */
  readonly conditionNumber: number;
  /** Covariance of the estimates under equal variances, in the order of the coefficients. */
  readonly covariance: readonly (readonly number[])[];
}

export interface LeastSquaresOptions {
  /** Whether the model has a constant; default true. */
  readonly intercept?: boolean;
}

export interface SolveOptions {
  /** Coverage of `low` to `high`, between 0 and 1; default 0.95. */
  readonly confidence?: number;
  /**
   * Columns are collinear where a combination of them that should cancel leaves less than this share of a column's length;
   * default 1e-12. Rounding leaves about 1e-16; R's `lm` asks for 1e-7 and so drops terms of steep polynomials.
   */
  readonly tolerance?: number;
  /** A term that is a combination of those before it: an error (the default), or left out and told in `aliased`, as R does. */
  readonly collinear?: 'fail' | 'drop';
}

const blockRows = 1024;

/**
 * Ordinary least squares over rows that arrive in blocks, in memory that does not grow with them.
 *
 * @example
 * ```ts
 * const squares = new LeastSquares(['x']);
 * squares.add([Float64Array.of(1, 2, 3, 4)], Float64Array.of(3.1, 4.9, 7.2, 8.8));
 * const { coefficients, r2 } = squares.solve();
 * coefficients[1]?.estimate.toFixed(2); // '1.94'
 * ```
 *
 * `add` takes one column a term, all as long as the target; how the rows are cut into blocks does not change a bit of the
 * answer. There are no nulls here: a NaN or an infinity is `regression.not_finite`. `solve` throws `regression.too_few_rows`
 * unless there are more rows than coefficients, and `regression.collinear` where a term is a combination of others.
 *
 * Method: Householder QR of [X y], a block at a time under the triangle so far (Golub and Van Loan, Matrix Computations,
 * 4th ed., 5.2 and 6.5), never X'X, which would lose half of the digits. With an intercept each column is first shifted by
 * about the mean of its first rows, which leaves the model as it is and the digits of the slopes intact.
 */
export class LeastSquares {
  readonly #names: readonly string[];
  readonly #intercept: boolean;
  /** Columns of the design and the target. */
  readonly #width: number;
  /** Upper triangle of the QR so far, column-major, `width` x `width`. */
  readonly #r: Float64Array;
  /** Rows not folded in yet, column-major, `blockRows` x `width`. */
  readonly #work: Float64Array;
  #shift: Float64Array | undefined;
  /** Powers of two, so that scaling costs no digits. */
  readonly #scale: Float64Array;
  #pending = 0;
  #folded = 0;

  constructor(terms: readonly string[], options: LeastSquaresOptions = {}) {
    this.#intercept = options.intercept ?? true;
    this.#names = this.#intercept ? ['(Intercept)', ...terms] : [...terms];
    if (this.#names.length === 0) {
      throw new MillraceError({
        code: 'regression.no_terms',
        message: 'A model without an intercept needs at least one term.',
      });
    }
    this.#width = this.#names.length + 1;
    this.#r = new Float64Array(this.#width * this.#width);
    this.#work = new Float64Array(this.#width * blockRows);
    this.#scale = new Float64Array(this.#width).fill(1);
    if (this.#intercept) this.#work.fill(1, 0, blockRows);
  }

  /** Rows added so far. */
  get rows(): number {
    return this.#folded + this.#pending;
  }

  add(columns: readonly Float64Array[], target: Float64Array): void {
    const first = this.#intercept ? 1 : 0;
    const all = [...columns, target];
    if (all.length !== this.#width - first || all.some((column) => column.length !== target.length)) {
      throw new MillraceError({
        code: 'regression.block_shape',
        message:
          `A block needs ${this.#width - 1 - first} columns as long as its target (${target.length}), ` +
          `not ${columns.length} of lengths ${JSON.stringify(columns.map((column) => column.length))}.`,
        details: { expected: this.#width - 1 - first, lengths: columns.map((column) => column.length) },
      });
    }
    for (let from = 0; from < target.length; ) {
      const count = Math.min(blockRows - this.#pending, target.length - from);
      all.forEach((column, j) => {
        this.#work.set(column.subarray(from, from + count), (first + j) * blockRows + this.#pending);
      });
      from += count;
      this.#pending += count;
      if (this.#pending === blockRows) this.#fold();
    }
  }

  solve(options: SolveOptions = {}): Fit {
    const { confidence = 0.95, tolerance = 1e-12 } = options;
    if (!(confidence > 0 && confidence < 1)) {
      throw new MillraceError({
        code: 'regression.bad_confidence',
        message: `confidence must lie between 0 and 1, for example 0.95, not ${confidence}.`,
        details: { confidence },
      });
    }
    this.#fold();
    const n = this.#folded;
    const p = this.#width - 1;
    if (n <= p) {
      throw new MillraceError({
        code: 'regression.too_few_rows',
        message: `${p} coefficients (${this.#names.join(', ')}) need at least ${p + 1} rows, not ${n}.`,
        details: { rows: n, needed: p + 1, terms: this.#names },
      });
    }
    const shift = this.#shift ?? new Float64Array(this.#width);
    this.#refuseOverflow();
    this.#refuseCollinear(shift, tolerance);

    const r = this.#r;
    const w = this.#width;
    const inverse = invertUpper(r, w, p);
    const scaleY = at(this.#scale, p);
    // back[k * p + j]: how much coefficient j, of the columns as given, moves with the k-th orthogonal direction.
    const back = new Float64Array(p * p);
    for (let k = 0; k < p; k++) {
      let constant = 0;
      for (let j = p - 1; j >= 0; j--) {
        const value = at(inverse, k * p + j) * at(this.#scale, j);
        back[k * p + j] = value;
        constant += value * at(shift, j);
      }
      if (this.#intercept) back[k * p] = at(back, k * p) - constant;
    }
    const rss = (at(r, p * w + p) / scaleY) ** 2;
    const degreesOfFreedom = n - p;
    const sigma = Math.sqrt(rss / degreesOfFreedom);
    const critical = studentTCritical(1 - confidence, degreesOfFreedom);
    const slopes = solveUpper(r, w, p);
    const coefficients = this.#names.map((term, j): Coefficient => {
      let variance = 0;
      for (let k = j; k < p; k++) variance += at(back, k * p + j) ** 2;
      const estimate = this.#unscaled(slopes, shift, j);
      const stdError = sigma * Math.sqrt(variance);
      const t = estimate / stdError;
      const margin = critical * stdError;
      const pValue = studentTTwoSided(t, degreesOfFreedom);
      return { term, estimate, stdError, t, p: pValue, low: estimate - margin, high: estimate + margin };
    });
    let explained = 0;
    const first = this.#intercept ? 1 : 0;
    for (let k = first; k < p; k++) explained += (at(r, p * w + k) / scaleY) ** 2;
    const r2 = 1 - rss / (explained + rss);
    const adjustedR2 = 1 - ((1 - r2) * (n - first)) / degreesOfFreedom;
    const covariance = this.#names.map((_, i) =>
      this.#names.map((_, j) => {
        let sum = 0;
        for (let k = Math.max(i, j); k < p; k++) sum += at(back, k * p + i) * at(back, k * p + j);
        return sigma * sigma * sum;
      }),
    );
    const numerator = p - first;
    const value = explained / numerator / (rss / degreesOfFreedom);
    const f = numerator === 0 ? null : { value, numerator, denominator: degreesOfFreedom, p: Number.NaN };
    const logLikelihood = (-n * (Math.log((2 * Math.PI * rss) / n) + 1)) / 2;
    const aic = 2 * (p + 1) - 2 * logLikelihood;
    const bic = Math.log(n) * (p + 1) - 2 * logLikelihood;
    const aliased: AliasedTerm[] = [];
    const conditionNumber = Number.NaN;
    const criteria = { logLikelihood, aic, bic, conditionNumber };
    return { coefficients, aliased, n, degreesOfFreedom, rss, sigma, r2, adjustedR2, f, ...criteria, covariance };
  }

  /** Coefficient `j` of the columns as they were given. */
  #unscaled(slopes: Float64Array, shift: Float64Array, j: number): number {
    const p = this.#width - 1;
    const slope = (k: number): number => (at(slopes, k) * at(this.#scale, k)) / at(this.#scale, p);
    if (!this.#intercept || j > 0) return slope(j);
    let constant = at(shift, p) + slope(0);
    for (let k = 1; k < p; k++) constant -= slope(k) * at(shift, k);
    return constant;
  }

  #fold(): void {
    const rows = this.#pending;
    if (rows === 0) return;
    this.#shift ??= this.#chooseShift(rows);
    for (let j = this.#intercept ? 1 : 0; j < this.#width; j++) {
      const c = at(this.#shift, j);
      const s = at(this.#scale, j);
      const column = this.#work.subarray(j * blockRows, j * blockRows + rows);
      let sum = 0;
      for (let i = 0; i < rows; i++) {
        const value = (at(column, i) - c) * s;
        column[i] = value;
        sum += value;
      }
      if (!Number.isFinite(sum)) this.#refuseNonFinite(column, j);
    }
    foldBlock(this.#r, this.#work, this.#width, rows);
    this.#folded += rows;
    this.#pending = 0;
  }

  /** Shifts with few bits, so that subtracting them is exact for most data; sets the scales as well. */
  #chooseShift(rows: number): Float64Array {
    const shift = new Float64Array(this.#width);
    for (let j = this.#intercept ? 1 : 0; j < this.#width; j++) {
      const column = this.#work.subarray(j * blockRows, j * blockRows + rows);
      const first = at(column, 0);
      const mean = this.#intercept ? column.reduce((sum, value) => sum + (value - first) / rows, first) : 0;
      const spread = column.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
      if (spread === 0) shift[j] = mean;
      if (!(spread > 0 && spread < Infinity)) continue;
      const exponent = Math.max(-1000, Math.min(1000, Math.floor(Math.log2(spread))));
      const unit = 2 ** exponent;
      shift[j] = Math.round(mean / unit) * unit;
      this.#scale[j] = 1 / unit;
    }
    return shift;
  }

  #refuseNonFinite(column: Float64Array, j: number): void {
    const row = column.findIndex((value) => !Number.isFinite(value));
    if (row < 0) return;
    const name = j < this.#names.length ? `term ${JSON.stringify(this.#names[j])}` : 'the target';
    throw new MillraceError({
      code: 'regression.not_finite',
      message: `Row ${this.#folded + row + 1} has ${at(column, row)} in ${name}; drop or impute such rows first.`,
      details: { row: this.#folded + row + 1, term: this.#names[j] ?? null, value: String(at(column, row)) },
    });
  }

  #refuseOverflow(): void {
    if (this.#r.every(Number.isFinite)) return;
    throw new MillraceError({
      code: 'regression.not_finite',
      message: 'The columns hold values too large for sums of squares in double precision; scale them down first.',
    });
  }

  #refuseCollinear(shift: Float64Array, tolerance: number): void {
    const origin = shift.map((c, j) => c * at(this.#scale, j));
    const relations = findCollinear(this.#r, this.#width, this.#intercept ? origin : undefined, tolerance);
    if (relations.length === 0) return;
    const name = (j: number): string => this.#names[j] ?? '';
    const collinear = relations.map(({ column, of }) => ({ term: name(column), combinationOf: of.map(name) }));
    const sentences = collinear.map(({ term, combinationOf: of }) => {
      if (of.length === 0) return `${term} is zero in every row`;
      if (of.length === 1 && of[0] === '(Intercept)') return `${term} has the same value in every row`;
      return `${term} is a linear combination of ${of.join(', ')}`;
    });
    throw new MillraceError({
      code: 'regression.collinear',
      message: `No single answer exists: ${sentences.join('; ')} (to ${tolerance}). Leave out ${collinear.map((c) => c.term).join(', ')}.`,
      details: { collinear, tolerance },
    });
  }
}

/** The element of a typed array at an index known to lie inside it. */
function at(values: Float64Array, i: number): number {
  return values[i] as number;
}

/** Makes the triangle of [r; work] in place: reflector j touches row j of `r` and the block, as the rest is zero already. */
function foldBlock(r: Float64Array, work: Float64Array, width: number, rows: number): void {
  for (let j = 0; j < width; j++) {
    const v = work.subarray(j * blockRows, j * blockRows + rows);
    const square = dot(v, v, rows);
    if (square === 0) continue;
    const alpha = at(r, j * width + j);
    const norm = Math.sqrt(alpha * alpha + square);
    const beta = alpha > 0 ? -norm : norm;
    const head = alpha - beta;
    const tau = -head / beta;
    r[j * width + j] = beta;
    for (let k = j + 1; k < width; k++) {
      const column = work.subarray(k * blockRows, k * blockRows + rows);
      const step = tau * (at(r, k * width + j) + dot(v, column, rows) / head);
      r[k * width + j] = at(r, k * width + j) - step;
      subtract(column, v, step / head, rows);
    }
  }
}

/** Inner product; four sums keep the processor's pipeline full and the rounding small. */
function dot(a: Float64Array, b: Float64Array, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += (a[i] as number) * (b[i] as number);
    s1 += (a[i + 1] as number) * (b[i + 1] as number);
    s2 += (a[i + 2] as number) * (b[i + 2] as number);
    s3 += (a[i + 3] as number) * (b[i + 3] as number);
  }
  for (; i < n; i++) s0 += (a[i] as number) * (b[i] as number);
  return s0 + s1 + (s2 + s3);
}

function subtract(a: Float64Array, b: Float64Array, factor: number, n: number): void {
  for (let i = 0; i < n; i++) a[i] = (a[i] as number) - factor * (b[i] as number);
}

/** Solves the leading p x p triangle against the target's column. */
function solveUpper(r: Float64Array, w: number, p: number): Float64Array {
  const x = r.slice(p * w, p * w + p);
  for (let j = p - 1; j >= 0; j--) {
    x[j] = at(x, j) / at(r, j * w + j);
    for (let i = 0; i < j; i++) x[i] = at(x, i) - at(r, j * w + i) * at(x, j);
  }
  return x;
}

/** Inverse of the leading p x p triangle, column-major. */
function invertUpper(r: Float64Array, w: number, p: number): Float64Array {
  const inverse = new Float64Array(p * p);
  for (let k = 0; k < p; k++) {
    inverse[k * p + k] = 1;
    for (let j = k; j >= 0; j--) {
      const x = at(inverse, k * p + j) / at(r, j * w + j);
      inverse[k * p + j] = x;
      for (let i = 0; i < j; i++) inverse[k * p + i] = at(inverse, k * p + i) - at(r, j * w + i) * x;
    }
  }
  return inverse;
}
