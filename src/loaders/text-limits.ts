import type { DataType, Field } from '../schema/dtype.ts';
import { quoteName, quoteText } from '../sql/dialect.ts';

/** What text cannot hold, though the engine can: numbers that are none, and days that have no four digits to their year. */
const LIMITS: readonly { readonly code: string; readonly advice: string; readonly beyond: Beyond }[] = [
  {
    code: 'load.not_finite',
    advice: 'which text cannot hold. Filter such rows, or make them null.',
    beyond: (x, id) => (id === 'float' ? `NOT isfinite(${x})` : undefined),
  },
  {
    code: 'load.far_time',
    advice: 'and text has the years 1 to 9999. Filter such rows, or make them null.',
    beyond: (x, id) => {
      if (id === 'date') return `NOT ${x} BETWEEN DATE '0001-01-01' AND DATE '9999-12-31'`;
      if (id !== 'timestamp') return undefined;
      return `NOT ${x} BETWEEN TIMESTAMP '0001-01-01' AND TIMESTAMP '9999-12-31 23:59:59.999999'`;
    },
  },
];

type Beyond = (sql: string, id: DataType['id']) => string | undefined;

/** A column, or the text that is made of it: an error where the column, or what is in it, is beyond what text holds. */
export function withinText(name: string, field: Field, text: string = name): string {
  const branches = LIMITS.flatMap(({ code, advice, beyond }) => {
    const found = anywhere(name, field.dtype, beyond, 0);
    if (found === undefined) return [];
    const message = quoteText(`[${code}] Column ${JSON.stringify(field.name)} holds `);
    return [`WHEN ${found} THEN error(${message} || CAST(${name} AS VARCHAR) || ${quoteText(`, ${advice}`)})`];
  });
  return branches.length === 0 ? text : `CASE ${branches.join(' ')} ELSE ${text} END`;
}

/** Whether a value, or one inside of it, is beyond a limit; undefined where none can be. */
function anywhere(sql: string, dtype: DataType, beyond: Beyond, depth: number): string | undefined {
  if (dtype.id === 'list') {
    const item = `__millrace_limit${depth}`;
    const inside = anywhere(item, dtype.item, beyond, depth + 1);
    return inside === undefined ? undefined : `len(list_filter(${sql}, lambda ${item}: ${inside})) > 0`;
  }
  if (dtype.id !== 'struct') return beyond(sql, dtype.id);
  const inside = dtype.fields.flatMap((f) => anywhere(`(${sql}).${quoteName(f.name)}`, f.dtype, beyond, depth) ?? []);
  return inside.length === 0 ? undefined : `(${inside.map((part) => `coalesce(${part}, false)`).join(' OR ')})`;
}
