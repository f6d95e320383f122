import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { type LoadReport, load, read, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { type LoadPlace, loadPlaces } from '../support/loads.ts';
import { freshDatabase } from '../support/postgres.ts';
import { everyDtype, randomRows } from '../support/random-tables.ts';

const { places, pool, close } = await loadPlaces();
afterAll(close);

const schema = { id: t.int(), price: t.decimal(8, 2), name: t.string().nullable() };
const rows = [
  { id: 1, price: '1.10', name: 'a' },
  { id: 2, price: '2.20', name: null },
  { id: 3, price: '3.30', name: 'c' },
];
const run = ({ target }: LoadPlace, sql: string): Promise<unknown> =>
  target instanceof PGlite ? target.exec(sql) : (target as pg.Pool).query(sql);
const frameOf = ({ session }: LoadPlace, given: readonly object[] = rows) =>
  session.read.rows(given as Record<string, unknown>[], { schema });
const unequal = async (report: LoadReport, key?: string): Promise<readonly string[]> => {
  const found = await report.reconcile(key === undefined ? {} : { key });
  const names = found.columns.filter(({ equal }) => !equal).map(({ name }) => name);
  return [...(found.rows.equal ? [] : ['rows']), ...names];
};

describe.each(places)('$name', (place) => {
  const { target } = place;
  beforeEach(() => run(place, 'DROP TABLE IF EXISTS sold, millrace_loads'));

  it.each<[string, string, readonly string[]]>([
    ['a changed value', `UPDATE sold SET price = 3.31 WHERE id = 3`, ['rows', 'price']],
    ['a value that became null', `UPDATE sold SET name = NULL WHERE id = 1`, ['rows', 'name']],
    ['a null that became an empty text', `UPDATE sold SET name = '' WHERE id = 2`, ['rows', 'name']],
    ['a lost row', 'DELETE FROM sold WHERE id = 3', ['rows', 'id', 'price', 'name']],
    ['a doubled row', 'INSERT INTO sold SELECT * FROM sold WHERE id = 3', ['rows', 'id', 'price', 'name']],
    [
      'two values that changed their rows',
      `UPDATE sold SET price = CASE id WHEN 1 THEN 3.30 ELSE 1.10 END WHERE id IN (1, 3)`,
      ['rows'],
    ],
    ['nothing, where rows have moved', `UPDATE sold SET name = name`, []],
  ])('tells %s', async (_, change, expected) => {
    const report = await load.postgres(frameOf(place), target, { table: 'sold', mode: 'replace' });
    expect(await unequal(report)).toEqual([]);
    await run(place, change);
    expect(await unequal(report)).toEqual(expected);
  });

  it('append: all rows where there were none, those of a key where there were some', async () => {
    const append = (given: readonly object[]) =>
      load.postgres(frameOf(place, given), target, { table: 'sold', mode: 'append' });
    const first = await append(rows.slice(0, 1));
    expect(await unequal(first)).toEqual([]);
    const second = await append(rows.slice(1));
    expect((await failure(second.reconcile())).code).toBe('reconcile.rows_unknown');
    expect(await unequal(second, 'id')).toEqual([]);
    expect(await unequal(first)).toEqual(['rows', 'id', 'price', 'name']);
    await append(rows.slice(1));
    expect(await unequal(second, 'id')).toEqual(['rows', 'id', 'price', 'name']);
    await run(place, 'DELETE FROM sold');
    const third = await append(rows);
    expect(await unequal(third)).toEqual([]);
  });

  it('append: a load that had been done is told by a key alone', async () => {
    const options = { table: 'sold', mode: 'append', loadId: 'may' } as const;
    await load.postgres(frameOf(place), target, options);
    const report = await load.postgres(frameOf(place), target, options);
    expect(report.alreadyLoaded).toBe(true);
    expect((await failure(report.reconcile())).code).toBe('reconcile.rows_unknown');
    expect(await unequal(report, 'id')).toEqual([]);
  });

  it('upsert: the rows of its keys, the columns that it writes', async () => {
    await load.postgres(frameOf(place), target, { table: 'sold', mode: 'upsert', key: 'id' });
    const changed = [
      { id: 3, price: '9.99', name: 'changed' },
      { id: 4, price: '4.40', name: 'new' },
    ];
    const keyed = { table: 'sold', mode: 'upsert', key: 'id' } as const;
    const some = await load.postgres(frameOf(place, changed), target, { ...keyed, update: 'price' });
    const found = await some.reconcile();
    expect(found).toMatchObject({ ok: true, notCompared: ['name'], rows: { target: { count: 2 } } });
    const all = await load.postgres(frameOf(place, changed), target, keyed);
    expect(await unequal(all)).toEqual([]);
    await run(place, `UPDATE sold SET name = 'other' WHERE id = 1`);
    expect(await unequal(all)).toEqual([]);
    await run(place, `UPDATE sold SET name = 'other' WHERE id = 4`);
    expect([await unequal(all), await unequal(some)]).toEqual([['rows', 'name'], []]);
    await run(place, 'DELETE FROM sold WHERE id = 4');
    expect(await unequal(some)).toEqual(['rows', 'id', 'price']);
    expect((await failure(some.reconcile({ key: 'id' }))).code).toBe('reconcile.key');
  });

  it('insert-new: whether the keys are there', async () => {
    await load.postgres(frameOf(place), target, { table: 'sold', mode: 'upsert', key: 'id' });
    const changed = [
      { id: 3, price: '9.99', name: 'changed' },
      { id: 4, price: '4.40', name: 'new' },
    ];
    const report = await load.postgres(frameOf(place, changed), target, {
      table: 'sold',
      mode: 'insert-new',
      key: 'id',
    });
    expect(await report.reconcile()).toMatchObject({ ok: true, notCompared: ['price', 'name'] });
    await run(place, 'DELETE FROM sold WHERE id = 4');
    expect(await unequal(report)).toEqual(['rows', 'id']);
  });

  it('replace-where: the slice', async () => {
    await load.postgres(frameOf(place), target, { table: 'sold', mode: 'append' });
    const part = [
      { id: 3, price: '9.99', name: 'x' },
      { id: 4, price: '4.40', name: 'y' },
    ];
    const report = await load.postgres(frameOf(place, part), target, {
      table: 'sold',
      mode: 'replace-where',
      where: (r) => r.id.gt(2),
    });
    expect(await report.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
    await run(place, `INSERT INTO sold VALUES (2, 1, 'outside')`);
    expect(await unequal(report)).toEqual([]);
    await run(place, `INSERT INTO sold VALUES (5, 1, 'inside')`);
    expect(await unequal(report)).toEqual(['rows', 'id', 'price', 'name']);
  });

  it('sync: all rows, or those that are not flagged', async () => {
    await load.postgres(frameOf(place), target, { table: 'sold', mode: 'sync', key: 'id', gone: { flag: 'is_gone' } });
    const flagged = await load.postgres(frameOf(place, rows.slice(1)), target, {
      table: 'sold',
      mode: 'sync',
      key: 'id',
      gone: { flag: 'is_gone' },
    });
    expect(await flagged.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
    await run(place, 'UPDATE sold SET is_gone = false');
    expect(await unequal(flagged)).toEqual(['rows', 'id', 'price', 'name']);
    const deleted = await load.postgres(frameOf(place, rows.slice(1)), target, {
      table: 'sold',
      mode: 'sync',
      key: 'id',
    });
    expect(await deleted.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
  });

  it('scd2: the current versions', async () => {
    const version = (given: readonly object[], day: string, gone: 'keep' | 'close' = 'keep') =>
      load.postgres(frameOf(place, given), target, {
        table: 'sold',
        mode: 'scd2',
        key: 'id',
        validFrom: new Date(day),
        gone,
      });
    const first = await version(rows, '2024-01-01');
    expect(await unequal(first)).toEqual([]);
    const second = await version([{ ...rows[0], price: '5.00' }], '2024-02-01');
    expect(await second.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 1 } } });
    expect(await unequal(first)).toEqual(['rows', 'price']);
    const third = await version([{ ...rows[0], price: '5.00' }], '2024-03-01', 'close');
    expect(await third.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 1 } } });
    await run(place, `UPDATE sold SET is_current = true WHERE id = 2`);
    expect(await unequal(third)).toEqual(['rows', 'id', 'price', 'name']);
  });

  it('compares the winners of doubled keys, and the rows that fit', async () => {
    const doubled = [...rows, { id: 3, price: '7.00', name: 'later' }];
    const won = await load.postgres(frameOf(place, doubled), target, {
      table: 'sold',
      mode: 'upsert',
      key: 'id',
      onDuplicate: 'last',
    });
    expect(await won.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 3 } } });
    await run(place, 'DROP TABLE sold; CREATE TABLE sold (id int, price numeric(8, 2), name varchar(1) NOT NULL)');
    const fit = await load.postgres(frameOf(place), target, {
      table: 'sold',
      mode: 'replace',
      schemaContract: 'quarantine',
    });
    expect(fit.rows.quarantined).toBe(1);
    expect(await fit.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
  });

  it('is an error where the table or a column is gone', async () => {
    const report = await load.postgres(frameOf(place), target, { table: 'sold', mode: 'replace' });
    await run(place, 'ALTER TABLE sold DROP COLUMN name');
    expect((await failure(report.reconcile())).code).toBe('reconcile.gone');
    await run(place, 'DROP TABLE sold');
    expect((await failure(report.reconcile())).code).toBe('reconcile.gone');
  });
});

