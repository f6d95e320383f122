import type { Engine, Run } from '../../engines/duckdb/engine.ts';
import { type ScratchRows, scratchRows } from '../../engines/duckdb/scratch-rows.ts';
import { PostgresSession } from '../../engines/postgres/session.ts';
import { MillraceError } from '../../errors.ts';
import type { Cols } from '../../frame/columns.ts';
import type { Frame } from '../../frame/frame.ts';
import { listOf } from '../../frame/functions/order.ts';
import type { OptionNames } from '../../option-names.ts';
import { RUN_OPTIONS, type RunOptions } from '../../plan/source.ts';
import { type Postgres, type Transaction, transaction } from '../../postgres/connect.ts';
import type { AnyCol } from '../../schema/columns.ts';
import { quoteName } from '../../sql/dialect.ts';
import { checkCall } from '../check-call.ts';
import type { Expectations } from '../expectations.ts';
import { saveWithin } from '../increments.ts';
import { type LoadReport, runLoad, type Written } from '../report.ts';
import { refuseCutBlanks } from './cut-blanks.ts';
import type { TableDefinition } from './definition.ts';
import type { SchemaContract } from './evolve.ts';
import { findTable } from './find-table.ts';
import { enumLabels, fitting } from './fitting.ts';
import { loadInDatabase } from './in-database.ts';
import { type Copied, type Incoming, REJECTS } from './incoming.ts';
import { CALLER } from './modes/mode.ts';
import { MODES, type PostgresMode } from './modes.ts';
import { NUL_SHOWN, namingNul } from './nul.ts';
import { checkedLoad } from './options.ts';
import { readTable } from './read-target.ts';
import { tableName } from './table-name.ts';
import { ALREADY_LOADED, looksLoaded, writeLoad } from './write.ts';

/** What `load.postgres` takes: the mode with what belongs to it, and what all modes have. */
export type PostgresOptions<K extends string, R = never> = PostgresMode<K, R> &
  RunOptions & {
    /** `'table'` or `'schema.table'`, capitals as they stand. Made from the frame's schema where it is absent. */
    readonly table: string;
    /** Milliseconds that a statement may take on the server, waiting and the whole of the rows' way there included. Default: as the server has it. */
    readonly statementTimeout?: number;
    /** Milliseconds that are waited for a lock, another load's turn included. Default: as the server has it. */
    readonly lockTimeout?: number;
    /** The keys, indexes and comments of a table that is made. One that is there must have the keys (`load.no_unique_index`). */
    readonly create?: TableDefinition<K>;
    /** Where the rejected rows go, in the same transaction: added to this table, each with the id of its run. */
    readonly quarantineTable?: string;
    /** Names this load: one that was done under the name already is not done again, whatever its plan is now. */
    readonly loadId?: string;
    /** What another load into the same table at the same time means for this one: it waits its turn (the default), or fails with `load.busy`. */
    readonly concurrent?: 'wait' | 'refuse';
    /** What a frame without rows means: its mode says what is loaded then, or the load fails with `load.empty`. */
    readonly onEmpty?: 'load' | 'fail';
    /**
     * What a table means that is not as the frame is: an error (`freeze`, the default), a change of the table (`evolve`), or rows
     * put aside (`quarantine`). The error tells every difference; to evolve, columns are added, widened or may be null
     * from now on; rows are put aside where they do not fit.
     */
    readonly schemaContract?: SchemaContract;
    /**
     * What must hold of the whole table when the rows are in it:
     * `{ satisfies: { 'is paid': r => r.price.gt(0) }, rowCount: { min: 1 } }`. The server checks it in the load's
     * transaction. Otherwise nothing is loaded (`load.expectation`).
     */
    readonly expect?: Expectations<R>;
    /**
     * Milliseconds for which the server may say nothing while it is waited for. A second connection looks whether it is at
     * work, which may take as long as it takes; where it is not, or cannot be reached for as long again, the load fails with
     * `postgres.connection_lost`. Also how long a connection may take to be made. Default 60,000.
     */
    readonly timeout?: number;
  };

