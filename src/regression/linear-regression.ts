import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import { type Cols, columnNode, fieldOf, type UnknownCols } from '../frame/columns.ts';
import { Frame } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import type { AnyCol, NamesOf, Only } from '../schema/columns.ts';
import { describeDType, isNumeric, type NumericDType, type Schema } from '../schema/dtype.ts';
import { type Draft, draftOf } from './features/design.ts';
import { expander } from './features/expand.ts';
import { type Feature, termNames } from './features/feature.ts';
import type { FeatureDType, FeatureTerm } from './features/given.ts';
import { inputPlan, learn, mustLook } from './features/learn.ts';
import { termExpressions } from './features/term-expressions.ts';
import { type Fit, LeastSquares } from './fit.ts';
import { Model } from './model.ts';
import { nullsRefused } from './nulls.ts';
import { type ResidualQuantiles, residualQuantiles } from './residuals.ts';
import { robustFit } from './robust.ts';
import { CHUNK, TrainingRows } from './training-rows.ts';

/** Columns by name, or a function that computes each feature from the columns. */
export type RegressionFeatures<C extends AnyCol, T extends string> =
  | readonly Exclude<NamesOf<C, FeatureDType>, T>[]
  | ((r: Cols<C>) => Readonly<Record<string, FeatureTerm>>);

/** The columns that a model needs, where the compiler knows them: those named. */
export type FeatureColumns<C extends AnyCol, O> = O extends readonly (infer F)[] ? Only<C, F> : UnknownCols;

/** What `linearRegression` takes. */
export interface LinearRegressionOptions<C extends AnyCol, T extends string, O extends RegressionFeatures<C, T>>
  extends Pick<RunOptions, 'signal'> {
  /** The numeric column to predict. */
  readonly target: T;
  /** `['region', 'quantity']`, or `r => ({ region: r.region, log_budget: r.budget.log() })`. */
  readonly features: O;
  /** Whether the model has a constant; default true. */
  readonly intercept?: boolean;
  /** The column of the rows' weights, as R's `lm` takes them: the variance of a row's error is `sigma^2 / weight`. */
  readonly weights?: NamesOf<C, NumericDType>;
  /** Rows with a null in the target, a feature or the weights: refused (the default), or left out and counted. */
  readonly nulls?: 'fail' | 'drop';
  /** A term that is a combination of those before it: refused (the default), or left out and told in `aliased`, as in R. */
  readonly collinear?: 'fail' | 'drop';
  /** Standard errors for errors of one variance (the default), or of any: HC1, Stata's `robust`. */
  readonly errors?: 'classical' | 'HC1';
  /** Coverage of the coefficients' intervals; default 0.95. */
  readonly confidence?: number;
}

export const REGRESSION_OPTIONS: OptionNames<LinearRegressionOptions<AnyCol, string, never>> = {
  target: true,
  features: true,
  intercept: true,
  weights: true,
  nulls: true,
  collinear: true,
  errors: true,
  confidence: true,
  signal: true,
};

const VERB = 'linearRegression';

