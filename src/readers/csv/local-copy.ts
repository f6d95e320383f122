import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { NOT_TEXT, textBytes } from '../../csv/bytes.ts';
import { type CsvRecord, RecordSplitter } from '../../csv/records.ts';
import { MillraceError } from '../../errors.ts';
import type { CsvCopy, CsvDialect, CsvFile } from '../../plan/scan.ts';
import { readError } from './read-error.ts';

export interface CopyRequest {
  readonly file: CsvFile;
  readonly dialect: CsvDialect;
  /** Whether a blank line is a record: in a file of one column where the empty text is null. */
  readonly blankRecords: boolean;
  readonly folder: string;
  readonly signal: AbortSignal | undefined;
}

/** A record that is kept until it is known that it is no footer. */
type Held = Omit<CsvRecord, 'offset'>;

/** Writes the records of a file so that the engine can read them, each with its line; those that are none apart. */
export async function writeCopy(request: CopyRequest): Promise<CsvCopy> {
  const { file, dialect, blankRecords, folder, signal } = request;
  const width = file.header.length;
  const base = join(folder, randomUUID());
  const [path, refusedPath] = [`${base}.csv`, `${base}-refused.ndjson`];
  const [good, bad] = [new Output(await open(path, 'w')), new Output(await open(refusedPath, 'w'))];
  let headerSeen = !dialect.header;
  let [records, refused] = [0, 0];
  const checksText = file.encoding === 'utf-8';
  const delimiter = Buffer.from(dialect.delimiter);

  const write = (record: Held): void => {
    if (record.fault === 'length') throw tooLong(file, record.line);
    const bytes = record.bytes.subarray(record.start, record.end);
    const fault = faultOf(record, width, dialect) ?? (checksText && !isUtf8(bytes) ? NOT_TEXT : undefined);
    if (fault !== undefined) {
      refused += 1;
      bad.text(`${JSON.stringify([record.line, fault, Buffer.from(bytes).toString()])}\n`);
      return;
    }
    records += 1;
    good.text(String(record.line));
    good.bytes(delimiter);
    good.bytes(dialect.escape === dialect.quote ? bytes : withDoubledQuotes(bytes, dialect));
    for (let i = record.fields; i < width; i++) good.bytes(delimiter);
    good.text('\n');
  };

  const held: Held[] = [];
  const splitter = new RecordSplitter(dialect, (record) => {
    const blank = record.start === record.end;
    if (!headerSeen) headerSeen = !blank;
    else if (blank && !blankRecords) return;
    else if (dialect.skipFooter === 0) write(record);
    else {
      const bytes = record.bytes.slice(record.start, record.end);
      held.push({ ...record, bytes, start: 0, end: bytes.length });
      const first = held.length > dialect.skipFooter ? held.shift() : undefined;
      if (first !== undefined) write(first);
    }
  });
  try {
    for await (const chunk of textBytes(file)) {
      signal?.throwIfAborted();
      splitter.scan(chunk);
      await good.flush();
      await bad.flush();
    }
    splitter.end();
    const open = held.find((record) => record.fault !== undefined);
    if (open !== undefined) throw footerError(file, open.line);
    await good.flush();
    await bad.flush();
  } catch (cause) {
    throw readError(file, cause);
  } finally {
    await good.close();
    await bad.close();
  }
  return { path, records, refused: { path: refusedPath, records: refused } };
}

/** Why a record is none. */
function faultOf({ fault, fields, filled }: Held, width: number, dialect: CsvDialect): string | undefined {
  if (fault === 'quote') return 'a quoted field is not closed, or has text after its closing quote';
  const whose = dialect.header ? 'the header' : 'the schema';
  if (filled > width) return `the record has more fields than ${whose}`;
  if (fields < width && !dialect.nullPadding) return `the record has fewer fields than ${whose}`;
  return undefined;
}

/** A record whose quotes are escaped, as one whose quotes are doubled. */
function withDoubledQuotes(bytes: Uint8Array, dialect: CsvDialect): Uint8Array {
  const [escapes, quote] = [dialect.escape.charCodeAt(0), dialect.quote.charCodeAt(0)];
  if (!bytes.includes(escapes)) return bytes;
  const out: number[] = [];
  let quoted = false;
  let start = true;
  const delimiter = Buffer.from(dialect.delimiter);
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] ?? 0;
    if (quoted && byte === escapes && (bytes[i + 1] === quote || bytes[i + 1] === escapes)) {
      i += 1;
      if (bytes[i] === quote) out.push(quote);
      out.push(bytes[i] ?? 0);
      continue;
    }
    out.push(byte);
    if (byte === quote && (quoted || start)) quoted = !quoted;
    if (quoted) continue;
    if (delimiter.every((part, k) => bytes[i + k] === part)) {
      for (let k = 1; k < delimiter.length; k++) out.push(bytes[++i] ?? 0);
      start = true;
    } else start = start && byte === 32 && (i === 0 || bytes[i - 1] !== 32);
  }
  return Uint8Array.from(out);
}

function tooLong({ name }: CsvFile, line: number): MillraceError {
  return new MillraceError({
    code: 'csv.record_size',
    message: `${name}, line ${line}: the record that starts here is longer than 16 MiB. Look for a quote that is not closed.`,
    details: { file: name, line },
  });
}

function footerError({ name }: CsvFile, line: number): MillraceError {
  return new MillraceError({
    code: 'csv.footer',
    message: `${name}, line ${line}: a record among the last ones, which skipFooter leaves out, has a quote that is not closed, so where they begin is not known. Mend its quotes.`,
    details: { file: name, line },
  });
}

const BLOCK = 1 << 20;

/** Bytes on their way to a file. */
class Output {
  readonly #file: FileHandle;
  #block: Buffer = Buffer.allocUnsafe(BLOCK);
  #used = 0;
  #full: Uint8Array[] = [];

  constructor(file: FileHandle) {
    this.#file = file;
  }

  bytes(bytes: Uint8Array): void {
    if (bytes.length > BLOCK - this.#used) {
      this.#full.push(this.#block.subarray(0, this.#used), bytes.slice());
      this.#block = Buffer.allocUnsafe(BLOCK);
      this.#used = 0;
      return;
    }
    this.#block.set(bytes, this.#used);
    this.#used += bytes.length;
  }

  text(text: string): void {
    if (text.length * 3 > BLOCK - this.#used) this.bytes(Buffer.from(text));
    else this.#used += this.#block.write(text, this.#used);
  }

  async flush(): Promise<void> {
    if (this.#used > 0) this.#full.push(this.#block.subarray(0, this.#used));
    if (this.#full.length > 0) await this.#file.writev(this.#full);
    this.#full = [];
    this.#used = 0;
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
