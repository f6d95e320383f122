import { isUtf8 } from 'node:buffer';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import type { TextFile } from '../plan/scan.ts';
import { zstdSteps } from './zstd.ts';

const CHUNK = 1 << 20;

/** Why a record is none whose bytes are in another encoding: all others are decoded before they are parsed. */
export const NOT_TEXT = 'the record is not valid text in utf-8';

/** A file's bytes, decompressed. */
export function plainBytes({ path, compression }: Pick<TextFile, 'path' | 'compression'>): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK });
  if (compression === 'none') return file;
  if (compression === 'zstd') return unzstd(file);
  const gunzip = createGunzip({ chunkSize: CHUNK });
  return pipeline(file, gunzip, () => undefined);
}

async function* unzstd(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const steps = zstdSteps();
  let step = steps.next();
  const drain = function* (): Generator<Uint8Array> {
    for (; step.done !== true && step.value !== undefined; step = steps.next(undefined)) yield step.value;
  };
  for await (const chunk of chunks) {
    yield* drain();
    step = steps.next(chunk);
  }
  yield* drain();
  step = steps.next(undefined);
  yield* drain();
}

/** As much as whole blocks give. */
function zstdStart(bytes: Uint8Array, isWhole: boolean): Uint8Array {
  const parts: Uint8Array[] = [];
  const steps = zstdSteps();
  steps.next();
  for (let step = steps.next(bytes); step.done !== true && step.value !== undefined; step = steps.next(undefined)) {
    parts.push(step.value);
  }
  if (isWhole) steps.next(undefined);
  return Buffer.concat(parts);
}

/** What the first bytes of a file say, as far as they go; of a whole file, all of it. */
export function startOf(bytes: Uint8Array, compression: TextFile['compression'], isWhole: boolean): Uint8Array {
  if (compression === 'none') return bytes;
  if (compression === 'zstd') return zstdStart(bytes, isWhole);
  return gunzipSync(bytes, isWhole ? {} : { finishFlush: constants.Z_SYNC_FLUSH });
}

/** A file's text as bytes of UTF-8, without a byte order mark. */
export async function* textBytes(file: TextFile): AsyncGenerator<Uint8Array> {
  const decoder = new Utf8(file.encoding);
  for await (const chunk of plainBytes(file)) yield decoder.decode(chunk);
  yield decoder.end();
}

/** Tells of chunk after chunk whether it goes on as UTF-8, and of no chunk whether the text may end there. */
export function textCheck(): (chunk: Uint8Array | undefined) => boolean {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  return (chunk) => {
    try {
      // Most text is ASCII to its last byte: no character goes over the end of such a chunk.
      const isPlain = chunk !== undefined && (chunk.at(-1) ?? 0) < 0x80 && isUtf8(chunk);
      decoder.decode(isPlain ? new Uint8Array(0) : chunk, { stream: chunk !== undefined });
      return true;
    } catch {
      return false;
    }
  };
}

const MARK = [0xef, 0xbb, 0xbf];

/** Bytes in an encoding as bytes of UTF-8, chunk by chunk. */
export class Utf8 {
  readonly #decoder: InstanceType<typeof TextDecoder> | undefined;
  readonly #latin1: boolean;
  /** How many bytes of a byte order mark were left out. */
  mark = 0;
  /** The first bytes, as long as they may be those of a byte order mark. */
  #first: Uint8Array | undefined = new Uint8Array(0);

  constructor(encoding: TextFile['encoding']) {
    this.#latin1 = encoding === 'latin-1';
    this.#decoder = this.#latin1 || encoding === 'utf-8' ? undefined : new TextDecoder(encoding, { fatal: true });
  }

  decode(chunk: Uint8Array): Uint8Array {
    if (this.#decoder !== undefined) return Buffer.from(this.#decoder.decode(chunk, { stream: true }));
    if (this.#latin1) return Buffer.from(Buffer.from(chunk).toString('latin1'));
    if (this.#first === undefined) return chunk;
    const first = Buffer.concat([this.#first, chunk]);
    if (first.length < MARK.length) {
      this.#first = first;
      return new Uint8Array(0);
    }
    this.#first = undefined;
    if (!MARK.every((byte, i) => first[i] === byte)) return first;
    this.mark = MARK.length;
    return first.subarray(MARK.length);
  }

  end(): Uint8Array {
    if (this.#decoder !== undefined) return Buffer.from(this.#decoder.decode());
    return this.#first ?? new Uint8Array(0);
  }
}
