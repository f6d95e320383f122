import type { OrderKey } from '../plan/expression.ts';
import type { Schema } from '../schema/dtype.ts';
import { type Dialect, quoteName } from './dialect.ts';

/** A node's rows, as something that SQL can select from. */
export interface Rendered {
  readonly name: string;
  readonly columns: readonly string[];
  /** What tells the rows' order in full, where that was demanded; may name hidden columns. */
  readonly order: readonly OrderKey[];
  readonly hidden: readonly string[];
}

/** A select over rendered rows, and what is to be known of its own rows. */
export interface Selected extends Omit<Rendered, 'name'> {
  readonly sql: string;
}

/** Columns as exactly their dtypes. */
export function settled(schema: Schema, dialect: Dialect): string {
  const columns = schema.map(({ name, dtype }) => {
    const column = quoteName(name);
    const sql = dialect.settle(column, dtype);
    return sql === column ? column : `${sql} AS ${column}`;
  });
  return columns.join(', ');
}

/** An order carried over a step on the rows: its keys by their names after it, and what must be selected beside the columns. */
export interface CarriedOrder {
  readonly order: readonly OrderKey[];
  readonly hidden: readonly string[];
  readonly selected: readonly string[];
}

/**
 * The order of an input after a step. `kept` tells a column's name after it, where the step gives that column unchanged;
 * keys whose columns it does not give are selected under hidden names.
 */
export function carryOrder(
  input: Rendered,
  kept: (column: string) => string | undefined,
  newKey: () => string,
  prefix = '',
): CarriedOrder {
  const hidden: string[] = [];
  const selected: string[] = [];
  const order = input.order.map((key): OrderKey => {
    const isHidden = input.hidden.includes(key.column);
    const name = isHidden ? key.column : kept(key.column);
    if (name !== undefined && !isHidden) return { ...key, column: name };
    const column = isHidden ? key.column : newKey();
    if (!hidden.includes(column)) {
      hidden.push(column);
      const sql = `${prefix}${quoteName(key.column)}`;
      selected.push(column === key.column ? sql : `${sql} AS ${quoteName(column)}`);
    }
    return { ...key, column };
  });
  return { order, hidden, selected };
}

/** No order, where none was demanded. */
export const UNORDERED: CarriedOrder = Object.freeze({ order: [], hidden: [], selected: [] });

export function list(columns: readonly string[]): string {
  return columns.map(quoteName).join(', ');
}
