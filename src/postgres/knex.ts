import type { PoolClient } from 'pg';
import type { Transaction, TransactionOptions } from './connect.ts';
import { lentTransaction } from './server.ts';

interface KnexClient {
  acquireConnection(): Promise<PoolClient>;
  releaseConnection(connection: PoolClient): Promise<void>;
}

/** A transaction over a connection of the pool of Knex's client. */
export function knexTransaction<R>(
  given: unknown,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const client = given as KnexClient;
  const give = async (connection: PoolClient, broken: boolean): Promise<void> => {
    // How Knex marks a connection that its pool must not lend again.
    if (broken) Object.assign(connection, { __knex__disposed: 'the transaction failed' });
    await client.releaseConnection(connection);
  };
  return lentTransaction({ take: () => client.acquireConnection(), give }, options, task);
}
