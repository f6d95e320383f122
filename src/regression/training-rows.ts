import { columnNode } from '../frame/columns.ts';
import { Frame } from '../frame/frame.ts';
import type { Expression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { Relation } from '../plan/relation.ts';
import type { Executor, RunOptions } from '../plan/source.ts';
import type { Block } from '../schema/block.ts';
import { addsUp, type CrossProducts, countNulls, crossProducts } from './cross-products.ts';
import type { Expand } from './features/expand.ts';

/** Rows handed to the fit at a time. */
export const CHUNK = 1024;

/** Milliseconds of arithmetic after which other work of the process, an abort among it, has its turn. */
const LONGEST_TURN = 50;

/** Values that are kept in memory for a second pass: 16 MB. */
const MOST_KEPT = 2_000_000;

/** What a pass gives for a chunk: the columns of the terms, the target and the weights where there are some. */
export type Visit = (terms: readonly Float64Array[], target: Float64Array, weights: Float64Array | undefined) => void;

export interface RowsToFit {
  /** The target, the weights where there are some, then the variables: floats all, null where a row has none. */
  readonly plan: Relation;
  readonly weighted: boolean;
  readonly expand: Expand;
  /** The same terms for the engine, of the plan's columns. */
  readonly terms: readonly Expression[];
  /** Whether a row with a null ends the fit, so that from there on nulls are only counted. */
  readonly refuseNulls: boolean;
}

/**
 * The rows of a fit, in the engine's own blocks and without those that hold a null. They are streamed as often as they are
 * asked for, but for few rows, which stay in memory.
 */
export class TrainingRows {
  readonly #rows: RowsToFit;
  readonly #executor: Executor;
  readonly #options: Pick<RunOptions, 'signal'>;
  #kept: Float64Array[][] | undefined = [];
  #values = 0;
  #read = false;
  /** How many rows hold a null in each column, in the order of the plan's. */
  nullCounts: readonly number[] = [];
  /** Rows that hold a null. */
  dropped = 0;

  constructor(rows: RowsToFit, executor: Executor, options: Pick<RunOptions, 'signal'>) {
    this.#rows = rows;
    this.#executor = executor;
    this.#options = options;
  }

  /** Whether another pass reads nothing again. */
  get inMemory(): boolean {
    return this.#read && this.#kept !== undefined;
  }

  /** What all rows come to, where they are too many to keep and the engine adds them up for less than they cost to read. */
  async products(intercept: boolean): Promise<CrossProducts | undefined> {
    const { plan, weighted, refuseNulls, terms } = this.#rows;
    if (weighted || !addsUp(plan, this.#executor, terms.length + 1)) return undefined;
    const { nulls, complete, rows } = await countNulls(plan, this.#executor, this.#options);
    if (complete * nulls.length <= MOST_KEPT || (refuseNulls && complete < rows)) return undefined;
    this.nullCounts = nulls;
    this.dropped = rows - complete;
    const kept = complete < rows ? new Frame(plan, this.#executor).dropNulls().plan : plan;
    const [target] = outputSchema(plan).map(columnNode);
    if (target === undefined) return undefined;
    return crossProducts(kept, terms, target, intercept, this.#executor, this.#options);
  }

  /** Hands over all rows, in order. */
  async each(visit: Visit): Promise<void> {
    let resumed = performance.now();
    for await (const columns of this.#blocks()) {
      const rows = columns[0]?.length ?? 0;
      for (let from = 0; from < rows; from += CHUNK) {
        const [y, ...others] = columns.map((column) => column.subarray(from, Math.min(from + CHUNK, rows)));
        const weights = this.#rows.weighted ? others.shift() : undefined;
        if (y !== undefined) visit(this.#rows.expand(others), y, weights);
        if (performance.now() - resumed < LONGEST_TURN) continue;
        await new Promise(setImmediate);
        this.#options.signal?.throwIfAborted();
        resumed = performance.now();
      }
    }
    this.#read = true;
  }

  async *#blocks(): AsyncGenerator<Float64Array[]> {
    if (this.#read && this.#kept !== undefined) {
      yield* this.#kept;
      return;
    }
    const counts: number[] = [];
    this.dropped = 0;
    for await (const block of this.#executor.stream(this.#rows.plan, { ...this.#options, early: true })) {
      const columns = complete(block, counts);
      this.dropped += block.rows - (columns[0]?.length ?? 0);
      if (this.#rows.refuseNulls && this.dropped > 0) continue;
      if (!this.#read) this.#keep(columns);
      yield columns;
    }
    this.nullCounts = counts;
  }

  #keep(columns: readonly Float64Array[]): void {
    for (const column of columns) this.#values += column.length;
    if (this.#values > MOST_KEPT) this.#kept = undefined;
    this.#kept?.push([...columns]);
  }
}

/** The rows of a block in which every column has a value; adds up, a column, how many have none. */
function complete(block: Block, counts: number[]): Float64Array[] {
  const columns = block.columns.map((column) => column.values as Float64Array);
  let present: Uint8Array | undefined;
  for (const [c, { validity }] of block.columns.entries()) {
    counts[c] ??= 0;
    if (validity === undefined) continue;
    present ??= new Uint8Array(block.rows).fill(1);
    for (let i = 0; i < block.rows; i++) {
      if (((validity[i >> 3] as number) >> (i & 7)) & 1) continue;
      counts[c] = (counts[c] ?? 0) + 1;
      present[i] = 0;
    }
  }
  return present === undefined ? columns : columns.map((column) => marked(column, present));
}

/** The values of the rows that are marked. */
function marked(values: Float64Array, marks: Uint8Array): Float64Array {
  const kept = new Float64Array(values.length);
  let count = 0;
  for (let i = 0; i < values.length; i++) if (marks[i] === 1) kept[count++] = values[i] as number;
  return kept.subarray(0, count);
}
