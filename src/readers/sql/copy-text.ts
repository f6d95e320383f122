import { randomUUID } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { CopySegment } from '../../plan/scan.ts';
import { writeWhole } from '../write-whole.ts';

/**
 * How large a file becomes before it is handed over: at least this where the one before it has been read, so that neither side
 * waits long for the other, and at most that, for two of them are on disk at once.
 */
const LEAST_BYTES = 2 * 1024 * 1024;
const MOST_BYTES = 16 * 1024 * 1024;

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
  let isTaken = true;
  let rest: Uint8Array = new Uint8Array();
  // Two files in turn: where bytes stood before, writing costs half.
  const paths: [string, string] = [join(folder, `copy-${randomUUID()}.txt`), join(folder, `copy-${randomUUID()}.txt`)];
  const made = new Set<string>();
  try {
    for (;;) {
      const [path] = paths;
      const file = await open(path, made.has(path) ? 'r+' : 'wx');
      made.add(path);
      let size = 0;
      const lines = new LineLengths();
      const write = async (bytes: Uint8Array): Promise<void> => {
        await writeWhole(file, bytes);
        lines.add(bytes);
        size += bytes.length;
      };
      let step: IteratorResult<Uint8Array, R>;
      try {
        await write(MARK);
        await write(rest);
        rest = new Uint8Array();
        for (;;) {
          step = await text.next();
          if (step.done === true) break;
          const piece = step.value;
          const isEnough = size + piece.length >= (isTaken ? LEAST_BYTES : MOST_BYTES);
          const cut = isEnough ? piece.lastIndexOf(LINE_FEED) + 1 : 0;
          await write(cut > 0 ? piece.subarray(0, cut) : piece);
          if (cut > 0) {
            rest = piece.slice(cut);
            break;
          }
        }
        await file.truncate(size);
      } finally {
        await file.close();
      }
      await taking;
      if (size > MARK.length) {
        isTaken = false;
        taking = take({ path, bytes: size, longestLine: Math.min(lines.longest, size) }).then(() => {
          isTaken = true;
        });
        // Heard below; until then it must not count as unheard.
        taking.catch(() => {});
        paths.reverse();
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
    for (const path of made) await rm(path, { force: true });
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
