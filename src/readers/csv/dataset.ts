import { existsSync, statSync } from 'node:fs';
import { relative, sep } from 'node:path';
import { decoded, expandPaths } from '../../storage/paths.ts';
import type { LocalFile } from './header.ts';

/** What a null is called in the name of a folder. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

/** The files that a path or a glob names; of a folder all that are CSV, with the columns that its folders are. */
export function filesAt(path: string): LocalFile[] {
  const isFolder = existsSync(path) && statSync(path).isDirectory();
  if (!isFolder) return expandPaths(path, 'csv').map((file) => ({ name: file, path: file, partitions: {} }));
  return expandPaths(`${path.replace(/[\\/]+$/, '')}/**/*.csv*`, 'csv').map((file) => {
    const folders = relative(path, file).split(sep).slice(0, -1);
    return { name: file, path: file, partitions: Object.fromEntries(folders.flatMap(partitionOf)) };
  });
}

/** A folder named `column=value`. */
function partitionOf(folder: string): [string, string | null][] {
  const [, name, value = ''] = /^([^=]+)=(.*)$/.exec(folder) ?? [];
  return name === undefined ? [] : [[decoded(name), value === NO_VALUE ? null : decoded(value)]];
}
