import { MillraceError } from '../errors.ts';

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

/** What Knex talks through, as far as it is used here. */
export interface KnexClient {
  /** The language: `mysql`, whatever the driver is. */
  readonly dialect?: string;
  readonly driverName?: string;
  /** The driver as it was loaded. */
  readonly driver?: unknown;
  acquireConnection(): Promise<unknown>;
  releaseConnection(connection: unknown): Promise<unknown>;
  /** Ends what a connection is doing, over another one. */
  cancelQuery?(connection: unknown): Promise<unknown>;
}

export function isKnex(given: unknown): given is KnexLike {
  return typeof given === 'function' && 'client' in given && 'raw' in given;
}

/** What a Knex talks through. A Knex transaction is its owner's, and one of ours would end it. */
export function clientOf(knex: KnexLike, caller: string): KnexClient {
  if ((knex as { readonly isTransaction?: boolean }).isTransaction === true) {
    throw new MillraceError({
      code: 'sql.transaction',
      message: `${caller}: this is a transaction of Knex, which would be ended here. Give the Knex that it was begun on.`,
    });
  }
  return knex.client as KnexClient;
}

/** The SQL of a built query in the words of its database, its values apart. */
export function compileKnex(query: KnexQuery): { readonly sql: string; readonly values: readonly unknown[] } {
  const compiled = query.toSQL() as {
    toNative(): { readonly sql: string; readonly bindings: readonly unknown[] };
  };
  const { sql, bindings } = compiled.toNative();
  return { sql, values: bindings };
}

/** A connection of Knex's own pool for the time of a task; `discard` keeps it from being lent again. */
export async function lend<R>(
  client: KnexClient,
  failed: (error: unknown) => Error,
  task: (connection: object, discard: (why: string) => void) => Promise<R>,
): Promise<R> {
  const connection = (await client.acquireConnection().catch((error: unknown) => {
    throw failed(error);
  })) as object;
  // How Knex marks a connection that its pool must not lend again.
  const discard = (why: string): void => void Object.assign(connection, { __knex__disposed: why });
  try {
    return await task(connection, discard);
  } finally {
    await client.releaseConnection(connection);
  }
}
