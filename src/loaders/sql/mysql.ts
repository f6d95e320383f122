import { createHash } from 'node:crypto';
import { MillraceError } from '../../errors.ts';
import type { KnexClient } from '../../knex/client.ts';
import { driverError } from '../../knex/errors.ts';
import {
  answer,
  cut,
  MYSQL_ERRORS,
  type MysqlConnection,
  quoted,
  refuseOtherDriver,
  withConnection,
} from '../../knex/mysql.ts';
import { heldMysql } from '../../readers/sql/mysql.ts';
import type { Field } from '../../schema/dtype.ts';
import { type Bound, CALLER, type Database, type Server, type TableName, type TargetTable } from './database.ts';
import { definition, mysqlColumn, mysqlReadAs } from './mysql-table.ts';
import { isValueError, rejected } from './rejected.ts';

/** MySQL and MariaDB over `mysql2`. A table is made before the transaction, which making it would end. */
export function mysqlDatabase(client: KnexClient): Database {
  refuseOtherDriver(client, CALLER);
  return {
    quote,
    now: 'CURRENT_TIMESTAMP(6)',
    unfit,
    readAs: mysqlReadAs,
    find: (name, signal) =>
      withConnection(client, { caller: CALLER, signal }, (connection) => findTable(connection, name)),
    load: ({ name, signal, before, within }) =>
      withConnection(client, { caller: CALLER, signal }, (connection) =>
        inSession(connection, name, async () => {
          const staged: string[] = [];
          const server = serverOver(connection, staged);
          try {
            const made = await before(server);
            return await inTransaction(connection, () => within(server, made), signal);
          } finally {
            for (const table of staged) {
              await run(connection, `DROP TEMPORARY TABLE IF EXISTS ${table}`).catch(() => cut(connection));
            }
          }
        }),
      ),
  };
}

function quote(name: string): string {
  return `\`${name.replaceAll('`', '``')}\``;
}

function tableSql({ schema, table }: TableName): string {
  return schema === undefined ? quote(table) : `${quote(schema)}.${quote(table)}`;
}

const LAST = "'9999-12-31 23:59:59.999999'";

function unfit({ dtype }: Field, column: string): ReturnType<Database['unfit']> {
  switch (dtype.id) {
    case 'float':
      return [{ when: `NOT isfinite(${column})`, what: 'and the database holds neither NaN nor infinity' }];
    case 'date':
    case 'timestamp':
      return [
        {
          when: `NOT ${column} BETWEEN '0001-01-01' AND ${dtype.id === 'date' ? "'9999-12-31'" : LAST}`,
          what: 'and the database holds the years 1 to 9999',
        },
      ];
    default:
      return [];
  }
}

/** Loads into one table take turns; the session rounds and cuts nothing, its clock shows UTC, and is then as it was. */
async function inSession<R>(connection: MysqlConnection, name: TableName, task: () => Promise<R>): Promise<R> {
  const [[zone, mode, characters, notes, database] = []] = await rows(
    connection,
    'SELECT @@session.time_zone, @@session.sql_mode, @@session.character_set_client, @@session.sql_notes, coalesce(?, database())',
    [name.schema ?? null],
  );
  if (characters !== 'utf8mb4') {
    throw new MillraceError({
      code: 'load.charset',
      message: `${CALLER}: the connection speaks ${characters}, which has not every character. Make the Knex with charset: 'utf8mb4'.`,
      details: { charset: characters },
    });
  }
  const place = createHash('sha256').update(`${database}.${name.table}`).digest('hex').slice(0, 32);
  // A note is all that tells of blanks that were cut off.
  await run(
    connection,
    `SET SESSION time_zone = '+00:00', sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', sql_notes = 1`,
  );
  const lock = `millrace load ${place}`;
  await rows(connection, 'SELECT GET_LOCK(?, 31536000)', [lock]);
  let isWell = false;
  try {
    const result = await task();
    isWell = true;
    return result;
  } catch (error) {
    isWell = (error as { readonly fatal?: unknown }).fatal !== true;
    throw error;
  } finally {
    // Settings that are not its owner's end with the connection.
    if (isWell) {
      await rows(connection, 'SELECT RELEASE_LOCK(?)', [lock])
        .then(() =>
          run(
            connection,
            `SET SESSION time_zone = ${quoted(zone ?? 'SYSTEM')}, sql_mode = ${quoted(mode ?? '')}, sql_notes = ${Number(notes)}`,
          ),
        )
        .catch(() => cut(connection));
    } else cut(connection);
  }
}

