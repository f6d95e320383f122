/** An instance of Knex, as far as it is used here. */
export interface KnexLike {
  (...args: never[]): unknown;
  raw(sql: string): unknown;
  readonly client: unknown;
}

/** A query that Knex built. */
export interface KnexQuery {
  toSQL(): unknown;
}

export function isKnex(given: unknown): given is KnexLike {
  return typeof given === 'function' && 'client' in given && 'raw' in given;
}

/** The SQL of a built query in the words of its database, its values apart. */
export function compileKnex(query: KnexQuery): { readonly sql: string; readonly values: readonly unknown[] } {
  const compiled = query.toSQL() as {
    toNative(): { readonly sql: string; readonly bindings: readonly unknown[] };
  };
  const { sql, bindings } = compiled.toNative();
  return { sql, values: bindings };
}
