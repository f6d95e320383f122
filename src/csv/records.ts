import { type CsvDialect, LONGEST_RECORD } from '../plan/scan.ts';

/** In bytes: how much is kept of a record that is longer. */
const HEAD = 64 * 1024;

/** Why a record cannot be taken apart. */
export type Fault = 'quote' | 'length';

/** A record as it stands in a file. It is a view, good until the next one. */
export interface CsvRecord {
  /** The physical line on which it starts, from 1. */
  line: number;
  /** Where it starts in the file, in bytes. */
  offset: number;
  /** Its bytes, without the line end, from `start` to `end`. */
  bytes: Uint8Array;
  start: number;
  end: number;
  /** How many fields it has. */
  fields: number;
  /** The same, without those at its end that hold nothing, quotes neither. */
  filled: number;
  fault: Fault | undefined;
}

const NEWLINE = 10;
const RETURN = 13;
const SPACE = 32;

/** Where in a field the scan stands: as in the engine, a quote counts at its start, after one space, or after another. */
const START = 0;
const SPACED = 1;
const PLAIN = 2;
const QUOTED = 3;
const CLOSED = 4;
/** After an escape within quotes. */
const ESCAPED = 5;
/** In a line that is no record: one before the header, or a comment. */
const PASSED = 6;

/** Splits the bytes of a CSV file, in UTF-8, into its records: chunk by chunk, a blank line as an empty one. */
export class RecordSplitter {
  readonly #quote: number;
  readonly #escape: number;
  readonly #comment: number;
  readonly #delimiter: Uint8Array;
  /** 1 where a byte means something, somewhere. */
  readonly #special: Uint8Array = new Uint8Array(256);
  readonly #onRecord: (record: CsvRecord) => void;
  readonly #record: CsvRecord;
  #skip: number;
  #state: number;
  /** What was read of the record that has not ended. */
  #rest: Uint8Array = new Uint8Array(0);
  /** How much of `#rest` was looked at. */
  #scanned = 0;
  /** The beginning of a record that is too long to be kept. */
  #head: Uint8Array | undefined;
  /** Where `#rest` begins in the file. */
  #offset = 0;
  #line = 1;
  #last = -1;

