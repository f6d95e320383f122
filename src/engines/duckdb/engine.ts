import { MillraceError } from '../../errors.ts';
import type { Relation } from '../../plan/relation.ts';
import type { Block, RunOptions, Scan, Source, SourceContext } from '../../plan/source.ts';
import { sourcesOf } from '../../plan/walk.ts';
import { refuseUnusableNames } from '../../schema/column-name.ts';
import type { Schema } from '../../schema/dtype.ts';
import { blockRows } from '../../schema/js-value.ts';
import { compile } from '../../sql/compile.ts';
import { quoteName } from '../../sql/dialect.ts';
import { duckdb } from '../../sql/duckdb.ts';
import { parquetInPlace } from '../../sql/parquet-scan.ts';
import type { Program, Statement, Step } from '../../sql/program.ts';
import { textOf } from '../../sql/scan.ts';
import { readBlocks } from './blocks.ts';
import { Connections, type EngineSettings } from './connections.ts';
import { mappedRows } from './mapped-rows.ts';
import { parquetColumns } from './parquet-columns.ts';
import { dropSortKey, makeSortKey } from './sort-key.ts';
import { appendRows, type BadRow } from './staging/append.ts';
import { stageCsv } from './staging/csv.ts';
import { stage } from './staging/stage.ts';
import { createRejects, partsOf, type Staged } from './staging/staged.ts';

/** One execution of a plan: what it left in scratch and how many rows went where. */
export interface Run {
  readonly id: string;
  readonly query: Statement;
  /** The scratch table that holds the query's rows already, in their order, where there is one. */
  readonly table: string | undefined;
  /** Leaves that table to the caller to drop; false where it is a source's, which nobody drops here. */
  takeTable(): boolean;
  readonly rejects: readonly string[];
  readonly quarantined: number;
  /** How many rows the sources gave, the rejected ones among them; may look at a file once more to count them. */
  countRead(): Promise<number>;
  /** Drops what only this run needs; the rejects stay. */
  release(): Promise<void>;
}

/** An engine of its own; its process-wide part starts with its first statement. */
export function startEngine(settings: EngineSettings): Engine {
  return new Engine(new Connections(settings));
}

/** Prepares sources, compiles plans and carries out the steps of programs. */
export class Engine {
  readonly connections: Connections;
  readonly #staged = new Map<Source, Promise<Scan | Staged>>();
  /** How often sources were refreshed: what was computed from them before is out of date. */
  refreshes = 0;
  #tables = 0;

  constructor(connections: Connections) {
    this.connections = connections;
  }

  newTable(): string {
    this.#tables += 1;
    return `scratch."t${this.#tables}"`;
  }

  /** Carries out a plan up to its query, which the caller runs while the run is not released. */
  async begin(plan: Relation, options: RunOptions, purpose: { readonly count?: boolean } = {}): Promise<Run> {
    const id = crypto.randomUUID();
    const own: string[] = [];
    const types: string[] = [];
    const newTable = (): string => {
      const table = this.newTable();
      own.push(table);
      return table;
    };
    const release = async (): Promise<void> => {
      for (const table of own.splice(0)) await this.drop(table);
      for (const type of types.splice(0)) await dropSortKey(this.connections, type);
    };
    try {
      const { scans, staged } = await this.#prepare(plan, options);
      const rejects = this.newTable();
      const now = new Date().toISOString().replace('T', ' ').replace('Z', '');
      const program = compile(plan, { dialect: duckdb, scans, now, newTable, rejects, ...purpose });
      const mayReject = program.steps.some((step) => step.kind === 'rejects');
      if (mayReject) await createRejects(this, rejects);
      types.push(...program.steps.flatMap((step) => (step.kind === 'sort-key' ? [step.type] : [])));
      for (const step of program.steps) await this.#step(step, options);
      const rejected = mayReject ? await this.countOf(rejects) : 0;
      const before = sourcesOf(plan).flatMap((source) => source.origin?.rejects ?? []);
      const tables = [...before, ...staged.flatMap((s) => s.rejects ?? []), ...(mayReject ? [rejects] : [])];
      return {
        id,
        query: program.query,
        table: program.table,
        takeTable: () => {
          const index = program.table === undefined ? -1 : own.indexOf(program.table);
          if (index >= 0) own.splice(index, 1);
          return index >= 0;
        },
        rejects: tables,
        quarantined:
          staged.reduce((sum, s) => sum + s.quarantined, 0) +
          sourcesOf(plan).reduce((sum, source) => sum + (source.origin?.counts.quarantined ?? 0), 0) +
          rejected,
        countRead: () => this.#countRead(scans, staged, program),
        release,
      };
    } catch (error) {
      await release();
      throw await this.#explainBadRow(error, plan, options);
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
      throw await this.#explainBadRow(error, plan, options);
    } finally {
      await run.release();
    }
  }

