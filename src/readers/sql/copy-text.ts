import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CopySegment } from '../../plan/scan.ts';

/**
 * How large a file becomes before it is handed over: what is on disk at once is two of them. Of smaller ones the engine
 * would write the rows twice, for it takes over whole groups of them alone.
 */
const SEGMENT_BYTES = 16 * 1024 * 1024;

const LINE_FEED = 10;

/**
 * Writes COPY text to files of whole lines and hands each over while the next is written. A raw line feed always ends
 * a row in it. Returns what the text's generator returned.
 */
export async function writeSegments<R>(
  folder: string,
  text: AsyncGenerator<Uint8Array, R>,
  take: (file: Omit<CopySegment, 'columns'>) => Promise<void>,
): Promise<R> {
  let taking: Promise<void> = Promise.resolve();
  let rest: Uint8Array = new Uint8Array();
  let path: string | undefined;
  try {
    for (;;) {
      path = join(folder, `copy-${randomUUID()}.txt`);
      const file = await open(path, 'wx');
      let size = 0;
      const lines = new LineLengths();
      let step: IteratorResult<Uint8Array, R>;
      try {
        await file.write(MARK);
        lines.add(MARK);
        await file.write(rest);
        lines.add(rest);
        size += rest.length;
        rest = new Uint8Array();
        for (;;) {
          step = await text.next();
          if (step.done === true) break;
          const piece = step.value;
          const cut = size + piece.length < SEGMENT_BYTES ? piece.length : piece.lastIndexOf(LINE_FEED) + 1;
          const isFull = cut > 0 && size + piece.length >= SEGMENT_BYTES;
          const whole = isFull ? piece.subarray(0, cut) : piece;
          await file.write(whole);
          lines.add(whole);
          size += whole.length;
          if (isFull) {
            rest = piece.slice(cut);
            break;
          }
        }
      } finally {
        await file.close();
      }
      await taking;
      if (size > 0) {
        taking = take({ path, bytes: size + MARK.length, longestLine: Math.min(lines.longest, size + MARK.length) });
        // Heard below; until then it must not count as unheard.
        taking.catch(() => {});
        path = undefined;
      }
      if (step.done === true) {
        await taking;
        return step.value;
      }
    }
  } finally {
    // A COPY that is left open would take no further statement.
    await text.return(undefined as never).catch(() => {});
    await taking.catch(() => {});
    if (path !== undefined) await rm(path, { force: true });
  }
}

/** A byte order mark: the engine takes the first one for that, also where a value begins with it. */
const MARK = Uint8Array.of(0xef, 0xbb, 0xbf);

/** Lines up to this long are not told apart. */
const SHORT_LINE = 256 * 1024;

/** How long the longest line is at most. In steps: where lines end within each, none of them is looked at. */
export class LineLengths {
  longest: number = SHORT_LINE;
  /** The bytes of a line whose end has not come. */
  #open = 0;

  add(bytes: Uint8Array): void {
    let start = 0;
    while (start < bytes.length) {
      const step = bytes.subarray(start, Math.max(start, start + SHORT_LINE - this.#open));
      const last = step.lastIndexOf(LINE_FEED);
      const end = last < 0 ? bytes.indexOf(LINE_FEED, start) : start + last;
      const next = end < 0 ? bytes.length : end + 1;
      const length = this.#open + next - start;
      if (last < 0) this.longest = Math.max(this.longest, length);
      this.#open = end < 0 ? length : 0;
      start = next;
    }
  }
}

/** How much text is made before it is handed on. */
const PIECE = 256 * 1024;

/**
 * Rows as COPY text, each value by its column's own function; returns how many there were. A row of one column has an
 * empty second one, because parsers pass over blank lines.
 */
export async function* copyLines(
  batches: AsyncIterable<readonly (readonly unknown[])[]>,
  texts: readonly ((value: unknown) => string | null)[],
): AsyncGenerator<Uint8Array, number> {
  const end = texts.length === 1 ? '\t\n' : '\n';
  let count = 0;
  let piece = '';
  for await (const rows of batches) {
    for (const row of rows) {
      count += 1;
      for (const [i, text] of texts.entries()) {
        const written = text(row[i] ?? null);
        piece += `${i === 0 ? '' : '\t'}${written === null ? '\\N' : escaped(written)}`;
      }
      piece += end;
      if (piece.length < PIECE) continue;
      yield Buffer.from(piece);
      piece = '';
    }
  }
  if (piece !== '') yield Buffer.from(piece);
  return count;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
  '\0': '\\0',
};

function escaped(text: string): string {
  return /[\\\n\t\r\0]/.test(text)
    ? text.replace(/[\\\n\t\r\0]/g, (character) => ESCAPES[character] ?? character)
    : text;
}
