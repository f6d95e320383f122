import { MillraceError } from '../errors.ts';
import { columnNode } from '../frame/columns.ts';
import { Frame } from '../frame/frame.ts';
import { aggregate, call } from '../frame/functions/base.ts';
import { literalAs, nullLiteral } from '../frame/functions/literal.ts';
import type { OptionNames } from '../option-names.ts';
import type { Expression } from '../plan/expression.ts';
import type { AggregateRelation, NamedExpression, Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import type { Col } from '../schema/columns.ts';
import { BOOLEAN, FLOAT, type Float, INT } from '../schema/dtype.ts';
import { nullCounts, refuseNulls } from './nulls.ts';

/** How far predictions are from what came to be. */
export interface Accuracy {
  /** `1 - sum((y - p)^2) / sum((y - mean(y))^2)` over the rows of the evaluated frame. NaN where the target does not vary. */
  readonly r2: number;
  /** `sqrt(mean((y - p)^2))`, in the target's unit. */
  readonly rmse: number;
  /** `mean(|y - p|)`, in the target's unit. */
  readonly mae: number;
  /** `mean(|y - p| / |y|)` over the rows whose target is not zero, a share: 0.12 is 12 %. NaN where there are none. */
  readonly mape: number;
}

/** How well a model predicts the rows of a frame. */
export interface Evaluation extends Accuracy {
  /** Rows used. */
  readonly n: number;
  /** Rows left out, as asked: those with a null, or a level that the training rows did not have. */
  readonly dropped: number;
  /** Rows used whose target is zero: `mape` leaves them out. */
  readonly zeroTargets: number;
  /**
   * The same figures of always predicting the mean of the training rows' target. This is what a model has to beat. NaN
   * for a model whose JSON does not hold that mean.
   */
  readonly baseline: Accuracy;
}

/** What becomes of rows that a model cannot predict. */
export interface EvaluateOptions extends Pick<RunOptions, 'signal'> {
  /** Rows with a null in the target or a feature: refused (the default), or left out and counted. */
  readonly nulls?: 'fail' | 'drop';
  /** Rows with a level that the training rows did not have: refused (the default), left out and counted, or as the reference. */
  readonly unseen?: 'fail' | 'drop' | 'reference';
}

export const EVALUATE_OPTIONS: OptionNames<EvaluateOptions> = { nulls: true, unseen: true, signal: true };

/** Predictions beside what came to be: expressions of the columns of a frame. */
export interface Scored {
  readonly frame: { readonly plan: Relation; readonly executor: Executor };
  /** The target, a float. */
  readonly target: Expression;
  /** The prediction, a float; null where a row has none. */
  readonly predicted: Expression;
  /** The columns behind both: a null in one is refused by its name, or leaves its row out. */
  readonly inputs: readonly NamedExpression[];
  /** The mean of the target in the training rows; NaN where it is not known. */
  readonly targetMean: number;
  /** The rows that count, of those that the others are computed from; all where nothing is said. */
  readonly only?: Expression;
}

/** Marks the columns whose nulls are counted. */
const NULLS = 'null in ';

/** Compares predictions with the target, in one aggregate that the engine computes. */
export async function evaluateScored(
  { frame, target, predicted, inputs, targetMean, only }: Scored,
  options: EvaluateOptions,
): Promise<Evaluation> {
  const maybeNull = inputs.filter(({ expression }) => expression.nullable);
  const kept = maybeNull.map(({ name, expression }) => ({
    name: `${NULLS}${name}`,
    dtype: expression.dtype,
    nullable: true,
  }));
  const y = floatColumn('y', target.nullable);
  const p = floatColumn('p', predicted.nullable);
  const error = floatColumn('error', y.nullable || p.nullable);
  const scored: Relation = {
    kind: 'project',
    verb: 'evaluate',
    input: frame.plan,
    columns: [
      { name: 'y', expression: target },
      { name: 'p', expression: predicted },
      ...maybeNull.map(({ name, expression }) => ({ name: `${NULLS}${name}`, expression })),
      ...(only === undefined ? [] : [{ name: 'counts', expression: only }]),
    ],
  };
  const counted: Expression = { kind: 'column', name: 'counts', dtype: BOOLEAN, nullable: false };
  const errors: Relation = {
    kind: 'project',
    verb: 'evaluate',
    input: only === undefined ? scored : { kind: 'filter', input: scored, predicate: counted },
    columns: [
      { name: 'y', expression: knownOnly(y, p) },
      { name: 'error', expression: call('sub', [y, p], FLOAT, error.nullable) },
      ...kept.map((field) => ({ name: field.name, expression: columnNode(field) })),
    ],
  };
  const plan: Relation = {
    kind: 'aggregate',
    input: errors,
    keys: [],
    aggregates: [...comparisons(floatColumn('y', true), error, targetMean), ...nullCounts(kept, '')],
  };
  const [row = {}] = await new Frame<Col<string, Float, null>>(plan, frame.executor).rows(options);
  if ((options.nulls ?? 'fail') === 'fail') refuseNulls('evaluate', row, NULLS);
  return evaluationOf(row);
}

function floatColumn(name: string, nullable: boolean): Expression {
  return { kind: 'column', name, dtype: FLOAT, nullable };
}

/** The target where there is a prediction. */
function knownOnly(y: Expression, p: Expression): Expression {
  if (!p.nullable) return y;
  return {
    kind: 'case',
    branches: [{ when: call('is_not_null', [p], BOOLEAN, false), value: y }],
    otherwise: nullLiteral(FLOAT),
    dtype: FLOAT,
    nullable: true,
  };
}

function comparisons(y: Expression, error: Expression, targetMean: number): AggregateRelation['aggregates'] {
  const isZero = call('eq', [y, literalAs(0, FLOAT, 'target')], BOOLEAN, true);
  const fromMean = (): Expression => call('sub', [y, literalAs(targetMean, FLOAT, 'mean')], FLOAT, true);
  return [
    { name: 'rows', expression: aggregate('count_all', [], INT, false) },
    { name: 'n', expression: aggregate('count', [error], INT, false) },
    { name: 'zeros', expression: aggregate('count_true', [isZero], INT, false) },
    { name: 'variance', expression: aggregate('var', [y], FLOAT, true) },
    ...means('model', error, y),
    ...(Number.isFinite(targetMean) ? means('baseline', fromMean(), y) : []),
  ];
}

function means(name: string, error: Expression, y: Expression): AggregateRelation['aggregates'] {
  const absolute = (of: Expression): Expression => call('abs', [of], FLOAT, true);
  const base = absolute(call('null_if', [y, literalAs(0, FLOAT, 'target')], FLOAT, true));
  const mean = (of: Expression) => aggregate('mean', [of], FLOAT, true);
  return [
    { name: `${name} square`, expression: mean(call('mul', [error, error], FLOAT, true)) },
    { name: `${name} absolute`, expression: mean(absolute(error)) },
    { name: `${name} relative`, expression: mean(call('div', [absolute(error), base], FLOAT, true)) },
  ];
}

type Row = Readonly<Record<string, number | null>>;

function evaluationOf(row: Row): Evaluation {
  const { rows, n, zeros, variance } = row;
  if (!n) {
    throw new MillraceError({
      code: 'regression.no_rows',
      message: `evaluate: none of the ${rows ?? 0} rows has a target and a prediction, so there is nothing to compare.`,
      details: { rows: rows ?? 0 },
    });
  }
  // The variance is that of a sample, with n - 1 below.
  const about = ((variance ?? 0) * (n - 1)) / n;
  return {
    ...accuracyOf(row, 'model', about),
    n,
    dropped: (rows ?? n) - n,
    zeroTargets: zeros ?? 0,
    baseline: accuracyOf(row, 'baseline', about),
  };
}

function accuracyOf(row: Row, name: string, about: number): Accuracy {
  const figure = (of: string): number => row[`${name} ${of}`] ?? Number.NaN;
  return {
    r2: about === 0 ? Number.NaN : 1 - figure('square') / about,
    rmse: Math.sqrt(figure('square')),
    mae: figure('absolute'),
    mape: figure('relative'),
  };
}
