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