it('reads what a database ran once more, and leaves nothing of it there', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-reconcile-'));
  for (const place of places.filter(({ name }) => name.endsWith('from itself'))) {
    const tables = async () => {
      const table = await place.session.read
        .sql(place.target, `SELECT count(*) AS n FROM pg_class WHERE relpersistence = 't' AND relkind = 'r'`, {
          schema: { n: t.int() },
        })
        .collect();
      return table.rows()[0]?.n;
    };
    const bad = [...rows, { id: 'none', price: '1', name: null }];
    const frame = place.session.read.rows(bad, { schema, onBadRow: 'quarantine' }).filter((r) => r.id.gt(1));
    const report = await load.parquet(frame, path.join(folder, 'sold.parquet'), { mode: 'replace' });
    await report.reconcile();
    const before = await tables();
    expect(await report.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
    expect(await tables()).toBe(before);
    expect(await report.quarantine.count()).toBe(1);
  }
  await rm(folder, { recursive: true });
});

describe('dtypes and types', () => {
  it('is equal for random rows of every dtype', async () => {
    await fc.assert(
      fc.asyncProperty(randomRows, async (random) => {
        const frame = read.rows(random, { schema: everyDtype });
        const report = await load.postgres(frame, pool, { table: 'random', mode: 'replace' });
        const found = await report.reconcile();
        expect(found.ok, String(found)).toBe(true);
      }),
      { numRuns: 20 },
    );
  });
  /** Loads one value of a query into a column of a type, and changes it; the comparison before and after, and how. */
  async function changed(value: string, dtype: object, type: string, to: string): Promise<readonly unknown[]> {
    await pool.query(`DROP TABLE IF EXISTS typed; CREATE TABLE typed (v ${type})`);
    const frame = read.sql(pool, `SELECT ${value} AS v`, { schema: { v: dtype as never } });
    const report = await load.postgres(frame as never, pool, { table: 'typed', mode: 'replace' });
    const before = await report.reconcile();
    await pool.query(`UPDATE typed SET v = ${to}`);
    const after = await report.reconcile();
    return [before.ok, after.ok, before.columns[0]?.as];
  }

  it.each<[string, object, string, string, readonly unknown[]]>([
    [`'-0'::float8`, t.float(), 'float8', `'0'`, [true, false, 'value']],
    [`'-0'::float8`, t.float(), 'numeric', `'0'`, [true, true, 'double']],
    [`'NaN'::float8`, t.float(), 'float8', `'Infinity'`, [true, false, 'value']],
    [`'NaN'::float8`, t.float(), 'numeric', '1', [true, false, 'double']],
    [`'-Infinity'::float8`, t.float(), 'float8', `'Infinity'`, [true, false, 'value']],
    ['0.1::float8', t.float(), 'float8', '0.10000000000000002', [true, false, 'value']],
    ['7::int', t.int(), 'numeric', '7.0', [true, true, 'digits']],
    ['7::int', t.int(), 'numeric', '7.4', [true, false, 'digits']],
    ['7::int', t.bigint(), 'smallint', '8', [true, false, 'value']],
    ['10::numeric(8, 2)', t.decimal(8, 2), 'numeric', '10', [true, true, 'digits']],
    ['10::numeric(8, 2)', t.decimal(8, 2), 'numeric(12, 4)', '10.0001', [true, false, 'digits']],
    ['-0.01::numeric(8, 2)', t.decimal(8, 2), 'numeric(8, 2)', '0.01', [true, false, 'value']],
    [
      `'2024-05-01T10:00:00.000001Z'::timestamptz`,
      t.timestamp(),
      'timestamptz',
      `'2024-05-01T10:00:00.000002Z'`,
      [true, false, 'value'],
    ],
    [
      `'2024-05-01T10:00:00Z'::timestamptz`,
      t.timestamp(),
      'timestamp',
      `'2024-05-01T10:00:01'`,
      [true, false, 'value'],
    ],
    [`'infinity'::timestamptz`, t.timestamp(), 'timestamptz', `'-infinity'`, [true, false, 'value']],
    [`'infinity'::date`, t.date(), 'date', `'-infinity'`, [true, false, 'value']],
    [`'a'::text`, t.string(), 'char(4)', `'b'`, [true, false, 'padded']],
    [`'a '::text`, t.string(), 'char(4)', `'a'`, [true, true, 'padded']],
    [
      `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::text`,
      t.string(),
      'uuid',
      `'a0eebc999c0b4ef8bb6d6bb9bd380a11'`,
      [true, true, 'uuid'],
    ],
    [
      `'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'::text`,
      t.string(),
      'uuid',
      `'a0eebc999c0b4ef8bb6d6bb9bd380a12'`,
      [true, false, 'uuid'],
    ],
    [`'::1'::text`, t.string(), 'inet', `'::2'`, [true, true, 'presence']],
    [`'::1'::text`, t.string(), 'inet', 'NULL', [true, false, 'presence']],
    [`'{"b": 1.0, "a": [1e2, -0]}'::json`, t.json(), 'jsonb', `'{"a": [100, 0], "b": 1}'`, [true, true, 'json']],
    [`'{"b": 1.0, "b": 2}'::json`, t.json(), 'jsonb', `'{"b": 1.0}'`, [true, false, 'json']],
    [
      `'{"n": 12345678901234567890.123456789}'::json`,
      t.json(),
      'jsonb',
      `'{"n": 12345678901234567890.12345679}'`,
      [true, false, 'json'],
    ],
    [`'{"b": 1}'::json`, t.json(), 'json', `'{ "b" : 1 }'`, [true, true, 'json']],
    [`'[1, 2]'::json`, t.list(t.int()), 'jsonb', `'[2, 1]'`, [true, false, 'json']],
    [`'[1.5, -0.0]'::json`, t.list(t.float()), 'jsonb', `'[1.50, 0]'`, [true, true, 'json']],
    [`'{"a": "x"}'::json`, t.struct({ a: t.string() }), 'jsonb', `'{"a": "X"}'`, [true, false, 'json']],
    [`'\\x00ff'::bytea`, t.binary(), 'bytea', `'\\x00fe'`, [true, false, 'value']],
    [`'null'::json`, t.json(), 'jsonb', 'NULL', [true, false, 'json']],
  ])('%s, %o, in %s, then %s', async (value, dtype, type, to, expected) => {
    expect(await changed(value, dtype, type, to)).toEqual(expected);
  });

  it('asks a role that may add rows, and read none, for nothing more', async () => {
    await using database = await freshDatabase();
    const owner = new pg.Pool({ connectionString: database.url, max: 1 });
    const role = `adds_${database.name}`;
    await owner.query(`CREATE TABLE sold (id bigint, price numeric(8, 2), name text); INSERT INTO sold VALUES (9, 9, 'x');
      CREATE ROLE ${role} LOGIN PASSWORD 'adds'; GRANT USAGE ON SCHEMA public TO ${role}; GRANT INSERT ON sold TO ${role}`);
    const url = new URL(database.url);
    url.username = role;
    url.password = 'adds';
    try {
      const report = await load.postgres(read.rows(rows, { schema }), url.href, { table: 'sold', mode: 'append' });
      expect(report.rows.written).toBe(3);
      expect((await failure(report.reconcile())).code).toBe('reconcile.rows_unknown');
    } finally {
      await owner.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
      await owner.end();
    }
  });

  it('reads partitioned tables and those of others that inherit', async () => {
    await pool.query(`DROP TABLE IF EXISTS parted; CREATE TABLE parted (id int, price numeric(8, 2), name text) PARTITION BY LIST (id);
      CREATE TABLE parted_1 PARTITION OF parted FOR VALUES IN (1); CREATE TABLE parted_2 PARTITION OF parted DEFAULT`);
    const frame = read.rows(rows, { schema });
    const first = await load.postgres(frame, pool, { table: 'parted', mode: 'append' });
    expect(await unequal(first)).toEqual([]);
    const second = await load.postgres(frame, pool, { table: 'parted', mode: 'append' });
    expect((await failure(second.reconcile())).code).toBe('reconcile.rows_unknown');
  });
});
