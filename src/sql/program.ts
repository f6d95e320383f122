import type { CheckRelation, Relation } from '../plan/relation.ts';
import type { Scan } from '../plan/scan.ts';
import type { Source } from '../plan/source.ts';
import type { Schema } from '../schema/dtype.ts';
import type { Dialect } from './dialect.ts';
import type { BoundValue } from './expressions.ts';

/** SQL and the values it binds. */
export interface Statement {
  readonly sql: string;
  readonly values: readonly BoundValue[];
}

/** What must happen before the query: each step leaves a scratch table or type, rejects, or an answer to look at. */
export type Step =
  | { readonly kind: 'table'; readonly table: string; readonly statement: Statement }
  | { readonly kind: 'rejects'; readonly statement: Statement }
  /** A type that sorts a table's column of strings as the strings sort, made when their values are known. */
  | { readonly kind: 'sort-key'; readonly type: string; readonly table: string; readonly column: string }
  | {
      readonly kind: 'map';
      readonly table: string;
      readonly input: Statement;
      readonly inputSchema: Schema;
      readonly node: Relation & { kind: 'map-batches' };
    }
  | {
      readonly kind: 'check';
      readonly rule: string;
      /** The rule with what it was given. */
      readonly text: string;
      /** Whether the rule is about the rows as a whole: the count comes back only where it is broken. */
      readonly whole: boolean;
      readonly count: Statement;
      readonly sample: Statement;
      readonly schema: Schema;
      readonly node: CheckRelation;
    };

export interface Program {
  readonly steps: readonly Step[];
  readonly query: Statement;
  /** The scratch table that holds the query's rows already, in their order, where there is one. */
  readonly table: string | undefined;
  /** The scratch tables into which whole sources were read. */
  readonly sourceTables: ReadonlyMap<Source, string>;
}

export interface CompileContext {
  readonly dialect: Dialect;
  /** Where each source's rows are: a table of scratch, or files to scan in place. */
  readonly scans: ReadonlyMap<Source, Scan>;
  /** The instant of the run. */
  readonly now: string;
  /** A new name for a scratch table, quoted. */
  readonly newTable: () => string;
  /** The scratch table that takes rejected rows. */
  readonly rejects: string;
  /** Whether the query counts the rows instead of giving them. */
  readonly count?: boolean;
}
