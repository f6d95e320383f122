import { checkOptions } from '../frame/arguments.ts';
import { Frame } from '../frame/frame.ts';
import { showAs } from '../notebook/preview.ts';
import type { AnyCol, Col, Comparable, NamesOf, Only, Without } from '../schema/columns.ts';
import type { AnyDType, DType, Float } from '../schema/dtype.ts';
import { EVALUATE_OPTIONS, type EvaluateOptions, type Evaluation, evaluateScored } from './evaluate.ts';
import type { Feature } from './features/feature.ts';
import type { Unseen } from './features/linear-form.ts';
import type { AliasedTerm, Coefficient, FTest } from './fit.ts';
import type { Interval } from './interval.ts';
import type { ModelData } from './model-data.ts';
import { type ModelJson, modelFromJson, modelToJson } from './model-json.ts';
import { ModelPlots } from './plots.ts';
import { type PredictOptions, withPrediction } from './predict.ts';
import { reportBundle, reportText } from './report.ts';
import type { ResidualQuantiles } from './residuals.ts';
import { scoredBy } from './score.ts';
import { summaryOf } from './summary.ts';

export type { Interval } from './interval.ts';
export type { ModelData } from './model-data.ts';
export type { PredictOptions } from './predict.ts';

/** The names of `F` that `C` lacks, or has as a dtype of another kind: a number may stand for every other. */
type Lacking<C extends AnyCol, F extends AnyCol> = F extends {
  readonly k: infer K;
  readonly d: infer D extends AnyDType;
}
  ? string extends K
    ? never
    : K extends NamesOf<C, Comparable<D>>
      ? never
      : K
  : never;

/** Nothing more where a frame has the columns of `F`; what it lacks, by name, where it has not. */
export type Having<C extends AnyCol, F extends AnyCol> = [Lacking<C, F>] extends [never]
  ? unknown
  : { readonly 'columns of the model that the frame lacks, or has as another dtype': Lacking<C, F> };

/** The columns of a prediction: its ends too, where an interval is asked for. */
type Predicted<A extends string, I, L extends string, H extends string, N extends null> = [I] extends [never]
  ? Col<A, Float, N>
  : Col<A, Float, N> | Col<L, Float, N> | Col<H, Float, N>;

/** The columns that a prediction replaces. */
type Replaced<A, I, L, H> = [I] extends [never] ? A : A | L | H;

/** A prediction is null where a feature is, and where a level has none. */
type PredictionNull<C extends AnyCol, F extends AnyCol, U extends Unseen> = string extends F['k']
  ? null
  :
      | Only<C, F['k']>['n']
      | ('null' extends U ? (F extends { readonly d: DType<'string', string> } ? null : never) : never);

/**
 * A fitted linear model, made by `linearRegression` or `Model.fromJSON`. `F` are the columns that it was fitted on, `T`
 * its target.
 *
 * @example
 * ```ts
 * import { linearRegression, Model, read, t } from 'millrace';
 * const points = read.rows(
 *   [{ x: 1, y: 1 }, { x: 2, y: 3 }, { x: 3, y: 4 }, { x: 4, y: 8 }],
 *   { schema: { x: t.int(), y: t.float() } },
 * );
 * const model = await linearRegression(points, { target: 'y', features: ['x'] });
 * const scored = await model.predict(points, { as: 'predicted' }).rows();
 * console.log(scored[0]?.predicted.toFixed(3)); // 0.700
 * const again = Model.fromJSON(JSON.stringify(model));
 * console.log(again.n, (await again.evaluate(points)).rmse.toFixed(3)); // 4 0.671
 * ```
 */
