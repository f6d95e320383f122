import { didYouMean, MillraceError } from '../errors.ts';
import type { UnknownCols } from '../frame/columns.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { QueryColumn, Scan } from '../plan/scan.ts';
import type { DatabaseContext, DatabaseServer, Executor, OnBadRow, Source, SourceContext } from '../plan/source.ts';
import { type Postgres, type Transaction, type TransactionOptions, transaction } from '../postgres/connect.ts';
import { compileKnex, isKnex, type KnexLike, type KnexQuery, knexTransaction } from '../postgres/knex.ts';
import { quoteIdentifier } from '../postgres/types.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { scanColumns } from './scan-columns.ts';
import { fetchCopyText } from './sql-cursor.ts';
import { writeSegments } from './sql-segments.ts';
import { dtypeOf, type ServerColumn, serverColumns, type WireColumn, wireAs, wireAsIs } from './sql-types.ts';

/** What can be asked: a url of PostgreSQL, a `pg` Pool, a PGlite, or a Knex over `pg`. */
export type SqlConnection = Postgres | KnexLike;

/** SQL, or what Knex built. */
export type SqlQuery = string | KnexQuery;

export interface SqlOptions<S extends SchemaSpec> {
  readonly schema: S;
  /** The values of `$1`, `$2`, .. of the query. */
  readonly values?: readonly unknown[];
  /** Whether the query gives its rows in an order that matters: it ends with ORDER BY. Default: it does not. */
  readonly ordered?: boolean;
  /** What a row that does not fit the schema does: stop the run (default), or go to quarantine. */
  readonly onBadRow?: OnBadRow;
}

const CALLER = 'read.sql';

interface Request {
  readonly connection: SqlConnection;
  readonly sql: string;
  readonly values: readonly unknown[];
}

/**
 * Reads a query's result by a schema: columns go by name, their types are checked when the plan runs. Null is null; one
 * in a column that is not nullable is a bad row, as is a value that the dtype does not hold exactly.
 *
 * Errors: `sql.missing_column`, `sql.column_type`, `sql.duplicate_column` of the result, `sql.bad_row` with its number,
 * and those of the server, `postgres.*`. No error shows a password.
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
  const choose = (found: readonly ServerColumn[]): WireColumn[] =>
    declared.map((column) => wireAs(columnOf(found, column.outside), column));
  const source = sqlSource(requestOf(connection, query, options.values), choose, {
    schema: schemaOf(options.schema),
    ordered: options.ordered ?? false,
    onBadRow: options.onBadRow ?? 'fail',
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
  const request = requestOf(connection, query, options.values);
  const columns = await inTransaction(connection, {}, (server) => describe(server, request));
  const schema = columns.map((column) => ({ name: column.name, dtype: dtypeOf(column), nullable: true }));
  const choose = (found: readonly ServerColumn[]): WireColumn[] =>
    columns.map((column) => {
      const now = columnOf(found, column.name);
      if (now.written === column.written) return wireAsIs(now);
      throw new MillraceError({
        code: 'sql.column_type',
        message: `${CALLER}: column ${JSON.stringify(column.name)} was ${column.written} and is ${now.written} now. Read the query anew.`,
        details: { column: column.name, type: now.written },
      });
    });
  const source = sqlSource(request, choose, { schema, ordered: options.ordered ?? false, onBadRow: 'fail' });
  return new Frame<UnknownCols>({ kind: 'source', source }, executor);
}

function requestOf(connection: SqlConnection, query: SqlQuery, given: readonly unknown[] | undefined): Request {
  const { sql, values } = typeof query === 'string' ? { sql: query, values: given ?? [] } : compileKnex(query);
  // The query becomes a part of others, where an end of statement may not stand.
  return { connection, sql: sql.replace(/[\s;]+$/, ''), values };
}

function sqlSource(
  request: Request,
  choose: (found: readonly ServerColumn[]) => WireColumn[],
  rest: Pick<Source, 'schema' | 'ordered' | 'onBadRow'>,
): Source {
  const shown = request.sql.trim().replace(/\s+/g, ' ');
  const name = `sql ${shown.length > 60 ? `${shown.slice(0, 59)}…` : shown}`;
  // Rows that may be put aside are looked at one by one, which the embedded engine does.
  const mayStandInPlace = rest.onBadRow === 'fail';
  const prepare: Source['prepare'] = async (context): Promise<Scan> => {
    const { database } = context;
    if (mayStandInPlace && database !== undefined && database.connection === request.connection) {
      return inDatabase(database, request, choose);
    }
    return copyScan(context);
  };
  const copyScan = (context: SourceContext): Scan => ({
    kind: 'copy',
    read: async (take) => {
      const folder = await context.scratchFolder();
      const options = context.signal === undefined ? {} : { signal: context.signal };
      return inTransaction(request.connection, options, async (server) => {
        const wires = choose(await describe(server, request));
        const columns = wires.map((wired) => wired.column);
        const text = copyText(server, request, wires);
        return writeSegments(folder, text, (path) => take({ path, columns }));
      });
    },
  });
  return { ...rest, name, volatile: true, prepare, ...(mayStandInPlace ? { database: request.connection } : {}) };
}

/** A query of the engine's own database: it stands in the plan's SQL as it is, or, where it has values, in a table. */
async function inDatabase(
  database: DatabaseContext,
  { sql, values }: Request,
  choose: (found: readonly ServerColumn[]) => WireColumn[],
): Promise<Scan> {
  const found = await database.transaction((server) => describe(server, { sql, values }));
  const columns = choose(found).map(({ column, server: { name, type }, timeZone }): QueryColumn => {
    const { fits, ...rest } = column;
    return { ...rest, outside: name, type, timeZone, mayMisfit: fits === 'text' };
  });
  if (values.length === 0) return { kind: 'query', sql, columns };
  const table = await database.toTable(sql, values);
  return { kind: 'query', sql: `SELECT * FROM ${table}`, columns };
}

