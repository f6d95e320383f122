import { MillraceError } from '../../errors.ts';
import { showArgument } from '../../schema/show-value.ts';
import type { PostgresEngine } from '../../session.ts';
import type { Database } from './database.ts';
import { SqlRunStore } from './sql-store.ts';
import type { RunStore } from './store.ts';

/** What `openRunStore` takes. */
export interface RunStoreOptions {
  /**
   * The folder of checkpoints and quarantined rows. Default: `files` beside a store that is a file; beside a database none is written
   * without it.
   */
  readonly folder?: string;
}

/**
 * Opens the store of runs: a file (needs the package `libsql`), or a PostgreSQL. A file is made where there is none.
 * Several processes may have it open at once.
 *
 * @example
 * ```ts
 * import { openRunStore, pipeline, runPipeline } from 'millrace/pipeline';
 * const hello = pipeline('hello', {}, (p) => {
 *   p.task('greet', ({ log }) => log.info('hello'));
 * });
 * await using store = await openRunStore('warehouse/runs.db');
 * const { id } = await runPipeline(hello, { store });
 * console.log((await store.run(id))?.state, (await store.logs(id)).map((line) => line.message)); // succeeded [ 'hello' ]
 * ```
 *
 * Errors: `pipeline.store_locked`, `pipeline.store_corrupt`, `pipeline.store_newer`, `pipeline.store_full`, `pipeline.store`, each with the
 * file and what to do; `pipeline.peer` where `libsql` is not installed; those of PostgreSQL.
 */
export async function openRunStore(place: string | PostgresEngine, options: RunStoreOptions = {}): Promise<RunStore> {
  const database = await open(place, options.folder);
  return new SqlRunStore(database);
}

async function open(place: string | PostgresEngine, folder: string | undefined): Promise<Database> {
  const isUrl = typeof place === 'string' && /^postgres(ql)?:\/\//i.test(place);
  if (typeof place === 'string' && place !== '' && !isUrl) {
    const { openSqlite, sqliteMigration } = await import('./sqlite.ts');
    const database = await openSqlite(place, folder);
    return migrated(database, sqliteMigration(database.name));
  }
  if (!isUrl && (typeof place === 'string' || place?.kind !== 'postgres')) {
    throw new MillraceError({
      code: 'pipeline.store',
      message: `openRunStore: ${showArgument(place)} is no place for runs. Give the path of a file, such as '.millrace/runs.db', a url of PostgreSQL, or postgres(..) with a Pool or a PGlite.`,
    });
  }
  const { openPostgres, postgresMigration } = await import('./postgres.ts');
  const database = await openPostgres(typeof place === 'string' ? place : place.connection, folder);
  return migrated(database, postgresMigration(database.name));
}

async function migrated(
  database: Database,
  migration: (version: number | undefined) => readonly string[],
): Promise<Database> {
  try {
    await database.migrate(migration);
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}
