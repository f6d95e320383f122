import type { Knex } from 'knex';
import { beforeEach, describe, expect, test } from 'vitest';
import { type LoadReport, load, type Session, type SqlLoadOptions, type SqlMode, t } from '../../../src/index.ts';
import { failureOf } from '../../support/loads.ts';

/** What holds of loads into every database behind Knex. */
export interface Place {
  readonly knex: Knex;
  readonly session: Session;
  /** An identifier, quoted. */
  quote(name: string): string;
  /** The rows of a query. */
  rows(sql: string): Promise<readonly (readonly unknown[])[]>;
}

const schema = { id: t.int(), name: t.string().nullable(), price: t.decimal(8, 2), extra: t.json().nullable() };
type Given = { readonly id: number; readonly name?: string | null; readonly price?: string; readonly extra?: unknown };
type Mode = SqlMode<keyof typeof schema> & Pick<SqlLoadOptions<keyof typeof schema>, 'loadId' | 'onEmpty'>;

const EVERY = {
  n: t.int(),
  i: t.int().nullable(),
  big: t.bigint().nullable(),
  f: t.float().nullable(),
  d: t.decimal(12, 2).nullable(),
  wide: t.decimal(30, 10).nullable(),
  s: t.string().nullable(),
  e: t.enum(['x', 'y']).nullable(),
  yes: t.boolean().nullable(),
  day: t.date().nullable(),
  at: t.timestamp().nullable(),
  j: t.json().nullable(),
  list: t.list(t.int()).nullable(),
  struct: t.struct({ a: t.string(), b: t.decimal(20, 5) }).nullable(),
  bin: t.binary().nullable(),
};
const NOTHING = Object.fromEntries(Object.keys(EVERY).map((name) => [name, null]));
const VALUES = [
  {
    n: 1,
    i: -9_007_199_254_740_991,
    big: 9_223_372_036_854_775_807n,
    f: 0.1 + 0.2,
    d: '-1234567890.12',
    wide: '12345678901234567890.0123456789',
    s: 'tab\tback\\slash\nline\r"q" \\N é😀 \' ; -- ',
    e: 'y',
    yes: true,
    day: '0001-01-01',
    at: '2024-07-01T12:00:00.123456Z',
    j: { a: [1, null, 'é'] },
    list: [1, -2],
    struct: { a: 'x', b: '123456789012345.12345' },
    bin: new Uint8Array([0, 255, 10]),
  },
  {
    ...NOTHING,
    n: 2,
    i: 0,
    big: -9_223_372_036_854_775_808n,
    f: -5e-324,
    d: '0.10',
    s: '',
    yes: false,
    day: '9999-12-31',
    at: '0001-01-01T00:00:00Z',
    j: '0.10',
    list: [],
    bin: new Uint8Array(0),
  },
  { ...NOTHING, n: 3, f: 1.7976931348623157e308, s: '12', at: '9999-12-31T23:59:59.999999Z', j: 12 },
];