const OPTIONS: OptionNames<PostgresOptions<string>> = {
  table: true,
  mode: true,
  key: 'text|list',
  onDuplicate: 'text',
  update: 'text|list',
  where: true,
  gone: 'text|object',
  track: 'text|list',
  validFrom: true,
  statementTimeout: true,
  lockTimeout: true,
  create: 'object',
  quarantineTable: 'text',
  loadId: 'text',
  concurrent: 'text',
  onEmpty: 'text',
  schemaContract: 'text',
  expect: 'object',
  timeout: true,
  ...RUN_OPTIONS,
};

/**
 * Loads a frame into a table of PostgreSQL, in one transaction: when it fails, at whatever point, or `signal` fires,
 * the target is as it was. Null is null. A table that exists must have every column of the frame, with a type that
 * holds the values as they are; its other columns take their defaults.
 *
 * With a `loadId` the load is written down in the table `millrace_loads`, beside the target and in the same
 * transaction, so that a retry loads nothing twice: its report says `alreadyLoaded`, and 0 rows written. A
 * fingerprint of the plan (its sources' names, verbs and values, not what stands in the sources) is written down with it.
 *
 * How the rows meet those that are there is the `mode`: `append`, `replace`, `replace-where` (a slice), `insert-new`,
 * `upsert`, `sync` (what is gone goes, too) and `scd2` (the history of each key). Loads into one table take turns.
 *
 * Errors: `load.missing_column`, `load.column_type`, `load.required_column`, `load.no_unique_index` before anything is
 * written; `load.null_key`, `load.duplicate_key` for rows that do not say which row they are; `load.outside_slice` for
 * rows that `replace-where` does not mean; `load.empty` for no rows where all would go; `load.busy` for a turn that was
 * not waited for; `postgres.constraint` and `postgres.value` with the row; `postgres.connection_lost`, `postgres.locked`, `postgres.conflict`, which a retry can mend;
 * `load.value` for a text of which `varchar(n)` would cut blanks; `postgres.commit_unknown` where nobody knows. All of them are in the guide to loading.
 *
 * @example
 * ```ts
 * import { PGlite } from '@electric-sql/pglite';
 * import { load, read, t } from 'millrace';
 * const sales = read.rows([{ sku: 'a', quantity: 2 }], { schema: { sku: t.string(), quantity: t.int() } });
 * const warehouse = new PGlite();
 * const report = await load.postgres(sales, warehouse, { table: 'sales', mode: 'upsert', key: ['sku'] });
 * console.log(report.rows); // { read: 1, filtered: 0, quarantined: 0, written: 1 }
 * await warehouse.close();
 * ```
 * @param target a url, a `pg` Pool (never ended here), or a PGlite
 */
