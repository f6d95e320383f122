import type { Engine, Run } from '../engines/duckdb/engine.ts';
import { DuckDBSession } from '../engines/duckdb/session.ts';
import { MillraceError } from '../errors.ts';
import { Frame, type QuarantineCols } from '../frame/frame.ts';
import type { Relation } from '../plan/relation.ts';
import type { RunOptions, Scan } from '../plan/source.ts';
import { walkRelation } from '../plan/walk.ts';
import type { AnyCol } from '../schema/columns.ts';

/** What a load did. */
export interface LoadReport {
  /** The id of the run. */
  readonly runId: string;
  readonly rows: {
    /** Rows that the sources gave. */
    readonly read: number;
    /** Rows that verbs left out; null where rows were joined, grouped or made, so that they cannot be told apart. */
    readonly filtered: number | null;
    /** Rows put aside, each with its reason. */
    readonly quarantined: number;
    readonly written: number;
  };
  /** The rows put aside in this run. */
  readonly quarantine: Frame<QuarantineCols>;
  /** Bytes sent to the target. */
  readonly bytes: number;
  readonly seconds: number;
}

/** What a loader's own part gives. */
export interface Written {
  readonly written: number;
  readonly bytes: number;
}

/** Runs a frame's plan and a loader's task with its query, and accounts for every row. */
export async function runLoad<C extends AnyCol>(
  frame: Frame<C>,
  options: RunOptions,
  task: (engine: Engine, run: Run) => Promise<Written>,
): Promise<LoadReport> {
  const { executor, plan } = frame;
  if (!(executor instanceof DuckDBSession)) {
    throw new MillraceError({
      code: 'load.engine',
      message: `A frame of the engine ${executor.engine} cannot be loaded from here.`,
    });
  }
  const start = performance.now();
  const engine = await executor.open();
  return engine.run(plan, options, async (run) => {
    const { written, bytes } = await task(engine, run);
    const read = await run.countRead();
    const { quarantined } = run;
    const filtered = isRowWise(plan) ? read - quarantined - written : null;
    const table = await engine.unionOf(run.rejects);
    const source = {
      ...executor.quarantine(plan),
      prepare: async (): Promise<Scan> => ({ kind: 'table', table }),
    };
    return {
      runId: run.id,
      rows: { read, filtered, quarantined, written },
      quarantine: new Frame<QuarantineCols>({ kind: 'source', source }, executor),
      bytes,
      seconds: (performance.now() - start) / 1000,
    };
  });
}

/** Whether each row of the result is one row of the source. */
function isRowWise(plan: Relation): boolean {
  const makers = new Set<Relation['kind']>(['join', 'aggregate', 'union', 'map-batches']);
  return !walkRelation(plan).some((node) => makers.has(node.kind));
}
