import type { Expression } from '../../plan/expression.ts';
import type { Field } from '../../schema/dtype.ts';
import { columnNode } from '../columns.ts';
import { aggregate, windowOf } from '../functions/base.ts';
import { type OrderBy, orderKeys } from '../functions/order.ts';
import type { Filling } from './filling.ts';

/** A column filled by the nearest value before the row, or after it, in an order. */
export function fromNearest(
  way: 'forward' | 'backward',
  field: Field,
  order: OrderBy,
  keys: readonly Expression[],
): Filling {
  const last = aggregate(
    way === 'forward' ? 'last_not_null' : 'first_not_null',
    [columnNode(field)],
    field.dtype,
    field.nullable,
  );
  const rows = way === 'forward' ? ([null, 0] as const) : ([0, null] as const);
  return { expression: windowOf(last, { partitionBy: keys, orderBy: orderKeys(order), rows }) };
}
