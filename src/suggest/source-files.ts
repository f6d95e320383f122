import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourceContext } from '../plan/source.ts';
import { downloadOf, isUrl } from '../readers/download.ts';
import { expandPaths } from '../storage/paths.ts';

/** A file of a source, and what the user calls it: of a url, what was fetched. */
export interface SourceFile {
  readonly path: string;
  readonly name: string;
}

/** The kinds of files that are looked at by their paths. */
export type FileKind = 'json' | 'ndjson' | 'parquet' | 'excel' | 'arrow';

/** The files of paths, globs and urls, in their order; urls are fetched into scratch, whole. */
export async function sourceFiles(
  given: readonly (string | URL)[],
  kind: FileKind,
  context: SourceContext,
): Promise<readonly SourceFile[]> {
  const files: SourceFile[] = [];
  for (const one of given) {
    const text = pathOf(one);
    if (isUrl(text)) files.push(await fetched(text, kind, context));
    else files.push(...expandPaths(text, kind, kind === 'excel' ? 'xlsx' : kind).map((path) => ({ path, name: path })));
  }
  return files;
}

/** A path, or a url of what is elsewhere. */
export function pathOf(one: string | URL): string {
  return one instanceof URL && one.protocol === 'file:' ? fileURLToPath(one) : String(one);
}

async function fetched(url: string, kind: FileKind, context: SourceContext): Promise<SourceFile> {
  const download = downloadOf(url, {}, kind === 'ndjson' ? 'json' : kind);
  // Its ending tells how it is compressed.
  const [ending = ''] = /([.]\w{1,10}){1,2}$/.exec(new URL(url).pathname) ?? [];
  const path = join(await context.scratchFolder(), `${randomUUID()}${ending}`);
  await download.into(path, context.signal);
  return { path, name: download.name };
}
