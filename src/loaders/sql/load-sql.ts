import type { Engine, Run } from '../../engines/duckdb/engine.ts';
import { MillraceError } from '../../errors.ts';
import type { Cols } from '../../frame/columns.ts';
import type { Frame } from '../../frame/frame.ts';
import { listOf } from '../../frame/functions/order.ts';
import { clientOf, isKnex, type KnexLike } from '../../knex/client.ts';
import type { OptionNames } from '../../option-names.ts';
import { RUN_OPTIONS, type RunOptions } from '../../plan/source.ts';
import { tableNameOf } from '../../postgres/types.ts';
import type { AnyCol } from '../../schema/columns.ts';
import type { Schema } from '../../schema/dtype.ts';
import { checkCall } from '../check-call.ts';
import { columnsToWrite } from '../copy-to.ts';
import { checkExpectations, type Expectations } from '../expectations.ts';
import { fingerprint } from '../fingerprint.ts';
import type { AppendOptions } from '../postgres/modes/append.ts';
import type { InsertNewOptions } from '../postgres/modes/insert-new.ts';
import { checkKeyOptions, refuseOwnColumns } from '../postgres/modes/key.ts';
import type { ReplaceOptions } from '../postgres/modes/replace.ts';
import { flagOf, type SyncOptions } from '../postgres/modes/sync.ts';
import { checkUpdate, type UpsertOptions } from '../postgres/modes/upsert.ts';
import { type LoadReport, runLoad, type Written } from '../report.ts';
import { checkKeys, checkValues } from './check-rows.ts';
import { checkTable } from './check-table.ts';
import { CALLER, type Database, type Server, type TableName, type TableShape, type TargetTable } from './database.ts';
import { checkTarget, conditionOf } from './expect.ts';
import { claim, ensureLedger, finish } from './ledger.ts';
import { mysqlDatabase } from './mysql.ts';
import { readTable } from './read-target.ts';
import { holdRows } from './rows.ts';
import { sqliteDatabase } from './sqlite.ts';
import { writeRows } from './write.ts';

/** How the rows meet those that are there; `K` are the frame's columns by name. */
export type SqlMode<K extends string> =
  | AppendOptions
  | ReplaceOptions
  | InsertNewOptions<K>
  | UpsertOptions<K>
  | SyncOptions<K>;

/** What `load.sql` takes: the mode with what belongs to it, and what all modes have. */
export type SqlLoadOptions<K extends string, R = never> = SqlMode<K> &
  RunOptions & {
    /** `'table'` or `'schema.table'`, as it stands. Made from the frame's schema where it is absent. */
    readonly table: string;
    /** Names this load: one that was done under the name already is not done again. */
    readonly loadId?: string;
    /** What a frame without rows means: its mode says what is loaded then, or the load fails with `load.empty`. */
    readonly onEmpty?: 'load' | 'fail';
    /**
     * What must hold of the whole table when the rows are in it:
     * `{ satisfies: { 'is paid': r => r.price.gt(0) }, rowCount: { min: 1 } }`. It is checked in the load's transaction.
     * Otherwise nothing is loaded (`load.expectation`). The columns that rules name are read back by the load's
     * connection.
     */
    readonly expect?: Expectations<R>;
  };

const OPTIONS: OptionNames<SqlLoadOptions<string>> = {
  table: true,
  mode: true,
  key: 'text|list',
  onDuplicate: 'text',
  update: 'text|list',
  gone: 'text|object',
  loadId: 'text',
  onEmpty: 'text',
  expect: 'object',
  ...RUN_OPTIONS,
};

/** The options of each mode besides `mode`. */
const TAKES: Readonly<Record<SqlMode<string>['mode'], readonly string[]>> = {
  append: [],
  replace: [],
  'insert-new': ['key', 'onDuplicate'],
  upsert: ['key', 'onDuplicate', 'update'],
  sync: ['key', 'onDuplicate', 'gone'],
};

/** Rows, and bytes of them, that go at once. */
const ROWS = 512;
const BYTES = 1024 * 1024;

/** The most values that a statement of MySQL binds. */
const VALUES = 65_535;

