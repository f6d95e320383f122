import type { Schema } from '../schema/dtype.ts';
import type { AggregateNode, Expression, OrderKey } from './expression.ts';
import type { Source } from './source.ts';

/**
 * The nodes of a plan: plain data that nothing changes once it is made, no SQL. Every node is one step on its input.
 */

export interface NamedExpression {
  readonly name: string;
  readonly expression: Expression;
}

export interface SourceRelation {
  readonly kind: 'source';
  readonly source: Source;
}

/** Exactly these columns, each an expression of the input's. */
export interface ProjectRelation {
  readonly kind: 'project';
  readonly input: Relation;
  readonly columns: readonly NamedExpression[];
  /** The verb that made it, for messages. */
  readonly verb: string;
}

export interface FilterRelation {
  readonly kind: 'filter';
  readonly input: Relation;
  readonly predicate: Expression;
}

export interface SortRelation {
  readonly kind: 'sort';
  readonly input: Relation;
  readonly keys: readonly OrderKey[];
}

export interface LimitRelation {
  readonly kind: 'limit';
  readonly input: Relation;
  readonly count: number;
  readonly offset: number;
}

/** The rows whose hash of `by` (of the whole row where it is empty) falls in `from <= share < to`. */
export interface SampleRelation {
  readonly kind: 'sample';
  readonly input: Relation;
  readonly by: readonly string[];
  readonly seed: number;
  readonly from: number;
  readonly to: number;
}

/** The first or last rows of an order, by share. */
export interface SliceRelation {
  readonly kind: 'slice';
  readonly input: Relation;
  readonly orderBy: readonly OrderKey[];
  readonly from: number;
  readonly to: number;
}

/** One row a group; one row in all where `keys` is empty. */
export interface AggregateRelation {
  readonly kind: 'aggregate';
  readonly input: Relation;
  readonly keys: readonly string[];
  readonly aggregates: readonly { readonly name: string; readonly expression: AggregateNode }[];
}

/** The input with aggregates of the whole of it beside every row; the new columns may replace old ones. */
export interface AttachRelation {
  readonly kind: 'attach';
  readonly input: Relation;
  /** `required` is what to say where the aggregate of some rows is null; such a null is a value where nothing is said. */
  readonly aggregates: readonly {
    readonly name: string;
    readonly expression: AggregateNode;
    readonly required?: string;
  }[];
}

export type JoinKind = 'inner' | 'left' | 'right' | 'full' | 'semi' | 'anti';

/** A column of the left side and the one of the right that it must equal. */
export interface KeyPair {
  readonly left: string;
  readonly right: string;
}

/** Pairs of rows that agree in `on` and for which `where` is true; all pairs where there is neither. */
export interface JoinRelation {
  readonly kind: 'join';
  readonly left: Relation;
  readonly right: Relation;
  readonly how: JoinKind;
  readonly on: readonly KeyPair[];
  /** Its columns tell their side. */
  readonly where?: Expression | undefined;
  /** The right side's columns that the result keeps, and under which name. */
  readonly rightColumns: readonly { readonly column: string; readonly as: string }[];
}

/**
 * Every row of the left beside the nearest row of the right, of those that agree in `by`. No two rows of the right have
 * the same `by` and `at`, and none has a null there.
 */
export interface AsofJoinRelation {
  readonly kind: 'asof-join';
  readonly left: Relation;
  readonly right: Relation;
  readonly at: KeyPair;
  readonly by: readonly KeyPair[];
  readonly direction: 'backward' | 'forward' | 'nearest';
  /** The largest distance: a number, days between dates, microseconds between timestamps. */
  readonly tolerance: number | undefined;
  readonly rightColumns: readonly { readonly column: string; readonly as: string }[];
}

/** A row for each of some columns of one dtype: the column's name and its value, beside the other columns. */
export interface UnpivotRelation {
  readonly kind: 'unpivot';
  readonly input: Relation;
  readonly columns: readonly string[];
  readonly names: string;
  readonly values: string;
}

/** A row for each item of a list; one with null for a list without items, where they are kept. */
export interface ExplodeRelation {
  readonly kind: 'explode';
  readonly input: Relation;
  readonly column: string;
  readonly keepEmpty: boolean;
}

/** The rows of all inputs, one after another; the columns are those of the first. */
export interface UnionRelation {
  readonly kind: 'union';
  readonly inputs: readonly Relation[];
}

/** One row for each value of `by` (of the whole row where it is empty). */
export interface DedupeRelation {
  readonly kind: 'dedupe';
  readonly input: Relation;
  readonly by: readonly string[];
  readonly keep: 'first' | 'last';
  /** The input's own order where it is empty. */
  readonly orderBy: readonly OrderKey[];
}

/** A user's own function over batches of rows. */
export interface MapBatchesRelation {
  readonly kind: 'map-batches';
  readonly input: Relation;
  readonly schema: Schema;
  readonly batchSize: number;
  readonly map: (rows: readonly Record<string, unknown>[]) => unknown;
}

export type Severity = 'fail' | 'warn' | 'quarantine';

/** A rule that holds for a row, or for the frame. */
export type Rule =
  | {
      readonly kind: 'row';
      readonly name: string;
      /** What the rule was given, as messages tell it after its name. */
      readonly bounds?: string;
      readonly column: string;
      readonly predicate: Expression;
    }
  | { readonly kind: 'unique'; readonly name: string; readonly columns: readonly string[] }
  | {
      readonly kind: 'relationship';
      readonly name: string;
      readonly column: string;
      readonly to: Relation;
      readonly field: string;
    }
  | { readonly kind: 'row-count'; readonly name: string; readonly min: number; readonly max: number | undefined };

export interface CheckRelation {
  readonly kind: 'check';
  readonly input: Relation;
  readonly rules: readonly Rule[];
  readonly severity: Severity;
  readonly onWarning: ((warning: CheckWarning) => void) | undefined;
}

/** What a check of severity `warn` reports. */
export interface CheckWarning {
  readonly rule: string;
  readonly failures: number;
  readonly rows: readonly Readonly<Record<string, unknown>>[];
}

export type Relation =
  | SourceRelation
  | ProjectRelation
  | FilterRelation
  | SortRelation
  | LimitRelation
  | SampleRelation
  | SliceRelation
  | AggregateRelation
  | AttachRelation
  | JoinRelation
  | AsofJoinRelation
  | UnpivotRelation
  | ExplodeRelation
  | UnionRelation
  | DedupeRelation
  | MapBatchesRelation
  | CheckRelation;
