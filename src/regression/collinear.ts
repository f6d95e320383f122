/** A column that others determine: `column` is a linear combination of the columns `of`, all of them before it. */
export interface Relation {
  readonly column: number;
  /** Empty where the column is zero throughout. */
  readonly of: readonly number[];
}

/**
 * The columns that a fit has to leave out, each with the columns that determine it; of several choices the later column
 * goes, as in R's `lm`.
 *
 * @example
 * ```ts
 * findCollinear(Float64Array.of(1, 0, 0, 2, 0, 0, 0, 0, 5), 3, undefined, 1e-12); // [{ column: 1, of: [0] }]
 * ```
 *
 * `r` is a `width` x `width` upper triangle, column-major, its last column the target. With `origin` the first column is the
 * intercept and column j stands for a column whose mean part, `origin[j]` times the intercept, was taken out: lengths are
 * those of the columns before that, since their rounding is. The rank is that of a QR with column pivoting (Golub and Van
 * Loan, Matrix Computations, 4th ed., 5.4.2); the relations are its null space, reduced from the last column.
 */
export function findCollinear(
  r: Float64Array,
  width: number,
  origin: Float64Array | undefined,
  tolerance: number,
): Relation[] {
  const p = width - 1;
  const columns = Array.from({ length: p }, (_, j) => r.slice(j * width, j * width + p));
  const spans = columns.map(length);
  const lengths = columns.map((column, j) => {
    const first = (column[0] ?? 0) + (origin?.[j] ?? 0) * (r[0] ?? 0);
    return Math.hypot(first, length(column.subarray(1)));
  });
  const { independent, triangle, dependent } = pivotedTriangle(
    columns.map((column, j) => column.map((value) => value / (lengths[j] || 1))),
    tolerance,
  );
  const vectors = dependent.map(({ column, projections }) => {
    const vector = new Float64Array(p);
    vector[column] = 1 / (lengths[column] || 1);
    const shares = [...projections];
    for (let k = independent.length - 1; k >= 0; k--) {
      const share = (shares[k] ?? 0) / (triangle[k]?.[k] ?? 1);
      for (let m = 0; m < k; m++) shares[m] = (shares[m] ?? 0) - share * (triangle[k]?.[m] ?? 0);
      const index = independent[k] ?? 0;
      vector[index] = -share / (lengths[index] || 1);
    }
    for (let j = 1; origin && j < p; j++) vector[0] = (vector[0] ?? 0) - (vector[j] ?? 0) * (origin[j] ?? 0);
    return vector;
  });
  return reduce(vectors, spans, lengths, origin !== undefined);
}

interface PivotedTriangle {
  /** Columns in the order in which they were taken. */
  readonly independent: readonly number[];
  /** Per taken column, its projections on the directions so far and its own length. */
  readonly triangle: readonly number[][];
  readonly dependent: readonly { readonly column: number; readonly projections: readonly number[] }[];
}

/** Takes the column with most left each time, until what is left of all others is within `tolerance`. */
function pivotedTriangle(columns: readonly Float64Array[], tolerance: number): PivotedTriangle {
  const rest = columns.map((left, column) => ({ column, left, projections: [] as number[] }));
  const independent: number[] = [];
  const triangle: number[][] = [];
  while (rest.length > 0) {
    let best = 0;
    let most = -1;
    rest.forEach(({ left }, i) => {
      const size = length(left);
      if (size > most) [best, most] = [i, size];
    });
    if (most <= tolerance) break;
    const [taken] = rest.splice(best, 1);
    if (!taken) break;
    const direction = taken.left.map((value) => value / most);
    independent.push(taken.column);
    triangle.push([...taken.projections, most]);
    for (const { left, projections } of rest) {
      let projection = 0;
      for (let i = 0; i < left.length; i++) projection += (left[i] ?? 0) * (direction[i] ?? 0);
      for (let i = 0; i < left.length; i++) left[i] = (left[i] ?? 0) - projection * (direction[i] ?? 0);
      projections.push(projection);
    }
  }
  return { independent, triangle, dependent: rest };
}

/** Brings the null vectors to reduced form, pivots from the last column, and reads the relations off. */
function reduce(
  vectors: readonly Float64Array[],
  spans: readonly number[],
  lengths: readonly number[],
  intercept: boolean,
): Relation[] {
  const open = new Set(vectors);
  const pivots = new Map<Float64Array, number>();
  const sizes = lengths.map((whole, j) => ((spans[j] ?? 0) > 1e-12 * whole ? (spans[j] ?? 0) : whole || 1));
  // A column takes part where its share stands out from the others' rounding, which a long column far from zero hands on
  // to the intercept magnified.
  const present = (v: Float64Array, j: number): boolean => {
    let noise = 0;
    for (let k = intercept ? 1 : 0; k < v.length; k++) {
      const whole = lengths[k] ?? 0;
      const size = sizes[k] ?? 1;
      const rounding = 1e-14 * whole * (intercept && j === 0 ? whole / size : 1);
      noise = Math.max(noise, Math.abs(v[k] ?? 0) * (1e-9 * size + rounding));
    }
    return Math.abs(v[j] ?? 0) * (sizes[j] ?? 1) > noise;
  };
  for (let j = spans.length - 1; j >= 0; j--) {
    let pivot: Float64Array | undefined;
    for (const v of open) {
      if (present(v, j) && (!pivot || Math.abs(v[j] ?? 0) > Math.abs(pivot[j] ?? 0))) pivot = v;
    }
    if (!pivot) continue;
    open.delete(pivot);
    pivots.set(pivot, j);
    for (const v of vectors) {
      if (v === pivot) continue;
      const factor = (v[j] ?? 0) / (pivot[j] ?? 1);
      for (let k = 0; k < v.length; k++) v[k] = k === j ? 0 : (v[k] ?? 0) - factor * (pivot[k] ?? 0);
    }
  }
  for (const v of open) {
    pivots.set(
      v,
      v.findLastIndex((value) => value !== 0),
    );
  }
  return [...pivots]
    .map(([v, column]) => ({ column, of: [...v.keys()].filter((k) => k !== column && present(v, k)) }))
    .sort((a, b) => a.column - b.column);
}

function length(column: Float64Array): number {
  let most = 0;
  for (let i = 0; i < column.length; i++) most = Math.max(most, Math.abs(column[i] ?? 0));
  if (most === 0) return 0;
  let sum = 0;
  for (let i = 0; i < column.length; i++) sum += ((column[i] ?? 0) / most) ** 2;
  return most * Math.sqrt(sum);
}
