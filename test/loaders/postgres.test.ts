import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, fn, type LoadReport, load, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { freshDatabase } from '../support/postgres.ts';

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 4 });
const pglite = new PGlite();
const session = createSession({ threads: 2 });

beforeAll(async () => {
  await pool.query(`ALTER DATABASE "${database.name}" SET timezone = 'America/New_York'`);
  await pool.query(`ALTER DATABASE "${database.name}" SET datestyle = 'SQL, DMY'`);
});
afterAll(async () => {
  await session.close();
  await pool.end();
  await pglite.close();
  await database.drop();
});

const salesSchema = { sku: t.string(), day: t.date(), quantity: t.int().nullable(), price: t.decimal(8, 2) };
const sales = session.read.rows(
  [
    { sku: 'a', day: '2024-01-01', quantity: 1, price: '1.50' },
    { sku: 'b', day: '2024-01-01', quantity: null, price: '2.00' },
    { sku: 'c', day: '2024-01-02', quantity: 3, price: '10.00' },
  ],
  { schema: salesSchema },
);

const targets = [
  { name: 'a url', target: database.url, rows: async (sql: string) => (await pool.query(sql)).rows as unknown[] },
  { name: 'a Pool', target: pool, rows: async (sql: string) => (await pool.query(sql)).rows as unknown[] },
  { name: 'a PGlite', target: pglite, rows: async (sql: string) => (await pglite.query(sql)).rows as unknown[] },
] as const;

