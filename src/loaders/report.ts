import type { Engine, Run } from '../engines/duckdb/engine.ts';
import { DuckDBSession, quarantineSource } from '../engines/duckdb/session.ts';
import { leaving } from '../engines/postgres/leave.ts';
import { PostgresSession, scratchSource } from '../engines/postgres/session.ts';
import { MillraceError } from '../errors.ts';
import { Frame, type QuarantineCols } from '../frame/frame.ts';
import type { Increment } from '../plan/incremental.ts';
import type { Relation } from '../plan/relation.ts';
import { isRowWise } from '../plan/row-wise.ts';
import type { Scan } from '../plan/scan.ts';
import type { RowCounts, RunOptions, Source } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import { type IncrementReport, refuseRepeats, saveAfter } from './increments.ts';
import { tellLoad } from './load-channel.ts';
import type { Reconciliation } from './reconcile/reconciliation.ts';
import type { ReadTarget, ReconcileOptions } from './reconcile/target-rows.ts';

/** What became of the rows of a table. */
export interface Changes {
  /** Rows that were not there before; of a history, versions that were opened. */
  readonly inserted: number;
  /** Rows that were there and got other values. */
  readonly updated: number;
  /** Versions of a history that were ended. */
  readonly closed: number;
  /** Rows that were deleted, or flagged as gone. */
  readonly deleted: number;
  /** Rows of the frame for which nothing was changed. */
  readonly unchanged: number;
}

/** What a load did. */
export interface LoadReport {
  /** The id of the run. */
  readonly runId: string;
  readonly rows: {
    /** Rows that the sources gave. */
    readonly read: number;
    /** Rows that verbs left out. Null where it cannot be told: rows were joined, grouped or made, or nothing was loaded again. */
    readonly filtered: number | null;
    /** Rows put aside, each with its reason. */
    readonly quarantined: number;
    /** Rows of the frame that the target was changed for. */
    readonly written: number;
  };
  /** What became of the target's rows, where the load matched them by a key or a slice. */
  readonly changes?: Changes;
  /** The statement that changed the table, where `schemaContract: 'evolve'` did. */
  readonly schemaChange?: string;
  /** The rows put aside in this run. */
  readonly quarantine: Frame<QuarantineCols>;
  /** Whether this load had been done under its `loadId` before, so that nothing was written now. */
  readonly alreadyLoaded: boolean;
  /**
   * Whether the same rows, loaded again, would leave the target as it is. Where it is false, as after an append without
   * a `loadId`, a retry cannot be told from a second load.
   */
  readonly repeatable: boolean;
  /** What was read of incremental sources, where there are some. */
  readonly incremental?: readonly IncrementReport[];
  /** Bytes sent to the target. */
  readonly bytes: number;
  readonly seconds: number;
  /**
   * Runs the frame once more, reads what the load left in its target, and compares both: `(await report.reconcile()).ok`.
   * It compares counts, sums and checksums by column, and a checksum of whole rows. Which rows of the target are meant is
   * the mode's: see docs/guides/loading.md.
   *
   * Errors: `reconcile.rows_unknown` where nothing tells the load's rows from others, `reconcile.gone` where they are not there
   * any more, `reconcile.source_changed`, `reconcile.not_repeatable`, `reconcile.key`, `reconcile.unsupported`; `frame.disposed`.
   */
  reconcile(options?: ReconcileOptions): Promise<Reconciliation>;
}

/** What a loader's own part gives. */
export interface Written {
  /** Rows of the frame that reached the loader. */
  readonly arrived: number;
  /** Those of them that the target was changed for. */
  readonly written: number;
  readonly bytes: number;
  readonly changes?: Partial<Changes>;
  readonly schemaChange?: string;
  readonly alreadyLoaded?: boolean;
  /** True where nothing is said. */
  readonly repeatable?: boolean;
  /** Whether nothing stood in the target before, where rows were added to it. */
  readonly wasEmpty?: boolean;
  /** What was read of incremental sources whose state was saved in the load's own transaction. */
  readonly saved?: readonly Increment[];
}

/** A run that ended, and what was written of it. */
export interface LoadedRun extends RowCounts {
  readonly id: string;
  readonly done: Written;
  /** The rows put aside. */
  readonly rejects: Source;
  /** What was read of incremental sources. */
  readonly increments: readonly Increment[];
}

