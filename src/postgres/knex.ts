import type { PoolClient } from 'pg';
import { MillraceError } from '../errors.ts';
import type { Transaction, TransactionOptions } from './connect.ts';
import { lentTransaction } from './server.ts';

interface KnexClient {
  readonly dialect?: string;
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
