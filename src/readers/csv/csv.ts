import { MillraceError } from '../../errors.ts';
import type { UnknownCols } from '../../frame/columns.ts';
import { Frame } from '../../frame/frame.ts';
import type { OptionNames } from '../../option-names.ts';
import type { RowPlace } from '../../plan/row-place.ts';
import type { CsvColumn, CsvFile, Scan } from '../../plan/scan.ts';
import type { Executor, OnBadRow, Source } from '../../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../../schema/column-type.ts';
import type { Col, ColsOf } from '../../schema/columns.ts';
import type { Field, Int, Text } from '../../schema/dtype.ts';
import { Stamps } from '../../storage/stamps.ts';
import { DOWNLOAD_OPTIONS, type DownloadOptions } from '../download.ts';
import {
  filesSince,
  type IncrementalFilesOptions,
  incrementalFiles,
  NO_FILES,
  refuseNoFiles,
} from '../incremental/files.ts';
import { scanColumns, TEXT_OPTIONS, type TextDefaults } from '../scan-columns.ts';
import {
  type CsvDialectOptions,
  type CsvSettings,
  csvSettings,
  DIALECT_OPTIONS,
  oneOf,
  optionError,
} from './dialect.ts';
import { matchHeader, openCsv } from './header.ts';
import { type CsvInput, type Inputs, inputsOf } from './inputs.ts';
import { type CopyRequest, writeCopy } from './local-copy.ts';
import { PlainFiles } from './plain-files.ts';

/** What `read.csv` takes: how the file is written, and what becomes of what does not fit. */
export interface CsvOptions extends CsvDialectOptions, TextDefaults, DownloadOptions {
  /**
   * Unquoted texts that mean null, for all columns or by column. Default: the empty text. A quoted empty field is always
   * an empty string. Where columns differ, a marker in quotes is null too, but for the empty text.
   */
  readonly nullMarkers?: readonly string[] | Readonly<Record<string, readonly string[]>>;
  /** What a row that does not fit its schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
  /** Whether columns of the file that the schema does not name are passed over. Default: they are an error. */
  readonly extraColumns?: 'fail' | 'ignore';
  /** Reads the files that came or were changed since the last load that committed. */
  readonly incremental?: IncrementalFilesOptions;
}

/** Columns that tell where a row is from: `true` for `file` and `line`, or the names of those wanted. */
export type CsvOrigin = boolean | { readonly file?: string; readonly line?: string };

/** The columns of an origin. */
export type OriginCols<O> = O extends true
  ? Col<'file', Text, never> | Col<'line', Int, never>
  :
      | (O extends { readonly file: infer F extends string } ? Col<F, Text, never> : never)
      | (O extends { readonly line: infer L extends string } ? Col<L, Int, never> : never);

/** What a schema adds to the options. */
export interface TypedCsvOptions<S extends SchemaSpec, O extends CsvOrigin> extends CsvOptions {
  readonly schema: S;
  /** Columns for the file and the line on which each row's record starts, after those of the schema. Default: none. */
  readonly origin?: O;
}

export const CSV_OPTIONS: OptionNames<TypedCsvOptions<SchemaSpec, CsvOrigin>> = {
  schema: true,
  ...DIALECT_OPTIONS,
  ...TEXT_OPTIONS,
  nullMarkers: 'object|list',
  onBadRow: 'text|object',
  extraColumns: 'text',
  origin: 'boolean|object',
  incremental: 'object',
  ...DOWNLOAD_OPTIONS,
};

type UntypedCsvOptions = CsvOptions & { readonly schema?: undefined; readonly origin?: undefined };
type AnyCsvOptions = CsvOptions & { readonly schema?: SchemaSpec | undefined; readonly origin?: CsvOrigin | undefined };

