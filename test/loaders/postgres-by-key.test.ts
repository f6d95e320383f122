import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type LoadReport, load, t } from '../../src/index.ts';
import { failureOf, loadPlaces } from '../support/loads.ts';

/* Modes that match rows by a key: insert-new, upsert. */

const { places, pool, close } = await loadPlaces();
afterAll(close);

const schema = { id: t.int(), name: t.string().nullable(), price: t.decimal(8, 2), extra: t.json().nullable() };
type Given = { readonly id: number; readonly name?: string | null; readonly price?: string; readonly extra?: unknown };

describe.each(places)('$name', ({ target, session, rows }) => {
  const items = (...given: readonly Given[]) =>
    session.read.rows(
      given.map((row) => ({ name: `n${row.id}`, price: '1.00', extra: null, ...row })),
      { schema },
    );
  const stored = () => rows('SELECT id::text, name, price::text FROM items ORDER BY items.id');
  const changes = ({ changes }: LoadReport) => [changes?.inserted, changes?.updated, changes?.unchanged];

  beforeEach(async () => {
    await rows('DROP TABLE IF EXISTS items, millrace_loads CASCADE');
  });

  test('insert-new adds what is not there and leaves what is', async () => {
    const options = { table: 'items', mode: 'insert-new', key: 'id' } as const;
    const first = await load.postgres(items({ id: 1 }, { id: 2 }), target, options);
    expect(changes(first)).toEqual([2, 0, 0]);
    const second = await load.postgres(items({ id: 2, price: '9.00' }, { id: 3 }), target, options);
    expect(second.rows).toEqual({ read: 2, filtered: 0, quarantined: 0, written: 1 });
    expect(changes(second)).toEqual([1, 0, 1]);
    expect(await stored()).toEqual([
      ['1', 'n1', '1.00'],
      ['2', 'n2', '1.00'],
      ['3', 'n3', '1.00'],
    ]);
  });

  test('upsert tells rows that were added, changed and the same', async () => {
    const options = { table: 'items', mode: 'upsert', key: 'id' } as const;
    await load.postgres(items({ id: 1 }, { id: 2, extra: { a: 1 } }, { id: 3, name: null }), target, options);
    const again = items({ id: 1 }, { id: 2, extra: { a: 2 } }, { id: 3, name: null }, { id: 4 });
    const report = await load.postgres(again, target, options);
    expect(report.rows).toEqual({ read: 4, filtered: 0, quarantined: 0, written: 2 });
    expect(report.changes).toEqual({ inserted: 1, updated: 1, closed: 0, deleted: 0, unchanged: 2 });
    expect(await rows('SELECT id::text, extra::text FROM items WHERE extra IS NOT NULL')).toEqual([['2', '{"a": 2}']]);
    const third = await load.postgres(
      again.filter((r) => r.id.lte(2)),
      target,
      { ...options, loadId: 'third' },
    );
    expect(changes(third)).toEqual([0, 0, 2]);
    expect(await rows('SELECT rows::text FROM millrace_loads')).toEqual([['0']]);
  });

  test('upsert compares columns that have no equality, and to the bit', async () => {
    await rows('CREATE TABLE items (id int PRIMARY KEY, name char(4), price numeric, extra json)');
    const options = { table: 'items', mode: 'upsert', key: 'id' } as const;
    const given = items({ id: 1, extra: [1] }, { id: 2, price: '2.50' });
    expect(changes(await load.postgres(given, target, options))).toEqual([2, 0, 0]);
    expect(changes(await load.postgres(given, target, options))).toEqual([0, 0, 2]);
    await rows('UPDATE items SET price = 2.5 WHERE id = 2');
    expect(changes(await load.postgres(given, target, options))).toEqual([0, 1, 1]);
  });

  test('upsert writes over named columns alone', async () => {
    const options = { table: 'items', mode: 'upsert', key: 'id', update: ['price'] } as const;
    await load.postgres(items({ id: 1, name: 'old' }), target, options);
    const given = items({ id: 1, name: 'new', price: '5.00' }, { id: 2, name: 'new', price: '6.00' });
    expect(changes(await load.postgres(given, target, options))).toEqual([1, 1, 0]);
    expect(await stored()).toEqual([
      ['1', 'old', '5.00'],
      ['2', 'new', '6.00'],
    ]);
    expect(changes(await load.postgres(given, target, options))).toEqual([0, 0, 2]);
  });

  test('a table in parts', async () => {
    await rows('CREATE TABLE items (id int PRIMARY KEY, name text, price numeric, extra json) PARTITION BY RANGE (id)');
    await rows('CREATE TABLE items_1 PARTITION OF items FOR VALUES FROM (0) TO (10)');
    await rows('CREATE TABLE items_2 PARTITION OF items FOR VALUES FROM (10) TO (20)');
    const options = { table: 'items', mode: 'upsert', key: 'id' } as const;
    await load.postgres(items({ id: 1 }, { id: 2 }), target, options);
    const report = await load.postgres(items({ id: 1 }, { id: 2, price: '3.00' }, { id: 11 }), target, options);
    expect(changes(report)).toEqual([1, 1, 1]);
    expect(await rows('SELECT id::text FROM items_2')).toEqual([['11']]);
  });

  test('keys that stand twice are shown, or have a declared winner', async () => {
    const given = items({ id: 1, price: '1.00' }, { id: 2 }, { id: 1, price: '2.00' }, { id: 2 }, { id: 2 }, { id: 3 });
    for (const mode of ['insert-new', 'upsert'] as const) {
      const error = await failureOf(load.postgres(given, target, { table: 'items', mode, key: 'id' }));
      expect(error.code).toBe('load.duplicate_key');
      expect(error.message).toContain('2 rows have the key (id = 1). 2 keys stand more than once: (id = 1), (id = 2).');
      expect(error.details).toMatchObject({ keys: 2, examples: ['(id = 1)', '(id = 2)'] });
    }
    for (const [onDuplicate, price] of [
      ['first', '1.00'],
      ['last', '2.00'],
    ] as const) {
      const report = await load.postgres(given, target, { table: 'items', mode: 'upsert', key: 'id', onDuplicate });
      expect(report.rows).toMatchObject({ read: 6, filtered: 3 });
      expect((await stored())[0]).toEqual(['1', 'n1', price]);
    }
  });

  test.each([
    ['neither is there', { id: 9, price: '1.00' }, { id: 9, price: '2.00' }],
    ['the first is there as it is, the second differs', { id: 1, price: '1.00' }, { id: 1, price: '2.00' }],
    ['the first differs, the second is there as it is', { id: 1, price: '2.00' }, { id: 1, price: '1.00' }],
    ['both are there as they are', { id: 1, price: '1.00' }, { id: 1, price: '1.00' }],
    ['both differ', { id: 1, price: '2.00' }, { id: 1, price: '3.00' }],
  ])('a key that stands twice in a table that knows its key: %s', async (_, first, second) => {
    const options = { table: 'items', mode: 'upsert', key: 'id' } as const;
    await load.postgres(items({ id: 1 }, { id: 2 }), target, options);
    const error = await failureOf(load.postgres(items({ id: 2, price: '5.00' }, first, second), target, options));
    expect(error.code).toBe('load.duplicate_key');
    expect(error.message).toContain(`2 rows have the key (id = ${first.id}).`);
    expect(await stored()).toEqual([
      ['1', 'n1', '1.00'],
      ['2', 'n2', '1.00'],
    ]);
  });

  test('a null in the key of a table that knows it', async () => {
    await rows('CREATE TABLE items (id int, name text, price numeric, extra json, PRIMARY KEY (id, name))');
    const options = { table: 'items', mode: 'upsert', key: ['id', 'name'] } as const;
    const error = await failureOf(load.postgres(items({ id: 1 }, { id: 2, name: null }), target, options));
    expect(error.code).toBe('load.null_key');
    expect(error.message).toContain('1 row has no key, such as (id = 2, name = null).');
    expect(await stored()).toEqual([]);
  });

  test('an error of the merge that is not about keys is told as it is', async () => {
    await rows('CREATE TABLE items (id int PRIMARY KEY, name text, price numeric CHECK (price < 5), extra json)');
    const options = { table: 'items', mode: 'upsert', key: 'id' } as const;
    const error = await failureOf(load.postgres(items({ id: 1 }, { id: 2, price: '7.00' }), target, options));
    expect(error.code).toBe('postgres.constraint');
    expect(await stored()).toEqual([]);
  });

  test('keys that are null are shown', async () => {
    const given = items({ id: 1, name: null }, { id: 2, name: null }, { id: 3 });
    const error = await failureOf(
      load.postgres(given, target, { table: 'items', mode: 'upsert', key: ['name', 'id'] }),
    );
    expect(error.code).toBe('load.null_key');
    expect(error.message).toContain('2 rows have no key, such as (name = null, id = 1), (name = null, id = 2).');
    const one = load.postgres(given, target, { table: 'items', mode: 'insert-new', key: 'name', onDuplicate: 'last' });
    expect((await failureOf(one)).code).toBe('load.null_key');
    expect(await rows(`SELECT to_regclass('items')::text`)).toEqual([[null]]);
  });

  test('no rows: nothing happens, or an error where it is asked for', async () => {
    await load.postgres(items({ id: 1 }), target, { table: 'items', mode: 'append' });
    await rows('ALTER TABLE items ADD PRIMARY KEY (id)');
    const none = items({ id: 9 }).filter((r) => r.id.lt(0));
    for (const how of [
      { mode: 'append' },
      { mode: 'insert-new', key: 'id' },
      { mode: 'upsert', key: 'id' },
      { mode: 'replace' },
    ] as const) {
      const options = { table: 'items', ...how };
      const error = await failureOf(load.postgres(none, target, { ...options, onEmpty: 'fail', loadId: how.mode }));
      expect([error.code, error.details]).toEqual(['load.empty', { table: '"public"."items"', mode: how.mode }]);
      expect(await stored()).toHaveLength(1);
      expect((await load.postgres(none, target, options)).rows.written).toBe(0);
      expect(await stored()).toHaveLength(how.mode === 'replace' ? 0 : 1);
    }
    expect(await rows(`SELECT to_regclass('millrace_loads')::text`)).toEqual([[null]]);
  });

  test('an append without a loadId says that it would add its rows again', async () => {
    const repeatable = async (options: object) =>
      (await load.postgres(items({ id: 1 }), target, { table: 'items', ...options } as never)).repeatable;
    expect(await repeatable({ mode: 'append' })).toBe(false);
    for (const options of [
      { mode: 'append', loadId: 'once' },
      { mode: 'append', loadId: 'once' },
      { mode: 'replace' },
    ]) {
      expect(await repeatable(options)).toBe(true);
    }
  });

  test('a trigger that leaves rows out is found out', async () => {
    await rows('CREATE TABLE items (id bigint PRIMARY KEY, name text, price numeric, extra jsonb)');
    await rows(`CREATE OR REPLACE FUNCTION leave_out() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN IF NEW.id = 2 THEN RETURN NULL; END IF; RETURN NEW; END $$`);
    await rows('CREATE TRIGGER leaving BEFORE INSERT ON items FOR EACH ROW EXECUTE FUNCTION leave_out()');
    for (const mode of ['insert-new', 'upsert'] as const) {
      const loading = load.postgres(items({ id: 1 }, { id: 2 }), target, { table: 'items', mode, key: 'id' });
      expect((await failureOf(loading)).code).toBe('load.row_count');
    }
    expect(await stored()).toEqual([]);
  });
});

