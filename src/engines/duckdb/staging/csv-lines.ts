import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';

/** Where a record stands in a file. */
export interface Place {
  /** The physical line on which it starts, from 1. */
  readonly line: number;
  /** Its text, without the line end. */
  readonly raw: string;
}

export interface PlaceQuery {
  readonly path: string;
  readonly delimiter: string;
  readonly quote: string;
  readonly hasHeader: boolean;
  readonly encoding: string;
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

/**
 * A second pass over a CSV file, run only when something was rejected: the engine does not tell physical lines. It
 * splits records as the engine does.
 */
export async function findPlaces(query: PlaceQuery): Promise<Places> {
  const places = new PlaceFinder(query);
  for await (const chunk of bytesOf(query.path, query.encoding)) places.scan(chunk);
  return places.end();
}

class PlaceFinder {
  readonly #query: PlaceQuery;
  readonly #quote: number;
  readonly #delimiter: Uint8Array;
  /** The offsets of refused records that no record was found for yet; the next one is the last. */
  readonly #refused: number[];
  readonly #byRecord = new Map<number, Place>();
  readonly #byOffset = new Map<number, Place>();
  #headerSeen: boolean;
  #records = 0;
  #offset = 0;
  #line = 1;
  #start = { offset: 0, line: 1 };
  #state = START;
  #previous = -1;
  #pieces: Uint8Array[] = [];
  #length = 0;

  constructor(query: PlaceQuery) {
    this.#query = query;
    this.#quote = query.quote.charCodeAt(0);
    this.#delimiter = Buffer.from(query.delimiter);
    this.#refused = [...query.refused].sort((a, b) => b - a);
    this.#headerSeen = !query.hasHeader;
  }

  scan(chunk: Uint8Array): void {
    const quote = this.#quote;
    const delimiter = this.#delimiter.at(-1);
    let from = 0;
    for (let i = 0; i < chunk.length; i++) {
      const byte = chunk[i] ?? 0;
      if (byte === NEWLINE || byte === RETURN) {
        // The second half of a \r\n.
        const half = byte === NEWLINE && this.#previous === RETURN;
        if (!half) this.#line += 1;
        if (this.#state !== QUOTED) {
          if (!half) this.#record(chunk.subarray(from, i));
          from = i + 1;
          this.#start = { offset: this.#offset + i + 1, line: this.#line };
        }
      } else if (byte === quote) {
        if (this.#state === QUOTED) this.#state = CLOSED;
        else if (this.#state !== PLAIN) this.#state = QUOTED;
      } else if (this.#state !== QUOTED) {
        if (byte === delimiter && this.#ends(chunk, i)) this.#state = START;
        else if (byte === SPACE && this.#state === START) this.#state = SPACED;
        else if (byte !== SPACE || this.#state === SPACED) this.#state = PLAIN;
      }
      this.#previous = byte;
    }
    this.#keep(chunk.subarray(from));
    this.#offset += chunk.length;
  }

  end(): Places {
    if (this.#length > 0) this.#record(new Uint8Array(0));
    return { byRecord: this.#byRecord, byOffset: this.#byOffset, records: this.#records };
  }

  /** Whether a delimiter ends here; one that a chunk's edge cuts in two is looked for in what was kept. */
  #ends(chunk: Uint8Array, at: number): boolean {
    const { length } = this.#delimiter;
    if (length === 1) return true;
    const before = Buffer.concat([...this.#pieces.slice(-length), chunk.subarray(Math.max(0, at - length), at + 1)]);
    return before.subarray(-length).equals(this.#delimiter);
  }

  #keep(piece: Uint8Array): void {
    if (piece.length === 0) return;
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #record(last: Uint8Array): void {
    this.#keep(last);
    const blank = this.#length === 0;
    if (!this.#headerSeen) this.#headerSeen = !blank;
    else if (!blank || this.#query.oneColumn) this.#place(blank);
    this.#pieces = [];
    this.#length = 0;
    this.#state = START;
  }

  /** The engine counts the line ends before a refused record to it, so its offset may lie before the record's own. */
  #place(blank: boolean): void {
    const next = this.#refused.at(-1);
    const offset = !blank && next !== undefined && next <= this.#start.offset ? this.#refused.pop() : undefined;
    if (offset === undefined) this.#records += 1;
    const wanted = offset !== undefined || this.#query.records.has(this.#records);
    if (!wanted) return;
    const place = { line: this.#start.line, raw: Buffer.concat(this.#pieces).toString() };
    if (offset === undefined) this.#byRecord.set(this.#records, place);
    else this.#byOffset.set(offset, place);
  }
}

/** A file's bytes as the engine counts them: decompressed, and in UTF-8. */
async function* bytesOf(path: string, encoding: string): AsyncGenerator<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: 1 << 20 });
  const plain: Readable = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  if (encoding === 'utf-8') {
    yield* plain as AsyncIterable<Uint8Array>;
    return;
  }
  const decoder = encoding === 'utf-16' ? new TextDecoder('utf-16', { ignoreBOM: true }) : undefined;
  for await (const chunk of plain as AsyncIterable<Buffer>) {
    yield Buffer.from(decoder === undefined ? chunk.toString('latin1') : decoder.decode(chunk, { stream: true }));
  }
}
