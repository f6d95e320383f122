import { MillraceError } from '../../errors.ts';
import { describePlan } from '../../plan/describe.ts';
import { isOrdered } from '../../plan/order.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import { QUARANTINE } from '../../plan/quarantine.ts';
import type { Relation } from '../../plan/relation.ts';
import type { Scan } from '../../plan/scan.ts';
import type { Executor, RunOptions, Source, SourceContext } from '../../plan/source.ts';
import { sourcesOf } from '../../plan/walk.ts';
import type { Postgres } from '../../postgres/connect.ts';
import type { Block, BlockResult } from '../../schema/block.ts';
import { describeStep } from '../describe-step.ts';
import type { DuckDBSession, SessionOptions } from '../duckdb/session.ts';
import type { Engine } from './engine.ts';

/** A database as an engine; nothing connects before the first action. */
export class PostgresSession implements Executor, AsyncDisposable {
  readonly engine = 'postgres';
  readonly database: Postgres;
  readonly #limits: SessionOptions;
  #engine: Promise<Engine> | undefined;
  #closed = false;

  /** The limits are those of the embedded engine, which reads what has to be moved. */
  constructor(database: Postgres, limits: SessionOptions = {}) {
    this.database = database;
    this.#limits = limits;
  }

  /** The engine room; loaders work there. */
  open(): Promise<Engine> {
    if (this.#closed) {
      throw new MillraceError({
        code: 'session.closed',
        message: 'The session is closed. Make a new one with createSession().',
      });
    }
    this.#engine ??= import('./engine.ts').then(({ Engine }) => new Engine(this.database, this.#limits));
    return this.#engine;
  }

  /** Runs a task with an embedded engine: what writes files has one. */
  async embedded(): Promise<DuckDBSession> {
    return (await this.open()).embedded;
  }

  async look(options: RunOptions): Promise<SourceContext> {
    return (await this.open()).context(options);
  }

  async collect(plan: Relation, options: RunOptions): Promise<BlockResult> {
    const blocks: Block[] = [];
    for await (const block of this.stream(plan, options)) blocks.push(block);
    return { schema: outputSchema(plan), blocks };
  }

  async *stream(plan: Relation, options: RunOptions): AsyncGenerator<Block> {
    const engine = await this.open();
    yield* engine.blocks(
      (open) => engine.run(plan, options, (server, run) => open(server, run.query)),
      outputSchema(plan),
      options,
    );
  }

  async count(plan: Relation, options: RunOptions): Promise<number> {
    const engine = await this.open();
    return engine.run(plan, options, (server, run) => engine.count(server, run.query), { count: true });
  }

  async materialize(
    plan: Relation,
    options: RunOptions,
  ): Promise<{ readonly source: Source; release(): Promise<void> }> {
    const engine = await this.open();
    const { table, origin } = await engine.run(plan, options, async (server, run) => {
      const counts = { read: await run.countRead(server), quarantined: run.quarantined };
      const origin = { plan, rejects: run.rejects, counts, increments: run.increments };
      return { table: await engine.toTable(server, run.query), origin };
    });
    let released = false;
    const prepare = async (): Promise<Scan> => {
      if (!released) return { kind: 'table', table };
      throw new MillraceError({
        code: 'frame.disposed',
        message: 'This materialized frame was disposed of, so its rows are gone. Use it before its scope ends.',
      });
    };
    const source = {
      ...scratchSource('materialized', prepare),
      schema: outputSchema(plan),
      ordered: isOrdered(plan),
      origin,
    };
    const release = async (): Promise<void> => {
      if (released) return;
      released = true;
      await engine.drop([table]);
    };
    return { source, release };
  }

  quarantine(plan: Relation): Source {
    // Computed once, by the first action that asks, until a source is refreshed; `explain` does not ask.
    let kept: { readonly table: string; readonly refreshes: number } | undefined;
    return scratchSource('quarantine', async ({ signal }): Promise<Scan> => {
      const engine = await this.open();
      const { refreshes } = engine;
      if (kept?.refreshes !== refreshes) {
        const options = { signal };
        const union = (server: Parameters<Engine['unionOf']>[0], run: { readonly rejects: readonly string[] }) =>
          engine.unionOf(server, run.rejects);
        kept = { table: await engine.run(plan, options, union, { count: true }), refreshes };
      }
      return { kind: 'table', table: kept.table };
    });
  }

  async refresh(plan: Relation): Promise<void> {
    const engine = await this.open();
    for (const source of sourcesOf(plan)) await engine.forget(source);
  }

  async explain(plan: Relation): Promise<string> {
    const engine = await this.open();
    const { program, moved } = await engine.program(plan);
    const statements = [...program.steps.map(describeStep), program.query.sql].map((sql) => `${sql};`);
    return [describePlan(plan), ...(moved.length === 0 ? [] : ['', ...moved]), '', ...statements].join('\n');
  }

  /** Ends the session: what it made in the database goes; a pool or a PGlite of the user's stays. */
  async close(): Promise<void> {
    this.#closed = true;
    await (await this.#engine)?.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** A source whose rows stand in the session's own tables. */
export function scratchSource(name: string, prepare: Source['prepare']): Source {
  return { name, schema: QUARANTINE, ordered: true, onBadRow: 'fail', volatile: true, isScratch: true, prepare };
}
