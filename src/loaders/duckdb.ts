import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Engine, Run } from '../engines/duckdb/engine.ts';
import { MillraceError } from '../errors.ts';
import { Frame } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import { RUN_OPTIONS, type RunOptions, type Source } from '../plan/source.ts';
import { brokenName } from '../schema/column-name.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Schema } from '../schema/dtype.ts';
import { quoteName, quoteText } from '../sql/dialect.ts';
import type { Statement } from '../sql/program.ts';
import { writingTo } from '../storage/refusals.ts';
import { kindOf, type Stored, writeFileAside, wrongTarget } from '../storage/write-aside.ts';
import { checkCall } from './check-call.ts';
import { columnsToWrite } from './copy-to.ts';
import { goneFrom } from './reconcile/meant.ts';
import { byValue, type ReadTarget } from './reconcile/target-rows.ts';
import { type LoadReport, runLoad, type Written } from './report.ts';

/** What `load.duckdb` takes. */
export interface DuckDBLoadOptions extends RunOptions {
  /** The table, in the schema `main`. Made from the frame's columns where it is absent. */
  readonly table: string;
  /** What to do with a table that is there: put another in its place, add rows to it, or stop. */
  readonly mode: 'replace' | 'append' | 'fail';
}

const DUCKDB_OPTIONS: OptionNames<DuckDBLoadOptions> = {
  table: true,
  mode: true,
  ...RUN_OPTIONS,
};

/**
 * Loads a frame into a table of a DuckDB file, which is made where it is absent; its other tables stay as they are.
 *
 * The load is one transaction of the file, so a failure or a crash leaves what was there. A null is a null; timestamps
 * are `TIMESTAMP`, their clock UTC, enums `VARCHAR`. A table that rows are added to must have the frame's columns, of the
 * same types, in any order. An append cannot tell a retry from a second load.
 *
 * Errors: `load.exists`; `load.table` for a name that is none, or differs from a table's by its case alone; `load.columns`; `load.target` for a file that is no DuckDB file; `load.busy` for one that another
 * process has open, which a retry can mend.
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * const sales = read.rows([{ sku: 'a', quantity: 2 }], { schema: { sku: t.string(), quantity: t.int() } });
 * const report = await load.duckdb(sales, 'warehouse/shop.duckdb', { table: 'sales', mode: 'replace' });
 * console.log(report.rows.written); // 1
 * ```
 */
export async function loadDuckDB<C extends AnyCol>(
  frame: Frame<C>,
  path: string,
  options: DuckDBLoadOptions,
): Promise<LoadReport> {
  checkCall({
    loader: 'load.duckdb',
    frame,
    target: path,
    path: 'a DuckDB file',
    options,
    names: DUCKDB_OPTIONS,
    modes: ['replace', 'append', 'fail'],
    texts: ['table'],
  });
  const broken = brokenName(options.table);
  if (broken !== undefined) {
    throw new MillraceError({
      code: 'load.table',
      message: `load.duckdb: table is ${JSON.stringify(options.table)}, which names no table: ${broken}. Give a name.`,
      details: { table: options.table },
    });
  }
  const fields = columnsToWrite(frame, 'load.duckdb');
  const task = (engine: Engine, run: Run): Promise<Written> =>
    inTurn(resolve(path), async (): Promise<Filled> => {
      const database = `load_${run.id.replaceAll(/\W/g, '_')}`;
      let wasEmpty = true;
      const write = (file: string): Promise<number> =>
        attached(engine, file, { database, path }, async () => {
          await refuseOtherCase(engine, { ...options, database, path });
          wasEmpty = await isEmpty(engine, database, options.table);
          return writeTable(engine, run.query, { ...options, database, path });
        });
      const found = await kindOf(path);
      if (found === 'folder') throw wrongTarget(path, 'a folder, and this loader writes into a DuckDB file');
      // A process that is killed while it makes a file leaves a part of one.
      if (found === undefined) return { ...(await writeFileAside(path, 'replace', write)), wasEmpty };
      const written = await writingTo(path, () => write(path));
      const { size } = await stat(path);
      return { arrived: written, written, bytes: size, wasEmpty };
    }).then((done) => ({ ...done, repeatable: options.mode !== 'append' }));
  return runLoad(frame, options, `${options.table} of ${path}`, task, readTable(path, options, fields));
}

