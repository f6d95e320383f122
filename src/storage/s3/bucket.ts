import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { type FileHandle, open, stat } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ListMultipartUploadsCommandOutput, ListObjectsV2CommandOutput, S3Client } from '@aws-sdk/client-s3';
import { MillraceError } from '../../errors.ts';
import { eachOf } from '../each-of.ts';
import { s3Error } from './errors.ts';
import { checkS3Options, type S3Options } from './options.ts';

type Sdk = typeof import('@aws-sdk/client-s3');

/** What a write may find there: nothing, or what has this tag. */
export type Condition = { readonly absent: true } | { readonly tag: string };

/** An object as a listing tells it. */
export interface Listed {
  readonly key: string;
  readonly size: number;
  /** When it was written, by the store's clock. */
  readonly written: number;
}

/** How many requests with bodies are under way at once; each holds a part in memory. */
const AT_ONCE = 4;
const MOST_PARTS = 10_000;
const MOST_KEYS = 1000;

/** Runs a task with a bucket, whose connections end with it. */
export async function withBucket<R>(
  name: string,
  options: S3Options,
  signal: AbortSignal | undefined,
  task: (bucket: Bucket) => Promise<R>,
): Promise<R> {
  const { attempts, timeout, partSize, endpoint, region, forcePathStyle, credentials } = checkS3Options(options);
  const sdk = await peer();
  // Other stores have no regions, but the signature has one.
  const inRegion = region ?? (endpoint === undefined || process.env.AWS_REGION !== undefined ? undefined : 'us-east-1');
  const client = new sdk.S3Client({
    maxAttempts: attempts,
    requestHandler: { connectionTimeout: Math.min(timeout, 10_000), socketTimeout: timeout },
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(inRegion === undefined ? {} : { region: inRegion }),
    ...(forcePathStyle === undefined ? {} : { forcePathStyle }),
    ...(credentials === undefined ? {} : { credentials }),
  });
  try {
    return await task(new Bucket(sdk, client, { name, attempts, partSize }, signal));
  } finally {
    client.destroy();
  }
}

/** A file on its way, part by part. */
interface Parts {
  readonly size: number;
  readonly partSize: number;
  readonly key: string;
  readonly mark: string;
  readonly condition: Condition | undefined;
}

const MARK = 'millrace-upload';
const marked = (mark: string): { readonly Metadata: Record<string, string> } => ({ Metadata: { [MARK]: mark } });

interface Settings {
  readonly name: string;
  readonly attempts: number;
  readonly partSize: number;
}

/** What is asked of a bucket. Requests are tried again as the SDK does; errors name the url. */
export class Bucket {
  readonly #sdk: Sdk;
  readonly #client: S3Client;
  readonly #settings: Settings;
  readonly #signal: AbortSignal | undefined;

  constructor(sdk: Sdk, client: S3Client, settings: Settings, signal: AbortSignal | undefined) {
    this.#sdk = sdk;
    this.#client = client;
    this.#settings = settings;
    this.#signal = signal;
  }

