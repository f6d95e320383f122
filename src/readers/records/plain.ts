import {
  CLOSE_OBJECT,
  COLON,
  COMMA,
  isDigit,
  LOWER_E,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MINUS,
  OPEN_OBJECT,
  POINT,
  QUOTE,
  SPACE,
  skipBlanks,
  skipKey,
  skipString,
  skipValue,
  skipWord,
  UPPER_E,
  UPPER_T,
  UPPER_Z,
  ZERO,
} from './json-bytes.ts';
import { patternOf, type RecordPattern } from './plain-pattern.ts';
import {
  BOOLEAN,
  DAY,
  DIGITS,
  INSTANT,
  NEVER,
  NUMBER,
  OBJECT,
  type PlainKey,
  type PlainShape,
  STRING,
} from './plain-shape.ts';

/** After how many plain records that are not as the one before them the next of them is what others are compared with. */
const ENOUGH_MISSES = 64;
const MOST_PATTERNS = 100;
/** As much text as is made at a time: larger ones are no matter of the garbage collector's youngest part. */
const TEXT_BYTES = 1 << 16;
/** Records that are longer are looked at byte by byte where they go over the end of a text. */
const NEAR_END = 1 << 13;

/** Reads JSON byte by byte without making values of it. Its functions give where a value ends, or -1 where it is not right. */
export class RecordScanner {
  readonly #shape: PlainShape | undefined;
  /** In which record each key was met last. */
  readonly #met: Int32Array;
  #record = 0;
  /** Whether all days and instants of plain records were spelled as usual, since it was said that they were. */
  isoTimes: boolean = true;

  /** The bytes that many records are in; of some of them, the text that has a character a byte. */
  #bytes: Buffer | undefined;
  #text = '';
  #from = 0;
  #pattern: RecordPattern | undefined;
  /** How many plain records have not been as the pattern is, since it was made, and how many more may be made. */
  #misses = 0;
  #patterns = MOST_PATTERNS;

  constructor(shape: PlainShape | undefined) {
    this.#shape = shape;
    this.#met = new Int32Array(shape === undefined ? 0 : numberOfKeys(shape));
  }

  /** Many records in the same bytes are to be looked at, which do not change meanwhile. */
  begin(bytes: Buffer): void {
    this.isoTimes = true;
    this.#bytes = this.#shape === undefined ? undefined : bytes;
    this.#text = '';
  }

  /** A plain record. */
  plainRecord(bytes: Uint8Array, start: number): number {
    if (this.#shape === undefined || bytes[start] !== OPEN_OBJECT) return -1;
    if (this.#pattern !== undefined && this.#bytes !== undefined) {
      const found = this.#match(this.#pattern, this.#bytes, start);
      if (found > 0) return found;
    }
    this.#record += 1;
    const end = this.#object(bytes, start + 1, this.#shape);
    if (end > 0 && this.#bytes !== undefined && this.#misses++ % ENOUGH_MISSES === 0 && this.#patterns > 0) {
      this.#patterns -= 1;
      this.#pattern = patternOf(this.#shape, bytes, start, end, this.isoTimes);
    }
    return end;
  }

  /** A record that is as the pattern is. */
  #match({ expression, isoTimes }: RecordPattern, bytes: Buffer, start: number): number {
    if (start < this.#from || start >= this.#from + this.#text.length) this.#read(bytes, start);
    for (;;) {
      expression.lastIndex = start - this.#from;
      if (expression.test(this.#text)) {
        if (!isoTimes) this.isoTimes = false;
        return this.#from + expression.lastIndex;
      }
      const end = this.#from + this.#text.length;
      // It may go on behind the end of the text.
      if (start === this.#from || end === bytes.length || end - start > NEAR_END) return -1;
      this.#read(bytes, start);
    }
  }

  #read(bytes: Buffer, start: number): void {
    this.#from = start;
    this.#text = bytes.toString('latin1', start, Math.min(start + TEXT_BYTES, bytes.length));
  }

  /** The rest of an object that should be plain. */
  #object(bytes: Uint8Array, start: number, shape: PlainShape): number {
    const { keys } = shape;
    let at = skipBlanks(bytes, start);
    let expected = 0;
    let given = 0;
    if (bytes[at] === CLOSE_OBJECT) return shape.required === 0 ? at + 1 : -1;
    for (;;) {
      if (bytes[at] !== QUOTE) return -1;
      at += 1;
      let key: PlainKey | undefined;
      for (let tried = 0; tried < keys.length; tried++) {
        const candidate = keys[expected] as PlainKey;
        expected = expected + 1 === keys.length ? 0 : expected + 1;
        if (isKey(bytes, at, candidate.name)) {
          key = candidate;
          break;
        }
      }
      if (key === undefined) {
        at = skipKey(bytes, at);
        if (at < 0) return -1;
      } else at += key.name.length + 1;
      at = skipBlanks(bytes, at);
      if (bytes[at] !== COLON) return -1;
      at = skipBlanks(bytes, at + 1);
      if (key === undefined) at = skipValue(bytes, at, 0);
      else {
        if (this.#met[key.number] === this.#record) return -1;
        this.#met[key.number] = this.#record;
        if (bytes[at] === LOWER_N) {
          if (!key.nullable || key.kind === NEVER) return -1;
          at = skipWord(bytes, at);
        } else {
          if (!key.nullable) given += 1;
          at = this.#value(bytes, at, key);
        }
      }
      if (at < 0) return -1;
      at = skipBlanks(bytes, at);
      if (bytes[at] === COMMA) at = skipBlanks(bytes, at + 1);
      else if (bytes[at] === CLOSE_OBJECT) return given === shape.required ? at + 1 : -1;
      else return -1;
    }
  }

  #value(bytes: Uint8Array, at: number, key: PlainKey): number {
    const byte = bytes[at];
    switch (key.kind) {
      case STRING:
        return byte === QUOTE ? skipString(bytes, at + 1, true) : -1;
      case DAY:
      case INSTANT: {
        if (byte !== QUOTE) return -1;
        const end = key.kind === DAY ? skipDay(bytes, at + 1) : skipInstant(bytes, at + 1, key.zoneless);
        if (end > 0 && bytes[end] === QUOTE) return end + 1;
        this.isoTimes = false;
        return skipString(bytes, at + 1, true);
      }
      case NUMBER:
        return plainNumber(bytes, at, key);
      case BOOLEAN:
        return byte === LOWER_T || byte === LOWER_F ? skipWord(bytes, at) : -1;
      case OBJECT:
        return byte === OPEN_OBJECT && key.inside !== undefined ? this.#object(bytes, at + 1, key.inside) : -1;
      default:
        return -1;
    }
  }
}

function numberOfKeys({ keys }: PlainShape): number {
  return keys.reduce((sum, { inside }) => sum + 1 + (inside === undefined ? 0 : numberOfKeys(inside)), 0);
}

function isKey(bytes: Uint8Array, at: number, name: Uint8Array): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false;
  return bytes[at + name.length] === QUOTE;
}

