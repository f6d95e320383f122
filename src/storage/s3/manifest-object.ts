import { MillraceError } from '../../errors.ts';
import type { Current } from '../dataset-store.ts';
import type { Manifest } from '../manifest.ts';
import type { Bucket } from './bucket.ts';

/**
 * A dataset `s3://bucket/sales` is what one object says it is:
 *
 *     sales/_manifest.json
 *     sales/_versions/<who-wrote-it>/region=north/part-...parquet
 *
 * Objects are written under names that nobody has, and then the manifest is put in place of the one that was read: that is
 * the commit. See docs/decisions/.
 */
export interface S3Manifest extends Manifest {
  /** The name of this version. */
  readonly version: string;
  /** The names of the versions before, the newest last: whose answer was lost finds out whether it was committed. */
  readonly history: readonly string[];
  /** Where each file is: the key after that of the dataset. */
  readonly objects: readonly (readonly [file: string, key: string])[];
  /** What only the version before has: it goes with the next commit. */
  readonly before: readonly string[];
  /** What no version has still. */
  readonly obsolete: readonly string[];
}

/** A dataset in a store as it stands. */
export interface S3Current extends Current {
  readonly objects: ReadonlyMap<string, string>;
  /** Undefined where something else made the files. */
  readonly manifest: S3Manifest | undefined;
}

export const VERSIONS = '_versions/';
const MANIFEST = '_manifest.json';

/** The key of a dataset with what is in it. */
export function inside(dataset: string, key: string): string {
  return dataset === '' ? key : `${dataset}/${key}`;
}

export function manifestKey(dataset: string): string {
  return inside(dataset, MANIFEST);
}

/** The manifest of a dataset, and the tag that tells it from later ones. */
export async function readManifest(
  bucket: Bucket,
  dataset: string,
): Promise<{ readonly manifest: S3Manifest; readonly tag: string } | undefined> {
  const key = manifestKey(dataset);
  const found = await bucket.text(key);
  if (found === undefined) return undefined;
  try {
    const manifest = JSON.parse(found.text) as S3Manifest;
    if (Array.isArray(manifest.objects) && Array.isArray(manifest.files)) return { manifest, tag: found.tag };
  } catch {
    // Said below.
  }
  throw new MillraceError({
    code: 's3.manifest',
    message: `${bucket.urlOf(key)} is no manifest of a dataset. Remove it, or name another place.`,
    details: { url: bucket.urlOf(key) },
  });
}

/** The dataset that a manifest describes; without one, the files that are there. */
export async function currentIn(
  bucket: Bucket,
  dataset: string,
  manifest: S3Manifest | undefined,
): Promise<S3Current | undefined> {
  if (manifest !== undefined)
    return { files: manifest.files, manifest, objects: new Map(manifest.objects.map(([file, key]) => [file, key])) };
  const files = await objectsIn(bucket, dataset);
  return files.length === 0
    ? undefined
    : { files, manifest: undefined, objects: new Map(files.map((file) => [file, file])) };
}

/** What stands in a folder that no manifest describes. What writers have not committed is under a name that begins with _ or a dot. */
async function objectsIn(bucket: Bucket, dataset: string): Promise<string[]> {
  const prefix = inside(dataset, '');
  const isAside = (part: string): boolean => /^[._][^=]*$/.test(part);
  return (await bucket.list(prefix))
    .map(({ key }) => key.slice(prefix.length))
    .filter((key) => key !== '' && !key.endsWith('/') && !key.split('/').some(isAside));
}
