import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { plainBytes } from '../csv/bytes.ts';
import { MillraceError } from '../errors.ts';
import type { SourceContext } from '../plan/source.ts';
import { checkGzip, damagedGzip, isGzip } from '../storage/compression.ts';
import { stamped } from '../storage/stamps.ts';
import { type DownloadOptions, download, downloadOf } from './download.ts';

/** Where JSON is from: paths, globs and urls (`http:`, `https:`). */
export type JsonInput = string | URL | readonly (string | URL)[];

/** A file that the engine can read, and what the user calls it. */
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
    return { text, isUrl: /^https?:\/\//i.test(text) };
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
  await download(source, path, context.signal);
  return { path, name: source.name };
}

/** A file as the engine can read it: what it cannot decompress is decompressed aside. `sound` are those found whole. */
export async function readable(file: JsonFile, context: SourceContext, sound: Map<string, string>): Promise<JsonFile> {
  const compression = await compressionOf(file);
  if (compression === 'none') return file;
  if (compression === 'gzip' && isGzip(file.path)) {
    await checkGzip([{ ...stamped(file.path), name: file.name }], 'json', sound);
    return file;
  }
  const path = join(await context.scratchFolder(), `${randomUUID()}.json`);
  const { signal } = context;
  try {
    const bytes = plainBytes({ path: file.path, compression });
    await pipeline(bytes, createWriteStream(path), signal === undefined ? {} : { signal });
  } catch (cause) {
    signal?.throwIfAborted();
    if (compression === 'gzip') throw damagedGzip(file.name, 'json', cause);
    throw new MillraceError({
      code: 'json.zstd',
      message: `${file.name}: the file is no zstd file, or is cut off or damaged (${cause instanceof Error ? cause.message : String(cause)}), so rows would be missing. Compress or copy it again.`,
      details: { file: file.name },
      cause,
    });
  }
  return { path, name: file.name };
}

async function compressionOf({ path, name }: JsonFile): Promise<'none' | 'gzip' | 'zstd'> {
  const [first, second, third, fourth] = await startOf(path);
  if (isGzip(name) || (first === 0x1f && second === 0x8b)) return 'gzip';
  const isZstd = first === 0x28 && second === 0xb5 && third === 0x2f && fourth === 0xfd;
  return name.endsWith('.zst') || isZstd ? 'zstd' : 'none';
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
