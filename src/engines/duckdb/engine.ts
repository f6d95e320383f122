import { MillraceError } from '../../errors.ts';
import type { Increment } from '../../plan/incremental.ts';
import type { Relation } from '../../plan/relation.ts';
import type { Scan } from '../../plan/scan.ts';
import type { RunOptions, Source } from '../../plan/source.ts';
import { sourcesOf } from '../../plan/walk.ts';
import type { Block } from '../../schema/block.ts';
import { refuseUnusableNames } from '../../schema/column-name.ts';
import type { Schema } from '../../schema/dtype.ts';
import { blockRows } from '../../schema/js-value.ts';
import { showValue } from '../../schema/show-value.ts';
import { compile } from '../../sql/compile.ts';
import { rowsOf } from '../../sql/duckdb/scan.ts';
import { duckdb } from '../../sql/duckdb.ts';
import type { Program, Statement, Step } from '../../sql/program.ts';
import { tellBroken } from '../check-outcome.ts';
import { compileOnly, tableFor } from '../compile-only.ts';
import { mappedBatches } from '../mapped-rows.ts';
import { readBlocks } from './blocks.ts';
import { Connections, closedError, type EngineSettings } from './connections.ts';
import { explainOverflow } from './overflow.ts';
import { explainParquet } from './parquet-errors.ts';
import { checkPatterns } from './patterns.ts';
import { Scratch } from './scratch.ts';
import { makeSortKey } from './sort-key.ts';
import { Sources } from './sources.ts';
import { appendRows, type BadRow } from './staging/append.ts';
import { badCsvRow } from './staging/csv.ts';
import { arrive } from './staging/rows.ts';
import { createRejects, newRejects, type Staged } from './staging/staged.ts';

const PLACE = { dialect: duckdb, schema: 'scratch' } as const;

/** One execution of a plan: what it left in scratch and how many rows went where. */
export interface Run {
  readonly id: string;
  readonly query: Statement;
  /** The scratch table that holds the query's rows already, in their order, where there is one. */
  readonly table: string | undefined;
  /** That table, left to the caller, who drops it. */
  takeTable(): string | undefined;
  /** The tables of the rows that were rejected; who needs them when the run is released holds them. */
  readonly rejects: readonly string[];
  readonly quarantined: number;
  /** What was read of incremental sources. */
  readonly increments: readonly Increment[];
  /** How many rows the sources gave, the rejected ones among them; may look at a file once more to count them. */
  countRead(): Promise<number>;
  /** An error of the run as one that says more, where there is more to say. */
  explain(error: unknown): Promise<unknown>;
  /** Gives up every table that the run holds. */
  release(): Promise<void>;
}

/** An engine of its own; its process-wide part starts with its first statement. */
export function startEngine(settings: EngineSettings): Engine {
  return new Engine(new Connections(settings));
}

/** Prepares sources, compiles plans and carries out the steps of programs. */
export class Engine {
  readonly connections: Connections;
  readonly scratch: Scratch;
  readonly sources: Sources;
  #noRejects: Promise<string> | undefined;

  constructor(connections: Connections) {
    this.connections = connections;
    this.scratch = new Scratch(connections);
    this.sources = new Sources(connections, this.scratch);
  }

  /** Carries out a plan up to its query, which the caller runs while the run is not released. */
  async begin(plan: Relation, options: RunOptions, purpose: { readonly count?: boolean } = {}): Promise<Run> {
    const id = crypto.randomUUID();
    const own: string[] = [];
    const types: string[] = [];
    const newTable = (): string => {
      const table = this.scratch.newTable();
      own.push(table);
      return table;
    };
    const hold = (table: string): boolean => {
      const held = this.scratch.hold(table);
      if (held) own.push(table);
      return held;
    };
    const release = async (): Promise<void> => {
      for (const table of own.splice(0)) await this.drop(table);
      for (const type of types.splice(0)) await this.connections.ifOpen(`DROP TYPE IF EXISTS ${type}`);
    };
    const scans = new Map<Source, Scan>();
    try {
      await checkPatterns(this.connections, plan, options);
      const staged = await this.#prepare(plan, scans, options, hold);
      const rejects = newTable();
      const program = compile(plan, {
        dialect: duckdb,
        scans,
        now: this.connections.now(),
        newTable,
        rejects,
        ...purpose,
      });
      const mayReject = program.steps.some((step) => step.kind === 'rejects');
      if (mayReject) await createRejects(this, rejects);
      else this.scratch.giveBack(...own.splice(own.indexOf(rejects), 1));
      types.push(...program.steps.flatMap((step) => (step.kind === 'sort-key' ? [step.type] : [])));
      for (const step of program.steps) await this.#step(step, options);
      const rejected = mayReject ? await this.countOf(rejects) : 0;
      const before = sourcesOf(plan).flatMap((source) => source.origin?.rejects ?? []);
      const inStaging = staged.flatMap((s) => (s.rejects === undefined || s.quarantined === 0 ? [] : [s.rejects]));
      const tables = [...before, ...inStaging, ...(rejected > 0 ? [rejects] : [])];
      return {
        id,
        query: program.query,
        table: program.table,
        takeTable: () => {
          if (program.table !== undefined) own.splice(own.indexOf(program.table), 1);
          return program.table;
        },
        rejects: tables,
        quarantined:
          staged.reduce((sum, s) => sum + s.quarantined, 0) +
          sourcesOf(plan).reduce((sum, source) => sum + (source.origin?.counts.quarantined ?? 0), 0) +
          rejected,
        increments: [
          ...staged.flatMap((s) => s.increment ?? []),
          ...sourcesOf(plan).flatMap((source) => source.origin?.increments ?? []),
        ],
        explain: (error) => this.#explain(error, plan, scans, options),
        countRead: () => this.#countRead(scans, staged, program, options),
        release,
      };
    } catch (error) {
      await release();
      throw await this.#explain(error, plan, scans, options);
    }
  }

