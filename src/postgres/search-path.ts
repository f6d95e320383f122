import type { QueryResult } from './connect.ts';
import { quoteIdentifier, type TableName } from './types.ts';

type Query = (sql: string, values?: readonly unknown[]) => Promise<Pick<QueryResult, 'rows'>>;

/**
 * Until the transaction ends, the server's own functions, operators, types and tables are the first that a name is looked
 * up among, as they are unless a search path says otherwise. All else is found as before, also what users' triggers name.
 * Of functions that fit better than the server's this alone is no protection: what is called with values of other types
 * than it takes says `pg_catalog`.
 */
export async function ownNamesFirst(query: Query): Promise<void> {
  const { rows } = await query('SELECT pg_catalog.concat(pg_catalog.array_to_json(pg_catalog.current_schemas(false)))');
  const schemas = JSON.parse(String(rows[0]?.[0])) as readonly string[];
  if (schemas.indexOf('pg_catalog') <= 0) return;
  const others = schemas.filter((name) => name !== 'pg_catalog');
  await query(`SET LOCAL search_path = ${others.map(quoteIdentifier).join(', ')}`);
}

/**
 * The table that a name without a schema means, looked up once: the first of the search path, temporary ones apart, or
 * else where one would be made. Undefined where the path leads nowhere.
 */
export async function placed(
  query: Query,
  { schema, table }: TableName,
): Promise<(TableName & { readonly schema: string }) | undefined> {
  if (schema !== undefined) return { schema, table };
  const { rows } = await query(
    `SELECT coalesce(
       (SELECT n.nspname FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) WITH ORDINALITY AS path(name, at)
        JOIN pg_namespace n ON n.nspname = path.name JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = $1
        ORDER BY path.at LIMIT 1),
       pg_catalog.current_schema())::text`,
    [table],
  );
  const [found] = rows[0] ?? [];
  return typeof found === 'string' ? { schema: found, table } : undefined;
}
