import type { Socket } from 'node:net';
import { MillraceError } from '../errors.ts';
import { type KnexClient, lend } from './client.ts';
import { driverError, type ErrorTable } from './errors.ts';

/** A connection of `mysql2`, as far as it is used here. */
export interface MysqlConnection {
  /** Its settings, which a pool may share. */
  config: object;
  query(options: object, done: (error: Error | null, rows: (string | null)[][]) => void): void;
  prepare(options: object, done: (error: Error | null, statement: { readonly columns: unknown[] }) => void): void;
  execute(options: object, done?: (error: Error | null, result: unknown) => void): Command;
  unprepare(options: object): void;
  pause(): void;
  resume(): void;
  destroy(): void;
  readonly stream: Pick<Socket, 'destroy' | 'once' | 'off'>;
  on(event: 'error', heard: (error: Error) => void): void;
  off(event: 'error', heard: (error: Error) => void): void;
}

interface Command {
  on(event: 'result', heard: (row: readonly unknown[]) => void): void;
  on(event: 'error', heard: (error: Error) => void): void;
  on(event: 'fields', heard: (fields: readonly unknown[]) => void): void;
  on(event: 'end', heard: () => void): void;
}

export const MYSQL_ERRORS: ErrorTable = {
  area: 'mysql',
  title: 'the server',
  codes: [
    [/^(1927|1152|1053|PROTOCOL_.*|E[A-Z]+|08.*)$/, 'mysql.connection_lost'],
    [/^(1317|3024|1969)$/, 'mysql.cancelled'],
    [/^(1040|1041|1203|1226)$/, 'mysql.resources'],
    [/^(1205|1213|40...)$/, 'mysql.conflict'],
    [/^(1044|1045|1142|1143|28...)$/, 'mysql.authentication'],
    [/^(22...|1265|1366|3140)$/, 'mysql.value'],
    [/^23...$/, 'mysql.constraint'],
    [/^(42.*|25006|1792)$/, 'mysql.statement'],
  ],
};

/** Refuses a driver that makes values a part of a statement's text. */
export function refuseOtherDriver({ driverName }: KnexClient, caller: string): void {
  if (driverName === 'mysql2') return;
  throw new MillraceError({
    code: 'sql.driver',
    message: `${caller}: this Knex talks through ${driverName}, which does not bind values on the server. Make it with client: 'mysql2'.`,
    details: { driver: driverName },
  });
}

/** A connection for the time of a task, whose statement is ended on the server where the signal ends the task. */
export function withConnection<R>(
  client: KnexClient,
  { caller, signal }: { readonly caller: string; readonly signal: AbortSignal | undefined },
  task: (connection: MysqlConnection) => Promise<R>,
): Promise<R> {
  signal?.throwIfAborted();
  const unreachable = (error: unknown): Error =>
    driverError(error, MYSQL_ERRORS, { caller, what: 'cannot be reached' });
  return lend(client, unreachable, async (lent) => {
    const connection = lent as MysqlConnection;
    let cancelled: Promise<unknown> | undefined;
    const abort = (): void => {
      // What the server is at goes on without its connection, until it has something to send.
      cancelled = client
        .cancelQuery?.(connection)
        .catch(() => {})
        .finally(() => cut(connection));
    };
    signal?.addEventListener('abort', abort, { once: true });
    try {
      signal?.throwIfAborted();
      return await task(connection);
    } catch (error) {
      signal?.throwIfAborted();
      throw driverError(error, MYSQL_ERRORS, { caller });
    } finally {
      signal?.removeEventListener('abort', abort);
      await cancelled;
    }
  });
}

/** Ends a connection at once: the driver's own end waits for what the server has yet to send. */
export function cut(connection: MysqlConnection): void {
  connection.destroy();
  connection.stream.destroy();
}

/** The columns that a statement will give, once the server has it. */
export async function prepare(connection: MysqlConnection, statement: object): Promise<readonly unknown[]> {
  const { columns } = await answer<{ readonly columns: unknown[] }>(connection, (done) =>
    connection.prepare(statement, done),
  );
  return columns;
}

export function query(connection: MysqlConnection, sql: string): Promise<readonly (readonly (string | null)[])[]> {
  return answer(connection, (done) => connection.query({ sql, rowsAsArray: true }, done));
}

/** What the server answers; the driver forgets who asked when the connection is cut. */
export function answer<T>(
  connection: MysqlConnection,
  ask: (done: (error: Error | null, value: T) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const closed = (): void => reject(closing());
    connection.stream.once('close', closed);
    ask((error, value) => {
      connection.stream.off('close', closed);
      if (error === null) resolve(value);
      else reject(error);
    });
  });
}

export function closing(): Error {
  return Object.assign(new Error('the connection was closed'), { code: 'PROTOCOL_CONNECTION_LOST' });
}

export function quoted(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