type Filled = Stored & Pick<Written, 'wasEmpty'>;

/** The rows of the table, copied into the engine: the file is not kept open. */
function readTable(path: string, { table, mode }: DuckDBLoadOptions, fields: Schema): ReadTarget {
  return async (session, { runId, wasEmpty, key }, options, task) => {
    if (mode === 'append' && wasEmpty !== true && key === undefined) {
      throw new MillraceError({
        code: 'reconcile.rows_unknown',
        message: `reconcile: the table ${JSON.stringify(table)} of ${path} had rows before the append, and nothing tells the load's rows from the others. Give reconcile({ key }) with columns that do.`,
        details: { path, table },
      });
    }
    if (!existsSync(path)) throw goneFrom(path);
    const engine = await session.open();
    const database = `read_${runId.replaceAll(/\W/g, '_')}`;
    const names = fields.map((field) => quoteName(field.name)).join(', ');
    const from = `${quoteName(database)}.main.${quoteName(table)}`;
    const copied = await inTurn(resolve(path), () =>
      attached(engine, path, { database, path, isReadOnly: true }, async () => {
        const there = await engine.connections.values(tableColumns(database, table));
        const missing = fields.find(({ name }) => !there.some(([column]) => column === name));
        if (missing !== undefined)
          throw goneFrom(`${JSON.stringify(missing.name)} of ${JSON.stringify(table)} in ${path}`);
        return engine.toTable({ sql: `SELECT ${names} FROM ${from}`, values: [] }, options);
      }),
    );
    try {
      const source = tableSource(`duckdb ${path}`, fields, copied.table);
      const scope = `${key === undefined ? 'all rows' : `the rows whose ${key.join(', ')} the frame has,`} of ${JSON.stringify(table)} in ${path}`;
      const frame = new Frame<AnyCol>({ kind: 'source', source }, session);
      return await task({ frame, scope, columns: byValue(fields), ...(key === undefined ? {} : { key }) });
    } finally {
      await engine.drop(copied.table);
    }
  };
}

function tableSource(name: string, schema: Schema, table: string): Source {
  const prepare = async () => ({ kind: 'table', table }) as const;
  return { name, schema, ordered: false, onBadRow: 'fail', volatile: false, prepare };
}

/** Whether a table has no rows, or is not there. */
async function isEmpty(engine: Engine, database: string, table: string): Promise<boolean> {
  const there = await engine.connections.values(tableColumns(database, table));
  if (there.length === 0) return true;
  const from = `${quoteName(database)}.main.${quoteName(table)}`;
  return (await engine.connections.values(`SELECT 1 FROM ${from} LIMIT 1`)).length === 0;
}

function tableColumns(database: string, table: string): string {
  return `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = ${quoteText(database)} AND schema_name = 'main' AND table_name = ${quoteText(table)}`;
}

/** The engine tells no `a` from `A`: a table by the other name would be the one that is written to. */
async function refuseOtherCase(
  engine: Engine,
  { database, path, table, mode }: DuckDBLoadOptions & { readonly database: string; readonly path: string },
): Promise<void> {
  const sql = `SELECT table_name FROM duckdb_tables() WHERE database_name = ${quoteText(database)} AND schema_name = 'main'`;
  const names = (await engine.connections.values(sql)).map(([name]) => String(name));
  const other = names.find((name) => name !== table && asciiLower(name) === asciiLower(table));
  if (other === undefined) return;
  throw new MillraceError({
    code: mode === 'fail' ? 'load.exists' : 'load.table',
    message: `${JSON.stringify(path)} has the table ${JSON.stringify(other)}, and DuckDB does not tell it from ${JSON.stringify(table)}. Give its name as it stands, or another.`,
    details: { path, table, other },
  });
}

