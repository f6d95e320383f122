import knex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, load, t } from '../../../src/index.ts';
import { failureOf } from '../../support/loads.ts';
import { startMariadb, type TestMariadb } from '../../support/mariadb.ts';
import { expectLoads } from './suite.ts';

/** Knex tells of each connection that ends, which these tests make end. */
const log = { warn() {}, error() {} };
let server: TestMariadb;
let shop: Knex;
const session = createSession({ threads: 2 });
const rows = async (sql: string): Promise<readonly (readonly unknown[])[]> => {
  const [found] = await shop.raw(sql);
  return Array.isArray(found) ? found.map((row: object) => Object.values(row)) : [];
};

beforeAll(async () => {
  server = await startMariadb();
  // Settings that would round, cut and shift values, were they asked.
  const careless = { decimalNumbers: true, dateStrings: false, timezone: 'local' };
  shop = knex({ client: 'mysql2', log, connection: { ...server.connection, ...careless }, pool: { min: 0, max: 4 } });
  await shop.raw(`SET GLOBAL sql_mode = ''`);
});
afterAll(async () => {
  await session.close();
  await shop?.destroy();
  await server?.[Symbol.asyncDispose]();
});

describe('MariaDB', () => {
  expectLoads(() => ({ knex: shop, session, rows, quote: (name) => `\`${name.replaceAll('`', '``')}\`` }));

  const ids = (...given: readonly number[]) =>
    session.read.rows(
      given.map((id) => ({ id, name: `n${id}` })),
      { schema: { id: t.int(), name: t.string() } },
    );

  test('what is too large or too long is refused with its row and column, never cut', async () => {
    await shop.raw('CREATE TABLE items (id TINYINT, name VARCHAR(3))');
    const large = await failureOf(load.sql(ids(1, 200), shop, { table: 'items', mode: 'append' }));
    expect([large.code, large.details]).toMatchObject(['mysql.value', { row: 2, column: 'id' }]);
    const long = session.read.rows([{ id: 1, name: 'abcd' }], { schema: { id: t.int(), name: t.string() } });
    const cut = await failureOf(load.sql(long, shop, { table: 'items', mode: 'append' }));
    expect([cut.code, cut.details]).toMatchObject(['mysql.value', { row: 1, column: 'name' }]);
    // Of blanks the server cuts, with a note that a session may be without.
    const blanks = session.read.rows([{ id: 1, name: 'ab  ' }], { schema: { id: t.int(), name: t.string() } });
    const quiet = knex({
      client: 'mysql2',
      log,
      connection: server.connection,
      pool: {
        min: 0,
        max: 1,
        afterCreate: (connection: { query(sql: string, done: () => void): void }, done: (e: null, c: object) => void) =>
          connection.query('SET SESSION sql_notes = 0', () => done(null, connection)),
      },
    });
    for (const given of [shop, quiet]) {
      const trimmed = await failureOf(load.sql(blanks, given, { table: 'items', mode: 'append' }));
      expect([trimmed.code, trimmed.details]).toMatchObject(['mysql.value', { row: 1 }]);
    }
    await quiet.destroy();
    expect(await rows('SELECT * FROM items')).toEqual([]);
  });

  test('the settings of a connection are those of its owner afterwards', async () => {
    const settings =
      'SELECT @@session.sql_mode, @@session.sql_notes, @@session.time_zone, @@session.autocommit, connection_id()';
    const alone = knex({ client: 'mysql2', log, connection: server.connection, pool: { min: 1, max: 1 } });
    const before = (await alone.raw(settings))[0];
    await load.sql(ids(1), alone, { table: 'items', mode: 'upsert', key: 'id' });
    expect((await alone.raw(settings))[0]).toEqual(before);
    const [temporary] = await alone.raw(
      `SELECT table_name FROM information_schema.tables WHERE table_name LIKE 'millrace_staging%'`,
    );
    expect(temporary).toEqual([]);
    await alone.destroy();
  });

  test('loads into one table take turns, and of one name one is done', async () => {
    const loads = Array.from({ length: 6 }, (_, i) =>
      load.sql(ids(i, i + 1, i + 2), shop, { table: 'items', mode: 'upsert', key: 'id' }),
    );
    await Promise.all(loads);
    expect((await rows('SELECT count(*) FROM items')).flat().map(Number)).toEqual([8]);
    const named = await Promise.all(
      Array.from({ length: 4 }, () => load.sql(ids(100), shop, { table: 'items', mode: 'append', loadId: 'once' })),
    );
    expect(named.filter(({ alreadyLoaded }) => !alreadyLoaded)).toHaveLength(1);
    expect((await rows('SELECT count(*) FROM items WHERE id = 100')).flat().map(Number)).toEqual([1]);
  });

  test('a table without transactions is refused', async () => {
    await shop.raw('CREATE TABLE items (id BIGINT, name TEXT) ENGINE = MyISAM');
    const error = await failureOf(load.sql(ids(1), shop, { table: 'items', mode: 'append' }));
    expect([error.code, error.message]).toEqual(['load.table', expect.stringContaining('ENGINE = InnoDB')]);
  });

  test('a connection that is killed in the middle leaves the rows as they were', async () => {
    await load.sql(ids(1), shop, { table: 'items', mode: 'append' });
    const many = session.read.rows(
      Array.from({ length: 100_000 }, (_, id) => ({ id, name: 'x' })),
      { schema: { id: t.int(), name: t.string() } },
    );
    let killed = false;
    const kill = async (): Promise<void> => {
      const [found] = await shop.raw(
        `SELECT id FROM information_schema.processlist WHERE info LIKE 'INSERT INTO%items%' AND id <> connection_id()`,
      );
      for (const { id } of found) await shop.raw(`KILL ${Number(id)}`).then(() => (killed = true));
    };
    const timer = setInterval(() => void (killed || kill().catch(() => {})), 20);
    const error = await failureOf(load.sql(many, shop, { table: 'items', mode: 'replace' }));
    clearInterval(timer);
    expect([error.code, error.retryable]).toEqual(['mysql.connection_lost', true]);
    expect(await rows('SELECT id FROM items')).toHaveLength(1);
    expect((await load.sql(many, shop, { table: 'items', mode: 'replace' })).rows.written).toBe(100_000);
  });

  test('a password that is wrong says so', async () => {
    const connection = { ...server.connection, password: 'wrong' };
    const stranger = knex({ client: 'mysql2', log, connection });
    const error = await failureOf(load.sql(ids(1), stranger, { table: 'items', mode: 'append' }));
    expect([error.code, error.retryable]).toEqual(['mysql.authentication', false]);
    expect(error.message).toMatch(/^load\.sql: the server cannot be reached: Access denied/);
    await stranger.destroy();
  });
});
