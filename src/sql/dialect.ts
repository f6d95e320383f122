import { MillraceError } from '../errors.ts';
import type { CallNode, CallOptions, CastNode, OrderKey } from '../plan/expression.ts';
import { calledAs } from '../plan/functions.ts';
import type { KeyPair } from '../plan/relation.ts';
import type { Scan } from '../plan/scan.ts';
import type { DataType, Field, Schema } from '../schema/dtype.ts';

/** What a row of a dialect table knows of the call it spells. */
export interface CallContext {
  readonly options: CallOptions;
  readonly dtype: DataType;
  readonly argTypes: readonly DataType[];
  /** The order in which an aggregate takes its rows; empty where it is all the same to it. */
  readonly order: readonly OrderKey[];
  /** What an aggregate's rows are grouped by; empty where they are one group, or a window's. */
  readonly groupedBy: readonly DataType[];
  /** The window the call is made over, ` OVER (..)`, which stands right after the call; empty where there is none. */
  readonly over: string;
}

/** An option that is a list. */
export function listOption({ options }: Pick<CallContext, 'options'>, name: string): readonly (string | number)[] {
  const value = options[name];
  return Array.isArray(value) ? value : [];
}

/** Spells one function in SQL from the SQL of its arguments. */
export type Spelling = (args: readonly string[], call: CallContext) => string;

export type SpellingTable = Readonly<Record<string, Spelling>>;

/** A change of dtype. */
export interface ValueCast extends Pick<CastNode, 'format' | 'onError' | 'content'> {
  readonly from: DataType;
  readonly target: DataType;
  /** What to call the value in messages. */
  readonly label: string;
}

/** What may have to be read; the rows of a table are there. */
export type UnreadScan = Exclude<Scan, { readonly kind: 'table' }>;

/** What becomes of the rows of a scan. */
export interface ScanUse {
  /** Whether all columns of all rows are kept, so that each value is looked at in any case. */
  readonly forTable: boolean;
}

/** The select of a step that makes several rows of one. */
export interface RowsFromOne {
  readonly from: string;
  /** What is selected of the row itself: columns, and what tells its order, as SQL. */
  readonly selected: readonly string[];
  /** The column that tells the new rows' places among each other, from 0; undefined where nothing asks. */
  readonly place: string | undefined;
}

/** A join of each row of `l` to the nearest row of another side, of those that agree in `by`. */
export interface NearestJoin {
  readonly right: string;
  readonly alias: string;
  readonly by: readonly KeyPair[];
  readonly at: KeyPair;
  readonly direction: 'backward' | 'forward';
}

/** One SQL: how names, types, functions and parts of statements are written in it. The compiler knows no more of an engine. */
export interface Dialect {
  readonly name: string;
  readonly scalar: SpellingTable;
  readonly aggregate: SpellingTable;
  readonly window: SpellingTable;
  /** Calls whose literals are written otherwise in this SQL (a pattern's syntax), by function: changed before they are bound. */
  readonly rewrites: Readonly<Record<string, (call: CallNode) => CallNode>>;
  typeName(dtype: DataType): string;
  /** The place of a bound value, counted from 1. */
  bound(position: number, dtype: DataType): string;
  cast(sql: string, cast: ValueCast): string;
  /** A value that meets others of a wider dtype, as that dtype. */
  widen(sql: string, from: DataType, to: DataType): string;
  /** A value of a statement's rows as exactly its dtype: inside a statement the engine may hold it in a wider type. */
  settle(sql: string, dtype: DataType): string;
  /** The order key of a range, where its own type has no room for the edges; of a decimal its digits, a whole number. */
  rangeKey(column: string, dtype: DataType): string;
  /** A value as text to be shown. */
  asText(sql: string, dtype: DataType): string;
  /** Ends the run with a message, SQL of a text, where a value of a dtype would stand. */
  fail(message: string, dtype: DataType): string;
  /** The rows of a scan that the engine reads in place, as a select. */
  scan(scan: UnreadScan, use: ScanUse): string;
  /** The column of a scratch table that tells its rows apart, in their order. */
  readonly rowId: string;
  /** Whether a table's rows come in the order in which they were written, and steps on them keep it. */
  readonly keepsOrder: boolean;
  /** Whether a limit keeps its rows where they are joined, or filtered by a join. */
  readonly limitsUnderJoins: boolean;
  /** Whether a table's column of strings is sorted by a type made for it. */
  readonly hasSortKeys: boolean;
  /** The rows of `from` (these are all its columns) for which a condition over windows holds. */
  filterWindows(from: string, columns: readonly string[], condition: string): string;
  /** A number from 0 to 1 that depends on a seed and the values of these columns alone, the same in every dialect. */
  share(columns: Schema, seed: number): string;
  /** A row as JSON text. */
  rowAsJson(columns: Schema): string;
  /** A row for each of `columns`: its name and its value, in their order. */
  unpivot(rows: RowsFromOne, columns: readonly string[], names: string, values: string): string;
  /** A row for each item of a list column, which stands where it stood among `selected`; one with null for a list without items where they are kept. */
  explode(rows: RowsFromOne, list: Field, keepEmpty: boolean): string;
  /** Whether a full join takes conditions none of which is an equality of columns. */
  readonly joinsFullOnAny: boolean;
  /** What follows `FROM .. l` to keep the rows that have a match in `right`, as `r`, or those that have none. */
  keepMatched(right: string, on: string, has: boolean): string;
  /** The join clause of a left join to the nearest row. */
  joinNearest(join: NearestJoin): string;
  /** How far two values are apart: numbers, days between dates, microseconds between timestamps. */
  distance(a: string, b: string, dtype: DataType): string;
}

/** An identifier, always quoted. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** Text of our own in SQL; a user's values are bound instead. */
export function quoteText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** A dialect is asked only for scans that its engine reads in place. */
export function notStaged(scan: UnreadScan): Error {
  return new Error(`a ${scan.kind} scan is staged before it is compiled`);
}

/** The spelling of a function; an error that names it and the engine where it has none. */
export function spelling(dialect: Dialect, table: 'scalar' | 'aggregate' | 'window', fn: string): Spelling {
  const found = dialect[table][fn];
  if (found === undefined) {
    throw new MillraceError({
      code: 'compile.unsupported',
      message: `${dialect.name} has no ${table} function ${calledAs(fn)}.`,
      details: { operation: fn, engine: dialect.name },
    });
  }
  return found;
}
