import type { RecordsPart, ScanColumn } from '../../plan/scan.ts';
import type { DataType } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { readText } from './reading.ts';
import { typeName } from './spellings.ts';

/** How the engine's reader of JSON sees a record: the columns of each object, by their keys. */
interface Keys {
  readonly [key: string]: string | Keys;
}

/** The rows of plain records, and what is not plain SQL about them. */
export interface PlainRows {
  /** A row each, also for what stands in the place of others, in their order. */
  readonly from: string;
  /** The typed columns of those that fit. */
  readonly columns: string;
  /** Whether one fits; the text in strings is still to be looked at. */
  readonly fits: string;
}

/**
 * How plain records are read, whose values are known to be of the kinds that their columns are: numbers that a double
 * holds in full, true or false, strings. `isoTimes`: the engine's own cast reads days and instants, and ends the statement
 * where there is no such day.
 */
export function plainRows(part: RecordsPart, columns: readonly ScanColumn[], isoTimes: boolean): PlainRows {
  const types = Object.entries(keysOf(columns, isoTimes)).map(
    ([key, type]) => `${quoteText(key)}: ${quoteText(spelled(type))}`,
  );
  const size = Math.max(1 << 20, part.longest + 16);
  const read = columns.map((column) => plainColumn(column, isoTimes));
  return {
    from: `read_json([${quoteText(part.path)}], columns = {${types.join(', ')}}, format = 'newline_delimited', compression = 'uncompressed', maximum_object_size = ${size})`,
    columns: read.map(({ value }) => value).join(', '),
    fits: read.flatMap(({ fits }) => fits ?? []).join(' AND ') || 'true',
  };
}

function keysOf(columns: readonly ScanColumn[], isoTimes: boolean): Keys {
  const keys: Record<string, string | Keys> = {};
  for (const { outside, dtype } of columns) {
    const steps = outside.split('.');
    const last = steps.pop() ?? '';
    let at = keys;
    for (const step of steps) {
      at[step] ??= {};
      at = at[step] as Record<string, string | Keys>;
    }
    at[last] = typeName(kindOf(dtype, isoTimes));
  }
  return keys;
}

/** Strings are read as such, and the text in them by its own rules. */
function kindOf(dtype: DataType, isoTimes: boolean): DataType {
  if (isoTimes && (dtype.id === 'date' || dtype.id === 'timestamp')) return dtype;
  return ['int', 'bigint', 'float', 'decimal', 'boolean'].includes(dtype.id) ? dtype : { id: 'string' };
}

function spelled(type: string | Keys): string {
  if (typeof type === 'string') return type;
  return `STRUCT(${Object.entries(type)
    .map(([key, inner]) => `${quoteName(key)} ${spelled(inner)}`)
    .join(', ')})`;
}

function plainColumn(
  { name, outside, dtype, format }: ScanColumn,
  isoTimes: boolean,
): { readonly value: string; readonly fits?: string } {
  const [first = '', ...steps] = outside.split('.');
  const text = steps.reduce((sql, step) => `struct_extract(${sql}, ${quoteText(step)})`, quoteName(first));
  const isText = dtype.id === 'string';
  if (kindOf(dtype, isoTimes) === dtype || (isText && dtype.values === undefined))
    return { value: `${text} AS ${quoteName(name)}` };
  const { valid, orNull } = readText(text, dtype, format);
  const fits = `(${text} IS NULL OR coalesce(${valid}, false))`;
  return { value: `${isText ? text : orNull} AS ${quoteName(name)}`, fits };
}
