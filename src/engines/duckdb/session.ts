import { MillraceError } from '../../errors.ts';
import { describePlan } from '../../plan/describe.ts';
import { isOrdered } from '../../plan/order.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import { QUARANTINE } from '../../plan/quarantine.ts';
import type { Relation } from '../../plan/relation.ts';
import type { Scan } from '../../plan/scan.ts';
import type { Executor, RunOptions, Source, SourceContext, StreamOptions } from '../../plan/source.ts';
import { sourcesOf } from '../../plan/walk.ts';
import type { Block, BlockResult } from '../../schema/block.ts';
import { describeStep } from '../describe-step.ts';
import type { EngineSettings } from './connections.ts';
import type { Engine } from './engine.ts';

export type SessionOptions = EngineSettings;

/** An engine in the process and its settings; nothing starts before the first action. */
export class DuckDBSession implements Executor, AsyncDisposable {
  readonly engine = 'duckdb';
  readonly #options: SessionOptions;
  #engine: Promise<Engine> | undefined;
  #closed = false;

  constructor(options: SessionOptions = {}) {
    this.#options = options;
  }

  /** The engine room; loaders and tests of the engine work there. */
  open(): Promise<Engine> {
    if (this.#closed) {
      throw new MillraceError({
        code: 'session.closed',
        message: 'The session is closed. Make a new one with createSession().',
      });
    }
    // The engine's package takes a sixth of a second to load.
    this.#engine ??= import('./engine.ts').then(({ startEngine }) => startEngine(this.#options));
    return this.#engine;
  }

  async look(options: RunOptions): Promise<SourceContext> {
    return (await this.open()).sources.context(options);
  }

  async collect(plan: Relation, options: RunOptions): Promise<BlockResult> {
    const blocks: Block[] = [];
    for await (const block of this.stream(plan, options)) blocks.push(block);
    return { schema: outputSchema(plan), blocks };
  }

  async *stream(plan: Relation, options: StreamOptions): AsyncGenerator<Block> {
    const engine = await this.open();
    if (options.early && outputSchema(plan).every((field) => field.dtype.id === 'float')) {
      yield* engine.early(plan, options);
      return;
    }
    const { table, rows } = await engine.run(plan, options, (run) => engine.takeRows(run, options));
    try {
      const { readBlocks } = await import('./blocks.ts');
      yield* readBlocks(engine.connections, table, outputSchema(plan), rows, options);
    } finally {
      await engine.drop(table);
    }
  }

  async count(plan: Relation, options: RunOptions): Promise<number> {
    const engine = await this.open();
    const counted = await engine.run(
      plan,
      options,
      async (run) => (await engine.connections.run(run.query, options)).getRowsJS(),
      { count: true },
    );
    return Number(counted[0]?.[0]);
  }

  async materialize(
    plan: Relation,
    options: RunOptions,
  ): Promise<{ readonly source: Source; release(): Promise<void> }> {
    const engine = await this.open();
    const { table, origin } = await engine.run(plan, options, async (run) => {
      const counts = { read: await run.countRead(), quarantined: run.quarantined };
      const { table } = await engine.takeRows(run, options);
      const rejects = run.rejects.filter((rejected) => engine.scratch.hold(rejected));
      return { table, origin: { plan, rejects, counts, increments: run.increments } };
    });
    let released = false;
    const source: Source = {
      name: 'materialized',
      schema: outputSchema(plan),
      ordered: isOrdered(plan),
      onBadRow: 'fail',
      volatile: false,
      isColumnar: true,
      origin,
      prepare: async (): Promise<Scan> => {
        if (released) {
          throw new MillraceError({
            code: 'frame.disposed',
            message: 'This materialized frame was disposed of, so its rows are gone. Use it before its scope ends.',
          });
        }
        return { kind: 'table', table };
      },
    };
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      for (const held of [table, ...origin.rejects]) await engine.drop(held);
    };
    return { source, release };
  }

  quarantine(plan: Relation): Source {
    // Computed once, by the first action that asks, until a source is refreshed; `explain` does not ask.
    let kept: { readonly table: string; readonly refreshes: number } | undefined;
    const source = quarantineSource(async ({ signal }): Promise<Scan> => {
      const engine = await this.open();
      const { refreshes } = engine.sources;
      if (kept?.refreshes === refreshes) return { kind: 'table', table: kept.table };
      const options = { signal };
      const table = await engine.run(plan, options, (run) => engine.unionOf(run.rejects), { count: true });
      const before = kept?.table;
      kept = { table, refreshes };
      engine.scratch.dropWith(source, [table]);
      if (before !== undefined) await engine.drop(before);
      return { kind: 'table', table };
    });
    return source;
  }

  async refresh(plan: Relation): Promise<void> {
    const engine = await this.open();
    for (const source of sourcesOf(plan)) await engine.sources.forget(source);
  }

  async explain(plan: Relation): Promise<string> {
    const engine = await this.open();
    const { steps, query } = await engine.program(plan);
    const lines = steps.map(describeStep);
    return [describePlan(plan), '', ...[...lines, query.sql].map((sql) => `${sql};`)].join('\n');
  }

  /** Ends the session: its connections are closed and its scratch is removed. Any use of it afterwards is an error. */
  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#engine)?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A source of rejected rows that stand in scratch. */
export function quarantineSource(prepare: Source['prepare']): Source {
  return { name: 'quarantine', schema: QUARANTINE, ordered: true, onBadRow: 'fail', volatile: true, prepare };
}
