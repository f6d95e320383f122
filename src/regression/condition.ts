/**
 * The condition number in the 2-norm of an upper triangle (`size` x `size`, column-major), its columns scaled to unit length:
 * the greatest singular value over the least, both by Lanczos' method, of R'R and of its inverse.
 */
export function conditionNumber(r: Float64Array, size: number): number {
  const unit = r.slice();
  for (let j = 0; j < size; j++) {
    const column = unit.subarray(j * size, (j + 1) * size);
    const length = Math.hypot(...column);
    for (let i = 0; i <= j; i++) column[i] = (column[i] as number) / length;
  }
  const product = (x: Float64Array): Float64Array => timesTransposed(unit, size, times(unit, size, x));
  const inverse = (x: Float64Array): Float64Array => solve(unit, size, solveTransposed(unit, size, x));
  return Math.sqrt(greatestEigenvalue(product, size) * greatestEigenvalue(inverse, size));
}

/** How many of Lanczos' steps are taken at most: the greatest eigenvalue is found long before. */
const STEPS = 100;

/** The greatest eigenvalue of a symmetric map (Golub and Van Loan, Matrix Computations, 4th ed., 10.1, 8.4.1). */
function greatestEigenvalue(map: (x: Float64Array) => Float64Array, size: number): number {
  const basis: Float64Array[] = [];
  const diagonal: number[] = [];
  const beside: number[] = [];
  let found = 0;
  // No eigenvector is likely to be orthogonal to this.
  let next: Float64Array = Float64Array.from({ length: size }, (_, i) => 1 + ((i * 0.618033988749895) % 1));
  let length = Math.hypot(...next);
  for (let step = 0; step < Math.min(size, STEPS); step++) {
    const v = next.map((value) => value / length);
    basis.push(v);
    next = map(v);
    diagonal.push(inner(v, next));
    // Twice is enough for directions that stay orthogonal.
    for (let twice = 0; twice < 2; twice++) {
      for (const known of basis) {
        const share = inner(known, next);
        for (let i = 0; i < size; i++) next[i] = (next[i] as number) - share * (known[i] as number);
      }
    }
    length = Math.hypot(...next);
    const before = found;
    found = greatestOf(diagonal, beside);
    if (!(length > 1e-14 * found) || (step > 20 && found - before < 1e-14 * found)) break;
    beside.push(length);
  }
  return found;
}

/** The greatest eigenvalue of a symmetric tridiagonal matrix, by bisection: below it some pivot of T - x is not negative. */
function greatestOf(diagonal: readonly number[], beside: readonly number[]): number {
  const bound = (i: number): number =>
    Math.abs(beside[i - 1] ?? 0) + Math.abs(i < diagonal.length - 1 ? (beside[i] ?? 0) : 0);
  let low = Math.max(...diagonal);
  let high = Math.max(...diagonal.map((value, i) => value + bound(i)));
  for (;;) {
    const middle = low + (high - low) / 2;
    if (!(middle > low && middle < high)) return high;
    let pivot = -1;
    let above = true;
    diagonal.forEach((value, i) => {
      pivot = value - middle - (i === 0 ? 0 : (beside[i - 1] ?? 0) ** 2 / pivot);
      if (!(pivot < 0)) above = false;
      if (pivot === 0) pivot = Number.MIN_VALUE;
    });
    if (above) high = middle;
    else low = middle;
  }
}

function inner(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] as number) * (b[i] as number);
  return sum;
}

function times(r: Float64Array, size: number, x: Float64Array): Float64Array {
  const y = new Float64Array(size);
  for (let j = 0; j < size; j++) {
    for (let i = 0; i <= j; i++) y[i] = (y[i] as number) + (r[i + j * size] as number) * (x[j] as number);
  }
  return y;
}

function timesTransposed(r: Float64Array, size: number, x: Float64Array): Float64Array {
  return x.map((_, j) => inner(r.subarray(j * size, j * size + j + 1), x));
}

function solve(r: Float64Array, size: number, x: Float64Array): Float64Array {
  const y = x.slice();
  for (let j = size - 1; j >= 0; j--) {
    y[j] = (y[j] as number) / (r[j + j * size] as number);
    for (let i = 0; i < j; i++) y[i] = (y[i] as number) - (r[i + j * size] as number) * (y[j] as number);
  }
  return y;
}

function solveTransposed(r: Float64Array, size: number, x: Float64Array): Float64Array {
  const y = x.slice();
  for (let j = 0; j < size; j++) {
    for (let i = 0; i < j; i++) y[j] = (y[j] as number) - (r[i + j * size] as number) * (y[i] as number);
    y[j] = (y[j] as number) / (r[j + j * size] as number);
  }
  return y;
}
