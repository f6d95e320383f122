import type { TextFormat } from '../schema/column-type.ts';
import type { DataType } from '../schema/dtype.ts';

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
  /** How its texts are written. */
  readonly format?: TextFormat;
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
      /** What codes of errors begin with. */
      readonly area: 'json' | 'api';
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
