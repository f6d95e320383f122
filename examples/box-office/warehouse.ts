import { readFile } from 'node:fs/promises';
import type { PGlite } from '@electric-sql/pglite';

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
