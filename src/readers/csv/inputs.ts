import { randomUUID } from 'node:crypto';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { ReadableStream } from 'node:stream/web';
import { fileURLToPath } from 'node:url';
import { MillraceError } from '../../errors.ts';
import { Failure } from '../../failure.ts';
import type { SourceContext } from '../../plan/source.ts';
import { expandPaths, refuseScheme } from '../../storage/paths.ts';
import { type DownloadOptions, downloadOf, isUrl } from '../download.ts';
import { filesAt } from './dataset.ts';
import type { LocalFile } from './header.ts';

/** Bytes as they come: a stream of Node or of the web, or whatever else gives them. Strings are taken as UTF-8. */
export type ByteStream = AsyncIterable<Uint8Array | string> | ReadableStream<Uint8Array>;

/**
 * Where CSV is from: paths, globs, folders and urls (`http:`, `https:`, `s3:`), `'-'` for standard input, a stream, or a function that
 * opens one anew for each reading.
 */
export type CsvInput = string | URL | readonly (string | URL)[] | ByteStream | (() => ByteStream | Promise<ByteStream>);

/** What is to be read: files of this machine, and what must be brought to it. */
export interface Inputs {
  /** What to call it all. */
  readonly name: string;
  /** Whether all of it is files of this machine. */
  readonly isLocal: boolean;
  /** The files of this machine; an error where one is not there. */
  local(): LocalFile[];
  /** All of it as files, what is not one brought into the scratch folder. */
  files(context: SourceContext): Promise<LocalFile[]>;
}

interface Part {
  readonly name: string;
  readonly path?: string;
  /** Writes what is no file into one. */
  readonly bring?: (path: string, signal: AbortSignal | undefined) => Promise<void>;
}

export function inputsOf(given: CsvInput, options: DownloadOptions, encoding: string): Inputs {
  const parts = isPaths(given)
    ? (typeof given === 'string' || given instanceof URL ? [given] : given).map((one) => partOf(one, options, encoding))
    : [streamPart('stream', given, encoding)];
  const local = (): LocalFile[] => {
    const files = parts.flatMap(({ path }) => (path === undefined ? [] : filesAt(path)));
    // All of them at once, so that a file which is named twice is found.
    if (files.length > 0 || parts.length === 0)
      expandPaths(
        files.map((file) => file.path),
        'csv',
      );
    return files;
  };
  return {
    name: `csv ${parts.map((part) => part.name).join(', ')}`,
    isLocal: parts.every((part) => part.path !== undefined),
    local,
    files: async (context) => {
      local();
      const files: LocalFile[] = [];
      for (const { name, path, bring } of parts) {
        if (path !== undefined) files.push(...filesAt(path));
        if (bring === undefined) continue;
        const target = join(await context.scratchFolder(), randomUUID());
        await bring(target, context.signal);
        files.push({ name, path: target, partitions: {} });
      }
      return files;
    },
  };
}

function isPaths(given: CsvInput): given is string | URL | readonly (string | URL)[] {
  return typeof given === 'string' || given instanceof URL || Array.isArray(given);
}

function partOf(given: string | URL, options: DownloadOptions, encoding: string): Part {
  if (given === '-') return streamPart('stdin', process.stdin, encoding);
  if (given instanceof URL && given.protocol === 'file:') {
    const path = fileURLToPath(given);
    return { name: path, path };
  }
  const text = String(given);
  if (isUrl(text)) {
    const source = downloadOf(text, options, 'csv');
    return { name: source.name, bring: source.into };
  }
  refuseScheme(text, 'csv', 'a path, or a url that starts with http://, https:// or s3://');
  return { name: text, path: text };
}

function streamPart(
  name: string,
  given: ByteStream | (() => ByteStream | Promise<ByteStream>),
  encoding: string,
): Part {
  let taken = false;
  const bring = async (path: string, signal: AbortSignal | undefined): Promise<void> => {
    const opens = typeof given === 'function';
    if (taken && !opens) throw readAlready(name);
    taken = true;
    const stream = opens ? await given() : given;
    await keep(name, chunksOf(name, stream), encoding, path, signal);
  };
  return { name, bring };
}

/** What a stream gives; an error where it was read before. */
function chunksOf(name: string, stream: ByteStream): AsyncIterator<unknown> {
  const state = stream as {
    readonly readableDidRead?: boolean;
    readonly destroyed?: boolean;
    readonly locked?: boolean;
  };
  if (state.readableDidRead === true || state.destroyed === true || state.locked === true) throw readAlready(name);
  const open = (stream as AsyncIterable<unknown>)?.[Symbol.asyncIterator];
  if (typeof open === 'function') return open.call(stream);
  throw new MillraceError({
    code: 'csv.option',
    message: `read.csv: the source is no path, no url, and nothing that gives bytes. Give one of these, or a function that gives a stream.`,
  });
}

async function keep(
  name: string,
  chunks: AsyncIterator<unknown>,
  encoding: string,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const failure = new Failure();
  const abort = (): void => failure.tell(signal?.reason);
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted === true) abort();
  const file = await open(path, 'w');
  try {
    for (;;) {
      const { done, value } = await failure.before(chunks.next());
      if (done === true) break;
      await file.write(bytesOf(name, value, encoding));
    }
  } catch (cause) {
    // What gives the bytes may never answer again.
    Promise.resolve(chunks.return?.()).catch(() => undefined);
    signal?.throwIfAborted();
    if (cause instanceof MillraceError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new MillraceError({
      code: 'csv.stream',
      message: `${name}: it ended with an error before it had given all (${reason}).`,
      details: { name },
      cause,
    });
  } finally {
    signal?.removeEventListener('abort', abort);
    await file.close();
  }
}

function bytesOf(name: string, value: unknown, encoding: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  if (typeof value === 'string' && encoding === 'utf-8') return Buffer.from(value);
  const what = typeof value === 'string' ? `a string, though its encoding is ${encoding}` : `a ${typeof value}`;
  throw new MillraceError({
    code: 'csv.stream',
    message: `${name}: it gave ${what}. A stream of CSV gives bytes (Uint8Array).`,
    details: { name },
  });
}

function readAlready(name: string): MillraceError {
  return new MillraceError({
    code: 'csv.stream_read',
    message: `${name}: it was read already, and cannot be read again. Give read.csv a function that opens it anew.`,
    details: { name },
  });
}
