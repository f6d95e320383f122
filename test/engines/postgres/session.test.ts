import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { between, createSession, type DatabaseReaders, load, postgres, type Session, t } from '../../../src/index.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
let session: Session<DatabaseReaders>;
let client: pg.Client;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  await client.query(`
    CREATE TYPE mood AS ENUM ('sad', 'happy');
    CREATE SCHEMA shop;
    CREATE TABLE shop.orders (
      id int PRIMARY KEY, customer text, total numeric(10, 2), placed timestamptz, day date, mood mood, tags text[],
      extra jsonb, big numeric, code char(4), uid uuid, bytes bytea, ratio real
    );
    INSERT INTO shop.orders VALUES
      (1, 'ann', 9.50, '2024-03-31 01:30+00', '2024-03-31', 'sad', '{a,b}', '{"x": 1.50}', 12, 'ab', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '\\x00ff', 0.5),
      (2, 'Bob', NULL, NULL, NULL, NULL, NULL, NULL, 1.5, NULL, NULL, NULL, NULL);
  `);
  session = createSession({ engine: postgres(database.url) });
});
afterAll(async () => {
  await session.close();
  await client.end();
  await database.drop();
});

const schema = {
  id: t.int(),
  customer: t.string(),
  total: t.decimal(10, 2).nullable(),
  placed: t.timestamp().nullable(),
  day: t.date().nullable(),
  mood: t.enum(['sad', 'happy']).nullable(),
  tags: t.list(t.string()).nullable(),
  extra: t.json().nullable(),
  code: t.string().nullable(),
  uid: t.string().nullable(),
  bytes: t.binary().nullable(),
  ratio: t.float().nullable(),
};

describe('a table of the database', () => {
  it('is read where it is, every type of it', async () => {
    const orders = session.read.table('shop.orders', { schema });
    expect(await orders.sort('id').rows()).toEqual([
      {
        id: 1,
        customer: 'ann',
        total: '9.50',
        placed: new Date('2024-03-31T01:30:00Z'),
        day: '2024-03-31',
        mood: 'sad',
        tags: ['a', 'b'],
        extra: { x: 1.5 },
        code: 'ab',
        uid: 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
        bytes: new Uint8Array([0, 255]),
        ratio: 0.5,
      },
      { ...Object.fromEntries(Object.keys(schema).map((name) => [name, null])), id: 2, customer: 'Bob' },
    ]);
    const explained = await orders.filter((r) => r.total.gt(1)).explain();
    expect(explained).not.toContain('moved');
    expect(explained).toContain('FROM (SELECT * FROM "shop"."orders"');
  });

  it('and so is a query of the connection, with values or without', async () => {
    const large = session.read.sql(database.url, 'SELECT id, total FROM shop.orders WHERE total > $1;', {
      schema: { id: t.int(), total: t.decimal(10, 2) },
      values: [5],
    });
    expect(await large.rows()).toEqual([{ id: 1, total: '9.50' }]);
    const ordered = session.read.sql(database.url, 'SELECT id FROM shop.orders ORDER BY id DESC', {
      schema: { id: t.int() },
      ordered: true,
    });
    expect(await ordered.rows()).toEqual([{ id: 2 }, { id: 1 }]);
    expect(
      await ordered
        .groupBy()
        .agg((r) => ({ f: r.id.first() }))
        .rows(),
    ).toEqual([{ f: 2 }]);
  });

  it('is checked where it is read', async () => {
    const strict = session.read.table('shop.orders', { schema: { id: t.int(), total: t.decimal(10, 2) } });
    await expect(strict.rows()).rejects.toMatchObject({ code: 'sql.bad_row', message: /column "total": is null/ });
    const whole = session.read.table('shop.orders', { schema: { big: t.int() } });
    await expect(whole.rows()).rejects.toMatchObject({
      code: 'sql.bad_row',
      message: /column "big": '1.5' is not int/,
    });
    const sad = session.read.table('shop.orders', { schema: { mood: t.enum(['happy']).nullable() } });
    await expect(sad.rows()).rejects.toMatchObject({
      code: 'sql.bad_row',
      message: /column "mood": 'sad' is not enum/,
    });
    const wrong = session.read.table('shop.orders', { schema: { customer: t.int() } });
    await expect(wrong.rows()).rejects.toMatchObject({ code: 'sql.column_type' });
    const aside = session.read.table('shop.orders', { schema: { total: t.decimal(10, 2) }, onBadRow: 'quarantine' });
    expect(await aside.rows()).toEqual([{ total: '9.50' }]);
    expect(await aside.explain()).toContain('moved: sql SELECT * FROM "shop"."orders" -> temporary table');
  });

  it('meets rows from elsewhere, which explain() says are moved', async () => {
    const orders = session.read.table('shop.orders', { schema: { id: t.int(), customer: t.string() } });
    const names = session.read.csv('fixtures/sales.csv', { extraColumns: 'ignore' });
    expect(await names.explain()).toContain('moved: csv fixtures/sales.csv -> temporary table');
    const known = session.read.rows([{ customer: 'Bob', vip: true }], {
      schema: { customer: t.string(), vip: t.boolean() },
    });
    expect(await orders.join(known, { on: ['customer'] }).rows()).toEqual([{ id: 2, customer: 'Bob', vip: true }]);
  });
});

