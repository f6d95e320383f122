import { MillraceError } from '../../errors.ts';
import { type KnexClient, lend } from '../../knex/client.ts';
import { driverError } from '../../knex/errors.ts';
import { all, given, prepare, SQLITE_ERRORS, type SqliteConnection, sqliteConnection } from '../../knex/sqlite.ts';
import { heldSqlite } from '../../readers/sql/sqlite.ts';
import { t } from '../../schema/column-type.ts';
import type { DataType, Field } from '../../schema/dtype.ts';
import { readBackType } from '../reconcile/target-rows.ts';
import {
  type Batches,
  type Bound,
  CALLER,
  type Database,
  type ReadAs,
  type Server,
  type TableName,
  type TargetColumn,
  type TargetTable,
} from './database.ts';
import { rejected } from './rejected.ts';

/** SQLite over `better-sqlite3` and what is like it: all is one transaction, the making of tables too. */
export function sqliteDatabase(client: KnexClient): Database {
  return {
    quote,
    now: "strftime('%Y-%m-%d %H:%M:%f000', 'now')",
    unfit,
    readAs,
    find: async (name, signal) => {
      signal?.throwIfAborted();
      return lend(client, closed, (lent) => findTable(rowsOver(sqliteConnection(lent, client, CALLER)), name));
    },
    load: async ({ signal, before, within }) => {
      signal?.throwIfAborted();
      return lend(client, closed, async (lent, discard) => {
        const connection = sqliteConnection(lent, client, CALLER);
        try {
          signal?.throwIfAborted();
          // Whoever else writes waits from here on, so that nothing changes between a look and a statement.
          connection.exec('BEGIN IMMEDIATE');
          try {
            const staged: string[] = [];
            const server = serverOver(connection, staged, signal);
            const result = await within(server, await before(server));
            signal?.throwIfAborted();
            for (const table of staged) connection.exec(`DROP TABLE ${table}`);
            connection.exec('COMMIT');
            return result;
          } catch (error) {
            try {
              connection.exec('ROLLBACK');
            } catch {
              discard('the transaction failed');
            }
            throw error;
          }
        } catch (error) {
          signal?.throwIfAborted();
          throw driverError(error, SQLITE_ERRORS, { caller: CALLER });
        }
      });
    },
  };
}

function closed(error: unknown): Error {
  return driverError(error, SQLITE_ERRORS, { caller: CALLER, what: 'cannot be opened' });
}

function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function tableSql({ schema = 'main', table }: TableName): string {
  return `${quote(schema)}.${quote(table)}`;
}

/** How many digits of a decimal a double holds, as which SQLite keeps numbers that are not whole. */
const DOUBLE_DIGITS = 15;

function unfit({ dtype }: Field, column: string): ReturnType<Database['unfit']> {
  switch (dtype.id) {
    case 'float':
      return [{ when: `isnan(${column})`, what: 'which SQLite would make null' }];
    case 'date':
    case 'timestamp': {
      const last = dtype.id === 'date' ? "'9999-12-31'" : "'9999-12-31 23:59:59.999999'";
      return [
        { when: `NOT ${column} BETWEEN '0001-01-01' AND ${last}`, what: 'and SQLite knows the years 1 to 9999 alone' },
      ];
    }
    default:
      return [];
  }
}

function rowsOver(connection: SqliteConnection): Server['rows'] {
  return async (sql, values = []) =>
    all(connection, sql, values.map(bindable)).map((row) =>
      row.map((value) => (value === null ? null : String(value))),
    );
}

