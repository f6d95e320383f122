import { type KnexClient, lend } from '../../knex/client.ts';
import { driverError } from '../../knex/errors.ts';
import {
  all,
  iterate,
  prepare,
  SQLITE_ERRORS,
  type SqliteConnection,
  type SqliteStatement,
  sqliteConnection,
} from '../../knex/sqlite.ts';
import { copyLines } from './copy-text.ts';
import { CALLER, type Request, type Result, type SqlServer, type ValueWire } from './server.ts';
import { narrowed } from './since.ts';
import { dtypeOf, type SqliteColumn, type Storage, sinceIn, wire } from './sqlite-types.ts';

/** SQLite, in this process: it works while it is asked for rows, and stops when nobody asks. */
export function sqliteServer(client: KnexClient): SqlServer<SqliteColumn, ValueWire> {
  return {
    dtypeOf,
    wire,
    open: (request, { signal }, task) => {
      signal?.throwIfAborted();
      return lend(
        client,
        (error) => driverError(error, SQLITE_ERRORS, { caller: CALLER, what: 'cannot be opened' }),
        async (lent, discard) => {
          const connection = sqliteConnection(lent, client, CALLER);
          try {
            signal?.throwIfAborted();
            const before = all(connection, 'PRAGMA query_only')[0]?.[0];
            connection.exec('PRAGMA query_only = ON');
            try {
              return await task(resultOf(connection, request, signal));
            } finally {
              try {
                connection.exec(`PRAGMA query_only = ${Number(before) === 1 ? 'ON' : 'OFF'}`);
              } catch {
                discard('reading failed');
              }
            }
          } catch (error) {
            throw driverError(error, SQLITE_ERRORS, { caller: CALLER });
          }
        },
      );
    },
  };
}

/** The same over a connection that is held already, in its transaction. */
export function heldSqlite(connection: SqliteConnection): SqlServer<SqliteColumn, ValueWire> {
  return { dtypeOf, wire, open: async (request, { signal }, task) => task(resultOf(connection, request, signal)) };
}

function resultOf(
  connection: SqliteConnection,
  request: Request,
  signal: AbortSignal | undefined,
): Result<SqliteColumn, ValueWire> {
  const asked = sinceOf(connection, request);
  const values = asked.values.map(bindable);
  const statement = prepare(connection, asked.sql);
  return {
    columns: async (described) => columnsOf(connection, statement, asked.sql, described ? values : undefined),
    copyText: (wires) => copyText(statement, values, wires, signal),
  };
}

/** A request for the rows alone that are needed. */
function sinceOf(connection: SqliteConnection, request: Request): Request {
  const { sql, since } = request;
  if (since === undefined) return request;
  const found = columnsOf(connection, prepare(connection, sql), sql, undefined);
  const column = found.find(({ name }) => name === since.column);
  return narrowed(request, column === undefined ? undefined : sinceIn(column, since));
}

/** The columns of a result; what no table declares is looked up in the rows, where it is asked for. */
function columnsOf(
  connection: SqliteConnection,
  statement: SqliteStatement,
  sql: string,
  values: readonly unknown[] | undefined,
): readonly SqliteColumn[] {
  const found = statement.columns().map(({ name, type }): SqliteColumn => {
    const declared = type === null || type === '' ? undefined : type;
    return { name, written: declared ?? 'without a declared type', declared, stored: [] };
  });
  const open = found.flatMap(({ declared }, i) => (declared === undefined ? [i] : []));
  if (values === undefined || open.length === 0) return found;
  const kinds: readonly Storage[] = ['integer', 'real', 'text', 'blob'];
  const flags = open.flatMap((i) => kinds.map((kind) => `max(typeof(c${i}) = '${kind}')`));
  const names = found.map((_, i) => `c${i}`).join(', ');
  const [row = []] = all(
    connection,
    `WITH millrace(${names}) AS (${sql}\n) SELECT ${flags.join(', ')} FROM millrace`,
    values,
  );
  return found.map((column, i) => {
    const at = open.indexOf(i);
    if (at < 0) return column;
    return { ...column, stored: kinds.filter((_, k) => Number(row[at * kinds.length + k]) === 1) };
  });
}

async function* copyText(
  statement: SqliteStatement,
  values: readonly unknown[],
  wires: Parameters<Result<SqliteColumn, ValueWire>['copyText']>[0],
  signal: AbortSignal | undefined,
): AsyncGenerator<Uint8Array, number> {
  const names = statement.columns().map(({ name }) => name);
  const at = wires.map(({ server }) => names.indexOf(server.name));
  let count = 0;
  const texts = wires.map(({ wire }) => wire.text);
  const batches = async function* (): AsyncGenerator<unknown[][]> {
    for (const row of iterate(statement, values)) {
      count += 1;
      if (count % TURN === 0) {
        // A signal can only fire while nothing runs.
        await new Promise((resolve) => setImmediate(resolve));
        signal?.throwIfAborted();
      }
      yield [at.map((i) => row[i])];
    }
  };
  return yield* copyLines(batches(), texts);
}

/** After how many rows others have their turn. */
const TURN = 1000;

/** A value as SQLite can hold it: whole numbers as integers, and as Knex does, an instant as its milliseconds. */
function bindable(value: unknown): unknown {
  if (value instanceof Date) return BigInt(value.getTime());
  if (typeof value === 'boolean') return value ? 1n : 0n;
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  return value;
}
