/** Columns of a design, and the target as the last, in units in which they are about one in size. */
export interface StandardUnits {
  /** What is taken off each column; zero without an intercept, which is what takes it up. */
  readonly shift: Float64Array;
  /** What each is then multiplied by: powers of two, so that it costs no digits. */
  readonly scale: Float64Array;
}

/**
 * Units from the first rows. The shift is about their mean, with so few bits that taking it off is exact; where it would not
 * be for one of these rows, the column is not far from zero and stays where it is.
 */
export function standardUnits(columns: readonly Float64Array[], rows: number, intercept: boolean): StandardUnits {
  const first = intercept ? 1 : 0;
  const shift = new Float64Array(first + columns.length);
  const scale = new Float64Array(first + columns.length).fill(1);
  columns.forEach((whole, j) => {
    const column = whole.subarray(0, rows);
    const start = column[0] ?? 0;
    const mean = intercept ? column.reduce((sum, value) => sum + (value - start) / rows, start) : 0;
    const spread = column.reduce((most, value) => Math.max(most, Math.abs(value - mean)), 0);
    if (spread === 0) shift[first + j] = mean;
    if (!(spread > 0 && spread < Infinity)) return;
    const unit = 2 ** Math.max(-1000, Math.min(1000, Math.floor(Math.log2(spread))));
    const about = Math.round(mean / unit) * unit;
    if (column.every((value) => isExact(value, about))) shift[first + j] = about;
    scale[first + j] = 1 / unit;
  });
  return { shift, scale };
}

/** Whether `a - b` is a double. */
function isExact(a: number, b: number): boolean {
  const difference = a - b;
  const part = difference - a;
  return a - (difference - part) - (b + part) === 0;
}

/** Writes rows of a column in standard units; their sum, each times its weight. */
export function standardise(
  column: Float64Array,
  from: number,
  rows: number,
  units: StandardUnits,
  j: number,
  to: Float64Array,
  start: number,
  weights?: Float64Array,
): number {
  const shift = units.shift[j] as number;
  const scale = units.scale[j] as number;
  let even = 0;
  let odd = 0;
  let i = 0;
  if (weights !== undefined) {
    for (; i < rows; i++) {
      const value = ((column[from + i] as number) - shift) * scale;
      to[start + i] = value;
      even += (weights[from + i] as number) * value;
    }
    return even;
  }
  for (; i + 1 < rows; i += 2) {
    const value = ((column[from + i] as number) - shift) * scale;
    const next = ((column[from + i + 1] as number) - shift) * scale;
    to[start + i] = value;
    to[start + i + 1] = next;
    even += value;
    odd += next;
  }
  if (i < rows) {
    const value = ((column[from + i] as number) - shift) * scale;
    to[start + i] = value;
    even += value;
  }
  return even + odd;
}

/** Takes the mean off, and multiplies by the roots of the weights. */
export function centre(
  work: Float64Array,
  start: number,
  rows: number,
  mean: number,
  roots: Float64Array | undefined,
): void {
  if (roots === undefined) {
    if (mean !== 0) for (let i = 0; i < rows; i++) work[start + i] = (work[start + i] as number) - mean;
    return;
  }
  for (let i = 0; i < rows; i++) work[start + i] = ((work[start + i] as number) - mean) * (roots[i] as number);
}
