import type { SqlServer } from '../../readers/sql/server.ts';
import type { AnyColumnType } from '../../schema/column-type.ts';
import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import type { Comparison } from '../reconcile/digest.ts';
import type { Assignment } from '../sync-rows.ts';

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
  /** A column that tells what is gone: a boolean, false where nothing is said. */
  readonly flag?: string | undefined;
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
  /** An empty table of this load alone, with the target's columns of these names, some of them indexed together; its SQL. */
  stage(target: TargetTable, names: readonly string[], indexed: readonly string[]): Promise<string>;
  /** That a row of the target, `t`, and a staged one, `s`, are not the same in these columns, to the byte. */
  differ(columns: readonly string[]): string;
  /** Writes to rows of the target, `t`, that have a staged row's key, `s`; gives how many. */
  update(target: TargetTable, staged: string, change: Change): Promise<number>;
  /** Deletes rows of the target, `t`; gives how many. */
  remove(target: TargetTable, where: string): Promise<number>;
  /** Runs one statement; gives how many rows it wrote. */
  run(sql: string, values?: readonly Bound[]): Promise<number>;
  /** The rows of a query, as text. */
  rows(sql: string, values?: readonly Bound[]): Promise<readonly (readonly (string | null)[])[]>;
  /** What reads tables by the connection of the load, in its transaction. */
  readonly reader: SqlServer;
}

/** How a column is read back, as SQL of a row `t`, so that no value that differs looks the same. */
export interface ReadAs {
  readonly sql: string;
  readonly type: AnyColumnType;
  readonly how: Comparison;
}

/** What is written to rows that are met by a key. */
export interface Change {
  readonly key: readonly string[];
  readonly set: readonly Assignment[];
  readonly where: string;
}

/** One kind of database: its words, and what it can hold. */
export interface Database {
  quote(name: string): string;
  /** The server's clock, as SQL. */
  readonly now: string;
  /** Conditions, as the embedded engine's SQL, under which a column's value cannot be held, and what is wrong then. */
  unfit(field: Field, column: string): readonly { readonly when: string; readonly what: string }[];
  readAs(column: TargetColumn, field: Field): ReadAs;
  /** The table as it stands, for who writes nothing. */
  find(name: TableName, signal: AbortSignal | undefined): Promise<TargetTable | undefined>;
  /** Lends a connection: `before` makes tables, which `within`, one transaction, writes to. */
  load<T, R>(task: {
    readonly name: TableName;
    readonly signal: AbortSignal | undefined;
    before(server: Server): Promise<T>;
    within(server: Server, made: T): Promise<R>;
  }): Promise<R>;
}
