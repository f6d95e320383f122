import { MillraceError } from '../errors.ts';
import type { OptionNames } from '../option-names.ts';
import type { Expression } from '../plan/expression.ts';
import { walkExpression } from '../plan/expression.ts';
import { outputSchema } from '../plan/output-schema.ts';
import type { JoinKind, JoinRelation, KeyPair, Relation } from '../plan/relation.ts';
import type { AnyCol, Col, Filled, Nulled } from '../schema/columns.ts';
import { type Bool, describeDType, isNumeric, type Schema } from '../schema/dtype.ts';
import { checkFunction } from './arguments.ts';
import { type Cols, checkNames, columnsOf, fieldOf, predicateOf } from './columns.ts';
import type { Scalar } from './functions/base.ts';
import { labelOf } from './functions/literal.ts';
import { listOf, type OneOrMore } from './functions/order.ts';
import { withAllConditions } from './functions/unused-conditions.ts';

/** What both sides must agree in: a name they share, or `{ left: 'right' }`. */
export type JoinKey<C extends AnyCol, D extends AnyCol> = (C['k'] & D['k']) | { readonly [P in C['k']]?: D['k'] };

/** The names that a join's keys have on the left. */
type LeftKeys<On> = On extends string ? On : keyof On & string;
/** The names that a join's keys have on the right. */
type RightKeys<On> = On extends string ? On : On[keyof On] & string;

/** The columns of the right whose names the left has too. */
export type Clash<C extends AnyCol, D extends AnyCol, On> = C['k'] & Exclude<D['k'], RightKeys<On>>;

/** Options of a join, by `on`, by `where` or by both; `suffix` is asked for where a column of both sides has the same name. */
export type JoinOptions<C extends AnyCol, D extends AnyCol, On, How, Suffix> = {
  readonly on?: OneOrMore<On>;
  /** What must hold of a row of the left and one of the right; where it is null they do not match. */
  readonly where?: (l: Cols<C>, r: Cols<D>) => Scalar<Bool, null>;
  readonly how?: How;
  /** Added to the right side's column where the left has one of its name. */
  readonly suffix?: Suffix;
} & ([On] extends [never] ? { readonly where: unknown } : unknown) &
  (How extends 'semi' | 'anti' ? unknown : [Clash<C, D, On>] extends [never] ? unknown : { readonly suffix: string });

/** The right side's columns that are no keys, under the names that they get. */
export type RightCols<C extends AnyCol, D, On, Suffix> =
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

interface AnyJoinOptions {
  readonly on?: unknown;
  readonly where?: unknown;
  readonly how?: unknown;
  readonly suffix?: unknown;
}

export const JOIN_OPTIONS: OptionNames<AnyJoinOptions> = { on: true, where: true, how: true, suffix: true };

export function join(left: Relation, right: Relation, options: AnyJoinOptions): JoinRelation {
  const how = (options.how ?? 'inner') as JoinKind;
  if (!KINDS.includes(how)) {
    throw new MillraceError({
      code: 'plan.join',
      message: `join: how is ${JSON.stringify(how)}. The choices are ${KINDS.join(', ')}.`,
    });
  }
  const [leftSchema, rightSchema] = [outputSchema(left), outputSchema(right)];
  const on = keyPairs(options.on ?? [], 'join', 'on');
  if (on.length === 0 && options.where === undefined) {
    throw new MillraceError({
      code: 'plan.join',
      message: 'join: on is empty. Name at least one column that both sides share, or give a condition, where.',
    });
  }
  for (const pair of on) checkPair(pair, leftSchema, rightSchema, 'join', how === 'right' || how === 'full');
  const where = options.where === undefined ? undefined : conditionOf(options.where, leftSchema, rightSchema);
  const keepsRight = how !== 'semi' && how !== 'anti';
  const rightColumns = keepsRight ? columnsFrom(leftSchema, rightSchema, on, options.suffix, 'join') : [];
  return Object.freeze({
    kind: 'join',
    left,
    right,
    how,
    on,
    ...(where === undefined ? {} : { where }),
    rightColumns,
  });
}

/** The pairs of columns that keys name: a name of both sides, `{ left: 'right' }`, or several of these. */
export function keyPairs(given: unknown, verb: string, option: string): KeyPair[] {
  return listOf(given).flatMap((key) => {
    if (typeof key === 'string') return [{ left: key, right: key }];
    if (typeof key === 'object' && key !== null)
      return Object.entries(key).map(([l, r]) => ({ left: l, right: String(r) }));
    throw new MillraceError({
      code: 'plan.join',
      message: `${verb}: ${option} is ${JSON.stringify(given)}. Give the name of a column that both sides have, { left: 'right' }, or a list of these.`,
    });
  });
}

/** Refuses keys that are not there, or whose dtypes cannot be compared; `same` where they make one column. */
export function checkPair(pair: KeyPair, left: Schema, right: Schema, verb: string, same: boolean): void {
  const [a, b] = [fieldOf(left, pair.left, `${verb}, left side`), fieldOf(right, pair.right, `${verb}, right side`)];
  const fits = same
    ? describeDType(a.dtype) === describeDType(b.dtype)
    : a.dtype.id === b.dtype.id || (isNumeric(a.dtype) && isNumeric(b.dtype));
  if (fits) return;
  throw new MillraceError({
    code: 'plan.join',
    message: `${verb}: ${pair.left} is ${describeDType(a.dtype)} and ${pair.right} is ${describeDType(b.dtype)}. Cast one of them first.`,
  });
}

/** The right side's columns that are no keys, under names that the left has not. */
export function columnsFrom(
  left: Schema,
  right: Schema,
  on: readonly KeyPair[],
  suffix: unknown,
  verb: string,
): { readonly column: string; readonly as: string }[] {
  const leftNames = new Set(left.map((field) => field.name.toLowerCase()));
  const keys = new Set(on.map((pair) => pair.right));
  const columns = right
    .filter((field) => !keys.has(field.name))
    .map((field) => {
      if (!leftNames.has(field.name.toLowerCase())) return { column: field.name, as: field.name };
      if (typeof suffix !== 'string' || suffix === '') {
        throw new MillraceError({
          code: 'plan.join',
          message: `${verb}: both sides have a column ${JSON.stringify(field.name)}. Give a suffix for the right side's, such as '_right', or drop one of them.`,
        });
      }
      return { column: field.name, as: `${field.name}${suffix}` };
    });
  checkNames([...left.map((field) => field.name), ...columns.map((column) => column.as)], verb);
  return columns;
}

/** The node of a join's condition, its columns each of one of the two sides. */
function conditionOf(where: unknown, left: Schema, right: Schema): Expression {
  const l = columnsOf<AnyCol>(left, 'join, where, left side', 'left');
  const r = columnsOf<AnyCol>(right, 'join, where, right side', 'right');
  const example = '(l, r) => l.day.gte(r.from)';
  checkFunction(where, 'join, where,', example);
  const answer = withAllConditions('join: where', () => (where as (l: unknown, r: unknown) => unknown)(l, r));
  const made = predicateOf(answer, 'join: where');
  for (const node of walkExpression(made)) {
    if (node.kind === 'window') {
      throw new MillraceError({
        code: 'plan.expression',
        message: `join: where reads ${labelOf(node)}. Compute it in a withColumns of its side before.`,
      });
    }
    if (node.kind === 'column' && node.side === undefined) {
      throw new MillraceError({
        code: 'plan.expression',
        message: `join: where reads ${node.name} of another frame. Use the columns of its two arguments, such as ${example}.`,
      });
    }
  }
  return made;
}
