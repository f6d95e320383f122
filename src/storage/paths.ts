import { existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { join, resolve, sep } from 'node:path';
import { MillraceError } from '../errors.ts';

/** What codes of errors of files begin with. */
export type FileArea = 'arrow' | 'csv' | 'excel' | 'json' | 'ndjson' | 'parquet';

/** The files that paths and globs name, in order; a path that names none is an error. */
export function expandPaths(paths: string | readonly string[], area: FileArea, extension: string = area): string[] {
  const given = typeof paths === 'string' ? [paths] : paths;
  const found = given.flatMap((path) => {
    refuseScheme(path, area);
    const files = isPattern(path) ? glob(path) : existsSync(path) ? [path] : [];
    if (files.length === 0) {
      throw new MillraceError({
        code: `${area}.not_found`,
        message: `There is no file ${JSON.stringify(path)} (looked in ${resolve('.')}).`,
        details: { path },
      });
    }
    if (files.some((file) => statSync(file).isDirectory())) {
      throw new MillraceError({
        code: `${area}.not_found`,
        message: `${JSON.stringify(path)} is a folder. Name the files in it with a glob, such as ${JSON.stringify(`${path}/*.${extension}`)}.`,
        details: { path },
      });
    }
    return files;
  });
  const twice = found.find((path, i) => found.findIndex((other) => resolve(other) === resolve(path)) !== i);
  if (twice !== undefined) {
    throw new MillraceError({
      code: `${area}.duplicate_path`,
      message: `${JSON.stringify(twice)} is named twice, so its rows would count twice. Name each file once.`,
      details: { path: twice },
    });
  }
  if (found.length === 0) {
    throw new MillraceError({ code: `${area}.not_found`, message: 'No path was given.' });
  }
  return found;
}

/** Whether a path is a pattern, and not the name of something that is there. */
export function isPattern(path: string): boolean {
  return /[*?[{]/.test(path) && !existsSync(path);
}

/** A url is no path: what is not read over the network would be taken for the name of a folder. */
export function refuseScheme(path: string, area: FileArea, supported = 'the path of a local file'): void {
  const scheme = /^[a-z][a-z0-9+.-]+:\/\//i.exec(path)?.[0];
  if (scheme === undefined) return;
  throw new MillraceError({
    code: `${area}.scheme`,
    message: `${JSON.stringify(path)}: ${scheme} is not supported here. Give ${supported}.`,
    details: { path, scheme },
  });
}

/** The files under a pattern's fixed part that match it: `*`, `?`, `[..]`, `{a,b}`, and `**` for any depth. Sorted. */
function glob(pattern: string): string[] {
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.findIndex((part) => /[*?[{]/.test(part));
  const root = parts.slice(0, fixed).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const matcher = new RegExp(`^${parts.slice(fixed).map(partPattern).join('/').replaceAll('(?:.*)/', '(?:.*/)?')}$`);
  if (!existsSync(root)) return [];
  return [...filesUnder(root, [])]
    .filter((path) =>
      matcher.test(
        path
          .slice(join(root, 'x').length - 1)
          .split(sep)
          .join('/'),
      ),
    )
    .sort();
}

/**
 * The files under a folder. Links to folders are followed, since a dataset is one; the folders of its versions are not,
 * or its rows would count twice.
 */
function* filesUnder(folder: string, above: readonly string[]): Generator<string> {
  const real = realpathSync(folder);
  if (above.includes(real)) return;
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (/^\..+\.versions$/.test(entry.name)) continue;
    const isFolder = entry.isSymbolicLink()
      ? statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
      : entry.isDirectory();
    if (isFolder) yield* filesUnder(path, [...above, real]);
    else yield path;
  }
}

function partPattern(part: string): string {
  if (part === '**') return '(?:.*)';
  return part
    .replace(/[.+^$()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replace(/\{([^}]*)\}/g, (_, list: string) => `(?:${list.split(',').join('|')})`)
    .replaceAll('[!', '[^');
}
