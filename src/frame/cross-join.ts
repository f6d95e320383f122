import { MillraceError } from '../errors.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { JoinRelation, Relation } from '../plan/relation.ts';
import type { AnyCol, Col } from '../schema/columns.ts';
import { checkNames } from './columns.ts';

type Clash<C extends AnyCol, D extends AnyCol> = string extends C['k'] | D['k'] ? never : C['k'] & D['k'];

/** Refuses two sides with columns of the same name, as far as the compiler knows them, where no suffix tells them apart. */
export type ToldApart<C extends AnyCol, D extends AnyCol, Suffix extends string> = [Clash<C, D>, Suffix] extends
  | [never, string]
  | [string, Exclude<Suffix, ''>]
  ? unknown
  : { readonly 'give a suffix, for both sides have': Clash<C, D> };

/** The columns of both sides. */
export type CrossJoined<C extends AnyCol, D, Suffix extends string> =
  | C
  | (D extends Col<infer K, infer E, infer N> ? Col<K extends C['k'] ? `${K}${Suffix}` : K, E, N> : never);

export function crossJoin(left: Relation, right: Relation, suffix: string | undefined): JoinRelation {
  const names = outputSchema(left).map((f) => f.name);
  const taken = new Set(names.map((name) => name.toLowerCase()));
  const rightColumns = outputSchema(right).map(({ name }) => {
    if (!taken.has(name.toLowerCase())) return { column: name, as: name };
    if (typeof suffix !== 'string' || suffix === '') {
      throw new MillraceError({
        code: 'plan.join',
        message: `crossJoin: both sides have a column ${JSON.stringify(name)}. Give a suffix for the right side's, such as '_right', or drop one of them.`,
        details: { column: name },
      });
    }
    return { column: name, as: `${name}${suffix}` };
  });
  checkNames([...names, ...rightColumns.map((column) => column.as)], 'crossJoin');
  return { kind: 'join', left, right, how: 'inner', on: [], rightColumns };
}