  /** Runs a task with a plan's query, then drops what the run left. A bad row found only now is told with its place. */
  async run<R>(
    plan: Relation,
    options: RunOptions,
    task: (run: Run) => Promise<R>,
    purpose: { readonly count?: boolean } = {},
  ): Promise<R> {
    const run = await this.begin(plan, options, purpose);
    try {
      return await task(run);
    } catch (error) {
      throw await run.explain(error);
    } finally {
      await run.release();
    }
  }

  /** The rows of a query in a scratch table, in order. */
  async toTable(query: Statement, options: RunOptions): Promise<{ readonly table: string; readonly rows: number }> {
    const table = this.scratch.newTable();
    try {
      return { table, rows: await this.#fill(table, query, options) };
    } catch (error) {
      await this.drop(table);
      throw error;
    }
  }

  /** Makes a table of a query's rows; gives how many there are. */
  async #fill(table: string, { sql, values }: Statement, options: RunOptions): Promise<number> {
    const made = await this.connections.run({ sql: `CREATE TABLE ${table} AS ${sql}`, values }, options);
    const [[count = 0n] = []] = await made.getRowsJS();
    const rows = Number(count);
    this.connections.counts.add(rows);
    return rows;
  }

  /** The rows of a run in a scratch table that the caller drops: the one that holds them already, or a new one. */
  async takeRows(run: Run, options: RunOptions): Promise<{ readonly table: string; readonly rows: number }> {
    const rows = run.table === undefined ? 0 : await this.countOf(run.table);
    const table = run.takeTable();
    return table === undefined ? this.toTable(run.query, options) : { table, rows };
  }

  async countOf(table: string): Promise<number> {
    const [[rows = 0n] = []] = await this.connections.values(`SELECT count(*) FROM ${table}`);
    return Number(rows);
  }

  /** A query's result block by block. */
  async *blocks(query: Statement, schema: Schema, options: RunOptions): AsyncGenerator<Block> {
    const { table, rows } = await this.toTable(query, options);
    try {
      yield* readBlocks(this.connections, table, schema, rows, options);
    } finally {
      await this.drop(table);
    }
  }

  /** The rows of a plan of floats, as its query gives them. */
  async *early(plan: Relation, options: RunOptions): AsyncGenerator<Block> {
    const run = await this.begin(plan, options);
    try {
      const { streamFloats } = await import('./float-stream.ts');
      yield* streamFloats(this.connections, run.query, options);
    } catch (error) {
      throw await run.explain(error);
    } finally {
      await run.release();
    }
  }

  /** The rows of tables of rejects as one table, which the caller drops. */
  async unionOf(tables: readonly string[]): Promise<string> {
    const [only, ...others] = tables.length === 0 ? [await this.emptyRejects()] : tables;
    if (only !== undefined && others.length === 0 && this.scratch.hold(only)) return only;
    return this.scratch.within(
      async (shop) => {
        const table = await newRejects(shop);
        for (const name of tables) await this.connections.run({ sql: `INSERT INTO ${table} FROM ${name}`, values: [] });
        return table;
      },
      (table) => [table],
    );
  }

  /** The one table of all runs that reject nothing; it stays. */
  emptyRejects(): Promise<string> {
    this.#noRejects ??= this.scratch
      .within(newRejects, (table) => [table])
      .catch((error: unknown) => {
        this.#noRejects = undefined;
        throw error;
      });
    return this.#noRejects;
  }

  /** Gives up a scratch table; it goes when nobody else holds it. */
  drop(table: string): Promise<void> {
    return this.scratch.drop(table);
  }

  /** Ends whatever runs, with one and the same error. */
  async close(): Promise<void> {
    await Promise.all([this.sources.stop(closedError()), this.connections.close()]);
  }

