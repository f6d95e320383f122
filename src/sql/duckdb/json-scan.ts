import { ODD_NUMBER, type ScanColumn } from '../../plan/scan.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { zoneOfClocks } from '../left-out-times.ts';
import {
  isNested,
  isNestedKind,
  isStrict,
  LONG_NUMBER,
  marked,
  numbersQuoted,
  pointerOf,
  pointerStep,
  readNested,
  readNumber,
  repeatedKey,
  unmarked,
} from './read-nested.ts';
import { readText } from './reading.ts';

/**
 * Records of JSON, a row each, read as declared columns. The engine gives the text and the kind of the value under
 * each path; what a kind may be read as is decided here, and text is read as strictly as in a CSV file.
 */

/** How long a line is in bytes, if it is not very long: the buffers of most files are small. */
const USUAL_LINE = 1 << 22;

/** The lines of files, in order; none of them is empty. */
export function linesOf(paths: readonly string[], longest: number): string {
  const files = `[${paths.map(quoteText).join(', ')}]`;
  const size = Math.max(longest, USUAL_LINE);
  return `SELECT raw FROM read_csv(${files}, columns = {'raw': 'VARCHAR'}, auto_detect = false, header = false, delim = '', quote = '', escape = '', nullstr = ${quoteText('\x02')}, strict_mode = false, max_line_size = ${size}, buffer_size = ${Math.max(size + 1, 2 * USUAL_LINE)})`;
}

/** The lines of a file of odd records: `raw`, and `__millrace_at`, the number that stands before it. */
export function numberedLines(path: string, longest: number): string {
  return `SELECT CAST(left(raw, ${ODD_NUMBER}) AS BIGINT) AS __millrace_at, substr(raw, ${ODD_NUMBER + 1}) AS raw FROM (${linesOf([path], longest)})`;
}

/**
 * The record in `raw` with its kinds and texts, a list entry a column; other columns of `from` are kept. `nested` has
 * the columns that are JSON, numbers marked; `twice` a key that stands more than once, an entry for each object that a
 * column is looked for in. `wrong` is null where the record fits its declaration, else the number of the first column that
 * does not, counted from 1, and 0 where it is no object.
 */
export function recordsOf(from: string, columns: readonly ScanColumn[]): string {
  const wrong = readValues(columns).map((reading, i) => `WHEN NOT (${fits(reading)}) THEN ${i + 1}`);
  return `SELECT *, CASE WHEN coalesce(kind <> 'OBJECT', true) THEN 0 ${wrong.join(' ')} END AS wrong FROM (${lookedAt(from, columns)})`;
}

function lookedAt(from: string, columns: readonly ScanColumn[]): string {
  const paths = pathsOf(columns);
  const jsonColumns = columns.filter(isJson);
  const record = (sql: string): string => `CASE WHEN kind = 'OBJECT' THEN ${sql} END`;
  const known = `SELECT *, CASE WHEN json_valid(raw) THEN json_type(raw) END AS kind FROM ${from}`;
  const looked = [
    `${record(`json_type(raw, ${listOf(paths)})`)} AS kinds`,
    `${record(`json_extract_string(raw, ${listOf(paths)})`)} AS texts`,
    `${record(`[${objectsOf(columns).map(twiceIn).join(', ')}]`)} AS twice`,
    ...(jsonColumns.length === 0
      ? []
      : [
          `${record(
            `json_extract(${marked(
              'raw',
              jsonColumns.map(({ dtype }) => dtype),
            )}, ${listOf(pathsOf(jsonColumns))})`,
          )} AS nested`,
        ]),
  ];
  const kinds = `SELECT *, ${looked.join(', ')} FROM (${known})`;
  // The engine reads numbers as doubles: where that may lose a digit, the numbers are made strings before it reads them.
  const written = paths.flatMap(({ column }, i) =>
    column.dtype.id === 'string' ? [`kinds[${i + 1}] = 'DOUBLE'`] : [],
  );
  const long = `regexp_matches(raw, '${LONG_NUMBER}')`;
  const needed = ["kind = 'OBJECT'", `(${[long, ...written].join(' OR ')})`].join(' AND ');
  const exact = `SELECT *, CASE WHEN ${needed} THEN json_extract_string(${numbersQuoted('raw')}, ${listOf(paths)}) END AS exact FROM (${kinds})`;
  if (!columns.some(isDotted)) return exact;
  const lists = [
    `${chosen(columns, (key, path) => `coalesce(kinds[${key}], kinds[${path}])`)} AS kinds`,
    ...['texts', 'exact'].map(
      (list) =>
        `${chosen(columns, (key, path) => `CASE WHEN kinds[${key}] IS NULL THEN ${list}[${path}] ELSE ${list}[${key}] END`)} AS ${list}`,
    ),
    ...(jsonColumns.length === 0
      ? []
      : [`${chosen(jsonColumns, (key, path) => `coalesce(nested[${key}], nested[${path}])`)} AS nested`]),
  ];
  return `SELECT * REPLACE (${lists.join(', ')}) FROM (${exact})`;
}

