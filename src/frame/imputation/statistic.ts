import { MillraceError } from '../../errors.ts';
import type { AggregateNode, Expression } from '../../plan/expression.ts';
import { type Field, FLOAT, isNumeric } from '../../schema/dtype.ts';
import { columnNode } from '../columns.ts';
import { as } from '../formula.ts';
import { aggregate, call, windowOf } from '../functions/base.ts';
import type { Filling } from './filling.ts';

/** A column filled by a statistic of its row's group, and of the column where the group has no value. */
export function byStatistic(how: 'mean' | 'median' | 'mode', field: Field, keys: readonly Expression[]): Filling {
  const { name, dtype } = field;
  if (how !== 'mode' && !isNumeric(dtype)) {
    throw new MillraceError({
      code: 'plan.dtype',
      message: `impute: ${name} is ${dtype.id}, which has no ${how}. Use 'mode', { constant }, { forward } or { backward }.`,
    });
  }
  const column = columnNode(field);
  const statistic = statisticOf(how, column);
  const known = `__millrace_${how}_${name}`;
  const whole: Expression = { kind: 'column', name: known, dtype: statistic.dtype, nullable: false };
  const group = keys.length === 0 ? [] : [ofGroup(statistic, keys)];
  const filled = how !== 'mode' && (dtype.id === 'int' || dtype.id === 'bigint') ? FLOAT : dtype;
  const fills = [column, ...group, whole].map((value) => as(value, filled));
  return {
    expression: call('coalesce', fills, filled, false),
    known: [
      {
        name: known,
        expression: statistic,
        required: `impute: every value of ${name} is null, so it has no ${how}`,
      },
    ],
  };
}

function statisticOf(how: 'mean' | 'median' | 'mode', column: Expression): AggregateNode {
  if (how === 'mode') return aggregate('mode', [column], column.dtype, false);
  return how === 'mean'
    ? aggregate('mean', [column], FLOAT, false)
    : aggregate('quantile', [column], FLOAT, false, { share: 0.5 });
}

/** The statistic of the rows with the same keys; null where none of them has a value. */
function ofGroup(statistic: AggregateNode, keys: readonly Expression[]): Expression {
  return { ...windowOf(statistic, { partitionBy: keys }), nullable: true };
}
