import type { DTypeOf, NullOf, SchemaSpec } from './column-type.ts';
import type { AnyDType, DType, Float, Int, NumericDType, StructFields } from './dtype.ts';

/**
 * One column of a frame at the type level. A frame's columns are a union of these.
 * `N` is `null` where the column may be null, `never` where it may not, so a value is `D['js'] | N`.
 */
export interface Col<K extends string = string, D extends AnyDType = AnyDType, N extends null = null> {
  readonly k: K;
  readonly d: D;
  readonly n: N;
}

/** Any column, for steps that keep what they do not name: `<C extends AnyCol>(frame: Frame<C>) => ..`. */
export type AnyCol = Col;

/** The columns of a declared schema. */
export type ColsOf<S extends SchemaSpec> = { [K in keyof S & string]: Col<K, DTypeOf<S[K]>, NullOf<S[K]>> }[keyof S &
  string];

/** The names of the columns whose dtype is one of `D`. */
export type NamesOf<C extends AnyCol, D extends AnyDType> = C extends { k: infer K; d: D } ? K & string : never;

/** The columns but those named. */
export type Without<C, K> = C extends { k: K } ? never : C;
/** The columns named. */
export type Only<C, K> = C extends { k: K } ? C : never;
/** The columns, those named no longer nullable. */
export type Filled<C, K> = C extends Col<infer P, infer D, null> ? (P extends K ? Col<P, D, never> : C) : never;
/** The columns, all of them nullable. */
export type Nulled<C> = C extends Col<infer K, infer D, null> ? Col<K, D, null> : never;
/** The columns, renamed by the map `M` from old name to new. */
export type Renamed<C, M> =
  C extends Col<infer K, infer D, infer N> ? Col<K extends keyof M ? M[K] & string : K, D, N> : never;

/** What errors of the compiler call a column that a frame does not have; no value is one. */
export interface NoColumn<K> {
  readonly noColumn: K;
}

/** No keys but `K`: beside a type parameter, where the compiler does not look for keys too many. */
export type NoOther<O, K> = { readonly [P in Exclude<keyof O, K>]: NoColumn<P> };

/** A row as a plain object. */
export type Row<C extends AnyCol> = { [E in C as E['k']]: E['d']['js'] | E['n'] };

/** A string dtype without its known values. */
export type Wide<D extends AnyDType> = D extends DType<'string', string> ? DType<'string', string> : D;

/** What a column may be compared with. */
export type Comparable<D extends AnyDType> = D extends NumericDType
  ? NumericDType
  : D extends DType<'string', string>
    ? DType<'string', string>
    : D extends DType<'date' | 'timestamp', unknown>
      ? DType<'date' | 'timestamp', string | Date>
      : D;

/** The dtype of a sum, a difference or a product. */
export type Arithmetic<A extends AnyDType, B extends AnyDType> = 'float' extends A['id'] | B['id']
  ? Float
  : 'decimal' extends A['id'] | B['id']
    ? DType<'decimal', string>
    : 'bigint' extends A['id'] | B['id']
      ? DType<'bigint', bigint>
      : Int;

/** Columns of an object of expressions: one a key. */
export type Made<O> = {
  [K in keyof O & string]: O[K] extends { readonly d: infer D extends AnyDType; readonly n: infer N extends null }
    ? Col<K, D, N>
    : never;
}[keyof O & string];

/** What a dtype is of, lists and structs by what they hold, nullable or not. */
type Kind<D> = D extends { readonly item: { readonly d: infer I } }
  ? { readonly list: Kind<I> }
  : D extends { readonly fields: infer F extends StructFields }
    ? { readonly [K in keyof F]: Kind<F[K]['d']> }
    : D extends AnyDType
      ? D['id']
      : never;

type IsOne<I, All = I> = I extends All ? ([All] extends [I] ? true : false) : never;

/** Whether dtypes are one but for known strings and what may be null. */
export type IsOneKind<D> = IsOne<Kind<D>>;
