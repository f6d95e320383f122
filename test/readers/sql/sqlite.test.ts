import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import knex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { describeDType } from '../../../src/schema/dtype.ts';
import { failure } from '../../support/failure.ts';
import { expectTextsBack } from './texts.ts';

const require = createRequire(import.meta.url);
// A driver with the interface of better-sqlite3, prebuilt.
const BetterSqlite = require('knex/lib/dialects/better-sqlite3') as typeof Knex.Client;
class Libsql extends BetterSqlite {
  _driver(): unknown {
    return require('libsql');
  }
}

let folder: string;
let shop: Knex;
const session = createSession({ threads: 2 });
const { read } = session;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-sqlite-'));
  shop = knex({
    client: Libsql,
    connection: { filename: path.join(folder, 'shop.db') },
    useNullAsDefault: true,
  });
  await shop.raw(`CREATE TABLE everything (n INTEGER PRIMARY KEY, i INT, big BIGINT, f REAL, d DECIMAL(12, 2), loose NUMERIC, exact TEXT, s VARCHAR(20), yes BOOLEAN,
    day DATE, at DATETIME, berlin TIMESTAMP, j JSON, bin BLOB, any_of_them)`);
  await shop.raw(`INSERT INTO everything VALUES
    (1, -42, 9223372036854775807, 0.30000000000000004, 1234.5, 0.1, '12345678901234567890.123', 'tab' || char(9) || 'back\\slash' || char(10) || char(13) || '"q" \\N é😀', 1,
      '2024-02-29', '2024-07-01 12:00:00.123456', '2024-07-01T12:00:00', '{"a": [1, null]}', x'00ff5c', 7),
    (2${', NULL'.repeat(14)})`);
});
afterAll(async () => {
  await session.close();
  await shop.destroy();
  await rm(folder, { recursive: true, force: true });
});

const schema = {
  i: t.int().nullable(),
  big: t.bigint().nullable(),
  f: t.float().nullable(),
  d: t.decimal(12, 2).nullable(),
  loose: t.decimal(10, 3).nullable(),
  exact: t.decimal(38, 3).nullable(),
  s: t.string().nullable(),
  yes: t.boolean().nullable(),
  day: t.date().nullable(),
  at: t.timestamp().nullable(),
  berlin: t.timestamp({ timeZone: 'Europe/Berlin' }).nullable(),
  j: t.json().nullable(),
  bin: t.binary().nullable(),
  any_of_them: t.int().nullable(),
};

describe('every type', () => {
  test.each([[[]], [[1]]])('by a schema, exactly; values %j', async (values) => {
    const sql = `SELECT * FROM everything WHERE n = 1${values.length === 0 ? '' : ' AND 1 = ?'}`;
    expect(await read.sql(shop, sql, { schema, values }).rows()).toEqual([
      {
        i: -42,
        big: 9223372036854775807n,
        f: 0.30000000000000004,
        d: '1234.50',
        loose: '0.100',
        exact: '12345678901234567890.123',
        s: 'tab\tback\\slash\n\r"q" \\N é😀',
        yes: true,
        day: '2024-02-29',
        at: new Date('2024-07-01T12:00:00.123Z'),
        berlin: new Date('2024-07-01T10:00:00Z'),
        j: { a: [1, null] },
        bin: new Uint8Array([0, 255, 92]),
        any_of_them: 7,
      },
    ]);
    const micros = read.sql(shop, 'SELECT at FROM everything', { schema: { at: schema.at } });
    expect(await micros.filter((r) => r.at.eq('2024-07-01T12:00:00.123456Z')).count()).toBe(1);
  });

  test('nulls', async () => {
    const [row] = await read.sql(shop, 'SELECT * FROM everything WHERE n = 2', { schema }).rows();
    expect(row).toEqual(Object.fromEntries(Object.keys(schema).map((name) => [name, null])));
  });

  test('without a schema: the types of the tables, and of the values where none declares one', async () => {
    const computed = `n + 1 AS next, f * 2 AS twice, s || 'x' AS longer, NULL AS empty, bin AS bytes, any_of_them AS other`;
    const frame = await read.sql(shop, `SELECT *, ${computed} FROM everything WHERE n <= ?`, { values: [2] });
    expect(Object.fromEntries(frame.schema.map((f) => [f.name, describeDType(f.dtype)]))).toEqual({
      n: 'int',
      i: 'int',
      big: 'int',
      f: 'float',
      d: 'decimal(12, 2)',
      loose: 'string',
      exact: 'string',
      s: 'string',
      yes: 'boolean',
      day: 'date',
      at: 'timestamp',
      berlin: 'timestamp',
      j: 'json',
      bin: 'binary',
      any_of_them: 'int',
      next: 'int',
      twice: 'float',
      longer: 'string',
      empty: 'string',
      bytes: 'binary',
      other: 'int',
    });
    const error = await failure(frame.rows());
    expect([error.code, error.details.column, error.details.value]).toEqual([
      'sql.bad_row',
      'big',
      '9223372036854775807',
    ]);
    const kept = await read.sql(shop, 'SELECT n, loose, n + 1 AS next FROM everything ORDER BY n DESC', {
      ordered: true,
    });
    expect(await kept.rows()).toEqual([
      { n: 2, loose: null, next: 3 },
      { n: 1, loose: '0.1', next: 2 },
    ]);
  });
});