function plainNumber(bytes: Uint8Array, start: number, { before, after }: PlainKey): number {
  let at = start;
  if (bytes[at] === MINUS) at += 1;
  const first = at;
  while (isDigit(bytes[at])) at += 1;
  const whole = at - first;
  const isZero = bytes[first] === ZERO;
  if (whole === 0 || (isZero && whole > 1) || (whole > before && !isZero)) return -1;
  let part = 0;
  let isNothing = isZero;
  if (bytes[at] === POINT) {
    at += 1;
    const from = at;
    while (isDigit(bytes[at])) {
      if (bytes[at] !== ZERO) isNothing = false;
      at += 1;
    }
    part = at - from;
    if (part === 0 || part > after) return -1;
  }
  // -0 is left to others.
  if (isNothing && first > start) return -1;
  if (whole + part > DIGITS || bytes[at] === LOWER_E || bytes[at] === UPPER_E) return -1;
  return at;
}

/** `2024-05-31` */
function skipDay(bytes: Uint8Array, at: number): number {
  const year = pairOf(bytes, at) + pairOf(bytes, at + 2);
  const month = pairOf(bytes, at + 5);
  const day = pairOf(bytes, at + 8);
  const isDay = year > 0 && month > 0 && month <= 12 && day > 0 && day <= 31;
  return isDay && bytes[at + 4] === MINUS && bytes[at + 7] === MINUS ? at + 10 : -1;
}

/** `2024-05-31T23:59:59Z`, perhaps with thousandths, or without the Z. */
function skipInstant(bytes: Uint8Array, start: number, zoneless: boolean): number {
  const at = skipDay(bytes, start);
  if (at < 0 || (bytes[at] !== UPPER_T && bytes[at] !== SPACE)) return -1;
  const hour = pairOf(bytes, at + 1);
  const minute = pairOf(bytes, at + 4);
  const second = pairOf(bytes, at + 7);
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1;
  if (bytes[at + 3] !== COLON || bytes[at + 6] !== COLON) return -1;
  let end = at + 9;
  if (bytes[end] === POINT) {
    if (pairOf(bytes, end + 1) < 0 || !isDigit(bytes[end + 3])) return -1;
    end += 4;
  }
  return bytes[end] === UPPER_Z ? end + 1 : zoneless ? end : -1;
}

/** Two digits as a number, or less than any. */
function pairOf(bytes: Uint8Array, at: number): number {
  const tens = bytes[at];
  const ones = bytes[at + 1];
  return isDigit(tens) && isDigit(ones) ? 10 * ((tens as number) - ZERO) + (ones as number) - ZERO : -1000;
}
