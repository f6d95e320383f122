import { MillraceError } from '../errors.ts';
import { cholesky } from './cholesky.ts';
import { findCollinear, type Relation } from './collinear.ts';
import { conditionNumber } from './condition.ts';
import type { CrossProducts } from './cross-products.ts';
import { type PreciseMatrix, preciseMatrix, preciseTriangle } from './double-double.ts';
import type { AliasedTerm, Fit } from './estimates.ts';
import { foldBlock, foldRow, triangleOf } from './householder.ts';
import { type EstimatedColumns, Sandwich } from './sandwich.ts';
import { fitOf, solutionOf } from './solution.ts';
import { centre, type StandardUnits, standardise, standardUnits } from './standard-units.ts';

export { type AliasedTerm, type Coefficient, coefficientsOf, type Fit, type FTest } from './estimates.ts';

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

/** Rows that are folded at a time: few enough that some columns of them stay in the processor's nearest cache. */
const BLOCK = 512;

/** The first rows, which tell the units; whoever has no more is solved in doubled precision. */
const HEAD = 4 * BLOCK;

/**
 * The greatest condition number, of columns and target, at which cross products are taken: its square, 65,536, is by how much
 * they enlarge rounding, to 1e-11 at most.
 */
const MOST_CONDITION = 256;

/** The most columns for which doubled precision is worth its time. */
const PRECISE_COLUMNS = 64;

/**
 * Least squares over rows that arrive in blocks, in memory that does not grow with them.
 *
 * @example
 * ```ts
 * const squares = new LeastSquares(['x']);
 * squares.add([Float64Array.of(1, 2, 3, 4)], Float64Array.of(3.1, 4.9, 7.2, 8.8));
 * const { coefficients, r2 } = squares.solve();
 * coefficients[1]?.estimate.toFixed(2); // '1.94'
 * ```
 *
 * `add` takes one column a term, all as long as the target, and perhaps a weight a row; how the rows are cut into blocks does
 * not change a bit of the answer. A row of weight zero is not counted. There are no nulls here: a NaN or an infinity is
 * `regression.not_finite`, a weight below zero or not finite `regression.bad_weight`.
 *
 * `solve` throws `regression.too_few_rows` unless there are more rows than estimates, and `regression.collinear` where a term
 * is a combination of others, unless such are to be dropped. Where the residuals are rounding (less than 1e-15 of the fitted
 * values, as R has it, which warns) the fit is perfect: `rss`, `sigma` and the standard errors are 0, t and F infinite.
 *
 * Method: Householder QR of [X y], a block at a time under the triangle so far, not X'X, which would lose half of the digits;
 * `addProducts` takes that where they are not needed.
 * With an intercept each block is centred, and its means enter as one more row. Up to 2,048 rows of up to 64 columns are
 * solved again in doubled precision, to the last digits that a double holds.
 */
