import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSession, type LoadReport, load, postgres, t } from '../../../src/index.ts';
import { failure } from '../../support/failure.ts';
import { freshDatabase } from '../../support/postgres.ts';

const database = await freshDatabase();
const other = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 4 });
const pglite = new PGlite();
const session = createSession({ threads: 2 });
const { read } = session;
const folder = mkdtempSync(join(tmpdir(), 'millrace-incremental-'));
let file = '';
let files = 0;

for (const setting of [`timezone = 'America/New_York'`, `datestyle = 'SQL, DMY'`]) {
  await pool.query(`ALTER DATABASE "${database.name}" SET ${setting}`);
}
await pglite.exec(`SET timezone = 'America/New_York'; SET datestyle = 'SQL, DMY'`);

beforeEach(() => {
  files += 1;
  file = join(folder, `state-${files}.json`);
});
afterAll(async () => {
  await session.close();
  await pool.end();
  await pglite.close();
  await database.drop();
  await other.drop();
  rmSync(folder, { recursive: true, force: true });
});

const schema = { id: t.int(), updated_at: t.timestamp(), status: t.string() };
const incremental = { name: 'orders', cursor: 'updated_at', start: '2024-01-01', key: 'id' } as const;
const upsert = { table: 'orders_copy', mode: 'upsert', key: 'id' } as const;

const databases = [
  {
    name: 'a url',
    connection: database.url,
    query: async (sql: string) => (await pool.query(sql)).rows as Record<string, unknown>[],
  },
  {
    name: 'a Pool',
    connection: pool,
    query: async (sql: string) => (await pool.query(sql)).rows as Record<string, unknown>[],
  },
  {
    name: 'a PGlite',
    connection: pglite,
    query: async (sql: string) => (await pglite.query(sql)).rows as Record<string, unknown>[],
  },
] as const;