/** As the engine compares names: of letters beyond ASCII, case counts. */
function asciiLower(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
}

/** Loads of this process into one file take turns: the engine opens it once. */
const turns = new Map<string, Promise<unknown>>();

async function inTurn<R>(file: string, task: () => Promise<R>): Promise<R> {
  const before = turns.get(file) ?? Promise.resolve();
  const mine = before.then(task, task);
  turns.set(file, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(file) === mine) turns.delete(file);
  }
}

async function attached<R>(
  engine: Engine,
  file: string,
  {
    database,
    path,
    isReadOnly = false,
  }: { readonly database: string; readonly path: string; readonly isReadOnly?: boolean },
  task: () => Promise<R>,
): Promise<R> {
  const { connections } = engine;
  const isThere = existsSync(file);
  try {
    const how = isReadOnly ? 'TYPE duckdb, READ_ONLY' : 'TYPE duckdb';
    await connections.run({ sql: `ATTACH ${quoteText(file)} AS ${quoteName(database)} (${how})`, values: [] });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    if (/lock on file/.test(reason)) {
      throw new MillraceError({
        code: 'load.busy',
        message: `${JSON.stringify(path)} is open in another process, and a DuckDB file is open for writing in one alone. Close it there, or try again.`,
        retryable: true,
        details: { path },
        cause,
      });
    }
    if (isThere && /not a valid DuckDB database/.test(reason)) throw wrongTarget(path, 'no DuckDB file');
    throw cause;
  }
  try {
    return await task();
  } finally {
    await connections.ifOpen(`DETACH ${quoteName(database)}`);
  }
}

async function writeTable(
  engine: Engine,
  query: Statement,
  { table, mode, database, path, ...options }: DuckDBLoadOptions & { readonly database: string; readonly path: string },
): Promise<number> {
  const { connections } = engine;
  const name = `${quoteName(database)}.main.${quoteName(table)}`;
  const there = await connections.values(tableColumns(database, table));
  if (there.length > 0 && mode === 'fail') {
    throw new MillraceError({
      code: 'load.exists',
      message: `${JSON.stringify(path)} has a table ${JSON.stringify(table)} already. Use mode: 'replace' to put another in its place.`,
      details: { path, table },
    });
  }
  if (there.length > 0 && mode === 'append') {
    const given = await connections.run({ sql: `SELECT * FROM (${query.sql}) LIMIT 0`, values: query.values }, options);
    const types = new Map(given.columnNames().map((column, i) => [column, String(given.columnType(i))]));
    refuseOtherColumns(path, table, new Map(there.map(([column, type]) => [String(column), String(type)])), types);
  }
  const isAdded = there.length > 0 && mode === 'append';
  const sql = isAdded ? `INSERT INTO ${name} BY NAME ${query.sql}` : `CREATE OR REPLACE TABLE ${name} AS ${query.sql}`;
  const result = await connections.run({ sql, values: query.values }, options);
  const [[count] = []] = await result.getRowsJS();
  return Number(count);
}

function refuseOtherColumns(
  path: string,
  table: string,
  there: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, string>,
): void {
  const differences = [...new Set([...there.keys(), ...given.keys()])]
    .filter((name) => there.get(name) !== given.get(name))
    .map(
      (name) =>
        `${JSON.stringify(name)} is ${there.get(name) ?? 'missing'} there and ${given.get(name) ?? 'missing'} here`,
    );
  if (differences.length === 0) return;
  throw new MillraceError({
    code: 'load.columns',
    message: `The table ${JSON.stringify(table)} of ${JSON.stringify(path)} has other columns: ${differences.join('; ')}. Cast or select the frame's, or give mode: 'replace'.`,
    details: { path, table, differences },
  });
}
