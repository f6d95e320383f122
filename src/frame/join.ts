import { MillraceError } from '../errors.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { JoinKind, JoinRelation, Relation } from '../plan/relation.ts';
import type { AnyCol, Col, Filled, Nulled } from '../schema/columns.ts';
import { describeDType, isNumeric } from '../schema/dtype.ts';
import { checkNames, fieldOf } from './columns.ts';
import { listOf, type OneOrMore } from './functions/order.ts';

/** What both sides must agree in: a name they share, or `{ left: 'right' }`. */
export type JoinKey<C extends AnyCol, D extends AnyCol> = (C['k'] & D['k']) | { readonly [P in C['k']]?: D['k'] };

/** The names that a join's keys have on the left. */
type LeftKeys<On> = On extends string ? On : keyof On & string;
/** The names that a join's keys have on the right. */
type RightKeys<On> = On extends string ? On : On[keyof On] & string;

type Clash<C extends AnyCol, D extends AnyCol, On> = C['k'] & Exclude<D['k'], RightKeys<On>>;

/** Options of a join; `suffix` is asked for where a column of both sides has the same name. */
export type JoinOptions<C extends AnyCol, D extends AnyCol, On, How, Suffix> = {
  readonly on: OneOrMore<On>;
  readonly how?: How;
  /** Added to the right side's column where the left has one of its name. */
  readonly suffix?: Suffix;
} & (How extends 'semi' | 'anti' ? unknown : [Clash<C, D, On>] extends [never] ? unknown : { readonly suffix: string });

type RightCols<C extends AnyCol, D, On, Suffix> =
  D extends Col<infer K, infer E, infer N>
    ? K extends RightKeys<On>
      ? never
      : Col<K extends C['k'] ? `${K}${Suffix & string}` : K, E, N>
    : never;

/** The nullability of the right side's key that stands for the left's `K`. */
type KeyNull<D extends AnyCol, On, K extends string> = On extends K
  ? Extract<D, { k: K }>['n']
  : On extends { readonly [P in K]: infer R }
    ? Extract<D, { k: R }>['n']
    : never;

type KeysFrom<C, D extends AnyCol, On, How> =
  C extends Col<infer K, infer E, infer N>
    ? K extends LeftKeys<On>
      ? Col<K, E, How extends 'full' ? N | KeyNull<D, On, K> : KeyNull<D, On, K>>
      : Nulled<C>
    : never;

/** The columns of a join: the side that may be missing becomes nullable, the keys of an inner match are not null. */
export type Joined<C extends AnyCol, D extends AnyCol, On, How, Suffix> = How extends 'inner'
  ? Filled<C, LeftKeys<On>> | RightCols<C, D, On, Suffix>
  : How extends 'left'
    ? C | Nulled<RightCols<C, D, On, Suffix>>
    : How extends 'right'
      ? KeysFrom<C, D, On, How> | RightCols<C, D, On, Suffix>
      : How extends 'full'
        ? KeysFrom<C, D, On, How> | Nulled<RightCols<C, D, On, Suffix>>
        : How extends 'semi'
          ? Filled<C, LeftKeys<On>>
          : C;

const KINDS: readonly JoinKind[] = ['inner', 'left', 'right', 'full', 'semi', 'anti'];

export function join(
  left: Relation,
  right: Relation,
  options: { readonly on: unknown; readonly how?: unknown; readonly suffix?: unknown },
): JoinRelation {
  const how = (options.how ?? 'inner') as JoinKind;
  if (!KINDS.includes(how)) {
    throw new MillraceError({
      code: 'plan.join',
      message: `join: how is ${JSON.stringify(how)}. The choices are ${KINDS.join(', ')}.`,
    });
  }
  const [leftSchema, rightSchema] = [outputSchema(left), outputSchema(right)];
  const on = listOf(options.on).flatMap((key) => {
    if (typeof key === 'string') return [{ left: key, right: key }];
    if (typeof key === 'object' && key !== null)
      return Object.entries(key).map(([l, r]) => ({ left: l, right: String(r) }));
    throw new MillraceError({
      code: 'plan.join',
      message: `join: on is ${JSON.stringify(options.on)}. Give the name of a column that both sides have, { left: 'right' }, or a list of these.`,
    });
  });
  if (on.length === 0) {
    throw new MillraceError({
      code: 'plan.join',
      message: 'join: on is empty. Name at least one column that both sides share.',
    });
  }
  for (const pair of on) {
    const [a, b] = [
      fieldOf(leftSchema, pair.left, 'join, left side'),
      fieldOf(rightSchema, pair.right, 'join, right side'),
    ];
    const keyFromRight = how === 'right' || how === 'full';
    const fits = keyFromRight
      ? describeDType(a.dtype) === describeDType(b.dtype)
      : a.dtype.id === b.dtype.id || (isNumeric(a.dtype) && isNumeric(b.dtype));
    if (!fits) {
      throw new MillraceError({
        code: 'plan.join',
        message: `join: ${pair.left} is ${describeDType(a.dtype)} and ${pair.right} is ${describeDType(b.dtype)}. Cast one of them first.`,
      });
    }
  }
  const leftNames = new Set(leftSchema.map((field) => field.name.toLowerCase()));
  const rightKeys = new Set(on.map((pair) => pair.right));
  const rightColumns = rightSchema
    .filter((field) => !rightKeys.has(field.name) && how !== 'semi' && how !== 'anti')
    .map((field) => {
      if (!leftNames.has(field.name.toLowerCase())) return { column: field.name, as: field.name };
      if (typeof options.suffix !== 'string' || options.suffix === '') {
        throw new MillraceError({
          code: 'plan.join',
          message: `join: both sides have a column ${JSON.stringify(field.name)}. Give a suffix for the right side's, such as '_right', or drop one of them.`,
        });
      }
      return { column: field.name, as: `${field.name}${options.suffix}` };
    });
  checkNames([...leftSchema.map((field) => field.name), ...rightColumns.map((column) => column.as)], 'join');
  return Object.freeze({ kind: 'join', left, right, how, on, rightColumns });
}
