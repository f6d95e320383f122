import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { constants, gunzipSync } from 'node:zlib';
import { didYouMean, MillraceError } from '../errors.ts';
import type { UnknownCols } from '../frame/columns.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { CsvFile, Scan, ScanColumn } from '../plan/scan.ts';
import type { Executor, OnBadRow, Source } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { Schema, Text } from '../schema/dtype.ts';
import { checkGzip, damagedGzip } from './gzip.ts';
import { expandPaths } from './paths.ts';
import { scanColumns } from './scan-columns.ts';
import { Stamps } from './stamps.ts';

export interface CsvOptions {
  /** The character between fields. Default `,`. */
  readonly delimiter?: string;
  /** The character around fields that hold a delimiter, itself doubled inside. Default `"`. */
  readonly quote?: string;
  /** Default `utf-8`; a byte order mark is passed over. */
  readonly encoding?: 'utf-8' | 'utf-16' | 'latin-1';
  /** Unquoted texts that mean null. Default: the empty text. A quoted empty field is always an empty string. */
  readonly nullMarkers?: readonly string[];
  /** What a row that does not fit its schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
  /** Whether columns of the file that the schema does not name are passed over. Default: they are an error. */
  readonly extraColumns?: 'fail' | 'ignore';
}

const ENCODINGS = ['utf-8', 'utf-16', 'latin-1'];
const DELIMITER_RULE = 'one character that is no quote, no letter, no digit and no line end';

/**
 * Reads CSV files: one path, several, or a glob; `.gz` is decompressed. A record of fewer or more fields than the header
 * does not fit, but for empty fields without quotes after the last column (`1,x,` under `id,name`): those hold nothing
 * and are passed over. A local time that a change of clocks leaves out or doubles: see `t.timestamp`.
 */
export function readCsv<const S extends SchemaSpec>(
  executor: Executor,
  paths: string | readonly string[],
  options: CsvOptions & { readonly schema: S },
): FrameOf<S>;
export function readCsv(
  executor: Executor,
  paths: string | readonly string[],
  options?: CsvOptions & { readonly schema?: undefined },
): Frame<UnknownCols<Text>>;
export function readCsv(
  executor: Executor,
  paths: string | readonly string[],
  options: CsvOptions & { readonly schema?: SchemaSpec | undefined } = {},
): unknown {
  return new Frame({ kind: 'source', source: csvSource(paths, options, options.schema) }, executor);
}

function csvSource(paths: string | readonly string[], options: CsvOptions, spec: SchemaSpec | undefined): Source {
  const { delimiter = ',', quote = '"', encoding = 'utf-8', nullMarkers = [''], onBadRow = 'fail' } = options;
  for (const [name, character] of [
    ['delimiter', delimiter],
    ['quote', quote],
  ] as const) {
    if (
      character.length !== 1 ||
      /[\w\r\n\0]/.test(character) ||
      (name === 'delimiter' ? character === quote : character > '~')
    ) {
      throw new MillraceError({
        code: 'csv.option',
        message: `read.csv: ${name} is ${JSON.stringify(character)}. Give ${DELIMITER_RULE}.`,
      });
    }
  }
  const quoted = nullMarkers.find((marker) => marker.includes(quote));
  if (quoted !== undefined) {
    throw new MillraceError({
      code: 'csv.option',
      message: `read.csv: the null marker ${JSON.stringify(quoted)} holds the quote ${JSON.stringify(quote)}. A null is a text without quotes.`,
    });
  }
  if (!ENCODINGS.includes(encoding)) {
    throw new MillraceError({
      code: 'csv.option',
      message: `read.csv: encoding is ${JSON.stringify(encoding)}. Give one of ${ENCODINGS.join(', ')}.`,
    });
  }
  const look = (): CsvFile[] => expandPaths(paths, 'csv').map((path) => openCsv(path, { delimiter, quote, encoding }));
  // Without a schema the columns are those of the header, so that is read at once; with one, when the plan runs.
  const header = spec === undefined ? (look()[0]?.header ?? []) : [];
  const columns = scanColumns(spec) ?? header.map(textColumn);
  const schema: Schema =
    spec === undefined ? header.map((name) => ({ name, dtype: { id: 'string' }, nullable: true })) : schemaOf(spec);
  const stamps = new Stamps();
  const sound = new Map<string, string>();
  const source: Source = {
    name: `csv ${typeof paths === 'string' ? paths : paths.join(', ')}`,
    schema,
    ordered: true,
    onBadRow,
    volatile: false,
    forget: () => stamps.forget(),
    prepare: async (): Promise<Scan> => {
      const files = look();
      stamps.check(files);
      await checkGzip(files, 'csv', sound);
      for (const file of files) matchHeader(file, columns, options.extraColumns ?? 'fail');
      return { kind: 'csv', files, columns, delimiter, quote, encoding, nullMarkers, hasHeader: true };
    },
  };
  return spec === undefined ? { ...source, typed: (declared) => csvSource(paths, options, declared) } : source;
}