/**
 * Reads CSV: files by path, paths or glob, folders, urls, standard input or a stream; compressed with gzip or zstd or not. A
 * record of fewer or more fields than the header does not fit, but for empty fields without quotes after the last
 * column (`1,x,` under `id,name`): those hold nothing and are passed over. Lines end with `\n`, `\r\n` or `\r`, be it in turn. A local
 * time that a change of clocks leaves out or doubles: see `t.timestamp`.
 *
 * @example
 * ```ts
 * import { read, t } from 'millrace';
 * async function* bytes() {
 *   yield Buffer.from('Bericht vom 1. Mai\nTag;Betrag;bezahlt\n01.05.2024;1.234,50;ja\n02.05.2024;-;nein\n');
 * }
 * const sales = read.csv(bytes(), {
 *   schema: { Tag: t.date(), Betrag: t.decimal(12, 2).nullable(), bezahlt: t.boolean() },
 *   delimiter: ';', skip: 1, decimal: ',', thousands: '.', dateFormats: ['%d.%m.%Y'],
 *   trueValues: ['ja'], falseValues: ['nein'], nullMarkers: { Betrag: ['-'] }, origin: { line: 'line' },
 * });
 * console.log(await sales.filter((r) => r.bezahlt).rows());
 * // [ { Tag: '2024-05-01', Betrag: '1234.50', bezahlt: true, line: 3 } ]
 * ```
 *
 * Of a folder all files `*.csv*` are read, at any depth, but for names that begin with a dot; those of folders named `column=value` have that column too.
 *
 * UTF-8 files, gzip or not, without comments, footers, padding, escapes of their own, a delimiter beyond ASCII, NUL, lines
 * that end in different ways and a line column are scanned in place, as often as they are asked for. All else is read once a session, until `refresh()`; a stream cannot be read again, unless a
 * function opens it. Without a schema, files alone are read, and their header at once.
 *
 * Errors: `csv.bad_row`, with file, line, column and value; `csv.missing_column`, `csv.unknown_column`,
 * `csv.duplicate_column`, `csv.no_header`, `csv.header`, `csv.schema`, `csv.encoding`, `csv.gzip`, `csv.zstd`, `csv.record_size`, `csv.footer`, `csv.unaccounted`, `csv.not_found`,
 * `csv.duplicate_path`, `csv.scheme`, `csv.option`; `csv.status` and `csv.network` of urls, which are tried again;
 * `csv.stream`, `csv.stream_read`; `source.changed`.
 */
export function readCsv<const S extends SchemaSpec, const O extends CsvOrigin = false>(
  executor: Executor,
  input: CsvInput,
  options: TypedCsvOptions<S, O>,
): Frame<ColsOf<S> | OriginCols<O>>;
export function readCsv(executor: Executor, input: CsvInput, options?: UntypedCsvOptions): Frame<UnknownCols<Text>>;
export function readCsv(executor: Executor, input: CsvInput, options: AnyCsvOptions = {}): unknown {
  return new Frame({ kind: 'source', source: csvSource(input, options, options.schema) }, executor);
}

function csvSource(input: CsvInput, options: AnyCsvOptions, spec: SchemaSpec | undefined): Source {
  const { onBadRow = 'fail', extraColumns = 'fail', origin } = options;
  oneOf('extraColumns', extraColumns, ['fail', 'ignore']);
  const settings = csvSettings(options);
  const inputs = inputsOf(input, options, settings.encoding);
  const declared = spec === undefined ? headerColumns(inputs, settings) : scanColumns(spec, options);
  const fields = declared.map((column): CsvColumn => {
    return { ...column, from: 'field', nullMarkers: markersOf(column.name, options, settings) };
  });
  refuseUnknownMarkers(options, declared);
  const columns = [...fields, ...originColumns(origin, spec)];
  const copied = isCopied(settings) || columns.some((column) => column.from === 'line');
  const blankRecords = fields.every((column) => column.nullMarkers.includes(''));
  const incremental = incrementalFiles(options.incremental);
  refuseNoFiles(incremental, inputs.isLocal, inputs.name);
  const stamps = new Stamps();
  const plain = new PlainFiles();
  // What is null stands without quotes.
  const { quote } = settings.dialect;
  const nulls = quote === '' ? [] : fields.flatMap((column) => column.nullMarkers.filter((marker) => marker !== ''));
  const words = [...new Set(nulls)].map((marker) => quote + marker + quote);
  const source: Source = {
    name: inputs.name,
    schema: columns.map(({ name, dtype, nullable }): Field => ({ name, dtype, nullable })),
    ordered: true,
    onBadRow,
    volatile: copied || !inputs.isLocal || incremental !== undefined,
    ...(incremental === undefined ? {} : { incremental }),
    place: placeIn(origin),
    forget: () => stamps.forget(),
    prepare: async (context): Promise<Scan> => {
      const found = await inputs.files(context);
      const since = new Set(
        filesSince(
          found.map((file) => file.path),
          context,
        ),
      );
      const local = found.filter((file) => since.has(file.path));
      if (local.length === 0) return NO_FILES;
      const files = local.map((file) => {
        const inFile = fields.filter((column) => !Object.hasOwn(file.partitions, column.outside));
        return openCsv(file, settings, { names: inFile.map((column) => column.outside), blankRecords });
      });
      if (inputs.isLocal) stamps.check(files);
      for (const file of files) matchHeader(file, columns, extraColumns, settings.dialect);
      const copyInto = (folder: string, file: CsvFile, signal?: AbortSignal): Promise<CsvFile> =>
        withCopy({ file, dialect: settings.dialect, blankRecords, folder, signal });
      const read: CsvFile[] = [];
      for (const file of files) {
        const passesOver = file.header.some((name) => fields.every((column) => column.outside !== name));
        const isReadable =
          !copied &&
          file.compression !== 'zstd' &&
          file.encoding === 'utf-8' &&
          !file.oddLines &&
          (await plain.has({ file, words, passesOver, signal: context.signal }));
        read.push(isReadable ? file : await copyInto(await context.scratchFolder(), file, context.signal));
      }
      const copies = async (
        folder: string,
        { signal }: { readonly signal?: AbortSignal | undefined },
      ): Promise<CsvFile[]> => {
        const made: CsvFile[] = [];
        for (const file of read) made.push(file.copy === undefined ? await copyInto(folder, file, signal) : file);
        return made;
      };
      return { kind: 'csv', files: read, columns, dialect: settings.dialect, copies };
    },
  };
  return spec === undefined ? { ...source, typed: (typed) => csvSource(input, options, typed) } : source;
}

