import type { TrainingRows } from './training-rows.ts';

/** How the residuals lie: with weights each times the root of its weight, in the target's unit. */
export interface ResidualQuantiles {
  readonly min: number;
  readonly q1: number;
  readonly median: number;
  readonly q3: number;
  readonly max: number;
}

/** The quantiles of what the fit leaves, interpolated as R's `quantile` does (type 7); `estimates` are those of all terms. */
export async function residualQuantiles(
  rows: TrainingRows,
  intercept: number,
  estimates: readonly number[],
): Promise<ResidualQuantiles> {
  const parts: Float64Array[] = [];
  await rows.each((terms, target, weights) => {
    const left = target.slice();
    for (let i = 0; i < left.length; i++) {
      let predicted = intercept;
      for (let j = 0; j < terms.length; j++) predicted += (estimates[j] ?? 0) * (terms[j]?.[i] ?? 0);
      left[i] = ((left[i] as number) - predicted) * Math.sqrt(weights?.[i] ?? 1);
    }
    parts.push(left);
  });
  const all = new Float64Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  all.sort();
  const quantile = (share: number): number => {
    const place = (all.length - 1) * share;
    const [low, high] = [all[Math.floor(place)] ?? Number.NaN, all[Math.ceil(place)] ?? Number.NaN];
    return low + (place - Math.floor(place)) * (high - low) + 0;
  };
  return { min: quantile(0), q1: quantile(0.25), median: quantile(0.5), q3: quantile(0.75), max: quantile(1) };
}
