import { columnNode, fieldOf, replaceColumns } from '../frame/columns.ts';
import { Frame } from '../frame/frame.ts';
import { call } from '../frame/functions/base.ts';
import { literalAs } from '../frame/functions/literal.ts';
import type { Expression } from '../plan/expression.ts';
import type { AnyCol, Col, Comparable, NamesOf, Only, Without } from '../schema/columns.ts';
import { type DType, FLOAT, type Float, type Schema } from '../schema/dtype.ts';
import { asFloat, checkFeature, contribution, type Feature, termsOf, type Unseen } from './encode.ts';
import { type EvaluateOptions, type Evaluation, evaluateScored } from './evaluate.ts';
import type { Coefficient } from './fit.ts';
import { type ModelJson, modelFromJson, modelToJson } from './model-json.ts';
import { summaryOf } from './summary.ts';

/** Everything that a fitted model is, as plain data. */
export interface ModelData {
  readonly target: string;
  readonly features: readonly Feature[];
  readonly intercept: boolean;
  readonly coefficients: readonly Coefficient[];
  readonly n: number;
  readonly degreesOfFreedom: number;
  readonly r2: number;
  readonly adjustedR2: number;
  readonly sigma: number;
  readonly confidence: number;
  readonly dropped: number;
  /** Mean of the target in the training rows; NaN for a model from JSON that does not hold it. */
  readonly targetMean: number;
}

export interface PredictOptions<A extends string, U extends Unseen = 'fail'> {
  /** The name of the new column; one of that name is replaced. */
  readonly as: A;
  /**
   * A level that the training rows did not have: the run fails and names it (the default), the prediction is null, or the
   * level counts as the reference.
   */
  readonly unseen?: U;
}

/** The names of `F` that `C` lacks, or has as a dtype of another kind: any number may stand for any number. */
type Lacking<C extends AnyCol, F extends AnyCol> = F extends { readonly k: infer K; readonly d: infer D extends C['d'] }
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
export class Model<F extends AnyCol = AnyCol, T extends AnyCol = AnyCol> implements ModelData {
  /** The name of the column that it predicts. */
  readonly target: string;
  /** How each feature enters the model; the first level of a string is its reference. */
  readonly features: readonly Feature[];
  readonly intercept: boolean;
  /** `(Intercept)` first, where there is one, then the terms in the order of the features. */
  readonly coefficients: readonly Coefficient[];
  /** Rows that it was fitted on. */
  readonly n: number;
  readonly degreesOfFreedom: number;
  /** Share of the target's sum of squares explained in the training rows; about zero where there is no intercept. */
  readonly r2: number;
  readonly adjustedR2: number;
  /** Residual standard deviation, in the target's unit. */
  readonly sigma: number;
  /** Coverage of the coefficients' intervals. */
  readonly confidence: number;
  /** Training rows left out because of a null. */
  readonly dropped: number;
  /** Mean of the target in the rows that it was fitted on; NaN for a model whose JSON does not hold it. */
  readonly targetMean: number;

  constructor(data: ModelData) {
    this.target = data.target;
    this.features = data.features;
    this.intercept = data.intercept;
    this.coefficients = data.coefficients;
    this.n = data.n;
    this.degreesOfFreedom = data.degreesOfFreedom;
    this.r2 = data.r2;
    this.adjustedR2 = data.adjustedR2;
    this.sigma = data.sigma;
    this.confidence = data.confidence;
    this.dropped = data.dropped;
    this.targetMean = data.targetMean;
    Object.freeze(this);
  }

  /**
   * The frame with a column of predictions, computed by the engine when the frame is; nothing runs here. A null in a
   * feature gives null. The frame may hold a feature as another numeric dtype than the training rows did.
   */
  predict<C extends AnyCol, const A extends string, const U extends Unseen = 'fail'>(
    frame: Frame<C> & Having<C, F>,
    options: PredictOptions<A, U>,
  ): Frame<Without<C, A> | Col<A, Float, PredictionNull<C, F, U>>> {
    const expression = this.#prediction(frame.schema, options.unseen ?? 'fail', 'predict');
    const plan = replaceColumns(frame.plan, [{ name: options.as, expression }], 'predict');
    return new Frame(plan, frame.executor);
  }

  /**
   * How well the model predicts the target of a frame, computed by the engine, beside always guessing the training rows'
   * mean. A row counts once, whatever its weight in the fit. A null in the target or a feature is
   * `regression.nulls`, or with `nulls: 'drop'` leaves its row out; no rows at all are `regression.no_rows`.
   */
  async evaluate<C extends AnyCol>(
    frame: Frame<C> & Having<C, F | T>,
    options: EvaluateOptions = {},
  ): Promise<Evaluation> {
    const unseen = options.unseen ?? 'fail';
    const predicted = this.#prediction(frame.schema, unseen === 'drop' ? 'null' : unseen, 'evaluate');
    const target = checkFeature(fieldOf(frame.schema, this.target, 'evaluate'), 'number', 'evaluate');
    const used = [target, ...this.features.map((feature) => fieldOf(frame.schema, feature.name, 'evaluate'))];
    const inputs = used.map((field) => ({ name: field.name, expression: columnNode(field) }));
    const { targetMean } = this;
    return evaluateScored({ frame, target: asFloat(target), predicted, inputs, targetMean }, options);
  }

  /** The model as plain data that JSON can hold; `Model.fromJSON` reads it. */
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

  /** The coefficients as a table, with what the fit is worth below. */
  toString(): string {
    return summaryOf(this);
  }

  #prediction(schema: Schema, unseen: Unseen, verb: string): Expression {
    const estimates = this.coefficients.map((coefficient) => coefficient.estimate);
    let next = this.intercept ? 1 : 0;
    const parts = this.features.map((feature) => {
      const own = estimates.slice(next, next + termsOf(feature).length);
      next += own.length;
      const field = checkFeature(fieldOf(schema, feature.name, verb), feature.kind, verb);
      return contribution(feature, own, field, unseen, verb);
    });
    const constant = this.intercept ? [literalAs(estimates[0], FLOAT, '(Intercept)')] : [];
    return [...constant, ...parts].reduce((sum, part) =>
      call('add', [sum, part], FLOAT, sum.nullable || part.nullable),
    );
  }
}

// Not in the class: a declaration file cannot name a method under such a symbol.
Object.defineProperty(Model.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: Model): string {
    return this.toString();
  },
});
