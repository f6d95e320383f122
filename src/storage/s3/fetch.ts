import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { MillraceError } from '../../errors.ts';
import { eachOf } from '../each-of.ts';
import { type Bucket, withBucket } from './bucket.ts';
import { currentIn, inside, readManifest } from './manifest-object.ts';
import type { S3Options, S3Place } from './options.ts';

/** A file that was brought here. */
export interface FetchedFile {
  /** Its path in the dataset. */
  readonly file: string;
  /** Where it is now. */
  readonly path: string;
  /** What to call it. */
  readonly name: string;
}

interface Context {
  scratchFolder(): Promise<string>;
  readonly signal: AbortSignal | undefined;
}

const FILES_AT_ONCE = 4;
/** How often a dataset may be replaced while it is fetched. */
const TIMES = 10;

/**
 * Brings the Parquet files of a dataset, of a folder without a manifest, or the one file that a url names. All of them are
 * of one version: where that is removed meanwhile, the next one is fetched instead.
 */
export function fetchFiles(place: S3Place, options: S3Options, context: Context): Promise<FetchedFile[]> {
  return withBucket(place.bucket, options, context.signal, async (bucket) => {
    for (let time = 1; ; time++) {
      const found = await locate(bucket, place);
      const folder = await mkdtemp(join(await context.scratchFolder(), 's3-'));
      try {
        return await bring(bucket, found.files, folder);
      } catch (error) {
        await rm(folder, { recursive: true, force: true });
        const isGone = error instanceof MillraceError && error.code === 's3.not_found';
        const now = isGone && time < TIMES ? await locate(bucket, place) : found;
        if (now.version === found.version) throw error;
      }
    }
  });
}

/** Brings one object to a path. */
export function fetchFile(
  { bucket: name, key }: S3Place,
  options: S3Options,
  path: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  return withBucket(name, options, signal, (bucket) => bucket.download(key, path));
}

interface Located {
  /** The manifest's; undefined where there is none. */
  readonly version: string | undefined;
  readonly files: readonly { readonly file: string; readonly key: string }[];
}

async function locate(bucket: Bucket, { url, key }: S3Place): Promise<Located> {
  if (key.endsWith('.parquet')) return { version: undefined, files: [{ file: key.split('/').at(-1) ?? key, key }] };
  const found = await readManifest(bucket, key);
  const current = await currentIn(bucket, key, found?.manifest);
  const files = (current?.files ?? [])
    .filter((file) => file.endsWith('.parquet'))
    .map((file) => ({ file, key: inside(key, current?.objects.get(file) ?? file) }));
  if (files.length > 0) return { version: found?.manifest.version, files };
  throw new MillraceError({
    code: 'parquet.not_found',
    message: `There is no Parquet file in ${url}.`,
    details: { path: url },
  });
}

async function bring(bucket: Bucket, files: Located['files'], folder: string): Promise<FetchedFile[]> {
  const fetched = files.map(({ file, key }, i) => {
    // Of the folders only those that tell values: others may be called anything.
    const folders = file
      .split('/')
      .slice(0, -1)
      .filter((part) => part.includes('='));
    return { file, name: bucket.urlOf(key), key, path: join(folder, ...folders, `${i}.parquet`) };
  });
  await eachOf(fetched, FILES_AT_ONCE, async ({ key, path }) => {
    await mkdir(dirname(path), { recursive: true });
    await bucket.download(key, path);
  });
  return fetched;
}
