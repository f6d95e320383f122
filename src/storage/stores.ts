import { localDataset } from './local-dataset.ts';
import { writingTo } from './refusals.ts';
import { type S3Options, s3PlaceOf } from './s3/options.ts';
import { type Stored, writeFileAside } from './write-aside.ts';
import type { DatasetLoad } from './write-dataset.ts';
import { writeDataset } from './write-dataset.ts';

/** What the stores need besides the path. */
export interface StoreOptions {
  readonly s3?: S3Options | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Makes a folder of this machine for what is on its way. */
  readonly newFolder: () => Promise<string>;
}

/** Writes a dataset to where its path says: a folder, or a store. */
export async function storeDataset(
  path: string,
  { s3 = {}, signal, newFolder }: StoreOptions,
  load: DatasetLoad,
  write: (folder: string) => Promise<number>,
): Promise<Stored> {
  const place = s3PlaceOf(path);
  if (place === undefined) return writingTo(path, () => writeDataset(localDataset(path), load, write));
  const [{ withBucket }, { s3Dataset }] = await Promise.all([import('./s3/bucket.ts'), import('./s3/dataset.ts')]);
  return withBucket(place.bucket, s3, signal, (bucket) =>
    writeDataset(s3Dataset(bucket, place, newFolder), load, write),
  );
}

/** Writes one file to where its path says: the file that was there, or the new one, never a part. */
export async function storeFile(
  path: string,
  { s3 = {}, signal, newFolder }: StoreOptions,
  mode: 'replace' | 'fail',
  write: (path: string) => Promise<number>,
): Promise<Stored> {
  const place = s3PlaceOf(path);
  if (place === undefined) return writeFileAside(path, mode, write);
  const { writeObject } = await import('./s3/write-object.ts');
  return writeObject(place, { s3, signal, newFolder }, mode, write);
}
