import { setTimeout as sleep } from 'node:timers/promises';
import type { Client, ClientConfig, PoolClient } from 'pg';
import { MillraceError } from '../errors.ts';
import type { PoolLike, QueryResult, ResultField, Transaction, TransactionOptions } from './connect.ts';
import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { postgresError } from './errors.ts';
import { ownNamesFirst } from './search-path.ts';
import { BACKEND, type Backend, type Watch, watchSilence } from './silence.ts';
import { connectionOf } from './url.ts';

/** Lends connections. */
export interface Lender {
  take(): Promise<PoolClient>;
  give(client: PoolClient, broken: boolean): void | Promise<void>;
  /** A connection besides, not opened yet, that gives up after some milliseconds; absent where there is none to be had. */
  another?(timeout: number): Client;
}

/** A transaction over a connection of its own. */
export async function urlTransaction<R>(
  url: string,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const pg = await import('pg');
  const { connectionString, shown } = await connectionOf(url, options.caller);
  const settings = { connectionString, ...givingUp(options.timeout) };
  const pool = new pg.default.Pool({ ...settings, max: 1, allowExitOnIdle: true });
  // An idle connection that dies would otherwise end the process.
  pool.on('error', () => {});
  const take = (): Promise<PoolClient> =>
    pool.connect().catch((error: unknown) => {
      throw postgresError(error, options.caller, `cannot connect to ${shown}`);
    });
  const another = (timeout: number): Client =>
    new pg.default.Client({ connectionString, ...givingUp(timeout), query_timeout: timeout });
  try {
    return await lentTransaction({ take, give: (client, broken) => client.release(broken), another }, options, task);
  } finally {
    await pool.end();
  }
}

function givingUp(timeout: number | undefined): ClientConfig {
  return timeout === undefined ? {} : { connectionTimeoutMillis: timeout, keepAlive: true };
}

export function poolTransaction<R>(
  pool: PoolLike,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const take = async (): Promise<PoolClient> => {
    try {
      return await lentBy(pool, options.timeout);
    } catch (error) {
      throw postgresError(error, options.caller, 'the pool cannot connect');
    }
  };
  // A pool of `pg` tells how it makes its connections.
  const { Client, options: settings } = pool as PoolLike & {
    Client?: new (c: ClientConfig) => Client;
    options?: object;
  };
  const another =
    Client === undefined || settings === undefined
      ? {}
      : {
          another: (timeout: number): Client =>
            new Client({ ...settings, ...givingUp(timeout), query_timeout: timeout }),
        };
  return lentTransaction({ take, give: (client, broken) => client.release(broken), ...another }, options, task);
}

/**
 * A connection of a pool. For one that is free others' work is waited for, however long it takes; one that the pool makes for
 * this may not take longer than the server may be silent: half open, it would be waited for for ever.
 */
async function lentBy(pool: PoolLike, timeout: number | undefined): Promise<PoolClient> {
  const before = pool.totalCount;
  const asked = pool.connect() as Promise<PoolClient>;
  if (timeout === undefined || pool.totalCount <= before) return asked;
  let isLate = false;
  const given = asked.then((client) => {
    if (isLate) client.release();
    return client;
  });
  const stopped = new AbortController();
  const late = sleep(timeout, undefined, { signal: stopped.signal }).then(() => {
    isLate = true;
    throw new Error(
      `timeout: its new connection was not made within ${timeout} ms. Give the pool a connectionTimeoutMillis, so that it gives such connections up`,
    );
  });
  try {
    return await Promise.race([given, late]);
  } finally {
    stopped.abort();
    for (const left of [given, late]) left.catch(() => {});
  }
}

