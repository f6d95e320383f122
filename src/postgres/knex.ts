import type { PoolClient } from 'pg';
import { MillraceError } from '../errors.ts';
import type { Transaction, TransactionOptions } from './connect.ts';
import { lentTransaction } from './server.ts';

/** An instance of Knex, as far as it is used here. */
export interface KnexLike {
  (...args: never[]): unknown;
  raw(sql: string): unknown;
  readonly client: unknown;
}

/** A query that Knex built. */
export interface KnexQuery {
  toSQL(): unknown;
}

interface KnexClient {
  readonly dialect?: string;
  acquireConnection(): Promise<PoolClient>;
  releaseConnection(connection: PoolClient): Promise<void>;
}

export function isKnex(given: unknown): given is KnexLike {
  return typeof given === 'function' && 'client' in given && 'raw' in given;
}

/** The SQL of a built query, its values apart. */
export function compileKnex(query: KnexQuery): { readonly sql: string; readonly values: readonly unknown[] } {
  const compiled = query.toSQL() as {
    toNative(): { readonly sql: string; readonly bindings: readonly unknown[] };
  };
  const { sql, bindings } = compiled.toNative();
  return { sql, values: bindings };
}

/** A transaction over a connection of Knex's own pool. */
export function knexTransaction<R>(
  knex: KnexLike,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const client = knex.client as KnexClient;
  if (client.dialect !== 'postgresql') {
    throw new MillraceError({
      code: 'sql.dialect',
      message: `${options.caller}: this Knex speaks ${client.dialect ?? 'an unknown dialect'}. Only PostgreSQL can be read: make it with client: 'pg'.`,
      details: { dialect: client.dialect },
    });
  }
  const give = async (connection: PoolClient, broken: boolean): Promise<void> => {
    // How Knex marks a connection that its pool must not lend again.
    if (broken) Object.assign(connection, { __knex__disposed: 'the transaction failed' });
    await client.releaseConnection(connection);
  };
  return lentTransaction({ take: () => client.acquireConnection(), give }, options, task);
}
