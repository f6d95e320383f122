/** JSON as bytes, passed over without making values of it: each function gives where a value ends, or -1 where it is not right. */

export const QUOTE = 0x22;
export const BACKSLASH = 0x5c;
export const COMMA = 0x2c;
export const COLON = 0x3a;
export const MINUS = 0x2d;
export const POINT = 0x2e;
export const OPEN_OBJECT = 0x7b;
export const CLOSE_OBJECT = 0x7d;
export const OPEN_ARRAY = 0x5b;
export const CLOSE_ARRAY = 0x5d;
export const ZERO = 0x30;
export const NINE = 0x39;
export const LOWER_E = 0x65;
export const UPPER_E = 0x45;
export const PLUS = 0x2b;
export const LOWER_N = 0x6e;
export const LOWER_T = 0x74;
export const LOWER_F = 0x66;
export const LOWER_U = 0x75;
export const UPPER_T = 0x54;
export const UPPER_Z = 0x5a;
export const SPACE = 0x20;
export const TAB = 0x09;
export const LINE_FEED = 0x0a;
export const CARRIAGE_RETURN = 0x0d;
/** Deeper values are left to others, lest they fill the stack. */
const DEEPEST = 100;

export function isDigit(byte: number | undefined): boolean {
  return (byte as number) >= ZERO && (byte as number) <= NINE;
}

export function skipBlanks(bytes: Uint8Array, start: number): number {
  let at = start;
  for (;;) {
    const byte = bytes[at] as number;
    if (byte > SPACE || (byte !== SPACE && byte !== LINE_FEED && byte !== CARRIAGE_RETURN && byte !== TAB)) return at;
    at += 1;
  }
}

/** A key that is no column's, its first quote passed. One with an escape may be a column's after all. */
export function skipKey(bytes: Uint8Array, start: number): number {
  for (let at = start; ; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) return at + 1;
    if (byte === undefined || byte === BACKSLASH || byte < SPACE) return -1;
  }
}

/** Bytes that stand for themselves in a string. */
const ORDINARY: Uint8Array = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte < SPACE || byte === QUOTE || byte === BACKSLASH ? 0 : 1,
);

/** A string, its first quote passed. A plain one has neither U+0000 nor half a character. */
export function skipString(bytes: Uint8Array, start: number, plain: boolean): number {
  let at = start;
  for (;;) {
    while (ORDINARY[bytes[at] as number] === 1) at += 1;
    const byte = bytes[at];
    at += 1;
    if (byte === QUOTE) return at;
    if (byte !== BACKSLASH) return -1;
    const escaped = bytes[at];
    at += 1;
    if (escaped === LOWER_U) {
      const unit = hexOf(bytes, at);
      if (unit < 0) return -1;
      at += 4;
      if (!plain) continue;
      if (unit === 0 || (unit >= 0xdc00 && unit < 0xe000)) return -1;
      if (unit < 0xd800 || unit >= 0xe000) continue;
      const second = bytes[at] === BACKSLASH && bytes[at + 1] === LOWER_U ? hexOf(bytes, at + 2) : -1;
      if (second < 0xdc00 || second >= 0xe000) return -1;
      at += 6;
    } else if (escaped === undefined || !'"\\/bfnrt'.includes(String.fromCharCode(escaped))) return -1;
  }
}

function hexOf(bytes: Uint8Array, at: number): number {
  let value = 0;
  for (let i = 0; i < 4; i++) {
    const byte = bytes[at + i] ?? 0;
    const lower = byte | 0x20;
    if (byte >= ZERO && byte <= NINE) value = value * 16 + byte - ZERO;
    else if (lower >= 0x61 && lower <= 0x66) value = value * 16 + lower - 0x57;
    else return -1;
  }
  return value;
}

const WORDS: Readonly<Record<number, Uint8Array>> = {
  [LOWER_N]: Buffer.from('null'),
  [LOWER_T]: Buffer.from('true'),
  [LOWER_F]: Buffer.from('false'),
};

export function skipWord(bytes: Uint8Array, at: number): number {
  const word = WORDS[bytes[at] ?? 0];
  if (word === undefined) return -1;
  for (let i = 1; i < word.length; i++) if (bytes[at + i] !== word[i]) return -1;
  return at + word.length;
}

function skipNumber(bytes: Uint8Array, start: number): number {
  let at = bytes[start] === MINUS ? start + 1 : start;
  if (bytes[at] === ZERO) at += 1;
  else {
    if (!isDigit(bytes[at])) return -1;
    while (isDigit(bytes[at])) at += 1;
  }
  if (bytes[at] === POINT) {
    at += 1;
    if (!isDigit(bytes[at])) return -1;
    while (isDigit(bytes[at])) at += 1;
  }
  if (bytes[at] === LOWER_E || bytes[at] === UPPER_E) {
    at += 1;
    if (bytes[at] === PLUS || bytes[at] === MINUS) at += 1;
    if (!isDigit(bytes[at])) return -1;
    while (isDigit(bytes[at])) at += 1;
  }
  return at;
}

/** Any value. */
export function skipValue(bytes: Uint8Array, start: number, depth: number): number {
  const byte = bytes[start];
  if (byte === QUOTE) return skipString(bytes, start + 1, false);
  if (byte !== OPEN_OBJECT && byte !== OPEN_ARRAY) {
    return byte === LOWER_N || byte === LOWER_T || byte === LOWER_F ? skipWord(bytes, start) : skipNumber(bytes, start);
  }
  if (depth === DEEPEST) return -1;
  const close = byte === OPEN_OBJECT ? CLOSE_OBJECT : CLOSE_ARRAY;
  let at = skipBlanks(bytes, start + 1);
  if (bytes[at] === close) return at + 1;
  for (;;) {
    if (byte === OPEN_OBJECT) {
      if (bytes[at] !== QUOTE) return -1;
      at = skipString(bytes, at + 1, false);
      if (at < 0) return -1;
      at = skipBlanks(bytes, at);
      if (bytes[at] !== COLON) return -1;
      at = skipBlanks(bytes, at + 1);
    }
    at = skipValue(bytes, at, depth + 1);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] === close) return at + 1;
    if (bytes[at] !== COMMA) return -1;
    at = skipBlanks(bytes, at + 1);
  }
}
