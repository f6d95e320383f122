import { textCheck } from '../csv/bytes.ts';
import { type CsvRecord, fieldsOf, RecordSplitter } from '../csv/records.ts';
import type { CsvDialect, TextFile } from '../plan/scan.ts';
import type { Doubt } from './suggestion.ts';
import { traitsOf } from './text-traits.ts';

/** The dialect that the beginning of a CSV file is written in. */
export interface FoundDialect {
  readonly dialect: CsvDialect;
  /** The names in the header as they stand; none where there is no header. */
  readonly header: readonly string[] | undefined;
  /** How many columns there are. */
  readonly width: number;
  readonly doubts: readonly Doubt[];
}

const DELIMITERS = [',', ';', '\t', '|'];
const QUOTES = [
  { quote: '"', escape: '"' },
  { quote: '"', escape: '\\' },
  { quote: "'", escape: "'" },
];
/** How many records are looked at. */
const LOOKED_AT = 2000;

interface Row {
  readonly fields: readonly string[];
  readonly width: number;
  readonly line: number;
  readonly raw: string;
}

interface Guess {
  readonly dialect: CsvDialect;
  readonly rows: readonly Row[];
  /** The width that most records have. */
  readonly width: number;
  /** The share of the records that have it, and are sound. */
  readonly share: number;
}

/** The encoding that bytes look like they are in. */
export function encodingOf(start: Uint8Array, isAllUtf8: boolean): TextFile['encoding'] {
  const [first, second] = start;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  if (first === 0xfe && second === 0xff) return 'utf-16be';
  const part = start.subarray(0, 4096);
  const zeros = (from: number): number => part.filter((byte, i) => i % 2 === from && byte === 0).length;
  const [even, odd] = [zeros(0), zeros(1)];
  if (odd > part.length / 4 && even < part.length / 20) return 'utf-16le';
  if (even > part.length / 4 && odd < part.length / 20) return 'utf-16be';
  return isAllUtf8 ? 'utf-8' : 'windows-1252';
}

/** Whether bytes that come in parts are UTF-8. */
export async function areUtf8(chunks: AsyncIterable<Uint8Array>): Promise<boolean> {
  const isText = textCheck();
  for await (const chunk of chunks) if (!isText(chunk)) return false;
  return isText(undefined);
}

/** Finds the dialect in which most records have the same number of fields. */
export function findDialect(text: Uint8Array): FoundDialect {
  const guesses = QUOTES.flatMap((quotes) => DELIMITERS.map((delimiter) => guess(text, { delimiter, ...quotes })));
  const wide = guesses.filter((one) => one.width > 1 && one.share >= 0.5);
  const [best = guesses[0]] = [...wide].sort((a, b) => b.share - a.share || b.width - a.width);
  if (best === undefined) throw new Error('no dialect was tried');
  const doubts: Doubt[] = [];
  const rivals = wide.filter(
    (one) => one.dialect.delimiter !== best.dialect.delimiter && one.dialect.quote === '"' && one.share === best.share,
  );
  if (rivals.length > 0) {
    const others = rivals.map((one) => `delimiter: ${JSON.stringify(one.dialect.delimiter)}`);
    doubts.push(doubt('delimiter', 'the records are as even with another delimiter', [...new Set(others)]));
  }
  const comment = commentOf(best);
  const rows = best.rows.filter((row) => comment === '' || !row.raw.startsWith(comment));
  const start = rows.findIndex((row) => row.width === best.width);
  const first = rows[Math.max(0, start)];
  const before = start > 0 ? (first?.line ?? 1) - 1 : 0;
  if (before > 0) {
    const reason = `${before} line${before === 1 ? '' : 's'} before the table ${before === 1 ? 'is' : 'are'} passed over`;
    doubts.push(doubt('preamble', reason, [], rows.slice(0, Math.min(3, start))));
  }
  const below = rows.slice(start + 1).filter((row) => row.width === best.width);
  const header = headerOf(first, below, doubts);
  const dialect = { ...best.dialect, comment };
  if (header === undefined)
    return { dialect: { ...dialect, header: false, skip: before }, header, width: best.width, doubts };
  const lower = header.map((name) => name.toLowerCase());
  if (new Set(lower).size === lower.length) {
    return { dialect: { ...dialect, skip: before }, header, width: best.width, doubts };
  }
  doubts.push(doubt('header', 'names stand twice in the header, so it is passed over and columns go by their place'));
  const skip = first?.line ?? 1;
  return { dialect: { ...dialect, header: false, skip }, header, width: best.width, doubts };
}

function guess(text: Uint8Array, part: Pick<CsvDialect, 'delimiter' | 'quote' | 'escape'>): Guess {
  const dialect: CsvDialect = { ...part, comment: '', header: true, skip: 0, skipFooter: 0, nullPadding: false };
  const rows: Row[] = [];
  let faults = 0;
  const splitter = new RecordSplitter(dialect, (record: CsvRecord) => {
    if (record.start === record.end || rows.length >= LOOKED_AT) return;
    if (record.fault !== undefined) faults += 1;
    const raw = Buffer.from(record.bytes.subarray(record.start, record.end)).toString();
    rows.push({ fields: fieldsOf(record, dialect), width: record.fields, line: record.line, raw });
  });
  splitter.scan(text);
  if (rows.length < LOOKED_AT) splitter.end();
  const widths = new Map<number, number>();
  for (const { width } of rows) widths.set(width, (widths.get(width) ?? 0) + 1);
  const [[width, count] = [1, 0]] = [...widths].sort((a, b) => b[1] - a[1] || b[0] - a[0]);
  return { dialect, rows, width, share: rows.length === 0 ? 0 : Math.max(0, count - faults) / rows.length };
}

/** A character before lines that are no records. */
function commentOf({ rows, width }: Guess): string {
  const marked = rows.filter((row) => row.raw.startsWith('#'));
  return marked.length > 0 && marked.every((row) => row.width !== width) && width > 1 ? '#' : '';
}

function headerOf(first: Row | undefined, below: readonly Row[], doubts: Doubt[]): readonly string[] | undefined {
  if (first === undefined) return undefined;
  const isValue = (text: string): boolean => text !== '' && !['word', 'text'].includes(traitsOf(text).shape);
  const columns = first.fields.map((_, i) => below.slice(0, 200).map((row) => row.fields[i] ?? ''));
  if (first.fields.some(isValue)) {
    // A year or a number may be a name, where no value below is one.
    const isNamed = columns.every(
      (values, i) => !isValue(first.fields[i] ?? '') || values.every((value) => !isValue(value)),
    );
    if (!isNamed || below.length === 0) {
      doubts.push(
        doubt(
          'header',
          'the first record holds values, so it is taken for one, and columns have names of their own',
          ['header: true'],
          [first],
        ),
      );
      return undefined;
    }
  }
  if (!columns.some((values) => values.some(isValue))) {
    doubts.push(
      doubt(
        'header',
        'the first record is taken for the header, though the records below it are words like it',
        ['header: false'],
        [first],
      ),
    );
  }
  return first.fields;
}

function doubt(about: string, reason: string, choices: readonly string[] = [], rows: readonly Row[] = []): Doubt {
  return { about, reason, choices, examples: rows.map(({ raw, line }) => ({ value: raw.slice(0, 80), line })) };
}