describe('what is asked wrongly', () => {
  const [place] = places;
  const frame = place?.session.read.rows([{ id: 1, name: 'x' }], { schema: { id: t.int(), name: t.string() } });
  const asking = async (options: object): Promise<readonly [string, string]> => {
    const { code, message } = await failureOf(
      load.postgres(frame as never, pool, { table: 'items', ...options } as never),
    );
    return [code, message];
  };
  test.each([
    [{ mode: 'insert-new' }, 'load.key', "mode 'insert-new' needs a key"],
    [{ mode: 'upsert', key: ['id', 'id'] }, 'load.key', 'column "id" is named twice'],
    [{ mode: 'upsert', key: 'id', update: [] }, 'load.option', "load with mode 'insert-new'"],
    [{ mode: 'upsert', key: 'id', update: 'nam' }, 'load.option', 'Did you mean "name"?'],
    [{ mode: 'upsert', key: 'id', update: 'id' }, 'load.option', 'which is of the key'],
    [{ mode: 'upsert', key: 'id', onDuplicate: 'newest' }, 'load.option', 'onDuplicate is "newest"'],
    [{ mode: 'append', update: 'name' }, 'load.option', "update was given, and mode is 'append'"],
    [{ mode: 'append', onDuplicate: 'last' }, 'load.option', "with mode 'insert-new' or 'upsert'"],
    [{ mode: 'append', concurrent: 'maybe' }, 'load.option', "Give one of 'wait', 'refuse'"],
    [{ mode: 'append', onEmpty: 'skip' }, 'load.option', "Give one of 'load', 'fail'"],
  ])('%o', async (options, code, message) => {
    expect(await asking(options)).toEqual([code, expect.stringContaining(message)]);
  });

  test('a winner of rows that have no order', async () => {
    await pool.query('CREATE TABLE unordered AS SELECT 1 AS id, 2 AS n');
    const unordered = place?.session.read.sql(pool, 'SELECT id, n FROM unordered', {
      schema: { id: t.int(), n: t.int() },
    });
    const options = { table: 'ordered', mode: 'upsert', key: 'id', onDuplicate: 'last' } as const;
    expect((await failureOf(load.postgres(unordered as never, pool, options as never))).code).toBe('compile.order');
  });
});

