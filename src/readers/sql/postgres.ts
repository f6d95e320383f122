import { isKnex, type KnexLike } from '../../knex/client.ts';
import type { QueryColumn, Scan } from '../../plan/scan.ts';
import type { DatabaseContext, DatabaseServer, RunOptions } from '../../plan/source.ts';
import { type Postgres, type Transaction, transaction } from '../../postgres/connect.ts';
import { knexTransaction } from '../../postgres/knex.ts';
import { quoteIdentifier } from '../../postgres/types.ts';
import { copyLines } from './copy-text.ts';
import { dtypeOf, type PostgresColumn, type PostgresWire, serverColumns, wire } from './postgres-types.ts';
import { CALLER, checkNames, type Request, type SqlServer, type WireColumn } from './server.ts';
import { aDayWider, type Since, sinceSql } from './since.ts';

type PostgresServer = SqlServer<PostgresColumn, PostgresWire>;

/** PostgreSQL sends its rows as COPY text, each column as the expression that the engine reads exactly. */
export function postgresServer(connection: Postgres | KnexLike): PostgresServer {
  return {
    ...types,
    open: (request, options, task) =>
      inTransaction(connection, options, (server) =>
        task({ columns: () => describe(server, request), copyText: (wires) => copyText(server, request, wires) }),
      ),
  };
}

const types: Pick<PostgresServer, 'dtypeOf' | 'wire'> = { dtypeOf, wire };

/** A query of the engine's own database: it stands in the plan's SQL as it is, or, where it has values, in a table. */
export async function scanInPlace(
  database: DatabaseContext,
  { sql, values }: Request,
  choose: (server: PostgresServer, found: readonly PostgresColumn[]) => WireColumn<PostgresColumn, PostgresWire>[],
): Promise<Scan> {
  const found = checkNames(await database.transaction((server) => describe(server, { sql, values })));
  const server: PostgresServer = { ...types, open: () => Promise.reject(new Error('it is open')) };
  const columns = choose(server, found).map(({ column, server: { name, type } }): QueryColumn => {
    const { fits, format, ...rest } = column;
    return { ...rest, outside: name, type, timeZone: format?.timeZone, mayMisfit: fits === 'text' };
  });
  if (values.length === 0) return { kind: 'query', sql, columns };
  const table = await database.toTable(sql, values);
  return { kind: 'query', sql: `SELECT * FROM ${table}`, columns };
}

async function describe(server: DatabaseServer, { sql, values }: Request): Promise<readonly PostgresColumn[]> {
  // The session's own settings may write days in another order of parts, and round what they show.
  await server.query(`SELECT set_config('datestyle', 'ISO', true), set_config('extra_float_digits', '1', true)`);
  return serverColumns(server, await server.describe(sql, values));
}

async function* copyText(
  server: Transaction,
  { sql, values, since }: Request,
  wires: readonly WireColumn<PostgresColumn, PostgresWire>[],
): AsyncGenerator<Uint8Array, number> {
  const bound = values.length > 0;
  // PGlite takes a U+FEFF that begins a value for a byte order mark, and leaves it out.
  const columns = wires.map(({ wire }) => (bound ? `'.'::text || (${wire.sql})::text` : wire.sql));
  // A line of one empty text would be blank, and blank lines are passed over.
  if (wires.length === 1 && !bound) columns.push(`''::text`);
  const selected = columns.map((column, i) => `${column} AS ${quoteIdentifier(`c${i}`)}`);
  const where = since === undefined ? '' : await condition(server, since, wires);
  const query = `SELECT ${selected.join(', ')} FROM (${sql}\n) AS millrace${where}`;
  // COPY takes no values.
  if (!bound) return yield* server.copyOut(query);
  return yield* copyLines(
    fetched(server, query, values),
    wires.map(() => (value) => (value === null ? null : String(value).slice(1))),
  );
}

/** The types that a cursor is compared in. */
const COMPARED: Readonly<Record<string, string>> = {
  int2: 'int8',
  int4: 'int8',
  int8: 'int8',
  numeric: 'numeric',
  money: 'numeric',
  date: 'date',
  timestamptz: 'timestamptz',
  timestamp: 'timestamp',
};

/** Which rows are needed, where the server can tell; the values stand in settings of the transaction, as COPY takes none. */
async function condition(
  server: Transaction,
  since: Since,
  wires: readonly WireColumn<PostgresColumn, PostgresWire>[],
): Promise<string> {
  const wired = wires.find(({ server }) => server.name === since.column);
  if (wired === undefined) return '';
  const isText = since.dtype.id === 'string';
  const type = isText ? 'text' : COMPARED[wired.server.type];
  if (type === undefined) return '';
  // A wall clock's hour comes twice or never where the zone's offset changes.
  const asked = wired.server.type === 'timestamp' && since.timeZone !== undefined ? aDayWider(since) : since;
  // The text that is read is the one that is compared; another type's own order is that of its values.
  const name = quoteIdentifier(since.column);
  const column = isText ? `(${wired.wire.sql}) COLLATE "C"` : wired.server.type === 'money' ? wired.wire.sql : name;
  const { sql, values } = sinceSql(asked, column, (n) => `CAST(current_setting('millrace.cursor_${n}') AS ${type})`);
  for (const [i, value] of values.entries()) {
    await server.query('SELECT set_config($1, $2, true)', [`millrace.cursor_${i + 1}`, value]);
  }
  return ` WHERE ${sql}`;
}

const FETCHED = 10_000;

/** The rows of a query with values, part by part. */
async function* fetched(
  server: Transaction,
  query: string,
  values: readonly unknown[],
): AsyncGenerator<readonly (readonly unknown[])[]> {
  await server.query(`DECLARE millrace_read NO SCROLL CURSOR FOR ${query}`, values);
  for (;;) {
    const { rows } = await server.query(`FETCH ${FETCHED} FROM millrace_read`);
    if (rows.length === 0) break;
    yield rows;
  }
  await server.query('CLOSE millrace_read');
}

export function inTransaction<R>(
  connection: Postgres | KnexLike,
  options: Pick<RunOptions, 'signal'>,
  task: (server: Transaction) => Promise<R>,
): Promise<R> {
  const settings = { ...options, caller: CALLER, readOnly: true };
  return isKnex(connection)
    ? knexTransaction(connection.client, settings, task)
    : transaction(connection, settings, task);
}
