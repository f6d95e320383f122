import type { Expression } from '../../plan/expression.ts';
import type { AttachRelation, Relation } from '../../plan/relation.ts';

/** A value that must be known of all rows before one is filled. */
export type Known = AttachRelation['aggregates'][number];

/** A column whose nulls are filled, and what its expression is made with. */
export interface Filling {
  readonly expression: Expression;
  readonly known?: readonly Known[];
  /** The rows with further columns that the expression takes; without, those that there were. */
  readonly input?: Relation;
}