describe('two loads into one table', () => {
  test('take turns, or the second is refused', async () => {
    const [place] = places;
    if (place === undefined) throw new Error('there is no place');
    const frame = place.session.read.rows([{ id: 1 }], { schema: { id: t.int() } });
    await pool.query('CREATE TABLE busy (id bigint)');
    const other = await pool.connect();
    await other.query('BEGIN; LOCK TABLE busy');
    const first = load.postgres(frame, pool, { table: 'busy', mode: 'append' });
    const waiting = async (): Promise<number> =>
      (await pool.query(`SELECT count(*)::int AS n FROM pg_locks WHERE locktype = 'advisory' AND granted`)).rows[0].n;
    while ((await waiting()) === 0) await new Promise((done) => setTimeout(done, 10));
    const refused = await failureOf(
      load.postgres(frame, pool, { table: 'public.busy', mode: 'append', concurrent: 'refuse' }),
    );
    expect([refused.code, refused.retryable]).toEqual(['load.busy', true]);
    const second = load.postgres(frame, pool, { table: 'busy', mode: 'append' });
    await other.query('COMMIT');
    other.release();
    await Promise.all([first, second]);
    expect((await pool.query('SELECT count(*)::int AS n FROM busy')).rows).toEqual([{ n: 2 }]);
    await load.postgres(frame, pool, { table: 'busy', mode: 'append', concurrent: 'refuse' });
  });

  test('upserts of keys that overlap, at once: each row is of one of them', async () => {
    const [place] = places;
    if (place === undefined) throw new Error('there is no place');
    const of = (n: number) =>
      place.session.read.rows(
        Array.from({ length: 50 }, (_, i) => ({ id: i + n, by: n })),
        { schema: { id: t.int(), by: t.int() } },
      );
    const loads = [0, 10, 20, 30].map((n) =>
      load.postgres(of(n), pool, { table: 'overlapping', mode: 'upsert', key: 'id' }),
    );
    const reports = await Promise.all(loads);
    const inserted = reports.reduce((sum, { changes }) => sum + (changes?.inserted ?? 0), 0);
    expect(inserted).toBe(80);
    const { rows } = await pool.query('SELECT count(*)::int AS n FROM overlapping WHERE id BETWEEN "by" AND "by" + 49');
    expect(rows).toEqual([{ n: 80 }]);
  });
});
