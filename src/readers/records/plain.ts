import type { ScanColumn } from '../../plan/scan.ts';
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

/**
 * What a record looks like whose values are plain: each of the JSON kind that its column's dtype is, so that the
 * engine's own reader of JSON makes of it what the strict one would. Numbers have no exponent and at most 15 digits,
 * which a double holds in full, and fit their dtype; what a string holds is still to be read.
 */
export interface PlainShape {
  readonly keys: readonly PlainKey[];
  /** How many keys must be there and not null. */
  readonly required: number;
}

interface PlainKey {
  readonly name: Uint8Array;
  /** Its number among all keys of the record. */
  readonly number: number;
  readonly kind: Kind;
  readonly nullable: boolean;
  /** How many digits a number may have before and after its point. */
  readonly before: number;
  readonly after: number;
  /** What is in an object. */
  readonly inside: PlainShape | undefined;
}

const STRING = 0;
const NUMBER = 1;
const BOOLEAN = 2;
const OBJECT = 3;
/** A key that no plain record has. */
const NEVER = 4;
/** A string in which the engine's own cast reads no more than is meant, where it is spelled as usual. */
const DAY = 5;
const INSTANT = 6;
type Kind = 0 | 1 | 2 | 3 | 4 | 5 | 6;

/** As many digits as a double keeps of any decimal number. */
const DIGITS = 15;

/** The shape of plain records, where the columns can have one. */
export function plainShape(columns: readonly ScanColumn[]): PlainShape | undefined {
  const root: Draft = new Map();
  for (const column of columns) {
    const kind = kindOf(column);
    const steps = column.outside.split('.');
    if (kind === undefined || steps.some((step) => /^-?\d*$/.test(step))) return undefined;
    // A key with the dots in it goes before the path.
    if (steps.length > 1 && !draw(root, [column.outside], { kind: NEVER, column })) return undefined;
    if (!draw(root, steps, { kind, column })) return undefined;
  }
  return finished(root, { next: 0 });
}

interface Leaf {
  readonly kind: Kind;
  readonly column: ScanColumn;
}
type Draft = Map<string, Leaf | Draft>;

/** Adds a key; false where another column is or has it, or one that differs in case only. */
function draw(draft: Draft, [first = '', ...rest]: readonly string[], leaf: Leaf): boolean {
  const found = draft.get(first);
  if (found === undefined) {
    if ([...draft.keys()].some((key) => key.toLowerCase() === first.toLowerCase())) return false;
    if (rest.length === 0) {
      draft.set(first, leaf);
      return true;
    }
    const inside: Draft = new Map();
    draft.set(first, inside);
    return draw(inside, rest, leaf);
  }
  return found instanceof Map && rest.length > 0 && draw(found, rest, leaf);
}

function finished(draft: Draft, count: { next: number }): PlainShape {
  const keys = [...draft].map(([name, what]): PlainKey => {
    const number = count.next++;
    const shared = { name: Buffer.from(name), number };
    if (what instanceof Map) {
      const inside = finished(what, count);
      return { ...shared, kind: OBJECT, nullable: inside.required === 0, before: 0, after: 0, inside };
    }
    const { dtype, nullable } = what.column;
    const scale = dtype.id === 'decimal' ? dtype.scale : dtype.id === 'float' ? DIGITS : 0;
    const before = dtype.id === 'decimal' ? dtype.precision - dtype.scale : DIGITS;
    return {
      ...shared,
      kind: what.kind,
      nullable: nullable || what.kind === NEVER,
      before,
      after: scale,
      inside: undefined,
    };
  });
  return { keys, required: keys.filter((key) => !key.nullable).length };
}

function kindOf({ dtype, format }: ScanColumn): Kind | undefined {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'float':
    case 'decimal':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    case 'string':
      return STRING;
    case 'date':
      return format.formats === undefined ? DAY : STRING;
    case 'timestamp':
      return format.formats === undefined ? INSTANT : STRING;
    default:
      return undefined;
  }
}

/** Reads JSON byte by byte without making values of it. Its functions give where a value ends, or -1 where it is not right. */
export class RecordScanner {
  readonly #shape: PlainShape | undefined;
  /** In which record each key was met last. */
  readonly #met: Int32Array;
  #record = 0;
  /** Whether all days and instants of plain records were spelled as usual, since it was said that they were. */
  isoTimes: boolean = true;

  constructor(shape: PlainShape | undefined) {
    this.#shape = shape;
    this.#met = new Int32Array(shape === undefined ? 0 : numberOfKeys(shape));
  }

  /** A plain record. */
  plainRecord(bytes: Uint8Array, start: number): number {
    this.#record += 1;
    if (this.#shape === undefined || bytes[start] !== OPEN_OBJECT) return -1;
    return this.#object(bytes, start + 1, this.#shape);
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
        const end = key.kind === DAY ? skipDay(bytes, at + 1) : skipInstant(bytes, at + 1);
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

/** `2024-05-31T23:59:59Z`, perhaps with thousandths. */
function skipInstant(bytes: Uint8Array, start: number): number {
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
  return bytes[end] === UPPER_Z ? end + 1 : -1;
}

/** Two digits as a number, or less than any. */
function pairOf(bytes: Uint8Array, at: number): number {
  const tens = bytes[at];
  const ones = bytes[at + 1];
  return isDigit(tens) && isDigit(ones) ? 10 * ((tens as number) - ZERO) + (ones as number) - ZERO : -1000;
}
