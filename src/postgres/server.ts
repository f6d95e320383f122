import type { PoolClient } from 'pg';
import { MillraceError } from '../errors.ts';
import type { PoolLike, QueryResult, ResultField, Transaction, TransactionOptions } from './connect.ts';
import { copyIn } from './copy-in.ts';
import { copyOut } from './copy-out.ts';
import { postgresError, withoutPassword } from './errors.ts';

/** Lends connections. */
export interface Lender {
  take(): Promise<PoolClient>;
  give(client: PoolClient, broken: boolean): void | Promise<void>;
}

/** A transaction over a connection of its own. */
export async function urlTransaction<R>(
  url: string,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const pg = await import('pg');
  const shown = withoutPassword(url);
  if (shown === undefined) {
    throw new MillraceError({
      code: 'postgres.url',
      message: `${options.caller}: the connection is not a url of PostgreSQL. Write postgres://user:password@host:5432/database.`,
    });
  }
  const pool = new pg.default.Pool({ connectionString: url, max: 1, allowExitOnIdle: true });
  // An idle connection that dies would otherwise end the process.
  pool.on('error', () => {});
  const take = (): Promise<PoolClient> =>
    pool.connect().catch((error: unknown) => {
      throw postgresError(error, options.caller, `cannot connect to ${shown}`);
    });
  try {
    return await lentTransaction({ take, give: (client, broken) => client.release(broken) }, options, task);
  } finally {
    await pool.end();
  }
}

export function poolTransaction<R>(
  pool: PoolLike,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const take = async (): Promise<PoolClient> => {
    try {
      return (await pool.connect()) as PoolClient;
    } catch (error) {
      throw postgresError(error, options.caller, 'the pool cannot connect');
    }
  };
  return lentTransaction({ take, give: (client, broken) => client.release(broken) }, options, task);
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
  try {
    // What writes sees what others committed while it waited for them, whatever the server's default is.
    const level = options.readOnly === true ? 'REPEATABLE READ READ ONLY' : 'READ COMMITTED';
    await client.query(`BEGIN ISOLATION LEVEL ${level}`);
    const result = await task(overClient(client, options));
    signal?.throwIfAborted();
    signal?.removeEventListener('abort', cut);
    await commit(client, caller);
    broken = false;
    return result;
  } catch (error) {
    signal?.throwIfAborted();
    const known = postgresError(error, caller);
    // A lost connection may never answer; the server rolls back by itself.
    if (known.code === 'postgres.connection_lost') cut();
    if (!client.connection.stream.destroyed) {
      broken = await client.query('ROLLBACK').then(
        () => false,
        () => true,
      );
    }
    throw known;
  } finally {
    signal?.removeEventListener('abort', cut);
    await lender.give(client, broken);
    // What a broken connection still has to say must not end the process either.
    if (!broken) client.off('error', ignore);
  }
}

async function commit(client: PoolClient, caller: string): Promise<void> {
  const done = await client.query('COMMIT').catch((error: unknown) => {
    const known = postgresError(error, caller);
    if (known.code !== 'postgres.connection_lost') throw known;
    throw new MillraceError({
      code: 'postgres.commit_unknown',
      message: `${caller}: the connection was lost while the transaction was being committed, so it is not known whether it was. With a loadId a retry is safe.`,
      cause: error,
    });
  });
  if (done.command !== 'COMMIT') throw new Error(`the server answered COMMIT with ${done.command}`);
}

/** What a transaction may do, over the client that it is on. */
export function overClient(client: PoolClient, options: TransactionOptions): Transaction {
  const query = async (sql: string, values: readonly unknown[] = []): Promise<QueryResult> => {
    const result = await client.query({ text: sql, values: [...values], rowMode: 'array' });
    return { rows: result.rows as unknown[][], affected: result.rowCount ?? 0 };
  };
  return {
    query,
    describe: async (sql, values) => {
      const result = await client.query(`SELECT * FROM (${sql}\n) AS millrace LIMIT 0`, [...values]);
      return result.fields.map(
        (f): ResultField => ({ name: f.name, type: f.dataTypeID, modifier: f.dataTypeModifier }),
      );
    },
    copyIn: (table, columns, blobs) => copyIn(client, table, columns, blobs, options),
    copyOut: (sql) => copyOut(client, sql),
  };
}
