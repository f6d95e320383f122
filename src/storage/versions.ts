import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import type { Current } from './dataset-store.ts';
import type { Manifest } from './manifest.ts';

/**
 * A dataset `sales` is a link to the newest folder of `.sales.versions`:
 *
 *     sales -> .sales.versions/000017/data
 *     .sales.versions/000017/manifest.json
 *     .sales.versions/000017/data/region=north/part-...parquet
 *
 * A version appears whole, by one rename, under a number that nobody had: that is the commit. The link follows, for those
 * who know nothing of versions; a version that is newer than the link is the dataset already. See docs/decisions/.
 */

/** Where a dataset is. */
export interface Place {
  /** The link, or a folder that is no link of ours. */
  readonly target: string;
  readonly versions: string;
  /** The number of the version that the link leads to; undefined where there is no link. */
  readonly linked: number | undefined;
}

/** A dataset as it stands. */
export interface LocalCurrent extends Current {
  /** Where its files are. */
  readonly folder: string;
}

const LINK = /^(?:.*[\\/])?(\.[^\\/]+\.versions)[\\/](\d{6,})[\\/]data[\\/]?$/;

/** Follows links of others, which stay as they are, to the place that a path means. */
export function placeOf(path: string): Place {
  let target = resolve(path);
  for (let hops = 0; hops < 40; hops++) {
    if (lstatSync(target, { throwIfNoEntry: false })?.isSymbolicLink() !== true) break;
    const leadsTo = readlinkSync(target);
    const own = LINK.exec(leadsTo);
    if (own !== null) {
      const versions = resolve(dirname(target), leadsTo, '..', '..');
      return { target, versions, linked: Number(own[2]) };
    }
    target = resolve(dirname(target), leadsTo);
  }
  return { target, versions: join(dirname(target), `.${basename(target)}.versions`), linked: undefined };
}

/** The dataset at a path; undefined where there is none. */
export function currentOf(path: string): LocalCurrent | undefined {
  const { target, versions, linked } = placeOf(path);
  const numbers = numbersIn(versions);
  const hasData = (number: number): boolean => existsSync(join(versionFolder(versions, number), 'data'));
  if (linked !== undefined) {
    const newest = numbers.findLast((number) => number >= linked && hasData(number));
    return newest === undefined ? undefined : version(versions, newest);
  }
  if (existsSync(target)) {
    const files = filesIn(target);
    // Where there are no links, the folder was moved here from the version that has its manifest.
    const moved = numbers.findLast((number) => !hasData(number));
    const manifest = moved === undefined ? undefined : manifestIn(versionFolder(versions, moved));
    const same = manifest !== undefined && [...manifest.files].sort().join('\n') === files.join('\n');
    return { folder: target, files, manifest: same ? manifest : undefined };
  }
  const between = numberBetween(versions);
  return between === undefined ? undefined : version(versions, between);
}

/** Where there is neither link nor folder: the version that is the dataset, since the folder before it has been moved away. */
export function numberBetween(versions: string): number | undefined {
  const has = (number: number, name: string): boolean => existsSync(join(versionFolder(versions, number), name));
  const number = numbersIn(versions).findLast((n) => has(n, 'before'));
  return number === undefined || !has(number, 'data') ? undefined : number;
}

function version(versions: string, number: number): LocalCurrent {
  const folder = versionFolder(versions, number);
  const manifest = manifestIn(folder);
  return { folder: join(folder, 'data'), files: manifest?.files ?? filesIn(join(folder, 'data')), manifest };
}

function manifestIn(folder: string): Manifest | undefined {
  const path = join(folder, 'manifest.json');
  return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Manifest) : undefined;
}

export function versionFolder(versions: string, number: number): string {
  return join(versions, String(number).padStart(6, '0'));
}

/** The numbers that versions have or had, the least first. */
export function numbersIn(versions: string): number[] {
  if (!existsSync(versions)) return [];
  return readdirSync(versions)
    .filter((name) => /^\d{6,}$/.test(name))
    .map(Number)
    .sort((a, b) => a - b);
}

/** All files under a folder, by their paths in it, in order. */
export function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) =>
      join(entry.parentPath, entry.name)
        .slice(join(folder, 'x').length - 1)
        .split(sep)
        .join('/'),
    )
    .sort();
}
