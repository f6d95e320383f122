import { type Dialect, quoteName } from './dialect.ts';
import { aggregate, window } from './postgres/aggregates.ts';
import { general } from './postgres/general.ts';
import { nested } from './postgres/nested.ts';
import { patterns } from './postgres/pattern.ts';
import { scan } from './postgres/query-scan.ts';
import { reshape } from './postgres/reshape.ts';
import { byCodePoint, raise, typeName } from './postgres/spellings.ts';
import { temporal } from './postgres/temporal.ts';
import { text } from './postgres/text.ts';
import { asText, castValue, rowAsJson, share } from './postgres/values.ts';

/** PostgreSQL's SQL, with the functions of `prelude.ts`. */
export const postgres: Dialect = {
  name: 'postgres',
  scalar: { ...general, ...text, ...temporal, ...nested },
  aggregate,
  window,
  rewrites: patterns,
  typeName,
  bound: (position, dtype) => {
    const value = `$${position}::${typeName(dtype)}`;
    return dtype.id === 'string' ? byCodePoint(value) : value;
  },
  cast: castValue,
  widen: (sql, from, to) => (from.id === 'string' ? sql : `CAST(${sql} AS ${typeName(to)})`),
  // Whole cycles of the calendar.
  rangeKey: (column, dtype) =>
    dtype.id === 'date' || dtype.id === 'timestamp'
      ? `(${column} + INTERVAL '20000 years')`
      : dtype.id === 'decimal'
        ? `(${column} * 1e${dtype.scale})`
        : column,
  settle: (sql) => sql,
  asText,
  fail: raise,
  scan,
  rowId: '__millrace_row',
  keepsOrder: false,
  limitsUnderJoins: true,
  hasSortKeys: false,
  filterWindows: (from, columns, condition) =>
    `SELECT ${columns.map(quoteName).join(', ')} FROM (SELECT *, ${condition} AS "__millrace_holds" FROM ${from}) AS held WHERE "__millrace_holds"`,
  share,
  rowAsJson,
  ...reshape,
};
