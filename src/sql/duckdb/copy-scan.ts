import type { CopyColumn, CopySegment } from '../../plan/scan.ts';
import { type DataType, describeDType } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { article } from '../read-text.ts';
import { isLong, textAsDecimal } from './decimal-text.ts';
import { isNested, marked, readNested } from './read-nested.ts';
import { isJson, readText } from './reading.ts';
import { typeName } from './spellings.ts';

const LEAST_BUFFER = 64 * 1024;

/** The rows of COPY text as SQL of the engine, which reads it as CSV without quotes and undoes the escapes itself. */

/** The columns as they arrive, text without its escapes. */
export function copyRows(segment: CopySegment): string {
  const types = segment.columns.map((column, i) => `'c${i}': '${arrivalType(column)}'`);
  if (segment.columns.length === 1) types.push(`'pad': 'VARCHAR'`);
  const settings = [
    quoteText(segment.path),
    'auto_detect = false',
    'header = false',
    `delim = '\t'`,
    `quote = ''`,
    `escape = ''`,
    `nullstr = '\\N'`,
    `new_line = '\\n'`,
    'strict_mode = true',
    // A thread takes as many bytes as a line may have; the buffer would by default be that of sixteen such lines.
    `max_line_size = ${Math.max(segment.longestLine, LEAST_BUFFER)}`,
    `buffer_size = ${Math.max(segment.bytes, LEAST_BUFFER) + 1}`,
    `columns = {${types.join(', ')}}`,
  ];
  const columns = segment.columns.map((column, i) => {
    const name = quoteName(`c${i}`);
    return `${isEscaped(column) ? unescaped(name) : name} AS ${quoteName(column.name)}`;
  });
  return `SELECT ${columns.join(', ')} FROM read_csv(${settings.join(', ')})`;
}

/** The dtypes' values of arrived columns that fit. */
export function copyValues(columns: readonly CopyColumn[]): string {
  return columns.map((column) => `${copyValue(column)} AS ${quoteName(column.name)}`).join(', ');
}

/**
 * Whether no more is asked of a value than that it is there, and in a range of numbers. Of stored values the engine
 * answers that from what it knows of its blocks, where each arrived row would have to be looked at.
 */
export function isToldByValue({ dtype, fits }: CopyColumn): boolean {
  return fits !== 'text' && !isNested(dtype) && !(dtype.id === 'string' && dtype.values !== undefined);
}

/** Whether an arrived row fits; undefined where every row does. */
export function copyFits(columns: readonly CopyColumn[]): string | undefined {
  const conditions = columns.map((column) => columnFits(column)).filter((c) => c !== undefined);
  return conditions.length === 0 ? undefined : conditions.join(' AND ');
}

/**
 * A row for each that is stored and does not fit, as far as its values tell; undefined where every row fits. A question for
 * each column: one for all of them would have the engine look at every row where a column may be null.
 */
export function storedMisfits(table: string, columns: readonly CopyColumn[]): string | undefined {
  const misfits = columns.filter(isToldByValue).map(({ name, fits, nullable }) => {
    const x = quoteName(name);
    const range = `${x} < ${Number.MIN_SAFE_INTEGER} OR ${x} > ${Number.MAX_SAFE_INTEGER}`;
    return [...(nullable ? [] : [`${x} IS NULL`]), ...(fits === 'range' ? [range] : [])].join(' OR ');
  });
  const asked = misfits.filter((misfit) => misfit !== '').map((misfit) => `SELECT 1 FROM ${table} WHERE ${misfit}`);
  return asked.length === 0 ? undefined : asked.join(' UNION ALL ');
}

/** What is wrong with an arrived row: the first column that does not fit, its value and the reason. */
export function copyMisfit(columns: readonly CopyColumn[]): {
  readonly column: string;
  readonly value: string;
  readonly reason: string;
} {
  const parts = columns.flatMap((column) => {
    const fits = columnFits(column);
    return fits === undefined ? [] : [{ name: column.name, dtype: column.dtype, column, misfit: `NOT ${fits}` }];
  });
  const pick = (part: (p: (typeof parts)[number]) => string): string =>
    `CASE ${parts.map((p) => `WHEN ${p.misfit} THEN ${part(p)}`).join(' ')} END`;
  return {
    column: pick((p) => quoteText(p.name)),
    value: pick((p) => `CAST(${sentText(p.column)} AS VARCHAR)`),
    reason: pick(
      (p) =>
        `CASE WHEN ${quoteName(p.name)} IS NULL THEN 'is null, and the column is not nullable' ELSE ${isNested(p.dtype) ? nested(quoteName(p.name), p.dtype).misfit : quoteText(`is not ${article(describeDType(p.dtype))}`)} END`,
    ),
  };
}

function arrivalType({ dtype, fits }: CopyColumn): string {
  const typed = dtype.id === 'int' || dtype.id === 'bigint' || dtype.id === 'float' || dtype.id === 'decimal';
  return typed && fits !== 'text' && !isLong(dtype) ? typeName(dtype) : 'VARCHAR';
}

function isEscaped({ dtype, fits }: CopyColumn): boolean {
  return (
    fits === 'text' || dtype.id === 'string' || dtype.id === 'json' || dtype.id === 'list' || dtype.id === 'struct'
  );
}

