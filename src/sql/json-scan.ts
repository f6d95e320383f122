import type { Scan, ScanColumn } from '../plan/source.ts';
import type { DataType } from '../schema/dtype.ts';
import { type Dialect, quoteName, quoteText } from './dialect.ts';
import { readText, type TextReading } from './read-text.ts';

/**
 * Records of JSON, a row each, read as declared columns. The engine gives the text and the kind of the value under
 * each path; what a kind may be read as is decided here, and text is read as strictly as in a CSV file.
 */

/** How many digits a double keeps of any decimal number. */
const DOUBLE_DIGITS = 15;

/** The lines of files, in order: `raw`, and the `file` it is from. Empty lines are passed over. */
export function linesOf(paths: readonly string[]): string {
  const files = `[${paths.map(quoteText).join(', ')}]`;
  return `SELECT raw, filename AS file FROM read_csv(${files}, columns = {'raw': 'VARCHAR'}, auto_detect = false, header = false, delim = '', quote = '', escape = '', nullstr = ${quoteText('\x02')}, strict_mode = false, max_line_size = 268435456, filename = true)`;
}

/** The record in `raw` with its kinds and texts, a list entry a column; other columns of `from` are kept. */
export function recordsOf(from: string, columns: readonly ScanColumn[]): string {
  const pointers = `[${columns.map((column) => quoteText(pointerOf(column.outside))).join(', ')}]`;
  const known = `SELECT *, CASE WHEN json_valid(raw) THEN json_type(raw) END AS kind FROM ${from}`;
  const kinds = `SELECT *, CASE WHEN kind = 'OBJECT' THEN json_type(raw, ${pointers}) END AS kinds, CASE WHEN kind = 'OBJECT' THEN json_extract_string(raw, ${pointers}) END AS texts FROM (${known})`;
  // The engine reads numbers as doubles: where that may lose a digit, the numbers are made strings before it reads them.
  const written = columns.flatMap((column, i) => (column.dtype.id === 'string' ? [`kinds[${i + 1}] = 'DOUBLE'`] : []));
  const long = `regexp_matches(raw, '[0-9][0-9.]{${DOUBLE_DIGITS}}')`;
  const needed = ["kind = 'OBJECT'", `(${[long, ...written].join(' OR ')})`].join(' AND ');
  return `SELECT *, CASE WHEN ${needed} THEN json_extract_string(${numbersQuoted('raw')}, ${pointers}) END AS exact FROM (${kinds})`;
}

/**
 * Each number of a JSON text as a string. Every match is what comes before a number, strings and all, and the number;
 * the last is the rest of the text and no number, so an empty string is left at the end and cut off.
 */
function numbersQuoted(raw: string): string {
  const before = String.raw`(?:"(?:[^"\\]|\\.)*"|-[^0-9]|[^"0-9-])*`;
  const number = '-?[0-9][0-9.eE+-]*';
  const quoted = `regexp_replace(${raw}, '(${before})(?:(${number})|$)', '\\1"\\2"', 'gs')`;
  return `regexp_replace(${quoted}, '""$', '')`;
}