function serverOver(connection: SqliteConnection, staged: string[], signal: AbortSignal | undefined): Server {
  const rows = rowsOver(connection);
  const run: Server['run'] = async (sql, values = []) => {
    const statement = connection.prepare(sql);
    return Number(statement.run(...given(statement, values.map(bindable))).changes);
  };
  return {
    rows,
    run,
    find: (name) => findTable(rows, name),
    make: async (name, { schema, key, flag }) => {
      const columns = schema.map(
        ({ name, dtype, nullable }) =>
          `${quote(name)} ${typeFor(dtype)}${nullable && !key.includes(name) ? '' : ' NOT NULL'}`,
      );
      if (flag !== undefined) columns.push(`${quote(flag)} BOOLEAN NOT NULL DEFAULT false`);
      if (key.length > 0) columns.push(`PRIMARY KEY (${key.map(quote).join(', ')})`);
      await run(`CREATE TABLE ${tableSql(name)} (${columns.join(', ')})`);
    },
    insert: (table, names, batches) => insert(connection, table, names, batches, signal),
    stage: async (target, names, indexed) => {
      const name = `millrace_staging_${crypto.randomUUID().slice(0, 8)}`;
      const table = `temp.${quote(name)}`;
      const columns = names.map(
        (name) => `${quote(name)} ${target.columns.find((column) => column.name === name)?.written ?? ''}`,
      );
      await run(`CREATE TABLE ${table} (${columns.join(', ')})`);
      if (indexed.length > 0) {
        const key = indexed.map(quote).join(', ');
        await run(`CREATE INDEX temp.${quote(`${name}_key`)} ON ${quote(name)} (${key})`);
      }
      staged.push(table);
      return table;
    },
    // A collation finds more texts alike.
    differ: (columns) => columns.map((name) => `t.${quote(name)} IS NOT s.${quote(name)} COLLATE BINARY`).join(' OR '),
    update: (target, table, { key, set, where }) => {
      const same = key.map((name) => `t.${quote(name)} = s.${quote(name)}`).join(' AND ');
      const values = set.map(([name, value]) => `${quote(name)} = ${value}`).join(', ');
      return run(`UPDATE ${target.sql} AS t SET ${values} FROM ${table} AS s WHERE ${same} AND (${where})`);
    },
    remove: (target, where) => run(`DELETE FROM ${target.sql} AS t WHERE ${where}`),
    reader: heldSqlite(connection),
  };
}

async function findTable(rows: Server['rows'], name: TableName): Promise<TargetTable | undefined> {
  const { schema = 'main', table } = name;
  const [found] = await rows(
    `SELECT type, sql FROM ${quote(schema)}.sqlite_master WHERE name = ? COLLATE NOCASE AND type IN ('table', 'view')`,
    [table],
  );
  if (found === undefined) return undefined;
  const sql = tableSql(name);
  if (found[0] !== 'table' || /^\s*CREATE\s+VIRTUAL/i.test(String(found[1]))) {
    throw new MillraceError({
      code: 'load.table',
      message: `${CALLER}: ${sql} is not a table. Name a table, or one that does not exist yet.`,
      details: { table: sql },
    });
  }
  const columns = await rows(
    'SELECT name, type, "notnull", dflt_value, pk, hidden FROM pragma_table_xinfo(?, ?) ORDER BY cid',
    [table, schema],
  );
  const indexed = await rows(
    `SELECT l.name, i.name FROM pragma_index_list(?, ?) AS l JOIN pragma_index_info(l.name, ?) AS i
     WHERE l."unique" = 1 AND l.partial = 0 ORDER BY l.name, i.seqno`,
    [table, schema, schema],
  );
  const keys = new Map<string, (string | null)[]>();
  for (const [index, column] of indexed) keys.set(String(index), [...(keys.get(String(index)) ?? []), column ?? null]);
  const primary = columns.filter(([, , , , pk]) => Number(pk) > 0).map(([column]) => String(column));
  const [only] = columns.filter(([, , , , pk]) => Number(pk) > 0);
  // The number of the row by another name, which is made where it is not given.
  const isRowId = primary.length === 1 && /^INTEGER$/i.test(String(only?.[1]));
  return {
    sql,
    schema,
    columns: columns.map(([column, type, notNull, fallback, pk, hidden]) => ({
      name: String(column),
      written: String(type ?? ''),
      notNull: Number(notNull) === 1 || (Number(pk) > 0 && !isRowId),
      hasDefault: fallback !== null || (isRowId && Number(pk) > 0),
      generated: Number(hidden) > 1,
      takes: (dtype) => takes(String(type ?? ''), dtype),
    })),
    uniqueKeys: [
      ...(primary.length > 0 ? [primary] : []),
      ...[...keys.values()].filter((key): key is string[] => key.every((column) => column !== null)),
    ],
  };
}

