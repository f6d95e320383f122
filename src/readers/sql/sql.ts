import { MillraceError } from '../../errors.ts';
import type { UnknownCols } from '../../frame/columns.ts';
import { Frame, type FrameOf } from '../../frame/frame.ts';
import { clientOf, compileKnex, isKnex, type KnexLike, type KnexQuery } from '../../knex/client.ts';
import type { OptionNames } from '../../option-names.ts';
import type { IncrementalRows } from '../../plan/incremental.ts';
import type { Scan, ScanColumn } from '../../plan/scan.ts';
import type { Executor, OnBadRow, RunOptions, Source } from '../../plan/source.ts';
import type { Postgres } from '../../postgres/connect.ts';
import { type SchemaSpec, schemaOf } from '../../schema/column-type.ts';
import {
  checkIncremental,
  INCREMENTAL_OPTIONS,
  type IncrementalOptions,
  incrementalRows,
} from '../incremental/rows.ts';
import { scanColumns } from '../scan-columns.ts';
import { writeSegments } from './copy-text.ts';
import { mssqlServer } from './mssql.ts';
import { mysqlServer } from './mysql.ts';
import { oldestTransaction } from './oldest-transaction.ts';
import { postgresServer, scanInPlace } from './postgres.ts';
import {
  CALLER,
  checkNames,
  columnOf,
  type Request,
  type ServerColumn,
  type SqlServer,
  undeclared,
  type WireColumn,
  wireAs,
} from './server.ts';
import { sinceOf } from './since.ts';
import { sqliteServer } from './sqlite.ts';

/** What can be asked: a url of PostgreSQL, a `pg` Pool, a PGlite, or a Knex over `pg`, `mysql2`, `better-sqlite3` or `mssql`. */
export type SqlConnection = Postgres | KnexLike;

/** SQL, or what Knex built. */
export type SqlQuery = string | KnexQuery;

/** What `read.sql` takes. */
export interface SqlOptions<S extends SchemaSpec> {
  readonly schema: S;
  /** The values of the placeholders of SQL text: `$1` of PostgreSQL, `?` of MySQL and SQLite, `@p0` of SQL Server. */
  readonly values?: readonly unknown[];
  /** Whether the query gives its rows in an order that matters: it ends with ORDER BY. Default: it does not. */
  readonly ordered?: boolean;
  /** What a row that does not fit the schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
  /** Reads on from where the last load that committed ended: see docs/guides/incremental.md. */
  readonly incremental?: IncrementalOptions<keyof S & string> & {
    /**
     * PostgreSQL alone: the next run begins before whatever a transaction that was open during this one may yet commit,
     * so that no lag is needed for it. The cursor is a timestamp that the server sets, as `now()` does.
     */
    readonly snapshot?: boolean;
  };
}

export const OPEN_SQL_OPTIONS = { schema: true, values: 'list', ordered: 'boolean' } as const;
export const SQL_OPTIONS: OptionNames<SqlOptions<SchemaSpec>> = {
  ...OPEN_SQL_OPTIONS,
  onBadRow: 'text|object',
  incremental: 'object',
};

/** Chooses the columns of a result that are read, and how. */
type Choose = <C extends ServerColumn, W extends { readonly fits: 'all' | 'range' | 'text' }>(
  server: SqlServer<C, W>,
  found: readonly C[],
) => WireColumn<C, W>[];

/**
 * Reads a query's result by a schema: columns go by name, their types are checked when the plan runs. Null is null; one
 * in a column that is not nullable is a bad row, as is a value that the dtype does not hold exactly.
 *
 * Errors: `sql.missing_column`, `sql.column_type`, `sql.duplicate_column` of the result, `sql.bad_row` with its number,
 * those of the server, `postgres.*`, `mysql.*`, `sqlite.*`, `mssql.*`, and `sql.driver`, `sql.dialect`, `sql.connection`, `sql.transaction`,
 * `sql.option`, `sql.value` for what cannot be asked. No error shows a password.
 *
 * @example
 * ```ts
 * import { PGlite } from '@electric-sql/pglite';
 * import { read, t } from 'millrace';
 * const shop = new PGlite();
 * await shop.exec(`CREATE TABLE orders (id int, total numeric(8, 2)); INSERT INTO orders VALUES (1, 9.5), (2, 20)`);
 * const orders = read.sql(shop, 'SELECT id, total FROM orders WHERE total > $1', {
 *   schema: { id: t.int(), total: t.decimal(8, 2) },
 *   values: [10],
 * });
 * console.log(await orders.rows()); // [ { id: 2, total: '20.00' } ]
 * await shop.close();
 * ```
 */