/** Ends a load into `target` that has committed: the account of one that started at an instant of `performance.now()`. */
export async function reportOf<C extends AnyCol>(
  frame: Frame<C>,
  run: LoadedRun,
  { start, target }: { readonly start: number; readonly target: string },
  readTarget: ReadTarget | undefined,
): Promise<LoadReport> {
  const { plan, executor, schema } = frame;
  const { id, read, quarantined, done, rejects, increments } = run;
  const incremental = await saveAfter(increments, done);
  const { arrived, written, bytes, changes, schemaChange, alreadyLoaded = false, repeatable = true } = done;
  const filtered = isRowWise(plan) && !alreadyLoaded ? read - quarantined - arrived : null;
  const report: LoadReport = {
    runId: id,
    rows: { read, filtered, quarantined, written },
    ...(changes === undefined ? {} : { changes: { ...NO_CHANGES, ...changes } }),
    ...(schemaChange === undefined ? {} : { schemaChange }),
    quarantine: new Frame<QuarantineCols>({ kind: 'source', source: rejects }, executor),
    alreadyLoaded,
    repeatable,
    ...(incremental.length === 0 ? {} : { incremental }),
    bytes,
    seconds: (performance.now() - start) / 1000,
    reconcile: async (options = {}) => {
      if (readTarget === undefined) throw unsupported();
      const { reconcile } = await import('./reconcile/reconcile.ts');
      const load = { frame: { plan, executor, schema }, arrived, runId: id, alreadyLoaded, wasEmpty: done.wasEmpty };
      return reconcile(load, readTarget, options);
    },
  };
  tellLoad({ ...report, target, plan: () => plan });
  return report;
}

function unsupported(): MillraceError {
  return new MillraceError({
    code: 'reconcile.unsupported',
    message: 'reconcile: what this loader wrote is not read back. Read the target, and compare it with the frame.',
  });
}

const NO_CHANGES: Changes = { inserted: 0, updated: 0, closed: 0, deleted: 0, unchanged: 0 };

type Task = (engine: Engine, run: Run) => Promise<Written>;

/** Runs a frame's plan and a loader's task with its query, which writes to `target`, and accounts for every row. */
export async function runLoad<C extends AnyCol>(
  frame: Frame<C>,
  options: RunOptions & { readonly mode?: string },
  target: string,
  task: Task,
  readTarget?: ReadTarget,
): Promise<LoadReport> {
  const { executor, plan } = frame;
  refuseRepeats(plan, options.mode);
  const start = performance.now();
  if (executor instanceof PostgresSession) {
    return reportOf(frame, await runElsewhere(plan, executor, options, task), { start, target }, readTarget);
  }
  if (!(executor instanceof DuckDBSession)) {
    throw new MillraceError({
      code: 'load.engine',
      message: `A frame of the engine ${executor.engine} cannot be loaded from here.`,
    });
  }
  return reportOf(frame, await runEmbedded(plan, executor, options, task), { start, target }, readTarget);
}

async function runEmbedded(
  plan: Relation,
  session: DuckDBSession,
  options: RunOptions,
  task: Task,
): Promise<LoadedRun> {
  const engine = await session.open();
  return engine.run(plan, options, async (run) => {
    // Before the task, whose end is the end of the load: nothing may fail after it.
    const read = await run.countRead();
    const table = run.rejects.length === 0 ? undefined : await engine.unionOf(run.rejects);
    let done: Written;
    try {
      done = await task(engine, run);
    } catch (error) {
      if (table !== undefined) await engine.drop(table);
      throw error;
    }
    const rejects = quarantineSource(async (): Promise<Scan> => {
      return { kind: 'table', table: table ?? (await engine.emptyRejects()) };
    });
    if (table !== undefined) engine.scratch.dropWith(rejects, [table]);
    return { id: run.id, read, quarantined: run.quarantined, done, rejects, increments: run.increments };
  });
}

/** A load of what a database ran, into something that is not that database: its rows pass through the embedded engine. */
async function runElsewhere(
  plan: Relation,
  session: PostgresSession,
  options: RunOptions,
  task: Task,
): Promise<LoadedRun> {
  const { source, counted } = leaving(session, plan, options);
  const embedded = await session.embedded();
  const left: Relation = { kind: 'source', source };
  try {
    const { id, done } = await runEmbedded(left, embedded, options, task);
    const { read, quarantined, rejects: table, increments } = counted();
    const rejects = scratchSource('quarantine', async (): Promise<Scan> => ({ kind: 'table', table }));
    return { id, read, quarantined, done, rejects, increments };
  } finally {
    await embedded.refresh(left);
  }
}