/**
 * Loads a frame into a table of a database behind Knex, MariaDB, MySQL or SQLite, in one transaction: when it fails, at
 * whatever point, or `signal` fires, the table's rows are as they were. Null is null. Values are bound, never spliced.
 *
 * MariaDB and MySQL end a transaction where a table is made: one that is absent, and `millrace_loads` where a `loadId` is
 * given, are made before it, and stay, empty, when the load fails or the process is killed. A table that exists must have
 * every column of the frame, with a type that holds the values as they are. With a `loadId` a retry loads nothing twice.
 *
 * How the rows meet those that are there is the `mode`: `append`, `replace`, `insert-new`, `upsert` and `sync`. The
 * history of `scd2` and the slice of `replace-where` are `load.postgres`' alone.
 *
 * Errors: `load.missing_column`, `load.column_type`, `load.required_column`, `load.no_unique_index`; `load.null_key`,
 * `load.duplicate_key`; `load.empty`; `load.expectation`; `load.value` for what the database cannot hold, with its row and column; `mysql.*` and
 * `sqlite.*` for what it refuses; `load.row_count`.
 *
 * @example
 * ```ts
 * import type { Knex } from 'knex';
 * import { load, read, t } from 'millrace';
 * export const keep = (shop: Knex) => {
 *   const sales = read.rows([{ sku: 'a', price: '1.50' }], { schema: { sku: t.string(), price: t.decimal(8, 2) } });
 *   return load.sql(sales, shop, { table: 'sales', mode: 'upsert', key: 'sku' });
 * };
 * ```
 * @param target a Knex, made with client: 'mysql2' or 'better-sqlite3'; its pool stays its owner's
 */
export async function loadSql<C extends AnyCol>(
  given: Frame<C>,
  target: KnexLike,
  options: SqlLoadOptions<C['k'], Cols<C>>,
): Promise<LoadReport> {
  checkCall({
    loader: CALLER,
    frame: given,
    target,
    connection: 'a Knex',
    options,
    names: OPTIONS,
    modes: Object.keys(TAKES),
    texts: ['table'],
  });
  const schema = columnsToWrite(given, CALLER);
  checkOptions(options, schema);
  const name = nameOf(options.table);
  const key = 'key' in options ? listOf<string>(options.key) : [];
  if ('key' in options) {
    checkKeyOptions(options, schema, CALLER);
    if (options.mode === 'upsert') checkUpdate(options, schema, CALLER);
  }
  const flag = options.mode === 'sync' ? flagOf(options, CALLER) : undefined;
  if (flag !== undefined) refuseOwnColumns([flag], schema, options.mode, CALLER);
  const database = databaseOf(target);
  const frame =
    'key' in options && options.onDuplicate !== undefined
      ? given.dedupe({ by: listOf<C['k']>(options.key), keep: options.onDuplicate })
      : given;
  const { loadId, signal, onEmpty = options.mode === 'sync' ? 'fail' : 'load' } = options;
  const expect = options.expect as Expectations<never> | undefined;
  const named = loadId === undefined ? undefined : { loadId, fingerprint: fingerprint(given.plan) };
  const shape: TableShape = { schema, key, flag };
  const task = async (engine: Engine, run: Run): Promise<Written> => {
    const rows = await holdRows(engine, run, schema, options);
    try {
      await checkValues(engine, rows.table, schema, database);
      if (key.length > 0) await checkKeys(engine, rows.table, schema, key);
      const size = Math.max(1, Math.min(ROWS, Math.floor(VALUES / schema.length)));
      const incoming = {
        names: schema.map((field) => field.name),
        rows: rows.rows,
        batches: () => rows.batches(size, BYTES, options),
      };
      return await database.load({
        name,
        signal,
        before: async (server) => ({
          table: await ensureTable(server, name, shape),
          ledger: named === undefined ? undefined : await ensureLedger(server, name),
        }),
        within: async (server, { table, ledger }): Promise<Written> => {
          const claimed =
            named === undefined || ledger === undefined ? undefined : { ledger, target: table, named, runId: run.id };
          if (claimed !== undefined && !(await claim(server, database, claimed))) {
            return { arrived: 0, written: 0, bytes: 0, alreadyLoaded: true };
          }
          if (rows.rows === 0 && onEmpty === 'fail') throw empty(table, options.mode);
          const done = await writeRows(server, database, table, incoming, options);
          if (expect !== undefined) await checkTarget(server, database, table, expect, { engine, schema, options });
          if (claimed !== undefined) await finish(server, database, claimed, done.written);
          return { ...done, bytes: rows.bytes(), repeatable: named !== undefined || done.repeatable !== false };
        },
      });
    } finally {
      await rows.drop();
    }
  };
  return runLoad(frame, options, options.table, task, readTable(target, database, { name, schema, mode: options }));
}

