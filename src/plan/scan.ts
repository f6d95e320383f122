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

/** How CSV files are written. */
export interface CsvDialect {
  readonly delimiter: string;
  /** The character around fields; empty where none has quotes. */
  readonly quote: string;
  /** What stands before a quote that is text; the quote itself where that is doubled. */
  readonly escape: string;
  /** What a line that is no record begins with; empty where all lines are records. */
  readonly comment: string;
  /** Whether the first record has the names of the columns. */
  readonly header: boolean;
  /** How many lines stand before the header, or before the first record. */
  readonly skip: number;
  /** How many records at the end are none. */
  readonly skipFooter: number;
  /** Whether the fields that a record lacks at its end are empty. */
  readonly nullPadding: boolean;
}

/** The longest record that is read, in bytes. */
export const LONGEST_RECORD: number = 16 * 1024 * 1024;

/** A file of text, and how its bytes are to be read. */
export interface TextFile {
  /** What the user calls it. */
  readonly name: string;
  /** Where its bytes are. */
  readonly path: string;
  readonly compression: 'none' | 'gzip' | 'zstd';
  readonly encoding: 'utf-8' | 'utf-16le' | 'utf-16be' | 'latin-1' | 'windows-1252';
}

/** One CSV file: its header as it stands. */
export interface CsvFile extends TextFile {
  readonly header: readonly string[];
  /** How many lines stand before its first record or its header, blank ones among them. */
  readonly linesBefore: number;
  /** Size and time of change when the header was read, so that a later change is noticed. */
  readonly stamp: string;
  /** The columns that stand in the names of the folders it is in, with their values. */
  readonly partitions: Readonly<Record<string, string | null>>;
  /** Of a file that the engine cannot read as it is: its records, written so that it can. */
  readonly copy: CsvCopy | undefined;
}

/**
 * The records of a CSV file in UTF-8, the first field of each the physical line on which it starts; quotes are doubled,
 * no line stands before the first record, and all have their fields.
 */
export interface CsvCopy {
  readonly path: string;
  readonly records: number;
  /** The records that are none, a JSON array of line, reason and text on each line. */
  readonly refused: { readonly path: string; readonly records: number };
}

/** Where the text of a column of a CSV scan is from. */
export interface CsvColumn extends ScanColumn {
  readonly from: 'field' | 'file name' | 'line';
  /** The texts that are null. */
  readonly nullMarkers: readonly string[];
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
  /** Where maps stand in its type; undefined where none does. */
  readonly maps: MapPlaces | undefined;
}

/** Where maps stand in a nested type, which a frame has as lists of keys and values. */
export type MapPlaces =
  | { readonly kind: 'map'; readonly key: MapPlaces | undefined; readonly value: MapPlaces | undefined }
  | { readonly kind: 'list'; readonly item: MapPlaces }
  | {
      readonly kind: 'struct';
      readonly fields: readonly { readonly name: string; readonly maps: MapPlaces | undefined }[];
    };

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

/** How many digits the number has with which a line of `RecordsPart.odd` begins. */
export const ODD_NUMBER: number = 9;

/** Records of JSON, a line each, in UTF-8. */
export interface RecordsPart {
  /**
   * The plain ones, whose values are each of the kind that its column is best written in, so that the engine reads them
   * exactly: see `readers/records/plain.ts`. In the place of each of the others stands an object without keys.
   */
  readonly path: string;
  /** How many records there are in all. */
  readonly records: number;
  /** The length of the longest, in bytes. */
  readonly longest: number;
  /** Whether the texts of timestamps and dates in plain records are instants in UTC and days, in the spelling of ISO 8601. */
  readonly isoTimes: boolean;
  /** The others, each behind its number among all records, which is counted from 0. */
  readonly odd: { readonly path: string; readonly records: number } | undefined;
  /** What to call the places that they are from: each has the records from `first` on, counted from 0, the first of which has a number there. */
  readonly places: readonly { readonly name: string; readonly first: number; readonly number: number }[];
  /** Those that do not fit for reasons of their own; they are not among the others. */
  readonly refused: readonly {
    readonly record: number;
    readonly column: string | null;
    readonly value: string | null;
    readonly reason: string;
    readonly raw: string;
  }[];
}

/** A batch of JavaScript rows, in the order of the schema, or what was given in the place of one and why it is none. */
export type RowBatch = readonly (readonly unknown[] | NoRow)[];

export interface NoRow {
  readonly given: unknown;
  readonly reason: string;
}

/** A column of COPY text. */
export interface CopyColumn {
  readonly name: string;
  readonly dtype: DataType;
  readonly nullable: boolean;
  /**
   * Whether its texts fit the dtype: all of them, those in the range of a `number`, or those that are written so. Of strings
   * that are to be told from bytes, `x'` begins bytes, and what would begin like them or with a quote has a quote before it.
   */
  readonly fits: 'all' | 'range' | 'text';
  /** How its texts are written. */
  readonly format?: TextFormat;
}

/** A file of whole lines of COPY text. A line of one column has an empty second one: parsers pass over blank lines. */
export interface CopySegment {
  readonly path: string;
  readonly bytes: number;
  /** No line of it has more bytes. */
  readonly longestLine: number;
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
      readonly columns: readonly CsvColumn[];
      readonly dialect: CsvDialect;
      /** The same files with copies in a folder, for where the engine's parser goes astray in them. */
      readonly copies: (
        folder: string,
        options: { readonly signal?: AbortSignal | undefined },
      ) => Promise<readonly CsvFile[]>;
    }
  | {
      readonly kind: 'parquet';
      readonly paths: readonly string[];
      /** Whether some columns stand in the names of folders, `column=value`. */
      readonly partitioned: boolean;
      /** What to call each file in messages, where its path means nothing to a user. */
      readonly names?: readonly string[];
      readonly columns: readonly ParquetColumn[];
    }
  /** Records of JSON whose bytes come while they are read: read hands over part after part, the next one while one is taken. */
  | {
      readonly kind: 'records';
      /** What codes of errors begin with. */
      readonly area: 'api' | 'excel' | 'json';
      /** What the numbers of records are in messages: `record`, `line`, `row`. */
      readonly unit: string;
      readonly read: (take: (part: RecordsPart) => Promise<void>) => Promise<void>;
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

/** Whether an engine that reads files can read a scan where it is, as often as it likes. */
export function isInPlace(scan: Scan): boolean {
  switch (scan.kind) {
    case 'csv':
      return scan.files.every((file) => file.copy === undefined);
    case 'parquet':
    case 'query':
    case 'table':
      return true;
    case 'records':
    case 'rows':
    case 'copy':
    case 'columns':
      return false;
  }
}