function textColumn(name: string): ScanColumn {
  return { name, outside: name, dtype: { id: 'string' }, nullable: true, format: {} };
}

/** Columns go by name, wherever they stand; one that is missing, doubled or unknown is an error that names it. */
function matchHeader(file: CsvFile, columns: readonly ScanColumn[], extraColumns: 'fail' | 'ignore'): void {
  const missing = columns.filter((column) => !file.header.includes(column.outside));
  if (missing.length > 0) {
    const names = missing.map((column) => JSON.stringify(column.outside)).join(', ');
    throw new MillraceError({
      code: 'csv.missing_column',
      message: `${file.path}: the header has no column ${names}.${didYouMean(missing[0]?.outside ?? '', file.header)} Its columns are ${file.header.join(', ')}.`,
      details: { file: file.path, columns: missing.map((column) => column.outside), header: file.header },
    });
  }
  const declared = new Set(columns.map((column) => column.outside));
  const extra = file.header.filter((name) => !declared.has(name));
  if (extra.length > 0 && extraColumns === 'fail') {
    throw new MillraceError({
      code: 'csv.unknown_column',
      message: `${file.path}: the schema does not name ${extra.map((name) => JSON.stringify(name)).join(', ')}. Add it to the schema, or pass over such columns with extraColumns: 'ignore'.`,
      details: { file: file.path, columns: extra },
    });
  }
}

/** How much of a file is looked at for its header. */
const HEADER_BYTES = 1 << 20;

/** Reads a file's header line; nothing is guessed from the rows. */
function openCsv(path: string, dialect: { delimiter: string; quote: string; encoding: string }): CsvFile {
  const { size, mtimeMs } = statSync(path);
  const bytes = Buffer.alloc(Math.min(size, HEADER_BYTES));
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
  const plain = path.endsWith('.gz') ? gunzipStart(path, bytes) : bytes;
  const text =
    dialect.encoding === 'latin-1' ? plain.toString('latin1') : new TextDecoder(dialect.encoding).decode(plain);
  const { header, end } = headerOf(text, dialect.delimiter, dialect.quote);
  if (header === undefined || header.every((name) => name === '')) {
    throw new MillraceError({
      code: 'csv.no_header',
      message: `${path}: there is no header line. A CSV file starts with the names of its columns.`,
      details: { file: path },
    });
  }
  // The engine takes the file's first line end, in quotes or not, for that of every line, and loses rows that end otherwise.
  const firstEnd = /\r\n|\n|\r/.exec(text)?.[0] ?? '';
  if (end !== '' && end !== firstEnd) {
    throw new MillraceError({
      code: 'csv.line_ends',
      message: `${path}: its first line end is ${JSON.stringify(firstEnd)}, the header ends with ${JSON.stringify(end)}. Give all lines, those inside quotes in the header too, the same end.`,
      details: { file: path },
    });
  }
  const doubled = header.find((name, i) => header.findIndex((n) => n.toLowerCase() === name.toLowerCase()) !== i);
  if (doubled !== undefined) {
    throw new MillraceError({
      code: 'csv.duplicate_column',
      message: `${path}: the header has the column ${JSON.stringify(doubled)} twice (case does not count).`,
      details: { file: path, column: doubled },
    });
  }
  const blankLines = (/^[\r\n]*/.exec(text)?.[0] ?? '').match(/\r\n|\r|\n/g)?.length ?? 0;
  return { path, header, blankLines, stamp: `${size}-${mtimeMs}` };
}

/** The fields of the first line that is not blank, and the line end after them. */
function headerOf(
  text: string,
  delimiter: string,
  quote: string,
): { readonly header: string[] | undefined; readonly end: string } {
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  const start = /[^\r\n]/.exec(text)?.index;
  if (start === undefined) return { header: undefined, end: '' };
  for (let i = start; i <= text.length; i++) {
    const character = text[i];
    if (quoted && character === quote && text[i + 1] === quote) {
      field += quote;
      i += 1;
    } else if (character === quote && (quoted || field === '')) quoted = !quoted;
    else if (
      !quoted &&
      (character === delimiter || character === '\n' || character === '\r' || character === undefined)
    ) {
      fields.push(field);
      field = '';
      if (character !== delimiter)
        return { header: fields, end: /^(\r\n|\n|\r)?/.exec(text.slice(i, i + 2))?.[0] ?? '' };
    } else field += character ?? '';
  }
  return { header: fields, end: '' };
}

/** What a compressed file starts with. */
function gunzipStart(path: string, bytes: Buffer): Buffer {
  try {
    return gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch (cause) {
    throw damagedGzip(path, 'csv', cause);
  }
}
