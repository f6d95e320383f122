import { MillraceError } from '../errors.ts';
import type { KnexClient } from './client.ts';
import type { ErrorTable } from './errors.ts';

/** A connection of `better-sqlite3` or of what is like it, such as `libsql` and `node:sqlite`. */
export interface SqliteConnection {
  prepare(sql: string): SqliteStatement;
  exec(sql: string): unknown;
}

export interface SqliteStatement {
  columns(): readonly { readonly name: string; readonly type: string | null }[];
  iterate(...values: unknown[]): IterableIterator<unknown>;
  run(...values: unknown[]): { readonly changes: number | bigint };
  /** Whole numbers come as bigints: of better-sqlite3, and of node:sqlite. */
  safeIntegers?(on: boolean): unknown;
  setReadBigInts?(on: boolean): unknown;
  /** Rows come as arrays: of the one, and of the other. */
  raw?(on: boolean): unknown;
  setReturnArrays?(on: boolean): unknown;
}

export const SQLITE_ERRORS: ErrorTable = {
  area: 'sqlite',
  title: 'SQLite',
  codes: [
    [/^SQLITE_(BUSY|LOCKED)/, 'sqlite.conflict'],
    [/^SQLITE_INTERRUPT/, 'sqlite.cancelled'],
    [/^SQLITE_(CANTOPEN|NOTADB|CORRUPT|IOERR)/, 'sqlite.connection_lost'],
    [/^SQLITE_(TOOBIG|MISMATCH)/, 'sqlite.value'],
    [/^SQLITE_CONSTRAINT/, 'sqlite.constraint'],
    [/^SQLITE_FULL/, 'sqlite.resources'],
    [/^SQLITE_(ERROR|READONLY|AUTH)/, 'sqlite.statement'],
  ],
};

/** A lent connection whose driver is exact. */
export function sqliteConnection(lent: object, { driverName }: KnexClient, caller: string): SqliteConnection {
  const { prepare } = lent as Partial<SqliteConnection>;
  // The statements of the driver sqlite3 give no rows one by one.
  if (typeof prepare === 'function' && driverName !== 'sqlite3') return lent as SqliteConnection;
  throw new MillraceError({
    code: 'sql.driver',
    message: `${caller}: this Knex talks through ${driverName}, which rounds large whole numbers and holds whole results. Make it with client: 'better-sqlite3'.`,
    details: { driver: driverName },
  });
}

export function prepare(connection: SqliteConnection, sql: string): SqliteStatement {
  const statement = connection.prepare(sql);
  statement.safeIntegers?.(true);
  statement.setReadBigInts?.(true);
  return statement;
}

/** The rows as arrays, one by one. */
export function iterate(statement: SqliteStatement, values: readonly unknown[]): Iterable<unknown[]> {
  statement.raw?.(true);
  statement.setReturnArrays?.(true);
  return statement.iterate(...given(statement, values)) as Iterable<unknown[]>;
}

/** Values as a driver takes them: bytes that stand alone are names and values to better-sqlite3, an array is that to node:sqlite. */
export function given(statement: SqliteStatement, values: readonly unknown[]): unknown[] {
  return statement.setReturnArrays === undefined ? [values] : [...values];
}

export function all(connection: SqliteConnection, sql: string, values: readonly unknown[] = []): unknown[][] {
  return [...iterate(prepare(connection, sql), values)];
}