async function inTransaction<R>(
  connection: MysqlConnection,
  task: () => Promise<R>,
  signal: AbortSignal | undefined,
): Promise<R> {
  await run(connection, 'SET TRANSACTION ISOLATION LEVEL READ COMMITTED');
  await run(connection, 'START TRANSACTION');
  let result: R;
  try {
    result = await task();
    signal?.throwIfAborted();
  } catch (error) {
    await run(connection, 'ROLLBACK').catch(() => cut(connection));
    throw error;
  }
  await run(connection, 'COMMIT').catch((error: unknown) => {
    cut(connection);
    const known = driverError(error, MYSQL_ERRORS, { caller: CALLER });
    if (known.code !== 'mysql.connection_lost') throw known;
    throw new MillraceError({
      code: 'mysql.commit_unknown',
      message: `${CALLER}: the connection was lost while the transaction was being committed, so it is not known whether it was. With a loadId a retry is safe.`,
      cause: error,
    });
  });
  return result;
}

function serverOver(connection: MysqlConnection, staged: string[]): Server {
  return {
    find: (name) => findTable(connection, name),
    make: async (name, shape) => {
      const [[version] = []] = await rows(connection, 'SELECT version()');
      const isMariadb = String(version).includes('MariaDB');
      await run(connection, `CREATE TABLE IF NOT EXISTS ${tableSql(name)} ${definition(shape, quote, { isMariadb })}`);
    },
    insert: (table, names, batches) => insert(connection, table, names, batches),
    stage: async (target, names, indexed) => {
      const of = tableSql({ schema: target.schema, table: `millrace_staging_${crypto.randomUUID().slice(0, 8)}` });
      // With the table: an index of its own would end the transaction.
      const index = indexed.length === 0 ? '' : `(INDEX (${indexed.map(quote).join(', ')})) `;
      await run(
        connection,
        `CREATE TEMPORARY TABLE ${of} ${index}ENGINE = InnoDB AS SELECT ${names.map(quote).join(', ')} FROM ${target.sql} LIMIT 0`,
      );
      staged.push(of);
      return of;
    },
    // A collation finds more texts alike.
    differ: (columns) =>
      columns.map((name) => `NOT (CAST(t.${quote(name)} AS BINARY) <=> CAST(s.${quote(name)} AS BINARY))`).join(' OR '),
    update: (target, table, { key, set, where }) => {
      const same = key.map((name) => `t.${quote(name)} = s.${quote(name)}`).join(' AND ');
      const values = set.map(([name, value]) => `t.${quote(name)} = ${value}`).join(', ');
      return run(connection, `UPDATE ${target.sql} AS t JOIN ${table} AS s ON ${same} SET ${values} WHERE ${where}`);
    },
    remove: (target, where) => run(connection, `DELETE t FROM ${target.sql} AS t WHERE ${where}`),
    reader: heldMysql(connection),
    run: (sql, values) => run(connection, sql, values),
    rows: (sql, values) => rows(connection, sql, values),
  };
}

async function findTable(connection: MysqlConnection, name: TableName): Promise<TargetTable | undefined> {
  const place = [name.schema ?? null, name.table];
  const of = 'table_schema = coalesce(?, database()) AND table_name = ?';
  const [found] = await rows(
    connection,
    `SELECT table_type, coalesce((SELECT e.transactions FROM information_schema.engines AS e WHERE e.engine = t.engine), 'NO'), table_schema, table_name, engine
     FROM information_schema.tables AS t WHERE ${of}`,
    place,
  );
  if (found === undefined) return undefined;
  const [type, transactions, schema, table, engine] = found;
  const sql = tableSql({ schema: String(schema), table: String(table) });
  if (type !== 'BASE TABLE') {
    throw new MillraceError({
      code: 'load.table',
      message: `${CALLER}: ${sql} is not a table. Name a table, or one that does not exist yet.`,
      details: { table: sql },
    });
  }
  if (transactions !== 'YES') {
    throw new MillraceError({
      code: 'load.table',
      message: `${CALLER}: the table ${sql} is kept by ${engine}, which has no transactions: a load that fails would leave a part. Change it: ALTER TABLE ${sql} ENGINE = InnoDB.`,
      details: { table: sql, engine },
    });
  }
  const columns = await rows(
    connection,
    `SELECT column_name, column_type, data_type, is_nullable, column_default, extra, numeric_scale, datetime_precision
     FROM information_schema.columns WHERE ${of} ORDER BY ordinal_position`,
    place,
  );
  const indexed = await rows(
    connection,
    `SELECT index_name, column_name, sub_part FROM information_schema.statistics WHERE ${of} AND non_unique = 0 ORDER BY index_name, seq_in_index`,
    place,
  );
  const keys = new Map<string, (string | undefined)[]>();
  for (const [index, column, part] of indexed) {
    const key = keys.get(String(index)) ?? [];
    key.push(column === null || part !== null ? undefined : column);
    keys.set(String(index), key);
  }
  return {
    sql,
    schema: String(schema),
    columns: columns.map(([column, written, kind, nullable, fallback, extra, scale, fraction]) =>
      mysqlColumn({
        name: String(column),
        written: String(written),
        type: String(kind).toLowerCase(),
        notNull: nullable === 'NO',
        hasDefault: fallback !== null || /auto_increment/i.test(String(extra)),
        generated: /\b(VIRTUAL|STORED|PERSISTENT)\b/i.test(String(extra)),
        scale: Number(scale),
        fraction: Number(fraction),
      }),
    ),
    uniqueKeys: [...keys.values()].filter((key): key is string[] => key.every((column) => column !== undefined)),
  };
}