describe('a value of another kind than its column declares', () => {
  beforeAll(async () => {
    await shop.raw(
      'CREATE TABLE odd (id INTEGER, i INTEGER, day DATE, at DATETIME, d DECIMAL(10, 2), yes BOOLEAN, f REAL, j JSON, bin BLOB)',
    );
    const rows = [
      `1, '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', x'00'`,
      `'one', '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', x'00'`,
      `1, '2024-02-30', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', x'00'`,
      `1, 1704067200000, '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', x'00'`,
      `1, '2024-01-01', 1704067200000, 1.5, 1, 0.5, '[1]', x'00'`,
      `1, '2024-01-01', '2024-01-01 00:00:00', 1.005, 1, 0.5, '[1]', x'00'`,
      `1, '2024-01-01', '2024-01-01 00:00:00', 1.5, 2, 0.5, '[1]', x'00'`,
      `1, '2024-01-01', '2024-01-01 00:00:00', 1.5, 't', 0.5, '[1]', x'00'`,
      `1, '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 'half', '[1]', x'00'`,
      `1, '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1', x'00'`,
      `1, '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', '00'`,
      `x'01', '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', x'00'`,
      `2.5, '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', x'00'`,
      `NULL, '2024-01-01', '2024-01-01 00:00:00', 1.5, 1, 0.5, '[1]', x'00'`,
      `-1, '2024-01-01', '2024-01-01T00:00:00Z', 0.00000015, 0, 1e999, '1', x''`,
    ];
    for (const [i, row] of rows.entries()) await shop.raw(`INSERT INTO odd VALUES (${i + 1}, ${row})`);
  });
  const declared = {
    id: t.int(),
    i: t.int(),
    day: t.date(),
    at: t.timestamp(),
    d: t.decimal(12, 2),
    yes: t.boolean(),
    f: t.float(),
    j: t.json(),
    bin: t.binary(),
  };

  test('goes to quarantine with its column, value and reason', async () => {
    const frame = read.sql(shop, 'SELECT * FROM odd ORDER BY id', { schema: declared, onBadRow: 'quarantine' });
    expect((await frame.rows()).map(({ id }) => id)).toEqual([1]);
    const rejected = await frame.quarantine().rows();
    expect(rejected.map(({ line, column, value, reason }) => [line, column, value, reason])).toEqual([
      [2, 'i', 'one', 'is not an int'],
      [3, 'day', '2024-02-30', 'is not a date'],
      [4, 'day', '1704067200000', 'is not a date'],
      [5, 'at', '1704067200000', 'is not a timestamp'],
      [6, 'd', '1.005', 'is not a decimal(12, 2)'],
      [7, 'yes', '2', 'is not a boolean'],
      [8, 'yes', '"t"', 'is not a boolean'],
      [9, 'f', 'half', 'is not a float'],
      [10, 'j', '[1', 'is not a json'],
      [11, 'bin', '"00"', 'is not a binary'],
      [12, 'i', `x'01'`, 'is not an int'],
      [13, 'i', '2.5', 'is not an int'],
      [14, 'i', null, 'is null, and the column is not nullable'],
      [15, 'd', '0.00000015', 'is not a decimal(12, 2)'],
    ]);
  });

  test('bytes where text is declared are put aside, and text that looks like them is read', async () => {
    await shop.raw('CREATE TABLE mixed (s TEXT, yes BOOLEAN)');
    for (const row of [`'good', 1`, `x'00ff', 1`, `'x''00ff''', 0`, `'''x', 1`, `'b', 1.5`]) {
      await shop.raw(`INSERT INTO mixed VALUES (${row})`);
    }
    const told = async (s: ReturnType<typeof t.string>): Promise<unknown[][]> => {
      const schema = { s, yes: t.boolean() };
      const frame = read.sql(shop, 'SELECT * FROM mixed ORDER BY rowid', { schema, onBadRow: 'quarantine' });
      const rejected = await frame.quarantine().rows();
      return [
        (await frame.rows()).map((row) => row.s),
        ...rejected.map(({ line, column, value, reason }) => [line, column, value, reason]),
      ];
    };
    const bytes = [2, 's', `x'00ff'`, 'is not a string'];
    const number = [5, 'yes', '1.5', 'is not a boolean'];
    expect(await told(t.string())).toEqual([['good', `x'00ff'`, `'x`], bytes, number]);
    const known = [`x'00ff'`, 'good', 'b'] as const;
    expect(await told(t.enum(known) as never)).toEqual([
      ['good', `x'00ff'`],
      [2, 's', `x'00ff'`, expect.stringContaining('is not an enum')],
      [4, 's', `'x`, expect.stringContaining('is not an enum')],
      number,
    ]);
  });

  test('stops the run', async () => {
    const error = await failure(read.sql(shop, 'SELECT i FROM odd ORDER BY id', { schema: { i: t.int() } }).rows());
    expect([error.code, error.details.row, error.details.value]).toEqual(['sql.bad_row', 2, 'one']);
    const bytes = await failure(read.sql(shop, `SELECT x'ff' AS s`, { schema: { s: t.string() } }).rows());
    expect([bytes.code, bytes.message]).toEqual([
      'sql.bad_row',
      expect.stringContaining(`row 1, column "s": "x'ff'" is not a string`),
    ]);
    const rounded = await failure(read.sql(shop, 'SELECT 9007199254740993 AS f', { schema: { f: t.float() } }).rows());
    expect([rounded.code, rounded.details.value]).toEqual(['sql.bad_row', '9007199254740993!']);
  });

  test('what floats can be', async () => {
    const sql = 'SELECT 1e999 AS up, -1e999 AS down, 5e-324 AS tiny, 1e308 AS large, 3 AS whole';
    const float = t.float();
    expect(
      await read.sql(shop, sql, { schema: { up: float, down: float, tiny: float, large: float, whole: float } }).rows(),
    ).toEqual([{ up: Number.POSITIVE_INFINITY, down: Number.NEGATIVE_INFINITY, tiny: 5e-324, large: 1e308, whole: 3 }]);
  });

  test('a column of another type is named, with both types and what to write', async () => {
    const cases = [
      ['s', t.int(), 'VARCHAR(20)', 't.string()'],
      ['d', t.date(), 'DECIMAL(12, 2)', 't.decimal(12, 2)'],
      ['at', t.int(), 'DATETIME', 't.timestamp()'],
      ['bin', t.string(), 'BLOB', 't.binary()'],
      ['i', t.string(), 'INT', 't.int()'],
    ] as const;
    for (const [column, type, written, fix] of cases) {
      const error = await failure(read.sql(shop, 'SELECT * FROM everything', { schema: { [column]: type } }).count());
      expect([error.code, error.details.type]).toEqual(['sql.column_type', written]);
      expect(error.message).toContain(fix);
    }
    const doubled = await failure(read.sql(shop, 'SELECT 1 AS n, 2 AS N', { schema: { n: t.int() } }).count());
    expect(doubled.code).toBe('sql.duplicate_column');
  });
});