/** An arrived value as it was sent: a quote before a text that is to be known as such is left out. */
export function sentText({ name, dtype, fits }: Pick<CopyColumn, 'name' | 'dtype' | 'fits'>): string {
  const x = quoteName(name);
  return dtype.id === 'string' && fits === 'text'
    ? `CASE WHEN starts_with(${x}, '''') THEN substr(${x}, 2) ELSE ${x} END`
    : x;
}

function copyValue({ name, dtype, fits, format = {} }: CopyColumn): string {
  const x = quoteName(name);
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return fits === 'text' ? `CAST(${x} AS ${typeName(dtype)})` : x;
    case 'decimal':
      return fits === 'text' || isLong(dtype) ? textAsDecimal(x, dtype, 'CAST') : x;
    case 'float':
      return fits === 'text' ? `CAST(${x} AS DOUBLE)` : x;
    case 'string':
      return sentText({ name, dtype, fits });
    case 'boolean':
      return `${x} = 't'`;
    case 'date':
    case 'timestamp':
      if (fits === 'text') return readText(x, dtype, format).value;
      // The engine writes BC in brackets after the day, and passes over it at the end.
      return `CAST(CASE WHEN ends_with(${x}, ' BC') THEN regexp_replace(${x}, '^(\\S+)(.*) BC$', '\\1 (BC)\\2') ELSE ${x} END AS ${typeName(dtype)})`;
    case 'json':
      return `CAST(${x} AS JSON)`;
    case 'list':
    case 'struct':
      return nested(x, dtype).value;
    case 'binary':
      return `unhex(${x})`;
  }
}

function columnFits(column: CopyColumn): string | undefined {
  const x = quoteName(column.name);
  const valid = validText(column);
  if (valid === undefined) return column.nullable ? undefined : `(${x} IS NOT NULL)`;
  return column.nullable ? `(${x} IS NULL OR (${valid}))` : `(${x} IS NOT NULL AND ${valid})`;
}

/** The condition that a value which is not null fits. */
function validText({ name, dtype, fits, format = {} }: CopyColumn): string | undefined {
  const x = quoteName(name);
  if (dtype.id === 'string') {
    const text = fits === 'text' ? [`NOT starts_with(${x}, 'x''')`] : [];
    const value = sentText({ name, dtype, fits });
    if (dtype.values !== undefined) text.push(`${value} IN (${dtype.values.map(quoteText).join(', ')})`);
    return text.length === 0 ? undefined : text.join(' AND ');
  }
  if (isNested(dtype)) return `${nested(x, dtype).misfit} IS NULL`;
  const safe = (whole: string): string => `${whole} BETWEEN ${Number.MIN_SAFE_INTEGER} AND ${Number.MAX_SAFE_INTEGER}`;
  if (fits === 'range') return safe(x);
  if (dtype.id === 'timestamp' && fits === 'all') {
    // PostgreSQL ends with the year 294276, the engine in 294247: no other instant has to be looked at. A stored one is no text.
    const text = `CAST(${x} AS VARCHAR)`;
    return `(NOT starts_with(${text}, '2942') OR ends_with(${text}, ' BC') OR TRY_CAST(${text} AS TIMESTAMP) IS NOT NULL)`;
  }
  if (fits !== 'text') return undefined;
  const cast = `TRY_CAST(${x} AS ${typeName(dtype)})`;
  switch (dtype.id) {
    case 'int':
      return `regexp_matches(${x}, '^-?\\d+(\\.0*)?$') AND coalesce(${safe(cast)}, false)`;
    case 'bigint':
      return `regexp_matches(${x}, '^-?\\d+(\\.0*)?$') AND ${cast} IS NOT NULL`;
    case 'decimal':
      return `regexp_matches(${x}, '^-?\\d+(\\.\\d{0,${dtype.scale}}0*)?$') AND ${textAsDecimal(x, dtype, 'TRY_CAST')} IS NOT NULL`;
    case 'float':
      // What is too large is cast to infinity.
      return `(coalesce(isfinite(${cast}), false) AND regexp_matches(${x}, '^[+-]?(\\d+(\\.\\d*)?|\\.\\d+)([eE][+-]?\\d+)?$') OR ${x} IN ('NaN', 'Infinity', '-Infinity'))`;
    case 'boolean':
      return `${x} IN ('t', 'f')`;
    case 'date':
    case 'timestamp':
      return readText(x, dtype, format).valid;
    case 'json':
      return isJson(x);
    case 'binary':
      return `regexp_matches(${x}, '^([0-9a-f]{2})*$')`;
    default:
      return undefined;
  }
}

/** What COPY text writes with a backslash. What stands for one until the end has a raw line feed, which is in no field. */
const ESCAPES: readonly (readonly [written: string, character: string])[] = [
  [`'\\\\'`, `'\\' || chr(10)`],
  [`'\\n'`, 'chr(10)'],
  [`'\\t'`, 'chr(9)'],
  [`'\\r'`, 'chr(13)'],
  [`'\\b'`, 'chr(8)'],
  [`'\\f'`, 'chr(12)'],
  [`'\\v'`, 'chr(11)'],
  [`'\\0'`, 'chr(0)'],
  [`'\\' || chr(10)`, `'\\'`],
];

function unescaped(x: string): string {
  const replaced = ESCAPES.reduce((sql, [written, character]) => `replace(${sql}, ${written}, ${character})`, x);
  return `CASE WHEN contains(${x}, '\\') THEN ${replaced} ELSE ${x} END`;
}

/** The server's JSON is read as that of a file. */
function nested(x: string, dtype: DataType): { readonly value: string; readonly misfit: string } {
  return readNested(marked(x, [dtype]), dtype);
}
