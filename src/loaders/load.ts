import { loadPostgres } from './postgres/load-postgres.ts';

/** What writes a frame somewhere. */
export interface Loaders {
  /** A table of PostgreSQL: by url, a `pg` Pool or a PGlite. */
  readonly postgres: typeof loadPostgres;
}

/**
 * The loaders: each runs a frame's plan, writes the result in full or not at all, and reports where every row went.
 */
export const load: Loaders = {
  postgres: loadPostgres,
};
