import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, load, postgres, t } from '../../src/index.ts';
import { freshDatabase } from '../support/postgres.ts';

/** What must hold of the table when the rows are in it. */

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 4 });
const pglite = new PGlite();
const session = createSession({ threads: 2 });

afterAll(async () => {
  await session.close();
  await pool.end();
  await pglite.close();
  await database.drop();
});

const targets = [
  { name: 'a Pool', target: pool, rows: async (sql: string) => (await pool.query(sql)).rows as unknown[] },
  { name: 'a PGlite', target: pglite, rows: async (sql: string) => (await pglite.query(sql)).rows as unknown[] },
] as const;

const schema = { id: t.int(), price: t.decimal(8, 2).nullable() };
const sales = session.read.rows(
  [
    { id: 1, price: '1.50' },
    { id: 2, price: '2.00' },
  ],
  { schema },
);

describe.each(targets)('$name', ({ target, rows }) => {
  beforeEach(async () => {
    await rows('DROP TABLE IF EXISTS sales, millrace_loads');
  });

  test('a table that is as expected is loaded', async () => {
    const report = await load.postgres(sales, target, {
      table: 'sales',
      mode: 'append',
      expect: { satisfies: { paid: (r) => r.price.gt(0) }, rowCount: { min: 2, max: 2 } },
    });
    expect(report.rows.written).toBe(2);
  });

  test('rows that were there before are checked too, null being false, and nothing stays of a load that fails', async () => {
    await rows('CREATE TABLE sales (id bigint PRIMARY KEY, price numeric(8,2))');
    await rows('INSERT INTO sales VALUES (8, NULL), (9, -1)');
    const options = { table: 'sales', mode: 'upsert', key: 'id', loadId: 'one' } as const;
    const failing = load.postgres(sales, target, {
      ...options,
      expect: { satisfies: { paid: (r) => r.price.gt(0), known: (r) => r.id.lt(9) }, rowCount: { max: 3 } },
    });
    await expect(failing).rejects.toMatchObject({
      code: 'load.expectation',
      message: expect.stringContaining('2 rows break "paid", 1 row breaks "known", it would have 4 rows'),
      details: {
        broken: [
          { rule: 'paid', rows: 2 },
          { rule: 'known', rows: 1 },
          { rule: 'rowCount', rows: 4 },
        ],
      },
    });
    expect(await rows('SELECT id::int FROM sales ORDER BY id')).toEqual([{ id: 8 }, { id: 9 }]);
    // Its name is free.
    expect((await load.postgres(sales, target, options)).alreadyLoaded).toBe(false);
  });

  test('inside the database, too', async () => {
    const within = createSession({ engine: postgres(target) });
    const frame = within.read.rows([{ id: 1, price: '-1.00' }], { schema });
    const failing = load.postgres(frame, target, {
      table: 'sales',
      mode: 'append',
      expect: { satisfies: { paid: (r) => r.price.gt(0) } },
    });
    await expect(failing).rejects.toMatchObject({ code: 'load.expectation' });
    expect(await rows(`SELECT to_regclass('sales')::text AS found`)).toEqual([{ found: null }]);
    await within.close();
  });
});

test('rules that cannot be checked are refused before anything runs', async () => {
  const refused = (expected: object) =>
    load.postgres(sales, pool, { table: 'sales', mode: 'append', expect: expected as never });
  await expect(refused({})).rejects.toMatchObject({ code: 'load.option' });
  await expect(refused({ rowCount: { min: 3, max: 2 } })).rejects.toMatchObject({ code: 'load.option' });
  await expect(refused({ satisfies: { what: () => true } })).rejects.toMatchObject({
    message: expect.stringContaining('satisfies "what"'),
  });
});