/** Where a column is looked for. */
interface Path {
  readonly column: ScanColumn;
  readonly pointer: string;
}

/** Each column under its name as one key; then those whose names have dots, in their order, along a path. */
function pathsOf(columns: readonly ScanColumn[]): Path[] {
  return [
    ...columns.map((column) => ({ column, pointer: pointerStep(column.outside) })),
    ...columns.filter(isDotted).map((column) => ({ column, pointer: pointerOf(column.outside.split('.')) })),
  ];
}

function listOf(paths: readonly Path[]): string {
  return `[${paths.map(({ pointer }) => quoteText(pointer)).join(', ')}]`;
}

/** An entry a column, chosen by the positions of its key and of its path; they are the same where there are no dots. */
function chosen(columns: readonly ScanColumn[], choose: (key: number, path: number) => string): string {
  let path = columns.length;
  return `[${columns.map((column, i) => choose(i + 1, isDotted(column) ? ++path : i + 1)).join(', ')}]`;
}

function isDotted({ outside }: ScanColumn): boolean {
  return outside.includes('.');
}

function isJson({ dtype }: ScanColumn): boolean {
  return isNested(dtype) || dtype.id === 'json';
}

/** The objects that columns are looked for in: the pointer to each, with the keys. */
function objectsOf(columns: readonly ScanColumn[]): (readonly [pointer: string, keys: ReadonlySet<string>])[] {
  const objects = new Map<string, Set<string>>();
  for (const [pointer, key] of columns.flatMap(stepsOf)) {
    objects.set(pointer, (objects.get(pointer) ?? new Set()).add(key));
  }
  return [...objects];
}

function stepsOf({ outside }: ScanColumn): [pointer: string, key: string][] {
  const steps = outside.split('.');
  return [['', outside], ...steps.map((step, i): [string, string] => [pointerOf(steps.slice(0, i)), step])];
}

function twiceIn([pointer, keys]: readonly [pointer: string, keys: ReadonlySet<string>]): string {
  return repeatedKey(`json_keys(raw, ${quoteText(pointer)})`, [...keys]);
}

interface JsonReading {
  /** Whether a value that is neither null nor missing fits. */
  readonly valid: string;
  readonly value: string;
  /** What fits, where a word can tell. */
  readonly expected?: string;
  /** Where not: the value's text, for messages, and what is wrong with it. */
  readonly told?: { readonly text: string; readonly reason: string };
}

interface ColumnReading extends JsonReading {
  readonly column: ScanColumn;
  readonly kind: string;
  /** Whether a key on the way to the value stands more than once. */
  readonly twice: string;
}

function isNumber(kind: string): string {
  return `(${['BIGINT', 'UBIGINT', 'HUGEINT', 'UHUGEINT', 'DOUBLE'].map((one) => `${kind} = '${one}'`).join(' OR ')})`;
}

/** How each column is read from a record. */
function readValues(columns: readonly ScanColumn[]): ColumnReading[] {
  const objects = new Map(objectsOf(columns).map(([pointer], i) => [pointer, i + 1]));
  let nested = 0;
  return columns.map((column, i) => {
    const steps = stepsOf(column).map(([pointer, key]) => `twice[${objects.get(pointer)}] = ${quoteText(key)}`);
    const twice = `coalesce(${[...new Set(steps)].join(' OR ')}, false)`;
    const reading = isJson(column) ? readJson(column, ++nested) : readScalar(column, i + 1);
    return { ...reading, column, kind: `kinds[${i + 1}]`, twice };
  });
}

function readJson({ dtype }: ScanColumn, position: number): JsonReading {
  const json = `nested[${position}]`;
  const text = unmarked(json);
  if (!isNested(dtype)) {
    return { valid: isStrict(json), value: `CAST(${text} AS JSON)`, told: { text, reason: "'is not JSON'" } };
  }
  const { value, misfit } = readNested(json, dtype);
  return { valid: `${misfit} IS NULL`, value, told: { text, reason: misfit } };
}

