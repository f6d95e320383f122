import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import { Frame } from '../frame/frame.ts';
import type { OneOrMore } from '../frame/functions/order.ts';
import type { OptionNames } from '../option-names.ts';
import { type Expression, walkExpression } from '../plan/expression.ts';
import type { RunOptions } from '../plan/source.ts';
import type { AnyCol, NamesOf } from '../schema/columns.ts';
import type { NumericDType } from '../schema/dtype.ts';
import { CrossValidation, type FoldEvaluation } from './cross-validation.ts';
import { type EvaluateOptions, evaluateScored } from './evaluate.ts';
import { partsOf } from './features/feature.ts';
import { kFolds, rollingOrigins } from './folds.ts';
import {
  type LinearRegressionOptions,
  linearRegression,
  REGRESSION_OPTIONS,
  type RegressionFeatures,
} from './linear-regression.ts';
import type { Model } from './model.ts';
import { scoredBy } from './score.ts';

/** Each row is tested once, by a model that was fitted on the other folds. */
export interface KFoldOptions<K extends string> {
  /** How many parts; default 5. */
  readonly folds?: number;
  /** Another seed cuts other folds. */
  readonly seed: number;
  /** Rows with the same values here are in one fold; by default the rows that are equal throughout. */
  readonly groups?: OneOrMore<K>;
  readonly rollingOrigin?: never;
}

/** Each model is fitted on what lies before an instant, and tested on what comes right after it. */
export interface RollingOriginOptions<K extends string> {
  readonly rollingOrigin: {
    /** The column that tells the time of a row. A period is one of its values: all rows with it stand on one side. */
    readonly orderBy: K;
    /** Periods that the first model is fitted on; every next one has `step` more. */
    readonly initial: number;
    /** Periods that each model is tested on. */
    readonly horizon: number;
    /** Periods from one model to the next; default `horizon`, so that no period is tested twice. */
    readonly step?: number;
  };
  readonly folds?: never;
  readonly seed?: never;
  readonly groups?: never;
}

/** What `crossValidate` takes: what is fitted, and how the rows are parted. */
export type CrossValidateOptions<
  C extends AnyCol,
  T extends string,
  O extends RegressionFeatures<C, T>,
> = LinearRegressionOptions<C, T, O> &
  Pick<EvaluateOptions, 'unseen'> &
  (KFoldOptions<C['k']> | RollingOriginOptions<C['k']>);

const OPTIONS: OptionNames<CrossValidateOptions<AnyCol, string, never>> = {
  ...REGRESSION_OPTIONS,
  folds: true,
  seed: true,
  groups: true,
  rollingOrigin: true,
  unseen: true,
};

/**
 * Fits a model several times, each time on a part of the rows, and evaluates it on others. This tells how well such a
 * model predicts rows that it has not seen.
 *
 * @example
 * ```ts
 * import { crossValidate, read, t } from 'millrace';
 * const weeks = read.rows(
 *   Array.from({ length: 60 }, (_, week) => ({ week, visits: (week * 37) % 50, revenue: week + 2 * ((week * 37) % 50) })),
 *   { schema: { week: t.int(), visits: t.int(), revenue: t.float() } },
 * );
 * const model = { target: 'revenue', features: ['week', 'visits'] } as const;
 * const { mean, folds } = await crossValidate(weeks, { ...model, folds: 5, seed: 1 });
 * console.log(folds.map((fold) => fold.n), mean.rmse < 1e-9); // [ 12, 12, 12, 12, 12 ] true
 * const later = await crossValidate(weeks, { ...model, rollingOrigin: { orderBy: 'week', initial: 40, horizon: 5 } });
 * console.log(later.folds.map((fold) => fold.trained)); // [ 40, 45, 50, 55 ]
 * ```
 *
 * A fold holds the same number of groups as the others, but for one; which, a hash of their values and the seed says, so
 * that it is the same at every run. Rows that are equal throughout are one group: none is learned from where its copy is
 * tested. Whatever the model learns, levels and means among it, it learns from the rows that it is fitted on; what was
 * computed from all rows before (an imputation, a scaling) has seen the tested ones, too.
 *
 * With a rolling origin a feature that looks at rows before, such as a lag, sees those that the model was fitted on, and
 * within the horizon those before it: a lag shorter than the horizon knows what a forecast made at the origin would not.
 * With folds such a feature is `regression.folds`; a column computed before is not.
 *
 * Nulls are treated as `nulls` says, in fitting and in testing; a level that the fitted rows did not have as `unseen` says.
 * Errors: those of `linearRegression` and `evaluate`, and `regression.too_few_folds` where there are not enough groups or
 * periods.
 */
export async function crossValidate<
  C extends AnyCol,
  const T extends NamesOf<C, NumericDType>,
  const O extends RegressionFeatures<C, T>,
>(frame: Frame<C>, options: CrossValidateOptions<C, T, O>): Promise<CrossValidation> {
  checkOptions(options, 'crossValidate', "{ target: 'revenue', features: ['week'], folds: 5, seed: 1 }", OPTIONS);
  const { folds, seed, groups, rollingOrigin, unseen, ...fitting } = options;
  const run: Pick<RunOptions, 'signal'> = { signal: options.signal };
  const all = new Frame<AnyCol>(frame.plan, frame.executor);
  await using folded = await (rollingOrigin === undefined
    ? kFolds(all, { folds, seed, groups }, run)
    : rollingOrigins(all, rollingOrigin, run));
  const testing = { ...run, nulls: options.nulls ?? 'fail', unseen: unseen ?? 'fail' } as const;
  const evaluated: FoldEvaluation[] = [];
  for (const { train, test, known, ...period } of folded.folds) {
    const part = (predicate: Expression): Frame<AnyCol> =>
      new Frame<AnyCol>({ kind: 'filter', input: folded.frame.plan, predicate }, folded.frame.executor);
    // The columns were checked by the compiler, or are by linearRegression.
    const model = await (linearRegression as unknown as Fitting)(part(train), fitting);
    if (rollingOrigin === undefined) refuseWindows(model);
    const scored = scoredBy(model, part(known), testing, 'crossValidate');
    const evaluation = await evaluateScored({ ...scored, only: test }, testing);
    evaluated.push({ ...evaluation, trained: model.n, ...period });
  }
  return new CrossValidation(evaluated);
}

type Fitting = (frame: Frame<AnyCol>, options: object) => Promise<Model>;

/** A fold has holes, so that the row before is not the one before. */
function refuseWindows(model: Model): void {
  const window = model.features.find((feature) =>
    partsOf(feature).some(
      ({ of }) => of !== undefined && [...walkExpression(of)].some(({ kind }) => kind === 'window'),
    ),
  );
  if (window === undefined) return;
  throw new MillraceError({
    code: 'regression.folds',
    message: `crossValidate: the feature ${window.name} looks at other rows, which may be in another fold. Compute it before, by withColumns, or give rollingOrigin.`,
    details: { feature: window.name },
  });
}
