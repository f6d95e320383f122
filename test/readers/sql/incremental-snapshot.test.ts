import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeEach, expect, test } from 'vitest';
import { createSession, load, MillraceError, t } from '../../../src/index.ts';
import { freshDatabase } from '../../support/postgres.ts';

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 6 });
const session = createSession({ threads: 2 });

beforeEach(async () => {
  await pool.query('DROP TABLE IF EXISTS orders, copied, millrace_state');
  await pool.query('CREATE TABLE orders (id int PRIMARY KEY, at timestamptz DEFAULT now())');
});
afterAll(async () => {
  await session.close();
  await pool.end();
  await database.drop();
});

const ids = async (): Promise<unknown[]> =>
  (await pool.query('SELECT id FROM copied ORDER BY id')).rows.map(({ id }) => Number(id));

test.each([
  { snapshot: true, found: [1, 2, 3] },
  { snapshot: false, found: [2, 3] },
])('a transaction that commits late, with snapshot: $snapshot', async ({ snapshot, found }) => {
  const orders = session.read.sql(pool, 'SELECT * FROM orders', {
    schema: { id: t.int(), at: t.timestamp() },
    incremental: { name: 'orders', cursor: 'at', start: '2024-01-01', key: 'id', state: pool, snapshot },
  });
  const run = async (): Promise<void> => {
    await orders.refresh();
    await load.postgres(orders, pool, { table: 'copied', mode: 'append' });
  };
  const late = await pool.connect();
  try {
    await late.query('BEGIN');
    // It takes its time now, longer ago than what is allowed for, and is seen by none yet.
    await late.query(`INSERT INTO orders VALUES (1)`);
    await new Promise((resolve) => setTimeout(resolve, 5_500));
    await pool.query('INSERT INTO orders VALUES (2)');
    await run();
    expect(await ids()).toEqual([2]);
    await late.query('COMMIT');
  } finally {
    late.release();
  }
  await pool.query('INSERT INTO orders VALUES (3)');
  await run();
  expect(await ids()).toEqual(found);
  await run();
  expect(await ids()).toEqual(found);
});

test('a role that may not see the others, and a cursor of another kind, are told', async () => {
  await pool.query(`DROP ROLE IF EXISTS millrace_blind`);
  await pool.query(`CREATE ROLE millrace_blind LOGIN PASSWORD 'blind'`);
  const url = new URL(database.url);
  url.username = 'millrace_blind';
  url.password = 'blind';
  const options = { name: 'orders', cursor: 'at', start: '2024-01-01', key: 'id', state: pool } as const;
  const schema = { id: t.int(), at: t.timestamp() };
  const other = await pool.connect();
  try {
    await other.query('BEGIN');
    await other.query(`GRANT SELECT ON orders TO millrace_blind`);
    const blind = session.read.sql(url.href, 'SELECT * FROM orders', {
      schema,
      incremental: { ...options, snapshot: true },
    });
    const error = await blind.count().then(
      () => undefined,
      (reason: unknown) => reason as MillraceError,
    );
    expect(error?.code).toBe('incremental.snapshot');
    expect(error?.message).toContain('GRANT pg_read_all_stats');
  } finally {
    await other.query('ROLLBACK');
    other.release();
    await pool.query('DROP ROLE millrace_blind');
  }
  const make = (): unknown =>
    session.read.sql(pool, 'SELECT * FROM orders', {
      schema,
      incremental: { ...options, cursor: 'id', start: 1, snapshot: true },
    });
  expect(make).toThrow(MillraceError);
  expect(make).toThrow('a cursor that is a timestamp');
});

test('a PGlite', async () => {
  const shop = new PGlite();
  await shop.exec(`CREATE TABLE orders (id int, at timestamptz); INSERT INTO orders VALUES (1, now())`);
  const orders = session.read.sql(shop, 'SELECT * FROM orders', {
    schema: { id: t.int(), at: t.timestamp() },
    incremental: { name: 'orders', cursor: 'at', start: '2024-01-01', key: 'id', state: shop, snapshot: true },
  });
  for (const removed of [0, 1]) {
    const report = await load.postgres(orders, shop, { table: 'copied', mode: 'append' });
    expect(report.incremental?.[0]).toMatchObject({ rows: 1 - removed, removed, saved: 'with the load' });
    await orders.refresh();
  }
  await shop.close();
});
