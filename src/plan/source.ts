import type { SchemaSpec, TextFormat } from '../schema/column-type.ts';
import type { DataType, Schema } from '../schema/dtype.ts';
import type { Relation } from './relation.ts';

/** What to do with a row that does not fit its schema. */
export type OnBadRow = 'fail' | 'quarantine' | { readonly quarantine: { readonly maxShare: number } };

/** A column as it is found outside: text at a position or under a path, to be read as a dtype. */
export interface ScanColumn {
  readonly name: string;
  /** The name outside. */
  readonly outside: string;
  readonly dtype: DataType;
  readonly nullable: boolean;
  readonly format: TextFormat;
}

/** One CSV file: its header as it stands. */
export interface CsvFile {
  readonly path: string;
  readonly header: readonly string[];
  /** How many blank lines stand before the header. */
  readonly blankLines: number;
  /** Size and time of change when the header was read, so that a later change is noticed. */
  readonly stamp: string;
}

/** A column as Parquet files hold it. */
export interface FoundColumn {
  readonly name: string;
  /** What it is in a frame; undefined where no dtype is like it. */
  readonly dtype: DataType | undefined;
  /** The engine's name of its type. */
  readonly type: string;
  /** Whether its value stands in the names of folders, as text. */
  readonly partition: boolean;
  /** Whether the files tell that it holds no null. */
  readonly noNulls: boolean;
  /** Of a column of numbers, where the files tell: no value is further from 0, digits after the point aside. */
  readonly largest: bigint | undefined;
}

/** A column of a schema, and where it is found. */
export interface ParquetColumn extends ScanColumn {
  readonly found: FoundColumn;
}

/** A column of a query of the engine's own database. */
export interface QueryColumn {
  readonly name: string;
  readonly outside: string;
  readonly dtype: DataType;
  /** Whether a null may stand there; where not, one ends the run. */
  readonly nullable: boolean;
  /** The server's name of its type: `int4`, `array`. */
  readonly type: string;
  /** Whether some of its values may not be the dtype's. */
  readonly mayMisfit: boolean;
  /** The zone of wall clocks without one. */
  readonly timeZone: string | undefined;
}

/** A batch of JavaScript rows, in the order of the schema. */
export type RowBatch = readonly (readonly unknown[])[];

/** A column of COPY text. */
export interface CopyColumn {
  readonly name: string;
  readonly dtype: DataType;
  readonly nullable: boolean;
  /** Whether its texts fit the dtype: all of them, those in the range of a `number`, or those that are written so. */
  readonly fits: 'all' | 'range' | 'text';
}

/** A file of whole lines of COPY text. A line of one column has an empty second one: parsers pass over blank lines. */
export interface CopySegment {
  readonly path: string;
  readonly columns: readonly CopyColumn[];
}

/**
 * A batch of values, column by column: whole numbers, instants (microseconds) and the digits of decimals are bigints,
 * dates are days, lists and structs are JSON text, and a null is null.
 */
export interface ColumnBatch {
  readonly rows: number;
  readonly columns: readonly (readonly unknown[])[];
}

/** What a reader found when it looked: plain data that an engine can read. */
export type Scan =
  | {
      readonly kind: 'csv';
      readonly files: readonly CsvFile[];
      readonly columns: readonly ScanColumn[];
      readonly delimiter: string;
      readonly quote: string;
      readonly encoding: string;
      readonly nullMarkers: readonly string[];
      readonly hasHeader: boolean;
    }
  | {
      readonly kind: 'parquet';
      readonly paths: readonly string[];
      /** Whether some columns stand in the names of folders, `column=value`. */
      readonly partitioned: boolean;
      readonly columns: readonly ParquetColumn[];
    }
  /** JSON text: a record a line, or whole documents in which `records` is the path of the array. */
  | {
      readonly kind: 'json';
      readonly paths: readonly string[];
      readonly lines: boolean;
      readonly records: string | undefined;
      /** What to call each file in messages, where its path means nothing to a user. */
      readonly names: readonly string[] | undefined;
      readonly columns: readonly ScanColumn[];
    }
  /** Values that are already typed, to be brought in as they are. */
  | { readonly kind: 'rows'; readonly batches: () => AsyncIterable<RowBatch> | Iterable<RowBatch> }
  /** Rows in COPY text of PostgreSQL: read hands over file after file, the next one while one is taken, and gives how many rows the server sent. */
  | { readonly kind: 'copy'; readonly read: (take: (segment: CopySegment) => Promise<void>) => Promise<number> }
  /** Values that are typed and checked, column by column. */
  | { readonly kind: 'columns'; readonly batches: () => AsyncIterable<ColumnBatch> | Iterable<ColumnBatch> }
  /** A query of the engine's own database, to stand in the plan's SQL as it is. */
  | { readonly kind: 'query'; readonly sql: string; readonly columns: readonly QueryColumn[] }
  /** A table that stands in the session's scratch. */
  | { readonly kind: 'table'; readonly table: string };

/** What a reader may ask of the engine while it looks. */
export interface SourceContext {
  /** A folder for what is staged, removed when it has been; a scan in place finds nothing there. */
  scratchFolder(): Promise<string>;
  /** The columns of Parquet files; an error where the files differ. */
  parquetColumns(paths: readonly string[], partitions: readonly string[]): Promise<readonly FoundColumn[]>;
  readonly signal: AbortSignal | undefined;
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
  /** Of a materialized frame: its plan, the scratch tables of rows that were rejected on the way, and how many rows there were. */
  readonly origin?: { readonly plan: Relation; readonly rejects: readonly string[]; readonly counts: RowCounts };
  /** The database that a query reads, where the engine of that database can have it as a part of its own SQL. */
  readonly database?: unknown;
  /** Whether its rows stand in the engine's own scratch. */
  readonly isScratch?: boolean;
  prepare(context: SourceContext): Promise<Scan>;
  /** Forgets what it remembers of its files, so that they may have changed. */
  forget?(): void;
  /** The same source read with a schema, where it gives plain text without one. */
  typed?(spec: SchemaSpec): Source;
}

/** What an action takes. */
export interface RunOptions {
  /** Interrupts the engine. */
  readonly signal?: AbortSignal;
  /** Called with the share of the work done, from 0 to 1, where the engine can tell. */
  readonly onProgress?: (share: number) => void;
}

/** How many rows went where in one run. */
export interface RowCounts {
  readonly read: number;
  readonly quarantined: number;
}

/** The seam of the engines: what runs a plan. */
export interface Executor {
  readonly engine: string;
  /** What a reader may ask before there is a plan. */
  look(options: RunOptions): Promise<SourceContext>;
  /** The rows of a plan, in the engine's own blocks. */
  collect(plan: Relation, options: RunOptions): Promise<BlockResult>;
  /** The same, block by block as they are asked for. */
  stream(plan: Relation, options: RunOptions): AsyncIterable<Block>;
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

/** Values of one column in Arrow's layout. */
export interface BlockColumn {
  /** Fixed-width values, or the bytes of strings. */
  readonly values: Float64Array | BigInt64Array | Int32Array | Uint8Array;
  /** For strings and binary: where each value starts, one more than there are rows. */
  readonly offsets?: Int32Array;
  /** One bit a row, least significant first, 1 where a value stands; absent where all do. */
  readonly validity?: Uint8Array;
}

export interface Block {
  readonly rows: number;
  readonly columns: readonly BlockColumn[];
}

export interface BlockResult {
  readonly schema: Schema;
  readonly blocks: readonly Block[];
}
