import type { OrderKey } from '../plan/expression.ts';
import type { ExplodeRelation, UnpivotRelation } from '../plan/relation.ts';
import type { Field } from '../schema/dtype.ts';
import { type Dialect, quoteName } from './dialect.ts';
import type { CarriedOrder, Rendered, Selected } from './rendered.ts';

/** The hidden column of a row's place among the rows that one row became. */
const PLACE = '__millrace_place';

/** `carried` is the order of the input, where the order of the rows was demanded. */
interface Rows {
  readonly input: Rendered;
  readonly carried: CarriedOrder;
  readonly demanded: boolean;
}

/** A row a column, in the order of the columns. */
export function unpivotSql(node: UnpivotRelation, rows: Rows, dialect: Dialect): Selected {
  const kept = rows.input.columns.filter((name) => !node.columns.includes(name));
  const { from, placed } = rowsFromOne(rows, kept);
  const sql = dialect.unpivot(from, node.columns, node.names, node.values);
  return { sql, columns: [...kept, node.names, node.values], ...placed };
}

/** A row an item, in the order of the list. */
export function explodeSql(node: ExplodeRelation, list: Field, rows: Rows, dialect: Dialect): Selected {
  const { columns } = rows.input;
  const { from, placed } = rowsFromOne(rows, columns);
  return { sql: dialect.explode(from, list, node.keepEmpty), columns, ...placed };
}

function rowsFromOne({ input, carried, demanded }: Rows, columns: readonly string[]) {
  const selected = [...columns.map(quoteName), ...carried.selected];
  if (!demanded) return { from: { from: input.name, selected, place: undefined }, placed: { order: [], hidden: [] } };
  // A name that no such step before has taken.
  const place = `${PLACE}_${carried.hidden.filter((name) => name.startsWith(PLACE)).length}`;
  const key: OrderKey = { column: place, descending: false, nulls: 'last' };
  const placed = { order: [...carried.order, key], hidden: [...carried.hidden, place] };
  return { from: { from: input.name, selected, place }, placed };
}
