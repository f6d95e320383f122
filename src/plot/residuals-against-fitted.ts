import { brief, chart, domainOf, INK, line, RED, type Size } from './chart.ts';
import { type Cloud, cloudLayer, extent } from './cloud.ts';
import type { VegaLiteSpec } from './render.ts';

export interface ResidualsAgainstFitted extends Size {
  readonly target: string;
  readonly subtitle: string;
  /** x is predicted, y is actual less predicted. */
  readonly cloud: Cloud;
  /** The mean residual of the rows around some predictions. */
  readonly means: readonly { readonly x: number; readonly y: number }[];
}

/** A good model leaves a band without a shape: the line of the means stays near zero, the spread the same. */
export function residualsAgainstFitted({
  target,
  subtitle,
  cloud,
  means,
  ...size
}: ResidualsAgainstFitted): VegaLiteSpec {
  const x = domainOf(extent(cloud, 'x'));
  return chart({
    ...size,
    title: 'Residuals against fitted',
    subtitle,
    x: { title: `predicted ${target}`, domain: x },
    y: { title: 'residual (actual less predicted)', domain: domainOf([0, ...extent(cloud, 'y')]) },
    layer: [
      cloudLayer(cloud),
      line(
        x.map((end) => ({ x: end, y: 0 })),
        { color: INK, strokeDash: [5, 4], strokeWidth: 1.2 },
      ),
      line(
        means.map((point) => ({ x: brief(point.x), y: brief(point.y) })),
        { color: RED, strokeWidth: 2, interpolate: 'monotone' },
      ),
    ],
  });
}
