import type { Pool } from 'pg';
import { type Postgres, type Transaction, transaction } from '../../postgres/connect.ts';
import { postgresError } from '../../postgres/errors.ts';
import { connectionOf } from '../../postgres/url.ts';
import type { Database, Rows, Statement } from './database.ts';
import { storeClosed } from './errors.ts';
import { migration, type Spelling, spelled } from './tables.ts';

const SPELLING: Spelling = {
  serial: 'BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY',
  now: 'CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)',
};

const CALLER = 'The run store';

/** A PostgreSQL: a url, for which connections are kept, a Pool or a PGlite. Files beside it go to `folder`. */
export async function openPostgres(postgres: Postgres, folder: string | undefined): Promise<Database> {
  if (typeof postgres !== 'string') return new PostgresDatabase('in PostgreSQL', postgres, folder);
  const pg = await import('pg');
  const { connectionString, shown } = await connectionOf(postgres, CALLER);
  const pool = new pg.default.Pool({ connectionString, max: 4, allowExitOnIdle: true });
  // An idle connection that dies would otherwise end the process.
  pool.on('error', () => {});
  return new PostgresDatabase(shown, pool, folder, pool);
}

/** Statements as one: a single one, or some that change a table each and give nothing; in which order is not said. */
function asOne(statements: readonly Statement[]): Statement | undefined {
  const [only, ...others] = statements;
  if (only === undefined || others.length === 0) return only;
  const tables = statements.map(({ sql }) => /^(?:INSERT INTO|UPDATE) (\w+)/.exec(sql)?.[1]);
  if (tables.includes(undefined) || new Set(tables).size < tables.length) return undefined;
  if (statements.some(({ sql }) => sql.includes('RETURNING'))) return undefined;
  const parts = statements.map(({ sql }, i) => `s${i} AS (${sql})`);
  return { sql: `WITH ${parts.join(', ')} SELECT 1`, values: statements.flatMap(({ values }) => values) };
}

class PostgresDatabase implements Database {
  readonly name: string;
  readonly folder: string | undefined;
  readonly #postgres: Exclude<Postgres, string>;
  /** Connections of the store's own. */
  readonly #own: Pool | undefined;
  readonly #known = new Map<string, string>();
  #isClosed = false;

  constructor(name: string, postgres: Exclude<Postgres, string>, folder: string | undefined, own?: Pool) {
    this.name = name;
    this.folder = folder;
    this.#postgres = postgres;
    this.#own = own;
  }

  run(statements: readonly Statement[]): Promise<readonly Rows[]> {
    if (this.#isClosed) throw storeClosed(this.name);
    if (this.#own !== undefined) {
      const one = asOne(statements);
      if (one !== undefined) return this.#atOnce(this.#own, one);
    }
    return this.#transaction(async (server) => {
      const results: Rows[] = [];
      for (const { sql, values } of statements) results.push((await server.query(this.#numbered(sql), values)).rows);
      return results;
    });
  }

  migrate(statements: (version: number | undefined) => readonly string[]): Promise<void> {
    return this.#transaction(async (server) => {
      await server.query("SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('millrace_store', 0))");
      const has = await server.query("SELECT pg_catalog.to_regclass('millrace_store')::text");
      const version =
        has.rows[0]?.[0] === null
          ? undefined
          : Number((await server.query('SELECT max(version)::text FROM millrace_store')).rows[0]?.[0]);
      for (const sql of statements(version)) await server.query(sql);
    });
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#own?.end();
  }

  /** One statement, which is a transaction by itself: one way to the server and back instead of five. */
  async #atOnce(pool: Pool, { sql, values }: Statement): Promise<readonly Rows[]> {
    try {
      const { rows } = await pool.query({ text: this.#numbered(sql), values: [...values], rowMode: 'array' });
      return [rows];
    } catch (error) {
      throw postgresError(error, `${CALLER} ${this.name}`);
    }
  }

  #transaction<R>(task: (server: Transaction) => Promise<R>): Promise<R> {
    return transaction(this.#postgres, { caller: `${CALLER} ${this.name}` }, task);
  }

  /** Values by their numbers. */
  #numbered(sql: string): string {
    let own = this.#known.get(sql);
    if (own === undefined) {
      let count = 0;
      own = spelled(sql, SPELLING).replaceAll('?', () => `$${++count}`);
      this.#known.set(sql, own);
    }
    return own;
  }
}

export function postgresMigration(store: string): (version: number | undefined) => readonly string[] {
  return (version) => migration(store, SPELLING, version);
}
