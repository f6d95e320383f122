/** Least squares of doubles, exactly: whole numbers of any length, and one rounding at the end. */
export interface ExactFit {
  readonly estimates: readonly number[];
  /** The diagonal of (X'WX)^-1. */
  readonly variances: readonly number[];
  readonly rss: number;
}

export function exactLeastSquares(
  design: readonly ArrayLike<number>[],
  target: ArrayLike<number>,
  weights?: ArrayLike<number>,
): ExactFit {
  const columns = [...design, target].map(wholes);
  const p = design.length;
  const w = weights === undefined ? undefined : wholes(weights);
  const product = (i: number, j: number): bigint => {
    let sum = 0n;
    const [a, b] = [columns[i]?.values ?? [], columns[j]?.values ?? []];
    a.forEach((value, row) => {
      sum += value * (b[row] ?? 0n) * (w?.values[row] ?? 1n);
    });
    return sum;
  };
  // [X'WX | X'Wy | 1], brought to a multiple of the unit matrix without fractions (Bareiss, Math. Comp. 22, 1968).
  const rows = Array.from({ length: p }, (_, i) => [
    ...Array.from({ length: p + 1 }, (_, j) => product(i, j)),
    ...Array.from({ length: p }, (_, j) => (i === j ? 1n : 0n)),
  ]);
  let before = 1n;
  for (let k = 0; k < p; k++) {
    const pivotRow = rows[k] ?? [];
    const pivot = pivotRow[k] ?? 0n;
    if (pivot === 0n) throw new Error('the columns are dependent');
    rows.forEach((row, i) => {
      if (i === k) return;
      const factor = row[k] ?? 0n;
      for (let j = 0; j < row.length; j++) row[j] = (pivot * (row[j] ?? 0n) - factor * (pivotRow[j] ?? 0n)) / before;
    });
    before = pivot;
  }
  const unit = (j: number): number => columns[j]?.exponent ?? 0;
  let rss = product(p, p) * before;
  for (let i = 0; i < p; i++) rss -= product(i, p) * (rows[i]?.[p] ?? 0n);
  return {
    estimates: rows.map((row, i) => quotient(row[p] ?? 0n, before, unit(p) - unit(i))),
    variances: rows.map((row, i) => quotient(row[p + 1 + i] ?? 0n, before, -2 * unit(i) - (w?.exponent ?? 0))),
    rss: quotient(rss, before, 2 * unit(p) + (w?.exponent ?? 0)),
  };
}

/** Doubles as whole numbers times one power of two. */
function wholes(values: ArrayLike<number>): { readonly values: bigint[]; readonly exponent: number } {
  let exponent = 0;
  for (const value of Array.from(values)) while (!Number.isInteger(value * 2 ** -exponent)) exponent--;
  return { values: Array.from(values, (value) => BigInt(value * 2 ** -exponent)), exponent };
}

/** `a / b * 2 ** exponent`, rounded once. */
function quotient(a: bigint, b: bigint, exponent: number): number {
  const bits = (value: bigint): number => value.toString(2).length;
  const shift = Math.max(0, bits(b) - bits(a) + 80);
  const scaled = Number((a << BigInt(shift)) / b);
  const half = Math.trunc((exponent - shift) / 2);
  return scaled * 2 ** half * 2 ** (exponent - shift - half);
}
