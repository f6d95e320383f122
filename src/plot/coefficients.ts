import { BLUE, brief, chart, domainOf, INK, type Size } from './chart.ts';
import type { VegaLiteSpec } from './render.ts';

export interface Interval {
  readonly term: string;
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
}

export interface Coefficients extends Pick<Size, 'width'> {
  readonly title: string;
  readonly subtitle: string;
  readonly x: string;
  /** From the top. */
  readonly intervals: readonly Interval[];
}

const ROW = 24;

/** An interval a term: a full dot where zero lies outside it. */
export function coefficientIntervals({ title, subtitle, x, intervals, ...size }: Coefficients): VegaLiteSpec {
  const values = intervals.map(({ estimate, low, high }, row) => ({
    row,
    estimate: brief(estimate),
    low: brief(low),
    high: brief(high),
    fill: low > 0 || high < 0 ? BLUE : '#ffffff',
  }));
  return chart({
    ...size,
    height: 150 + ROW * intervals.length,
    title,
    subtitle,
    x: { title: x, domain: domainOf([0, ...intervals.flatMap(({ low, high }) => [low, high])]) },
    y: { rows: intervals.map(({ term }) => term) },
    layer: [
      {
        data: { values: [{ zero: 0 }] },
        mark: { type: 'rule', color: INK, strokeDash: [5, 4], strokeWidth: 1.2 },
        encoding: { x: { field: 'zero' }, y: null },
      },
      {
        data: { values },
        mark: { type: 'rule', color: BLUE, strokeWidth: 2 },
        encoding: { x: { field: 'low' }, x2: { field: 'high' }, y: { field: 'row' } },
      },
      {
        data: { values },
        mark: { type: 'point', filled: true, size: 60, stroke: BLUE, strokeWidth: 2, opacity: 1 },
        encoding: {
          x: { field: 'estimate' },
          y: { field: 'row' },
          fill: { field: 'fill', type: 'nominal', scale: null },
        },
      },
    ],
  });
}
