import { createRequire } from 'node:module';
import path from 'node:path';
import knex from 'knex';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, load, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';
import { Libsql } from '../../support/libsql.ts';
import { failureOf } from '../../support/loads.ts';
import { expectLoads } from './suite.ts';

const { folder } = inputFolder();
const filename = path.join(folder, 'shop.db');
const shop = knex({ client: Libsql, connection: { filename }, useNullAsDefault: true });
const session = createSession({ threads: 2 });
afterAll(async () => {
  await session.close();
  await shop.destroy();
});

describe('SQLite', () => {
  expectLoads(() => ({
    knex: shop,
    session,
    quote: (name) => `"${name.replaceAll('"', '""')}"`,
    rows: async (sql) => {
      const Database = createRequire(import.meta.url)('libsql') as new (
        file: string,
      ) => {
        prepare(sql: string): { raw(on: boolean): unknown; all(): unknown[][]; run(): unknown; reader: boolean };
        close(): void;
      };
      const database = new Database(filename);
      try {
        const statement = database.prepare(sql);
        if (/^DROP/.test(sql)) {
          statement.run();
          return [];
        }
        statement.raw(true);
        return statement.all();
      } finally {
        database.close();
      }
    },
  }));

  const one = session.read.rows([{ id: 1 }], { schema: { id: t.int() } });

  test('another that writes is an error that a retry can mend', async () => {
    const other = knex({ client: Libsql, connection: { filename }, useNullAsDefault: true });
    await other.raw('PRAGMA busy_timeout = 50');
    await shop.raw('PRAGMA busy_timeout = 50');
    const transaction = await other.transaction();
    await transaction.raw('CREATE TABLE other (id INTEGER)');
    const error = await failureOf(load.sql(one, shop, { table: 'items', mode: 'append' }));
    expect([error.code, error.retryable]).toEqual(['sqlite.conflict', true]);
    await transaction.rollback();
    await other.destroy();
    expect((await load.sql(one, shop, { table: 'items', mode: 'append' })).rows.written).toBe(1);
  });

  test('a load that fails leaves not even a table', async () => {
    const twice = session.read.rows([{ id: 1 }, { id: 1 }], { schema: { id: t.int() } });
    await failureOf(load.sql(twice, shop, { table: 'made', mode: 'upsert', key: 'id', loadId: 'x' }));
    expect(await shop.raw(`SELECT name FROM sqlite_master WHERE name = 'made'`)).toEqual([]);
  });

  test('what is no Knex of these databases is refused', async () => {
    const pg = knex({ client: 'pg' });
    expect((await failureOf(load.sql(one, pg, { table: 'a', mode: 'append' }))).message).toContain('load.postgres');
    expect((await failureOf(load.sql(one, 'sqlite:x' as never, { table: 'a', mode: 'append' }))).code).toBe(
      'load.target',
    );
    await shop.transaction(async (transaction) => {
      expect((await failureOf(load.sql(one, transaction, { table: 'a', mode: 'append' }))).code).toBe(
        'sql.transaction',
      );
    });
  });
});