/**
 * Fits a linear model of a target by ordinary or weighted least squares. It has the accuracy of a QR decomposition.
 *
 * @example
 * ```ts
 * import { linearRegression, read, t } from 'millrace';
 * const sales = read.rows(
 *   [
 *     { region: 'north', quantity: 1, revenue: 11 }, { region: 'north', quantity: 3, revenue: 29 },
 *     { region: 'south', quantity: 2, revenue: 25 }, { region: 'south', quantity: 4, revenue: 45 },
 *   ],
 *   { schema: { region: t.string(), quantity: t.int(), revenue: t.float() } },
 * );
 * const model = await linearRegression(sales, { target: 'revenue', features: ['region', 'quantity'] });
 * console.log(model.coefficients.map((c) => c.term)); // [ '(Intercept)', 'region[south]', 'quantity' ]
 * const logs = await linearRegression(sales, { target: 'revenue', features: r => ({ log_quantity: r.quantity.log() }) });
 * console.log(logs.coefficients.map((c) => c.term)); // [ '(Intercept)', 'log_quantity' ]
 * ```
 *
 * Features are columns by name, or a function of the columns that names expressions, `asCategory()`, `interaction`,
 * `polynomial`, `trend` and `seasonal`. Decimals and bigints enter as doubles, booleans as 0 and 1. A string is a category:
 * a 0/1 term for each level that occurs but the first, which is the base; levels are in code-point order, an enum's in its
 * own. Without an intercept the first category has a term for every level, as in R: nothing else would stand for its base.
 * The rows are read once, and once before where there are categories or trends; memory does not grow with them. The work
 * grows with the rows times the square of the terms. Of millions of rows that the engine holds in columns (a materialized
 * frame, Parquet files) it adds up the cross products itself, where the columns are so far from collinear that no digit
 * that matters is lost.
 *
 * A null in the target, a feature or the weights is an error that names the column and the count; with `nulls: 'drop'` its
 * row is left out. Rows of weight 0 take no part. Errors: `regression.nulls`, `regression.collinear` (a feature that is
 * constant or a combination of others), `regression.too_few_rows`, `regression.too_many_levels` (over 1,000),
 * `regression.base`, `regression.not_finite`, `regression.bad_weight`, `regression.dtype`, `regression.feature`.
 */
export async function linearRegression<
  C extends AnyCol,
  const T extends NamesOf<C, NumericDType>,
  const O extends RegressionFeatures<C, T>,
>(frame: Frame<C>, options: LinearRegressionOptions<C, T, O>): Promise<Model<FeatureColumns<C, O>, Only<C, T>>> {
  checkOptions(options, VERB, "{ target: 'revenue', features: ['quantity'] }", REGRESSION_OPTIONS);
  const { target, intercept = true, weights, nulls = 'fail', confidence = 0.95 } = options;
  const { collinear = 'fail', errors = 'classical' } = options;
  checkChoice('nulls', nulls, ['fail', 'drop']);
  checkChoice('collinear', collinear, ['fail', 'drop']);
  checkChoice('errors', errors, ['classical', 'HC1']);
  const { schema } = frame;
  const y = numberColumn(schema, target, 'a target');
  const w = weights === undefined ? undefined : numberColumn(schema, weights, 'weights');
  const draft = draftOf(schema, target, options.features, intercept);
  const input = inputPlan(frame.plan, y, w, draft);
  const run: Pick<RunOptions, 'signal'> = { signal: options.signal };
  // Levels must be known before the fit: then the rows are computed once and looked at twice.
  await using kept = mustLook(draft) ? await new Frame<AnyCol>(input, frame.executor).materialize(run) : undefined;
  const { plan, features } = await learn(kept?.plan ?? input, frame.executor, draft, run);
  const names = uniqueNames(features);
  const rows = rowsOf(
    { plan, features, draft, weighted: w !== undefined, refuseNulls: nulls === 'fail' },
    frame.executor,
    run,
  );
  const squares = new LeastSquares(names, { intercept });
  const targetMean = await addTo(squares, rows, intercept);
  const because = droppedBecause(rows, [
    target,
    ...(weights === undefined ? [] : [weights]),
    ...draft.variables.map((v) => v.name),
  ]);
  if (nulls === 'fail') nullsRefused(VERB, because);
  for (const feature of features) refuseOneLevel(feature);
  const classical = squares.solve({ confidence, collinear });
  const fit = errors === 'classical' ? classical : await robustFit(classical, squares.sandwich(), rows, confidence);
  return new Model({
    ...fit,
    // Zeros have no sign in JSON.
    covariance: fit.covariance.map((row) => row.map((value) => value + 0)),
    target,
    features,
    intercept,
    weights: weights ?? null,
    errors,
    confidence,
    dropped: rows.dropped,
    droppedBecause: because,
    residuals: await residualsOf(rows, fit, names),
    targetMean,
  });
}

