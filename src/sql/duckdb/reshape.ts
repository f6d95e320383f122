import { type Dialect, quoteName, quoteText } from '../dialect.ts';
import { list } from '../rendered.ts';

/** Steps that make several rows of one, and joins to the nearest row. Lists side by side are unnested together. */
export const reshape: Pick<
  Dialect,
  'unpivot' | 'explode' | 'keepMatched' | 'joinsFullOnAny' | 'joinNearest' | 'distance'
> = {
  unpivot: ({ from, selected, place }, columns, names, values) => {
    const made = [
      `unnest([${columns.map(quoteText).join(', ')}]) AS ${quoteName(names)}`,
      `unnest([${list(columns)}]) AS ${quoteName(values)}`,
      ...(place === undefined ? [] : [`unnest([${columns.map((_, i) => i).join(', ')}]) AS ${quoteName(place)}`]),
    ];
    return `SELECT ${[...selected, ...made].join(', ')} FROM ${from}`;
  },
  explode: ({ from, selected, place }, { name }, keepEmpty) => {
    const items = quoteName(name);
    const kept = `CASE WHEN len(${items}) > 0 THEN ${items} ELSE [NULL] END`;
    const columns = selected.map((sql) => (sql === items ? `unnest(${keepEmpty ? kept : items}) AS ${items}` : sql));
    const count = keepEmpty ? `greatest(coalesce(len(${items}), 1), 1)` : `len(${items})`;
    if (place !== undefined) columns.push(`unnest(range(${count})) AS ${quoteName(place)}`);
    return `SELECT ${columns.join(', ')} FROM ${from}`;
  },
  // Twice as fast as EXISTS, which is planned as a join of the distinct keys.
  keepMatched: (right, on, has) => `${has ? 'SEMI' : 'ANTI'} JOIN ${right} r ON ${on}`,
  joinsFullOnAny: true,
  joinNearest: ({ right, alias, by, at, direction }) => {
    const pair = (keys: { readonly left: string; readonly right: string }, sign: string): string =>
      `l.${quoteName(keys.left)} ${sign} ${alias}.${quoteName(keys.right)}`;
    const on = [...by.map((keys) => pair(keys, '=')), pair(at, direction === 'backward' ? '>=' : '<=')];
    return `ASOF LEFT JOIN ${right} ${alias} ON ${on.join(' AND ')}`;
  },
  distance: (a, b, dtype) => {
    switch (dtype.id) {
      case 'timestamp':
        return `abs(CAST(epoch_us(${a}) AS HUGEINT) - epoch_us(${b}))`;
      case 'date':
        return `abs(date_diff('day', ${a}, ${b}))`;
      case 'float':
        // The difference of two equal infinities is no number.
        return `CASE WHEN ${a} = ${b} THEN 0 ELSE abs(${a} - ${b}) END`;
      case 'decimal':
        return `abs(${a} - ${b})`;
      default:
        return `abs(CAST(${a} AS HUGEINT) - ${b})`;
    }
  },
};
