import { MillraceError } from '../errors.ts';
import type { RunOptions } from '../plan/source.ts';
import type { PGliteLike } from './pglite.ts';

/** A Pool of `pg`, as far as it is used here: the public types ask for no types of `pg`. */
export interface PoolLike {
  connect(): Promise<unknown>;
  query(sql: string): Promise<unknown>;
  readonly totalCount: number;
}

/** Where a PostgreSQL is: a url, a `pg` Pool (which stays its owner's: it is never ended), or a PGlite. */
export type Postgres = string | PoolLike | PGliteLike;

/** One column of a result, as the server describes it. */
export interface ResultField {
  readonly name: string;
  /** The oid of its type. */
  readonly type: number;
  /** What modifies the type, such as a precision; -1 for nothing. */
  readonly modifier: number;
}

/** A transaction, whatever runs it. */
export interface Transaction {
  /** Runs one statement; values come as the driver parses them, so that statements cast what matters to text. */
  query(sql: string, values?: readonly unknown[]): Promise<QueryResult>;
  /** The columns that a query would give. */
  describe(query: string, values: readonly unknown[]): Promise<readonly ResultField[]>;
  /** Sends COPY text into a table (SQL, quoted); gives how many rows the server counted. */
  copyIn(table: string, columns: readonly string[], blobs: AsyncIterable<Uint8Array>): Promise<number>;
  /** The rows of a query as COPY text, cut anywhere; returns how many there were. */
  copyOut(query: string): AsyncGenerator<Uint8Array, number>;
}

export interface QueryResult {
  readonly rows: readonly (readonly unknown[])[];
  /** How many rows were written. */
  readonly affected: number;
}

export interface TransactionOptions extends Pick<RunOptions, 'signal'> {
  /** What is read is read at one instant, and nothing can be written. */
  readonly readOnly?: boolean;
  /** Whether the connection is needed after an error of the server, too. */
  readonly keepsConnection?: boolean;
  /** Who asks, for messages: `load.postgres`. */
  readonly caller: string;
  /** Milliseconds without an answer after which the connection is given up, unless the server is at work. */
  readonly timeout?: number;
  /** Whether all of it may be done again although it may have been done. */
  readonly repeatable?: boolean;
}

/** Runs a task in one transaction: committed when it returns, rolled back when it throws or the signal fires. */
export async function transaction<R>(
  postgres: Postgres,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  if (typeof postgres === 'string') {
    const { urlTransaction } = await import('./server.ts');
    return urlTransaction(postgres, options, task);
  }
  if (isPGlite(postgres)) {
    const { pgliteTransaction } = await import('./pglite.ts');
    return pgliteTransaction(postgres, options, task);
  }
  if (isPool(postgres)) {
    const { poolTransaction } = await import('./server.ts');
    return poolTransaction(postgres, options, task);
  }
  throw noPostgres(options.caller);
}

export function noPostgres(caller: string): MillraceError {
  return new MillraceError({
    code: 'postgres.connection',
    message: `${caller}: this is no PostgreSQL. Give a url such as postgres://user@host/database, a pg Pool, or a PGlite.`,
  });
}

export function isPGlite(given: unknown): given is PGliteLike {
  return hasFunctions(given, 'transaction', 'exec', 'dumpDataDir');
}

export function isPool(given: unknown): given is PoolLike {
  return hasFunctions(given, 'connect', 'query') && 'totalCount' in (given as object);
}

function hasFunctions(given: unknown, ...names: readonly string[]): boolean {
  if (typeof given !== 'object' || given === null) return false;
  return names.every((name) => typeof (given as Record<string, unknown>)[name] === 'function');
}