describe.each(targets)('$name', ({ target, rows }) => {
  const skus = async (): Promise<unknown> =>
    rows('SELECT sku, day::text, quantity::int, price::text FROM sales ORDER BY sku');

  beforeEach(async () => {
    await rows('DROP TABLE IF EXISTS sales, rejected, millrace_loads CASCADE');
  });

  test('append makes the table and adds rows', async () => {
    const report = await load.postgres(sales, target, { table: 'sales', mode: 'append' });
    expect(report.rows).toEqual({ read: 3, filtered: 0, quarantined: 0, written: 3 });
    expect(report.bytes).toBe('a\t2024-01-01\t1\t1.50\nb\t2024-01-01\t\\N\t2.00\nc\t2024-01-02\t3\t10.00\n'.length);
    expect(report.alreadyLoaded).toBe(false);
    expect(await report.quarantine.rows()).toEqual([]);
    await load.postgres(
      sales.filter((r) => r.sku.eq('a')),
      target,
      { table: 'public.sales', mode: 'append' },
    );
    expect(await rows('SELECT sku, count(*)::int AS n FROM sales GROUP BY sku ORDER BY sku')).toEqual([
      { sku: 'a', n: 2 },
      { sku: 'b', n: 1 },
      { sku: 'c', n: 1 },
    ]);
  });

  test('the made table has the types of the schema', async () => {
    const schema = {
      i: t.int(),
      big: t.bigint().nullable(),
      f: t.float(),
      d: t.decimal(12, 3),
      s: t.string(),
      e: t.enum(['x', 'y']),
      b: t.boolean(),
      day: t.date(),
      at: t.timestamp(),
      j: t.json(),
      l: t.list(t.int()),
      st: t.struct({ a: t.string() }),
      bin: t.binary(),
      'a "quoted" Name': t.string(),
    };
    const row = {
      i: 1,
      big: 9007199254740993n,
      f: 0.1,
      d: '1.500',
      s: 'tab\tback\\slash\nline',
      e: 'x',
      b: true,
      day: '2024-02-29',
      at: new Date('2024-07-01T12:00:00.123Z'),
      j: { deep: ['\\', '\n'] },
      l: [1, 2],
      st: { a: 'q"' },
      bin: new Uint8Array([0, 255, 92]),
      'a "quoted" Name': '',
    };
    await load.postgres(session.read.rows([row], { schema }), target, { table: 'sales', mode: 'append' });
    const types = await rows(
      `SELECT attname AS name, format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END AS type
       FROM pg_attribute WHERE attrelid = 'sales'::regclass AND attnum > 0 ORDER BY attnum`,
    );
    expect((types as { name: string; type: string }[]).map((column) => `${column.name} ${column.type}`)).toEqual([
      'i bigint not null',
      'big bigint',
      'f double precision not null',
      'd numeric(12,3) not null',
      's text not null',
      'e text not null',
      'b boolean not null',
      'day date not null',
      'at timestamp with time zone not null',
      'j jsonb not null',
      'l jsonb not null',
      'st jsonb not null',
      'bin bytea not null',
      'a "quoted" Name text not null',
    ]);
    expect(
      await rows(
        `SELECT i::text, big::text, f::text, d::text, s, e, b, to_char(day, 'YYYY-MM-DD') AS day, j::text, l::text, st::text,
         to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS at, encode(bin, 'hex') AS bin, "a ""quoted"" Name" AS q FROM sales`,
      ),
    ).toEqual([
      {
        i: '1',
        big: '9007199254740993',
        f: '0.1',
        d: '1.500',
        s: 'tab\tback\\slash\nline',
        e: 'x',
        b: true,
        day: '2024-02-29',
        j: '{"deep": ["\\\\", "\\n"]}',
        l: '[1, 2]',
        st: '{"a": "q\\""}',
        at: '2024-07-01 12:00:00.123000',
        bin: '00ff5c',
        q: '',
      },
    ]);
  });

  test('replace keeps the table, its views and its grants', async () => {
    await load.postgres(sales, target, { table: 'sales', mode: 'append' });
    await rows('CREATE VIEW sales_view AS SELECT count(*)::int AS n FROM sales');
    await rows('GRANT SELECT ON sales TO PUBLIC');
    await load.postgres(
      sales.filter((r) => r.quantity.isNotNull()),
      target,
      { table: 'sales', mode: 'replace' },
    );
    expect(await rows('SELECT n FROM sales_view')).toEqual([{ n: 2 }]);
    expect(
      await rows(
        `SELECT count(*)::int AS n FROM information_schema.role_table_grants WHERE table_name = 'sales' AND grantee = 'PUBLIC'`,
      ),
    ).toEqual([{ n: 1 }]);
  });

  test('replace of a table that others point to', async () => {
    await rows('CREATE TABLE sales (sku text PRIMARY KEY, day date, quantity bigint, price numeric)');
    await rows(`INSERT INTO sales VALUES ('z')`);
    await rows('CREATE TABLE rejected (sku text REFERENCES sales ON DELETE CASCADE)');
    const error = await failure(load.postgres(sales, target, { table: 'sales', mode: 'replace' }));
    expect(error.code).toBe('load.referenced');
    expect(error.message).toContain('rejected');
    await rows('ALTER TABLE rejected DROP CONSTRAINT rejected_sku_fkey');
    await rows('ALTER TABLE rejected ADD FOREIGN KEY (sku) REFERENCES sales');
    await load.postgres(sales, target, { table: 'sales', mode: 'replace' });
    expect(await rows('SELECT sku FROM sales ORDER BY sku')).toEqual([{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }]);
  });

  test('upsert adds and replaces by key', async () => {
    const upsert = (frame: typeof sales): Promise<LoadReport> =>
      load.postgres(frame, target, { table: 'sales', mode: 'upsert', key: ['day', 'sku'] });
    await upsert(sales.filter((r) => r.sku.ne('c')));
    const changed = sales.filter((r) => r.sku.ne('a')).withColumns((r) => ({ quantity: r.quantity.mul(10) }));
    const report = await upsert(changed);
    expect(report.rows).toEqual({ read: 3, filtered: 1, quarantined: 0, written: 1 });
    expect(report.changes).toMatchObject({ inserted: 1, updated: 0, unchanged: 1 });
    expect(await rows('SELECT sku, quantity::int FROM sales ORDER BY sku')).toEqual([
      { sku: 'a', quantity: 1 },
      { sku: 'b', quantity: null },
      { sku: 'c', quantity: 30 },
    ]);
    const index = await rows(`SELECT indexdef FROM pg_indexes WHERE tablename = 'sales'`);
    expect(index).toEqual([{ indexdef: 'CREATE UNIQUE INDEX sales_pkey ON public.sales USING btree (day, sku)' }]);
  });

  test('upsert of nothing but a key', async () => {
    const keys = sales.select('sku');
    const options = { table: 'sales', mode: 'upsert', key: 'sku', loadId: '1' } as const;
    const first = await load.postgres(keys.limit(2), target, options);
    expect(first.rows).toEqual({ read: 3, filtered: 1, quarantined: 0, written: 2 });
    expect(first.changes).toMatchObject({ inserted: 2, unchanged: 0 });
    const second = await load.postgres(keys, target, { ...options, loadId: '2' });
    expect(second.rows).toEqual({ read: 3, filtered: 0, quarantined: 0, written: 1 });
    expect(second.changes).toEqual({ inserted: 1, updated: 0, closed: 0, deleted: 0, unchanged: 2 });
    expect(await rows('SELECT rows::int FROM millrace_loads ORDER BY load_id')).toEqual([{ rows: 2 }, { rows: 1 }]);
    expect(await rows('SELECT sku FROM sales ORDER BY sku')).toEqual([{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }]);
  });

  test('upsert refuses keys that are doubled, null or not unique in the target', async () => {
    const by = (key: 'day' | 'quantity'): Promise<unknown> =>
      load.postgres(sales, target, { table: 'sales', mode: 'upsert', key: [key] });
    const doubled = await failure(by('day'));
    expect(doubled.code).toBe('load.duplicate_key');
    expect(doubled.details).toMatchObject({ count: 2 });
    expect(doubled.message).toMatch(/2 rows have the key \(day = .*2024.*\)/);
    const nulls = await failure(by('quantity'));
    expect(nulls.code).toBe('load.null_key');
    expect(nulls.message).toContain('1 row has no key, such as (quantity = null)');
    expect(await rows(`SELECT to_regclass('sales')::text AS found`)).toEqual([{ found: null }]);
    await rows('CREATE TABLE sales (sku text, day date, quantity bigint, price numeric)');
    const unmatched = await failure(load.postgres(sales, target, { table: 'sales', mode: 'upsert', key: ['sku'] }));
    expect(unmatched.code).toBe('load.no_unique_index');
    await rows('CREATE UNIQUE INDEX ON sales (sku)');
    await load.postgres(sales, target, { table: 'sales', mode: 'upsert', key: ['sku'] });
    expect(await rows('SELECT count(*)::int AS n FROM sales')).toEqual([{ n: 3 }]);
  });

  test('a load of one name is done once', async () => {
    const options = { table: 'sales', mode: 'append', loadId: '2024-01' } as const;
    const reports = [await load.postgres(sales, target, options), await load.postgres(sales, target, options)];
    expect(reports.map((report) => [report.rows.written, report.alreadyLoaded])).toEqual([
      [3, false],
      [0, true],
    ]);
    await load.postgres(sales, target, { ...options, loadId: '2024-02' });
    expect(await rows('SELECT count(*)::int AS n FROM sales')).toEqual([{ n: 6 }]);
    expect(await rows('SELECT load_id, rows::int FROM millrace_loads ORDER BY load_id')).toEqual([
      { load_id: '2024-01', rows: 3 },
      { load_id: '2024-02', rows: 3 },
    ]);
  });

  test('the ledger says what was loaded, when and from what', async () => {
    await load.postgres(sales, target, { table: 'sales', mode: 'append', loadId: 'a' });
    const [row] = (await rows(
      `SELECT run_id, fingerprint, rows::int, started_at < finished_at AS ordered, finished_at <= clock_timestamp() AS past,
         started_at > clock_timestamp() - interval '1 minute' AS recent FROM millrace_loads`,
    )) as Record<string, unknown>[];
    expect(row).toEqual({
      run_id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      fingerprint: expect.stringMatching(/^1:/),
      rows: 3,
      ordered: true,
      past: true,
      recent: true,
    });
  });

  test('a name that is taken is not loaded again, though the plan has changed', async () => {
    const options = { table: 'sales', mode: 'append', loadId: 'a' } as const;
    await load.postgres(sales, target, options);
    const other = await load.postgres(
      sales.filter((r) => r.sku.ne('b')),
      target,
      options,
    );
    expect([other.alreadyLoaded, other.rows.written]).toEqual([true, 0]);
    expect(await rows('SELECT count(*)::int AS n FROM sales')).toEqual([{ n: 3 }]);
  });

  test('a load whose table is gone is done again', async () => {
    const options = { table: 'sales', mode: 'append', loadId: '2024-03' } as const;
    await load.postgres(sales, target, options);
    await rows('DROP TABLE sales');
    const again = await load.postgres(sales, target, options);
    expect([again.rows.written, again.alreadyLoaded]).toEqual([3, false]);
    expect(await skus()).toHaveLength(3);
    expect((await load.postgres(sales, target, options)).alreadyLoaded).toBe(true);
  });

  test('two replacing loads of a table that others point to leave the rows of one', async () => {
    await load.postgres(sales, target, { table: 'sales', mode: 'upsert', key: ['sku'] });
    await rows('CREATE TABLE pointing (sku text REFERENCES sales (sku))');
    const replace = { table: 'sales', mode: 'replace' } as const;
    await Promise.all([load.postgres(sales, target, replace), load.postgres(sales, target, replace)]);
    expect(await skus()).toHaveLength(3);
    await rows('DROP TABLE pointing');
  });

  test('a load that failed under a name can be done under it', async () => {
    await rows(`CREATE TABLE sales (sku text CHECK (sku <> 'b'), day date, quantity bigint, price numeric)`);
    const options = { table: 'sales', mode: 'append', loadId: 'first' } as const;
    await failure(load.postgres(sales, target, options));
    const report = await load.postgres(
      sales.filter((r) => r.sku.ne('b')),
      target,
      options,
    );
    expect(report.rows.written).toBe(2);
  });

  test('rejected rows go to their table in the same transaction', async () => {
    const read = session.read.rows([{ n: 1 }, { n: 1.5 }, { n: 2 }], {
      schema: { n: t.int() },
      onBadRow: 'quarantine',
    });
    const report = await load.postgres(read, target, { table: 'sales', mode: 'append', quarantineTable: 'rejected' });
    expect(report.rows).toEqual({ read: 3, filtered: 0, quarantined: 1, written: 2 });
    expect(await rows('SELECT run_id, source, line::int, "column", value, reason FROM rejected')).toEqual([
      { run_id: report.runId, source: 'rows', line: 2, column: 'n', value: '1.5', reason: 'is not an int' },
    ]);
    expect((await report.quarantine.rows()).map((row) => row.value)).toEqual(['1.5']);
  });

  test('a table that cannot take the rows is refused before anything is written', async () => {
    const refused = async (columns: string): Promise<[string, string]> => {
      await rows('DROP TABLE IF EXISTS sales');
      await rows(`CREATE TABLE sales (${columns})`);
      const { code, message } = await failure(load.postgres(sales, target, { table: 'sales', mode: 'replace' }));
      return [code, message];
    };
    expect(await refused('sku text, "Day" date, quantity bigint, price numeric')).toEqual([
      'load.missing_column',
      expect.stringContaining('has no column "day". Did you mean "Day"?'),
    ]);
    expect(await refused('sku text, day date, quantity bigint, price numeric(8,1)')).toEqual([
      'load.column_type',
      expect.stringContaining('column "price" is decimal(8, 2) and is numeric(8,1) in the table'),
    ]);
    expect(await refused('sku text, day timestamptz, quantity bigint, price numeric')).toEqual([
      'load.column_type',
      expect.stringContaining('"day"'),
    ]);
    expect(await refused('sku text, day date, quantity bigint, price numeric, shop text NOT NULL')).toEqual([
      'load.required_column',
      expect.stringContaining('"shop"'),
    ]);
    expect(await refused('sku text, day date, price numeric, quantity int GENERATED ALWAYS AS (1) STORED')).toEqual([
      'load.column_type',
      expect.stringContaining('is generated by the table'),
    ]);
  });

  test('columns of the table alone take their defaults, and its own types are used', async () => {
    await rows(`CREATE DOMAIN amount AS numeric(10,4) CHECK (VALUE >= 0)`);
    await rows(
      `CREATE TABLE sales (id serial PRIMARY KEY, price amount, sku varchar(3), day date, quantity int, shop text DEFAULT 'north')`,
    );
    await load.postgres(sales.sort('sku'), target, { table: 'sales', mode: 'append' });
    expect(await rows('SELECT id, price::text, sku, quantity, shop FROM sales ORDER BY id')).toEqual([
      { id: 1, price: '1.5000', sku: 'a', quantity: 1, shop: 'north' },
      { id: 2, price: '2.0000', sku: 'b', quantity: null, shop: 'north' },
      { id: 3, price: '10.0000', sku: 'c', quantity: 3, shop: 'north' },
    ]);
    await rows('DROP DOMAIN amount CASCADE');
  });

  test('a constraint names the row, and the target is as it was', async () => {
    await rows('CREATE TABLE sales (sku text, day date, quantity bigint NOT NULL, price numeric)');
    await rows(`INSERT INTO sales VALUES ('z', '2020-01-01', 0, 0)`);
    for (const mode of ['append', 'replace'] as const) {
      const error = await failure(load.postgres(sales, target, { table: 'sales', mode }));
      expect(error.code).toBe('postgres.constraint');
      expect(error.retryable).toBe(false);
      expect(error.details).toMatchObject({ row: 2, column: 'quantity' });
      expect(error.message).toContain('COPY sales, line 2');
      expect(await rows('SELECT sku FROM sales')).toEqual([{ sku: 'z' }]);
    }
    await rows('ALTER TABLE sales ALTER quantity DROP NOT NULL, ADD UNIQUE (sku), ADD CHECK (price < 10)');
    const error = await failure(load.postgres(sales, target, { table: 'sales', mode: 'upsert', key: ['sku'] }));
    expect(error.details).toMatchObject({ constraint: 'sales_price_check' });
    expect(error.message).toContain('Failing row contains (c,');
    expect(await rows('SELECT sku FROM sales')).toEqual([{ sku: 'z' }]);
  });

  test('an error of the engine in the middle', async () => {
    await load.postgres(sales, target, { table: 'sales', mode: 'append' });
    const before = await skus();
    const broken = sales.withColumns((r) => ({ sku: fn.when(r.sku.eq('c'), fn.lit('x')).else(r.sku) }));
    const asNumber = broken.withColumns((r) => ({ quantity: r.sku.parse(t.int()) }));
    const error = await failure(load.postgres(asNumber, target, { table: 'sales', mode: 'replace' }));
    expect(error.code).not.toMatch(/^postgres/);
    expect(await skus()).toEqual(before);
  });

  test('an abort in the middle', async () => {
    await load.postgres(sales, target, { table: 'sales', mode: 'append' });
    const before = await skus();
    await using big = await many(200_000).materialize();
    const stop = new AbortController();
    let told = 0;
    const onProgress = (share: number): void => {
      told = share;
      if (share > 0.1) stop.abort(new Error('enough'));
    };
    const loading = load.postgres(big, target, { table: 'sales', mode: 'replace', signal: stop.signal, onProgress });
    await expect(loading).rejects.toThrow('enough');
    expect(told).toBeLessThan(1);
    expect(await skus()).toEqual(before);
    await load.postgres(sales, target, { table: 'sales', mode: 'replace' });
    expect(await skus()).toEqual(before);
  });
});