export class LeastSquares {
  readonly #names: readonly string[];
  readonly #intercept: boolean;
  /** Columns of the design and the target. */
  readonly #width: number;
  /** Upper triangle of the QR so far, column-major, `width` x `width`. */
  readonly #r: Float64Array;
  /** A block in standard units, `BLOCK + 1` x `width`, its last row for the means. */
  readonly #work: Float64Array;
  /** Rows not folded in yet: the first ones, later those of an unfinished block. */
  readonly #waiting: readonly Float64Array[];
  readonly #waitingWeights: Float64Array = new Float64Array(HEAD);
  #waitingRows = 0;
  #units: StandardUnits | undefined;
  #weighted = false;
  #folded = 0;
  /** Rows whose weight is not zero. */
  #used = 0;
  #logWeights = 0;
  #solution: EstimatedColumns | undefined;

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
    this.#work = new Float64Array(this.#width * (BLOCK + 1));
    this.#waiting = [...terms, ''].map(() => new Float64Array(HEAD));
  }

  /** Rows added so far. */
  get rows(): number {
    return this.#folded + this.#waitingRows;
  }

  add(columns: readonly Float64Array[], target: Float64Array, weights?: Float64Array): void {
    const all = [...columns, target];
    checkShape(all, this.#waiting.length, weights);
    this.#count(target.length, weights);
    let from = 0;
    while (from < target.length) {
      const rest = target.length - from;
      if (this.#units !== undefined && this.#waitingRows === 0 && rest >= BLOCK) {
        this.#fold(this.#r, this.#units, all, weights, from, BLOCK);
        this.#folded += BLOCK;
        from += BLOCK;
        continue;
      }
      const most = this.#units === undefined ? HEAD : BLOCK;
      if (this.#waitingRows === most) {
        this.#units ??= standardUnits(this.#waiting, most, this.#intercept);
        this.#foldWaiting(this.#r, this.#units);
        this.#folded += most;
        this.#waitingRows = 0;
        continue;
      }
      const count = Math.min(most - this.#waitingRows, rest);
      all.forEach((column, j) => {
        this.#waiting[j]?.set(column.subarray(from, from + count), this.#waitingRows);
      });
      if (weights === undefined) this.#waitingWeights.fill(1, this.#waitingRows, this.#waitingRows + count);
      else this.#waitingWeights.set(weights.subarray(from, from + count), this.#waitingRows);
      from += count;
      this.#waitingRows += count;
    }
  }

  /**
   * Takes all rows as their cross products; false, and nothing is taken, where they hold what is not finite or where squaring
   * has cost digits: the columns and the target are too near to a combination of each other.
   */
  addProducts({ rows, units, products }: CrossProducts): boolean {
    const width = this.#width;
    if (!products.every((row) => row.every(Number.isFinite))) return false;
    const triangle = Float64Array.from(cholesky(products).flat());
    if (!(conditionNumber(triangle, width) <= MOST_CONDITION)) return false;
    this.#r.set(triangle);
    this.#units = units;
    this.#folded = rows;
    this.#used = rows;
    return true;
  }

  solve(options: SolveOptions = {}): Fit {
    const { confidence = 0.95, tolerance = 1e-12, collinear = 'fail' } = options;
    const p = this.#width - 1;
    if (collinear === 'fail') this.#refuseFewRows(this.#names);
    const units = this.#units ?? standardUnits(this.#waiting, this.#waitingRows, this.#intercept);
    const r = this.#r.slice();
    this.#foldWaiting(r, units);
    refuseOverflow(r);
    const relations = this.#relations(r, units, tolerance, collinear);
    const left = new Set(relations.map(({ column }) => column));
    const kept = [...this.#names.keys()].filter((j) => !left.has(j));
    const names = kept.map((j) => this.#names[j] ?? '');
    this.#refuseFewRows(names);
    const chosen = [...kept, p];
    const own = {
      shift: units.shift.filter((_, j) => !left.has(j)),
      scale: units.scale.filter((_, j) => !left.has(j)),
    };
    const triangle =
      this.#units === undefined && this.#width <= PRECISE_COLUMNS
        ? this.#preciseTriangle(own, chosen)
        : preciseMatrix(chosen.length, left.size === 0 ? r : triangleOf(r, this.#width, kept));
    const solution = solutionOf(triangle, own, this.#intercept, this.#used);
    this.#solution = { ...solution, columns: kept, terms: names };
    return {
      ...fitOf(names, solution, this.#logWeights, confidence),
      aliased: this.#aliased(relations),
      conditionNumber: conditionNumber(solution.design, kept.length),
    };
  }

  /**
   * A second pass over the same rows, for standard errors that hold where the variances of the errors differ; after `solve`,
   * and `regression.not_solved` before.
   *
   * @example
   * ```ts
   * const squares = new LeastSquares(['x']);
   * const rows = [[Float64Array.of(1, 2, 3, 4)], Float64Array.of(3.1, 4.9, 7.2, 8.8)] as const;
   * squares.add(...rows);
   * squares.solve();
   * const sandwich = squares.sandwich();
   * sandwich.add(...rows);
   * console.log(sandwich.coefficients()[1]?.stdError.toFixed(4)); // 0.0599
   * ```
   */
  sandwich(): Sandwich {
    if (this.#solution === undefined) {
      throw new MillraceError({ code: 'regression.not_solved', message: 'sandwich: call solve first.' });
    }
    return new Sandwich(this.#solution);
  }

  #count(rows: number, weights: Float64Array | undefined): void {
    if (weights === undefined) {
      this.#used += rows;
      return;
    }
    weights.forEach((weight, i) => {
      if (!(weight >= 0 && weight < Infinity)) {
        const row = this.rows + i + 1;
        throw new MillraceError({
          code: 'regression.bad_weight',
          message: `Row ${row} has the weight ${weight}; a weight is zero or more, and finite.`,
          details: { row, value: String(weight) },
        });
      }
    });
    this.#weighted = true;
    for (const weight of weights) {
      if (weight === 0) continue;
      this.#used++;
      this.#logWeights += Math.log(weight);
    }
  }

  #foldWaiting(r: Float64Array, units: StandardUnits): void {
    const weights = this.#weighted ? this.#waitingWeights : undefined;
    for (let from = 0; from < this.#waitingRows; from += BLOCK) {
      this.#fold(r, units, this.#waiting, weights, from, Math.min(BLOCK, this.#waitingRows - from), this.#folded);
    }
  }

  /** Folds rows of these columns into a triangle; `before` rows stand before the columns' first. */
  #fold(
    r: Float64Array,
    units: StandardUnits,
    columns: readonly Float64Array[],
    weights: Float64Array | undefined,
    from: number,
    rows: number,
    before: number = this.#folded - from,
  ): void {
    const first = this.#intercept ? 1 : 0;
    const stride = BLOCK + 1;
    const work = this.#work;
    let total = rows;
    let roots: Float64Array | undefined;
    if (weights !== undefined) {
      const part = weights.subarray(from, from + rows);
      total = part.reduce((sum, weight) => sum + weight, 0);
      if (total === 0) return;
      roots = part.map(Math.sqrt);
    }
    const root = Math.sqrt(total);
    columns.forEach((column, j) => {
      const start = (first + j) * stride;
      const sum = standardise(column, from, rows, units, first + j, work, start, weights);
      if (!Number.isFinite(sum)) this.#refuseNonFinite(column.subarray(from, from + rows), first + j, before + from);
      const mean = this.#intercept ? sum / total : 0;
      centre(work, start, rows, mean, roots);
      work[start + rows] = root * mean;
    });
    if (this.#intercept) {
      work[rows] = root;
      foldRow(r, work, this.#width, rows, stride);
    }
    foldBlock(r, work, this.#width, rows + first, stride, first);
  }

  /** The triangle of the waiting rows in doubled precision. */
  #preciseTriangle(units: StandardUnits, columns: readonly number[]): PreciseMatrix {
    const rows = this.#waitingRows;
    const first = this.#intercept ? 1 : 0;
    const design = columns.map((j, position) => {
      const column = new Float64Array(rows);
      if (j < first) return column.fill(1);
      standardise(this.#waiting[j - first] as Float64Array, 0, rows, units, position, column, 0);
      return column;
    });
    return preciseTriangle(design, this.#weighted ? this.#waitingWeights.subarray(0, rows) : undefined);
  }

  #relations(r: Float64Array, units: StandardUnits, tolerance: number, collinear: 'fail' | 'drop'): Relation[] {
    const origin = units.shift.map((c, j) => c * (units.scale[j] ?? 1));
    const relations = findCollinear(r, this.#width, this.#intercept ? origin : undefined, tolerance);
    const none = relations.length === this.#names.length;
    if (relations.length === 0 || (collinear === 'drop' && !none)) return relations;
    const found = this.#aliased(relations);
    const sentences = found.map(({ term, combinationOf: of }) => {
      if (of.length === 0) return `${term} is zero in every row`;
      if (of.length === 1 && of[0] === '(Intercept)') return `${term} has the same value in every row`;
      return `${term} is a linear combination of ${of.join(', ')}`;
    });
    throw new MillraceError({
      code: 'regression.collinear',
      message: `No single answer exists: ${sentences.join('; ')} (to ${tolerance}). Leave out ${found.map((c) => c.term).join(', ')}.`,
      details: { collinear: found, tolerance },
    });
  }

  #aliased(relations: readonly Relation[]): AliasedTerm[] {
    const name = (j: number): string => this.#names[j] ?? '';
    return relations.map(({ column, of }) => ({ term: name(column), combinationOf: of.map(name) }));
  }

  #refuseFewRows(terms: readonly string[]): void {
    const needed = terms.length + 1;
    if (this.#used >= needed) return;
    throw new MillraceError({
      code: 'regression.too_few_rows',
      message: `${terms.length} coefficients (${terms.join(', ')}) need at least ${needed} rows, not ${this.#used}.`,
      details: { rows: this.#used, needed, terms },
    });
  }

  #refuseNonFinite(column: Float64Array, j: number, before: number): void {
    const i = column.findIndex((value) => !Number.isFinite(value));
    if (i < 0) return;
    const row = before + i + 1;
    const name = j < this.#names.length ? `term ${JSON.stringify(this.#names[j])}` : 'the target';
    throw new MillraceError({
      code: 'regression.not_finite',
      message: `Row ${row} has ${column[i]} in ${name}; drop or impute such rows first.`,
      details: { row, term: this.#names[j] ?? null, value: String(column[i]) },
    });
  }
}

function checkShape(all: readonly Float64Array[], expected: number, weights: Float64Array | undefined): void {
  const rows = all.at(-1)?.length ?? 0;
  const columns = all.slice(0, -1).map((column) => column.length);
  if (all.length !== expected || columns.some((length) => length !== rows)) {
    throw new MillraceError({
      code: 'regression.block_shape',
      message:
        `A block needs ${expected - 1} columns as long as its target (${rows}), ` +
        `not ${columns.length} of lengths ${JSON.stringify(columns)}.`,
      details: { expected: expected - 1, lengths: columns },
    });
  }
  if (weights !== undefined && weights.length !== rows) {
    throw new MillraceError({
      code: 'regression.block_shape',
      message: `A block of ${rows} rows needs as many weights, not ${weights.length}.`,
      details: { expected: rows, lengths: [weights.length] },
    });
  }
}

function refuseOverflow(r: Float64Array): void {
  if (r.every(Number.isFinite)) return;
  throw new MillraceError({
    code: 'regression.not_finite',
    message: 'The columns hold values too large for sums of squares in double precision; scale them down first.',
  });
}
