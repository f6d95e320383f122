import type { OrderKey } from '../../plan/expression.ts';

/** One key of an order: a column, or a column with its direction and where nulls go (last unless said). */
export type OrderItem<K extends string = string> =
  | K
  | { readonly desc: K; readonly nulls?: 'first' | 'last' }
  | { readonly asc: K; readonly nulls?: 'first' | 'last' };

/** An order, written the same way everywhere. */
export type OrderBy<K extends string = string> = readonly OrderItem<K>[];

export function orderKeys(orderBy: OrderBy): OrderKey[] {
  return orderBy.map((item) => {
    if (typeof item === 'string') return { column: item, descending: false, nulls: 'last' };
    const nulls = item.nulls ?? 'last';
    return 'desc' in item
      ? { column: item.desc, descending: true, nulls }
      : { column: item.asc, descending: false, nulls };
  });
}
