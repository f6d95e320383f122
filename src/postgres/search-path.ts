import type { QueryResult } from './connect.ts';
import { quoteIdentifier } from './types.ts';

/**
 * Makes the server's own functions, operators, types and tables the first that a name is looked up among, as they are
 * unless a search path says otherwise, until the transaction ends. All else is found as before, also by what the user's
 * own triggers and functions name. What a function of ours is called with must be of its own types: where it is not,
 * another schema's may fit better, and the call says `pg_catalog`.
 */
export async function ownNamesFirst(query: (sql: string) => Promise<QueryResult>): Promise<void> {
  const { rows } = await query(
    'SELECT pg_catalog.concat(pg_catalog.array_to_json(pg_catalog.current_schemas(false)))',
  );
  const schemas = JSON.parse(String(rows[0]?.[0])) as readonly string[];
  if (schemas.indexOf('pg_catalog') <= 0) return;
  const others = schemas.filter((name) => name !== 'pg_catalog');
  await query(`SET LOCAL search_path = ${others.map(quoteIdentifier).join(', ')}`);
}