/** The column of a target or of weights, checked: its name and dtype may not have come through the compiler. */
function numberColumn(schema: Schema, name: string, what: string): ReturnType<typeof columnNode> {
  const field = fieldOf(schema, name, VERB);
  if (isNumeric(field.dtype)) return columnNode(field);
  throw new MillraceError({
    code: 'regression.dtype',
    message: `${VERB}: ${name} is ${describeDType(field.dtype)}. ${what === 'weights' ? 'Weights are' : 'A target is'} an int, bigint, float or decimal.`,
    details: { column: name, dtype: describeDType(field.dtype) },
  });
}

function checkChoice(option: string, value: unknown, choices: readonly string[]): void {
  if ((choices as readonly unknown[]).includes(value)) return;
  throw new MillraceError({
    code: 'regression.option',
    message: `${VERB}: ${option} is ${JSON.stringify(value)}. Give ${choices.map((choice) => `'${choice}'`).join(' or ')}.`,
    details: { option, value },
  });
}

interface Parts {
  readonly plan: Relation;
  readonly features: readonly Feature[];
  readonly draft: Draft;
  readonly weighted: boolean;
  readonly refuseNulls: boolean;
}

function rowsOf(
  { plan, features, draft, weighted, refuseNulls }: Parts,
  executor: Executor,
  run: Pick<RunOptions, 'signal'>,
): TrainingRows {
  const parts = draft.features.map((feature) => feature.parts);
  const variables = outputSchema(plan).slice(weighted ? 2 : 1);
  const terms = termExpressions(features, parts, variables.map(columnNode));
  const expand = expander(features, parts, CHUNK);
  return new TrainingRows({ plan, weighted, refuseNulls, expand, terms }, executor, run);
}

/** Adds all rows to the fit; the mean of the target. */
async function addTo(squares: LeastSquares, rows: TrainingRows, intercept: boolean): Promise<number> {
  const products = await rows.products(intercept);
  if (products !== undefined && squares.addProducts(products)) return products.mean;
  let sum = 0;
  let count = 0;
  await rows.each((terms, values, weight) => {
    squares.add(terms, values, weight);
    for (let i = 0; i < values.length; i++) {
      if (weight?.[i] === 0) continue;
      sum += values[i] as number;
      count++;
    }
  });
  return sum / count;
}

/** The names of all terms; refused where two are the same. */
function uniqueNames(features: readonly Feature[]): readonly string[] {
  const names = features.flatMap(termNames);
  const twice = names.find((name, i) => name === '(Intercept)' || names.indexOf(name) !== i);
  if (twice === undefined) return names;
  throw new MillraceError({
    code: 'regression.repeated_term',
    message: `${VERB}: two terms are called ${twice}. Give the features other names.`,
    details: { term: twice },
  });
}

/** The nulls of each column that has some. */
function droppedBecause({ nullCounts }: TrainingRows, names: readonly string[]): Readonly<Record<string, number>> {
  const counts = new Map<string, number>();
  for (const [i, name] of names.entries()) counts.set(name, (counts.get(name) ?? 0) + (nullCounts[i] ?? 0));
  return Object.fromEntries([...counts].filter(([, count]) => count > 0));
}

function refuseOneLevel(feature: Feature): void {
  const factors = feature.kind === 'interaction' ? feature.factors : [feature];
  for (const factor of factors) {
    if (factor.kind !== 'levels' || factor.levels.length !== 1 || !factor.reference) continue;
    throw new MillraceError({
      code: 'regression.collinear',
      message: `No single answer exists: ${factor.name} has the same value in every row, ${JSON.stringify(factor.levels[0])}. Leave out ${feature.name}.`,
      details: { collinear: [{ term: factor.name, combinationOf: ['(Intercept)'] }] },
    });
  }
}

/** Only where it costs no more reading. */
async function residualsOf(rows: TrainingRows, fit: Fit, names: readonly string[]): Promise<ResidualQuantiles | null> {
  if (!rows.inMemory) return null;
  const estimates = new Map(fit.coefficients.map(({ term, estimate }) => [term, estimate]));
  return residualQuantiles(
    rows,
    estimates.get('(Intercept)') ?? 0,
    names.map((name) => estimates.get(name) ?? 0),
  );
}
