import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, load, postgres, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { freshDatabase } from '../support/postgres.ts';

/** What a load does with a table that is not as the frame is. */

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

describe.each(targets)('$name', ({ target, rows }) => {
  const types = async (): Promise<readonly string[]> => {
    const found = (await rows(
      `SELECT attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END AS line
       FROM pg_attribute WHERE attrelid = 'sales'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`,
    )) as { line: string }[];
    return found.map(({ line }) => line);
  };

  beforeEach(async () => {
    await rows('DROP VIEW IF EXISTS seen');
    await rows('DROP TABLE IF EXISTS sales, rejected, millrace_loads CASCADE');
    await rows('DROP TYPE IF EXISTS size CASCADE');
    await rows('DROP DOMAIN IF EXISTS small_amount CASCADE');
  });

  const wideSchema = {
    id: t.int(),
    name: t.string(),
    price: t.decimal(12, 4),
    at: t.timestamp().nullable(),
    ratio: t.float(),
    extra: t.string().nullable(),
  };
  const wide = session.read.rows(
    [
      {
        id: 3_000_000_000,
        name: 'much longer',
        price: '1.2345',
        at: new Date('2024-05-01T10:00:00.500Z'),
        ratio: 0.1,
        extra: 'x',
      },
      { id: 2, name: 'b', price: '99999999.5', at: null, ratio: 2, extra: null },
    ],
    { schema: wideSchema },
  );
  const narrow =
    'CREATE TABLE sales (id int PRIMARY KEY, name varchar(3), price numeric(6,2), at date, ratio real, shop text NOT NULL)';

  test('freeze lists every difference with the statement that mends it', async () => {
    await rows(narrow);
    const { code, message, details } = await failure(load.postgres(wide, target, { table: 'sales', mode: 'append' }));
    expect(code).toBe('load.column_type');
    expect(message).toContain('the table "public"."sales" and the frame differ in 5 ways');
    const differences = details.differences as { code: string; mend: string }[];
    expect(differences.map(({ code, mend }) => [code, mend])).toEqual([
      ['load.column_type', 'ALTER TABLE "public"."sales" ALTER COLUMN "price" TYPE NUMERIC(12, 4)'],
      ['load.column_type', 'ALTER TABLE "public"."sales" ALTER COLUMN "at" TYPE TIMESTAMP'],
      ['load.column_type', 'ALTER TABLE "public"."sales" ALTER COLUMN "ratio" TYPE DOUBLE PRECISION'],
      ['load.missing_column', 'ALTER TABLE "public"."sales" ADD COLUMN "extra" TEXT'],
      ['load.required_column', 'ALTER TABLE "public"."sales" ALTER COLUMN "shop" DROP NOT NULL'],
    ]);
    for (const { mend } of differences) {
      expect(message).toContain(mend);
      await rows(mend);
    }
    // What stays is values that are too wide: an error with the row, and never other values.
    expect((await failure(load.postgres(wide, target, { table: 'sales', mode: 'append' }))).code).toBe(
      'postgres.value',
    );
    await rows('ALTER TABLE sales ALTER id TYPE bigint, ALTER name TYPE text');
    await load.postgres(wide, target, { table: 'sales', mode: 'append' });
    expect(await rows('SELECT count(*)::int AS n FROM sales')).toEqual([{ n: 2 }]);
  });

  test('evolve adds columns and widens types, in the transaction of the load', async () => {
    await rows(narrow);
    await rows(`INSERT INTO sales VALUES (1, 'old', 1.25, '2024-02-29', 0.5, 'north')`);
    const report = await load.postgres(wide, target, {
      table: 'sales',
      mode: 'upsert',
      key: 'id',
      schemaContract: 'evolve',
    });
    expect(await types()).toEqual([
      'id bigint not null',
      'name text',
      'price numeric(12,4)',
      'at timestamp without time zone',
      'ratio double precision',
      'shop text',
      'extra text',
    ]);
    expect(
      await rows('SELECT id::text, name, price::text, at::text, ratio::text, shop, extra FROM sales ORDER BY id'),
    ).toEqual([
      { id: '1', name: 'old', price: '1.2500', at: '2024-02-29 00:00:00', ratio: '0.5', shop: 'north', extra: null },
      { id: '2', name: 'b', price: '99999999.5000', at: null, ratio: '2', shop: null, extra: null },
      {
        id: '3000000000',
        name: 'much longer',
        price: '1.2345',
        at: '2024-05-01 10:00:00.5',
        ratio: '0.1',
        shop: null,
        extra: 'x',
      },
    ]);
    expect(report.schemaChange).toMatch(/^ALTER TABLE "public"."sales" .*ADD COLUMN "extra" TEXT/);
    // Once it is wide enough, nothing changes.
    const again = await load.postgres(wide, target, {
      table: 'sales',
      mode: 'upsert',
      key: 'id',
      schemaContract: 'evolve',
    });
    expect(again.schemaChange).toBeUndefined();
    expect(again.changes?.unchanged).toBe(2);
  });

  test('a load that fails leaves the table as it was, columns too', async () => {
    await rows(narrow);
    const before = await types();
    const doubled = wide.concat(wide);
    const { code } = await failure(
      load.postgres(doubled, target, { table: 'sales', mode: 'upsert', key: 'id', schemaContract: 'evolve' }),
    );
    expect(code).toBe('load.duplicate_key');
    expect(await types()).toEqual(before);
  });

  test('evolve refuses what is no widening, before anything is written', async () => {
    await rows('CREATE DOMAIN small_amount AS numeric(4,1) CHECK (VALUE >= 0)');
    await rows('CREATE TABLE sales (id text, name jsonb, price small_amount, at timestamptz, ratio bigint)');
    const { details } = await failure(
      load.postgres(wide, target, { table: 'sales', mode: 'append', schemaContract: 'evolve' }),
    );
    expect((details.differences as { message: string }[]).map(({ message }) => message.slice(0, 14))).toEqual([
      'column "id" is',
      'column "name" ',
      'column "price"',
      'column "ratio"',
    ]);
    expect(await types()).not.toContain('extra text');
  });

  test('evolve: what hangs on a column is told, and the table stays', async () => {
    await rows('CREATE TABLE sales (id int, name text)');
    await rows('CREATE VIEW seen AS SELECT id FROM sales');
    const { code, message } = await failure(
      load.postgres(wide.select('id', 'name'), target, { table: 'sales', mode: 'append', schemaContract: 'evolve' }),
    );
    expect([code, message]).toEqual(['load.evolve', expect.stringContaining('view')]);
    expect(await types()).toEqual(['id integer', 'name text']);
  });

  test('a load that was done already changes nothing', async () => {
    const options = { table: 'sales', mode: 'append', loadId: 'one', schemaContract: 'evolve' } as const;
    await load.postgres(wide.select('id'), target, options);
    await rows('ALTER TABLE sales ALTER id TYPE numeric(10)');
    const again = await load.postgres(wide.select('id'), target, options);
    expect([again.alreadyLoaded, again.schemaChange]).toEqual([true, undefined]);
    expect(await types()).toEqual(['id numeric(10,0) not null']);
  });

  test('quarantine puts rows aside that do not fit, each with its column and value', async () => {
    await rows(`CREATE TYPE size AS ENUM ('small', 'large')`);
    await rows(
      'CREATE TABLE sales (id smallint, name varchar(3) NOT NULL, price numeric(6,2), at date, kind size, ref uuid, n int)',
    );
    const good = {
      id: 1,
      name: 'abc',
      price: '1.2300',
      at: new Date('2024-05-01T00:00:00Z'),
      kind: 'small',
      extra: null,
      n: '12',
      ref: '00000000-0000-4000-8000-00000000000a',
    };
    const frame = session.read.rows(
      [
        good,
        { ...good, id: 40_000 },
        { ...good, name: 'abcd' },
        { ...good, name: null },
        { ...good, price: '1.2345' },
        { ...good, price: '99999.00' },
        { ...good, at: new Date('2024-05-01T00:00:01Z') },
        { ...good, kind: 'huge' },
        { ...good, ref: 'nonsense' },
        { ...good, extra: 'x' },
        { ...good, name: 'a\0' },
        { ...good, n: '1.5' },
        { ...good, n: '3000000000' },
        { ...good, id: -32_768, name: '日本語', price: '-9999.99', at: null, kind: null, ref: null, n: null },
      ],
      {
        schema: {
          id: t.int(),
          name: t.string().nullable(),
          price: t.decimal(12, 4),
          at: t.timestamp().nullable(),
          kind: t.string().nullable(),
          extra: t.string().nullable(),
          ref: t.string().nullable(),
          n: t.string().nullable(),
        },
      },
    );
    const report = await load.postgres(frame, target, {
      table: 'sales',
      mode: 'append',
      schemaContract: 'quarantine',
      quarantineTable: 'rejected',
    });
    expect(report.rows).toEqual({ read: 14, filtered: 0, quarantined: 12, written: 2 });
    const aside = await report.quarantine.rows();
    expect(aside.map(({ column, reason }) => [column, reason])).toEqual([
      ['id', expect.stringContaining('smallint')],
      ['name', expect.stringContaining('character varying(3)')],
      ['name', expect.stringContaining('not_null')],
      ['price', expect.stringContaining('numeric(6,2)')],
      ['price', expect.stringContaining('numeric(6,2)')],
      ['at', expect.stringContaining('date')],
      ['kind', expect.stringContaining('size')],
      ['ref', expect.stringContaining('uuid')],
      ['extra', expect.stringContaining('no_such_column')],
      ['name', expect.stringContaining('no_nul_byte')],
      ['n', expect.stringContaining('integer')],
      ['n', expect.stringContaining('integer')],
    ]);
    expect(
      await rows('SELECT id, name, price::text, at::text, kind::text, ref::text, n FROM sales ORDER BY id'),
    ).toEqual([
      { id: -32768, name: '日本語', price: '-9999.99', at: null, kind: null, ref: null, n: null },
      { id: 1, name: 'abc', price: '1.23', at: '2024-05-01', kind: 'small', ref: good.ref, n: 12 },
    ]);
    expect(await rows('SELECT count(*)::int AS n FROM rejected')).toEqual([{ n: 12 }]);
  });

  test('quarantine reads text as strictly as a reader where the column has another type', async () => {
    await rows('CREATE TABLE sales (n bigint, d numeric(4,1), f float8, b boolean, day date, at timestamptz)');
    const schema = { n: t.string(), d: t.string(), f: t.string(), b: t.string(), day: t.string(), at: t.string() };
    const good = { n: '7', d: '1.5', f: '1e3', b: 'true', day: '2024-02-29', at: '2024-02-29T10:00:00Z' };
    const frame = session.read.rows(
      [
        good,
        { ...good, n: '1.5' },
        { ...good, d: '1.55' },
        { ...good, f: 'x' },
        { ...good, b: 'yes' },
        { ...good, day: '2023-02-29' },
        { ...good, at: 'noon' },
      ],
      { schema },
    );
    const report = await load.postgres(frame, target, { table: 'sales', mode: 'append', schemaContract: 'quarantine' });
    expect((await report.quarantine.rows()).map(({ column }) => column)).toEqual(['n', 'd', 'f', 'b', 'day', 'at']);
    expect(
      await rows(
        `SELECT n::text, d::text, f::text, b::text, day::text, (at AT TIME ZONE 'UTC')::text AS at FROM sales`,
      ),
    ).toEqual([{ n: '7', d: '1.5', f: '1000', b: 'true', day: '2024-02-29', at: '2024-02-29 10:00:00' }]);
  });

  test('a NUL byte in a text is refused with its column, or put aside', async () => {
    const frame = session.read.rows(
      [
        { id: 1, a: 'x', b: 'y\0z' },
        { id: 2, a: 'x', b: 'y' },
      ],
      {
        schema: { id: t.int(), a: t.string(), b: t.string() },
      },
    );
    const { code, message, details } = await failure(load.postgres(frame, target, { table: 'sales', mode: 'append' }));
    expect([code, details.column]).toEqual(['postgres.value', 'b']);
    expect(message).toContain('stands in "b" (1 row)');
    const options = {
      table: 'sales',
      mode: 'append',
      schemaContract: 'quarantine',
      quarantineTable: 'rejected',
    } as const;
    const report = await load.postgres(frame, target, options);
    expect(report.rows).toEqual({ read: 2, filtered: 0, quarantined: 1, written: 1 });
    expect((await report.quarantine.rows())[0]?.value).toBe('y\0z');
    expect(await rows('SELECT "column", value FROM rejected')).toEqual([{ column: 'b', value: 'y␀z' }]);
    await load.postgres(
      frame.withColumns((r) => ({ b: r.b.replace('\0', '') })),
      target,
      { table: 'sales', mode: 'replace' },
    );
    expect(await rows('SELECT b FROM sales ORDER BY id')).toEqual([{ b: 'yz' }, { b: 'y' }]);
  });

  test('what no row can mend is refused as ever', async () => {
    await rows('CREATE TABLE sales (id jsonb, shop text NOT NULL)');
    const frame = wide.select('id');
    const refused = load.postgres(frame, target, { table: 'sales', mode: 'append', schemaContract: 'quarantine' });
    const { details } = await failure(refused);
    expect((details.differences as { code: string }[]).map(({ code }) => code)).toEqual([
      'load.column_type',
      'load.required_column',
    ]);
  });

  test('inside the database, too', async () => {
    const within = createSession({ engine: postgres(target) });
    const frame = within.read.rows(
      [
        { id: 1, extra: null },
        { id: 70_000, extra: null },
        { id: 2, extra: 'x' },
      ],
      {
        schema: { id: t.int(), extra: t.string().nullable() },
      },
    );
    await rows('CREATE TABLE sales (id smallint)');
    const put = await load.postgres(frame, target, { table: 'sales', mode: 'append', schemaContract: 'quarantine' });
    expect(put.rows).toEqual({ read: 3, filtered: 0, quarantined: 2, written: 1 });
    const report = await load.postgres(frame, target, { table: 'sales', mode: 'append', schemaContract: 'evolve' });
    expect(report.schemaChange).toBe(
      'ALTER TABLE "public"."sales" ADD COLUMN "extra" TEXT, ALTER COLUMN "id" TYPE BIGINT',
    );
    expect(await rows('SELECT id::text, extra FROM sales ORDER BY id, extra')).toEqual([
      { id: '1', extra: null },
      { id: '1', extra: null },
      { id: '2', extra: 'x' },
      { id: '70000', extra: null },
    ]);
    await within.close();
  });
});

test('a contract that there is not', async () => {
  const frame = session.read.rows([{ id: 1 }], { schema: { id: t.int() } });
  const options = { table: 'sales', mode: 'append', schemaContract: 'grow' };
  const error = await failure(load.postgres(frame, pool, options as never));
  expect([error.code, error.message]).toEqual([
    'load.option',
    `load.postgres: schemaContract is "grow". Give one of 'freeze', 'evolve', 'quarantine'.`,
  ]);
});
