import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { plainBytes, Utf8 } from '../../../csv/bytes.ts';
import { type CsvRecord, RecordSplitter } from '../../../csv/records.ts';
import type { CsvCopy, CsvDialect, CsvFile } from '../../../plan/scan.ts';

/** Where a record stands in a file. */
export interface Place {
  /** The physical line on which it starts, from 1. */
  readonly line: number;
  /** Its text, without the line end. */
  readonly raw: string;
}

export interface PlaceQuery {
  readonly file: CsvFile;
  readonly dialect: CsvDialect;
  /** In a file of one column a blank line is a record where the empty text is null; elsewhere it is passed over. */
  readonly oneColumn: boolean;
  /** Records that the engine gave, by number from 1: places wanted of them. */
  readonly records: ReadonlySet<number>;
  /** Where the engine says that the records start which it refused as a whole (they have no number), in bytes. */
  readonly refused: readonly number[];
}

export interface Places {
  readonly byRecord: ReadonlyMap<number, Place>;
  readonly byOffset: ReadonlyMap<number, Place>;
  /** How many records there are, the refused ones not counted. */
  readonly records: number;
  /** How many of them have a stray quote, so that the engine should have refused them. */
  readonly stray: number;
}

/**
 * A second pass over a CSV file, run only when something was rejected: the engine does not tell physical lines. It
 * splits records as the engine does.
 */
export async function findPlaces({ file, dialect, oneColumn, records, refused }: PlaceQuery): Promise<Places> {
  // The offsets of refused records that no record was found for yet; the next one is the last.
  const waiting = [...refused].sort((a, b) => b - a);
  const byRecord = new Map<number, Place>();
  const byOffset = new Map<number, Place>();
  let headerSeen = !dialect.header;
  let count = 0;
  let stray = 0;
  await eachRecord(file, dialect, (record, start) => {
    const blank = record.start === record.end;
    if (!headerSeen) {
      headerSeen = !blank;
      return;
    }
    if (blank && !oneColumn) return;
    // The engine counts the line ends before a refused record to it, so its offset may lie before the record's own.
    const next = waiting.at(-1);
    const offset = !blank && next !== undefined && next <= start ? waiting.pop() : undefined;
    if (offset === undefined) count += 1;
    if (offset === undefined && record.fault === 'quote') stray += 1;
    if (offset !== undefined) byOffset.set(offset, placeOf(record));
    else if (records.has(count)) byRecord.set(count, placeOf(record));
  });
  return { byRecord, byOffset, records: count, stray };
}

/** The texts of the records that start on some lines of a file that was copied. */
export async function findLines(
  file: CsvFile,
  dialect: CsvDialect,
  lines: ReadonlySet<number>,
): Promise<ReadonlyMap<number, string>> {
  const found = new Map<number, string>();
  if (lines.size === 0) return found;
  await eachRecord(file, dialect, (record) => {
    if (lines.has(record.line)) found.set(record.line, placeOf(record).raw);
  });
  return found;
}

/** The records of a copied file that are none: line, reason and text. */
export async function refusedOf({ refused }: CsvCopy): Promise<[number, string, string][]> {
  const found: [number, string, string][] = [];
  for await (const line of createInterface({ input: createReadStream(refused.path) })) found.push(JSON.parse(line));
  return found;
}

/** Every record, and where it starts as the engine counts bytes: a byte order mark among them. */
async function eachRecord(
  file: CsvFile,
  dialect: CsvDialect,
  take: (record: CsvRecord, start: number) => void,
): Promise<void> {
  const text = new Utf8(file.encoding);
  const splitter = new RecordSplitter(dialect, (record) => take(record, record.offset + text.mark));
  for await (const chunk of plainBytes(file)) splitter.scan(text.decode(chunk));
  splitter.scan(text.end());
  splitter.end();
}

function placeOf({ line, bytes, start, end }: CsvRecord): Place {
  return { line, raw: Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString() };
}
