import { existsSync, readdirSync, statSync } from 'node:fs';
import { DuckDBSession } from '../engines/duckdb/session.ts';
import { MillraceError } from '../errors.ts';
import { checkOptions } from '../frame/arguments.ts';
import type { OptionNames } from '../option-names.ts';
import type { Executor } from '../plan/source.ts';
import type { CsvInput } from '../readers/csv/inputs.ts';
import { rangeOf } from '../readers/excel/sheet.ts';
import type { SqlConnection } from '../readers/sql/sql.ts';
import { quoted } from '../schema/declaration.ts';
import { showArgument } from '../schema/show-value.ts';
import { isS3 } from '../storage/s3/options.ts';
import { suggestArrow } from './arrow.ts';
import { type Findings, suggestCsv } from './csv.ts';
import { valueText } from './declared.ts';
import { suggestExcel } from './excel.ts';
import { suggestJson } from './json.ts';
import { suggestParquet } from './parquet.ts';
import { type FileKind, pathOf, type SourceFile, sourceFiles } from './source-files.ts';
import { selectOf, suggestSql } from './sql.ts';
import type { SchemaSuggestion } from './suggestion.ts';
import { type ReadCall, written } from './write.ts';

/** What `suggestSchema` takes. */
export interface SuggestOptions {
  /**
   * What the source is. Default: told by its name, `.parquet`, `.ndjson`, `.jsonl`, `.json`, `.xlsx`, `.arrow`, `.arrows`,
   * `.feather`, or a folder of Parquet files; else CSV.
   */
  readonly format?: 'csv' | 'json' | 'ndjson' | 'parquet' | 'excel' | 'arrow' | 'sql';
  /** How many rows are looked at, from the first on. Default: all. */
  readonly sample?: number;
  /** The table of a database, `'table'` or `'schema.table'`. */
  readonly table?: string;
  /** The sheet of a workbook, by name or position from 1. Default: the first. */
  readonly sheet?: string | number;
  /** The part of the sheet, such as `'B3:F200'`. */
  readonly range?: string;
  /** The path of the array of records in JSON documents. */
  readonly records?: string;
  /** What the schema is called in the TypeScript. Default `schema`. */
  readonly name?: string;
}

const OPTIONS: OptionNames<SuggestOptions> = {
  format: 'text',
  sample: true,
  table: 'text',
  sheet: true,
  range: true,
  records: 'text',
  name: 'text',
};

/** What a schema can be suggested for: whatever `read` takes. */
export type SuggestSource = CsvInput | SqlConnection;

/**
 * Looks at a source and suggests a schema for it. That is TypeScript to copy, the options to read it with, and what is
 * unsure. Nothing is decided silently: what could be one thing or another is a string, and a comment says what else it
 * could be. The schema reads the rows that were looked at without a bad row, but for records that fit no schema, which it
 * names.
 *
 * CSV, JSON and workbooks are read to their end, or as far as `sample` says, Arrow to its end; Parquet files are asked for
 * their footers, databases for the types of a table. A url (`http:`, `https:`, `s3:`) is fetched whole; where no reader takes
 * it, as `http:` of Parquet, workbooks and Arrow, the schema is there and no call. A text that may mean null (`NA`, `-`) is null among numbers and dates, and text
 * among texts. A column is nullable where a null was seen, or where not all rows were looked at.
 *
 * Errors: `suggest.option`, `suggest.table`, `suggest.empty`, `suggest.unreadable`, and those of the readers.
 *
 * @example
 * ```ts
 * import { suggestSchema } from 'millrace';
 * const rows = ['id;name;paid;on', '1;Ann;1.234,50;31.01.2024', '2;Bob;;01.02.2024'];
 * const { source } = await suggestSchema((async function* () { yield rows.join('\n'); })());
 * console.log(source);
 * ```
 *
 * ```text
 * import { t } from 'millrace';
 *
 * // stream: 2 rows, all there are.
 * export const schema = {
 *   id: t.int(),
 *   name: t.string(),
 *   // Nulls: 1 empty or absent.
 *   paid: t.decimal(18, 2, { decimal: ',', thousands: '.' }).nullable(),
 *   on: t.date({ formats: ['%d.%m.%Y'] }),
 * };
 * ```
 */
export async function suggestSchema(source: SuggestSource, options: SuggestOptions = {}): Promise<SchemaSuggestion> {
  checkOptions(options, 'suggestSchema', '{ sample: 1000 }', OPTIONS, 'suggest.option');
  check(options);
  if (source === undefined || source === null) {
    throw optionError('source', source, 'a path, a url, a stream of bytes or a connection');
  }
  const format = options.format ?? formatOf(source, options);
  const session = new DuckDBSession();
  try {
    const findings = await findingsOf(source, format, options, session);
    return written(findings, callOf(source, format, options), options.name ?? 'schema');
  } finally {
    await session.close();
  }
}

type Format = NonNullable<SuggestOptions['format']>;

async function findingsOf(
  source: SuggestSource,
  format: Format,
  options: SuggestOptions,
  executor: Executor,
): Promise<Findings> {
  const { sample, table, sheet, range, records } = options;
  switch (format) {
    case 'csv':
      return suggestCsv(source as CsvInput, executor, sample);
    case 'json':
    case 'ndjson':
      return suggestJson(
        await filesOf(source, format, executor),
        { lines: format === 'ndjson', records, sample },
        executor,
      );
    case 'parquet':
      return suggestParquet(await parquetPaths(source, executor), executor);
    case 'excel':
      return suggestExcel(await filesOf(source, format, executor), { sheet, range, sample }, executor);
    case 'arrow':
      return suggestArrow(await filesOf(source, format, executor));
    case 'sql':
      if (table === undefined)
        throw optionError('table', table, `the name of a table, such as 'orders' or 'shop.orders'`);
      return suggestSql(source as SqlConnection, table, executor);
  }
}

