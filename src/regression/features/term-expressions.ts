import { cases, eq, mul, number } from '../../frame/formula.ts';
import type { Expression } from '../../plan/expression.ts';
import { type Feature, type Multiplier, termsOf } from './feature.ts';

/** What `expander` computes, as expressions of the variables' columns; `parts` tells, a feature, which its parts are. */
export function termExpressions(
  features: readonly Feature[],
  parts: readonly (readonly number[])[],
  variables: readonly Expression[],
): readonly Expression[] {
  return features.flatMap((feature, f) =>
    termsOf(feature).map(({ multipliers }) =>
      multipliers.map((by) => factorOf(variables[parts[f]?.[by.part] ?? 0] as Expression, by)).reduce(mul),
    ),
  );
}

function factorOf(variable: Expression, by: Multiplier): Expression {
  if ('level' in by) return cases([{ when: eq(variable, number(by.level)), value: number(1) }], number(0));
  return Array.from({ length: by.power }, () => variable).reduce(mul);
}