export function readSql<const S extends SchemaSpec>(
  executor: Executor,
  connection: SqlConnection,
  query: SqlQuery,
  options: SqlOptions<S>,
): FrameOf<S> {
  const declared = scanColumns(options.schema);
  const choose: Choose = (server, found) =>
    declared.map((column) => wireAs(server, columnOf(found, column.outside), column));
  const schema = schemaOf(options.schema);
  const { ordered = false, onBadRow = 'fail' } = options;
  const { incremental: since } = options;
  if (since !== undefined) checkIncremental(since, { ...INCREMENTAL_OPTIONS, snapshot: 'boolean' });
  const incremental =
    since === undefined ? undefined : incrementalRows(since, schema, horizonOf(connection, since.snapshot));
  if (incremental !== undefined && ordered) {
    throw new MillraceError({
      code: 'sql.option',
      message: `${CALLER}: rows of an incremental source have no order. Leave ordered out, and sort the frame.`,
    });
  }
  const cursor = declared.find((column) => column.name === incremental?.cursor.name);
  const source = sqlSource(connection, requestOf(query, options.values), choose, {
    schema,
    ordered,
    onBadRow,
    ...(incremental === undefined || cursor === undefined ? {} : { incremental, cursor }),
  });
  return new Frame({ kind: 'source', source }, executor);
}

/** Reads a query's result with the server's own types: it is asked for them at once. */
export async function openSql(
  executor: Executor,
  connection: SqlConnection,
  query: SqlQuery,
  options: Pick<SqlOptions<SchemaSpec>, 'values' | 'ordered'> = {},
): Promise<Frame<UnknownCols>> {
  const request = requestOf(query, options.values);
  const server = serverOf(connection);
  const columns = await server.open(request, {}, async (result) => checkNames(await result.columns(true)));
  const declared = columns.map((column) => undeclared(server, column));
  const choose: Choose = (server, found) =>
    columns.map((column, i) => {
      const now = columnOf(found, column.name);
      const own = declared[i] ?? undeclared(server, now);
      if (now.written === column.written) return wireAs(server, now, own);
      throw new MillraceError({
        code: 'sql.column_type',
        message: `${CALLER}: column ${JSON.stringify(column.name)} was ${column.written} and is ${now.written} now. Read the query anew.`,
        details: { column: column.name, type: now.written },
      });
    });
  const schema = declared.map(({ name, dtype, nullable }) => ({ name, dtype, nullable }));
  const rest = { schema, ordered: options.ordered ?? false, onBadRow: 'fail' } as const;
  return new Frame<UnknownCols>({ kind: 'source', source: sqlSource(connection, request, choose, rest) }, executor);
}

/** A query's result by a schema, from a server whose connection is held for as long as it is read. */
export function heldSource(server: SqlServer, query: string, schema: SchemaSpec): Source {
  const declared = scanColumns(schema);
  const choose: Choose = (server, found) =>
    declared.map((column) => wireAs(server, columnOf(found, column.outside), column));
  return {
    name: `sql ${query}`,
    schema: schemaOf(schema),
    ordered: false,
    onBadRow: 'fail',
    volatile: true,
    prepare: async (context) => copyScan(server, { sql: query, values: [] }, context, choose),
  };
}

/** What tells how far back transactions may yet commit. */
function horizonOf(
  connection: SqlConnection,
  snapshot: boolean | undefined,
): ((options: Pick<RunOptions, 'signal'>) => Promise<string>) | undefined {
  if (snapshot !== true) return undefined;
  if (!isKnex(connection) || clientOf(connection, CALLER).dialect === 'postgresql') {
    return (options) => oldestTransaction(connection as Postgres, options);
  }
  throw new MillraceError({
    code: 'sql.option',
    message: `${CALLER}: snapshot is for PostgreSQL alone. Give a lag that is longer than the longest transaction.`,
  });
}

