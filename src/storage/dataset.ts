import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MillraceError } from '../errors.ts';
import { partitionsOf } from './manifest.ts';
import { expandPaths, isPattern } from './paths.ts';
import { currentOf } from './versions.ts';

/** Files, and which columns stand in the names of the folders they are in. */
export interface Dataset {
  readonly paths: readonly string[];
  readonly partitions: readonly string[];
}

/** The Parquet files that paths, globs and the folders of datasets name; of a folder, those of its newest version. */
export function datasetOf(paths: string | readonly string[]): Dataset {
  const given = typeof paths === 'string' ? [paths] : paths;
  const parts = given.map(partOf);
  const [first, ...others] = parts;
  const partitions = first?.partitions ?? [];
  if (others.some((part) => part.partitions.join('/') !== partitions.join('/'))) {
    throw new MillraceError({
      code: 'parquet.mixed',
      message: `The datasets ${given.join(', ')} are partitioned differently. Read them apart and join them with concat.`,
      details: { paths: given },
    });
  }
  return { paths: parts.flatMap((part) => part.paths), partitions };
}

function partOf(path: string): Dataset {
  const isFile = existsSync(path) && !statSync(path).isDirectory();
  const current = isFile || isPattern(path) ? undefined : currentOf(path);
  if (current === undefined) return { paths: expandPaths(path, 'parquet'), partitions: [] };
  const names = current.files.filter((file) => file.endsWith('.parquet'));
  const [first] = names;
  if (first === undefined) {
    throw new MillraceError({
      code: 'parquet.not_found',
      message: `There is no Parquet file in the folder ${JSON.stringify(path)}.`,
      details: { path },
    });
  }
  const partitions = partitionsOf(first);
  const other = names.find((name) => partitionsOf(name).join('/') !== partitions.join('/'));
  if (other !== undefined) {
    throw new MillraceError({
      code: 'parquet.mixed',
      message: `The files of the dataset ${JSON.stringify(path)} are partitioned differently: ${path}/${first} by (${partitions.join(', ')}), ${path}/${other} by (${partitionsOf(other).join(', ')}).`,
      details: { path, files: [`${path}/${first}`, `${path}/${other}`] },
    });
  }
  // As the user calls it, where no version stands between.
  const folder = current.folder === resolve(path) ? path : current.folder;
  return { paths: names.map((name) => join(folder, name)), partitions };
}
