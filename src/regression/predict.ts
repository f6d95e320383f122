import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import { project } from '../frame/columns.ts';
import { add, sub } from '../frame/formula.ts';
import type { OptionNames } from '../option-names.ts';
import type { Expression } from '../plan/expression.ts';
import type { NamedExpression, Relation } from '../plan/relation.ts';
import { type Features, featuresIn, type Unseen } from './features/linear-form.ts';
import { halfWidth, type Interval, option } from './interval.ts';
import type { ModelData } from './model-data.ts';
import { predictionOf } from './score.ts';

/** What `model.predict` takes. */
export interface PredictOptions<
  A extends string,
  U extends Unseen = 'fail',
  I extends Interval = never,
  L extends string = string,
  H extends string = string,
> {
  /** The name of the new column; one of that name is replaced. */
  readonly as: A;
  /**
   * A level that the training rows did not have: the run fails and names it (the default), the prediction is null, or the
   * level counts as the reference.
   */
  readonly unseen?: U;
  /** With the interval in which the mean of all such rows lies (`'confidence'`), or a single row (`'prediction'`). */
  readonly interval?: I;
  /** Coverage of the interval; default 0.95. */
  readonly level?: number;
  /** The name of the column of its lower ends; by default the prediction's with `_low`. */
  readonly low?: L;
  /** The name of the column of its upper ends; by default the prediction's with `_high`. */
  readonly high?: H;
}

const OPTIONS: OptionNames<PredictOptions<string>> = {
  as: true,
  unseen: true,
  interval: true,
  level: true,
  low: true,
  high: true,
};

const VERB = 'predict';

/** A frame's plan with the columns of a prediction. */
export function withPrediction(
  plan: Relation,
  model: ModelData,
  options: PredictOptions<string, Unseen, Interval>,
): Relation {
  checkOptions(options, VERB, "{ as: 'predicted' }", OPTIONS);
  const { as, unseen = 'fail', interval, level = 0.95, low = `${as}_low`, high = `${as}_high` } = options;
  if (!['fail', 'null', 'reference'].includes(unseen)) {
    throw new MillraceError({
      code: 'regression.option',
      message: `${VERB}: unseen is ${JSON.stringify(unseen)}. Give 'fail', 'null' or 'reference'.`,
      details: { option: 'unseen', value: unseen },
    });
  }
  const features = featuresIn(plan, model.features, unseen, VERB);
  const predicted = predictionOf(model, features);
  if (interval === undefined) return replaced(features, features.plan, [{ name: as, expression: predicted }]);
  if (new Set([as, low, high].map((name) => name.toLowerCase())).size < 3) {
    throw option(`as, low and high are ${[as, low, high].join(', ')}. Give three different names.`);
  }
  const half = halfWidth(features, model, interval, level);
  // What both ends need is computed once a row.
  const made = [predicted, ...half.entries].map((expression, i) => ({
    name: features.freeName(i === 0 ? 'prediction' : `entry ${i}`),
    expression,
  }));
  const [mean, ...entries] = made.map(
    ({ name, expression: { dtype, nullable } }): Expression => ({ kind: 'column', name, dtype, nullable }),
  );
  const staged = project(features.plan, [...features.own, ...made], VERB);
  const width = half.from(entries);
  return replaced(features, staged, [
    { name: as, expression: mean as Expression },
    { name: low, expression: sub(mean as Expression, width) },
    { name: high, expression: add(mean as Expression, width) },
  ]);
}

/** The frame's own columns, some of them replaced, and the new ones. */
function replaced({ own }: Features, plan: Relation, made: readonly NamedExpression[]): Relation {
  const waiting = new Map(made.map((column) => [column.name, column]));
  const kept = own.map((column) => {
    const replacement = waiting.get(column.name) ?? column;
    waiting.delete(column.name);
    return replacement;
  });
  return project(plan, [...kept, ...waiting.values()], VERB);
}
