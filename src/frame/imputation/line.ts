import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { describeDType, type Field, FLOAT, isNumeric } from '../../schema/dtype.ts';
import { columnNode } from '../columns.ts';
import {
  add,
  as,
  asFloat,
  cases,
  div,
  eq,
  fail,
  isNotNull,
  isNull,
  mul,
  nullableAs,
  nullWhere,
  or,
  sub,
  text,
} from '../formula.ts';
import { aggregate } from '../functions/base.ts';
import type { Filling, Known } from './filling.ts';

/** A column whose nulls lie on the line of least squares through another; where the other is null too, the mean stands. */
export function onLine(field: Field, feature: Field, prefix: string): Filling {
  for (const of of [field, feature]) {
    if (isNumeric(of.dtype) && field.name !== feature.name) continue;
    const what = of === feature && field.name === feature.name ? 'the column itself' : describeDType(of.dtype);
    throw new MillraceError({
      code: 'plan.dtype',
      message: `impute: the regression of ${field.name} on ${feature.name} needs two columns of numbers, and ${of.name} is ${what}. fitImputer takes other features.`,
      details: { column: of.name },
    });
  }
  const [y, x] = [asFloat(field), asFloat(feature)];
  // Rows count in which both are known.
  const [ys, xs] = [nullWhere(isNull(x), y), nullWhere(isNull(y), x)];
  const known: Known[] = [];
  const knownOf = (fn: string, args: readonly Expression[], nullable: boolean, required?: string): Expression => {
    const name = `${prefix}_${known.length + 1}`;
    known.push({
      name,
      expression: aggregate(fn, args, FLOAT, nullable),
      ...(required === undefined ? {} : { required }),
    });
    return { kind: 'column', name, dtype: FLOAT, nullable };
  };
  const mean = knownOf('mean', [y], false, `impute: every value of ${field.name} is null, so it has no mean`);
  const slope = div(knownOf('covariance', [y, x], true), knownOf('var', [xs], true));
  const [low, high] = [knownOf('min', [xs], true), knownOf('max', [xs], true)];
  const [meanX, meanY] = [knownOf('mean', [xs], true), knownOf('mean', [ys], true)];
  const noLine = fail(
    'impute.no_line',
    [
      text(
        `impute: where ${field.name} is known, ${feature.name} has fewer than two values, so that no line goes through them`,
      ),
    ],
    FLOAT,
  );
  const line = add(meanY, mul(slope, sub(x, meanX)));
  const isExact = field.dtype.id === 'decimal';
  const dtype = isExact ? field.dtype : FLOAT;
  // What is known of a decimal stays as it is: a float does not hold all of its digits.
  const value = cases(
    [
      { when: isNotNull(y), value: isExact ? columnNode(field) : y },
      { when: isNull(x), value: as(mean, dtype) },
      { when: or(isNull(low), eq(low, high)), value: as(noLine, dtype) },
    ],
    as(line, dtype),
  );
  return { known, expression: nullableAs(value, false) };
}
