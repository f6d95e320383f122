import type { KnexClient } from '../../knex/client.ts';
import {
  closing,
  cut,
  type MysqlConnection,
  prepare,
  query,
  quoted,
  refuseOtherDriver,
  withConnection,
} from '../../knex/mysql.ts';
import { copyLines } from './copy-text.ts';
import { dtypeOf, type FieldPacket, type MysqlColumn, mysqlColumn, sinceIn, wire } from './mysql-types.ts';
import { CALLER, type Request, type Result, type SqlServer, type ValueWire, type WireColumn } from './server.ts';
import { narrowed } from './since.ts';

/** MySQL and MariaDB, over `mysql2`: statements are prepared, so values never become text of the statement. */
export function mysqlServer(client: KnexClient): SqlServer<MysqlColumn, ValueWire> {
  refuseOtherDriver(client, CALLER);
  return {
    dtypeOf,
    wire,
    open: (request, { signal }, task) =>
      withConnection(client, { caller: CALLER, signal }, async (connection) => {
        const result = await exact(connection, () => prepared(connection, request, task, () => cut(connection)));
        signal?.throwIfAborted();
        return result;
      }),
  };
}

/** The same over a connection that is held already, in its session and its transaction; its zone must be UTC. */
export function heldMysql(connection: MysqlConnection): SqlServer<MysqlColumn, ValueWire> {
  return {
    dtypeOf,
    wire,
    open: async (request, { signal }, task) => {
      let isDone = false;
      try {
        const { result, isWhole } = await exact(connection, () => statement(connection, request, task));
        isDone = isWhole;
        signal?.throwIfAborted();
        return result;
      } finally {
        // Rows that nobody takes would keep whatever comes next waiting.
        if (!isDone) cut(connection);
      }
    },
  };
}

/** Runs a task over a prepared statement, in a transaction that cannot write and a session whose zone is UTC. */
async function prepared<R>(connection: MysqlConnection, request: Request, task: Task<R>, lose: () => void): Promise<R> {
  let underWay = true;
  try {
    const [[zone, characters] = []] = await query(
      connection,
      'SELECT @@session.time_zone, @@session.character_set_results',
    );
    await query(connection, `SET SESSION time_zone = '+00:00', character_set_results = 'utf8mb4'`);
    await query(connection, 'START TRANSACTION READ ONLY');
    const { result, isWhole } = await statement(connection, request, task);
    if (!isWhole) return result;
    await query(connection, 'ROLLBACK');
    await query(
      connection,
      `SET SESSION time_zone = ${quoted(zone ?? 'SYSTEM')}, character_set_results = ${characters == null ? 'NULL' : quoted(characters)}`,
    );
    underWay = false;
    return result;
  } finally {
    // Rows may still be on their way, and settings are not those of its owner.
    if (underWay) lose();
  }
}

type Task<R> = (result: Result<MysqlColumn, ValueWire>) => Promise<R>;

/** Runs a task over a prepared statement, and tells whether all its rows have come. */
async function statement<R>(
  connection: MysqlConnection,
  request: Request,
  task: Task<R>,
): Promise<{ readonly result: R; readonly isWhole: boolean }> {
  const { sql, values } = await sinceOf(connection, request);
  const prepares = { sql, rowsAsArray: true };
  const columns = (await prepare(connection, prepares)) as readonly FieldPacket[];
  // What a value alone makes a column of is only known once it is sent.
  const isKnown = !columns.map(mysqlColumn).some(({ kind }) => kind === 'null');
  let reading: Reading | undefined;
  const result = await task({
    columns: async (described) => {
      if (columns.length === 0 || (described && isKnown)) return columns.map(mysqlColumn);
      const bytes = columns.some(({ columnType }) => OBJECTS.includes(columnType)) ? AS_BYTES : {};
      reading = read(connection, { ...prepares, values: values.map(bindable), ...AS_TEXT, ...bytes });
      return (await reading.fields).map(mysqlColumn);
    },
    copyText: (wires) => {
      if (reading === undefined) throw new Error('the columns have not been asked for');
      return copyText(reading, wires);
    },
  });
  const isWhole = reading?.isWhole() !== false;
  if (isWhole) connection.unprepare(prepares);
  return { result, isWhole };
}

/** Runs a task over a connection whose values come as the server says them, whatever its owner's settings are. */
async function exact<R>(connection: MysqlConnection, task: () => Promise<R>): Promise<R> {
  const own = connection.config;
  connection.config = Object.assign(Object.create(own), AS_TEXT);
  try {
    return await task();
  } finally {
    connection.config = own;
  }
}

