import type { Feature, Multiplier } from './feature.ts';
import { termsOf } from './feature.ts';

/** Columns of the fit from columns of variables; the buffers are used again at the next call. */
export type Expand = (variables: readonly Float64Array[]) => readonly Float64Array[];

/** `parts` tells, a feature, which variables its parts are; no more than `rows` rows come at a time. */
export function expander(features: readonly Feature[], parts: readonly (readonly number[])[], rows: number): Expand {
  const terms = features.flatMap((feature, f) =>
    termsOf(feature).map(({ multipliers }) => {
      const factors = multipliers.map((by) => ({ by, variable: parts[f]?.[by.part] ?? 0 }));
      const plain =
        factors.length === 1 && factors[0] !== undefined && isPlain(factors[0].by) ? factors[0].variable : undefined;
      return { factors, plain, buffer: plain === undefined ? new Float64Array(rows) : undefined };
    }),
  );
  return (variables) =>
    terms.map(({ factors, plain, buffer }) => {
      const source = variables[plain ?? 0];
      if (buffer === undefined) return source as Float64Array;
      const made = buffer.subarray(0, source?.length ?? 0).fill(1);
      for (const { by, variable } of factors) multiply(made, variables[variable] as Float64Array, by);
      return made;
    });
}

function isPlain(by: Multiplier): boolean {
  return 'power' in by && by.power === 1;
}

function multiply(made: Float64Array, values: Float64Array, by: Multiplier): void {
  const n = made.length;
  if ('level' in by) {
    for (let i = 0; i < n; i++) if (values[i] !== by.level) made[i] = 0;
  } else {
    for (let i = 0; i < n; i++) made[i] = (made[i] as number) * (values[i] as number) ** by.power;
  }
}