export class Model<F extends AnyCol = AnyCol, T extends AnyCol = AnyCol> {
  /** The name of the column that it predicts. */
  declare readonly target: string;
  /** How each feature enters the model; the first level of a category is its base. */
  declare readonly features: readonly Feature[];
  declare readonly intercept: boolean;
  /** The column of the weights; null without. */
  declare readonly weights: string | null;
  /** How standard errors, tests, intervals and the covariance are estimated. */
  declare readonly errors: 'classical' | 'HC1';
  /** `(Intercept)` first, where there is one, then the terms in the order of the features, less those that are aliased. */
  declare readonly coefficients: readonly Coefficient[];
  /** Terms that others determine, left out where `collinear` is `'drop'`. */
  declare readonly aliased: readonly AliasedTerm[];
  /** Rows that it was fitted on: those whose weight is not zero. */
  declare readonly n: number;
  declare readonly degreesOfFreedom: number;
  /** Residual sum of squares, each square times its weight, in the target's unit squared. */
  declare readonly rss: number;
  /** Residual standard deviation, in the target's unit. */
  declare readonly sigma: number;
  /** Share of the target's sum of squares explained in the training rows. It is about zero where there is no intercept. */
  declare readonly r2: number;
  declare readonly adjustedR2: number;
  /** The test of all terms together, Wald's where the errors are HC1. Null where the model is a constant and no more. */
  declare readonly f: FTest | null;
  declare readonly logLikelihood: number;
  /** Akaike's information criterion, as R's `AIC`. */
  declare readonly aic: number;
  /** Schwarz's criterion, as R's `BIC`. */
  declare readonly bic: number;
  /** Condition number of the design, its columns scaled to unit length and not centred. */
  declare readonly conditionNumber: number;
  /** Covariance of the estimates, in the order of the coefficients. Empty for a model whose JSON does not hold it. */
  declare readonly covariance: readonly (readonly number[])[];
  /** Coverage of the coefficients' intervals. */
  declare readonly confidence: number;
  /** Training rows left out because of a null. */
  declare readonly dropped: number;
  /** How many of them have a null where, by column or feature; a row may have several. */
  declare readonly droppedBecause: Readonly<Record<string, number>>;
  /**
   * How the training rows lie about the fit. With weights it is each residual times the root of its weight. Null where
   * the rows times the columns read for the fit are more than two million, and for a model whose JSON does not hold it.
   */
  declare readonly residuals: ResidualQuantiles | null;
  /** Mean of the target in the rows that it was fitted on; NaN for a model whose JSON does not hold it. */
  declare readonly targetMean: number;

  constructor(data: ModelData) {
    Object.assign(this, data);
    Object.freeze(this);
  }

  /**
   * The frame with a column of predictions, computed by the engine when the frame is. Nothing runs here. With `interval`
   * two more hold its ends, from the covariance of the estimates and, for single rows, the residual variance (that of a
   * row of weight 1). Features are computed from the frame's own columns, windows over its own rows.
   *
   * A null in a feature gives null, in the ends too. The frame may hold a numeric column as another numeric dtype than the
   * training rows did; what an expression reads must be of its dtype (`regression.dtype`). Errors of options, and intervals
   * of more than 100 terms, are `regression.interval`.
   */
  predict<
    C extends AnyCol,
    const A extends string,
    const U extends Unseen = 'fail',
    const I extends Interval = never,
    const L extends string = `${A}_low`,
    const H extends string = `${A}_high`,
  >(
    frame: Frame<C> & Having<C, F>,
    options: PredictOptions<A, U, I, L, H>,
  ): Frame<Without<C, Replaced<A, I, L, H>> | Predicted<A, I, L, H, PredictionNull<C, F, U>>> {
    return new Frame(withPrediction(frame.plan, this, options), frame.executor);
  }

  /**
   * How well the model predicts the target of a frame, computed by the engine. It is told beside always guessing the
   * training rows' mean. A row counts once, whatever its weight in the fit. A null in the target or a feature is
   * `regression.nulls`, or with `nulls: 'drop'` leaves its row out; no rows at all are `regression.no_rows`.
   */
  async evaluate<C extends AnyCol>(
    frame: Frame<C> & Having<C, F | T>,
    options: EvaluateOptions = {},
  ): Promise<Evaluation> {
    checkOptions(options, 'evaluate', "{ nulls: 'drop' }", EVALUATE_OPTIONS);
    return evaluateScored(scoredBy(this, frame, options, 'evaluate'), options);
  }

  /** Plots of its predictions, its residuals and its coefficients. */
  get plot(): ModelPlots<F, T> {
    return new ModelPlots(this);
  }

  /**
   * The model as plain data that JSON can hold; `Model.fromJSON` reads it. A feature that is computed with what no JSON
   * says, such as `fn.now()` or a function of one's own, is `regression.not_json`.
   */
  toJSON(): ModelJson {
    return modelToJson(this);
  }

  /**
   * A model from its JSON, as text or parsed. The compiler does not know its columns: frames are checked when `predict`
   * and `evaluate` are called, and predictions may be null. Anything else is `regression.bad_json`, which names the place.
   */
  static fromJSON(json: unknown): Model {
    return new Model(modelFromJson(json));
  }

  /**
   * A report of the fit: its coefficients with their tests and intervals, its residuals, what it is worth. At most 100
   * characters wide; a notebook shows the same as tables.
   */
  summary(): string {
    return reportText(summaryOf(this));
  }

  /** The report of `summary`. */
  toString(): string {
    return this.summary();
  }
}

showAs<Model>(Model, (model) => reportBundle(summaryOf(model)));
