import { isUtf8 } from 'node:buffer';
import { MillraceError } from '../../errors.ts';
import { Extents } from '../records/extents.ts';
import {
  CARRIAGE_RETURN,
  CLOSE_ARRAY,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  LINE_FEED,
  OPEN_ARRAY,
  OPEN_OBJECT,
  QUOTE,
  SPACE,
  skipBlanks,
  skipString,
  skipValue,
} from '../records/json-bytes.ts';
import type { Aside, RecordLines } from '../records/parts.ts';
import type { RecordScanner } from '../records/plain.ts';
import type { Secrets } from '../secrets.ts';
import { type Answer, SHOWN_BODY } from './http.ts';
import { exactValueAt, kindOf, valueAt, whereItEnds } from './json-path.ts';

/** The records of an answer as they stand, and all that stands around them. */
export interface PageText extends RecordLines {
  /** The answer with no more than the first and the last of its records. */
  readonly outline: unknown;
  /** The value under a path of the outline; a number as it is written. */
  exact(path: string): unknown;
  /** The whole answer as JavaScript values. */
  values(): unknown;
}

export interface PageOptions {
  /** The path of the array of records. */
  readonly records: string | undefined;
  readonly scanner: RecordScanner;
  readonly secrets: Secrets;
  /** The request, as messages show it. */
  readonly shown: string;
  /** The path of what an answer says went wrong; undefined for the usual ones. */
  readonly errorAt: string | false | undefined;
}

/** Stands where the records are, to see that a path leads there. */
const MARK: string = crypto.randomUUID();

/** Where the records of an answer stand. */
interface Found {
  /** The bracket that opens the array, and what is behind the one that closes it. */
  readonly start: number;
  readonly end: number;
  /** The numbers of the records that are not plain. */
  readonly odd: readonly number[];
  readonly isoTimes: boolean;
}

/** Where the records of the answer stand that is looked at. */
const extents: Extents = new Extents();

/** Finds the records in an answer without making values of them. */
export function readPageText(answer: Answer, options: PageOptions): PageText {
  const bytes = utf8Of(answer, options);
  const steps = options.records === undefined ? [] : options.records.split('.');
  const found = findRecords(bytes, steps, options.scanner);
  if (found === undefined) throw wrongAnswer(bytes, answer, options);
  const around = (records: string): string =>
    `${textOf(bytes, 0, found.start)}${records}${textOf(bytes, found.end, bytes.length)}`;
  const marked = parsed(around(JSON.stringify(MARK)));
  if ((options.records === undefined ? marked : valueAt(marked, options.records)) !== MARK) {
    throw wrongAnswer(bytes, answer, options);
  }
  const { count } = extents;
  const recordAt = (i: number): string => textOf(bytes, extents.start(i), extents.end(i));
  const ends = count === 0 ? [] : count === 1 ? [recordAt(0)] : [recordAt(0), recordAt(count - 1)];
  const outlineText = around(`[${ends.join(',')}]`);
  const outline: unknown = JSON.parse(outlineText);
  refuseError(outline, options);
  const { lines, longest } = cut(bytes);
  const first = extents.start(0);
  const aside = found.odd.map((record): Aside => {
    const [start, end] = [extents.start(record) - first, extents.end(record) - first];
    return { record, start, end, refused: undefined };
  });
  return {
    outline,
    count,
    lines,
    longest,
    isoTimes: found.isoTimes,
    aside,
    exact: (path) => exactValueAt(outlineText, outline, path),
    values: () => JSON.parse(around(`[${lines.toString('utf8', 0, lines.length - 1).replaceAll('\n', ',')}]`)),
  };
}

/** The answer's bytes in UTF-8, checked. */
function utf8Of({ bytes, charset, status }: Answer, { shown, secrets }: PageOptions): Buffer {
  const body = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
  try {
    if (!/^utf-?8$/i.test(charset)) return Buffer.from(new TextDecoder(charset, { fatal: true }).decode(bytes));
    if (isUtf8(body)) return body;
  } catch {}
  throw new MillraceError({
    code: 'api.not_json',
    message: `${shown}: the answer is not text in ${secrets.hide(charset)}.`,
    details: { url: urlOf(shown), status },
  });
}

/** The array under a path; undefined where anything is not as it must be. */
function findRecords(bytes: Buffer, steps: readonly string[], scanner: RecordScanner): Found | undefined {
  let at = skipBlanks(bytes, 0);
  for (const step of steps) {
    at = bytes[at] === OPEN_ARRAY ? findItem(bytes, at, step) : findKey(bytes, at, step);
    if (at < 0) return undefined;
  }
  if (bytes[at] !== OPEN_ARRAY) return undefined;
  const start = at;
  const odd: number[] = [];
  extents.clear();
  scanner.begin(bytes);
  at = skipBlanks(bytes, at + 1);
  if (bytes[at] === CLOSE_ARRAY) return { start, end: at + 1, odd, isoTimes: true };
  for (;;) {
    let end = scanner.plainRecord(bytes, at);
    if (end < 0) {
      end = skipValue(bytes, at, 0);
      if (end < 0) return undefined;
      odd.push(extents.count);
    }
    extents.add(at, end);
    at = skipBlanks(bytes, end);
    if (bytes[at] === CLOSE_ARRAY) return { start, end: at + 1, odd, isoTimes: scanner.isoTimes };
    if (bytes[at] !== COMMA) return undefined;
    at = skipBlanks(bytes, at + 1);
  }
}