export async function loadPostgres<C extends AnyCol>(
  given: Frame<C>,
  target: Postgres,
  options: PostgresOptions<C['k'], Cols<C>>,
): Promise<LoadReport> {
  checkCall({
    loader: CALLER,
    frame: given,
    target,
    connection: 'a url, a pg Pool or a PGlite',
    options,
    names: OPTIONS,
    modes: Object.keys(MODES),
    texts: ['table'],
  });
  checkedLoad(options, given.schema, given.plan);
  const frame = winners(await fittingTarget(given, target, options), options);
  const load = checkedLoad(options, frame.schema, given.plan);
  const running: RunOptions = { signal: options.signal };
  const readTarget = readTable(target, load);

  if (frame.executor instanceof PostgresSession) {
    if (frame.executor.database === target) {
      return loadInDatabase(frame, frame.executor, load, options, readTarget);
    }
    if (load.rejectsName !== undefined) {
      throw new MillraceError({
        code: 'load.engine',
        message: `${CALLER}: rows that were put aside in the session's database stay there. Leave quarantineTable out and load frame.quarantine() by itself, or load into that database.`,
      });
    }
  }

  const task = async (engine: Engine, run: Run): Promise<Written> => {
    const { mode, timeout = TIMEOUT } = options;
    const repeatable = load.named !== undefined || mode !== 'append';
    const settings = { ...running, caller: CALLER, timeout, repeatable };
    const done = await transaction(target, { ...settings, readOnly: true }, (server) => looksLoaded(server, load));
    if (done) return ALREADY_LOADED;
    const scratch: ScratchRows[] = [];
    try {
      const rows = await scratchRows(engine, run, load.schema, options);
      scratch.push(rows);
      const rejects = load.rejectsName === undefined ? undefined : await rejectedRows(engine, run, running);
      if (rejects !== undefined) scratch.push(rejects);
      const incoming: Incoming = {
        runId: run.id,
        names: rows.names,
        fill: async (server, table, to) => {
          await refuseCutBlanks(engine, rows, to);
          return copy(server, table, rows);
        },
        ...(rejects === undefined ? {} : { rejects: { fill: (server, table) => copy(server, table, rejects) } }),
      };
      return await transaction(target, settings, async (server) =>
        saveWithin(
          server,
          { database: target, target: JSON.stringify(load.name) },
          run.increments,
          await writeLoad(server, incoming, load),
        ),
      );
    } catch (error) {
      throw await namingNul(error, engine, run, load.schema);
    } finally {
      for (const rows of scratch) await rows.drop();
    }
  };
  return runLoad(frame, options, options.table, task, readTarget);
}

const TIMEOUT = 60_000;

/** The rows that fit the table, where all others are to be put aside. */
async function fittingTarget<C extends AnyCol>(
  frame: Frame<C>,
  target: Postgres,
  { schemaContract, table, signal, timeout = TIMEOUT }: PostgresOptions<C['k']>,
): Promise<Frame<C>> {
  if (schemaContract !== 'quarantine') return frame;
  const { executor } = frame;
  const running = { signal };
  const look = async (server: Transaction): Promise<Frame<C>> => {
    const found = await findTable(server, tableName(table));
    return fitting(frame, found, await enumLabels(server, found));
  };
  if (executor instanceof PostgresSession && executor.database === target) {
    return (await executor.open()).transaction(running, look);
  }
  return transaction(target, { ...running, caller: CALLER, timeout, readOnly: true }, look);
}

/** Of the rows that have one key, the one that is to be loaded. */
function winners<C extends AnyCol>(frame: Frame<C>, options: PostgresOptions<C['k']>): Frame<C> {
  if (!('onDuplicate' in options) || options.onDuplicate === undefined) return frame;
  return frame.dedupe({ by: listOf<C['k']>(options.key), keep: options.onDuplicate });
}

async function rejectedRows(engine: Engine, run: Run, options: RunOptions): Promise<ScratchRows> {
  const table = await engine.unionOf(run.rejects);
  try {
    const shown = REJECTS.slice(1).map(({ name, dtype }) => {
      const column = quoteName(name);
      return dtype.id === 'string' ? `replace(${column}, chr(0), '${NUL_SHOWN}') AS ${column}` : column;
    });
    const sql = `SELECT '${run.id}' AS run_id, ${shown.join(', ')} FROM ${table}`;
    return await scratchRows(engine, { query: { sql, values: [] }, table: undefined }, REJECTS, options);
  } finally {
    await engine.drop(table);
  }
}

/** Copies all rows into a table; what the engine made and what the server took must be as many. */
async function copy(server: Transaction, table: string, rows: ScratchRows): Promise<Copied> {
  let bytes = 0;
  const counted = async function* (): AsyncGenerator<Uint8Array> {
    for await (const blob of rows.blobs()) {
      bytes += blob.length;
      yield blob;
    }
  };
  const taken = await server.copyIn(table, rows.names, counted());
  if (taken !== rows.rows) {
    throw new MillraceError({
      code: 'load.row_count',
      message: `${CALLER}: the engine made ${rows.rows} rows and the server counted ${taken} in ${table}. Nothing was loaded.`,
      details: { made: rows.rows, taken },
    });
  }
  return { bytes, rows: rows.rows };
}
