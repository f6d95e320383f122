import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { startOf, Utf8 } from '../../csv/bytes.ts';
import { fieldsOf, RecordSplitter } from '../../csv/records.ts';
import { didYouMean, MillraceError } from '../../errors.ts';
import type { CsvColumn, CsvDialect, CsvFile, TextFile } from '../../plan/scan.ts';
import { isGzip } from '../../storage/compression.ts';
import { stampOf } from '../../storage/stamps.ts';
import type { CsvSettings } from './dialect.ts';
import { readError } from './read-error.ts';

/** A file on this machine, and what the user calls it. */
export interface LocalFile {
  readonly name: string;
  readonly path: string;
  /** The columns that stand in the names of the folders it is in, `column=value`, with their values. */
  readonly partitions: CsvFile['partitions'];
}

/** A file as it begins. */
export interface OpenedCsv extends CsvFile {
  /** Whether a quote stands in the lines before the first record, which the engine passes over as if they were records. */
  readonly oddLines: boolean;
  /** How its lines end, up to the first record, be it in quotes: the engine takes the first end for that of all lines. */
  readonly lineEnds: readonly string[];
}

/** How much of a file is looked at for its header. */
const HEADER_BYTES = 1 << 20;

/** What is known of a file's columns before it is opened. */
export interface Expected {
  /** The columns of a file without a header. */
  readonly names: readonly string[];
  /** Whether a blank line is a record in a file of one column. */
  readonly blankRecords: boolean;
}

/** Looks at how a file begins; nothing is guessed from its rows. */
export function openCsv({ name, path, partitions }: LocalFile, settings: CsvSettings, expected: Expected): OpenedCsv {
  const stats = statSync(path);
  const { size } = stats;
  const bytes = Buffer.alloc(Math.min(size, HEADER_BYTES));
  const file = openSync(path, 'r');
  try {
    readSync(file, bytes, 0, bytes.length, 0);
  } finally {
    closeSync(file);
  }
  const compression = settings.compression === 'auto' ? compressionOf(path, bytes) : settings.compression;
  let plain: Uint8Array;
  try {
    plain = startOf(bytes, compression, size <= HEADER_BYTES);
  } catch (cause) {
    throw readError({ name, compression, encoding: 'utf-8' }, cause);
  }
  const encoding = encodingOf(settings, plain);
  const start = { name, path, partitions, compression, encoding, stamp: stampOf(stats), copy: undefined };
  const { dialect } = settings;
  const first = firstRecord(name, plain, encoding, dialect, size <= HEADER_BYTES);
  const text = { ...start, oddLines: first?.oddLines ?? false, lineEnds: first?.lineEnds ?? [] };
  if (!dialect.header) {
    const { names, blankRecords } = expected;
    const blanks = names.length === 1 && blankRecords;
    // After a quote in the lines that are passed over, the engine's parser finds no record where all others are blank.
    if (blanks && first === undefined && dialect.skip > 0) {
      return { ...text, header: names, linesBefore: dialect.skip, oddLines: true };
    }
    return { ...text, header: names, linesBefore: first === undefined || blanks ? dialect.skip : first.line - 1 };
  }
  if (first === undefined || first.fields.every((field) => field === '')) {
    throw new MillraceError({
      code: 'csv.no_header',
      message: `${name}: there is no header line. A CSV file starts with the names of its columns; read one without them with header: false.`,
      details: { file: name },
    });
  }
  const { fields: header } = first;
  const doubled = header.find((a, i) => header.findIndex((b) => b.toLowerCase() === a.toLowerCase()) !== i);
  if (doubled !== undefined) {
    throw new MillraceError({
      code: 'csv.duplicate_column',
      message: `${name}: the header has the column ${JSON.stringify(doubled)} twice (case does not count).`,
      details: { file: name, column: doubled },
    });
  }
  return { ...text, header, linesBefore: first.line - 1 };
}

interface FirstRecord extends Pick<OpenedCsv, 'oddLines' | 'lineEnds'> {
  readonly fields: readonly string[];
  readonly line: number;
}

