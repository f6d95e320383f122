import type { Feature } from './features/feature.ts';
import type { Fit } from './fit.ts';
import type { ResidualQuantiles } from './residuals.ts';

/** Everything that a fitted model is, as plain data. What older JSON does not hold is NaN, null or empty. */
export interface ModelData extends Fit {
  readonly target: string;
  readonly features: readonly Feature[];
  readonly intercept: boolean;
  /** The column of the weights. */
  readonly weights: string | null;
  /** How standard errors, tests, intervals and the covariance are estimated. */
  readonly errors: 'classical' | 'HC1';
  /** Coverage of the coefficients' intervals. */
  readonly confidence: number;
  /** Training rows left out because of a null. */
  readonly dropped: number;
  /** How many of them have a null where, by column or feature; a row may have several. */
  readonly droppedBecause: Readonly<Record<string, number>>;
  /** Null where the rows were too many to keep. */
  readonly residuals: ResidualQuantiles | null;
  /** Mean of the target in the training rows. */
  readonly targetMean: number;
}
