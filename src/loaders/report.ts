import type { Engine, Run } from '../engines/duckdb/engine.ts';
import { DuckDBSession, quarantineSource } from '../engines/duckdb/session.ts';
import { leaving } from '../engines/postgres/leave.ts';
import { PostgresSession, scratchSource } from '../engines/postgres/session.ts';
import { MillraceError } from '../errors.ts';
import { Frame, type QuarantineCols } from '../frame/frame.ts';
import type { Relation } from '../plan/relation.ts';
import type { Scan } from '../plan/scan.ts';
import type { RunOptions } from '../plan/source.ts';
import { sourcesOf, walkRelation } from '../plan/walk.ts';
import type { AnyCol } from '../schema/columns.ts';

/** What a load did. */
export interface LoadReport {
  /** The id of the run. */
  readonly runId: string;
  readonly rows: {
    /** Rows that the sources gave. */
    readonly read: number;
    /** Rows that verbs left out; null where it cannot be told: rows were joined, grouped or made, or nothing was loaded again. */
    readonly filtered: number | null;
    /** Rows put aside, each with its reason. */
    readonly quarantined: number;
    readonly written: number;
    /** Rows of an upsert that were there before, just so; only told where the key is all there is of a row. */
    readonly unchanged?: number;
  };
  /** The rows put aside in this run. */
  readonly quarantine: Frame<QuarantineCols>;
  /** Whether this load had been done under its `loadId` before, so that nothing was written now. */
  readonly alreadyLoaded: boolean;
  /** Bytes sent to the target. */
  readonly bytes: number;
  readonly seconds: number;
}

/** What a loader's own part gives. */
export interface Written {
  readonly written: number;
  readonly unchanged?: number;
  readonly bytes: number;
  readonly alreadyLoaded?: boolean;
}

/** Runs a frame's plan and a loader's task with its query, and accounts for every row. */
export async function runLoad<C extends AnyCol>(
  frame: Frame<C>,
  options: RunOptions,
  task: (engine: Engine, run: Run) => Promise<Written>,
): Promise<LoadReport> {
  const { executor, plan } = frame;
  if (executor instanceof PostgresSession) return runElsewhere(frame, executor, options, task);
  if (!(executor instanceof DuckDBSession)) {
    throw new MillraceError({
      code: 'load.engine',
      message: `A frame of the engine ${executor.engine} cannot be loaded from here.`,
    });
  }
  const start = performance.now();
  const engine = await executor.open();
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
    const { written, unchanged, bytes, alreadyLoaded = false } = done;
    const { quarantined } = run;
    const filtered = isRowWise(plan) && !alreadyLoaded ? read - quarantined - written - (unchanged ?? 0) : null;
    const source = quarantineSource(async (): Promise<Scan> => {
      return { kind: 'table', table: table ?? (await engine.emptyRejects()) };
    });
    if (table !== undefined) engine.scratch.dropWith(source, table);
    return {
      runId: run.id,
      rows: { read, filtered, quarantined, written, ...(unchanged === undefined ? {} : { unchanged }) },
      quarantine: new Frame<QuarantineCols>({ kind: 'source', source }, executor),
      alreadyLoaded,
      bytes,
      seconds: (performance.now() - start) / 1000,
    };
  });
}

/** A load of what a database ran, into something that is not that database: its rows pass through the embedded engine. */
async function runElsewhere<C extends AnyCol>(
  { plan }: Frame<C>,
  session: PostgresSession,
  options: RunOptions,
  task: (engine: Engine, run: Run) => Promise<Written>,
): Promise<LoadReport> {
  const { source, counted } = leaving(session, plan, options);
  const embedded = await session.embedded();
  const left = new Frame<AnyCol>({ kind: 'source', source }, embedded);
  try {
    const report = await runLoad(left, options, task);
    const { read, quarantined, rejects } = counted();
    const { written, unchanged = 0 } = report.rows;
    const filtered = isRowWise(plan) && !report.alreadyLoaded ? read - quarantined - written - unchanged : null;
    const aside = scratchSource('quarantine', async (): Promise<Scan> => ({ kind: 'table', table: rejects }));
    return {
      ...report,
      rows: { ...report.rows, read, filtered, quarantined },
      quarantine: new Frame<QuarantineCols>({ kind: 'source', source: aside }, session),
    };
  } finally {
    await embedded.refresh({ kind: 'source', source });
  }
}

/** Whether each row of the result is one row of the one source. */
export function isRowWise(plan: Relation): boolean {
  const makers = new Set<Relation['kind']>([
    'join',
    'asof-join',
    'unpivot',
    'explode',
    'aggregate',
    'union',
    'map-batches',
  ]);
  if (walkRelation(plan).some((node) => makers.has(node.kind))) return false;
  const [source, ...others] = sourcesOf(plan);
  if (source === undefined || others.length > 0) return false;
  return source.origin === undefined || isRowWise(source.origin.plan);
}