describe.each(databases)('$name', ({ connection, query }) => {
  beforeEach(async () => {
    await query(`CREATE TABLE orders (id int PRIMARY KEY, updated_at timestamptz, status text NOT NULL)`);
    await query(
      `INSERT INTO orders VALUES (1, '2023-12-31T23:59:59.999999Z', 'old'), (2, '2024-01-01T00:00:00Z', 'new'), (3, '2024-01-02T08:30:00.000001Z', 'new')`,
    );
  });
  afterEach(async () => {
    for (const table of ['orders', 'orders_copy', 'orders_other', 'millrace_state', 'millrace_loads']) {
      await query(`DROP TABLE IF EXISTS ${table}`);
    }
  });

  const copied = async (): Promise<string[]> =>
    (await query('SELECT id, status FROM orders_copy ORDER BY id')).map(({ id, status }) => `${id} ${status}`);

  describe.each([
    { place: 'the target', stateOf: () => connection, saved: 'with the load' },
    { place: 'a file', stateOf: () => file, saved: 'after the load' },
  ] as const)('state in $place', ({ stateOf, saved }) => {
    test('goes on from where the last load ended, and leaves out what it loaded', async () => {
      const orders = read.sql(connection, 'SELECT * FROM orders', {
        schema,
        incremental: { ...incremental, state: stateOf() },
      });
      const append = { table: 'orders_copy', mode: 'append' } as const;

      const first = await load.postgres(orders, connection, append);
      expect(first.rows).toEqual({ read: 2, filtered: 0, quarantined: 0, written: 2 });
      expect(first.incremental).toEqual([
        {
          name: 'orders',
          from: '2024-01-01T00:00:00.000000Z',
          to: '2024-01-02T08:30:00.000001Z',
          rows: 2,
          removed: 0,
          saved,
        },
      ]);

      await query(`UPDATE orders SET status = 'paid', updated_at = '2024-01-03T00:00:00Z' WHERE id = 2`);
      await query(`INSERT INTO orders VALUES (4, '2024-01-02T08:30:00.000001Z', 'same instant')`);
      await orders.refresh();
      const second = await load.postgres(orders, connection, append);
      expect(second.rows).toEqual({ read: 2, filtered: 0, quarantined: 0, written: 2 });
      expect(second.incremental).toEqual([
        {
          name: 'orders',
          from: '2024-01-02T08:30:00.000001Z',
          to: '2024-01-03T00:00:00.000000Z',
          rows: 2,
          removed: 1,
          saved,
        },
      ]);
      expect(await copied()).toEqual(['2 new', '2 paid', '3 new', '4 same instant']);

      await orders.refresh();
      const third = await load.postgres(orders, connection, append);
      expect(third.rows).toEqual({ read: 0, filtered: 0, quarantined: 0, written: 0 });
      expect(third.incremental?.[0]).toMatchObject({ rows: 0, removed: 1, to: '2024-01-03T00:00:00.000000Z' });
    });

    test('rows that an earlier attempt appended are not appended again where that can be known', async () => {
      const orders = read.sql(connection, 'SELECT * FROM orders', {
        schema,
        incremental: { ...incremental, state: stateOf() },
      });
      await load.postgres(orders, connection, { table: 'orders_copy', mode: 'append' });
      const again = load.postgres(orders, connection, { table: 'orders_copy', mode: 'append' });
      if (saved === 'with the load') expect((await failure(again)).code).toBe('incremental.already_loaded');
      else await again;
      const written = saved === 'with the load' ? 2 : 4;
      expect(await copied()).toHaveLength(written);
      // Another target takes the same rows.
      const other = await load.postgres(orders, connection, { table: 'orders_other', mode: 'append' });
      expect(other.rows.written).toBe(2);
    });

    test('a run that is only read, fails or is aborted saves nothing', async () => {
      const orders = read.sql(connection, 'SELECT * FROM orders', {
        schema,
        incremental: { ...incremental, state: stateOf() },
      });
      const none = async (): Promise<void> => {
        expect(existsSync(file)).toBe(false);
        expect(await query(`SELECT to_regclass('millrace_state')::text AS found`)).toEqual([{ found: null }]);
      };
      expect(await orders.count()).toBe(2);
      expect((await orders.sort('id').rows()).map(({ id }) => id)).toEqual([2, 3]);
      await none();
      await query(`CREATE TABLE orders_copy (id int PRIMARY KEY, updated_at timestamptz, status text CHECK (id < 3))`);
      expect((await failure(load.postgres(orders, connection, upsert))).code).toBe('postgres.constraint');
      await none();
      const aborted = new AbortController();
      aborted.abort(new Error('enough'));
      await expect(load.postgres(orders, connection, { ...upsert, signal: aborted.signal })).rejects.toThrow('enough');
      await none();
      await query(`DROP TABLE orders_copy`);
      await load.postgres(orders, connection, upsert);
      expect(await copied()).toEqual(['2 new', '3 new']);
    });

    test('the greatest cursor is that of all rows that were read', async () => {
      const options = { schema, incremental: { ...incremental, state: stateOf() } };
      const some = read.sql(connection, 'SELECT * FROM orders', options).filter((r) => r.id.lt(3));
      const report = await load.postgres(some, connection, upsert);
      expect(report.rows).toEqual({ read: 2, filtered: 1, quarantined: 0, written: 1 });
      expect(report.incremental?.[0]?.to).toBe('2024-01-02T08:30:00.000001Z');
      expect(await read.sql(connection, 'SELECT * FROM orders', options).count()).toBe(0);
    });

    test('a replay of a loadId saves nothing', async () => {
      const orders = read.sql(connection, 'SELECT * FROM orders', {
        schema,
        incremental: { ...incremental, state: stateOf() },
      });
      await load.postgres(orders, connection, { ...upsert, loadId: 'monday' });
      await query(`INSERT INTO orders VALUES (5, '2024-02-01T00:00:00Z', 'later')`);
      await orders.refresh();
      const again = await load.postgres(orders, connection, { ...upsert, loadId: 'monday' });
      expect(again.alreadyLoaded).toBe(true);
      expect(again.incremental?.[0]?.saved).toBe('no');
      await orders.refresh();
      const tuesday = await load.postgres(orders, connection, { ...upsert, loadId: 'tuesday' });
      expect(tuesday.rows.written).toBe(1);
    });

    test('two sources in one load are saved both', async () => {
      const of = (name: string) =>
        read.sql(connection, 'SELECT * FROM orders', {
          schema,
          incremental: { ...incremental, name, state: name === 'left' ? stateOf() : join(folder, `${files}-b.json`) },
        });
      const [left, right] = [of('left'), of('right')];
      const report = await load.postgres(left.concat(right), connection, { table: 'orders_copy', mode: 'append' });
      expect(report.incremental?.map(({ name, rows, saved }) => ({ name, rows, saved }))).toEqual([
        { name: 'left', rows: 2, saved },
        { name: 'right', rows: 2, saved: 'after the load' },
      ]);
      await Promise.all([left.refresh(), right.refresh()]);
      expect([await left.count(), await right.count()]).toEqual([0, 0]);
    });

    test('a materialized frame saves what it was made of', async () => {
      const options = { schema, incremental: { ...incremental, state: stateOf() } };
      {
        await using kept = await read.sql(connection, 'SELECT * FROM orders', options).materialize();
        expect((await load.postgres(kept, connection, upsert)).incremental?.[0]?.saved).toBe(saved);
      }
      expect(await read.sql(connection, 'SELECT * FROM orders', options).count()).toBe(0);
    });

    test('a load that another overtook is refused', async () => {
      const options = { schema, incremental: { ...incremental, state: stateOf() } };
      const [one, two] = [0, 1].map(() => read.sql(connection, 'SELECT * FROM orders', options));
      await one?.count();
      if (one === undefined || two === undefined) throw new Error('two frames');
      await load.postgres(two, connection, { table: 'orders_copy', mode: 'append' });
      const late = await failure(load.postgres(one, connection, { table: 'orders_copy', mode: 'append' }));
      // What is in the same database is rolled back; after a commit it can only be said.
      expect(late.code).toBe(saved === 'with the load' ? 'incremental.conflict' : 'incremental.not_saved');
      if (saved === 'with the load') expect(await copied()).toEqual(['2 new', '3 new']);
    });
  });

  test('a window reads a part again, and leaves the state alone', async () => {
    const options = { ...incremental, state: connection };
    const orders = read.sql(connection, 'SELECT * FROM orders', { schema, incremental: options });
    await load.postgres(orders, connection, upsert);
    const before = await query('SELECT state FROM millrace_state');
    const window = { from: '2023-01-01', to: '2024-01-02T08:30:00.000001Z' };
    const part = read.sql(connection, 'SELECT * FROM orders', { schema, incremental: { ...options, window } });
    const report = await load.postgres(part, connection, upsert);
    expect(report.incremental).toEqual([
      {
        name: 'orders',
        from: '2023-01-01T00:00:00.000000Z',
        to: '2024-01-02T08:30:00.000001Z',
        rows: 2,
        removed: 0,
        saved: 'no',
      },
    ]);
    expect(await copied()).toEqual(['1 old', '2 new', '3 new']);
    expect(await query('SELECT state FROM millrace_state')).toEqual(before);
  });

  test('rows without a cursor stop the run, are loaded once, or go to quarantine', async () => {
    await query(`INSERT INTO orders VALUES (9, NULL, 'no time')`);
    const nullable = { ...schema, updated_at: t.timestamp().nullable() };
    const of = (nulls: 'error' | 'include' | 'quarantine') =>
      read.sql(connection, 'SELECT * FROM orders', {
        schema: nullable,
        incremental: { ...incremental, name: nulls, nulls, state: connection },
      });
    const refused = await failure(of('error').count());
    expect(refused.code).toBe('incremental.null_cursor');
    expect(refused.message).toContain('"updated_at"');

    const included = of('include');
    expect((await load.postgres(included, connection, upsert)).rows.written).toBe(3);
    await included.refresh();
    expect(await included.count()).toBe(0);

    const aside = of('quarantine');
    const report = await load.postgres(aside, connection, upsert);
    expect(report.rows).toEqual({ read: 3, filtered: 0, quarantined: 1, written: 0 });
    expect((await report.quarantine.rows())[0]).toMatchObject({ column: 'updated_at', value: null });
  });

  test.each([
    { type: 'int', below: '-5', column: t.int(), values: ['1', '2', '10'], start: 2, lag: 1, from: '9', to: '10' },
    {
      type: 'bigint',
      below: '-5',
      column: t.bigint(),
      values: ['1', '2', '9007199254740993'],
      start: 2n,
      lag: 2,
      from: '9007199254740991',
      to: '9007199254740993',
    },
    {
      type: 'numeric(12, 2)',
      below: '-5.01',
      column: t.decimal(12, 2),
      values: ['0.10', '0.20', '10.05'],
      start: '0.2',
      lag: '0.10',
      from: '9.95',
      to: '10.05',
    },
    {
      type: 'date',
      below: `'2023-12-01'`,
      column: t.date(),
      values: [`'2024-01-01'`, `'2024-01-02'`, `'2024-03-01'`],
      start: '2024-01-02',
      lag: { days: 1 },
      from: '2024-02-29',
      to: '2024-03-01',
    },
    {
      type: 'timestamp',
      below: `'2024-10-01 00:00'`,
      column: t.timestamp({ timeZone: 'America/New_York' }),
      values: [`'2024-11-03 00:30'`, `'2024-11-03 01:30'`, `'2024-11-03 03:00'`],
      start: '2024-11-03T05:30:00Z',
      lag: { hours: 1 },
      from: '2024-11-03T07:00:00.000000Z',
      to: '2024-11-03T08:00:00.000000Z',
    },
    {
      type: 'text',
      below: `'A'`,
      column: t.string(),
      values: [`'a'`, `'B'`, `'ä'`],
      start: 'B',
      lag: undefined,
      from: 'ä',
      to: 'ä',
    },
  ] as const)('a cursor that is $type', async ({ type, below, column, values, start, lag, from, to }) => {
    await query('DROP TABLE IF EXISTS events');
    await query(`CREATE TABLE events (id int, at ${type}, what text)`);
    // Were it sent, it would be a bad row.
    await query(`INSERT INTO events VALUES (5, ${below}, NULL)`);
    for (const [i, value] of values.entries()) await query(`INSERT INTO events VALUES (${i}, ${value}, 'event')`);
    const events = read.sql(connection, 'SELECT * FROM events WHERE id >= $1', {
      schema: { id: t.int(), at: column, what: t.string() },
      values: [0],
      incremental: {
        name: `events ${type}`,
        cursor: 'at',
        start,
        key: 'id',
        state: file,
        ...(lag === undefined ? {} : { lag }),
      },
    });
    const first = await load.json(events, join(folder, 'events.json'), { mode: 'replace' });
    // By their bytes, 'B' is before 'a'.
    expect(first.rows.written).toBe(type === 'text' ? 3 : 2);
    expect(first.incremental?.[0]?.to).toBe(to);
    await query(`INSERT INTO events VALUES (7, ${values[2]}, 'event')`);
    await events.refresh();
    const second = await load.json(events, join(folder, 'events.json'), { mode: 'replace' });
    expect(second.incremental).toEqual([
      { name: `events ${type}`, from, to, rows: 1, removed: 1, saved: 'after the load' },
    ]);
    await query('DROP TABLE events');
  });

  test('the database as the engine reads on, too', async () => {
    if (typeof connection !== 'string') return expect(typeof connection).toBe('object');
    await using inside = createSession({ engine: postgres(connection) });
    const orders = inside.read.sql(connection, 'SELECT * FROM orders', {
      schema,
      incremental: { ...incremental, state: connection },
    });
    const report: LoadReport = await load.postgres(orders, connection, upsert);
    expect(report.incremental?.[0]).toMatchObject({ rows: 2, saved: 'with the load' });
    await query(`INSERT INTO orders VALUES (5, '2024-02-01T00:00:00Z', 'later')`);
    await orders.refresh();
    const out = await load.json(orders, join(folder, 'orders.json'), { mode: 'replace' });
    expect(out.incremental?.[0]).toMatchObject({ rows: 1, removed: 1, saved: 'after the load' });
    expect(await copied()).toEqual(['2 new', '3 new']);
  });
});
