import { plainBytes, textCheck } from '../../csv/bytes.ts';
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
    let plain = lineEnds.length < 2;
    const take = (chunk: Uint8Array): void => {
      plain &&= isPlain(chunk);
    };
    if (compression === 'gzip') await checkGzip([request.file], 'csv', new Map(), take);
    else {
      for await (const chunk of plainBytes(request.file)) {
        request.signal?.throwIfAborted();
        take(chunk);
        if (!plain) break;
      }
    }
    plain &&= isPlain(undefined);
    this.#seen.set(path, { stamp, plain });
    return plain;
  }
}

/** Half of a line's end without the other half; the first and last byte are looked at with those around them. */
const LONE_END = /[^\r]\n|\r[^\n]/;

/** Tells of chunk after chunk, and at last of none, whether all is plain. */
function lookFor({ file, words, passesOver }: LookRequest): (chunk: Uint8Array | undefined) => boolean {
  const [lineEnd] = file.lineEnds;
  const odd = ['\0', ...words, ...(lineEnd === '\n' ? ['\r'] : []), ...(lineEnd === '\r' ? ['\n'] : [])].map((word) =>
    Buffer.from(word),
  );
  const longest = Math.max(...odd.map((word) => word.length));
  const isText = passesOver ? textCheck() : () => true;
  let tail = Buffer.alloc(0);
  return (chunk) => {
    if (!isText(chunk)) return false;
    if (chunk === undefined) return lineEnd !== '\r\n' || tail.at(-1) !== 13;
    const bytes = Buffer.concat([tail, chunk]);
    tail = bytes.subarray(-longest);
    return (
      !odd.some((word) => bytes.includes(word)) && (lineEnd !== '\r\n' || !LONE_END.test(bytes.toString('latin1')))
    );
  };
}
