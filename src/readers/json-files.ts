import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { plainBytes } from '../csv/bytes.ts';
import { MillraceError } from '../errors.ts';
import type { SourceContext } from '../plan/source.ts';
import { checkGzip } from '../storage/compression.ts';
import { stamped } from '../storage/stamps.ts';
import { compressionOf } from './csv/header.ts';
import { type DownloadOptions, downloadOf, isUrl } from './download.ts';

/** Where JSON is from: paths, globs and urls (`http:`, `https:`, `s3:`). */
export type JsonInput = string | URL | readonly (string | URL)[];

/** A file, and what the user calls it. */
export interface JsonFile {
  readonly path: string;
  readonly name: string;
}

/** The paths and the urls of an input, in their order. */
export function partsOf(input: JsonInput): { readonly text: string; readonly isUrl: boolean }[] {
  const given: readonly (string | URL)[] = typeof input === 'string' || input instanceof URL ? [input] : input;
  return given.map((one) => {
    if (one instanceof URL && one.protocol === 'file:') return { text: fileURLToPath(one), isUrl: false };
    const text = String(one);
    return { text, isUrl: isUrl(text) };
  });
}

/** What an input is called; secrets in urls are not shown. */
export function nameOf(input: JsonInput, options: DownloadOptions): string {
  const names = partsOf(input).map(({ text, isUrl }) => (isUrl ? downloadOf(text, options, 'json').name : text));
  return names.join(', ');
}

/** Fetches a url into the scratch folder. */
export async function fetched(url: string, options: DownloadOptions, context: SourceContext): Promise<JsonFile> {
  const source = downloadOf(url, options, 'json');
  const path = join(await context.scratchFolder(), randomUUID());
  await source.into(path, context.signal);
  return { path, name: source.name };
}

/** A file's bytes, decompressed; the next may be written over those before. `sound` are the files that were found whole. */
export async function* bytesOf({ path, name }: JsonFile, sound: Map<string, string>): AsyncGenerator<Uint8Array> {
  const compression = compressionOf(name, await startOf(path));
  if (compression === 'none') return yield* bytesAsTheyAre(path);
  if (compression === 'gzip') await checkGzip([{ ...stamped(path), name }], 'json', sound);
  try {
    yield* plainBytes({ path, compression });
  } catch (cause) {
    if (compression !== 'zstd') throw cause;
    throw new MillraceError({
      code: 'json.zstd',
      message: `${name}: the file is no zstd file, or is cut off or damaged (${cause instanceof Error ? cause.message : String(cause)}), so rows would be missing. Compress or copy it again.`,
      details: { file: name },
      cause,
    });
  }
}

/** In one buffer: to ask for new memory for each megabyte keeps the garbage collector busy. */
async function* bytesAsTheyAre(path: string): AsyncGenerator<Uint8Array> {
  const buffer = Buffer.allocUnsafeSlow(1 << 20);
  const file = await open(path, 'r');
  try {
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length);
      if (bytesRead === 0) return;
      yield buffer.subarray(0, bytesRead);
    }
  } finally {
    await file.close();
  }
}

async function startOf(path: string): Promise<Buffer> {
  const start = Buffer.alloc(4);
  const file = await open(path, 'r');
  try {
    await file.read(start, 0, start.length, 0);
  } finally {
    await file.close();
  }
  return start;
}
