import { createRequire } from 'node:module';
import type { Knex } from 'knex';

const require = createRequire(import.meta.url);
const BetterSqlite = require('knex/lib/dialects/better-sqlite3') as typeof Knex.Client;

/** A client of Knex for a driver with the interface of better-sqlite3, prebuilt. */
export class Libsql extends BetterSqlite {
  _driver(): unknown {
    return require('libsql');
  }
}