describe('values', () => {
  test('are bound, of every kind', async () => {
    for (const text of [`'; DROP TABLE everything; --`, '\\', 'é😀', '']) {
      const frame = read.sql(shop, 'SELECT ? AS s', { schema: { s: t.string() }, values: [text] });
      expect(await frame.rows()).toEqual([{ s: text }]);
    }
    const counted = async (where: string, ...values: unknown[]): Promise<number> =>
      read.sql(shop, `SELECT n FROM everything WHERE ${where}`, { schema: { n: t.int() }, values }).count();
    expect(await counted('big = ?', 9223372036854775807n)).toBe(1);
    expect(await counted('big = ?', 9223372036854775806n)).toBe(0);
    expect(await counted('f = ?', 0.30000000000000004)).toBe(1);
    expect(await counted('yes = ?', true)).toBe(1);
    expect(await counted('bin = ?', Buffer.from([0, 255, 92]))).toBe(1);
    expect(await counted('i IS ?', null)).toBe(1);
    expect(await counted('? = 1704067200000', new Date('2024-01-01T00:00:00Z'))).toBe(2);
    expect(await counted('1 = 1 LIMIT ?', 1)).toBe(1);
    expect((await failure(counted('i = ?', undefined))).code).toBe('sql.value');
  });

  test('come back as they went, whatever characters they have', async () => {
    // Without a zero character, at which this driver cuts texts.
    await expectTextsBack(read, shop);
  });

  test('of a query that Knex built', async () => {
    const built = shop('everything').select('n', 's').where('n', '<', 3).orderBy('n', 'desc').limit(5);
    const rows = await read.sql(shop, built, { schema: { n: t.int() }, ordered: true }).rows();
    expect(rows).toEqual([{ n: 2 }, { n: 1 }]);
  });
});

