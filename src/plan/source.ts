import type { OptionNames } from '../option-names.ts';
import type { Block, BlockResult } from '../schema/block.ts';
import type { SchemaSpec } from '../schema/column-type.ts';
import type { Schema } from '../schema/dtype.ts';
import type { FilesBeginning, Increment, Incremental, RowsBeginning } from './incremental.ts';
import type { Relation } from './relation.ts';
import type { RowPlace } from './row-place.ts';
import type { FoundColumn, Scan } from './scan.ts';

/** What to do with a row that does not fit its schema. */
export type OnBadRow = 'fail' | 'quarantine' | { readonly quarantine: { readonly maxShare: number } };

/** What a reader may ask of the engine while it looks. */
export interface SourceContext {
  /** A folder for what is staged, removed when it has been; a scan in place finds nothing there. */
  scratchFolder(): Promise<string>;
  /** The columns of Parquet files; an error where the files differ. */
  parquetColumns(paths: readonly string[], partitions: readonly string[]): Promise<readonly FoundColumn[]>;
  readonly signal: AbortSignal | undefined;
  /** Where the reading of an incremental source begins. */
  readonly beginning?: RowsBeginning | FilesBeginning;
  /** The database that the engine itself is, where it is one. */
  readonly database?: DatabaseContext;
}

/** What may be asked within a transaction. */
export interface DatabaseServer {
  query(sql: string, values?: readonly unknown[]): Promise<{ readonly rows: readonly (readonly unknown[])[] }>;
  /** The columns that a query would give. */
  describe(
    query: string,
    values: readonly unknown[],
  ): Promise<readonly { readonly name: string; readonly type: number; readonly modifier: number }[]>;
}

/** What a reader may ask of an engine that is a database. */
export interface DatabaseContext {
  /** What its owner connects to. */
  readonly connection: unknown;
  /** One transaction of the session's connection. */
  transaction<R>(task: (server: DatabaseServer) => Promise<R>): Promise<R>;
  /** The result of a query, with values for its `$1`, `$2`, .., in a scratch table. */
  toTable(query: string, values: readonly unknown[]): Promise<string>;
}

/** The seam of the readers: where rows come from. */
export interface Source {
  /** What to call it: `csv fixtures/sales.csv`. */
  readonly name: string;
  readonly schema: Schema;
  /** Whether its rows have an order of their own. */
  readonly ordered: boolean;
  readonly onBadRow: OnBadRow;
  /** Whether reading twice could differ, so that it is staged once. */
  readonly volatile: boolean;
  /** Of a materialized frame: its plan, the scratch tables of rows that were rejected on the way, how many rows there were, and what was read of incremental sources. */
  readonly origin?: {
    readonly plan: Relation;
    readonly rejects: readonly string[];
    readonly counts: RowCounts;
    readonly increments?: readonly Increment[];
  };
  /** Its columns that tell from which file and line a row is. */
  readonly place?: RowPlace;
  /** How it goes on from where the last load ended, where it does. */
  readonly incremental?: Incremental;
  /** The database that a query reads, where the engine of that database can have it as a part of its own SQL. */
  readonly database?: unknown;
  /** Whether its rows stand in the engine's own scratch. */
  readonly isScratch?: boolean;
  /** Whether its rows stand in columns, so that the engine reads some of them again for little. */
  readonly isColumnar?: boolean;
  prepare(context: SourceContext): Promise<Scan>;
  /** Forgets what it remembers of its files, so that they may have changed. */
  forget?(): void;
  /** The same source read with a schema, where it gives plain text without one. */
  typed?(spec: SchemaSpec): Source;
}

/** What an action takes. */
export interface RunOptions {
  /** Interrupts the engine. */
  readonly signal?: AbortSignal | undefined;
  /** Called with the share of the work done, from 0 to 1, where the engine can tell. */
  readonly onProgress?: (share: number) => void;
}

export const RUN_OPTIONS: OptionNames<RunOptions> = { signal: 'object', onProgress: 'function' };

/** How many rows went where in one run. */
export interface RowCounts {
  readonly read: number;
  readonly quarantined: number;
}

export interface StreamOptions extends RunOptions {
  /**
   * Rows of floats may come as the engine computes them, in smaller blocks, before all are there: whoever takes them so puts
   * up with an error after some of them, and they take no memory.
   */
  readonly early?: boolean;
}

/** The seam of the engines: what runs a plan. */
export interface Executor {
  readonly engine: string;
  /** What a reader may ask before there is a plan. */
  look(options: RunOptions): Promise<SourceContext>;
  /** The rows of a plan, in the engine's own blocks. */
  collect(plan: Relation, options: RunOptions): Promise<BlockResult>;
  /** The same, block by block as they are asked for. */
  stream(plan: Relation, options: StreamOptions): AsyncIterable<Block>;
  count(plan: Relation, options: RunOptions): Promise<number>;
  /** Runs a plan once into scratch; the result reads from there. */
  materialize(plan: Relation, options: RunOptions): Promise<{ readonly source: Source; release(): Promise<void> }>;
  /** A source of the rows that a plan's sources, casts and checks rejected. */
  quarantine(plan: Relation): Source;
  /** Forgets what was staged of the plan's sources. */
  refresh(plan: Relation): Promise<void>;
  /** The plan as SQL, without running it. */
  explain(plan: Relation): Promise<string>;
}
