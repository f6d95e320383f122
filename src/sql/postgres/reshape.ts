import { type Dialect, quoteName, quoteText } from '../dialect.ts';
import { itemAs } from './nested.ts';

/** Steps that make several rows of one, and joins to the nearest row. */
export const reshape: Pick<
  Dialect,
  'unpivot' | 'explode' | 'keepMatched' | 'joinsFullOnAny' | 'joinNearest' | 'distance'
> = {
  unpivot: ({ from, selected, place }, columns, names, values) => {
    const rows = columns.map((name, i) => `(${quoteText(name)} COLLATE "C", ${quoteName(name)}, ${i})`);
    const made = [`made.name AS ${quoteName(names)}`, `made.value AS ${quoteName(values)}`];
    if (place !== undefined) made.push(`made.place AS ${quoteName(place)}`);
    const from_ = `${from} CROSS JOIN LATERAL (VALUES ${rows.join(', ')}) AS made(name, value, place)`;
    return `SELECT ${[...selected, ...made].join(', ')} FROM ${from_}`;
  },
  explode: ({ from, selected, place }, { name, dtype }, keepEmpty) => {
    const items = quoteName(name);
    const item = dtype.id === 'list' ? dtype.item : dtype;
    const columns = selected.map((sql) => (sql === items ? `${itemAs('made.item', item)} AS ${items}` : sql));
    if (place !== undefined) columns.push(`coalesce(made.place - 1, 0) AS ${quoteName(place)}`);
    const join = keepEmpty ? 'LEFT JOIN' : 'JOIN';
    return `SELECT ${columns.join(', ')} FROM ${from} ${join} LATERAL jsonb_array_elements(${items}) WITH ORDINALITY AS made(item, place) ON true`;
  },
  keepMatched: (right, on, has) => `WHERE ${has ? '' : 'NOT '}EXISTS (SELECT 1 FROM ${right} r WHERE ${on})`,
  joinsFullOnAny: false,
  joinNearest: ({ right, alias, by, at, direction }) => {
    const pair = (keys: { readonly left: string; readonly right: string }, sign: string): string =>
      `l.${quoteName(keys.left)} ${sign} n.${quoteName(keys.right)}`;
    const on = [...by.map((keys) => pair(keys, '=')), pair(at, direction === 'backward' ? '>=' : '<=')];
    const order = `n.${quoteName(at.right)} ${direction === 'backward' ? 'DESC' : 'ASC'}`;
    const nearest = `SELECT * FROM ${right} n WHERE ${on.join(' AND ')} ORDER BY ${order} LIMIT 1`;
    return `LEFT JOIN LATERAL (${nearest}) ${alias} ON true`;
  },
  distance: (a, b, dtype) => {
    switch (dtype.id) {
      case 'timestamp':
        return `abs(extract(epoch FROM ${a} - ${b}) * 1000000)`;
      case 'date':
        return `abs(${a} - ${b})`;
      case 'float':
        // The difference of two equal infinities is no number.
        return `CASE WHEN ${a} = ${b} THEN 0 ELSE abs(${a} - ${b}) END`;
      default:
        return `abs(CAST(${a} AS numeric) - ${b})`;
    }
  },
};
