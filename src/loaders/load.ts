import { loadAll } from './all.ts';
import { loadArrow } from './arrow.ts';
import { loadCsv } from './csv.ts';
import { loadDuckDB } from './duckdb.ts';
import { loadJson } from './json.ts';
import { loadParquet } from './parquet.ts';
import { loadPostgres } from './postgres/load-postgres.ts';
import { loadSql } from './sql/load-sql.ts';

/** What writes a frame somewhere. */
export interface Loaders {
  /** Several targets from one extract, each reported by its name. */
  readonly all: typeof loadAll;
  /** A table of PostgreSQL: by url, a `pg` Pool or a PGlite. */
  readonly postgres: typeof loadPostgres;
  /** A table of MariaDB, MySQL or SQLite, through Knex. */
  readonly sql: typeof loadSql;
  /** A Parquet file, or a folder of them. */
  readonly parquet: typeof loadParquet;
  /** A CSV file. */
  readonly csv: typeof loadCsv;
  /** A JSON array, or a record a line. */
  readonly json: typeof loadJson;
  /** A file of Arrow's IPC format, or a stream. */
  readonly arrow: typeof loadArrow;
  /** A table of a DuckDB file. */
  readonly duckdb: typeof loadDuckDB;
}

/** The loaders. Each runs a frame's plan, writes the result in full or not at all, and reports where every row went. */
export const load: Loaders = {
  all: loadAll,
  postgres: loadPostgres,
  sql: loadSql,
  parquet: loadParquet,
  csv: loadCsv,
  json: loadJson,
  arrow: loadArrow,
  duckdb: loadDuckDB,
};
