/**
 * Makes the triangle of [r; block] in place, by Householder reflections (Golub and Van Loan, Matrix Computations, 4th ed.,
 * 5.2 and 6.5): reflector j touches row j of `r` and the block, as the rest is zero already.
 *
 * `r` is `width` x `width`, `block` `rows` x `width` in columns that are `stride` apart, which are overwritten. Columns
 * before `first` are zero in the block.
 */
export function foldBlock(
  r: Float64Array,
  block: Float64Array,
  width: number,
  rows: number,
  stride: number,
  first = 0,
): void {
  for (let j = first; j < width; j++) {
    const v = j * stride;
    const square = dot(block, v, v, rows);
    if (square === 0) continue;
    const alpha = r[j * width + j] as number;
    const norm = Math.sqrt(alpha * alpha + square);
    const beta = alpha > 0 ? -norm : norm;
    const head = alpha - beta;
    const tau = -head / beta;
    r[j * width + j] = beta;
    const step = (k: number, product: number): number => {
      const change = tau * ((r[k * width + j] as number) + product / head);
      r[k * width + j] = (r[k * width + j] as number) - change;
      return change / head;
    };
    let k = j + 1;
    for (; k + 1 < width; k += 2) reflectTwo(block, v, k * stride, (k + 1) * stride, rows, k, step);
    if (k < width) subtract(block, k * stride, v, step(k, dot(block, v, k * stride, rows)), rows);
  }
}

/** Rotates one row of the block, `row`, under row 0 of `r`; what is left of it has a zero in column 0. */
export function foldRow(r: Float64Array, block: Float64Array, width: number, row: number, stride: number): void {
  const alpha = r[0] as number;
  const below = block[row] as number;
  const norm = Math.hypot(alpha, below);
  for (let k = 0; k < width; k++) {
    const upper = r[k * width] as number;
    const lower = block[row + k * stride] as number;
    r[k * width] = (alpha * upper + below * lower) / norm;
    block[row + k * stride] = (alpha * lower - below * upper) / norm;
  }
}

/** Two columns at a time: each value of `v` is read once for both, and their sums do not wait for each other. */
function reflectTwo(
  block: Float64Array,
  v: number,
  a: number,
  b: number,
  rows: number,
  k: number,
  step: (k: number, product: number) => number,
): void {
  let a0 = 0;
  let a1 = 0;
  let b0 = 0;
  let b1 = 0;
  let i = 0;
  for (; i + 1 < rows; i += 2) {
    const x = block[v + i] as number;
    const y = block[v + i + 1] as number;
    a0 += x * (block[a + i] as number);
    a1 += y * (block[a + i + 1] as number);
    b0 += x * (block[b + i] as number);
    b1 += y * (block[b + i + 1] as number);
  }
  if (i < rows) {
    a0 += (block[v + i] as number) * (block[a + i] as number);
    b0 += (block[v + i] as number) * (block[b + i] as number);
  }
  const forA = step(k, a0 + a1);
  const forB = step(k + 1, b0 + b1);
  for (i = 0; i < rows; i++) {
    const x = block[v + i] as number;
    block[a + i] = (block[a + i] as number) - forA * x;
    block[b + i] = (block[b + i] as number) - forB * x;
  }
}

/** Inner product of two columns; four sums keep the processor's pipeline full and the rounding small. */
function dot(block: Float64Array, a: number, b: number, n: number): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < n; i += 4) {
    s0 += (block[a + i] as number) * (block[b + i] as number);
    s1 += (block[a + i + 1] as number) * (block[b + i + 1] as number);
    s2 += (block[a + i + 2] as number) * (block[b + i + 2] as number);
    s3 += (block[a + i + 3] as number) * (block[b + i + 3] as number);
  }
  for (; i < n; i++) s0 += (block[a + i] as number) * (block[b + i] as number);
  return s0 + s1 + (s2 + s3);
}

function subtract(block: Float64Array, a: number, b: number, factor: number, n: number): void {
  for (let i = 0; i < n; i++) block[a + i] = (block[a + i] as number) - factor * (block[b + i] as number);
}

/** The triangle of some columns of a triangle, and of its last. */
export function triangleOf(r: Float64Array, width: number, columns: readonly number[]): Float64Array {
  const chosen = [...columns, width - 1];
  const block = new Float64Array(chosen.length * width);
  chosen.forEach((column, j) => {
    block.set(r.subarray(column * width, (column + 1) * width), j * width);
  });
  const triangle = new Float64Array(chosen.length * chosen.length);
  foldBlock(triangle, block, chosen.length, width, width);
  return triangle;
}