/** Where the value of a key of an object begins, or -1. */
function findKey(bytes: Buffer, start: number, name: string): number {
  if (bytes[start] !== OPEN_OBJECT) return -1;
  let at = skipBlanks(bytes, start + 1);
  while (bytes[at] === QUOTE) {
    const end = skipString(bytes, at + 1, false);
    if (end < 0) return -1;
    const isIt = parsed(textOf(bytes, at, end)) === name;
    at = skipBlanks(bytes, end);
    if (bytes[at] !== COLON) return -1;
    at = skipBlanks(bytes, at + 1);
    if (isIt) return at;
    at = skipValue(bytes, at, 0);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] === CLOSE_OBJECT || bytes[at] !== COMMA) return -1;
    at = skipBlanks(bytes, at + 1);
  }
  return -1;
}

/** Where an item of an array begins, or -1. */
function findItem(bytes: Buffer, start: number, step: string): number {
  if (!/^\d+$/.test(step)) return -1;
  let at = skipBlanks(bytes, start + 1);
  for (let i = Number(step); i > 0; i--) {
    at = skipValue(bytes, at, 0);
    if (at < 0) return -1;
    at = skipBlanks(bytes, at);
    if (bytes[at] !== COMMA) return -1;
    at = skipBlanks(bytes, at + 1);
  }
  return at;
}

/** Makes each record a line of its own, in place: what stands between records and blanks in them may be overwritten. */
function cut(bytes: Buffer): { readonly lines: Buffer; readonly longest: number } {
  const last = extents.count === 0 ? 0 : extents.end(extents.count - 1);
  // Line ends stand between the values of a record only: in a string they would not be JSON.
  for (const sign of [LINE_FEED, CARRIAGE_RETURN]) {
    for (let at = bytes.indexOf(sign, extents.start(0)); at >= 0 && at < last; at = bytes.indexOf(sign, at + 1)) {
      bytes[at] = SPACE;
    }
  }
  // Behind the last one there is a blank or the bracket, which is not needed again.
  return extents.cut(bytes);
}

function textOf(bytes: Buffer, start: number, end: number): string {
  return bytes.toString('utf8', start, end);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function urlOf(shown: string): string {
  return shown.slice(shown.indexOf(' ') + 1);
}

/** Refuses an answer that says that something went wrong, though its status does not. */
function refuseError(answer: unknown, { errorAt, records, secrets, shown }: PageOptions): void {
  if (errorAt === false || typeof answer !== 'object' || answer === null || Array.isArray(answer)) return;
  for (const path of errorAt === undefined ? ['error', 'errors'] : [errorAt]) {
    const said = path === records ? undefined : valueAt(answer, path);
    const isNothing = said === undefined || said === null || said === false || said === '' || said === 0;
    if (isNothing || (typeof said === 'object' && Object.keys(said).length === 0)) continue;
    const what = secrets.hide(typeof said === 'string' ? said : JSON.stringify(said)).slice(0, SHOWN_BODY);
    throw new MillraceError({
      code: 'api.answer',
      message: `${shown}: the status says that all is well, and "${path}" in the answer: ${what}. If that is no error, say errorAt: false, or the path where errors stand.`,
      details: { url: urlOf(shown), path, said: what },
    });
  }
}

/** Says what is wrong with an answer in which no records are found. */
function wrongAnswer(bytes: Buffer, { status }: Answer, options: PageOptions): MillraceError {
  const { records, secrets, shown } = options;
  const text = bytes.toString();
  const url = urlOf(shown);
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    const body = secrets.hide(text).slice(0, SHOWN_BODY);
    // What begins as JSON does may have been cut off on its way.
    const retryable = /^\s*[[{]/.test(text);
    const what = retryable ? 'the answer is not JSON to its end: it may be cut off.' : 'the answer is not JSON.';
    return new MillraceError({
      code: 'api.not_json',
      message: `${shown}: ${what} ${body === '' ? 'It is empty.' : `It begins: ${body}`}`,
      retryable,
      details: { url, status, body },
    });
  }
  refuseError(answer, options);
  const found = records === undefined ? answer : valueAt(answer, records);
  const what = Array.isArray(found)
    ? `the array under "${records ?? ''}" is not to be read: a key on the way stands twice, or values are nested too deep`
    : secrets.hide(records === undefined ? `the answer is ${kindOf(answer)}` : whereItEnds(answer, records));
  return new MillraceError({
    code: 'api.records',
    message: `${shown}: ${what}, where the array of records should be. Name its path with records, such as 'data.items'.`,
    details: { url, records: records ?? null, found: what },
  });
}