function empty(target: TargetTable, mode: string): MillraceError {
  return new MillraceError({
    code: 'load.empty',
    message: `${CALLER}: the frame has no rows, and nothing was loaded. Where that is right, say onEmpty: 'load'.`,
    details: { table: target.sql, mode },
  });
}

async function ensureTable(server: Server, name: TableName, shape: TableShape): Promise<TargetTable> {
  const found = await server.find(name);
  if (found !== undefined) {
    checkTable(found, shape);
    return found;
  }
  await server.make(name, shape);
  const made = await server.find(name);
  if (made === undefined) throw new Error(`${name.table} was made and is not there`);
  return { ...made, isNew: true };
}

function checkOptions(options: SqlLoadOptions<string>, schema: Schema): void {
  const { mode, loadId, onEmpty, expect } = options;
  if (loadId === '') {
    throw new MillraceError({
      code: 'load.load_id',
      message: `${CALLER}: loadId is "". Give the load a name of its own, such as 'sales-2024-05-01', or leave it out.`,
    });
  }
  if (onEmpty !== undefined && onEmpty !== 'load' && onEmpty !== 'fail') {
    throw new MillraceError({
      code: 'load.option',
      message: `${CALLER}: onEmpty is ${JSON.stringify(onEmpty)}. Give one of 'load', 'fail'.`,
      details: { onEmpty },
    });
  }
  if (expect !== undefined) {
    checkExpectations(CALLER, expect, (name, rule) => {
      conditionOf(name, rule, schema);
    });
  }
  const given = options as unknown as Readonly<Record<string, unknown>>;
  const foreign = Object.values(TAKES)
    .flat()
    .find((option) => given[option] !== undefined && !TAKES[mode].includes(option));
  if (foreign === undefined) return;
  const others = Object.entries(TAKES).filter(([, takes]) => takes.includes(foreign));
  throw new MillraceError({
    code: foreign === 'key' ? 'load.key' : 'load.option',
    message: `${CALLER}: ${foreign} was given, and mode is '${mode}', which has no such option. Leave it out, or load with mode ${others.map(([other]) => `'${other}'`).join(' or ')}.`,
    details: { option: foreign, mode },
  });
}

function nameOf(given: string): TableName {
  const name = tableNameOf(given);
  if (name !== undefined) return name;
  throw new MillraceError({
    code: 'load.table',
    message: `${CALLER}: table is ${JSON.stringify(given)}. Write 'table' or 'schema.table', without quotes.`,
    details: { table: given },
  });
}

function databaseOf(target: KnexLike): Database {
  if (!isKnex(target)) {
    throw new MillraceError({
      code: 'load.target',
      message: `${CALLER}: this is no Knex. Give knex({ client: 'mysql2', connection }) or knex({ client: 'better-sqlite3', connection }).`,
    });
  }
  const client = clientOf(target, CALLER);
  if (client.dialect === 'mysql') return mysqlDatabase(client);
  if (client.dialect === 'sqlite3') return sqliteDatabase(client);
  const instead = client.dialect === 'postgresql' ? ' PostgreSQL has load.postgres, which takes a url or a Pool.' : '';
  throw new MillraceError({
    code: 'sql.dialect',
    message: `${CALLER}: this Knex speaks ${client.dialect ?? 'an unknown dialect'}. The choices are client: 'mysql2' (for MariaDB too) and 'better-sqlite3'.${instead}`,
    details: { dialect: client.dialect },
  });
}