/** The first record that is not blank, its fields and its line. */
function firstRecord(
  name: string,
  plain: Uint8Array,
  encoding: TextFile['encoding'],
  dialect: CsvDialect,
  isWhole: boolean,
): FirstRecord | undefined {
  const decoder = new Utf8(encoding);
  let text: Buffer;
  try {
    text = Buffer.concat([decoder.decode(plain), isWhole ? decoder.end() : new Uint8Array(0)]);
  } catch (cause) {
    throw readError({ name, encoding, compression: 'none' }, cause);
  }
  let found: FirstRecord | undefined;
  const splitter = new RecordSplitter(dialect, (record) => {
    if (found !== undefined || record.start === record.end) return;
    if (dialect.header && record.fault !== undefined) {
      throw new MillraceError({
        code: 'csv.header',
        message: `${name}, line ${record.line}: the header has a quoted field that is not closed, or has text after its closing quote. Mend its quotes.`,
        details: { file: name, line: record.line },
      });
    }
    // Where the record is not in the text itself it is the last: all there is counts as before it.
    const [start, end] = record.bytes === text ? [record.start, record.end] : [text.length, text.length];
    const after = /^(\r\n|\n|\r)?/.exec(text.subarray(end, end + 2).toString('latin1'))?.[0] ?? '';
    const before = text.subarray(0, start).toString();
    const ends =
      text
        .subarray(0, end + after.length)
        .toString('latin1')
        .match(/\r\n|\n|\r/g) ?? [];
    const oddLines = dialect.skip > 0 && dialect.quote !== '' && before.includes(dialect.quote);
    found = { fields: fieldsOf(record, dialect), line: record.line, oddLines, lineEnds: [...new Set(ends)] };
  });
  splitter.scan(text);
  // A gzip file that is read in part may be one that is small.
  if (found === undefined) splitter.end();
  return found;
}

/** How a file is compressed, as its name or its first bytes tell. */
export function compressionOf(path: string, [first, second, third, fourth]: Uint8Array): TextFile['compression'] {
  if (isGzip(path) || (first === 0x1f && second === 0x8b)) return 'gzip';
  const magic = first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd;
  return path.endsWith('.zst') || magic ? 'zstd' : 'none';
}

function encodingOf({ encoding }: CsvSettings, [first, second]: Uint8Array): TextFile['encoding'] {
  if (encoding !== 'utf-8' && encoding !== 'utf-16') return encoding;
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  return encoding === 'utf-16' || (first === 0xff && second === 0xfe) ? 'utf-16le' : 'utf-8';
}

/** Columns go by name, wherever they stand; one that is missing, doubled or unknown is an error that names it. */
export function matchHeader(
  file: CsvFile,
  columns: readonly CsvColumn[],
  extraColumns: 'fail' | 'ignore',
  { delimiter }: CsvDialect,
): void {
  const fields = columns.filter((column) => column.from === 'field');
  const both = file.header.find((name) => Object.hasOwn(file.partitions, name));
  if (both !== undefined) {
    throw new MillraceError({
      code: 'csv.duplicate_column',
      message: `${file.name}: the column ${JSON.stringify(both)} stands in the header and in the name of a folder.`,
      details: { file: file.name, column: both },
    });
  }
  const missing = fields.filter(
    (column) => !file.header.includes(column.outside) && !Object.hasOwn(file.partitions, column.outside),
  );
  if (missing.length > 0) {
    const names = missing.map((column) => JSON.stringify(column.outside)).join(', ');
    throw new MillraceError({
      code: 'csv.missing_column',
      message: `${file.name}: the header has no column ${names}.${didYouMean(missing[0]?.outside ?? '', file.header)} Its columns are ${file.header.join(', ')}.${otherDelimiter(file.header, delimiter)}`,
      details: { file: file.name, columns: missing.map((column) => column.outside), header: file.header },
    });
  }
  const declared = new Set(fields.map((column) => column.outside));
  const extra = file.header.filter((name) => !declared.has(name));
  if (extra.length > 0 && extraColumns === 'fail') {
    throw new MillraceError({
      code: 'csv.unknown_column',
      message: `${file.name}: the schema does not name ${extra.map((name) => JSON.stringify(name)).join(', ')}. Add ${extra.length === 1 ? 'it' : 'them'} to the schema, or pass over such columns with extraColumns: 'ignore'.`,
      details: { file: file.name, columns: extra },
    });
  }
}

/** What a header of one field says that was cut at another delimiter than its own. */
function otherDelimiter([only = '', ...others]: readonly string[], delimiter: string): string {
  const likely = others.length > 0 ? undefined : [',', ';', '\t', '|'].find((one) => only.includes(one));
  if (likely === undefined || likely === delimiter) return '';
  const [own, given] = [likely, delimiter].map((one) => JSON.stringify(one));
  return ` It is one field with ${own} in it, and the delimiter is ${given}: give delimiter: ${own}, if that is what is between fields.`;
}