/** As many sales, made by the engine. */
function many(count: number): typeof sales {
  const thousand = session.read.rows(
    Array.from({ length: Math.ceil(Math.sqrt(count)) }, (_, i) => ({ i, sku: `sku ${i}`, one: 1 })),
    { schema: { i: t.int(), sku: t.string(), one: t.int() } },
  );
  return thousand
    .join(thousand, { on: ['one'], suffix: '_2' })
    .withColumns((r) => ({
      day: fn.lit('2024-01-01').parse(t.date()),
      quantity: r.i.add(r.i_2),
      price: fn.lit('1.50').parse(t.decimal(8, 2)),
    }))
    .select('sku', 'day', 'quantity', 'price');
}

describe('a server alone', () => {
  beforeEach(async () => {
    await pool.query('DROP TABLE IF EXISTS sales, rejected, millrace_loads CASCADE');
  });

  test('a killed backend leaves the target as it was, and the Pool usable', async () => {
    await load.postgres(sales, pool, { table: 'sales', mode: 'append' });
    await using big = await many(300_000).materialize();
    let killed = 0;
    const onProgress = (share: number): void => {
      if (share < 0.2 || killed > 0) return;
      killed += 1;
      void pool.query(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'COPY%' AND datname = current_database() AND pid <> pg_backend_pid()`,
      );
    };
    const error = await failure(load.postgres(big, pool, { table: 'sales', mode: 'replace', onProgress }));
    expect(killed).toBe(1);
    expect([error.code, error.retryable]).toEqual(['postgres.connection_lost', true]);
    expect((await pool.query('SELECT count(*)::int AS n FROM sales')).rows).toEqual([{ n: 3 }]);
    const report = await load.postgres(big, pool, { table: 'sales', mode: 'replace' });
    expect(report.rows.written).toBe((await pool.query('SELECT count(*)::int AS n FROM sales')).rows[0].n);
  });

  test('two loads of one name at the same time', async () => {
    const options = { table: 'sales', mode: 'append', loadId: 'once' } as const;
    const reports = await Promise.all([1, 2, 3].map(() => load.postgres(sales, database.url, options)));
    expect(reports.map((report) => report.rows.written).sort()).toEqual([0, 0, 3]);
    expect((await pool.query('SELECT count(*)::int AS n FROM sales')).rows).toEqual([{ n: 3 }]);
  });

  test('two loads that make the same table at the same time', async () => {
    const loads = [1, 2, 3].map(() => load.postgres(sales, database.url, { table: 'sales', mode: 'append' }));
    await Promise.all(loads);
    expect((await pool.query('SELECT count(*)::int AS n FROM sales')).rows).toEqual([{ n: 9 }]);
  });

  test('a connection that cannot be made does not tell the password', async () => {
    const wrong = database.url.replace(/:[^:@/]+@/, ':sesame@');
    const error = await failure(load.postgres(sales, wrong, { table: 'sales', mode: 'append' }));
    expect(error.code).toBe('postgres.authentication');
    const closed = await failure(
      load.postgres(sales, 'postgres://me:sesame@127.0.0.1:1/db', { table: 'sales', mode: 'append' }),
    );
    expect(closed.message).toContain('cannot connect to postgres://me@127.0.0.1:1/db');
    expect([closed.code, closed.retryable]).toEqual(['postgres.connection_lost', true]);
    const nonsense = await failure(load.postgres(sales, 'me:sesame@db', { table: 'sales', mode: 'append' }));
    for (const shown of [error, closed, nonsense]) {
      expect(`${shown.stack} ${JSON.stringify(shown)} ${JSON.stringify(shown.cause)}`).not.toContain('sesame');
    }
  });

  test('the process exits, though nothing was closed', async () => {
    const script = `
      import { load, read, t } from ${JSON.stringify(new URL('../../src/index.ts', import.meta.url).href)};
      const schema = { n: t.int() };
      const frame = read.sql(process.argv[1], 'SELECT 1 AS n', { schema });
      console.log((await load.postgres(frame, process.argv[1], { table: 'sales', mode: 'append' })).rows.written);`;
    const flags = ['--import', 'tsx', '--input-type=module', '-e', script, database.url];
    const child = await promisify(execFile)(process.execPath, flags, { timeout: 20_000 });
    expect(child.stdout.trim()).toBe('1');
  });

  test('a schema', async () => {
    await pool.query('CREATE SCHEMA "Own"');
    const options = { table: 'Own.Sales', mode: 'append', loadId: '1', quarantineTable: 'Own.rejected' } as const;
    await load.postgres(sales, pool, options);
    expect((await pool.query('SELECT count(*)::int AS n FROM "Own"."Sales"')).rows).toEqual([{ n: 3 }]);
    expect((await pool.query('SELECT table_name FROM "Own".millrace_loads')).rows).toEqual([
      { table_name: '"Own"."Sales"' },
    ]);
  });

  test('names that PostgreSQL would cut off are refused, since two of them could be one', async () => {
    const long = 'x'.repeat(64);
    const wide = session.read.rows([{ [long]: 1 }], { schema: { [long]: t.int() } });
    for (const loading of [
      load.postgres(sales, pool, { table: long, mode: 'append' }),
      load.postgres(wide, pool, { table: 'wide', mode: 'append' }),
    ]) {
      const error = await failure(loading);
      expect(error.code).toBe('load.long_name');
      expect(error.message).toContain('has 64 bytes, and PostgreSQL keeps 63');
    }
  });

  test('what is asked wrongly', async () => {
    const table = 'sales';
    const unnamed = await failure(load.postgres(sales, pool, { table, mode: 'append', loadId: '' }));
    expect(unnamed.code).toBe('load.load_id');
    // @ts-expect-error: a mode is required
    expect((await failure(load.postgres(sales, pool, { table }))).code).toBe('load.mode');
    // @ts-expect-error: an upsert needs a key
    expect((await failure(load.postgres(sales, pool, { table, mode: 'upsert' }))).code).toBe('load.key');
    // @ts-expect-error: there is no such column
    const misspelt = await failure(load.postgres(sales, pool, { table, mode: 'upsert', key: ['skuu'] }));
    expect(misspelt.message).toContain('Did you mean "sku"?');
    // @ts-expect-error: append has no key
    expect((await failure(load.postgres(sales, pool, { table, mode: 'append', key: ['sku'] }))).code).toBe('load.key');
    // @ts-expect-error: no options
    const bare = await failure(load.postgres(sales, pool));
    expect(bare.code).toBe('load.option');
    expect(bare.message).toContain(
      "{ table: '..', mode: 'append' | 'replace' | 'replace-where' | 'insert-new' | 'upsert' | 'sync' | 'scd2' }",
    );
    // @ts-expect-error: no table
    expect((await failure(load.postgres(sales, pool, { mode: 'append' }))).message).toContain('table is undefined');
    // @ts-expect-error: no target
    expect((await failure(load.postgres(sales, undefined, { table, mode: 'append' }))).code).toBe('load.target');
    // @ts-expect-error: no frame
    expect((await failure(load.postgres([{ sku: 'a' }], pool, { table, mode: 'append' }))).code).toBe('load.frame');
    await load.postgres(sales, pool, { table, mode: 'append' });
    expect((await failure(load.postgres(sales, pool, { table: 'a.b.c', mode: 'append' }))).code).toBe('load.table');
    // @ts-expect-error: no connection
    expect((await failure(load.postgres(sales, {}, { table, mode: 'append' }))).code).toBe('postgres.connection');
    await pool.query('CREATE VIEW sales_view AS SELECT * FROM sales');
    expect((await failure(load.postgres(sales, pool, { table: 'sales_view', mode: 'append' }))).code).toBe(
      'load.table',
    );
  });
});
