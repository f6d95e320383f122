import { MillraceError } from '../../errors.ts';
import type { DatabaseServer } from '../../plan/source.ts';
import { type Postgres, transaction } from '../../postgres/connect.ts';
import { placed } from '../../postgres/search-path.ts';
import { quoteTable } from '../../postgres/types.ts';
import { conflict, mayReplace, type Place, parsed } from './state.ts';

const CALLER = 'incremental';
const TABLE = 'millrace_state';

type Server = Pick<DatabaseServer, 'query'>;

/** States in a table of a PostgreSQL: in a schema, or where the search path of the connection that reads leads. */
export function inDatabase(database: Postgres, schema: string | undefined): Place {
  // Where the state was looked for is where it is saved, whatever the path of the connection that saves it.
  let known = schema;
  const saveIn: Place['saveIn'] = async (server, name, state, before) => {
    known ??= await schemaOf(server);
    const table = tableIn(known);
    await server.query('SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtext($1))', [`millrace ${TABLE}`]);
    // Who may not make tables may write to one that is there.
    if (!(await isThere(server, table))) {
      await server.query(
        `CREATE TABLE ${table} (name text PRIMARY KEY, state jsonb NOT NULL, saved_at timestamptz NOT NULL)`,
      );
    }
    const found = await server.query(`SELECT state ->> 'revision' FROM ${table} WHERE name = $1 FOR UPDATE`, [name]);
    if (!mayReplace(found.rows[0]?.[0], state, before)) throw conflict(name);
    await server.query(
      `INSERT INTO ${table} (name, state, saved_at) VALUES ($1, $2::text::jsonb, now())
       ON CONFLICT (name) DO UPDATE SET state = excluded.state, saved_at = excluded.saved_at`,
      [name, JSON.stringify(state)],
    );
    return found.rows[0]?.[0] === state.revision;
  };
  return {
    database,
    load: (name, options) =>
      transaction(database, { ...options, caller: CALLER, readOnly: true }, async (server) => {
        const place = schema ?? (await schemaOf(server));
        known = place;
        const table = tableIn(place);
        const text = (await isThere(server, table)) ? await stateIn(server, table, name) : undefined;
        if (text !== undefined) return parsed(text, `${table}, ${JSON.stringify(name)}`);
        if (schema === undefined) await refuseElsewhere(server, place, name);
        return undefined;
      }),
    save: async (name, state, before) => {
      await transaction(database, { caller: CALLER }, (server) => saveIn(server, name, state, before));
    },
    saveIn,
  };
}

function tableIn(schema: string): string {
  return quoteTable({ schema, table: TABLE });
}

async function schemaOf(server: Server): Promise<string> {
  const place = await placed(server.query, { schema: undefined, table: TABLE });
  if (place !== undefined) return place.schema;
  throw new MillraceError({
    code: 'incremental.state',
    message: `incremental: no schema of the connection's search_path is there, so that nothing says where ${TABLE} is. Say state: { database, schema }.`,
  });
}

async function isThere(server: Server, table: string): Promise<boolean> {
  const { rows } = await server.query('SELECT pg_catalog.to_regclass($1::text)::text', [table]);
  return rows[0]?.[0] !== null;
}

async function stateIn(server: Server, table: string, name: string): Promise<string | undefined> {
  const { rows } = await server.query(`SELECT state::text FROM ${table} WHERE name = $1`, [name]);
  return rows[0] === undefined ? undefined : String(rows[0][0]);
}

/** Refuses to begin anew where a state of the name stands in a schema to which the search path does not lead. */
async function refuseElsewhere(server: Server, schema: string, name: string): Promise<void> {
  const { rows } = await server.query(
    `SELECT n.nspname::text FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
     WHERE c.relname = $1 AND c.relkind = 'r' AND n.nspname <> $2
       AND pg_catalog.has_schema_privilege(n.oid, 'USAGE') AND pg_catalog.has_table_privilege(c.oid, 'SELECT')
       AND (SELECT count(*) FROM pg_catalog.pg_attribute a
            WHERE a.attrelid = c.oid AND a.attname IN ('name', 'state', 'saved_at') AND a.attnum > 0 AND NOT a.attisdropped) = 3
     ORDER BY n.nspname`,
    [TABLE, schema],
  );
  const others: string[] = [];
  for (const [other] of rows) {
    if ((await stateIn(server, tableIn(String(other)), name)) !== undefined) others.push(String(other));
  }
  const [first] = others;
  if (first === undefined) return;
  const list = others.map((other) => tableIn(other)).join(', ');
  throw new MillraceError({
    code: 'incremental.state_elsewhere',
    message: `incremental: the state of ${JSON.stringify(name)} stands in ${list}, and this connection's search_path leads to ${tableIn(schema)}, where there is none. Say state: { database, schema: ${JSON.stringify(first)} } to read on from there, or schema: ${JSON.stringify(schema)} to begin at start.`,
    details: { name, schemas: others, searched: schema },
  });
}
