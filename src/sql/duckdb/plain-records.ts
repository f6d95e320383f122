import type { RecordsPart, ScanColumn } from '../../plan/scan.ts';
import type { DataType } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { fail, readText } from './reading.ts';
import { typeName } from './spellings.ts';

/** How the engine's reader of JSON sees a record: the columns of each object, by their keys. */
interface Keys {
  readonly [key: string]: string | Keys;
}

/**
 * The typed rows of records whose values are known to be of the kinds that their columns are: numbers that a double
 * holds in full, true or false, strings. Of strings, which may still not fit, a wrong one ends the statement.
 */
export function plainRows(part: RecordsPart, columns: readonly ScanColumn[], area: string): string {
  const types = Object.entries(keysOf(part, columns)).map(
    ([key, type]) => `${quoteText(key)}: ${quoteText(spelled(type))}`,
  );
  const size = Math.max(1 << 20, part.longest + 16);
  const source = `read_json([${quoteText(part.path)}], columns = {${types.join(', ')}}, format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = ${size})`;
  return `SELECT ${columns.map((column) => plainColumn(part, column, area)).join(', ')} FROM ${source}`;
}

function keysOf(part: RecordsPart, columns: readonly ScanColumn[]): Keys {
  const keys: Record<string, string | Keys> = {};
  for (const { outside, dtype } of columns) {
    const steps = outside.split('.');
    const last = steps.pop() ?? '';
    let at = keys;
    for (const step of steps) {
      at[step] ??= {};
      at = at[step] as Record<string, string | Keys>;
    }
    at[last] = typeName(kindOf(part, dtype));
  }
  return keys;
}

/** Strings are read as such, and the text in them by its own rules. */
function kindOf({ isoTimes }: RecordsPart, dtype: DataType): DataType {
  if (isoTimes && (dtype.id === 'date' || dtype.id === 'timestamp')) return dtype;
  return ['int', 'bigint', 'float', 'decimal', 'boolean'].includes(dtype.id) ? dtype : { id: 'string' };
}

function spelled(type: string | Keys): string {
  if (typeof type === 'string') return type;
  return `STRUCT(${Object.entries(type)
    .map(([key, inner]) => `${quoteName(key)} ${spelled(inner)}`)
    .join(', ')})`;
}

function plainColumn(part: RecordsPart, { name, outside, dtype, format }: ScanColumn, area: string): string {
  const [first = '', ...steps] = outside.split('.');
  const text = steps.reduce((sql, step) => `struct_extract(${sql}, ${quoteText(step)})`, quoteName(first));
  if (kindOf(part, dtype) === dtype || (dtype.id === 'string' && dtype.values === undefined))
    return `${text} AS ${quoteName(name)}`;
  const { valid, value } = readText(text, dtype, format);
  const wrong = fail(quoteText(`[${area}.bad_row]`));
  return `CASE WHEN ${text} IS NULL THEN NULL WHEN ${valid} THEN ${value} ELSE ${wrong} END AS ${quoteName(name)}`;
}