/** A transaction over a lent connection, which is given back, or given up where its state is not known. */
export async function lentTransaction<R>(
  lender: Lender,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const { signal, caller } = options;
  signal?.throwIfAborted();
  const client = await lender.take();
  let broken = true;
  const cut = (): void => void client.connection.stream.destroy();
  const ignore = (): void => {};
  // A lent client has no listener of its own: the end of its connection would end the process.
  client.on('error', ignore);
  signal?.addEventListener('abort', cut, { once: true });
  let backend: Backend | undefined;
  const watch = watchOver(client, lender, options, () => backend);
  try {
    // What writes sees what others committed while it waited for them, whatever the server's default is.
    const level = options.readOnly === true ? 'REPEATABLE READ READ ONLY' : 'READ COMMITTED';
    const begin = `BEGIN ISOLATION LEVEL ${level}`;
    if (watch === undefined) await client.query(begin);
    else backend = await watch.during(() => beginWatched(client, begin));
    const own = overClient(client, options, watch);
    await ownNamesFirst(own.query);
    const result = await task(own);
    signal?.throwIfAborted();
    signal?.removeEventListener('abort', cut);
    await during(watch, () => commit(client, options));
    broken = false;
    return result;
  } catch (error) {
    const known = postgresError(error, caller);
    const isUnknown = known.code === 'postgres.commit_unknown';
    // A lost connection may never answer; the server rolls back by itself.
    if (isUnknown || known.code === 'postgres.connection_lost' || signal?.aborted === true) cut();
    if (!client.connection.stream.destroyed) {
      broken = await during(watch, () => client.query('ROLLBACK')).then(
        () => false,
        () => true,
      );
    }
    // Who aborts while it commits is not told that nothing was done.
    if (!isUnknown) signal?.throwIfAborted();
    throw known;
  } finally {
    watch?.stop();
    signal?.removeEventListener('abort', cut);
    await lender.give(client, broken);
    // What a broken connection still has to say must not end the process either.
    if (!broken) client.off('error', ignore);
  }
}

function during<R>(watch: Watch | undefined, task: () => Promise<R>): Promise<R> {
  return watch === undefined ? task() : watch.during(task);
}

function watchOver(
  client: PoolClient,
  { another }: Lender,
  { timeout }: TransactionOptions,
  backend: () => Backend | undefined,
): Watch | undefined {
  if (timeout === undefined || another === undefined) return undefined;
  return watchSilence({ client, timeout, backend, another: () => another(timeout) });
}

/** Begins a transaction whose backend is known, and in which a client that is gone is noticed: by default, after hours. */
async function beginWatched(client: PoolClient, begin: string): Promise<Backend | undefined> {
  const alive = Object.entries({ idle: 30, interval: 10, count: 3 }).map(
    ([name, value]) => `SET LOCAL tcp_keepalives_${name} = ${value}`,
  );
  // As many results as statements, which the driver's types do not tell.
  const results = await client.query([begin, ...alive, BACKEND].join('; '));
  return (results as unknown as { readonly rows: Backend[] }[]).at(-1)?.rows[0];
}

/** Commits; where the answer is lost, the error says that nobody knows. */
export async function commit(client: Pick<Client, 'query'>, options: TransactionOptions): Promise<void> {
  const { caller, repeatable = false, readOnly = false } = options;
  const done = await client.query('COMMIT').catch((error: unknown) => {
    const known = postgresError(error, caller);
    // What it says of rows, as of a cursor that is held, is told by who asked.
    if (known.code !== 'postgres.connection_lost' || readOnly) throw error;
    const advice = repeatable
      ? 'A retry is safe: it leaves what one run would have made.'
      : 'Look before trying again; with a loadId a retry is safe.';
    throw new MillraceError({
      code: 'postgres.commit_unknown',
      message: `${caller}: the connection was lost while the transaction was being committed, so it is not known whether it was. ${advice}`,
      retryable: repeatable,
      cause: error,
    });
  });
  if (done.command !== 'COMMIT') throw new Error(`the server answered COMMIT with ${done.command}`);
}

/** What a transaction may do, over the client that it is on. */
export function overClient(client: PoolClient, options: TransactionOptions, watch?: Watch): Transaction {
  const query = (sql: string, values: readonly unknown[] = []): Promise<QueryResult> =>
    during(watch, async () => {
      const result = await client.query({ text: sql, values: [...values], rowMode: 'array' });
      return { rows: result.rows as unknown[][], affected: result.rowCount ?? 0 };
    });
  return {
    query,
    describe: (sql, values) =>
      during(watch, async () => {
        const result = await client.query(`SELECT * FROM (${sql}\n) AS millrace LIMIT 0`, [...values]);
        return result.fields.map(
          (f): ResultField => ({ name: f.name, type: f.dataTypeID, modifier: f.dataTypeModifier }),
        );
      }),
    copyIn: (table, columns, blobs) =>
      during(watch, () => copyIn(client, table, columns, watch?.except(blobs) ?? blobs, options)),
    copyOut: (sql) => copyOut(client, sql),
  };
}