/** A dotted path as a JSON pointer: a step is a key, or the position in an array. */
function pointerOf(path: string): string {
  return path
    .split('.')
    .map((step) => `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

interface JsonReading {
  /** Whether a value that is neither null nor missing fits. */
  readonly valid: string;
  readonly value: string;
  /** The value's text, for messages. */
  readonly text: string;
  readonly kind: string;
  readonly expected: string;
}

const NUMBERS = "('BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE')";
const NESTED = "('OBJECT', 'ARRAY')";

function readValue(column: ScanColumn, position: number, dialect: Dialect): JsonReading {
  const kind = `kinds[${position + 1}]`;
  const written = `coalesce(exact[${position + 1}], texts[${position + 1}])`;
  const { dtype, format } = column;
  const text = readText(written, dtype, format, dialect);
  const isText = dtype.id === 'string' && dtype.values === undefined;
  const common = { text: written, kind, expected: isText ? 'a string' : text.expected };
  switch (dtype.id) {
    case 'json': {
      const value = `json_extract(raw, ${quoteText(pointerOf(column.outside))})`;
      return { ...common, valid: 'true', value };
    }
    case 'list':
    case 'struct': {
      const json = holdsJson(dtype) ? `texts[${position + 1}]` : written;
      const nested = readText(json, dtype, format, dialect);
      const wanted = dtype.id === 'list' ? 'ARRAY' : 'OBJECT';
      return { ...common, valid: `(${kind} = '${wanted}' AND ${nested.valid})`, value: nested.value };
    }
    case 'boolean': {
      const value = `CASE WHEN ${kind} = 'BOOLEAN' THEN ${written} = 'true' ELSE ${text.value} END`;
      return { ...common, ...scalar(kind, `${kind} = 'BOOLEAN' OR ${text.valid}`, value) };
    }
    case 'int':
    case 'bigint':
    case 'decimal':
    case 'float': {
      const number = readNumber(written, `texts[${position + 1}]`, dtype, dialect);
      const pick = (part: 'valid' | 'value'): string =>
        `CASE WHEN ${kind} IN ${NUMBERS} THEN ${number[part]} ELSE ${text[part]} END`;
      return { ...common, ...scalar(kind, pick('valid'), pick('value')) };
    }
    default:
      return { ...common, ...scalar(kind, text.valid, text.value) };
  }
}

function scalar(kind: string, valid: string, value: string): Pick<JsonReading, 'valid' | 'value'> {
  return { valid: `(${kind} NOT IN ${NESTED} AND (${valid}))`, value };
}

/**
 * A JSON number, in JSON's spelling and not in that of the column's texts; 1.0 and 1e3 are whole numbers. `read` is the
 * double that the engine read. A number with an exponent counts only where that double has all its digits.
 */
function readNumber(
  text: string,
  read: string,
  dtype: DataType,
  dialect: Dialect,
): Pick<TextReading, 'valid' | 'value'> {
  const hasExponent = `regexp_matches(${text}, '[eE]')`;
  const short = `regexp_matches(${text}, '^-?[0-9.]{1,${DOUBLE_DIGITS + 1}}[eE]')`;
  if (dtype.id === 'int' || dtype.id === 'bigint') {
    const plain = `CASE WHEN ${hasExponent} AND ${short} THEN ${read} ELSE ${text} END`;
    return readText(`regexp_replace(${plain}, '[.]0+$', '')`, dtype, {}, dialect);
  }
  const plain = readText(text, dtype, {}, dialect);
  if (dtype.id !== 'decimal') return plain;
  const cast = `TRY_CAST(${text} AS ${dialect.typeName(dtype)})`;
  const same = `coalesce(CAST(${cast} AS DOUBLE) = TRY_CAST(${text} AS DOUBLE), false)`;
  return {
    valid: `CASE WHEN ${hasExponent} THEN ${short} AND ${same} ELSE ${plain.valid} END`,
    value: `CASE WHEN ${hasExponent} THEN ${cast} ELSE ${plain.value} END`,
  };
}

function holdsJson(dtype: DataType): boolean {
  if (dtype.id === 'list') return holdsJson(dtype.item);
  if (dtype.id === 'struct') return dtype.fields.some((field) => holdsJson(field.dtype));
  return dtype.id === 'json';
}

/** Whether a record fits its declaration. */
export function recordFits(scan: Scan & { kind: 'json' }, dialect: Dialect): string {
  const conditions = scan.columns.map((column, i) => fits(column, i, dialect));
  return ["coalesce(kind = 'OBJECT', false)", ...conditions].join(' AND ');
}

function fits(column: ScanColumn, position: number, dialect: Dialect): string {
  const { valid, kind } = readValue(column, position, dialect);
  return `CASE WHEN ${absent(kind)} THEN ${column.nullable} ELSE coalesce(${valid}, false) END`;
}

function absent(kind: string): string {
  return `coalesce(${kind}, 'NULL') = 'NULL'`;
}

/** The typed columns of records that fit. */
export function recordColumns(scan: Scan & { kind: 'json' }, dialect: Dialect): string {
  return scan.columns
    .map((column, i) => {
      const { value, kind } = readValue(column, i, dialect);
      return `CASE WHEN NOT (${absent(kind)}) THEN ${value} END AS ${quoteName(column.name)}`;
    })
    .join(', ');
}

/** What is wrong with a record: the first column that does not fit, its value and the reason. */
export function recordMisfit(
  scan: Scan & { kind: 'json' },
  dialect: Dialect,
): { column: string; value: string; reason: string } {
  const branches = scan.columns.map((column, i) => {
    const { text, kind, expected } = readValue(column, i, dialect);
    return {
      misfit: `NOT (${fits(column, i, dialect)})`,
      name: quoteText(column.name),
      value: text,
      reason: `CASE WHEN ${kind} IS NULL THEN 'is missing, and the column is not nullable' WHEN ${kind} = 'NULL' THEN 'is null, and the column is not nullable' WHEN ${kind} IN ${NESTED} THEN 'is an ' || lower(${kind}) || ', not ' || ${quoteText(expected)} ELSE ${quoteText(`is not ${expected}`)} END`,
    };
  });
  const pick = (part: 'name' | 'value' | 'reason'): string =>
    `CASE ${["WHEN coalesce(kind <> 'OBJECT', true) THEN NULL", ...branches.map((b) => `WHEN ${b.misfit} THEN ${b[part]}`)].join(' ')} END`;
  const notARecord = `CASE WHEN kind IS NULL THEN 'the record is not valid JSON' WHEN kind <> 'OBJECT' THEN 'the record is not an object' END`;
  return { column: pick('name'), value: pick('value'), reason: `coalesce(${notARecord}, ${pick('reason')})` };
}
