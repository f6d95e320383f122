/** How much text makes a piece. */
const PIECE = 1024 * 1024;

/** Room for what a socket hands over at once, so that a piece which is nearly full need not grow. */
const CHUNK = 64 * 1024;

/** The kind of a message, and its length without that. */
const HEADER = 5;

/** `CopyData`, of which a server sends one for each row. */
const COPY_DATA = 0x64;

/**
 * Takes apart what a server sends: collects what `CopyData` messages hold, and passes all else on as it is. A million
 * rows are a million messages: nothing is made for one, its bytes are moved to where the last row ended.
 */
export class CopyRows {
  readonly #pass: (bytes: Buffer) => void;
  #piece: Buffer = Buffer.allocUnsafeSlow(PIECE + CHUNK);
  #filled = 0;
  /** A header whose end is still to come. */
  #header: Buffer = Buffer.alloc(0);
  /** How much of a message is still to come, and whether it is a row. */
  #left = 0;
  #isRow = false;

  constructor(pass: (bytes: Buffer) => void) {
    this.#pass = pass;
  }

  /** How many bytes of rows are there. */
  get filled(): number {
    return this.#filled;
  }

  get isFull(): boolean {
    return this.#filled >= PIECE;
  }

  /** Gives the rows that are there, in a piece that is the taker's; `spare` is one that was taken and is needed no more. */
  take(spare: Buffer | undefined): Buffer {
    const taken = this.#piece.subarray(0, this.#filled);
    this.#piece = spare === undefined ? Buffer.allocUnsafeSlow(PIECE + CHUNK) : Buffer.from(spare.buffer);
    this.#filled = 0;
    return taken;
  }

  push(chunk: Buffer): void {
    const end = chunk.length;
    const from = this.#filled;
    const piece = this.#roomFor(end);
    piece.set(chunk, from);
    let to = from;
    let at = this.#header.length > 0 ? this.#finishHeader(chunk) : 0;
    while (at < end) {
      if (this.#left === 0) {
        if (end - at < HEADER) {
          this.#header = chunk.subarray(at);
          break;
        }
        this.#begin(chunk, at);
        if (this.#isRow) at += HEADER;
        else this.#left += HEADER;
      }
      const stop = Math.min(at + this.#left, end);
      this.#left -= stop - at;
      if (this.#isRow) {
        piece.copyWithin(to, from + at, from + stop);
        to += stop - at;
      } else {
        this.#pass(chunk.subarray(at, stop));
      }
      at = stop;
    }
    this.#filled = to;
  }

  /** Passes on the beginning of a header that has no end yet: what comes next is told to another. */
  end(): void {
    const rest = this.#header;
    this.#header = Buffer.alloc(0);
    if (rest.length > 0) this.#pass(rest);
  }

  /** A header that the last chunk began; gives where in this chunk it ends. */
  #finishHeader(chunk: Buffer): number {
    const missing = HEADER - this.#header.length;
    const header = Buffer.concat([this.#header, chunk.subarray(0, missing)]);
    this.#header = Buffer.alloc(0);
    if (header.length < HEADER) {
      this.#header = header;
      return chunk.length;
    }
    this.#begin(header, 0);
    if (!this.#isRow) this.#pass(header);
    return missing;
  }

  #begin(bytes: Buffer, at: number): void {
    const length = bytes.readInt32BE(at + 1);
    if (length < 4) throw new Error(`a message of PostgreSQL is ${length} bytes long`);
    this.#isRow = bytes[at] === COPY_DATA;
    this.#left = length - 4;
  }

  #roomFor(bytes: number): Buffer {
    const needed = this.#filled + bytes;
    if (needed > this.#piece.length) {
      const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#piece.length));
      larger.set(this.#piece.subarray(0, this.#filled));
      this.#piece = larger;
    }
    return this.#piece;
  }
}
