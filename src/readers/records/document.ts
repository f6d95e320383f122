import { MillraceError } from '../../errors.ts';

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const [LINE_FEED, CARRIAGE_RETURN, SPACE, TAB] = [0x0a, 0x0d, 0x20, 0x09];
/** Added to a line end inside a string, which is not JSON, and must not become so: a byte that no string may hold either. */
const ASIDE = 4;

/** The records of a JSON document, a record a line, byte by byte as they stand. */
export async function* documentLines(
  chunks: AsyncIterable<Uint8Array>,
  document: { readonly name: string; readonly records: string | undefined },
): AsyncGenerator<Buffer> {
  const splitter = new RecordSplitter(document.name, document.records);
  for await (const chunk of chunks) {
    splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
    // What was found are parts of the chunk, which may be written over.
    if (splitter.pending > 0) yield splitter.take();
  }
  splitter.end();
  yield splitter.take();
}

/** Puts back the line ends in the strings of a record that is not JSON. */
export function withLineEnds(record: Buffer): Buffer {
  for (const [at, byte] of record.entries()) {
    if (byte === LINE_FEED + ASIDE || byte === CARRIAGE_RETURN + ASIDE) record[at] = byte - ASIDE;
  }
  return record;
}

type State =
  | 'value'
  | 'object'
  | 'member'
  | 'next'
  | 'key'
  | 'colon'
  | 'skip'
  | 'array'
  | 'between'
  | 'element'
  | 'end';

/**
 * Finds the array under a path and gives its elements, without reading their values: digits stay as they are written.
 * A document that is an object, where no path is given, is one record.
 */
class RecordSplitter {
  readonly #name: string;
  readonly #path: readonly string[];
  #state: State = 'value';
  /** How many steps of the path were found; as many objects are open around what is looked at. */
  #found = 0;
  #depth = 0;
  #inString = false;
  #escaped = false;
  #key: number[] = [];
  #keys: string[] = [];
  #single = false;
  #comma = false;
  /** Whether the records were found: the objects around them go on. */
  #done = false;
  /** Of a value that is passed over, what is neither a string nor in brackets; undefined once it is whole. */
  #word: string | undefined = '';
  #offset = 0;
  #output: Buffer[] = [];
  /** Bytes that wait to be taken. */
  pending = 0;

  constructor(name: string, records: string | undefined) {
    this.#name = name;
    this.#path = records === undefined || records === '' ? [] : records.split('.');
  }

  push(chunk: Buffer): void {
    let at = this.#offset === 0 && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf ? 3 : 0;
    while (at < chunk.length) at = this.#state === 'element' ? this.#element(chunk, at) : this.#step(chunk, at);
    this.#offset += chunk.length;
  }

