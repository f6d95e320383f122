import type { Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { AnyCol, Col, Only } from '../schema/columns.ts';
import { FLOAT, type Float, INT, type Int } from '../schema/dtype.ts';
import { checkNames, columnNode, fieldOf, project } from './columns.ts';
import { aggregate, call, windowOf } from './functions/base.ts';

/** A column's values, how often each is there, and its share of all rows. */
export type ValueCounts<C extends AnyCol, K> = Only<C, K> | Col<'count', Int, never> | Col<'share', Float, never>;

export function valueCounts(input: Relation, name: string): Relation {
  const value = columnNode(fieldOf(outputSchema(input), name, 'valueCounts'));
  checkNames([name, 'count', 'share'], 'valueCounts');
  const counts: Relation = {
    kind: 'aggregate',
    input,
    keys: [name],
    aggregates: [{ name: 'count', expression: aggregate('count_all', [], INT, false) }],
  };
  const count: Expression = { kind: 'column', name: 'count', dtype: INT, nullable: false };
  const all = windowOf(aggregate('sum', [count], INT, false));
  const shares = project(
    counts,
    [
      { name, expression: value },
      { name: 'count', expression: count },
      { name: 'share', expression: call('div', [count, all], FLOAT, false) },
    ],
    'valueCounts',
  );
  const keys = [
    { column: 'count', descending: true, nulls: 'last' },
    { column: name, descending: false, nulls: 'last' },
  ] as const;
  return { kind: 'sort', input: shares, keys };
}