const BY_NAME: readonly (readonly [RegExp, Format])[] = [
  [/[.]parquet$/i, 'parquet'],
  [/[.](ndjson|jsonl)([.](gz|zst))?$/i, 'ndjson'],
  [/[.]json([.](gz|zst))?$/i, 'json'],
  [/[.]xlsx$/i, 'excel'],
  [/[.](arrow|arrows|feather)$/i, 'arrow'],
];

function formatOf(source: SuggestSource, { table }: SuggestOptions): Format {
  const first: unknown = Array.isArray(source) ? source[0] : source;
  const text = typeof first === 'string' || first instanceof URL ? String(first) : '';
  if (table !== undefined || /^postgres(ql)?:/i.test(text)) return 'sql';
  if (isDataset(text) || isFolderInStore(text)) return 'parquet';
  return BY_NAME.find(([pattern]) => pattern.test(text.split(/[?#]/)[0] ?? ''))?.[1] ?? 'csv';
}

/** Whether a path is a folder with Parquet files in it. */
function isDataset(path: string): boolean {
  if (path === '' || !existsSync(path) || !statSync(path).isDirectory()) return false;
  return readdirSync(path, { recursive: true }).some((file) => String(file).endsWith('.parquet'));
}

/** Whether a url is that of a dataset: of a file its ending tells what it is. */
function isFolderInStore(text: string): boolean {
  return isS3(text) && !/[.]\w{1,10}$/.test(text);
}

async function filesOf(source: SuggestSource, format: FileKind, executor: Executor): Promise<readonly SourceFile[]> {
  return sourceFiles(partsOf(source, format), format, await executor.look({}));
}

/** Datasets stay what they are, in a store too; a file elsewhere is fetched. */
async function parquetPaths(source: SuggestSource, executor: Executor): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const part of partsOf(source, 'parquet')) {
    const isElsewhere = /^https?:/i.test(String(part));
    const files = isElsewhere
      ? await sourceFiles([part], 'parquet', await executor.look({}))
      : [{ path: pathOf(part) }];
    paths.push(...files.map(({ path }) => path));
  }
  return paths;
}

function partsOf(source: SuggestSource, format: FileKind): readonly (string | URL)[] {
  const given: readonly unknown[] = Array.isArray(source) ? source : [source];
  const parts = given.filter((one) => typeof one === 'string' || one instanceof URL);
  if (parts.length === given.length) return parts;
  throw optionError('source', typeof source, `a path, paths, a glob or a url, which is what read.${format} reads`);
}

function callOf(source: SuggestSource, reader: Format, { table = '' }: SuggestOptions): ReadCall {
  if (reader === 'sql') {
    // The url may hold a password, which belongs into no file.
    const given = typeof source === 'string' ? [`process.env.DATABASE_URL ?? ''`, quoted(selectOf(table))] : undefined;
    return { reader, given, name: `table ${table}` };
  }
  const paths = (Array.isArray(source) ? source : [source]).map((one: unknown) =>
    one instanceof URL ? (one.protocol === 'file:' ? pathOf(one) : one.href) : one,
  );
  const isElsewhere = (path: unknown): boolean => typeof path === 'string' && /^(https?|s3):/i.test(path);
  const isRead = (path: unknown): boolean =>
    !isElsewhere(path) ||
    ['csv', 'json', 'ndjson'].includes(reader) ||
    (reader === 'parquet' && /^s3:/i.test(String(path)));
  const isWritten = paths.every((path) => typeof path === 'string' && path !== '-' && !/^https?:.*[?@]/.test(path));
  // What stands behind the path of a url may be a secret.
  const kind = paths[0] === '-' ? 'stdin' : paths.every((path) => typeof path === 'string') ? 'url' : 'stream';
  if (!isWritten) return { reader, given: undefined, name: kind };
  if (!paths.every(isRead)) {
    return { reader, given: undefined, name: `${paths.join(', ')}, which read.${reader} reads from a file` };
  }
  const given = valueText(paths.length === 1 ? paths[0] : paths);
  return { reader, given: [given], name: paths.join(', ') };
}

function check({ sample, range, name, sheet, format }: SuggestOptions): void {
  if (sample !== undefined && !(Number.isSafeInteger(sample) && sample > 0))
    throw optionError('sample', sample, 'a whole number from 1');
  if (range !== undefined && (typeof range !== 'string' || rangeOf(range) === undefined))
    throw optionError('range', range, `one such as 'B3:F200', 'B3:F' or 'B:F'`);
  if (sheet !== undefined && typeof sheet !== 'string' && !(Number.isSafeInteger(sheet) && sheet > 0))
    throw optionError('sheet', sheet, 'a name, or a position from 1');
  if (name !== undefined && !/^[A-Za-z_$][\w$]*$/.test(name)) throw optionError('name', name, 'a name of a constant');
  const formats = ['csv', 'json', 'ndjson', 'parquet', 'excel', 'arrow', 'sql'];
  if (format !== undefined && !formats.includes(format))
    throw optionError('format', format, `one of ${formats.join(', ')}`);
}

function optionError(name: string, given: unknown, valid: string): MillraceError {
  return new MillraceError({
    code: 'suggest.option',
    message: `suggestSchema: ${name} is ${showArgument(given)}. Give ${valid}.`,
    details: { option: name, value: given },
  });
}
