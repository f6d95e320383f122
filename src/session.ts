import { DuckDBSession, type SessionOptions as EngineOptions } from './engines/duckdb/session.ts';
import { PostgresSession } from './engines/postgres/session.ts';
import { MillraceError } from './errors.ts';
import type { Executor } from './plan/source.ts';
import type { Postgres } from './postgres/connect.ts';
import { type Readers, readersOf } from './readers/read.ts';
import { type DatabaseReaders, databaseReadersOf } from './readers/table.ts';

/** A database that runs plans by itself: see {@link postgres}. */
export interface PostgresEngine {
  readonly kind: 'postgres';
  readonly connection: Postgres;
}

/** Limits of the embedded engine. */
export type SessionOptions = EngineOptions & { readonly engine?: undefined };

/** A database as the engine. The limits are those of the embedded one, which reads what has to be moved there. */
export type PostgresSessionOptions = EngineOptions & { readonly engine: PostgresEngine };

/** An engine with its settings and its readers. */
export interface Session<R extends Readers = Readers> extends AsyncDisposable {
  readonly read: R;
  /**
   * Ends the session: what it staged is removed. Runs under way, and any use of its frames afterwards, fail with
   * `session.closed`.
   */
  close(): Promise<void>;
}

/**
 * A session of your own, with its own limits; the top-level `read` uses one that is shared.
 *
 * @example
 * ```ts
 * import { createSession, t } from 'millrace';
 * await using session = createSession({ memoryLimit: '1GB', threads: 2 });
 * console.log(await session.read.rows([{ x: 1 }], { schema: { x: t.int() } }).count()); // 1
 * ```
 *
 * With a database as its engine, plans run there: see {@link postgres}.
 */
export function createSession(options?: SessionOptions): Session;
export function createSession(options: PostgresSessionOptions): Session<DatabaseReaders>;
export function createSession(
  options: SessionOptions | PostgresSessionOptions = {},
): Session | Session<DatabaseReaders> {
  const { engine, ...limits } = options;
  if (engine === undefined) {
    const session = new DuckDBSession(limits);
    return over(session, readersOf(session));
  }
  if (engine?.kind !== 'postgres') {
    throw new MillraceError({
      code: 'session.option',
      message: 'createSession: engine is no engine. Give postgres(url), or leave it out for the embedded one.',
    });
  }
  const session = new PostgresSession(engine.connection, limits);
  return over(session, databaseReadersOf(session, engine.connection));
}

function over<R extends Readers>(session: Executor & { close(): Promise<void> }, read: R): Session<R> {
  return { read, close: () => session.close(), [Symbol.asyncDispose]: () => session.close() };
}

/**
 * PostgreSQL as the engine of a session: a url, a `pg` Pool (never ended here) or a PGlite. Frames of its tables and
 * queries run wholly there, and `load.postgres` into it is one statement of it; rows from elsewhere are moved into
 * temporary tables first, which `explain()` tells. Answers are those of the embedded engine.
 *
 * The session holds one connection, in which its temporary tables and helper functions are; runs take turns on it.
 *
 * Errors: `compile.unsupported`, before anything runs, for what PostgreSQL cannot do alike; `session.lost` when that
 * connection breaks.
 *
 * @example
 * ```ts
 * import { PGlite } from '@electric-sql/pglite';
 * import { createSession, postgres, t } from 'millrace';
 * const shop = new PGlite();
 * await shop.exec(`CREATE TABLE orders (id int, total numeric(8, 2)); INSERT INTO orders VALUES (1, 9.5), (2, 20)`);
 * const session = createSession({ engine: postgres(shop) });
 * const orders = session.read.table('orders', { schema: { id: t.int(), total: t.decimal(8, 2) } });
 * console.log(await orders.filter((r) => r.total.gt(10)).rows()); // [ { id: 2, total: '20.00' } ]
 * await session.close();
 * await shop.close();
 * ```
 */
export function postgres(connection: Postgres): PostgresEngine {
  return { kind: 'postgres', connection };
}

/** The readers of the shared session, which never keeps a process alive. */
export const read: Readers = readersOf(new DuckDBSession());