/** A request for the rows alone that are needed. */
async function sinceOf(connection: MysqlConnection, request: Request): Promise<Request> {
  const { sql, since } = request;
  if (since === undefined) return request;
  const statement = { sql, rowsAsArray: true };
  const columns = (await prepare(connection, statement)) as readonly FieldPacket[];
  connection.unprepare(statement);
  const found = columns.map(mysqlColumn).find(({ name }) => name === since.column);
  return narrowed(request, found === undefined ? undefined : sinceIn(found, since));
}

async function* copyText(
  { fields, rows }: Reading,
  wires: readonly WireColumn<MysqlColumn, ValueWire>[],
): AsyncGenerator<Uint8Array, number> {
  const names = (await fields).map(({ name }) => name);
  const at = wires.map(({ server }) => names.indexOf(server.name));
  return yield* copyLines(
    picked(rows(), at),
    wires.map(({ wire: { text } }) => text),
  );
}

type Rows = readonly (readonly unknown[])[];

async function* picked(parts: AsyncIterable<Rows>, at: readonly number[]): AsyncGenerator<Rows> {
  for await (const rows of parts) yield rows.map((row) => at.map((i) => row[i]));
}

/** A statement that runs. */
interface Reading {
  readonly fields: Promise<readonly FieldPacket[]>;
  rows(): AsyncGenerator<Rows>;
  /** Whether all its rows have come. */
  isWhole(): boolean;
}

/** How many rows, or of how many characters and bytes, are held before the server has to wait. */
const ROWS = 512;
const SIZE = 1024 * 1024;

/** Runs a statement. The command of a lost connection never ends: the connection alone hears of it. */
function read(connection: MysqlConnection, options: object): Reading {
  let held: (readonly unknown[])[] = [];
  let size = 0;
  let ended = false;
  let failure: Error | undefined;
  let wake: () => void = () => {};
  const fail = (error: Error): void => {
    failure ??= error;
    quit();
  };
  const closed = (): void => fail(closing());
  const quit = (): void => {
    connection.off('error', fail);
    connection.stream.off('close', closed);
    wake();
  };
  connection.on('error', fail);
  connection.stream.once('close', closed);
  const command = connection.execute(options);
  command.on('error', fail);
  command.on('result', (row) => {
    held.push(row);
    for (const value of row) if (typeof value === 'string' || Buffer.isBuffer(value)) size += value.length;
    if (held.length < ROWS && size < SIZE) return;
    connection.pause();
    wake();
  });
  let found: readonly FieldPacket[] | undefined;
  command.on('fields', (fields) => {
    found = fields as readonly FieldPacket[];
    wake();
  });
  command.on('end', () => {
    ended = true;
    quit();
  });
  const until = async (isThere: () => boolean): Promise<void> => {
    if (failure === undefined && !ended && !isThere()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
    if (failure !== undefined) throw failure;
  };
  const rows = async function* (): AsyncGenerator<Rows> {
    for (;;) {
      await until(() => held.length >= ROWS || size >= SIZE);
      const part = held;
      held = [];
      size = 0;
      if (part.length > 0) yield part;
      if (ended && held.length === 0) return;
      connection.resume();
    }
  };
  const fields = until(() => found !== undefined).then(() => found ?? []);
  fields.catch(() => {});
  return { fields, rows, isWhole: () => ended && failure === undefined && held.length === 0 };
}

/** What the driver would round or shift comes as the server says it, whatever its owner's settings are. */
const AS_TEXT = {
  supportBigNumbers: true,
  bigNumberStrings: true,
  decimalNumbers: false,
  dateStrings: true,
  jsonStrings: true,
  typeCast: true,
} as const;

/** The protocol's numbers of `vector` and `geometry`, of which the driver makes objects. */
const OBJECTS: readonly (number | undefined)[] = [242, 255];

/** Their bytes; asking for each value in turn takes the driver many times as long. */
const AS_BYTES = {
  typeCast: (field: { readonly type: string; buffer(): Buffer | null }, next: () => unknown): unknown =>
    field.type === 'GEOMETRY' || field.type === 'VECTOR' ? field.buffer() : next(),
};

/** A value as the driver binds it without loss: an instant is told in UTC, which the session's zone is. */
function bindable(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString().replace('T', ' ').replace('Z', '');
  if (value instanceof Uint8Array) return Buffer.from(value);
  return value;
}