describe('the connection', () => {
  it('of a pool is given up at the end, and the pool goes on', async () => {
    const pool = new pg.Pool({ connectionString: database.url, max: 1 });
    const own = createSession({ engine: postgres(pool) });
    const orders = own.read.table('shop.orders', { schema: { id: t.int() } });
    expect(await orders.count()).toBe(2);
    await own.close();
    await expect(orders.count()).rejects.toMatchObject({ code: 'session.closed' });
    const left = await pool.query('SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = pg_my_temp_schema()');
    expect(left.rows).toEqual([{ n: 0 }]);
    await pool.end();
  });

  it('of a PGlite is its owner’s: settings and tables stay as they were', async () => {
    const lite = new PGlite();
    await lite.exec("SET TimeZone = 'Asia/Tokyo'");
    const own = createSession({ engine: postgres(lite) });
    const frame = own.read.rows([{ at: new Date(0) }], { schema: { at: t.timestamp() } });
    expect(await frame.withColumns((r) => ({ hour: r.at.hour() })).rows()).toEqual([{ at: new Date(0), hour: 0 }]);
    await own.close();
    expect((await lite.query('SHOW TimeZone')).rows).toEqual([{ TimeZone: 'Asia/Tokyo' }]);
    expect((await lite.query(`SELECT relname FROM pg_class WHERE relname LIKE 'millrace%'`)).rows).toEqual([]);
    await lite.close();
  });

  it('leaves no scratch behind a run', async () => {
    const scratch = session.read.sql(
      database.url,
      `SELECT relname FROM pg_class WHERE relname LIKE 'millrace%' AND relkind = 'r'`,
      {
        schema: { relname: t.string() },
      },
    );
    const before = await scratch.count();
    const rows = session.read.rows([{ x: 1 }, { x: 2 }], { schema: { x: t.int() } });
    await expect(rows.check({ x: between(5, 6) }).rows()).rejects.toMatchObject({ code: 'check.failed' });
    await rows.sort('x').impute({ x: 'mean' }).rows();
    await rows.mapBatches((all) => all, { schema: { x: t.int() } }).rows();
    // The rows that were moved stay, once.
    expect(await scratch.count()).toBe(before + 1);
    await rows.refresh();
    expect(await scratch.count()).toBe(before);
  });

  it('a run is stopped by its signal, and the next one runs', async () => {
    const slow = session.read.sql(database.url, 'SELECT pg_sleep(60)::text AS s', { schema: { s: t.string() } });
    const stop = new AbortController();
    const running = slow.rows({ signal: stop.signal });
    setTimeout(() => stop.abort(new Error('enough')), 200);
    await expect(running).rejects.toThrow('enough');
    expect(await session.read.table('shop.orders', { schema: { id: t.int() } }).count()).toBe(2);
  });

  it('outlives rows that the server refuses', async () => {
    const rows = session.read.rows([{ x: 'a' }], { schema: { x: t.string() } });
    const zero = session.read.rows([{ x: 'a\u0000b' }], { schema: { x: t.string() } });
    await expect(zero.count()).rejects.toMatchObject({ code: 'postgres.value' });
    expect(await rows.count()).toBe(1);
  });

  it('that is lost ends the session', async () => {
    const own = createSession({ engine: postgres(database.url) });
    const rows = own.read.rows([{ x: 1 }], { schema: { x: t.int() } });
    expect(await rows.count()).toBe(1);
    await client.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
       WHERE pid <> pg_backend_pid() AND query LIKE '%COMMIT%' AND query_start = (
         SELECT max(query_start) FROM pg_stat_activity WHERE pid <> pg_backend_pid() AND datname = current_database())`,
    );
    await expect(rows.count()).rejects.toMatchObject({ code: 'session.lost' });
    await own.close();
  });

  it('that is none is told without its password', async () => {
    const own = createSession({ engine: postgres('postgres://me:secret@127.0.0.1:1/none') });
    const told = await own.read
      .table('x', { schema: { x: t.int() } })
      .rows()
      .catch((error: Error) => error);
    expect(told).toMatchObject({ code: 'postgres.connection_lost' });
    expect(String(told)).not.toContain('secret');
    await own.close();
  });

  it('names that PostgreSQL would cut off are refused', async () => {
    const long = 'x'.repeat(64);
    const rows = session.read.rows([{ x: 1 }], { schema: { x: t.int() } }).rename({ x: long });
    await expect(
      (rows as unknown as typeof session.read extends never ? never : { rows(): Promise<unknown> }).rows(),
    ).rejects.toMatchObject({
      code: 'compile.long_name',
    });
  });
});

it('a frame of the database is loaded elsewhere, too', async () => {
  const lite = new PGlite();
  const orders = session.read.table('shop.orders', {
    schema: { id: t.int(), total: t.decimal(10, 2).nullable(), ratio: t.float().nullable() },
  });
  const report = await load.postgres(orders, lite, { table: 'orders', mode: 'append' });
  expect(report.rows.written).toBe(2);
  expect((await lite.query('SELECT id::text, total::text FROM orders ORDER BY id')).rows).toEqual([
    { id: '1', total: '9.50' },
    { id: '2', total: null },
  ]);
  await lite.close();
});

describe('what is not run in vain', () => {
  it('reads nothing from elsewhere for a plan that cannot be compiled', async () => {
    // A file that is not there would be an error of its own.
    const absent = session.read.csv('no-such-file.csv', { schema: { id: t.int() } });
    const grouped = absent.groupBy('id').agg((r) => ({ n: r.id.count() }));
    await expect(grouped.dedupe({ by: 'n' }).rows()).rejects.toMatchObject({ code: 'compile.order' });
  });

  it('ends with its signal though a function of mapBatches never answers', async () => {
    const stop = new AbortController();
    const rows = session.read.rows([{ id: 1 }], { schema: { id: t.int() } });
    const mapped = rows.mapBatches(
      () => {
        stop.abort(new Error('enough'));
        return new Promise<never>(() => {});
      },
      { schema: { id: t.int() } },
    );
    await expect(mapped.rows({ signal: stop.signal })).rejects.toThrow('enough');
    expect(await rows.count()).toBe(1);
  });
});

it('takes the limits of the embedded engine that moves what is elsewhere', async () => {
  await using limited = createSession({ engine: postgres(database.url), threads: 0 });
  const moved = limited.read.rows([{ id: 1 }], { schema: { id: t.int() } });
  await expect(moved.count()).rejects.toMatchObject({ code: 'session.option', details: { threads: 0 } });
  const own = limited.read.table('shop.orders', { schema: { id: t.int() } });
  expect(await own.count()).toBe(2);
});
