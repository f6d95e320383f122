import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../errors.ts';
import { asideName, isAbandoned, machineName } from '../aside.ts';
import type { DatasetStore, Ground, Staging } from '../dataset-store.ts';
import { eachOf } from '../each-of.ts';
import type { Manifest } from '../manifest.ts';
import type { Bucket } from './bucket.ts';
import {
  currentIn,
  inside,
  manifestKey,
  readManifest,
  type S3Current,
  type S3Manifest,
  VERSIONS,
} from './manifest-object.ts';
import type { S3Place } from './options.ts';

/** A dataset in a store, and the tag of its manifest. */
interface S3Ground extends Ground {
  readonly current: S3Current | undefined;
  readonly tag: string | undefined;
}

const FILES_AT_ONCE = 4;
/** How many versions the manifest remembers by name. */
const REMEMBERED = 100;
/** How often a commit is tried of which it is not known whether it came through. */
const COMMITS = 4;

/** The versions of a dataset in a store; `newFolder` makes folders of this machine for what is to be sent. */
export function s3Dataset(
  bucket: Bucket,
  { url, key: dataset }: S3Place,
  newFolder: () => Promise<string>,
): DatasetStore<S3Ground> {
  /** The manifest as it was last seen, and whose obsolete objects are known to be gone. */
  let seen: S3Manifest | undefined;
  let settled: string | undefined;

  const look = async (): Promise<S3Ground> => {
    const found = await readManifest(bucket, dataset);
    seen = found?.manifest;
    return { current: await currentIn(bucket, dataset, found?.manifest), tag: found?.tag };
  };

  const settle = async (): Promise<void> => {
    if (seen === undefined || settled === seen.version) return;
    await bucket.remove(seen.obsolete.map((key) => inside(dataset, key)));
    settled = seen.version;
  };

  const commit = async (
    name: string,
    { current, tag }: S3Ground,
    kept: readonly string[],
    manifest: Manifest,
  ): Promise<boolean> => {
    const before = current?.manifest;
    const isKept = new Set(kept);
    const objects = manifest.files.map(
      (file) =>
        [file, (isKept.has(file) ? current?.objects.get(file) : undefined) ?? `${VERSIONS}${name}/${file}`] as const,
    );
    const still = new Set(objects.map(([, key]) => key));
    const next: S3Manifest = {
      ...manifest,
      version: name,
      history: [...(before?.history ?? []), ...(before === undefined ? [] : [before.version])].slice(-REMEMBERED),
      objects,
      before: [...(current?.objects.values() ?? [])].filter((key) => !still.has(key)),
      obsolete: [
        ...(before?.before ?? []),
        ...(before === undefined || before.version === settled ? [] : before.obsolete),
      ],
    };
    if (!(await putManifest(bucket, dataset, next, tag))) return false;
    seen = next;
    return true;
  };

  return {
    name: url,
    tidy: async () => {
      await sweep(bucket, dataset, async () => {
        await look();
        return seen;
      });
      await settle();
    },
    ground: look,
    stage: async (): Promise<Staging<S3Ground>> => {
      const name = asideName('', machineName());
      const folder = await newFolder();
      /** Whether the files may be, or become, a part of the dataset. */
      let isMade = false;
      return {
        folder,
        send: (files) =>
          eachOf(files, FILES_AT_ONCE, (file) =>
            bucket.upload(`${folder}/${file}`, inside(dataset, `${VERSIONS}${name}/${file}`)),
          ),
        commit: async (ground, kept, manifest) => {
          isMade = true;
          const isDone = await commit(name, ground, kept, manifest).catch((error: unknown) => {
            isMade = error instanceof MillraceError && error.code === 's3.outcome';
            throw error;
          });
          isMade = isDone;
          return isDone;
        },
        remove: async () => {
          if (isMade) return;
          const own = bucket.unstopped;
          try {
            const sent = await own.list(inside(dataset, `${VERSIONS}${name}/`));
            await own.remove(sent.map(({ key }) => key));
          } catch {
            // A later load does it: nobody sees them, and what went wrong has been told.
          }
        },
      };
    },
    settle,
  };
}

/**
 * The commit: one conditional write, which fails where the manifest is not the one that was read. Where its answer is lost,
 * the manifest tells whether it came through.
 */
async function putManifest(
  bucket: Bucket,
  dataset: string,
  next: S3Manifest,
  tag: string | undefined,
): Promise<boolean> {
  // A signal ends the run before the commit or after it: what is under way cannot be taken back.
  bucket.throwIfStopped();
  const key = manifestKey(dataset);
  const text = JSON.stringify(next);
  let condition: Parameters<Bucket['put']>[2] = tag === undefined ? { absent: true } : { tag };
  for (let attempt = 1; ; attempt++) {
    try {
      await bucket.unstopped.put(key, text, condition);
      return true;
    } catch (error) {
      if (!(error instanceof MillraceError)) throw error;
      if (error.code === 's3.not_implemented' && condition !== undefined) {
        condition = undefined;
        if ((await readManifest(bucket.unstopped, dataset))?.tag !== tag) return false;
        continue;
      }
      if (!error.retryable) throw error;
      const found = await readManifest(bucket.unstopped, dataset).catch(() => undefined);
      if (found !== undefined && [...found.manifest.history, found.manifest.version].includes(next.version))
        return true;
      if (found !== undefined && found.tag !== tag) return false;
      if (attempt < COMMITS) {
        await sleep(200 * 2 ** attempt);
        continue;
      }
      throw new MillraceError({
        code: 's3.outcome',
        message: `${bucket.urlOf(key)}: the connection was lost while the load was committed, so it is not known whether it was (${error.message}). Load again under the same loadId, or read the dataset to see.`,
        retryable: true,
        details: { url: bucket.urlOf(key) },
        cause: error,
      });
    }
  }
}

/** Removes what loads that were killed had sent, and what they had begun to send. */
async function sweep(
  bucket: Bucket,
  dataset: string,
  manifestNow: () => Promise<S3Manifest | undefined>,
): Promise<void> {
  const versions = inside(dataset, VERSIONS);
  const [names, uploads] = [await bucket.folders(versions), await uploadsIn(bucket, versions)];
  const here = machineName();
  // After the listing: what was committed meanwhile is in it.
  const manifest = await manifestNow();
  const keys =
    manifest === undefined ? [] : [...manifest.objects.map(([, key]) => key), ...manifest.before, ...manifest.obsolete];
  const known = new Set(keys.map((key) => nameIn(key)));
  for (const name of names) {
    if (known.has(name)) continue;
    const left = await bucket.list(`${versions}${name}/`);
    const written = Math.max(0, ...left.map((object) => object.written));
    if (isAbandoned(name, '', written, here)) await bucket.remove(left.map(({ key }) => key));
  }
  for (const { key, id, begun } of uploads) {
    if (isAbandoned(nameIn(key.slice(inside(dataset, '').length)), '', begun, here)) await bucket.abortUpload(key, id);
  }
}

/** Who wrote an object, by its key in the dataset. */
function nameIn(key: string): string {
  return key.startsWith(VERSIONS) ? (key.slice(VERSIONS.length).split('/')[0] ?? '') : '';
}

/** Not every store can list them, nor is everyone allowed to. */
async function uploadsIn(bucket: Bucket, prefix: string): ReturnType<Bucket['uploads']> {
  try {
    return await bucket.uploads(prefix);
  } catch (error) {
    if (error instanceof MillraceError && ['s3.not_implemented', 's3.access'].includes(error.code)) return [];
    throw error;
  }
}
