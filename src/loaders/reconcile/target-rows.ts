import type { DuckDBSession } from '../../engines/duckdb/session.ts';
import type { Frame } from '../../frame/frame.ts';
import type { RunOptions } from '../../plan/source.ts';
import { type AnyColumnType, ColumnType, type SchemaSpec } from '../../schema/column-type.ts';
import type { AnyCol } from '../../schema/columns.ts';
import { BIGINT, type DataType, type Schema, STRING } from '../../schema/dtype.ts';
import type { Comparison } from './digest.ts';

/** What `report.reconcile()` takes. */
export interface ReconcileOptions extends RunOptions {
  /**
   * After an append to a target that had rows before: the columns by which the load's rows are found among the others.
   * They must tell rows apart, also from those that were there.
   */
  readonly key?: string | readonly string[];
}

/** The rows that a load left in its target. */
export interface TargetRows {
  /** A frame of the embedded engine, columns by the names of those that were loaded. */
  readonly frame: Frame<AnyCol>;
  /** Which rows these are, for people: `all rows of "public"."sales"`. */
  readonly scope: string;
  /** The columns that are compared, and how. */
  readonly columns: ReadonlyMap<string, Comparison>;
  /** Where only rows are meant whose values in these columns the source has. */
  readonly key?: readonly string[];
}

/** The load whose rows are asked for. */
export interface AskedLoad {
  readonly runId: string;
  readonly alreadyLoaded: boolean;
  /** Whether nothing stood in the target before, where the loader looked. */
  readonly wasEmpty: boolean | undefined;
  readonly key: readonly string[] | undefined;
}

/** Hands the rows that a load left to a task, in a session of the embedded engine. */
export type ReadTarget = <R>(
  session: DuckDBSession,
  load: AskedLoad,
  options: RunOptions,
  task: (rows: TargetRows) => Promise<R>,
) => Promise<R>;

/** Columns as they are read back: what a target holds instead of the right value is a difference and no error, a null too. */
export function readBackSchema(schema: Schema): SchemaSpec {
  return Object.fromEntries(schema.map(({ name, dtype }) => [name, readBackType(dtype)]));
}

export function readBackType(dtype: DataType): AnyColumnType {
  return new ColumnType(anyOf(dtype), true);
}

/** Each column as its dtype says. */
export function byValue(schema: Schema): ReadonlyMap<string, Comparison> {
  return new Map(schema.map(({ name }) => [name, 'value']));
}

function anyOf(dtype: DataType): DataType {
  switch (dtype.id) {
    case 'int':
      return BIGINT;
    case 'string':
      return STRING;
    case 'list':
      return { id: 'list', item: anyOf(dtype.item), nullableItem: true };
    case 'struct':
      return { ...dtype, fields: dtype.fields.map((f) => ({ ...f, dtype: anyOf(f.dtype), nullable: true })) };
    default:
      return dtype;
  }
}