  /** The same, for what must be done also when the run is stopped. */
  get unstopped(): Bucket {
    return new Bucket(this.#sdk, this.#client, this.#settings, undefined);
  }

  throwIfStopped(): void {
    this.#signal?.throwIfAborted();
  }

  urlOf(key: string): string {
    return `s3://${this.#settings.name}/${key}`;
  }

  /** An object's text and tag; undefined where there is none. */
  async text(key: string): Promise<{ readonly text: string; readonly tag: string } | undefined> {
    return this.#again('reading it', key, async () => {
      try {
        const found = await this.#client.send(new this.#sdk.GetObjectCommand(this.#at(key)), this.#stop);
        return { text: (await found.Body?.transformToString()) ?? '', tag: found.ETag ?? '' };
      } catch (error) {
        if ((error as Error).name === 'NoSuchKey') return undefined;
        throw error;
      }
    });
  }

  async has(key: string): Promise<boolean> {
    const command = new this.#sdk.HeadObjectCommand(this.#at(key));
    try {
      await this.#asked('looking at it', key, () => this.#client.send(command, this.#stop));
      return true;
    } catch (error) {
      if (error instanceof MillraceError && error.code === 's3.not_found') return false;
      throw error;
    }
  }

  /** Writes a small object. */
  async put(key: string, body: string | Uint8Array, condition?: Condition, mark?: string): Promise<void> {
    const command = new this.#sdk.PutObjectCommand({
      ...this.#at(key),
      Body: body,
      // Else the client takes nothing at all for a stream.
      ContentLength: Buffer.byteLength(body),
      ...headersOf(condition),
      ...(mark === undefined ? {} : marked(mark)),
    });
    await this.#asked('writing it', key, () => this.#client.send(command, this.#stop));
  }

  /** Sends a file, in parts where it is large: the object is there whole or not at all, and so are its parts. */
  async upload(path: string, key: string, condition?: Condition): Promise<void> {
    const { size } = await stat(path);
    const partSize = Math.max(this.#settings.partSize, Math.ceil(size / MOST_PARTS));
    // Tells, where the last answer was lost, that what stands there is this.
    const mark = randomUUID();
    const file = await open(path, 'r');
    try {
      if (size <= partSize) await this.put(key, await bytesAt(file, 0, size), condition, mark);
      else await this.#uploadParts(file, { size, partSize, key, mark, condition });
    } catch (error) {
      if (!(await this.#isThere(key, mark))) throw error;
    } finally {
      await file.close();
    }
  }

  async #uploadParts(file: FileHandle, { size, partSize, key, mark, condition }: Parts): Promise<void> {
    const sdk = this.#sdk;
    const at = this.#at(key);
    const checked = (await this.#client.config.requestChecksumCalculation()) === 'WHEN_SUPPORTED';
    const create = new sdk.CreateMultipartUploadCommand({
      ...at,
      ...marked(mark),
      ...(checked ? { ChecksumAlgorithm: 'CRC32' } : {}),
    });
    const { UploadId } = await this.#asked('writing it', key, () => this.#client.send(create, this.#stop));
    if (UploadId === undefined) throw s3Error(new Error('the store gave no upload id'), 'writing it', this.urlOf(key));
    try {
      const parts = Array.from({ length: Math.ceil(size / partSize) }, (_, i) => i);
      const done: { PartNumber: number; ETag?: string; ChecksumCRC32?: string }[] = [];
      await eachOf(parts, AT_ONCE, async (i) => {
        const Body = await bytesAt(file, i * partSize, Math.min(partSize, size - i * partSize));
        const part = new sdk.UploadPartCommand({ ...at, UploadId, PartNumber: i + 1, Body });
        const { ETag, ChecksumCRC32 } = await this.#asked('writing it', key, () => this.#client.send(part, this.#stop));
        done[i] = {
          PartNumber: i + 1,
          ...(ETag === undefined ? {} : { ETag }),
          ...(ChecksumCRC32 === undefined ? {} : { ChecksumCRC32 }),
        };
      });
      const complete = new sdk.CompleteMultipartUploadCommand({
        ...at,
        UploadId,
        MultipartUpload: { Parts: done },
        ...headersOf(condition),
      });
      await this.#asked('writing it', key, () => this.#client.send(complete, this.#stop));
    } catch (error) {
      await this.unstopped.abortUpload(key, UploadId).catch(() => undefined);
      throw error;
    }
  }

  async #isThere(key: string, mark: string): Promise<boolean> {
    try {
      const { Metadata } = await this.#client.send(new this.#sdk.HeadObjectCommand(this.#at(key)));
      return Metadata?.[MARK] === mark;
    } catch {
      return false;
    }
  }

  /** Writes an object into a file, whole; tried anew where the connection breaks on the way. */
  async download(key: string, path: string): Promise<void> {
    await this.#again('reading it', key, async () => {
      const { Body, ContentLength } = await this.#client.send(
        new this.#sdk.GetObjectCommand(this.#at(key)),
        this.#stop,
      );
      await pipeline(Body as Readable, createWriteStream(path), { signal: this.#signal });
      const { size } = await stat(path);
      if (ContentLength !== undefined && size !== ContentLength)
        throw Object.assign(new Error(`the network broke: ${size} of ${ContentLength} bytes came`), {
          code: 'ECONNRESET',
        });
    });
  }

  /** The objects whose keys begin with a prefix, in order of their keys. */
  async list(prefix: string): Promise<Listed[]> {
    const found: Listed[] = [];
    for await (const page of this.#pages(prefix, undefined)) {
      for (const { Key = '', Size = 0, LastModified } of page.Contents ?? [])
        found.push({ key: Key, size: Size, written: LastModified?.getTime() ?? 0 });
    }
    return found.sort((a, b) => (a.key < b.key ? -1 : 1));
  }

  /** The names between a prefix and the next slash. */
  async folders(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const page of this.#pages(prefix, '/')) {
      for (const { Prefix = '' } of page.CommonPrefixes ?? []) found.push(Prefix.slice(prefix.length, -1));
    }
    return found;
  }

  async *#pages(prefix: string, Delimiter: string | undefined): AsyncGenerator<ListObjectsV2CommandOutput> {
    for (let ContinuationToken: string | undefined; ; ) {
      const command = new this.#sdk.ListObjectsV2Command({
        Bucket: this.#settings.name,
        Prefix: prefix,
        ...(Delimiter === undefined ? {} : { Delimiter }),
        ...(ContinuationToken === undefined ? {} : { ContinuationToken }),
      });
      const page = await this.#asked('listing it', prefix, () => this.#client.send(command, this.#stop));
      yield page;
      if (page.IsTruncated !== true || page.NextContinuationToken === undefined) return;
      ContinuationToken = page.NextContinuationToken;
    }
  }

  /** What was begun to be sent in parts, and never ended. */
  async uploads(prefix: string): Promise<{ readonly key: string; readonly id: string; readonly begun: number }[]> {
    const found: { readonly key: string; readonly id: string; readonly begun: number }[] = [];
    for (let from: { KeyMarker?: string; UploadIdMarker?: string } | undefined = {}; from !== undefined; ) {
      const command = new this.#sdk.ListMultipartUploadsCommand({
        Bucket: this.#settings.name,
        Prefix: prefix,
        ...from,
      });
      const page: ListMultipartUploadsCommandOutput = await this.#asked('listing its uploads', prefix, () =>
        this.#client.send(command, this.#stop),
      );
      for (const { Key, UploadId, Initiated } of page.Uploads ?? [])
        if (Key !== undefined && UploadId !== undefined)
          found.push({ key: Key, id: UploadId, begun: Initiated?.getTime() ?? 0 });
      const { IsTruncated, NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
      const more = IsTruncated === true && KeyMarker !== undefined && UploadIdMarker !== undefined;
      from = more ? { KeyMarker, UploadIdMarker } : undefined;
    }
    return found;
  }

  async abortUpload(key: string, id: string): Promise<void> {
    const command = new this.#sdk.AbortMultipartUploadCommand({ ...this.#at(key), UploadId: id });
    await this.#asked('giving up its upload', key, () => this.#client.send(command, this.#stop));
  }

  /** Removes objects, also those that are gone already. */
  async remove(keys: readonly string[]): Promise<void> {
    for (let i = 0; i < keys.length; i += MOST_KEYS) {
      const some = keys.slice(i, i + MOST_KEYS);
      const command = new this.#sdk.DeleteObjectsCommand({
        Bucket: this.#settings.name,
        Delete: { Objects: some.map((Key) => ({ Key })), Quiet: true },
      });
      const { Errors } = await this.#asked('removing it', some[0] ?? '', () => this.#client.send(command, this.#stop));
      const [first] = Errors ?? [];
      if (first === undefined || first.Code === 'NoSuchKey') continue;
      const error = Object.assign(new Error(first.Message ?? ''), { name: first.Code ?? 'Error' });
      throw s3Error(error, 'removing it', this.urlOf(first.Key ?? ''));
    }
  }

  #at(key: string): { readonly Bucket: string; readonly Key: string } {
    return { Bucket: this.#settings.name, Key: key };
  }

  get #stop(): { readonly abortSignal?: AbortSignal } {
    return this.#signal === undefined ? {} : { abortSignal: this.#signal };
  }

  async #asked<R>(doing: string, key: string, ask: () => Promise<R>): Promise<R> {
    this.#signal?.throwIfAborted();
    try {
      return await ask();
    } catch (error) {
      this.#signal?.throwIfAborted();
      throw s3Error(error, doing, this.urlOf(key));
    }
  }

  /** Reads are tried anew also where the body breaks off, which is when the SDK has done its part. */
  async #again<R>(doing: string, key: string, read: () => Promise<R>): Promise<R> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#asked(doing, key, read);
      } catch (error) {
        // The SDK has tried these as often as was asked.
        const isAnswer = !(error instanceof MillraceError) || error.details.status !== undefined;
        if (isAnswer || !error.retryable || attempt >= this.#settings.attempts) throw error;
        await sleep(100 * 2 ** attempt, undefined, { signal: this.#signal });
      }
    }
  }
}

function headersOf(condition: Condition | undefined): { readonly IfNoneMatch?: string; readonly IfMatch?: string } {
  if (condition === undefined) return {};
  return 'tag' in condition ? { IfMatch: condition.tag } : { IfNoneMatch: '*' };
}

async function bytesAt(file: FileHandle, from: number, length: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(bytes, done, length - done, from + done);
    if (bytesRead === 0) throw new Error(`the file ended after ${from + done} bytes`);
    done += bytesRead;
  }
  return bytes;
}

async function peer(): Promise<Sdk> {
  try {
    return await import('@aws-sdk/client-s3');
  } catch (cause) {
    throw new MillraceError({
      code: 's3.peer',
      message:
        's3:// needs the package @aws-sdk/client-s3, which is not installed. Install it: npm install @aws-sdk/client-s3',
      cause,
    });
  }
}