/** Whether the engine's parser reads no file that is written so. */
function isCopied({ dialect, encoding, compression }: CsvSettings): boolean {
  const { delimiter, comment, skipFooter, nullPadding, escape: escapes, quote } = dialect;
  // Of a delimiter of several bytes the parser takes a part for the whole, after a quote.
  const single = Buffer.byteLength(delimiter) === 1;
  const plain = single && comment === '' && skipFooter === 0 && !nullPadding && escapes === quote;
  return !plain || encoding !== 'utf-8' || compression === 'zstd';
}

async function withCopy(request: CopyRequest): Promise<CsvFile> {
  const { file, blankRecords } = request;
  return { ...file, copy: await writeCopy({ ...request, blankRecords: blankRecords && file.header.length === 1 }) };
}

/** Without a schema the columns are those of the first file's header, so that is read at once. */
function headerColumns(inputs: Inputs, settings: CsvSettings): Omit<CsvColumn, 'from' | 'nullMarkers'>[] {
  if (!inputs.isLocal || !settings.dialect.header) {
    throw new MillraceError({
      code: 'csv.schema',
      message: `${inputs.name}: a schema is needed, for ${inputs.isLocal ? 'without a header' : 'before it is read'} its columns are not known. Give one, such as { schema: { id: t.int() } }.`,
    });
  }
  const [first] = inputs.local();
  const header =
    first === undefined
      ? []
      : [...openCsv(first, settings, { names: [], blankRecords: false }).header, ...Object.keys(first.partitions)];
  return header.map((name) => ({ name, outside: name, dtype: { id: 'string' }, nullable: true, format: {} }));
}

function markersOf(name: string, { nullMarkers = [''] }: CsvOptions, { dialect }: CsvSettings): readonly string[] {
  const markers = isList(nullMarkers)
    ? nullMarkers
    : ((Object.hasOwn(nullMarkers, name) ? nullMarkers[name] : undefined) ?? ['']);
  const wrong = markers.find((marker) => typeof marker !== 'string');
  if (wrong !== undefined) throw optionError('nullMarkers', nullMarkers, 'texts');
  const quoted = dialect.quote === '' ? undefined : markers.find((marker) => marker.includes(dialect.quote));
  if (quoted === undefined) return markers;
  throw new MillraceError({
    code: 'csv.option',
    message: `read.csv: the null marker ${JSON.stringify(quoted)} holds the quote ${JSON.stringify(dialect.quote)}. A null is a text without quotes.`,
  });
}

function refuseUnknownMarkers({ nullMarkers = [] }: CsvOptions, columns: readonly { readonly name: string }[]): void {
  if (isList(nullMarkers)) return;
  const names = columns.map((column) => column.name);
  const unknown = Object.keys(nullMarkers).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw optionError(`nullMarkers of ${JSON.stringify(unknown)}`, nullMarkers[unknown], `those of ${names.join(', ')}`);
}

function isList(markers: NonNullable<CsvOptions['nullMarkers']>): markers is readonly string[] {
  return Array.isArray(markers);
}

function placeIn(origin: CsvOrigin = false): RowPlace {
  if (origin === false) return {};
  return origin === true ? { file: 'file', line: 'line' } : origin;
}

function originColumns(origin: CsvOrigin | undefined, spec: SchemaSpec | undefined): CsvColumn[] {
  if (origin === undefined || origin === false) return [];
  const { file, line } = placeIn(origin);
  const column = (name: string | undefined, from: 'file name' | 'line'): CsvColumn[] => {
    if (name === undefined) return [];
    const dtype = { id: from === 'line' ? 'int' : 'string' } as const;
    return [{ name, outside: name, dtype, nullable: false, format: {}, from, nullMarkers: [] }];
  };
  const columns = [...column(file, 'file name'), ...column(line, 'line')];
  if (spec === undefined) throw optionError('origin', origin, 'a schema with it');
  const names = [...schemaOf(spec).map((field) => field.name), ...columns.map(({ name }) => name)];
  const twice = names.find((a, i) => names.findIndex((b) => b.toLowerCase() === a.toLowerCase()) !== i);
  if (twice !== undefined)
    throw optionError('origin', origin, `other names: the column ${JSON.stringify(twice)} would stand twice`);
  return columns;
}
