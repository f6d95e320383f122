import { existsSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { MillraceError } from '../errors.ts';
import { partitionsOf } from './manifest.ts';
import { expandPaths, isPattern } from './paths.ts';
import { isS3, type S3Options, s3PlaceOf } from './s3/options.ts';
import { currentOf } from './versions.ts';

/** Files, and which columns stand in the names of the folders they are in. */
export interface Dataset {
  readonly paths: readonly string[];
  readonly partitions: readonly string[];
  /** What to call the files, where their paths mean nothing to a user. */
  readonly names?: readonly string[];
}

/** The Parquet files that paths, globs and the folders of datasets name; of a folder, those of its newest version. */
export function datasetOf(paths: string | readonly string[]): Dataset {
  const given = typeof paths === 'string' ? [paths] : paths;
  // Tells that there is none.
  if (given.length === 0) expandPaths(given, 'parquet');
  return together(given, given.map(partOf));
}

/**
 * The same, where some are in a store that speaks S3: those are brought to a folder of this machine.
 */
export async function fetchDataset(
  paths: string | readonly string[],
  s3: S3Options | undefined,
  context: { scratchFolder(): Promise<string>; readonly signal: AbortSignal | undefined },
): Promise<Dataset> {
  if (!isAnyS3(paths)) return datasetOf(paths);
  const given = typeof paths === 'string' ? [paths] : paths;
  const parts: Dataset[] = [];
  for (const path of given) {
    const place = s3PlaceOf(path);
    if (place === undefined) {
      parts.push(partOf(path));
      continue;
    }
    const { fetchFiles } = await import('./s3/fetch.ts');
    const fetched = await fetchFiles(place, s3 ?? {}, context);
    const names = fetched.map(({ name }) => name);
    const paths = fetched.map(({ path }) => path);
    parts.push({
      paths,
      names,
      partitions: samePartitions(
        place.url,
        fetched.map(({ file }) => file),
      ),
    });
  }
  return together(given, parts);
}

/** Whether some of the paths are in a store. */
export function isAnyS3(paths: string | readonly string[]): boolean {
  return (typeof paths === 'string' ? [paths] : paths).some(isS3);
}

function together(given: readonly string[], parts: readonly Dataset[]): Dataset {
  const [first, ...others] = parts;
  const partitions = first?.partitions ?? [];
  if (others.some((part) => part.partitions.join('/') !== partitions.join('/'))) {
    throw new MillraceError({
      code: 'parquet.mixed',
      message: `The datasets ${given.join(', ')} are partitioned differently. Read them apart and join them with concat.`,
      details: { paths: given },
    });
  }
  const paths = parts.flatMap((part) => part.paths);
  const isNamed = parts.some((part) => part.names !== undefined);
  return { paths, partitions, ...(isNamed ? { names: parts.flatMap((part) => part.names ?? part.paths) } : {}) };
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
  const partitions = samePartitions(path, names);
  // As the user calls it, where no version stands between.
  const folder = current.folder === resolve(path) ? path : current.folder;
  const paths = names.map((name) => join(folder, name));
  const gone = paths.filter((file) => !existsSync(file));
  if (gone.length === 0) return { paths, partitions };
  throw new MillraceError({
    code: 'parquet.missing_file',
    message: `The dataset ${JSON.stringify(path)} lists ${gone.length === 1 ? 'a file that is' : `${gone.length} files that are`} not there: ${gone.slice(0, 3).join(', ')}. Reading again helps where it was just replaced; else bring them back, or load the dataset again.`,
    retryable: true,
    details: { path, files: gone },
  });
}

/** The columns that the folders of all files are. */
function samePartitions(path: string, files: readonly string[]): string[] {
  const [first = '', ...others] = files;
  const partitions = partitionsOf(first);
  const other = others.find((file) => partitionsOf(file).join('/') !== partitions.join('/'));
  if (other === undefined) return partitions;
  throw new MillraceError({
    code: 'parquet.mixed',
    message: `The files of the dataset ${JSON.stringify(path)} are partitioned differently: ${path}/${first} by (${partitions.join(', ')}), ${path}/${other} by (${partitionsOf(other).join(', ')}).`,
    details: { path, files: [`${path}/${first}`, `${path}/${other}`] },
  });
}
