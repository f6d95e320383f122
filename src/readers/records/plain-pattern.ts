import { QUOTE, skipBlanks, skipString } from './json-bytes.ts';
import {
  BOOLEAN,
  DAY,
  DIGITS,
  INSTANT,
  NUMBER,
  OBJECT,
  type PlainKey,
  type PlainShape,
  STRING,
} from './plain-shape.ts';

/**
 * Records of one source mostly have the same keys in the same order. A regular expression made of one of them finds
 * the others in less than half the time that looking at them byte by byte takes; what it does not match may be plain all
 * the same.
 */
export interface RecordPattern {
  /** For a text that has a character a byte; `lastIndex` says where it begins, and where it ended. */
  readonly expression: RegExp;
  /** Whether it asks for days and instants to be spelled as usual. */
  readonly isoTimes: boolean;
}

const BLANKS = '[ \\t\\n\\r]*';
const HEX = '[0-9a-fA-F]';
const ORDINARY = '[^"\\\\\\x00-\\x1f]*';
const SIMPLE_ESCAPE = '["\\\\/bfnrt]';
/** A string without U+0000 and half characters. */
const PLAIN_STRING = stringOf(
  `(?:${SIMPLE_ESCAPE}|u(?!0000|[dD][89a-fA-F])${HEX}{4}|u[dD][89abAB]${HEX}{2}\\\\u[dD][c-fC-F]${HEX}{2})`,
);
const ANY_STRING = stringOf(`(?:${SIMPLE_ESCAPE}|u${HEX}{4})`);
const ANY_NUMBER = '-?(?:0|[1-9][0-9]*)(?:\\.[0-9]+)?(?:[eE][+-]?[0-9]+)?';
const ANY_SCALAR = `(?:${ANY_STRING}|${ANY_NUMBER}|true|false|null)`;
const ISO_DAY = '(?!0000)[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])';
const ISO_INSTANT = `${ISO_DAY}[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\\.[0-9]{3})?Z`;

function stringOf(escaped: string): string {
  return `"${ORDINARY}(?:\\\\${escaped}${ORDINARY})*"`;
}

/** What a plain record looks like that is like this one; undefined where that is not to be said. */
export function patternOf(
  shape: PlainShape,
  bytes: Uint8Array,
  start: number,
  end: number,
  isoTimes: boolean,
): RecordPattern | undefined {
  const record: unknown = JSON.parse(Buffer.from(bytes.subarray(start, end)).toString());
  const source = objectOf(shape, record, { isoTimes, blanks: hasBlanks(bytes, start, end) ? BLANKS : '' });
  return source === undefined ? undefined : { expression: new RegExp(source, 'y'), isoTimes };
}

/** What all values of a pattern have in common. */
interface Spelling {
  readonly isoTimes: boolean;
  /** What may stand before and behind a value: to look for what is nowhere takes as long as what is there. */
  readonly blanks: string;
}

/** Whether a record has blanks that are in none of its strings. */
function hasBlanks(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; ) {
    if (skipBlanks(bytes, at) > at) return true;
    at = bytes[at] === QUOTE ? skipString(bytes, at + 1, false) : at + 1;
  }
  return false;
}

function objectOf(shape: PlainShape, value: unknown, spelling: Spelling): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { blanks } = spelling;
  const members: string[] = [];
  let given = 0;
  for (const [name, inner] of Object.entries(value)) {
    const text = Buffer.from(name).toString('latin1');
    if (/["\\]/.test(text)) return undefined;
    const key = shape.keys.find((one) => Buffer.from(one.name).toString('latin1') === text);
    const content = key === undefined ? unknownOf(inner) : knownOf(key, inner, spelling);
    if (content === undefined) return undefined;
    if (key?.nullable === false) given += 1;
    const escaped = text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&');
    members.push(`${blanks}"${escaped}"${blanks}:${blanks}${content}${blanks}`);
  }
  if (given !== shape.required) return undefined;
  return `\\{${members.length === 0 ? blanks : members.join(',')}\\}`;
}

function unknownOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? undefined : ANY_SCALAR;
}

function knownOf(key: PlainKey, value: unknown, spelling: Spelling): string | undefined {
  const content = contentOf(key, value, spelling);
  return content !== undefined && key.nullable ? `(?:null|${content})` : content;
}

function contentOf(key: PlainKey, value: unknown, spelling: Spelling): string | undefined {
  const { isoTimes } = spelling;
  switch (key.kind) {
    case STRING:
      return PLAIN_STRING;
    case DAY:
      return isoTimes ? `"${ISO_DAY}"` : PLAIN_STRING;
    case INSTANT:
      return isoTimes ? `"${ISO_INSTANT}${key.zoneless ? '?' : ''}"` : PLAIN_STRING;
    case NUMBER:
      return numberOf(key);
    case BOOLEAN:
      return '(?:true|false)';
    case OBJECT:
      if (value === null) return 'null';
      return key.inside === undefined ? undefined : objectOf(key.inside, value, spelling);
    default:
      return undefined;
  }
}

/** No -0, and no more digits than a double holds. */
function numberOf({ before, after }: PlainKey): string {
  const [wholeDigits, partDigits] = [Math.min(before, DIGITS), Math.min(after, DIGITS)];
  const whole = wholeDigits < 1 ? '0' : `(?:0|[1-9][0-9]{0,${wholeDigits - 1}})`;
  const part = partDigits < 1 ? '' : `(?:\\.[0-9]{1,${partDigits}})?`;
  const notTooLong = Math.max(wholeDigits, 1) + partDigits > DIGITS ? `(?![0-9.]{${DIGITS + 2}})` : '';
  return `(?:-(?!0(?:\\.0+)?[^.0-9]))?${notTooLong}${whole}${part}`;
}
