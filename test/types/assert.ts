/** Whether two types are the same type, not only assignable to each other. */
export type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only for `true`. */
export type Expect<T extends true> = T;

/** The columns of a frame or of a promise of one. */
export type ColumnsOf<F> = F extends { readonly columns: { readonly one: infer C } } ? C : never;

/** Whether a frame has exactly these columns. */
export type HasColumns<F, C> = [ColumnsOf<F>] extends [C] ? ([C] extends [ColumnsOf<F>] ? true : false) : false;

/** The value of one column of a frame, as `rows()` gives it. */
export type ValueOf<F, K> =
  Extract<ColumnsOf<F>, { readonly k: K }> extends {
    readonly d: { readonly js: infer J };
    readonly n: infer N;
  }
    ? J | N
    : never;