describe('what may go wrong', () => {
  const usable = async (): Promise<void> => {
    expect(await read.sql(shop, 'SELECT 1 AS n', { schema: { n: t.int() } }).count()).toBe(1);
    await shop.raw('CREATE TABLE IF NOT EXISTS written (n int)');
  };
  const counted = (to: number): string =>
    `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${to}) SELECT i, printf('%.200c', 'x') AS s FROM n`;

  test('a large result comes in order and in full', async () => {
    await using kept = await read
      .sql(shop, counted(300_000), { schema: { i: t.int(), s: t.string() }, ordered: true })
      .materialize();
    expect(await kept.count()).toBe(300_000);
    expect(await kept.limit(1, 299_999).rows()).toEqual([{ i: 300_000, s: 'x'.repeat(200) }]);
  });

  test('an abort while rows come', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 100);
    const frame = read.sql(shop, counted(1_000_000_000), { schema: { i: t.int() } });
    await expect(frame.count({ signal: stop.signal })).rejects.toThrow('enough');
    await usable();
  });

  test('a bad row in the middle, and an error in the middle', async () => {
    const bad = await failure(
      read
        .sql(shop, `SELECT nullif(i, 250000) AS i, s FROM (${counted(1_000_000_000)})`, {
          schema: { i: t.int(), s: t.string() },
        })
        .count(),
    );
    expect([bad.code, bad.details.row]).toEqual(['sql.bad_row', 250_000]);
    const overflow = `SELECT CASE WHEN i = 5000 THEN abs(-9223372036854775807 - 1) ELSE i END AS i FROM (${counted(10_000)})`;
    const error = await failure(read.sql(shop, overflow, { schema: { i: t.int() } }).count());
    expect([error.code, error.message]).toEqual(['sqlite.statement', expect.stringContaining('integer overflow')]);
    await usable();
  });

  test('statements that write, wrong SQL, no file', async () => {
    await usable();
    const at = async (sql: string) => (await failure(read.sql(shop, sql, { schema: { n: t.int() } }).count())).code;
    expect(await at('INSERT INTO written VALUES (1) RETURNING n')).toBe('sqlite.statement');
    expect(await at('DELETE FROM written')).toBe('sql.no_columns');
    expect(await at('SELEC 1')).toBe('sqlite.statement');
    expect(await at('SELECT n FROM nowhere')).toBe('sqlite.statement');
    await shop.raw('INSERT INTO written VALUES (1)');
    expect(await read.sql(shop, 'SELECT n FROM written', { schema: { n: t.int() } }).rows()).toEqual([{ n: 1 }]);
    const nowhere = knex({
      client: Libsql,
      connection: { filename: path.join(folder, 'no', 'such.db') },
      useNullAsDefault: true,
      log: { warn() {}, error() {} },
    });
    const error = await failure(read.sql(nowhere, 'SELECT 1 AS n', { schema: { n: t.int() } }).count());
    expect(error.code).toMatch(/^sqlite\./);
    await nowhere.destroy();
  });

  test('a driver that rounds is refused by name', async () => {
    const other = knex({
      client: class extends BetterSqlite {
        override driverName = 'sqlite3';
        _driver(): unknown {
          return require('libsql');
        }
      },
      connection: { filename: ':memory:' },
      useNullAsDefault: true,
    });
    const error = await failure(read.sql(other, 'SELECT 1 AS n', { schema: { n: t.int() } }).count());
    expect([error.code, error.message]).toEqual(['sql.driver', expect.stringContaining('better-sqlite3')]);
    await other.destroy();
  });
});
