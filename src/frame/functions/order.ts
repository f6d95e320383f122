import { MillraceError } from '../../errors.ts';
import type { OrderKey } from '../../plan/expression.ts';

/** One thing, or a list of them. */
export type OneOrMore<T> = T | readonly T[];

export function listOf<T>(given: OneOrMore<T>): readonly T[] {
  return Array.isArray(given) ? given : [given as T];
}

/** One key of an order: a column, or a column with its direction and where nulls go (last unless said). */
export type OrderItem<K extends string = string> =
  | K
  | { readonly desc: K; readonly nulls?: 'first' | 'last' }
  | { readonly asc: K; readonly nulls?: 'first' | 'last' };

/**
 * An order, written the same way everywhere: `'day'`, `{ desc: 'revenue', nulls: 'first' }`, or a list of such keys. Nulls are
 * last both ways unless said.
 */
export type OrderBy<K extends string = string> = OneOrMore<OrderItem<K>>;

export function orderKeys(orderBy: OrderBy): OrderKey[] {
  return listOf(orderBy).map((item) => {
    if (typeof item === 'string') return { column: item, descending: false, nulls: 'last' };
    const given: Readonly<Record<string, unknown>> = typeof item === 'object' && item !== null ? { ...item } : {};
    const { desc, asc, nulls = 'last', ...others } = given;
    const column = desc ?? asc;
    const isOne = (desc === undefined) !== (asc === undefined) && Object.keys(others).length === 0;
    if (typeof column !== 'string' || !isOne || (nulls !== 'first' && nulls !== 'last')) {
      throw new MillraceError({
        code: 'plan.order',
        message: `An order was given as ${JSON.stringify(item) ?? String(item)}. Each key of it is a column's name, { desc: name } or { asc: name }, the latter two with nulls: 'first' or 'last'.`,
        details: { key: item },
      });
    }
    return { column, descending: desc !== undefined, nulls };
  });
}