  /** The rows of a query in a scratch table, in order. */
  async toTable(query: Statement, options: RunOptions): Promise<{ readonly table: string; readonly rows: number }> {
    const table = this.newTable();
    await this.connections.run({ sql: `CREATE TABLE ${table} AS ${query.sql}`, values: query.values }, options);
    return { table, rows: await this.countOf(table) };
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

  /** The rows of several tables of rejects as one. */
  async unionOf(tables: readonly string[]): Promise<string> {
    const table = this.newTable();
    await createRejects(this, table);
    for (const name of tables) await this.connections.run({ sql: `INSERT INTO ${table} FROM ${name}`, values: [] });
    return table;
  }

  async drop(table: string): Promise<void> {
    if (this.connections.closed) return;
    await this.connections.run({ sql: `DROP TABLE IF EXISTS ${table}`, values: [] });
  }

  /** Forgets a source's staged rows. */
  async forget(source: Source): Promise<void> {
    this.refreshes += 1;
    source.forget?.();
    const reading = this.#staged.get(source);
    this.#staged.delete(source);
    const staged = await reading?.catch(() => undefined);
    if (staged === undefined || 'kind' in staged) return;
    // Its rejects stay: a frame that was materialized from it still tells them.
    await this.drop(staged.table);
  }

  /** The SQL of a plan, its sources looked at but nothing staged. */
  async program(plan: Relation): Promise<Program> {
    const scans = new Map<Source, Scan>();
    for (const source of sourcesOf(plan)) {
      const table: Scan = { kind: 'table', table: `scratch.${quoteName(source.name)}` };
      // To look at an API is to fetch it.
      const scan = source.volatile ? table : await this.#look(source, {});
      scans.set(source, this.#mustStage(source, scan) ? table : scan);
    }
    let tables = 0;
    const newTable = (): string => `scratch."t${++tables}"`;
    return compile(plan, { dialect: duckdb, scans, now: 'now', newTable, rejects: 'scratch."rejects"' });
  }

  async #prepare(
    plan: Relation,
    options: RunOptions,
  ): Promise<{ readonly scans: Map<Source, Scan>; readonly staged: readonly Staged[] }> {
    const scans = new Map<Source, Scan>();
    const staged: Staged[] = [];
    for (const source of sourcesOf(plan)) {
      refuseUnusableNames(source.schema, source.name);
      const found = await this.#read(source, options);
      if ('kind' in found) {
        scans.set(source, found);
        continue;
      }
      staged.push(found);
      scans.set(source, { kind: 'table', table: found.table });
    }
    return { scans, staged };
  }

  /** A source's scan where it is read in place; else its rows in scratch, read once for all runs. */
  async #read(source: Source, options: RunOptions): Promise<Scan | Staged> {
    const shared = this.#staged.get(source);
    if (shared !== undefined) {
      try {
        return await unlessAborted(shared, options.signal);
      } catch (error) {
        options.signal?.throwIfAborted();
        if (error instanceof MillraceError) throw error;
        // The run that was reading has been stopped, but this one has not.
        return this.#read(source, options);
      }
    }
    refuseOnBadRow(source);
    const reading: Promise<Scan | Staged> = this.#look(source, options).then(async (scan) =>
      this.#mustStage(source, scan) ? stage(this, source, scan, options) : scan,
    );
    this.#staged.set(source, reading);
    let kept = false;
    try {
      const found = await reading;
      kept = !('kind' in found);
      return found;
    } finally {
      if (!kept && this.#staged.get(source) === reading) this.#staged.delete(source);
    }
  }