function readScalar({ dtype, format }: ScanColumn, position: number): JsonReading {
  const kind = `kinds[${position}]`;
  const written = writtenAt(String(position));
  const text = readText(written, dtype, format);
  const isText = dtype.id === 'string' && dtype.values === undefined;
  const expected = isText ? 'a string' : text.expected;
  const scalar = (valid: string, value: string): JsonReading => ({
    valid: `(NOT ${isNestedKind(kind)} AND (${valid}))`,
    value,
    expected,
  });
  switch (dtype.id) {
    case 'boolean':
      return scalar(
        `${kind} = 'BOOLEAN' OR ${text.valid}`,
        `CASE WHEN ${kind} = 'BOOLEAN' THEN ${written} = 'true' ELSE ${text.value} END`,
      );
    case 'int':
    case 'bigint':
    case 'decimal':
    case 'float': {
      const number = readNumber(written, `texts[${position}]`, dtype);
      const pick = (part: 'valid' | 'value'): string =>
        `CASE WHEN ${isNumber(kind)} THEN ${number[part]} ELSE ${text[part]} END`;
      return scalar(pick('valid'), pick('value'));
    }
    default: {
      const read = scalar(text.valid, text.value);
      if (dtype.id !== 'timestamp' || zoneOfClocks(format) === undefined) return read;
      const reason = `CASE WHEN ${isNestedKind(kind)} THEN 'is an ' || lower(${kind}) || ${quoteText(`, not ${expected}`)} ELSE ${text.reason} END`;
      return { ...read, told: { text: written, reason } };
    }
  }
}

/** A value's text as it stands in the record. */
function writtenAt(position: string): string {
  return `coalesce(exact[${position}], texts[${position}])`;
}

function fits({ valid, kind, twice, column }: ColumnReading): string {
  return `CASE WHEN ${twice} THEN false WHEN ${absent(kind)} THEN ${column.nullable} ELSE coalesce(${valid}, false) END`;
}

function absent(kind: string): string {
  return `coalesce(${kind}, 'NULL') = 'NULL'`;
}

/** The typed columns of records that fit. */
export function recordColumns(columns: readonly ScanColumn[]): string {
  return readValues(columns)
    .map(({ column, value, kind }) => `CASE WHEN NOT (${absent(kind)}) THEN ${value} END AS ${quoteName(column.name)}`)
    .join(', ');
}

/** What is wrong with records that do not fit: the first column that does not, its value and the reason. */
export function recordMisfit(columns: readonly ScanColumn[]): { column: string; value: string; reason: string } {
  const readings = readValues(columns);
  const byColumn = (sql: (reading: ColumnReading) => string | undefined, otherwise: string): string => {
    const branches = readings.flatMap((reading, i) => {
      const own = sql(reading);
      return own === undefined ? [] : [`WHEN ${i + 1} THEN ${own}`];
    });
    return branches.length === 0 ? otherwise : `CASE wrong ${branches.join(' ')} ELSE ${otherwise} END`;
  };
  const listed = (texts: readonly string[]): string => `[${texts.map(quoteText).join(', ')}][wrong]`;
  const expected = listed(readings.map((reading) => reading.expected ?? ''));
  const kind = 'kinds[wrong]';
  const scalar = `CASE WHEN ${isNestedKind(kind)} THEN 'is an ' || lower(${kind}) || ', not ' ELSE 'is not ' END || ${expected}`;
  const branches = [
    "WHEN kind IS NULL THEN 'the record is not valid JSON'",
    "WHEN kind <> 'OBJECT' THEN 'the record is not an object'",
    `WHEN ${byColumn(({ twice }) => twice, 'false')} THEN 'has a key that stands more than once in its object'`,
    `WHEN ${kind} IS NULL THEN 'is missing, and the column is not nullable'`,
    `WHEN ${kind} = 'NULL' THEN 'is null, and the column is not nullable'`,
  ];
  return {
    column: `CASE WHEN wrong > 0 THEN ${listed(columns.map(({ name }) => name))} END`,
    value: `CASE WHEN wrong > 0 THEN ${byColumn(({ told }) => told?.text, writtenAt('wrong'))} END`,
    reason: `CASE ${branches.join(' ')} ELSE ${byColumn(({ told }) => told?.reason, scalar)} END`,
  };
}
