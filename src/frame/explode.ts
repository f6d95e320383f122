import { MillraceError } from '../errors.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { ExplodeRelation, Relation } from '../plan/relation.ts';
import type { Col } from '../schema/columns.ts';
import { type AnyDType, describeDType, type List } from '../schema/dtype.ts';
import { fieldOf } from './columns.ts';

export type AnyList = List<AnyDType, null>;

/** The columns, the list's items in its place; nullable where rows without an item are kept. */
export type Exploded<C, K, Empty> =
  C extends Col<infer P, infer D, null>
    ? P extends K
      ? D extends { readonly item: { readonly d: infer E extends AnyDType; readonly n: infer N extends null } }
        ? Col<P, E, Empty extends 'drop' ? N : null>
        : never
      : C
    : never;

export function explode(input: Relation, column: string, empty: string): ExplodeRelation {
  const { dtype } = fieldOf(outputSchema(input), column, 'explode');
  if (dtype.id !== 'list') {
    throw new MillraceError({
      code: 'plan.dtype',
      message: `explode: ${column} is ${describeDType(dtype)}, which has no items. Give a column of lists.`,
      details: { column },
    });
  }
  if (empty !== 'keep' && empty !== 'drop') {
    throw new MillraceError({
      code: 'plan.explode',
      message: `explode: empty is ${JSON.stringify(empty)}. The choices are 'keep' and 'drop'.`,
      details: { value: empty },
    });
  }
  return { kind: 'explode', input, column, keepEmpty: empty === 'keep' };
}