export function expectLoads(placeOf: () => Place): void {
  const items = (...given: readonly Given[]) =>
    placeOf().session.read.rows(
      given.map((row) => ({ name: `n${row.id}`, price: '1.00', extra: null, ...row })),
      { schema },
    );
  const into = (given: readonly Given[], options: Mode): Promise<LoadReport> =>
    load.sql(items(...given), placeOf().knex, { table: 'items', ...options } as never);
  const stored = async () =>
    (await placeOf().rows('SELECT id, name, price FROM items ORDER BY id')).map((row) => row.map(String));
  const changes = ({ changes }: LoadReport) => [changes?.inserted, changes?.updated, changes?.unchanged];

  beforeEach(async () => {
    for (const table of ['items', 'millrace_loads', 'every_type'])
      await placeOf().knex.raw(`DROP TABLE IF EXISTS ${table}`);
  });

  test('every dtype comes back as it went, in every mode', async () => {
    const { knex, session } = placeOf();
    const frame = session.read.rows(VALUES as never, { schema: EVERY });
    const expected = await frame.sort('n').rows();
    const micros = (of: typeof frame) =>
      of
        .select('n', 'at')
        .withColumns((r) => ({ at: r.at.cast(t.string()) }))
        .sort('n')
        .rows();
    for (const options of [{ mode: 'append' }, { mode: 'replace' }, { mode: 'upsert', key: 'n' }] as const) {
      await knex.raw('DROP TABLE IF EXISTS every_type');
      const report = await load.sql(frame, knex, { table: 'every_type', ...options });
      expect(report.rows).toEqual({ read: 3, filtered: 0, quarantined: 0, written: 3 });
      const back = session.read.sql(knex, 'SELECT * FROM every_type', { schema: EVERY });
      expect(await back.sort('n').rows()).toEqual(expected);
      expect(await micros(back as never)).toEqual(await micros(frame));
    }
    const again = await load.sql(frame, knex, { table: 'every_type', mode: 'upsert', key: 'n' });
    expect(changes(again)).toEqual([0, 0, 3]);
  });

  test('append adds, replace leaves the rows of the frame alone', async () => {
    const first = await into([{ id: 1 }, { id: 2 }], { mode: 'append' });
    expect(first.repeatable).toBe(false);
    await into([{ id: 2 }], { mode: 'append' });
    expect((await stored()).map(([id]) => id)).toEqual(['1', '2', '2']);
    await into([{ id: 3, name: null }], { mode: 'replace' });
    expect(await stored()).toEqual([['3', 'null', expect.stringMatching(/^1(\.00)?$/)]]);
    await into([], { mode: 'replace' });
    expect(await stored()).toEqual([]);
  });

  test('upsert and insert-new tell rows that were added, changed and the same', async () => {
    const upsert = { mode: 'upsert', key: 'id' } as const;
    await into([{ id: 1 }, { id: 2, extra: { a: 1 } }, { id: 3, name: null }], upsert);
    const report = await into([{ id: 1 }, { id: 2, extra: { a: 2 } }, { id: 3, name: 'now' }, { id: 4 }], upsert);
    expect([changes(report), report.rows.written]).toEqual([[1, 2, 1], 3]);
    const partial = await into([{ id: 1, name: 'new', price: '9.00' }], { ...upsert, update: 'price' });
    expect(changes(partial)).toEqual([0, 1, 0]);
    expect((await stored())[0]).toEqual(['1', 'n1', expect.stringMatching(/^9(\.00)?$/)]);
    const added = await into([{ id: 4, name: 'other' }, { id: 5 }], { mode: 'insert-new', key: ['id'] });
    expect(changes(added)).toEqual([1, 0, 1]);
    expect((await stored()).map(([, name]) => name)).toEqual(['n1', 'n2', 'now', 'n4', 'n5']);
    const capital = await into([{ id: 5, name: 'N5' }], upsert);
    expect(changes(capital)).toEqual([0, 1, 0]);
  });

  test('text keys are told apart by case and by spaces at their ends', async () => {
    const { knex, session } = placeOf();
    const keys = ['a', 'A', 'a ', 'ä', ''];
    const frame = session.read.rows(
      keys.map((k) => ({ k })),
      { schema: { k: t.string() } },
    );
    const options = { table: 'items', mode: 'upsert', key: 'k' } as const;
    expect((await load.sql(frame, knex, options)).changes?.inserted).toBe(5);
    expect((await load.sql(frame, knex, options)).changes?.unchanged).toBe(5);
  });

  test('keys that are null or stand twice are an error, or have a winner', async () => {
    const upsert = { mode: 'upsert', key: 'id' } as const;
    const doubled = await failureOf(into([{ id: 1 }, { id: 1 }, { id: 2 }], upsert));
    expect(doubled.message).toMatch(/^load\.sql: 2 rows have the key \(id = 1\)\. Keep one/);
    await into(
      [
        { id: 1, name: 'a' },
        { id: 1, name: 'b' },
      ],
      { ...upsert, onDuplicate: 'last' },
    );
    expect((await stored()).map(([, name]) => name)).toEqual(['b']);
    expect((await failureOf(into([{ id: 2, name: null }], { mode: 'upsert', key: 'name' }))).code).toBe(
      'load.null_key',
    );
    const foreign = await failureOf(into([{ id: 2 }], { mode: 'append', key: 'id' } as never));
    expect(foreign.message).toContain("key was given, and mode is 'append'");
    expect(await stored()).toHaveLength(1);
  });

  test('a load of one name is done once, also where its table was made anew', async () => {
    const { rows, knex, quote } = placeOf();
    const options = { mode: 'append', loadId: 'may' } as const;
    expect((await into([{ id: 1 }], options)).repeatable).toBe(true);
    const again = await into([{ id: 1 }], options);
    expect([again.alreadyLoaded, again.rows.written]).toEqual([true, 0]);
    const ledger = `SELECT ${quote('rows')}, finished_at IS NOT NULL FROM millrace_loads`;
    expect((await rows(ledger)).map((row) => row.map(Number))).toEqual([[1, 1]]);
    await knex.raw('DROP TABLE items');
    expect((await into([{ id: 1 }], options)).rows.written).toBe(1);
    expect(await stored()).toHaveLength(1);
  });

  describe('what does not fit', () => {
    test('a value that the database cannot hold is refused by row and column, and nothing is loaded', async () => {
      const { knex, session } = placeOf();
      await into([{ id: 1 }], { mode: 'append' });
      const far = session.read
        .rows([{ x: 0 }, { x: 1 }], { schema: { x: t.float() } })
        .withColumns((r) => ({ huge: r.x.mul(1e308).mul(1e308) }))
        .withColumns((r) => ({ f: r.huge.sub(r.huge) }))
        .select('f');
      const error = await failureOf(load.sql(far, knex, { table: 'every_type', mode: 'append' }));
      expect([error.code, error.details]).toEqual([
        'load.value',
        { row: 2, column: 'f', value: expect.stringMatching('nan') },
      ]);
      const days = session.read.rows([{ day: '9999-12-31' }], { schema: { day: t.date() } });
      const late = days.withColumns((r) => ({ day: r.day.plus(1, 'day') }));
      const refused = await failureOf(load.sql(late, knex, { table: 'every_type', mode: 'append' }));
      expect([refused.code, refused.details]).toMatchObject(['load.value', { row: 1, column: 'day' }]);
    });

    test('a row that the table refuses is named, and the table is as it was', async () => {
      const { knex } = placeOf();
      await knex.raw(
        'CREATE TABLE items (id BIGINT PRIMARY KEY, name VARCHAR(20) NOT NULL, price DECIMAL(8, 2), extra TEXT)',
      );
      await into([{ id: 1 }], { mode: 'append' });
      const many = Array.from({ length: 1500 }, (_, i) => ({ id: i + 10, name: i === 1234 ? null : 'x' }));
      for (const mode of ['append', 'replace'] as const) {
        const error = await failureOf(into(many, { mode }));
        expect(error.code).toMatch(/\.constraint$/);
        expect(error.details).toMatchObject({ row: 1235, column: 'name' });
        expect(await stored()).toHaveLength(1);
      }
      const twice = await failureOf(into([{ id: 7 }, { id: 1 }], { mode: 'append' }));
      expect([twice.code.split('.')[1], twice.details.row]).toEqual(['constraint', 2]);
      expect(await stored()).toHaveLength(1);
    });

    test('a table that is not as the frame is', async () => {
      const { knex } = placeOf();
      const refused = async (columns: string, options: Mode = { mode: 'append' }) => {
        await knex.raw('DROP TABLE IF EXISTS items');
        await knex.raw(`CREATE TABLE items (${columns})`);
        const { code, details } = await failureOf(into([{ id: 1 }], options));
        return [code, details.column ?? details.columns ?? details.key];
      };
      const rest = 'price DECIMAL(8, 2), extra TEXT';
      expect(await refused(`id BIGINT, title TEXT, ${rest}`)).toEqual(['load.missing_column', 'name']);
      expect(await refused(`id FLOAT, name TEXT, ${rest}`)).toEqual(['load.column_type', 'id']);
      expect(await refused(`id BIGINT, name TEXT, price FLOAT, extra DATE`)).toEqual([
        'load.column_type',
        expect.any(String),
      ]);
      expect(await refused(`id BIGINT, name TEXT, ${rest}, more INT NOT NULL`)).toEqual([
        'load.required_column',
        ['more'],
      ]);
      const upsert = { mode: 'upsert', key: 'id' } as const;
      expect(await refused(`id BIGINT, name TEXT, ${rest}`, upsert)).toEqual(['load.no_unique_index', ['id']]);
      await knex.raw('DROP TABLE items');
      await knex.raw('CREATE VIEW items AS SELECT 1 AS id');
      expect((await failureOf(into([{ id: 1 }], upsert))).code).toBe('load.table');
      await knex.raw('DROP VIEW items');
    });

    test('a signal in the middle leaves the table as it was, and the connection usable', async () => {
      const { session, knex } = placeOf();
      await into([{ id: 1 }], { mode: 'append' });
      const many = session.read.rows(
        Array.from({ length: 60_000 }, (_, i) => ({ id: i, name: 'x', price: '1.00', extra: null })),
        { schema },
      );
      const stop = new AbortController();
      const onProgress = (share: number): void => {
        if (share > 0 && share < 1) stop.abort(new Error('enough'));
      };
      const loading = load.sql(many, knex, { table: 'items', mode: 'append', signal: stop.signal, onProgress });
      await expect(loading).rejects.toThrow('enough');
      expect(await stored()).toHaveLength(1);
      await into([{ id: 2 }], { mode: 'append' });
      expect(await stored()).toHaveLength(2);
    });
  });

  describe('sync', () => {
    const sync = { mode: 'sync', key: 'id' } as const;

    test('rows that are gone are deleted, others added and replaced', async () => {
      await into([{ id: 1 }, { id: 2 }, { id: 3, name: null }, { id: 4 }], sync);
      const { rows, changes } = await into([{ id: 2 }, { id: 3, name: 'now' }, { id: 5 }], sync);
      expect(changes).toEqual({ inserted: 1, updated: 1, closed: 0, deleted: 2, unchanged: 1 });
      expect(rows.written).toBe(2);
      expect((await stored()).map(([id, name]) => `${id} ${name}`)).toEqual(['2 n2', '3 now', '5 n5']);
      const again = await into([{ id: 2 }, { id: 3, name: 'now' }, { id: 5 }], sync);
      expect([again.rows.written, again.changes?.deleted]).toEqual([0, 0]);
    });

    test('a flag tells what is gone, and is lowered where it returns', async () => {
      const flagged = { ...sync, gone: { flag: 'is_gone' } } as const;
      const flags = async () =>
        (await placeOf().rows('SELECT id, is_gone FROM items ORDER BY id')).map((row) => row.map(Number));
      await into([{ id: 1 }, { id: 2 }, { id: 3 }], flagged);
      const gone = await into([{ id: 2 }], flagged);
      expect(gone.changes).toEqual({ inserted: 0, updated: 0, closed: 0, deleted: 2, unchanged: 1 });
      expect(await flags()).toEqual([
        [1, 1],
        [2, 0],
        [3, 1],
      ]);
      const back = await into([{ id: 1 }, { id: 2, name: 'x' }], flagged);
      expect(back.changes).toEqual({ inserted: 0, updated: 2, closed: 0, deleted: 0, unchanged: 0 });
      expect(await flags()).toEqual([
        [1, 0],
        [2, 0],
        [3, 1],
      ]);
      expect((await back.reconcile()).ok).toBe(true);
      const own = await failureOf(into([{ id: 1 }], { ...sync, gone: { flag: 'name' } }));
      expect([own.code, own.message]).toEqual(['load.own_column', expect.stringMatching(/^load\.sql: /)]);
    });

    test('no rows are an error, unless they are meant', async () => {
      await into([{ id: 1 }], sync);
      expect((await failureOf(into([], sync))).code).toBe('load.empty');
      expect(await stored()).toHaveLength(1);
      await into([], { ...sync, onEmpty: 'load' });
      expect(await stored()).toEqual([]);
      expect((await failureOf(into([], { mode: 'append', onEmpty: 'fail' }))).code).toBe('load.empty');
    });

    test('a row that cannot be written leaves all as it was', async () => {
      const { knex } = placeOf();
      await knex.raw(
        'CREATE TABLE items (id BIGINT PRIMARY KEY, name VARCHAR(20) NOT NULL, price DECIMAL(8, 2), extra TEXT)',
      );
      await into([{ id: 1 }, { id: 2 }], sync);
      const error = await failureOf(into([{ id: 2 }, { id: 3, name: null }], sync));
      expect(error.code).toMatch(/\.constraint$/);
      expect((await stored()).map(([id]) => id)).toEqual(['1', '2']);
    });

    test('20,000 rows by two keys are matched by an index', async () => {
      const { knex, session } = placeOf();
      const wide = { a: t.int(), b: t.string(), v: t.int() };
      const frame = (from: number) =>
        session.read.rows(
          Array.from({ length: 20_000 }, (_, i) => ({ a: from + i, b: `b${from + i}`, v: i % 7 })),
          { schema: wide },
        );
      const options = { table: 'items', mode: 'sync', key: ['a', 'b'] } as const;
      await load.sql(frame(0), knex, options);
      const { changes } = await load.sql(frame(5_000), knex, options);
      expect([changes?.inserted, changes?.deleted]).toEqual([5_000, 5_000]);
      expect((await placeOf().rows('SELECT count(*), min(a) FROM items')).map((row) => row.map(Number))).toEqual([
        [20_000, 5_000],
      ]);
    });
  });

  test('a mode that this loader does not have is an error that names those that it has', async () => {
    const error = await failureOf(into([{ id: 1 }], { mode: 'scd2', key: 'id' } as never));
    expect([error.code, error.message]).toEqual([
      'load.mode',
      `load.sql: mode is "scd2". Give one of 'append', 'replace', 'insert-new', 'upsert', 'sync'.`,
    ]);
  });

  describe('expect', () => {
    test('a table that is not as expected is as it was; all of its rows are looked at, null being false', async () => {
      await into([{ id: 8, name: null }], { mode: 'append' });
      const options = { mode: 'upsert', key: 'id', loadId: 'one' } as const;
      const upsert = (expected: object) => into([{ id: 1 }, { id: 2 }], { ...options, expect: expected } as never);
      await placeOf().knex.raw('DROP TABLE items');
      await into([{ id: 8, name: null }], { mode: 'upsert', key: 'id' });
      const error = await failureOf(
        upsert({
          satisfies: {
            named: (r: { name: { lower(): { eq(text: string): unknown } } }) => r.name.lower().eq('n1'),
            low: (r: { id: { lt(n: number): unknown } }) => r.id.lt(9),
          },
          rowCount: { max: 2 },
        }),
      );
      expect(error.message).toMatch(/would not be as expected: 2 rows break "named", it would have 3 rows\. Nothing/);
      expect(error).toMatchObject({
        code: 'load.expectation',
        details: {
          broken: [
            { rule: 'named', rows: 2 },
            { rule: 'rowCount', rows: 3 },
          ],
        },
      });
      expect((await stored()).map(([id]) => id)).toEqual(['8']);
      // Its name is free, and the connection is as good as before.
      const done = await upsert({
        satisfies: { low: (r: { id: { lt(n: number): unknown } }) => r.id.lt(9) },
        rowCount: { min: 3, max: 3 },
      });
      expect([done.alreadyLoaded, done.rows.written]).toEqual([false, 2]);
      expect(await stored()).toHaveLength(3);
    });

    test('a value that is none of the frame’s ends the load, however many rows are still to come', async () => {
      const { knex } = placeOf();
      await knex.raw('CREATE TABLE items (id BIGINT PRIMARY KEY, name TEXT, price DECIMAL(12, 4), extra TEXT)');
      const many = Array.from({ length: 30_000 }, (_, id) => ({ id }));
      await into(many, { mode: 'append' });
      await knex.raw('UPDATE items SET price = 1.2345 WHERE id = 3');
      const rule = { satisfies: { paid: (r: { price: { gt(n: number): unknown } }) => r.price.gt(0) } };
      const adding = () => into([{ id: -1 }], { mode: 'append', expect: rule } as never);
      const error = await failureOf(adding());
      expect([error.code, error.message]).toEqual(['sql.bad_row', expect.stringContaining('1.2345')]);
      expect((await placeOf().rows('SELECT count(*) FROM items')).flat().map(Number)).toEqual([30_000]);
      await knex.raw('UPDATE items SET price = 1 WHERE id = 3');
      expect((await adding()).rows.written).toBe(1);
    });

    test('rules are those of the frame, and one that cannot be checked is refused before anything runs', async () => {
      const { knex, session } = placeOf();
      const frame = session.read.rows(VALUES as never, { schema: EVERY });
      const options = { table: 'every_type', mode: 'replace' } as const;
      await load.sql(frame, knex, {
        ...options,
        expect: {
          satisfies: {
            exact: (r) => r.n.ne(1).or(r.wide.eq('12345678901234567890.0123456789')),
            micros: (r) => r.n.ne(1).or(r.at.eq('2024-07-01T12:00:00.123456Z')),
            nested: (r) => r.n.ne(1).or(r.struct.field('a').eq('x')),
            text: (r) => r.n.ne(2).or(r.s.eq('')),
          },
        },
      });
      const refused = (expected: object) => failureOf(load.sql(frame, knex, { ...options, expect: expected as never }));
      expect((await refused({})).code).toBe('load.option');
      expect((await refused({ rowCount: { min: 3, max: 2 } })).code).toBe('load.option');
      expect((await refused({ satisfies: { what: () => true } })).message).toContain('satisfies "what"');
    });
  });

  describe('reconcile', () => {
    const unequal = async (report: LoadReport, key?: string): Promise<readonly string[]> => {
      const found = await report.reconcile(key === undefined ? {} : { key });
      const names = found.columns.filter(({ equal }) => !equal).map(({ name }) => name);
      return [...(found.rows.equal ? [] : ['rows']), ...names];
    };
    const given = [
      { id: 1 },
      { id: 2, name: null, price: '2.20' },
      { id: 3, price: '3.30', extra: { b: 1, a: [1.5] } },
    ];

    test('every dtype is equal, of a frame with decimals that are written otherwise too', async () => {
      const { knex, session } = placeOf();
      const frame = session.read.rows(VALUES as never, { schema: EVERY });
      const report = await load.sql(frame, knex, { table: 'every_type', mode: 'replace' });
      const found = await report.reconcile();
      expect(found.ok, String(found)).toBe(true);
      expect(found.rows.target.count).toBe(3);
      await knex.raw('CREATE TABLE items (id DECIMAL(20, 0), name TEXT, price DECIMAL(12, 4), extra TEXT)');
      expect(await unequal(await into(given, { mode: 'append' }))).toEqual([]);
    });

    test.each<[string, string, readonly string[]]>([
      ['a changed value', 'UPDATE items SET price = 3.31 WHERE id = 3', ['rows', 'price']],
      ['a value of more digits', 'UPDATE items SET price = 3 WHERE id = 3', ['rows', 'price']],
      ['a value that became null', 'UPDATE items SET name = NULL WHERE id = 1', ['rows', 'name']],
      ['a null that became an empty text', `UPDATE items SET name = '' WHERE id = 2`, ['rows', 'name']],
      ['a lost row', 'DELETE FROM items WHERE id = 3', ['rows', 'id', 'name', 'price', 'extra']],
      ['another key in JSON', `UPDATE items SET extra = '{"b":1,"c":[1.5]}' WHERE id = 3`, ['rows', 'extra']],
      ['nothing, where JSON is written otherwise', `UPDATE items SET extra = '{"a": [1.50], "b": 1}' WHERE id = 3`, []],
    ])('tells %s', async (_, change, expected) => {
      const report = await into(given, { mode: 'replace' });
      expect(await unequal(report)).toEqual([]);
      await placeOf().knex.raw(change);
      expect(await unequal(report)).toEqual(expected);
    });

    test('each mode tells the rows that it means', async () => {
      const first = await into([{ id: 1 }], { mode: 'append' });
      expect(await unequal(first)).toEqual([]);
      const second = await into([{ id: 2 }], { mode: 'append' });
      expect((await failureOf(second.reconcile())).code).toBe('reconcile.rows_unknown');
      expect(await unequal(second, 'id')).toEqual([]);
      await placeOf().knex.raw('DROP TABLE items');
      await into(given, { mode: 'upsert', key: 'id' });
      const some = await into([{ id: 3, name: 'x', price: '9.99' }], { mode: 'upsert', key: 'id', update: 'price' });
      expect(await some.reconcile()).toMatchObject({ ok: true, notCompared: ['name', 'extra'] });
      expect((await failureOf(some.reconcile({ key: 'id' }))).code).toBe('reconcile.key');
      const added = await into([{ id: 3 }, { id: 4 }], { mode: 'insert-new', key: 'id' });
      expect(await added.reconcile()).toMatchObject({ ok: true, notCompared: ['name', 'price', 'extra'] });
      const synced = await into([{ id: 2 }], { mode: 'sync', key: 'id' });
      expect(await synced.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 1 } } });
      await placeOf().knex.raw('ALTER TABLE items DROP COLUMN extra');
      expect((await failureOf(synced.reconcile())).code).toBe('reconcile.gone');
      await placeOf().knex.raw('DROP TABLE items');
      expect((await failureOf(synced.reconcile())).code).toBe('reconcile.gone');
    });
  });

  test('names that attack are names', async () => {
    const { knex, session, quote } = placeOf();
    for (const name of ['a"b', 'a`b', "a'b; DROP TABLE x; --", 'select', 'ä 😀'.slice(0, 1), 'a\\b']) {
      const frame = session.read
        .rows([{ id: 1, v: 'x' }], { schema: { id: t.int(), v: t.string() } })
        .rename({ v: name });
      await knex.raw('DROP TABLE IF EXISTS items');
      await load.sql(frame, knex, { table: 'items', mode: 'upsert', key: 'id' });
      await load.sql(frame, knex, { table: 'items', mode: 'upsert', key: 'id' });
      const table = name.replaceAll('.', '');
      await load.sql(frame, knex, { table, mode: 'replace' });
      const { length } = await placeOf().rows(`SELECT ${quote(name)} FROM ${quote(table)}`);
      expect(length).toBe(1);
      await placeOf().rows(`DROP TABLE ${quote(table)}`);
    }
  });
}
