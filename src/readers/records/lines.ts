import { isUtf8 } from 'node:buffer';
import { MillraceError } from '../../errors.ts';
import { Extents } from './extents.ts';
import { CARRIAGE_RETURN, LINE_FEED, SPACE, skipValue, TAB } from './json-bytes.ts';
import type { Aside, RecordLines, Run } from './parts.ts';
import { RecordScanner } from './plain.ts';
import type { PlainShape } from './plain-shape.ts';

/** The longest line that is read, in bytes. */
const LONGEST_LINE = 1 << 28;

/** As many bytes as come at a time, and the line before them that was not at its end. */
const BLOCK_BYTES = 1.25 * (1 << 20);

/**
 * Bytes that come in pieces as blocks of whole lines, each block with a line end behind its last; the next is written over
 * the one before. A byte order mark is left out.
 */
export async function* blocksOfLines(chunks: AsyncIterable<Uint8Array>, name: string): AsyncGenerator<Buffer> {
  let bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  let length = 0;
  let first = true;
  for await (const chunk of chunks) {
    const isMarked = first && chunk[0] === 0xef && chunk[1] === 0xbb && chunk[2] === 0xbf;
    const given = isMarked ? chunk.subarray(3) : chunk;
    if (chunk.length > 0) first = false;
    if (length + given.length >= bytes.length) {
      const larger = Buffer.allocUnsafeSlow(2 * (length + given.length));
      larger.set(bytes.subarray(0, length));
      bytes = larger;
    }
    bytes.set(given, length);
    const end = endOfLines(bytes.subarray(0, length + given.length), length);
    length += given.length;
    if (end > 0) {
      yield bytes.subarray(0, end);
      bytes.copyWithin(0, end, length);
      length -= end;
    }
    if (length > LONGEST_LINE) {
      throw new MillraceError({
        code: 'json.too_long',
        message: `${name}: a line is longer than ${LONGEST_LINE} bytes. A record is one line here; is this one document, for read.json?`,
        details: { file: name, bytes: LONGEST_LINE },
      });
    }
  }
  if (length === 0) return;
  bytes[length] = LINE_FEED;
  yield bytes.subarray(0, length + 1);
}

/**
 * Where the last whole line ends; before `from` there is no line end but perhaps the byte before it. A carriage return at
 * the very end may be the first half of one.
 */
function endOfLines(bytes: Buffer, from: number): number {
  const seen = Math.max(0, from - 1);
  const fresh = bytes.subarray(seen);
  const end = fresh.lastIndexOf(LINE_FEED);
  const last = end >= 0 || fresh.length < 2 ? end : fresh.lastIndexOf(CARRIAGE_RETURN, fresh.length - 2);
  return last < 0 ? 0 : seen + last + 1;
}

/** The records of blocks of lines, which have numbers as physical lines do: blank ones count, and are no records. */
export class LineReader {
  readonly #scanner: RecordScanner;
  readonly #extents = new Extents();
  #line = 1;

  constructor(shape: PlainShape | undefined) {
    this.#scanner = new RecordScanner(shape);
  }

  /** The records of a block, which is written over. */
  read(block: Buffer): RecordLines & { readonly runs: readonly Run[] } {
    endLinesAlike(block);
    const extents = this.#extents;
    const scanner = this.#scanner;
    scanner.begin(block);
    extents.clear();
    const [isText, hasZero] = [isUtf8(block), block.includes(0)];
    const aside: Omit<Aside, 'start' | 'end'>[] = [];
    const runs: Run[] = [];
    let isGap = true;
    for (let at = 0; at < block.length; this.#line++) {
      const lineEnd = block.indexOf(LINE_FEED, at);
      let start = at;
      while (block[start] === SPACE || block[start] === TAB) start += 1;
      at = lineEnd + 1;
      if (start === lineEnd) {
        isGap = true;
        continue;
      }
      let end = lineEnd;
      while (block[end - 1] === SPACE || block[end - 1] === TAB) end -= 1;
      const fault = isText && !hasZero ? undefined : faultOf(block.subarray(start, end));
      const isPlain = scanner.plainRecord(block, start) === end && fault === undefined;
      if (!isPlain) aside.push({ record: extents.count, refused: fault ?? notJson(block, start, end) });
      if (isGap) runs.push({ first: extents.count, number: this.#line });
      isGap = false;
      extents.add(start, end);
    }
    const first = extents.start(0);
    const placed = aside.map((one): Aside => {
      const { record } = one;
      return { ...one, start: extents.start(record) - first, end: extents.end(record) - first };
    });
    return { count: extents.count, ...extents.cut(block), isoTimes: scanner.isoTimes, aside: placed, runs };
  }
}

/** What the engine could not be told of a line. */
function faultOf(line: Buffer): Aside['refused'] {
  if (!isUtf8(line)) return { column: null, value: null, reason: 'the record is not text in UTF-8' };
  return line.includes(0) ? NO_JSON : undefined;
}

const NO_JSON = { column: null, value: null, reason: 'the record is not valid JSON' };

/** What the engine would take for JSON all the same: a comma behind the last value. Words for NaN and infinities it tells with their column. */
function notJson(block: Buffer, start: number, end: number): Aside['refused'] {
  if (skipValue(block, start, 0) === end) return undefined;
  const text = block.toString('utf8', start, end).replaceAll(/\b(nan|inf(inity)?)\b/gi, '0');
  try {
    JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return NO_JSON;
  }
  return undefined;
}

/** Carriage returns, alone or before a line feed, as line feeds alone. */
function endLinesAlike(block: Buffer): void {
  for (let at = block.indexOf(CARRIAGE_RETURN); at >= 0; at = block.indexOf(CARRIAGE_RETURN, at + 1)) {
    block[at] = block[at + 1] === LINE_FEED ? SPACE : LINE_FEED;
  }
}