  constructor(dialect: CsvDialect, onRecord: (record: CsvRecord) => void) {
    this.#quote = dialect.quote === '' ? -1 : dialect.quote.charCodeAt(0);
    this.#escape = dialect.escape === dialect.quote ? -1 : dialect.escape.charCodeAt(0);
    this.#comment = dialect.comment === '' ? -1 : dialect.comment.charCodeAt(0);
    this.#delimiter = Buffer.from(dialect.delimiter);
    this.#skip = dialect.skip;
    this.#state = this.#skip > 0 ? PASSED : START;
    this.#onRecord = onRecord;
    for (const byte of [NEWLINE, RETURN, SPACE, this.#quote, this.#escape, this.#comment, this.#delimiter[0] ?? -1])
      if (byte >= 0) this.#special[byte] = 1;
    const bytes = this.#rest;
    this.#record = { line: 1, offset: 0, bytes, start: 0, end: 0, fields: 1, filled: 0, fault: undefined };
  }

  scan(chunk: Uint8Array): void {
    this.#scan(this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]), false);
  }

  #scan(bytes: Uint8Array, isLast: boolean): void {
    const [special, record] = [this.#special, this.#record];
    const { length } = this.#delimiter;
    const delimiter = this.#delimiter[0];
    let state = this.#state;
    let start = 0;
    let i = this.#scanned;
    for (; i < bytes.length; i++) {
      const byte = bytes[i] ?? 0;
      if (special[byte] === 0) {
        if (state === QUOTED || state === PLAIN || state === PASSED) continue;
        state = this.#plain(state);
      } else if (byte === NEWLINE || byte === RETURN) {
        // The second half of a \r\n.
        const half = byte === NEWLINE && (i === 0 ? this.#last : bytes[i - 1]) === RETURN;
        if (!half) this.#line += 1;
        if (state === QUOTED || state === ESCAPED) {
          state = QUOTED;
          continue;
        }
        if (!half) state = this.#end(bytes, start, i, state);
        start = i + 1;
        record.line = this.#line;
      } else if (state === PASSED) {
      } else if (byte === this.#comment && i === start && this.#head === undefined && state === START) {
        state = PASSED;
      } else if (byte === this.#quote) {
        if (state === QUOTED) state = CLOSED;
        else if (state === CLOSED) {
          if (this.#escape !== -1) record.fault = 'quote';
          state = QUOTED;
        } else if (state !== PLAIN) {
          record.filled = record.fields;
          state = QUOTED;
        }
      } else if (byte === this.#escape && (state === QUOTED || state === ESCAPED)) {
        state = state === QUOTED ? ESCAPED : QUOTED;
      } else if (state === QUOTED) {
      } else if (byte === delimiter && state !== ESCAPED && (length === 1 || this.#delimits(bytes, i))) {
        record.fields += 1;
        state = START;
        i += length - 1;
      } else if (byte === delimiter && !isLast && i + length > bytes.length) {
        // A delimiter of several bytes may be cut in two here.
        break;
      } else if (byte === SPACE && state === START) {
        record.filled = record.fields;
        state = SPACED;
      } else if (state !== PLAIN && (byte !== SPACE || state !== CLOSED)) state = this.#plain(state);
    }
    this.#state = state;
    if (bytes.length > 0) this.#last = bytes[bytes.length - 1] ?? -1;
    this.#offset += start;
    this.#rest = bytes.subarray(start);
    this.#scanned = i - start;
    if (this.#rest.length > LONGEST_RECORD || this.#head !== undefined) this.#cut();
  }

  /** The last record, where no line end follows it. */
  end(): void {
    if (this.#scanned < this.#rest.length) this.#scan(this.#rest, true);
    if (this.#rest.length === 0 && this.#head === undefined) return;
    if (this.#state === QUOTED || this.#state === ESCAPED) this.#record.fault ??= 'quote';
    this.#end(this.#rest, 0, this.#rest.length, this.#state);
    this.#rest = new Uint8Array(0);
  }

  /** The state after a byte that means nothing. */
  #plain(state: number): number {
    if (state === ESCAPED) return QUOTED;
    if (state === CLOSED) this.#record.fault = 'quote';
    this.#record.filled = this.#record.fields;
    return PLAIN;
  }

  #end(bytes: Uint8Array, start: number, end: number, state: number): number {
    const record = this.#record;
    if (state !== PASSED) {
      record.offset = this.#offset + start;
      [record.bytes, record.start, record.end] =
        this.#head === undefined ? [bytes, start, end] : [this.#head, 0, this.#head.length];
      this.#onRecord(record);
    } else if (this.#skip > 0) this.#skip -= 1;
    this.#head = undefined;
    record.fields = 1;
    record.filled = 0;
    record.fault = undefined;
    return this.#skip > 0 ? PASSED : START;
  }

  /** Whether a delimiter stands here. */
  #delimits(bytes: Uint8Array, at: number): boolean {
    return this.#delimiter.every((byte, i) => bytes[at + i] === byte);
  }

  /** Keeps no more of a record that is too long than its beginning. */
  #cut(): void {
    this.#head ??= this.#rest.slice(0, HEAD);
    this.#record.fault = 'length';
    this.#offset += this.#rest.length;
    this.#rest = new Uint8Array(0);
    this.#scanned = 0;
  }
}

/** The fields of a record, as text. */
export function fieldsOf(record: Pick<CsvRecord, 'bytes' | 'start' | 'end'>, dialect: CsvDialect): string[] {
  const text = Buffer.from(record.bytes.subarray(record.start, record.end)).toString();
  const { delimiter, quote, escape: escapes } = dialect;
  const fields: string[] = [];
  let field = '';
  let quoted = false;
  let closed = false;
  for (let i = 0; i < text.length; i++) {
    const character = text.charAt(i);
    const next = text.charAt(i + 1);
    if (quoted && character === escapes && next !== '' && (next === quote || next === escapes)) {
      field += next;
      i += 1;
    } else if (quoted && character === quote) [quoted, closed] = [false, true];
    else if (!quoted && quote !== '' && character === quote && (field === '' || field === ' ') && !closed)
      [field, quoted] = ['', true];
    else if (!quoted && character === delimiter) {
      fields.push(field);
      [field, closed] = ['', false];
    } else if (!(closed && character === ' ')) field += character;
  }
  return [...fields, field];
}
