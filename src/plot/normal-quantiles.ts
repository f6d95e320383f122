import { chart, domainOf, INK, line, type Size } from './chart.ts';
import { cloudLayer } from './cloud.ts';
import type { VegaLiteSpec } from './render.ts';

export interface NormalQuantiles extends Size {
  readonly subtitle: string;
  /** x is the quantile of the standard normal distribution, y that of the residuals; in order. */
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** The first and the third quartile, through which the line goes. */
  readonly quartiles: readonly [{ readonly x: number; readonly y: number }, { readonly x: number; readonly y: number }];
}

/** Residuals of a normal distribution lie on the line. */
export function normalQuantiles({ subtitle, points, quartiles, ...size }: NormalQuantiles): VegaLiteSpec {
  const x = domainOf(points.map((point) => point.x));
  const y = domainOf(points.map((point) => point.y));
  const [first, third] = quartiles;
  const slope = (third.y - first.y) / (third.x - first.x);
  const ends = x.map((end) => ({ x: end, y: first.y + slope * (end - first.x) }));
  return chart({
    ...size,
    title: 'Normal Q-Q of the residuals',
    subtitle,
    x: { title: 'quantile of the normal distribution', domain: x },
    y: {
      title: 'residual (actual less predicted)',
      domain: [Math.min(y[0], ...ends.map((e) => e.y)), Math.max(y[1], ...ends.map((e) => e.y))],
    },
    layer: [line(ends, { color: INK, strokeDash: [5, 4], strokeWidth: 1.2 }), cloudLayer({ points })],
  });
}
