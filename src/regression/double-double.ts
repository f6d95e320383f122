const SPLIT = 134217729; // 2^27 + 1

/**
 * A number kept as two doubles, the second what the first has lost: some 31 digits (Dekker, Numer. Math. 18, 1971;
 * Ogita, Rump and Oishi, SIAM J. Sci. Comput. 26, 2005). Numbers to work with are given as such pairs.
 */
export class DoubleDouble {
  hi = 0;
  lo = 0;

  set(hi: number, lo = 0): this {
    this.hi = hi;
    this.lo = lo;
    return this;
  }

  add(hi: number, lo = 0): this {
    const sum = this.hi + hi;
    const part = sum - this.hi;
    const lost = this.hi - (sum - part) + (hi - part) + (this.lo + lo);
    this.hi = sum + lost;
    this.lo = lost - (this.hi - sum);
    return this;
  }

  addProduct(aHi: number, aLo: number, bHi: number, bLo: number): this {
    const product = aHi * bHi;
    const ca = SPLIT * aHi;
    const a1 = ca - (ca - aHi);
    const a2 = aHi - a1;
    const cb = SPLIT * bHi;
    const b1 = cb - (cb - bHi);
    const b2 = bHi - b1;
    const lost = a2 * b2 - (product - a1 * b1 - a2 * b1 - a1 * b2);
    return this.add(product, lost + (aHi * bLo + aLo * bHi));
  }

  divide(hi: number, lo: number): this {
    const first = this.hi / hi;
    this.addProduct(-first, 0, hi, lo);
    const second = this.hi / hi;
    this.addProduct(-second, 0, hi, lo);
    const third = this.hi / hi;
    return this.set(first).add(second).add(third);
  }

  /** The square root; zero of what is below zero. */
  sqrt(): this {
    if (!(this.hi > 0)) return this.set(0);
    const root = Math.sqrt(this.hi);
    const rest = this.addProduct(-root, 0, root, 0).hi / (2 * root);
    return this.set(root).add(rest);
  }
}

/** A square matrix of such numbers, column-major. */
export interface PreciseMatrix {
  readonly size: number;
  readonly hi: Float64Array;
  readonly lo: Float64Array;
}

export function preciseMatrix(size: number, hi: Float64Array = new Float64Array(size * size)): PreciseMatrix {
  return { size, hi, lo: new Float64Array(size * size) };
}

/** The upper triangle R with R'R = X'WX, where X is of these columns and W of these weights (all one where absent). */
export function preciseTriangle(columns: readonly Float64Array[], weights: Float64Array | undefined): PreciseMatrix {
  const size = columns.length;
  const r = preciseMatrix(size);
  const sum = new DoubleDouble();
  const product = new DoubleDouble();
  columns.forEach((column, j) => {
    for (let i = 0; i <= j; i++) {
      const other = columns[i] as Float64Array;
      sum.set(0);
      for (let row = 0; row < column.length; row++) {
        const a = other[row] as number;
        const b = column[row] as number;
        if (weights === undefined) {
          sum.addProduct(a, 0, b, 0);
        } else {
          product.set(0).addProduct(weights[row] as number, 0, a, 0);
          sum.addProduct(product.hi, product.lo, b, 0);
        }
      }
      // Cholesky's factorisation, a row of the column at a time.
      for (let k = 0; k < i; k++) subtractProduct(sum, r, k + i * size, r, k + j * size);
      if (i < j) sum.divide(r.hi[i + i * size] as number, r.lo[i + i * size] as number);
      else sum.sqrt();
      store(r, i + j * size, sum);
    }
  });
  return r;
}

/** Solves the leading triangle, without the last column, against the last column. */
export function preciseSolve(r: PreciseMatrix): PreciseMatrix {
  const { size } = r;
  const count = size - 1;
  const x: PreciseMatrix = { size: count, hi: new Float64Array(count), lo: new Float64Array(count) };
  const sum = new DoubleDouble();
  for (let i = count - 1; i >= 0; i--) {
    sum.set(r.hi[i + count * size] as number, r.lo[i + count * size]);
    for (let k = i + 1; k < count; k++) subtractProduct(sum, r, i + k * size, x, k);
    store(x, i, sum.divide(r.hi[i + i * size] as number, r.lo[i + i * size] as number));
  }
  return x;
}

/** The inverse of the leading triangle, without the last column. */
export function preciseInverse(r: PreciseMatrix): PreciseMatrix {
  const { size } = r;
  const count = size - 1;
  const inverse = preciseMatrix(count);
  const sum = new DoubleDouble();
  for (let j = 0; j < count; j++) {
    for (let i = j; i >= 0; i--) {
      sum.set(i === j ? 1 : 0);
      for (let k = i + 1; k <= j; k++) {
        if (r.hi[i + k * size] !== 0) subtractProduct(sum, r, i + k * size, inverse, k + j * count);
      }
      store(inverse, i + j * count, sum.divide(r.hi[i + i * size] as number, r.lo[i + i * size] as number));
    }
  }
  return inverse;
}

function subtractProduct(sum: DoubleDouble, a: PreciseMatrix, i: number, b: PreciseMatrix, j: number): void {
  sum.addProduct(-(a.hi[i] as number), -(a.lo[i] as number), b.hi[j] as number, b.lo[j] as number);
}

function store(m: PreciseMatrix, i: number, value: DoubleDouble): void {
  m.hi[i] = value.hi;
  m.lo[i] = value.lo;
}
