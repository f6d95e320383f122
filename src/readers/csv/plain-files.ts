import { open } from 'node:fs/promises';
import { textCheck } from '../../csv/bytes.ts';
import { checkGzip } from '../../storage/compression.ts';
import type { OpenedCsv } from './header.ts';

/** What a look at a file's bytes goes by. */
export interface LookRequest {
  readonly file: OpenedCsv;
  /** Texts that must not stand in it. */
  readonly words: readonly string[];
  /** Whether it has columns that nobody asks the engine for. */
  readonly passesOver: boolean;
  readonly signal: AbortSignal | undefined;
}

/** Files whose bytes were looked at, until they change. */
export class PlainFiles {
  readonly #seen = new Map<string, { readonly stamp: string; readonly plain: boolean }>();

  /**
   * Whether the engine's parser reads a file by its rules. It says nothing of a field too many that begins with NUL, nor of
   * bytes that are no text in a column that it passes over, and takes one way in which lines end for that of all.
   */
  async has(request: LookRequest): Promise<boolean> {
    const { path, stamp, compression, lineEnds } = request.file;
    const seen = this.#seen.get(path);
    if (seen?.stamp === stamp) return seen.plain;
    const isPlain = lookFor(request);
    // A file of one line has none, and is small.
    let plain = lineEnds.length === 1;
    if (compression === 'gzip') {
      await checkGzip([request.file], 'csv', new Map(), (chunk) => {
        plain &&= isPlain(chunk);
      });
    } else if (plain) {
      for await (const chunk of bytesOf(path)) {
        request.signal?.throwIfAborted();
        plain = isPlain(chunk);
        if (!plain) break;
      }
    }
    plain &&= isPlain(undefined);
    this.#seen.set(path, { stamp, plain });
    return plain;
  }
}

/** The bytes of a file, each time in the same place: a stream would make a new one for each part. */
async function* bytesOf(path: string): AsyncGenerator<Uint8Array> {
  const file = await open(path);
  try {
    const block = Buffer.allocUnsafe(1 << 20);
    for (;;) {
      const { bytesRead } = await file.read(block, 0, block.length);
      if (bytesRead === 0) return;
      yield block.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

/** Tells of chunk after chunk, and at last of none, whether all is plain. */
function lookFor({ file, words, passesOver }: LookRequest): (chunk: Uint8Array | undefined) => boolean {
  const [lineEnd] = file.lineEnds;
  const odd = ['\0', ...words, ...(lineEnd === '\n' ? ['\r'] : []), ...(lineEnd === '\r' ? ['\n'] : [])].map((word) =>
    Buffer.from(word),
  );
  const longest = Math.max(...odd.map((word) => word.length));
  const isText = passesOver ? textCheck() : () => true;
  const isOdd = (bytes: Buffer): boolean =>
    odd.some((word) => bytes.includes(word)) || (lineEnd === '\r\n' && hasLoneEnd(bytes.toString('latin1')));
  let tail: Uint8Array = new Uint8Array(0);
  return (chunk) => {
    if (!isText(chunk)) return false;
    if (chunk === undefined) return lineEnd !== '\r\n' || tail.at(-1) !== 13;
    // What stands across the border of two chunks, then the chunk.
    const border = Buffer.concat([tail, chunk.subarray(0, longest)]);
    tail = Buffer.concat([tail, chunk.subarray(-longest)]).subarray(-longest);
    return !isOdd(border) && !isOdd(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length));
  };
}

/** Whether half of a line's end stands there without the other half; what is first and last may have it in another chunk. */
function hasLoneEnd(text: string): boolean {
  let from = 0;
  for (let at = text.indexOf('\n', 1); at > 0; at = text.indexOf('\n', from)) {
    if (text.charCodeAt(at - 1) !== 13 || text.indexOf('\r', from) < at - 1) return true;
    from = at + 1;
  }
  return text.slice(from, -1).includes('\r');
}
