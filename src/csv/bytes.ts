import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { constants, createGunzip, gunzipSync } from 'node:zlib';
import type { TextFile } from '../plan/scan.ts';

const CHUNK = 1 << 20;

/** A file's bytes, decompressed. */
export function plainBytes({ path, compression }: Pick<TextFile, 'path' | 'compression'>): AsyncIterable<Uint8Array> {
  const file = createReadStream(path, { highWaterMark: CHUNK });
  if (compression === 'none') return file;
  const gunzip = createGunzip({ chunkSize: CHUNK });
  return pipeline(file, gunzip, () => undefined);
}

/** What the first bytes of a file say, as far as they go. */
export function startOf(bytes: Uint8Array, compression: TextFile['compression']): Uint8Array {
  return compression === 'none' ? bytes : gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH });
}

/** A file's text as bytes of UTF-8, without a byte order mark. */
export async function* textBytes(file: TextFile): AsyncGenerator<Uint8Array> {
  const decoder = new Utf8(file.encoding);
  for await (const chunk of plainBytes(file)) yield decoder.decode(chunk);
  yield decoder.end();
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
