import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import { columnNode, fieldOf, replaceColumns } from '../frame/columns.ts';
import { Frame } from '../frame/frame.ts';
import { call } from '../frame/functions/base.ts';
import { fn } from '../frame/functions/fn.ts';
import { literal } from '../frame/functions/literal.ts';
import { listOf, type OneOrMore } from '../frame/functions/order.ts';
import { checkSeed } from '../frame/split.ts';
import { type Expression, walkExpression } from '../plan/expression.ts';
import type { Relation } from '../plan/relation.ts';
import type { RunOptions } from '../plan/source.ts';
import type { AnyCol, Col, NamesOf } from '../schema/columns.ts';
import { type AnyDType, BOOLEAN, FLOAT, INT, type Int, type NumericDType } from '../schema/dtype.ts';
import { CrossValidation, type FoldEvaluation } from './cross-validation.ts';
import { type EvaluateOptions, evaluateScored } from './evaluate.ts';
import { partsOf } from './features/feature.ts';
import { type LinearRegressionOptions, linearRegression, type RegressionFeatures } from './linear-regression.ts';
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

export type CrossValidateOptions<
  C extends AnyCol,
  T extends string,
  O extends RegressionFeatures<C, T>,
> = LinearRegressionOptions<C, T, O> &
  Pick<EvaluateOptions, 'unseen'> &
  (KFoldOptions<C['k']> | RollingOriginOptions<C['k']>);

/** The column that says to which fold a row belongs: its place among the groups or the periods, from 1. */
const PLACE = 'place in the folds';
const SHARE = 'share of the folds';

/** The places that one model is tested on; it is fitted on all others, or on those before. */
interface Fold {
  readonly first: number;
  readonly last: number;
}

/**
 * Fits a model several times, each time on a part of the rows, and evaluates it on others: how well such a model predicts
 * rows that it has not seen.
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
  checkOptions(options, 'crossValidate', "{ target: 'revenue', features: ['week'], folds: 5, seed: 1 }");
  const { folds: _, seed: _seed, groups: _groups, rollingOrigin, unseen, ...fitting } = options;
  await using placed = await placesOf(new Frame<AnyCol>(frame.plan, frame.executor), options).materialize(run(options));
  const total = await lastPlace(placed, options);
  const folds = rollingOrigin === undefined ? kFolds(total, options.folds ?? 5) : origins(total, rollingOrigin);
  const spans = rollingOrigin === undefined ? [] : await spansOf(placed, rollingOrigin.orderBy, folds, run(options));
  const evaluated: FoldEvaluation[] = [];
  for (const [i, fold] of folds.entries()) {
    const inside = within(fold);
    const others = rollingOrigin === undefined ? call('not', [inside], BOOLEAN, false) : upTo(fold.first - 1);
    const part = (predicate: Expression): Frame<AnyCol> =>
      new Frame<AnyCol>({ kind: 'filter', input: placed.plan, predicate }, placed.executor);
    // The columns were checked by the compiler, or are by linearRegression.
    const model = await (linearRegression as unknown as Fitting)(part(others), fitting);
    if (rollingOrigin === undefined) refuseWindows(model);
    const testing = { ...run(options), nulls: options.nulls ?? 'fail', unseen: unseen ?? 'fail' } as const;
    // What looks at rows before looks at those of the training, too.
    const rows = part(rollingOrigin === undefined ? inside : upTo(fold.last));
    const scored = scoredBy(model, rows, testing, 'crossValidate');
    const evaluation = await evaluateScored({ ...scored, only: inside }, testing);
    evaluated.push({ ...evaluation, trained: model.n, ...spans[i] });
  }
  return new CrossValidation(evaluated);
}

type Fitting = (frame: Frame<AnyCol>, options: object) => Promise<Model>;
const place: Expression = { kind: 'column', name: PLACE, dtype: INT, nullable: false };

function run({ signal }: Pick<RunOptions, 'signal'>): Pick<RunOptions, 'signal'> {
  return signal === undefined ? {} : { signal };
}

type Folding = KFoldOptions<string> | RollingOriginOptions<string>;

/** The frame with the place of each row. */
function placesOf(frame: Frame<AnyCol>, options: Folding): Frame<AnyCol> {
  const ranked = (plan: Frame<AnyCol>, orderBy: string): Frame<AnyCol> => {
    const rank = fn.denseRank().over({ orderBy }).node;
    return new Frame(replaceColumns(plan.plan, [{ name: PLACE, expression: rank }], 'crossValidate'), plan.executor);
  };
  if (options.rollingOrigin !== undefined) {
    const { orderBy } = options.rollingOrigin;
    fieldOf(frame.schema, orderBy, 'crossValidate, rollingOrigin.orderBy');
    return ranked(frame, orderBy);
  }
  checkSeed(options.seed, 'crossValidate');
  const names = options.groups === undefined ? frame.schema.map((field) => field.name) : listOf(options.groups);
  const columns = names.map((name) => columnNode(fieldOf(frame.schema, name, 'crossValidate, groups')));
  const expression = call('row_share', columns, FLOAT, false, { seed: options.seed });
  const shared = replaceColumns(frame.plan, [{ name: SHARE, expression }], 'crossValidate');
  return ranked(new Frame(shared, frame.executor), SHARE);
}

