import type { DataType, Field, Schema } from '../../schema/dtype.ts';

export const CALLER = 'load.sql';

/** A value as it is bound. */
export type Bound = string | number | bigint | boolean | Uint8Array | null;

/** A column of a table that stands in the target. */
export interface TargetColumn {
  readonly name: string;
  /** As the database writes it: `decimal(12,2)`. */
  readonly written: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  /** Whether the database makes its values by itself. */
  readonly generated: boolean;
  /** Whether it holds any value of a dtype as it is, or refuses it: never rounded, never cut. */
  takes(dtype: DataType): boolean;
}

/** A table that stands in the target. */
export interface TargetTable {
  /** As SQL, with its schema. */
  readonly sql: string;
  readonly schema: string;
  readonly columns: readonly TargetColumn[];
  /** The columns of its unique indexes. */
  readonly uniqueKeys: readonly (readonly string[])[];
  /** Whether this load made it. */
  readonly isNew?: boolean;
}

/** What a table is made with. */
export interface TableShape {
  readonly schema: Schema;
  readonly key: readonly string[];
}

/** A table as it is named. */
export interface TableName {
  readonly schema: string | undefined;
  readonly table: string;
}

/** Rows of values, in batches, in the frame's order. */
export type Batches = AsyncIterable<readonly (readonly Bound[])[]>;

/** A connection to a database, while a load has it. */
export interface Server {
  /** The table as it stands; undefined where there is none. */
  find(name: TableName): Promise<TargetTable | undefined>;
  make(name: TableName, shape: TableShape): Promise<void>;
  /** Adds rows to a table (SQL, quoted); gives how many the database counted. */
  insert(table: string, names: readonly string[], batches: Batches): Promise<number>;
  /** An empty table of this load alone, with the target's columns of these names; its SQL. */
  stage(target: TargetTable, names: readonly string[]): Promise<string>;
  /** Writes over rows of the target that have a staged row's key and differ; gives how many. */
  update(target: TargetTable, staged: string, columns: Columns): Promise<number>;
  /** Runs one statement; gives how many rows it wrote. */
  run(sql: string, values?: readonly Bound[]): Promise<number>;
  /** The rows of a query, as text. */
  rows(sql: string, values?: readonly Bound[]): Promise<readonly (readonly (string | null)[])[]>;
}

export interface Columns {
  readonly key: readonly string[];
  /** Those that are written over. */
  readonly update: readonly string[];
}

/** One kind of database: its words, and what it can hold. */
export interface Database {
  quote(name: string): string;
  /** The server's clock, as SQL. */
  readonly now: string;
  /** Conditions, as the embedded engine's SQL, under which a column's value cannot be held, and what is wrong then. */
  unfit(field: Field, column: string): readonly { readonly when: string; readonly what: string }[];
  /** Lends a connection: `before` makes tables, which `within`, one transaction, writes to. */
  load<T, R>(task: {
    readonly name: TableName;
    readonly signal: AbortSignal | undefined;
    before(server: Server): Promise<T>;
    within(server: Server, made: T): Promise<R>;
  }): Promise<R>;
}
