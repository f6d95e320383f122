import type { Engine, Run } from '../../engines/duckdb/engine.ts';
import { type ScratchRows, scratchRows } from '../../engines/duckdb/scratch-rows.ts';
import { PostgresSession } from '../../engines/postgres/session.ts';
import { didYouMean, MillraceError } from '../../errors.ts';
import type { Frame } from '../../frame/frame.ts';
import { listOf } from '../../frame/functions/order.ts';
import type { RunOptions } from '../../plan/source.ts';
import { type Postgres, type Transaction, transaction } from '../../postgres/connect.ts';
import type { AnyCol } from '../../schema/columns.ts';
import type { Schema } from '../../schema/dtype.ts';
import { checkCall } from '../check-call.ts';
import { type LoadReport, runLoad } from '../report.ts';
import { loadInDatabase } from './in-database.ts';
import { claimLoad, finishLoad, isLoaded } from './loads.ts';
import { checkTable, ensureTable, findTable, refuseLongName, tableName } from './table.ts';
import { CALLER, type Copied, checkTarget, empty, REJECTS, upsert } from './write.ts';

/** How the rows meet those that are there. */
export type PostgresMode<K extends string> =
  /** `append` adds the rows. `replace` empties the table first; the table stays, with its views and grants. */
  | { readonly mode: 'append' | 'replace'; readonly key?: never }
  /** A row whose key is there replaces that row's columns (a row that is nothing but its key stays), every other row is added. */
  | { readonly mode: 'upsert'; readonly key: K | readonly [K, ...K[]] };

export type PostgresOptions<K extends string> = PostgresMode<K> &
  RunOptions & {
    /** `'table'` or `'schema.table'`, capitals as they stand. Made from the frame's schema where it is absent. */
    readonly table: string;
    /** Where the rejected rows go, in the same transaction: added to this table, each with the id of its run. */
    readonly quarantineTable?: string;
    /** Names this load: one that was done under the name already is not done again. */
    readonly loadId?: string;
  };

const MODES = ['append', 'replace', 'upsert'];

/**
 * Loads a frame into a table of PostgreSQL, in one transaction: when it fails, at whatever point, or `signal` fires,
 * the target is as it was. Null is null. A table that exists must have every column of the frame, with a type that
 * holds the values as they are; its other columns take their defaults.
 *
 * With a `loadId` the load is written down in the table `millrace_loads`, beside the target and in the same
 * transaction, so that a retry loads nothing twice: its report says `alreadyLoaded`, and 0 rows written.
 *
 * Errors: `load.missing_column`, `load.column_type`, `load.required_column`, `load.no_unique_index` before anything is
 * written; `load.null_key`, `load.duplicate_key` for an upsert whose rows do not say which row they are;
 * `postgres.constraint` and `postgres.value` with the row; `postgres.connection_lost`, `postgres.conflict`, which a retry can mend.
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
  frame: Frame<C>,
  target: Postgres,
  options: PostgresOptions<C['k']>,
): Promise<LoadReport> {
  checkCall({ loader: CALLER, frame, target, options, modes: MODES, texts: ['table'] });
  const { schema } = frame;
  const key = listOf<string>(options.key ?? []);
  checkOptions(options, key, schema);
  const { loadId, signal } = options;
  const name = tableName(options.table);
  const rejectsName = options.quarantineTable === undefined ? undefined : tableName(options.quarantineTable);
  const settings = { caller: CALLER, ...(signal === undefined ? {} : { signal }) };

  if (frame.executor instanceof PostgresSession) {
    if (frame.executor.database === target) {
      return loadInDatabase(frame, frame.executor, { ...options, key, name, rejectsName });
    }
    if (rejectsName !== undefined) {
      throw new MillraceError({
        code: 'load.engine',
        message: `${CALLER}: rows that were put aside in the session's database stay there. Leave quarantineTable out and load frame.quarantine() by itself, or load into that database.`,
      });
    }
  }

  return runLoad(frame, options, async (engine, run) => {
    const done = await transaction(target, { ...settings, readOnly: true }, async (server) => {
      const found = await findTable(server, name);
      if (found !== undefined) checkTarget(found, schema, key);
      return loadId !== undefined && found !== undefined && (await isLoaded(server, found, loadId));
    });
    if (done) return { written: 0, bytes: 0, alreadyLoaded: true };

    const scratch: ScratchRows[] = [];
    try {
      const rows = await scratchRows(engine, run, schema, options);
      scratch.push(rows);
      const rejects =
        rejectsName === undefined ? undefined : await rejectedRows(engine, run, signal === undefined ? {} : { signal });
      if (rejects !== undefined) scratch.push(rejects);
      return await transaction(target, settings, async (server) => {
        const found = await ensureTable(server, name, schema, key);
        checkTarget(found, schema, key);
        if (loadId !== undefined && !(await claimLoad(server, found, { loadId, runId: run.id }))) {
          return { written: 0, bytes: 0, alreadyLoaded: true };
        }
        if (options.mode === 'replace') await empty(server, found);
        const copied =
          options.mode === 'upsert'
            ? await upsert(server, found, { names: rows.names, fill: (staging) => copy(server, staging, rows) }, key)
            : await copy(server, found.sql, rows);
        let { bytes } = copied;
        if (rejectsName !== undefined && rejects !== undefined) {
          const table = await ensureTable(server, rejectsName, REJECTS, []);
          checkTable(table, REJECTS);
          bytes += (await copy(server, table.sql, rejects)).bytes;
        }
        const written = rows.rows - (copied.unchanged ?? 0);
        if (loadId !== undefined) await finishLoad(server, found, { loadId, rows: written });
        return { ...copied, written, bytes };
      });
    } finally {
      for (const rows of scratch) await rows.drop();
    }
  });
}

async function rejectedRows(engine: Engine, run: Run, options: RunOptions): Promise<ScratchRows> {
  const table = await engine.unionOf(run.rejects);
  try {
    const sql = `SELECT '${run.id}' AS run_id, * FROM ${table}`;
    return await scratchRows(engine, { query: { sql, values: [] }, table: undefined }, REJECTS, options);
  } finally {
    await engine.drop(table);
  }
}

function checkOptions(options: PostgresOptions<string>, key: readonly string[], schema: Schema): void {
  if (options.loadId === '') {
    throw new MillraceError({
      code: 'load.load_id',
      message: `${CALLER}: loadId is "". Give the load a name of its own, such as 'sales-2024-05-01', or leave it out.`,
    });
  }
  for (const { name } of schema) refuseLongName(name);
  const names = schema.map((f) => f.name);
  if (options.mode !== 'upsert') {
    if (key.length === 0) return;
    throw new MillraceError({
      code: 'load.key',
      message: `${CALLER}: a key was given, and mode is '${options.mode}', which matches no rows. Leave key out, or load with mode 'upsert'.`,
    });
  }
  if (key.length === 0) {
    throw new MillraceError({
      code: 'load.key',
      message: `${CALLER}: an upsert needs a key: the columns that tell rows apart. The columns are ${names.join(', ')}.`,
    });
  }
  const unknown = key.find((column) => !names.includes(column));
  if (unknown !== undefined) {
    throw new MillraceError({
      code: 'load.key',
      message: `${CALLER}: the frame has no column ${JSON.stringify(unknown)} to be a key.${didYouMean(unknown, names)} Its columns are ${names.join(', ')}.`,
      details: { column: unknown, columns: names },
    });
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