  async #countRead(scans: ReadonlyMap<Source, Scan>, staged: readonly Staged[], program: Program): Promise<number> {
    let read = staged.reduce((sum, s) => sum + s.read, 0);
    const counted = new Set(staged.map((s) => s.table));
    for (const [source, scan] of scans) {
      if (scan.kind === 'table' && counted.has(scan.table)) continue;
      if (source.origin !== undefined) {
        read += source.origin.counts.read;
        continue;
      }
      const table = program.sourceTables.get(source);
      const rows =
        table ??
        (scan.kind === 'csv'
          ? `(${textOf(scan, { withFile: false })})`
          : scan.kind === 'parquet'
            ? `(${parquetInPlace(scan, duckdb)})`
            : undefined);
      if (rows === undefined) continue;
      const [[count = 0n] = []] = await this.connections.values(`SELECT count(*) FROM ${rows}`);
      read += Number(count);
    }
    return read;
  }

  /** What a reader may ask of the engine. */
  context(options: RunOptions): SourceContext {
    return {
      scratchFolder: () => this.connections.folder(),
      parquetColumns: (paths, partitions) => parquetColumns(this.connections, paths, partitions, options),
      signal: options.signal,
    };
  }

  #look(source: Source, options: RunOptions): Promise<Scan> {
    return source.prepare(this.context(options));
  }

  /** Files that can be read again are scanned in place; everything else is read once into scratch. */
  #mustStage(source: Source, scan: Scan): boolean {
    if (scan.kind === 'table') return false;
    const inPlace = scan.kind === 'csv' || scan.kind === 'parquet';
    return !inPlace || source.volatile || source.onBadRow !== 'fail';
  }

  async #step(step: Step, options: RunOptions): Promise<void> {
    switch (step.kind) {
      case 'table':
        await this.connections.run(
          { sql: `CREATE TABLE ${step.table} AS ${step.statement.sql}`, values: step.statement.values },
          options,
        );
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
    const names = node.schema.map((f) => f.name);
    const blocks = this.blocks(step.input, step.inputSchema, options);
    const batches = async function* (): AsyncGenerator<readonly (readonly unknown[])[]> {
      for await (const block of blocks) {
        const rows = blockRows(step.inputSchema, block);
        for (let i = 0; i < rows.length; i += node.batchSize) {
          options.signal?.throwIfAborted();
          const made = await node.map(rows.slice(i, i + node.batchSize));
          yield mappedRows(made, names).map((row) => names.map((name) => row[name]));
        }
      }
    };
    const { schema, name } = partsOf(step.table);
    const onBadRow = (bad: BadRow): void => {
      throw new MillraceError({
        code: 'map.bad_row',
        message: `mapBatches gave in row ${bad.row}, column ${JSON.stringify(bad.column)}, ${JSON.stringify(bad.value)}, which ${bad.reason}.`,
        details: { row: bad.row, column: bad.column, value: bad.value },
      });
    };
    await this.connections.lend((connection) =>
      appendRows(connection, { schema, name }, node.schema, batches(), onBadRow),
    );
  }

  async #check(step: Step & { kind: 'check' }, options: RunOptions): Promise<void> {
    const counted = await this.connections.run(step.count, options);
    const [[failures] = []] = await counted.getRowsJS();
    const broken = step.rule === 'row_count' ? failures !== undefined : Number(failures) > 0;
    if (!broken) return;
    const rows: Record<string, unknown>[] = [];
    for await (const block of this.blocks(step.sample, step.schema, options))
      rows.push(...blockRows(step.schema, block));
    const warning = { rule: step.rule, failures: Number(failures), rows };
    const message = checkMessage(warning);
    if (step.node.severity === 'warn') {
      if (step.node.onWarning === undefined) process.stderr.write(`millrace: ${message}\n`);
      else step.node.onWarning(warning);
      return;
    }
    throw new MillraceError({ code: 'check.failed', message, details: warning });
  }

  /** An error that only says that some row of a CSV is bad, as one that says which. */
  async #explainBadRow(error: unknown, plan: Relation, options: RunOptions): Promise<unknown> {
    if (!(error instanceof MillraceError) || options.signal?.aborted === true) return error;
    if (!['csv.bad_row', 'run.failed', 'run.conversion', 'run.overflow'].includes(error.code)) return error;
    for (const source of sourcesOf(plan)) {
      if (source.onBadRow !== 'fail' || !source.name.startsWith('csv ')) continue;
      const scan = await this.#look(source, options);
      if (scan.kind !== 'csv') continue;
      const staged = await stageCsv(this, scan, options);
      const [first] = await this.connections.values(
        `SELECT source, line, "column", value, reason, raw FROM ${staged.rejects} ORDER BY rowid LIMIT 1`,
      );
      await this.drop(staged.table);
      if (staged.rejects !== undefined) await this.drop(staged.rejects);
      if (first !== undefined) return badCsvRow(first, staged.quarantined, error);
    }
    return error;
  }
}

/** Waits for what another run does, no longer than the own signal allows. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason);
    signal.addEventListener('abort', stop, { once: true });
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

/** A misspelt word would otherwise put rows aside that should stop the run. */
function refuseOnBadRow(source: Source): void {
  const given: unknown = source.onBadRow;
  const share =
    typeof given === 'object' ? (given as { quarantine?: { maxShare?: unknown } })?.quarantine?.maxShare : 0;
  if (given === 'fail' || given === 'quarantine' || (typeof given === 'object' && typeof share === 'number')) return;
  throw new MillraceError({
    code: 'source.on_bad_row',
    message: `${source.name}: onBadRow is ${JSON.stringify(given)}. The choices are 'fail', 'quarantine' and { quarantine: { maxShare: 0.01 } }.`,
  });
}

function badCsvRow(row: readonly unknown[], count: number, cause: unknown): MillraceError {
  const [file, line, column, value, reason, raw] = row;
  const where = `${file}${line === null ? '' : `, line ${line}`}${column === null ? '' : `, column ${JSON.stringify(column)}`}`;
  const what = column === null ? String(reason) : `${value === null ? 'the field' : JSON.stringify(value)} ${reason}`;
  const others = count > 1 ? ` ${count - 1} more rows do not fit either.` : '';
  return new MillraceError({
    code: 'csv.bad_row',
    message: `${where}: ${what}.${others} Mend the file or the schema, or read with onBadRow: 'quarantine' to put such rows aside.`,
    details: { file, line: line === null ? null : Number(line), column, value, reason, raw, count },
    cause,
  });
}

function checkMessage(warning: { rule: string; failures: number; rows: readonly Record<string, unknown>[] }): string {
  if (warning.rule === 'row_count') return `check row_count: there are ${warning.failures} rows.`;
  const shown = warning.rows.map(
    (row) => `  ${JSON.stringify(row, (_, v) => (typeof v === 'bigint' ? String(v) : v))}`,
  );
  return `check ${warning.rule}: ${warning.failures} rows do not hold it, among them\n${shown.join('\n')}`;
}
