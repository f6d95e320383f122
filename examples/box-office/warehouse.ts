import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { PGlite } from '@electric-sql/pglite';
import type { ScoredFilms } from './model.ts';

/** A PostgreSQL in this process, which keeps its data in a folder and knows the studios. */
export async function openEmbedded(folder: string): Promise<PGlite> {
  const { PGlite } = await import('@electric-sql/pglite');
  const database = await PGlite.create(folder);
  await database.exec(await readFile(new URL('studios.sql', import.meta.url), 'utf8'));
  return database;
}

/** What to call the database of a url: without its password. */
export function nameOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `PostgreSQL at ${host}${pathname}`;
}

/** A name for a load that is the same where its rows are: what was loaded under it is not loaded again. */
export async function contentId(name: string, films: ScoredFilms): Promise<string> {
  const rows = await films.sort('title', 'released').rows();
  return `${name}-${createHash('sha256').update(JSON.stringify(rows)).digest('hex').slice(0, 16)}`;
}
