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

const BLANK = '[ \\t\\n\\r]*';
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
  const source = objectOf(shape, record, isoTimes);
  return source === undefined ? undefined : { expression: new RegExp(source, 'y'), isoTimes };
}

function objectOf(shape: PlainShape, value: unknown, isoTimes: boolean): string | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const members: string[] = [];
  let given = 0;
  for (const [name, inner] of Object.entries(value)) {
    const text = Buffer.from(name).toString('latin1');
    if (/["\\]/.test(text)) return undefined;
    const key = shape.keys.find((one) => Buffer.from(one.name).toString('latin1') === text);
    const content = key === undefined ? unknownOf(inner) : knownOf(key, inner, isoTimes);
    if (content === undefined) return undefined;
    if (key?.nullable === false) given += 1;
    members.push(`${BLANK}"${text.replace(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')}"${BLANK}:${BLANK}${content}${BLANK}`);
  }
  if (given !== shape.required) return undefined;
  return `\\{${members.length === 0 ? BLANK : members.join(',')}\\}`;
}

function unknownOf(value: unknown): string | undefined {
  return typeof value === 'object' && value !== null ? undefined : ANY_SCALAR;
}

function knownOf(key: PlainKey, value: unknown, isoTimes: boolean): string | undefined {
  const content = contentOf(key, value, isoTimes);
  return content !== undefined && key.nullable ? `(?:null|${content})` : content;
}

function contentOf(key: PlainKey, value: unknown, isoTimes: boolean): string | undefined {
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
      return key.inside === undefined ? undefined : objectOf(key.inside, value, isoTimes);
    default:
      return undefined;
  }
}

/** No -0, and no more digits than a double holds. */
function numberOf({ before, after }: PlainKey): string {
  const whole = before < 1 ? '0' : `(?:0|[1-9][0-9]{0,${Math.min(before, DIGITS) - 1}})`;
  const part = after < 1 ? '' : `(?:\\.[0-9]{1,${Math.min(after, DIGITS)}})?`;
  return `(?!-0(?:\\.0+)?[^.0-9])-?(?![0-9.]{${DIGITS + 2}})${whole}${part}`;
}