/** The rows as COPY text, each column as the expression that the engine reads exactly. */
function copyText(
  server: Transaction,
  { sql, values }: Request,
  wires: readonly WireColumn[],
): AsyncGenerator<Uint8Array, number> {
  const bound = values.length > 0;
  const columns = wires.map((wired) => (bound ? `(${wired.sql})::text` : wired.sql));
  // A line of one empty text would be blank, and blank lines are passed over.
  if (wires.length === 1) columns.push(`''::text`);
  const selected = columns.map((column, i) => `${column} AS ${quoteIdentifier(`c${i}`)}`);
  const query = `SELECT ${selected.join(', ')} FROM (${sql}\n) AS millrace`;
  // COPY takes no values.
  return bound ? fetchCopyText(server, query, values) : server.copyOut(query);
}

/** The columns of a result; their names must tell them apart. */
async function describe(
  server: DatabaseServer,
  { sql, values }: Pick<Request, 'sql' | 'values'>,
): Promise<readonly ServerColumn[]> {
  // The session's own settings may write days in another order of parts, and round what they show.
  await server.query(`SELECT set_config('datestyle', 'ISO', true), set_config('extra_float_digits', '1', true)`);
  const fields = await server.describe(sql, values);
  const seen = new Set<string>();
  for (const { name } of fields) {
    if (seen.has(name.toLowerCase())) {
      throw new MillraceError({
        code: 'sql.duplicate_column',
        message: `${CALLER}: the result has the column ${JSON.stringify(name)} twice (case does not count). Give one of them another name with AS.`,
        details: { column: name },
      });
    }
    seen.add(name.toLowerCase());
  }
  if (fields.length === 0) {
    throw new MillraceError({ code: 'sql.no_columns', message: `${CALLER}: the query gives no columns.` });
  }
  return serverColumns(server, fields);
}

function columnOf(found: readonly ServerColumn[], name: string): ServerColumn {
  const column = found.find((c) => c.name === name);
  if (column !== undefined) return column;
  const names = found.map((c) => c.name);
  throw new MillraceError({
    code: 'sql.missing_column',
    message: `${CALLER}: the result has no column ${JSON.stringify(name)}.${didYouMean(name, names)} Its columns are ${names.join(', ')}.`,
    details: { column: name, columns: names },
  });
}

function inTransaction<R>(
  connection: SqlConnection,
  options: Pick<TransactionOptions, 'signal'>,
  task: (server: Transaction) => Promise<R>,
): Promise<R> {
  const settings = { ...options, caller: CALLER, readOnly: true };
  return isKnex(connection) ? knexTransaction(connection, settings, task) : transaction(connection, settings, task);
}
