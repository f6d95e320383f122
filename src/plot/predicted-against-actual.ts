import { chart, domainOf, INK, line, type Size } from './chart.ts';
import { type Cloud, cloudLayer, extent } from './cloud.ts';
import type { VegaLiteSpec } from './render.ts';

export interface PredictedAgainstActual extends Size {
  /** What is predicted. */
  readonly target: string;
  readonly subtitle: string;
  /** x is actual, y is predicted. */
  readonly cloud: Cloud;
}

/** Both axes have one scale: on the dashed line the prediction is right, above it too high. */
export function predictedAgainstActual({ target, subtitle, cloud, ...size }: PredictedAgainstActual): VegaLiteSpec {
  const domain = domainOf([...extent(cloud, 'x'), ...extent(cloud, 'y')]);
  const [low, high] = domain;
  return chart({
    ...size,
    title: `Predicted against actual ${target}`,
    subtitle,
    x: { title: `actual ${target}`, domain },
    y: { title: `predicted ${target}`, domain },
    layer: [
      cloudLayer(cloud),
      line(
        [
          { x: low, y: low },
          { x: high, y: high },
        ],
        { color: INK, strokeDash: [5, 4], strokeWidth: 1.2 },
      ),
    ],
  });
}