/** Adds rows, so many a statement; a batch that the server refuses is tried row by row, so that the error names the row. */
async function insert(
  connection: MysqlConnection,
  table: string,
  names: readonly string[],
  batches: AsyncIterable<readonly (readonly Bound[])[]>,
): Promise<number> {
  const row = `(${names.map(() => '?').join(', ')})`;
  const statement = (count: number): string =>
    `INSERT INTO ${table} (${names.map(quote).join(', ')}) VALUES ${Array.from({ length: count }, () => row).join(', ')}`;
  const prepared = new Set<string>();
  const send = async (batch: readonly (readonly Bound[])[]): Promise<number> => {
    const sql = statement(batch.length);
    prepared.add(sql);
    const { affectedRows, warningStatus } = await execute(connection, sql, batch.flat());
    if ((warningStatus ?? 0) === 0) return affectedRows ?? 0;
    // The text protocol alone has these.
    const warnings = await answer<unknown>(connection, (done) =>
      connection.query({ sql: 'SHOW WARNINGS', rowsAsArray: true }, done),
    );
    const [[, , told] = []] = warnings as unknown[][];
    throw Object.assign(new Error(String(told ?? 'the server has a warning')), { sqlState: '22000' });
  };
  let taken = 0;
  try {
    for await (const batch of batches) {
      taken += await send(batch).catch(async (error: unknown) => {
        const known = driverError(error, MYSQL_ERRORS, { caller: CALLER });
        if (!isValueError(known)) throw error;
        for (const [i, one] of batch.entries()) {
          await send([one]).catch((cause: unknown) => {
            throw rejected(driverError(cause, MYSQL_ERRORS, { caller: CALLER }), taken + i + 1, names);
          });
        }
        throw error;
      });
    }
  } finally {
    for (const sql of prepared) connection.unprepare({ sql });
  }
  return taken;
}

interface Done {
  readonly affectedRows?: number;
  readonly warningStatus?: number;
}

async function run(connection: MysqlConnection, sql: string, values: readonly Bound[] = []): Promise<number> {
  if (values.length > 0) return (await execute(connection, sql, values)).affectedRows ?? 0;
  // Not every statement can be prepared.
  const done = await answer<unknown>(connection, (heard) => connection.query({ sql }, heard));
  return (done as Done).affectedRows ?? 0;
}

async function execute(connection: MysqlConnection, sql: string, values: readonly Bound[]): Promise<Done> {
  return (await answer<unknown>(connection, (done) =>
    connection.execute({ sql, values: values.map(bindable), rowsAsArray: true }, done),
  )) as Done;
}

async function rows(
  connection: MysqlConnection,
  sql: string,
  values: readonly Bound[] = [],
): Promise<readonly (readonly (string | null)[])[]> {
  const found = await answer<unknown>(connection, (done) =>
    connection.execute({ sql, values: values.map(bindable), rowsAsArray: true }, done),
  );
  return (found as unknown[][]).map((row) => row.map((value) => (value === null ? null : String(value))));
}

/** Whole numbers go as text, which the server reads to the last digit. */
function bindable(value: Bound): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value === 'boolean') return value ? '1' : '0';
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
