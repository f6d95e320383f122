import { createReadStream } from 'node:fs';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { MillraceError } from '../errors.ts';

/** Whether a file's name says that it is compressed. */
export function isGzip(path: string): boolean {
  return path.endsWith('.gz');
}

/** How a file is to be compressed, as its name says. */
export function compressionFor(path: string): 'gzip' | 'zstd' | 'none' {
  if (isGzip(path)) return 'gzip';
  return path.endsWith('.zst') ? 'zstd' : 'none';
}

/**
 * Refuses compressed files that are cut off or damaged: the engine reads one as far as it goes and says nothing of the
 * rest. `sound` holds the stamps of files that were found whole; `take` is given what is in the others.
 */
export async function checkGzip(
  files: readonly { readonly path: string; readonly stamp: string; readonly name?: string }[],
  area: 'csv' | 'json',
  sound: Map<string, string>,
  take: (chunk: Uint8Array) => void = () => undefined,
): Promise<void> {
  for (const { path, stamp, name = path } of files) {
    if (sound.get(path) === stamp) continue;
    const taken = new Writable({
      write: (chunk: Uint8Array, _encoding, done) => {
        take(chunk);
        done();
      },
    });
    const file = createReadStream(path, { highWaterMark: 1 << 20 });
    const gunzip = createGunzip({ chunkSize: 1 << 20 });
    try {
      await pipeline(file, gunzip, taken);
      // The engine, which reads CSV itself, does not take what others pass over.
      const padding = file.bytesRead - gunzip.bytesWritten;
      if (padding > 0 && area === 'csv') throw new Error(`zeros from byte ${gunzip.bytesWritten} on`);
    } catch (cause) {
      throw damagedGzip(name, area, cause);
    }
    sound.set(path, stamp);
  }
}

export function damagedGzip(path: string, area: 'csv' | 'json', cause: unknown): MillraceError {
  return new MillraceError({
    code: `${area}.gzip`,
    message: `${path}: the file is no gzip file, or is cut off or damaged (${cause instanceof Error ? cause.message : String(cause)}), so rows would be missing. Compress or copy it again.`,
    details: { file: path },
    cause,
  });
}
