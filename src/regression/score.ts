import { MillraceError } from '../errors.ts';
import { columnNode, fieldOf } from '../frame/columns.ts';
import { asFloat } from '../frame/formula.ts';
import type { Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import { describeDType, isNumeric } from '../schema/dtype.ts';
import type { EvaluateOptions, Scored } from './evaluate.ts';
import { termNames } from './features/feature.ts';
import { type Features, featuresIn } from './features/linear-form.ts';
import type { ModelData } from './model-data.ts';

/** What a model predicts of a row; terms that were left out of the fit count nothing. */
export function predictionOf(model: Pick<ModelData, 'features' | 'coefficients'>, { form }: Features): Expression {
  const numbers = new Map(model.features.flatMap(termNames).map((term) => [term, 0]));
  for (const { term, estimate } of model.coefficients) numbers.set(term, estimate);
  return form(numbers);
}

/** A frame's rows with the target and the prediction; refused where the target is no number. */
export function scoredBy(
  model: Pick<ModelData, 'target' | 'targetMean' | 'features' | 'coefficients'>,
  frame: Scored['frame'],
  options: EvaluateOptions,
  verb: string,
): Scored {
  const unseen = options.unseen ?? 'fail';
  const features = featuresIn(frame.plan, model.features, unseen === 'drop' ? 'null' : unseen, verb);
  const field = fieldOf(outputSchema(frame.plan), model.target, verb);
  if (!isNumeric(field.dtype)) {
    throw new MillraceError({
      code: 'regression.dtype',
      message: `${verb}: the target ${field.name} is ${describeDType(field.dtype)}, but the model was fitted on a number. Cast the column first.`,
      details: { column: field.name, dtype: describeDType(field.dtype) },
    });
  }
  const target = columnNode(field);
  return {
    frame: { plan: features.plan, executor: frame.executor },
    target: asFloat(target),
    predicted: predictionOf(model, features),
    inputs: [{ name: field.name, expression: target }, ...features.inputs],
    targetMean: model.targetMean,
  };
}
