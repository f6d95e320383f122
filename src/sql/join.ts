import type { Expression } from '../plan/expression.ts';
import type { AsofJoinRelation, JoinRelation } from '../plan/relation.ts';
import type { Field } from '../schema/dtype.ts';
import { type Dialect, quoteName } from './dialect.ts';
import type { CarriedOrder, Rendered, Selected } from './rendered.ts';

/** A join; in a condition the left side is `l`, the right `r`. */
export function joinSql(
  node: JoinRelation,
  left: Rendered,
  right: Rendered,
  write: (condition: Expression) => string,
  dialect: Dialect,
): Selected {
  const conditions = node.on.map((pair) => `l.${quoteName(pair.left)} = r.${quoteName(pair.right)}`);
  if (node.where !== undefined) conditions.push(write(node.where));
  const on = conditions.join(' AND ') || 'true';
  if (node.how === 'semi' || node.how === 'anti') {
    const kept = dialect.keepMatched(right.name, on, node.how === 'semi');
    const sql = `SELECT ${left.columns.map((name) => `l.${quoteName(name)}`).join(', ')} FROM ${left.name} l ${kept}`;
    return { sql, columns: left.columns, order: [], hidden: [] };
  }
  const keys = new Map(node.on.map((pair) => [pair.left, pair.right]));
  const fromRight = node.how === 'right' || node.how === 'full';
  const selected = [
    ...left.columns.map((name) => {
      const key = keys.get(name);
      if (key === undefined || !fromRight) return `l.${quoteName(name)}`;
      return `coalesce(l.${quoteName(name)}, r.${quoteName(key)}) AS ${quoteName(name)}`;
    }),
    ...node.rightColumns.map((c) => `r.${quoteName(c.column)} AS ${quoteName(c.as)}`),
  ];
  if (node.how === 'full' && node.on.length === 0 && !dialect.joinsFullOnAny) {
    const nulls = [...left.columns.map(() => 'NULL'), ...node.rightColumns.map((c) => `r.${quoteName(c.column)}`)];
    const matched = `SELECT ${selected.join(', ')} FROM ${left.name} l LEFT JOIN ${right.name} r ON ${on}`;
    const unmatched = `SELECT ${nulls.join(', ')} FROM ${right.name} r WHERE NOT EXISTS (SELECT 1 FROM ${left.name} l WHERE ${on})`;
    return {
      sql: `${matched} UNION ALL ${unmatched}`,
      columns: [...left.columns, ...node.rightColumns.map((c) => c.as)],
      order: [],
      hidden: [],
    };
  }
  const isCross = conditions.length === 0 && node.how === 'inner';
  const joined = isCross ? `CROSS JOIN ${right.name} r` : `${node.how.toUpperCase()} JOIN ${right.name} r ON ${on}`;
  return {
    sql: `SELECT ${selected.join(', ')} FROM ${left.name} l ${joined}`,
    columns: [...left.columns, ...node.rightColumns.map((c) => c.as)],
    order: [],
    hidden: [],
  };
}

/** Each row of the left beside the nearest of the right; of two, one before and one after, the nearer is taken. */
export function asofJoinSql(
  node: AsofJoinRelation,
  left: Rendered,
  right: Rendered,
  carried: CarriedOrder,
  at: Field,
  dialect: Dialect,
): Selected {
  const far = (side: string): string =>
    dialect.distance(`l.${quoteName(node.at.left)}`, `${side}.${quoteName(node.at.right)}`, at.dtype);
  const limited = (side: string, column: string): string =>
    node.tolerance === undefined
      ? `${side}.${column}`
      : `CASE WHEN ${far(side)} <= ${node.tolerance} THEN ${side}.${column} END`;
  const join = (alias: string, direction: 'backward' | 'forward'): string =>
    dialect.joinNearest({ right: right.name, alias, by: node.by, at: node.at, direction });

  const isNearest = node.direction === 'nearest';
  const joins = isNearest ? `${join('b', 'backward')} ${join('f', 'forward')}` : join('r', node.direction);
  const isFirst = `f.${quoteName(node.at.right)} IS NULL OR ${far('b')} <= ${far('f')}`;
  const pick = (column: string): string =>
    isNearest
      ? `CASE WHEN ${isFirst} THEN ${limited('b', column)} ELSE ${limited('f', column)} END`
      : limited('r', column);
  const selected = [
    ...left.columns.map((name) => `l.${quoteName(name)}`),
    ...node.rightColumns.map((c) => `${pick(quoteName(c.column))} AS ${quoteName(c.as)}`),
    ...carried.selected,
  ];
  return {
    sql: `SELECT ${selected.join(', ')} FROM ${left.name} l ${joins}`,
    columns: [...left.columns, ...node.rightColumns.map((c) => c.as)],
    order: carried.order,
    hidden: carried.hidden,
  };
}
