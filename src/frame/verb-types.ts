import type { DTypeOf } from '../schema/column-type.ts';
import type { AnyCol, Col, Only, Wide } from '../schema/columns.ts';
import type { AnyDType, DType, Text } from '../schema/dtype.ts';
import type { LiteralOf } from './functions/literal.ts';
import type { OneOrMore, OrderBy } from './functions/order.ts';

// What verbs take and what they make of a frame's columns, at the type level.

/** By a seed, by the place in an order, or by the values of a column. */
export type SplitOptions<K extends string> =
  | {
      readonly test: number;
      readonly seed: number;
      readonly groups?: OneOrMore<K>;
      readonly orderBy?: never;
      readonly by?: never;
      readonly from?: never;
    }
  | {
      readonly test: number;
      readonly orderBy: OrderBy<K>;
      readonly seed?: never;
      readonly groups?: never;
      readonly by?: never;
      readonly from?: never;
    }
  | {
      /** The column that tells the time of a row. */
      readonly by: K;
      /** The least share of the rows that the test has. */
      readonly test: number;
      readonly from?: never;
      readonly seed?: never;
      readonly groups?: never;
      readonly orderBy?: never;
    }
  | {
      readonly by: K;
      /** The first value of the test. */
      readonly from: string | number | bigint | Date;
      readonly test?: never;
      readonly seed?: never;
      readonly groups?: never;
      readonly orderBy?: never;
    };

export type Replacements<C extends AnyCol> = {
  readonly [E in C as E['k']]?:
    | ReadonlyMap<E['d']['js'], LiteralOf<Wide<E['d']>>>
    | (E['d']['id'] extends 'string' ? { readonly [value: string]: string } : never);
};

export type Replaced<C, O> =
  C extends Col<infer K, infer D, infer N> ? (K extends keyof O ? Col<K, Wide<D>, N> : C) : never;

export type Recast<C, O> =
  C extends Col<infer K, AnyDType, infer N> ? (K extends keyof O ? Col<K, DTypeOf<O[K]>, N> : C) : never;

/** A column stays as nullable as it was; the change may make it nullable. */
export type Mapped<C, Id, R> =
  C extends Col<infer K, infer D, infer N>
    ? D['id'] extends Id
      ? R extends { readonly d: infer E extends AnyDType; readonly n: infer M extends null }
        ? Col<K, E, N | M>
        : C
      : C
    : never;

/** The dtype of an id, for a callback over all columns of it. */
export type DTypeById<C extends AnyCol, Id> = Wide<Extract<C['d'], { readonly id: Id }>>;

/** What may be put under a frame: the same names and dtypes. */
export type Alike<C> = C extends Col<infer K, infer D, null> ? Col<K, Wide<D>, null> : never;

export type ColsOfFrame<F> = F extends { readonly columns: { readonly one: infer C extends AnyCol } } ? C : never;

/** The columns of frames under each other: null where one of them may be, known strings joined. */
export type Concatenated<C, O extends AnyCol> =
  C extends Col<infer K, infer D, infer N>
    ? Col<K, D extends Text ? DType<'string', D['js'] | (Only<O, K>['d']['js'] & string)> : D, N | Only<O, K>['n']>
    : never;
