import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../../errors.ts';
import { exists, type Stored, wrongTarget } from '../write-aside.ts';
import { withBucket } from './bucket.ts';
import type { S3Options, S3Place } from './options.ts';

/** Writes a file of this machine and sends it: the object that was there, or the new one, never a part. */
export function writeObject(
  { url, bucket: name, key }: S3Place,
  {
    s3,
    signal,
    newFolder,
  }: { readonly s3: S3Options; readonly signal: AbortSignal | undefined; readonly newFolder: () => Promise<string> },
  mode: 'replace' | 'fail',
  write: (path: string) => Promise<number>,
): Promise<Stored> {
  if (key === '') throw wrongTarget(url, 'a whole bucket, and this loader writes one file');
  return withBucket(name, s3, signal, async (bucket) => {
    // Before all the work; the condition of the upload is what tells for certain.
    if (mode === 'fail' && (await bucket.has(key))) throw exists(url);
    const path = join(
      await newFolder(),
      key
        .split('/')
        .at(-1)
        ?.replaceAll(/[^\w.-]/g, '_') ?? 'file',
    );
    const written = await write(path);
    try {
      await bucket.upload(path, key, mode === 'fail' ? { absent: true } : undefined);
    } catch (error) {
      if (error instanceof MillraceError && error.code === 's3.changed' && mode === 'fail') throw exists(url);
      throw error;
    }
    const { size } = await stat(path);
    return { arrived: written, written, bytes: size };
  });
}