  end(): void {
    if (this.#state === 'element' && this.#depth === 0 && !this.#inString) this.#endElement();
    if (this.#state !== 'end') throw this.#malformed('ends too early');
  }

  /** The records found since the last call, each with its line end. */
  take(): Buffer {
    const lines = Buffer.concat(this.#output);
    this.#output = [];
    this.pending = 0;
    return lines;
  }

  #step(chunk: Buffer, at: number): number {
    const byte = chunk[at] ?? 0;
    const blank = byte === SPACE || byte === LINE_FEED || byte === CARRIAGE_RETURN || byte === TAB;
    if (blank && this.#state !== 'key' && !this.#inString) return at + 1;
    switch (this.#state) {
      case 'value':
        return this.#value(byte, at);
      case 'object':
      case 'member':
      case 'next':
        if (byte === QUOTE && this.#state !== 'member') {
          this.#key = [];
          this.#state = 'key';
        } else if (byte === COMMA && this.#state === 'member') this.#state = 'next';
        else if (byte !== CLOSE_OBJECT || this.#state === 'next') {
          throw this.#malformed(`has no ${this.#state === 'member' ? 'comma' : 'key'} where one must be`, at);
        } else if (this.#done) this.#leave();
        else throw this.#noRecords();
        return at + 1;
      case 'key':
        if (this.#escaped) this.#escaped = false;
        else if (byte === BACKSLASH) this.#escaped = true;
        else if (byte === QUOTE) {
          this.#state = 'colon';
          return at + 1;
        }
        this.#key.push(byte);
        return at + 1;
      case 'colon':
        if (byte !== COLON) throw this.#malformed('has no colon after a key', at);
        this.#endKey(at);
        return at + 1;
      case 'skip':
        return this.#skip(byte, at);
      case 'array':
        if (byte === CLOSE_ARRAY && !this.#comma) this.#leave();
        else if (byte === COMMA || byte === CLOSE_ARRAY) throw this.#malformed('has a comma too many', at);
        else return this.#startElement(at);
        return at + 1;
      case 'between':
        if (byte === CLOSE_ARRAY) this.#leave();
        else if (byte === COMMA) {
          this.#state = 'array';
          this.#comma = true;
        } else throw this.#malformed('has no comma between two records', at);
        return at + 1;
      default:
        throw this.#malformed('goes on after its end', at);
    }
  }

  #value(byte: number, at: number): number {
    if (this.#found < this.#path.length) {
      if (byte !== OPEN_OBJECT) throw this.#noRecords();
      this.#keys = [];
      this.#state = 'object';
      return at + 1;
    }
    if (byte === OPEN_ARRAY) {
      this.#state = 'array';
      return at + 1;
    }
    if (byte === OPEN_OBJECT) {
      this.#single = true;
      return this.#startElement(at);
    }
    throw this.#noRecords();
  }

  /** The records, or an object around them, end: on with the object in which they stand. */
  #leave(): void {
    this.#done = true;
    this.#state = this.#found === 0 ? 'end' : 'member';
    if (this.#found > 0) this.#found -= 1;
  }

  #endKey(at: number): void {
    let key: string;
    try {
      key = JSON.parse(`"${Buffer.from(this.#key).toString('utf8')}"`) as string;
    } catch {
      throw this.#malformed('has a key that is not valid JSON');
    }
    const isNamed = key === this.#path[this.#found];
    if (isNamed && this.#done) throw this.#malformed(`has the key ${JSON.stringify(key)} twice`, at);
    if (!this.#done) this.#keys.push(key);
    this.#state = isNamed ? 'value' : 'skip';
    if (isNamed) this.#found += 1;
    this.#word = '';
  }

  /** Passes over a value that no path leads through. */
  #skip(byte: number, at: number): number {
    const isWithin = this.#inString || this.#depth > 0;
    const isEnd = byte === COMMA || byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
    if (!isWithin && isEnd) {
      if (byte === CLOSE_ARRAY || !isWord(this.#word)) throw this.#malformed('has a value that is not valid JSON', at);
      this.#state = 'member';
      return at;
    }
    const isString = this.#string(byte);
    const isOpening = !isString && (byte === OPEN_OBJECT || byte === OPEN_ARRAY);
    if (isOpening) this.#depth += 1;
    else if (!isString && this.#depth > 0 && (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY)) this.#depth -= 1;
    if (isWithin) return at + 1;
    const isFirst = this.#word === '';
    const isLetter = !isString && !isOpening;
    if (this.#word === undefined || !(isFirst || isLetter))
      throw this.#malformed('has a value that is not valid JSON', at);
    this.#word = isLetter ? this.#word + String.fromCharCode(byte) : undefined;
    return at + 1;
  }

  /** Whether a byte is part of a string. */
  #string(byte: number): boolean {
    if (!this.#inString) {
      this.#inString = byte === QUOTE;
      return this.#inString;
    }
    if (this.#escaped) this.#escaped = false;
    else if (byte === BACKSLASH) this.#escaped = true;
    else if (byte === QUOTE) this.#inString = false;
    return true;
  }

  #startElement(at: number): number {
    this.#state = 'element';
    this.#comma = false;
    this.#depth = 0;
    return at;
  }

  /** Copies a record up to its end or the end of the chunk; line ends in it become blanks. */
  #element(chunk: Buffer, start: number): number {
    let [at, depth, inString, escaped] = [start, this.#depth, this.#inString, this.#escaped];
    let ended = false;
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (inString) {
        if (byte === LINE_FEED || byte === CARRIAGE_RETURN) chunk[at] = byte + ASIDE;
        if (escaped) escaped = false;
        else if (byte === BACKSLASH) escaped = true;
        else if (byte === QUOTE) inString = false;
      } else if (byte === QUOTE) inString = true;
      else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) depth += 1;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
        if (depth === 0) {
          ended = true;
          break;
        }
        depth -= 1;
        if (depth === 0) {
          at += 1;
          ended = true;
          break;
        }
      } else if (depth === 0 && byte === COMMA) {
        ended = true;
        break;
      } else if (byte === LINE_FEED || byte === CARRIAGE_RETURN) chunk[at] = SPACE;
    }
    this.#depth = depth;
    this.#inString = inString;
    this.#escaped = escaped;
    this.#emit(chunk.subarray(start, at));
    if (ended) this.#endElement();
    return at;
  }

  #endElement(): void {
    this.#emit(Buffer.from('\n'));
    if (this.#single) this.#leave();
    else this.#state = 'between';
  }

  #emit(bytes: Buffer): void {
    this.#output.push(bytes);
    this.pending += bytes.length;
  }

  #noRecords(): MillraceError {
    const path = this.#path.join('.');
    const missing = this.#path[this.#found];
    const where = this.#found === 0 ? 'the document' : JSON.stringify(this.#path.slice(0, this.#found).join('.'));
    const what =
      missing === undefined
        ? `${where} is neither an array nor an object`
        : `${where} has no ${JSON.stringify(missing)}${this.#keys.length === 0 ? '' : `; its keys are ${this.#keys.join(', ')}`}`;
    return new MillraceError({
      code: 'json.no_records',
      message: `${this.#name}: there are no records${path === '' ? '' : ` under ${JSON.stringify(path)}`}: ${what}.`,
      details: { file: this.#name, records: path, keys: this.#keys },
    });
  }

  #malformed(what: string, at = 0): MillraceError {
    const offset = this.#offset + at;
    return new MillraceError({
      code: 'json.malformed',
      message: `${this.#name}: the document ${what} (at byte ${offset}).`,
      details: { file: this.#name, offset },
    });
  }
}

/** Whether what stands for a value is one: a number, true, false or null, or what was whole without. */
function isWord(word: string | undefined): boolean {
  return word === undefined || /^(-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?|true|false|null)$/.test(word);
}
