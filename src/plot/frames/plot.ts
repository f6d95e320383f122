import { bar } from './bar.ts';
import { box } from './box.ts';
import { histogram } from './histogram.ts';
import { line } from './line.ts';
import { missing } from './missing.ts';
import { scatter } from './scatter.ts';

/** Plots of frames. */
export interface Plots {
  /** A column over another, for each value of a third: `{ x: 'day', y: 'revenue', color: 'region' }`. */
  readonly line: typeof line;
  /** A bar for each value of a column: `{ x: 'region', y: 'revenue' }`. They are in its order, of texts the longest bar first. */
  readonly bar: typeof bar;
  /** A point a row, or cells where there are many: `{ x: 'quantity', y: 'revenue', color: 'region' }`. */
  readonly scatter: typeof scatter;
  /** How many rows lie where: `{ x: 'price' }`. */
  readonly histogram: typeof histogram;
  /** Quartiles and whiskers: `{ y: 'price', by: 'region' }`. */
  readonly box: typeof box;
  /** Where values are missing. */
  readonly missing: typeof missing;
}

/**
 * Plots of a frame in one call. The engine sums up: what is drawn are at most some thousand marks, however many rows there
 * are, and the subtitle says how many those were and what was left out.
 *
 * @example
 * ```ts
 * import { plot, read, t } from 'millrace';
 * const sales = read.rows(
 *   [{ day: '2024-03-01', revenue: 12 }, { day: '2024-03-02', revenue: 20 }],
 *   { schema: { day: t.date(), revenue: t.int() } },
 * );
 * const drawn = await plot.line(sales, { x: 'day', y: 'revenue' });
 * await drawn.save('warehouse/revenue.svg');
 * ```
 *
 * Rows with a null in a plotted column, or a number that is not finite, are left out and counted. Needs the packages `vega` and `vega-lite`. Errors:
 * `plot.peer` without them, `plot.dtype`, `plot.no_rows`, `plot.option`.
 */
export const plot: Plots = { line, bar, scatter, histogram, box, missing };
