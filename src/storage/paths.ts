import { type Dirent, existsSync, readdirSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve, sep } from 'node:path';
import { MillraceError, nearestOf } from '../errors.ts';

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
        message: `There is no file ${JSON.stringify(path)} (looked in ${resolve('.')}).${isPattern(path) ? '' : nearest(path)}`,
        details: { path },
      });
    }
    if (files.some((file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)) {
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

/** The name in the path's folder that is nearest to its own. */
function nearest(path: string): string {
  const folder = dirname(path);
  try {
    const near = nearestOf(basename(path), readdirSync(folder));
    return near === undefined ? '' : ` Did you mean ${JSON.stringify(path.slice(0, -basename(path).length) + near)}?`;
  } catch {
    return '';
  }
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

/**
 * The files under a pattern's fixed part that match it: `*`, `?`, `[..]`, `{a,b}`, and `**` for any depth. Sorted. As in
 * shells, names that begin with a dot are only those for which the pattern has the dot.
 */
function glob(pattern: string): string[] {
  const parts = pattern.split(/[\\/]/);
  const fixed = parts.findIndex((part) => /[*?[{]/.test(part));
  const root = parts.slice(0, fixed).join('/') || (pattern.startsWith('/') ? '/' : '.');
  const open = parts.slice(fixed);
  const hidden = open.some((part) => /^\.|[{,]\./.test(part));
  const matcher = new RegExp(`^${open.map((part, i) => partPattern(part, i === open.length - 1)).join('')}$`);
  if (!existsSync(root)) return [];
  return [...filesUnder(root, hidden, [])]
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
function* filesUnder(folder: string, hidden: boolean, above: readonly string[]): Generator<string> {
  const [real, entries] = entriesOf(folder);
  if (above.includes(real)) return;
  for (const entry of entries) {
    const path = join(folder, entry.name);
    if (hidden ? /^\..+\.versions$/.test(entry.name) : entry.name.startsWith('.')) continue;
    const isFolder = entry.isSymbolicLink()
      ? statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
      : entry.isDirectory();
    if (isFolder) yield* filesUnder(path, hidden, [...above, real]);
    else yield path;
  }
}

/** What is in a folder; nothing where it went away while its parent was walked. */
function entriesOf(folder: string): [string, readonly Dirent[]] {
  try {
    return [realpathSync(folder), readdirSync(folder, { withFileTypes: true })];
  } catch (error) {
    if ((error as { readonly code?: unknown }).code !== 'ENOENT') throw error;
    return [folder, []];
  }
}

function partPattern(part: string, isLast: boolean): string {
  const shown = '(?![.])';
  if (part === '**') return isLast ? `(?:${shown}[^/]*/)*${shown}[^/]*` : `(?:${shown}[^/]*/)*`;
  const pattern = part
    .replace(/[.+^$()|\\]/g, '\\$&')
    .replaceAll('*', '[^/]*')
    .replaceAll('?', '[^/]')
    .replace(/\{([^}]*)\}/g, (_, list: string) => `(?:${list.split(',').join('|')})`)
    .replaceAll('[!', '[^');
  return `${/^\{?[*?[]/.test(part) ? shown : ''}${pattern}${isLast ? '' : '/'}`;
}

/** A percent-encoded text as it is meant; as it stands where that cannot be told. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