  /** The SQL of a plan, its sources looked at but nothing staged. */
  async program(plan: Relation): Promise<Program> {
    const scans = new Map<Source, Scan>();
    for (const source of sourcesOf(plan)) {
      const table = tableFor(source, PLACE);
      // To look at an API is to fetch it.
      const scan = source.volatile ? table : await this.sources.look(source, {});
      scans.set(source, this.sources.mustStage(source, scan) ? table : scan);
    }
    return compileOnly(plan, scans, PLACE);
  }

  /** Finds the scan of every source, and reads those that cannot be read in place. */
  async #prepare(
    plan: Relation,
    scans: Map<Source, Scan>,
    options: RunOptions,
    hold: (table: string) => boolean,
  ): Promise<readonly Staged[]> {
    const staged: Staged[] = [];
    // A plan that cannot be compiled is refused before anything is fetched for it.
    const all = sourcesOf(plan);
    if (all.some((source) => source.volatile && !this.sources.isRead(source)))
      compileOnly(plan, new Map(all.map((source) => [source, tableFor(source, PLACE)])), PLACE);
    for (const source of all) {
      refuseUnusableNames(source.schema, source.name);
      const found = await this.sources.read(source, options, hold);
      source.origin?.rejects.forEach(hold);
      if ('kind' in found) {
        scans.set(source, found);
        continue;
      }
      staged.push(found);
      scans.set(source, { kind: 'table', table: found.table });
    }
    return staged;
  }

  async #countRead(
    scans: ReadonlyMap<Source, Scan>,
    staged: readonly Staged[],
    program: Program,
    options: RunOptions,
  ): Promise<number> {
    let read = staged.reduce((sum, s) => sum + s.read, 0);
    const counted = new Set(staged.map((s) => s.table));
    for (const [source, scan] of scans) {
      if (scan.kind === 'table' && counted.has(scan.table)) continue;
      if (source.origin !== undefined) {
        read += source.origin.counts.read;
        continue;
      }
      const table = program.sourceTables.get(source);
      const rows = table === undefined ? rowsOf(scan) : `FROM ${table}`;
      if (rows === undefined) continue;
      const [[count = 0n] = []] = await this.connections.values(`SELECT count(*) FROM (${rows})`, options);
      read += Number(count);
    }
    return read;
  }

  async #step(step: Step, options: RunOptions): Promise<void> {
    switch (step.kind) {
      case 'table':
        await this.#fill(step.table, step.statement, options);
        return;
      case 'rejects':
        await this.connections.run(step.statement, options);
        return;
      case 'sort-key':
        return makeSortKey(this.connections, step, options);
      case 'map':
        return this.#mapBatches(step, options);
      case 'check':
        return this.#check(step, options);
    }
  }

  async #mapBatches(step: Step & { kind: 'map' }, options: RunOptions): Promise<void> {
    const { node } = step;
    const batches = mappedBatches(step, this.blocks(step.input, step.inputSchema, options), options);
    const onBadRow = (bad: BadRow): void => {
      throw new MillraceError({
        code: 'map.bad_row',
        message: `mapBatches gave in row ${bad.row}, column ${JSON.stringify(bad.column)}, ${showValue(bad.value)}, which ${bad.reason}.`,
        details: { row: bad.row, column: bad.column, value: bad.value },
      });
    };
    await this.scratch.within((shop) =>
      arrive(shop, { table: step.table, columns: node.schema }, options, (connection, table) =>
        appendRows(connection, table, node.schema, batches, onBadRow),
      ),
    );
  }

  async #check(step: Step & { kind: 'check' }, options: RunOptions): Promise<void> {
    const counted = await this.connections.run(step.count, options);
    const [[failures] = []] = await counted.getRowsJS();
    const broken = step.whole ? failures !== undefined : Number(failures) > 0;
    if (!broken) return;
    const rows: Record<string, unknown>[] = [];
    for await (const block of this.blocks(step.sample, step.schema, options))
      rows.push(...blockRows(step.schema, block));
    const warning = { rule: step.rule, failures: Number(failures), rows };
    tellBroken(step, warning);
  }

  /** An error that only says that some row is bad, as one that says which: the files that were read in place are read again. */
  async #explain(
    error: unknown,
    plan: Relation,
    scans: ReadonlyMap<Source, Scan>,
    options: RunOptions,
  ): Promise<unknown> {
    for (const scan of scans.values()) {
      if (scan.kind === 'parquet') {
        const named = await explainParquet(this.connections, scan, error, options);
        if (named !== undefined) return named;
      }
      if (scan.kind !== 'csv') continue;
      const bad = await this.scratch.within((shop) => badCsvRow(shop, scan, error, options));
      if (bad !== undefined) return bad;
    }
    return error instanceof MillraceError && options.signal?.aborted !== true ? explainOverflow(error, plan) : error;
  }
}
