import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { expect } from 'vitest';
import { createSession, MillraceError, postgres, type Session } from '../../src/index.ts';
import { freshDatabase } from './postgres.ts';

/** Where a load comes from and goes to. */
export interface LoadPlace {
  readonly name: string;
  readonly target: pg.Pool | PGlite;
  /** Whose frames are loaded: rows of the embedded engine, or of the target itself. */
  readonly session: Session;
  /** The rows of a query of the target, their values as text. */
  rows(sql: string): Promise<readonly (readonly (string | null)[])[]>;
}

/** A server and a PGlite, each loaded from the embedded engine and from itself. */
export async function loadPlaces(): Promise<{
  readonly places: readonly LoadPlace[];
  readonly pool: pg.Pool;
  close(): Promise<void>;
}> {
  const database = await freshDatabase();
  const settings = new pg.Client({ connectionString: database.url });
  await settings.connect();
  await settings.query(`ALTER DATABASE "${database.name}" SET timezone = 'America/New_York'`);
  await settings.query(`ALTER DATABASE "${database.name}" SET default_transaction_isolation = 'repeatable read'`);
  await settings.end();
  const pool = new pg.Pool({ connectionString: database.url, max: 6 });
  // Dropping the database cuts connections that the pool has told to end and that have not ended yet.
  pool.on('error', () => {});
  const pglite = new PGlite();
  const embedded = createSession({ threads: 2 });
  const ofServer = createSession({ engine: postgres(pool) });
  const ofPGlite = createSession({ engine: postgres(pglite) });
  const text = (rows: readonly object[]): (string | null)[][] =>
    rows.map((row) => Object.values(row).map((value: unknown) => (value === null ? null : String(value))));
  const ofPool = async (sql: string) => text((await pool.query(sql)).rows as object[]);
  const ofLite = async (sql: string) => text((await pglite.query(sql)).rows as object[]);
  const places: readonly LoadPlace[] = [
    { name: 'a server', target: pool, session: embedded, rows: ofPool },
    { name: 'a server, from itself', target: pool, session: ofServer, rows: ofPool },
    { name: 'a PGlite', target: pglite, session: embedded, rows: ofLite },
    { name: 'a PGlite, from itself', target: pglite, session: ofPGlite, rows: ofLite },
  ];
  return {
    pool,
    places:
      process.env.MILLRACE_TEST_SERVERS_ALONE === undefined ? places : places.filter(({ target }) => target === pool),
    close: async () => {
      for (const session of [embedded, ofServer, ofPGlite]) await session.close();
      await pool.end();
      await pglite.close();
      await database.drop();
    },
  };
}

/** The error that a promise ends with. */
export async function failureOf(promise: Promise<unknown>): Promise<MillraceError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MillraceError);
  return error as MillraceError;
}
