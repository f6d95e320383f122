import type { OrderKey } from '../plan/expression.ts';
import { type Dialect, quoteName } from './dialect.ts';

/** Keys as the inside of an ORDER BY. */
export function orderSql(keys: readonly OrderKey[], as: (column: string) => string = (column) => column): string {
  return keys
    .map(
      (key) =>
        `${as(quoteName(key.column))} ${key.descending ? 'DESC' : 'ASC'} NULLS ${key.nulls === 'first' ? 'FIRST' : 'LAST'}`,
    )
    .join(', ');
}

export function reversed(key: OrderKey): OrderKey {
  return { ...key, descending: !key.descending, nulls: key.nulls === 'last' ? 'first' : 'last' };
}

/** What puts a table's rows in their order where the engine does not keep it by itself. */
export function inRowOrder(dialect: Dialect): string {
  return dialect.keepsOrder ? '' : ` ORDER BY ${dialect.rowId}`;
}
