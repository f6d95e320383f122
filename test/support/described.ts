import type { AnyScalar, Scalar } from '../../src/frame/functions/base.ts';
import type { AnyCol, AnyDType } from '../../src/index.ts';

type IsUnion<I, All = I> = I extends All ? ([All] extends [I] ? false : true) : never;

/** `int`, `float?`: a column's dtype and whether it may be null, as its type says. */
export type Said<D extends AnyDType, N extends null> =
  IsUnion<D['id']> extends true ? never : `${D['id']}${[N] extends [never] ? '' : '?'}`;

/** The known values of a string column, each once. */
export type Values<D extends AnyDType> = D['id'] extends 'string'
  ? string extends D['js']
    ? []
    : [values: Readonly<Record<D['js'] & string, true>>]
  : [];

export interface Described<E = AnyScalar> {
  readonly expression: E;
  readonly said: string;
  readonly values: readonly string[] | undefined;
}

/** An expression with its type in words: a wrong word does not compile, and the test compares it with the run. */
export function is<D extends AnyDType, N extends null>(
  expression: Scalar<D, N>,
  said: NoInfer<Said<D, N>>,
  ...values: NoInfer<Values<D>>
): Described {
  return { expression, said, values: known(values) };
}

export function known(values: readonly object[]): readonly string[] | undefined {
  return values[0] === undefined ? undefined : Object.keys(values[0]);
}

type One<T> = IsUnion<T> extends true ? never : T;

/** Each of a frame's columns in words; a column that the type holds twice has none. */
export type SaidOfColumns<C extends AnyCol> = {
  readonly [P in C['k']]: One<C extends { readonly k: P } ? Said<C['d'], C['n']> : never>;
};