/** The database behind a connection. */
function serverOf(connection: SqlConnection): SqlServer {
  if (!isKnex(connection)) {
    refuseOtherUrl(connection);
    return postgresServer(connection);
  }
  const client = clientOf(connection, CALLER);
  switch (client.dialect) {
    case 'postgresql':
      return postgresServer(connection);
    case 'mysql':
      return mysqlServer(client);
    case 'sqlite3':
      return sqliteServer(client);
    case 'mssql':
      return mssqlServer(client);
    default:
      throw new MillraceError({
        code: 'sql.dialect',
        message: `${CALLER}: this Knex speaks ${client.dialect ?? 'an unknown dialect'}. The choices are client: 'pg', 'mysql2' (for MariaDB too), 'better-sqlite3' and 'mssql'.`,
        details: { dialect: client.dialect },
      });
  }
}

/** The clients of Knex that a url would be for. */
const CLIENTS: Readonly<Record<string, string>> = {
  mysql: 'mysql2',
  mariadb: 'mysql2',
  sqlite: 'better-sqlite3',
  sqlite3: 'better-sqlite3',
  mssql: 'mssql',
  sqlserver: 'mssql',
};

function refuseOtherUrl(connection: Postgres): void {
  const scheme = typeof connection === 'string' ? /^(\w+):/.exec(connection)?.[1] : undefined;
  const client = CLIENTS[scheme ?? ''];
  if (client === undefined) return;
  throw new MillraceError({
    code: 'sql.connection',
    message: `${CALLER}: a url of ${scheme} is not enough: this database is read through Knex. Give knex({ client: '${client}', connection: url }).`,
    details: { scheme, client },
  });
}

function requestOf(query: SqlQuery, given: readonly unknown[] | undefined): Request {
  const { sql, values } = typeof query === 'string' ? { sql: query, values: given ?? [] } : builtRequest(query, given);
  const missing = [...values].indexOf(undefined);
  if (missing < 0) return { sql: withoutEnd(sql), values };
  throw new MillraceError({
    code: 'sql.value',
    message: `${CALLER}: value ${missing + 1} is undefined. Give null for no value.`,
    details: { value: missing + 1 },
  });
}

function builtRequest(query: KnexQuery, given: readonly unknown[] | undefined): Request {
  if (given !== undefined) {
    throw new MillraceError({
      code: 'sql.option',
      message: `${CALLER}: values stand beside a query that Knex built, which has its own. Leave values out, or give SQL text.`,
    });
  }
  return compileKnex(query);
}

/** The query becomes a part of others, where an end of statement may not stand. */
function withoutEnd(sql: string): string {
  return sql.replace(/[\s;]+$/, '');
}

function sqlSource(
  connection: SqlConnection,
  request: Request,
  choose: Choose,
  {
    cursor,
    ...rest
  }: Pick<Source, 'schema' | 'ordered' | 'onBadRow'> & {
    readonly incremental?: IncrementalRows;
    readonly cursor?: ScanColumn;
  },
): Source {
  const shown = request.sql.trim().replace(/\s+/g, ' ');
  const name = `sql ${shown.length > 60 ? `${shown.slice(0, 59)}…` : shown}`;
  // Rows that may be put aside or left out are looked at one by one, which the embedded engine does.
  const mayStandInPlace = rest.onBadRow === 'fail' && rest.incremental === undefined && !isKnex(connection);
  const prepare: Source['prepare'] = async (context): Promise<Scan> => {
    const { database, beginning } = context;
    const asked =
      cursor !== undefined && beginning?.kind === 'rows' ? { ...request, since: sinceOf(cursor, beginning) } : request;
    if (mayStandInPlace && database !== undefined && database.connection === connection) {
      return scanInPlace(database, request, choose);
    }
    return copyScan(serverOf(connection), asked, context, choose);
  };
  return { ...rest, name, volatile: true, prepare, ...(mayStandInPlace ? { database: connection } : {}) };
}

/** Rows that come as COPY text, while the server is asked for them. */
function copyScan(server: SqlServer, request: Request, context: Context, choose: Choose): Scan {
  const signal = { signal: context.signal };
  return {
    kind: 'copy',
    read: async (take) => {
      const folder = await context.scratchFolder();
      return server.open(request, signal, async (result) => {
        const wires = choose(server, checkNames(await result.columns(false)));
        const columns = wires.map((wired) => wired.column);
        return writeSegments(folder, result.copyText(wires), (file) => take({ ...file, columns }));
      });
    },
  };
}

type Context = Parameters<Source['prepare']>[0];