async function lastPlace(placed: Frame<AnyCol>, options: Folding & Pick<RunOptions, 'signal'>): Promise<number> {
  const orderBy = options.rollingOrigin?.orderBy;
  if (orderBy !== undefined && fieldOf(placed.schema, orderBy, 'crossValidate').nullable) {
    const nulls = await placed.filter((r) => r.col(orderBy).isNull()).count(run(options));
    if (nulls > 0) {
      throw new MillraceError({
        code: 'regression.nulls',
        message: `crossValidate: ${orderBy} holds ${nulls} null${nulls === 1 ? '' : 's'}, and a row without a time is neither before nor after. Filter such rows.`,
        details: { nulls: { [orderBy]: nulls } },
      });
    }
  }
  const [row] = await new Frame<Col<typeof PLACE, Int, never>>(placed.plan, placed.executor)
    .groupBy()
    .agg((r) => ({ last: r[PLACE].max() }))
    .rows(run(options));
  return row?.last ?? 0;
}

function kFolds(total: number, count: number): Fold[] {
  checkCount(count, 2, 'folds');
  if (total < count) throw tooFew(`${count} folds need at least as many different rows or groups, not ${total}`, total);
  const edge = (i: number): number => Math.floor((i * total) / count);
  return Array.from({ length: count }, (_, i) => ({ first: edge(i) + 1, last: edge(i + 1) }));
}

/** Whole horizons only: what is left after the last one is in no test. */
function origins(total: number, options: RollingOriginOptions<string>['rollingOrigin']): Fold[] {
  const { initial, horizon, step = horizon } = options;
  for (const [name, value] of Object.entries({ initial, horizon, step })) {
    checkCount(value, 1, `rollingOrigin.${name}`);
  }
  if (initial + horizon > total) {
    throw tooFew(
      `${initial} periods to begin with and a horizon of ${horizon} need ${initial + horizon} different values of ${options.orderBy}, not ${total}`,
      total,
    );
  }
  const folds: Fold[] = [];
  for (let origin = initial; origin + horizon <= total; origin += step) {
    folds.push({ first: origin + 1, last: origin + horizon });
  }
  return folds;
}

function checkCount(value: number, least: number, name: string): void {
  if (Number.isSafeInteger(value) && value >= least) return;
  throw new MillraceError({
    code: 'regression.folds',
    message: `crossValidate: ${name} is ${value}. Give a whole number from ${least}.`,
    details: { option: name, value },
  });
}

function tooFew(what: string, found: number): MillraceError {
  return new MillraceError({
    code: 'regression.too_few_folds',
    message: `crossValidate: ${what}.`,
    details: { found },
  });
}

function upTo(last: number): Expression {
  return call('lte', [place, literal(last)], BOOLEAN, false);
}

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

function within({ first, last }: Fold): Expression {
  const from = call('gte', [place, literal(first)], BOOLEAN, false);
  return call('and', [from, call('lte', [place, literal(last)], BOOLEAN, false)], BOOLEAN, false);
}

/** The first and the last period of each test. */
async function spansOf(
  placed: Frame<AnyCol>,
  orderBy: string,
  folds: readonly Fold[],
  options: Pick<RunOptions, 'signal'>,
): Promise<{ readonly from: unknown; readonly to: unknown }[]> {
  const edges = [...new Set(folds.flatMap(({ first, last }) => [first, last]))];
  const isEdge = call('in', [place, ...edges.map((edge) => literal(edge))], BOOLEAN, false);
  const plan: Relation = { kind: 'filter', input: placed.plan, predicate: isEdge };
  const periods = await new Frame<Col<string, AnyDType, null>>(plan, placed.executor)
    .select(PLACE, orderBy)
    .dedupe()
    .rows(options);
  const at = new Map(periods.map((row) => [row[PLACE], row[orderBy]]));
  return folds.map(({ first, last }) => ({ from: at.get(first), to: at.get(last) }));
}