/** How a column is read back; without a declared type, so that each value is taken as it is stored. */
function readAs({ name }: TargetColumn, { dtype }: Field): ReadAs {
  const sql = `+t.${quote(name)}`;
  const text = t.string().nullable();
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'decimal':
      return { sql, type: text, how: 'digits' };
    case 'json':
    case 'list':
    case 'struct':
      return { sql, type: text, how: 'json' };
    case 'float':
      return { sql, type: readBackType(dtype), how: 'double' };
    default:
      return { sql, type: readBackType(dtype), how: 'value' };
  }
}

/** What becomes of the values of a column, by SQLite's own rules for its declared type. */
function affinityOf(type: string): 'integer' | 'text' | 'none' | 'real' | 'numeric' {
  if (/INT/i.test(type)) return 'integer';
  if (/CHAR|CLOB|TEXT/i.test(type)) return 'text';
  if (type === '' || /BLOB|^ANY$/i.test(type)) return 'none';
  return /REAL|FLOA|DOUB/i.test(type) ? 'real' : 'numeric';
}

function takes(type: string, dtype: DataType): boolean {
  const affinity = affinityOf(type);
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'boolean':
      return ['integer', 'numeric', 'none'].includes(affinity);
    case 'float':
      return affinity === 'real' || affinity === 'none';
    case 'decimal':
      if (affinity === 'text' || affinity === 'none') return true;
      if (affinity === 'integer') return dtype.scale === 0 && dtype.precision <= 18;
      return dtype.precision <= DOUBLE_DIGITS;
    case 'string':
    case 'json':
    case 'list':
    case 'struct':
      // Of another affinity a text of digits would become a number.
      return affinity === 'text' || affinity === 'none';
    case 'date':
    case 'timestamp':
      return affinity !== 'real' && affinity !== 'integer';
    case 'binary':
      return affinity === 'none';
  }
}

function typeFor(dtype: DataType): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return 'INTEGER';
    case 'float':
      return 'REAL';
    case 'decimal':
      return dtype.precision <= DOUBLE_DIGITS ? `DECIMAL(${dtype.precision}, ${dtype.scale})` : 'TEXT';
    case 'string':
      return 'TEXT';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'DATETIME';
    case 'json':
    case 'list':
    case 'struct':
      // As text, digit for digit: what is declared JSON alone is kept as a number where it is one.
      return 'JSON TEXT';
    case 'binary':
      return 'BLOB';
  }
}

async function insert(
  connection: SqliteConnection,
  table: string,
  names: readonly string[],
  batches: Batches,
  signal: AbortSignal | undefined,
): Promise<number> {
  const values = names.map(() => '?').join(', ');
  const statement = prepare(connection, `INSERT INTO ${table} (${names.map(quote).join(', ')}) VALUES (${values})`);
  let row = 0;
  let taken = 0;
  for await (const batch of batches) {
    for (const one of batch) {
      row += 1;
      try {
        taken += Number(statement.run(...given(statement, one.map(bindable))).changes);
      } catch (error) {
        throw rejected(driverError(error, SQLITE_ERRORS, { caller: CALLER }), row, names);
      }
    }
    // A signal can only fire while nothing runs.
    await new Promise((resolve) => setImmediate(resolve));
    signal?.throwIfAborted();
  }
  return taken;
}

function bindable(value: Bound): unknown {
  if (typeof value === 'boolean') return value ? 1n : 0n;
  return value instanceof Uint8Array ? Buffer.from(value) : value;
}
