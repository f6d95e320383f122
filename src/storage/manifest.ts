import { MillraceError } from '../errors.ts';
import { decoded } from './paths.ts';

/** A load that was done under a name. */
export interface LoadEntry {
  readonly loadId: string;
  readonly runId: string;
  readonly rows: number;
  readonly at: string;
}

/** What one version of a dataset is. */
export interface Manifest {
  readonly runId: string;
  readonly committed: string;
  /** Names of columns and what is in them. */
  readonly columns: readonly (readonly [name: string, dtype: string])[];
  /** The columns that are folders, from the outermost. */
  readonly partitions: readonly string[];
  /** All files, by their paths in the dataset. */
  readonly files: readonly string[];
  /** Every load that was named, also those whose rows have been replaced. */
  readonly loads: readonly LoadEntry[];
}

export type DatasetMode = 'replace' | 'append' | 'replacePartitions' | 'fail';

/** Which of the files that are there stay, when others come. */
export function keptFiles(mode: DatasetMode, there: readonly string[], coming: readonly string[]): string[] {
  switch (mode) {
    case 'append':
      return [...there];
    case 'replacePartitions': {
      const replaced = new Set(coming.map(folderOf));
      return there.filter((file) => !replaced.has(folderOf(file)));
    }
    default:
      return [];
  }
}

/** The columns that the folders of a file in a dataset are. */
export function partitionsOf(file: string): string[] {
  return folderOf(file)
    .split('/')
    .flatMap((folder) => /^([^=]+)=/.exec(folder)?.[1] ?? [])
    .map(decoded);
}

function folderOf(file: string): string {
  return file.split('/').slice(0, -1).join('/');
}

/** Refuses files that could not be read together with those that stay. */
export function refuseOther(
  path: string,
  there: { readonly manifest: Manifest | undefined; readonly files: readonly string[] },
  coming: Pick<Manifest, 'columns' | 'partitions'>,
): void {
  const first = there.files.find((file) => file.endsWith('.parquet'));
  const partitions = first === undefined ? coming.partitions : partitionsOf(first);
  if (partitions.join('/') !== coming.partitions.join('/')) {
    throw new MillraceError({
      code: 'load.partitions',
      message: `The dataset ${JSON.stringify(path)} is partitioned by (${partitions.join(', ')}), and this load by (${coming.partitions.join(', ')}). Give the same partitionBy, or mode: 'replace'.`,
      details: { path, partitions },
    });
  }
  if (there.manifest === undefined || first === undefined) return;
  const found = new Map(there.manifest.columns);
  const given = new Map(coming.columns);
  const differences = [...new Set([...found.keys(), ...given.keys()])]
    .filter((name) => found.get(name) !== given.get(name))
    .map(
      (name) =>
        `${JSON.stringify(name)} is ${found.get(name) ?? 'missing'} there and ${given.get(name) ?? 'missing'} here`,
    );
  if (differences.length === 0) return;
  throw new MillraceError({
    code: 'load.columns',
    message: `The dataset ${JSON.stringify(path)} has other columns: ${differences.join('; ')}. Cast or select the frame's, or give mode: 'replace'.`,
    details: { path, differences },
  });
}
