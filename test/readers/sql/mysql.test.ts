import knex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { describeDType } from '../../../src/schema/dtype.ts';
import { failure } from '../../support/failure.ts';
import { startMariadb, type TestMariadb } from '../../support/mariadb.ts';
import { expectTextsBack } from './texts.ts';

/** Knex tells of each connection that ends, which these tests make end. */
const log = { warn() {}, error() {} };
let server: TestMariadb;
let shop: Knex;
const session = createSession({ threads: 2 });
const { read } = session;

beforeAll(async () => {
  server = await startMariadb();
  // Settings that would round and shift values, were they asked.
  const careless = { decimalNumbers: true, dateStrings: false, timezone: 'local' };
  shop = knex({ client: 'mysql2', log, connection: { ...server.connection, ...careless }, pool: { min: 0, max: 2 } });
});
afterAll(async () => {
  await session.close();
  await shop?.destroy();
  await server?.[Symbol.asyncDispose]();
});

/** What the server is doing besides answering this. */
async function working(mark: string): Promise<number> {
  const [rows] = await shop.raw(
    `SELECT count(*) AS n FROM information_schema.processlist WHERE info LIKE ? AND id <> connection_id()`,
    [`%${mark}%`],
  );
  return Number(rows[0].n);
}

const EVERY_TYPE = `
  i int, u int unsigned, big bigint, ubig bigint unsigned, flag tinyint(1), tiny tinyint, d decimal(30,10), wide decimal(50,2),
  f float, db double, s varchar(60), l varchar(10) CHARACTER SET latin1, greek varchar(10) CHARACTER SET greek, tx text, e enum('x','y'), st set('p','q'),
  bl blob, vb varbinary(4), dt date, local datetime(6), berlin datetime(6), at timestamp(6) NULL, tm time(3), y year,
  j json, bit1 bit(1), bit64 bit(64), uu uuid`;

describe('every type', () => {
  beforeAll(async () => {
    await shop.raw(`CREATE TABLE everything (n int, ${EVERY_TYPE})`);
    await shop.raw(`SET time_zone = '+00:00'`);
    await shop.raw(`SET STATEMENT time_zone = '+00:00' FOR INSERT INTO everything VALUES
      (1, -42, 4294967295, 9223372036854775807, 18446744073709551615, 1, -128, 12345678901234567890.0123456789, 1234567890123456789012345678901234567890.12,
       0.1, 0.30000000000000004, _utf8mb4'tab\\tback\\\\slash\\nline\\r"q" \\\\N é😀\\0.', _utf8mb4'ß', _utf8mb4'Ω', '', 'y', 'p,q', x'00ff5c', x'0a', '2024-02-29',
       '2024-07-01 12:00:00.123456', '2024-07-01 12:00:00.000001', '2024-07-01 12:00:00.123456', '-838:59:59.999', 2024,
       '{"a": 12345678901234567890.5}', b'1', 18446744073709551615, '6ecd8c99-4036-403d-bf84-cf8400f67836'),
      (2 ${', NULL'.repeat(28)})`);
  });

  const schema = {
    i: t.int().nullable(),
    u: t.int().nullable(),
    big: t.bigint().nullable(),
    ubig: t.decimal(20, 0).nullable(),
    flag: t.boolean().nullable(),
    tiny: t.int().nullable(),
    d: t.decimal(30, 10).nullable(),
    wide: t.string().nullable(),
    f: t.float().nullable(),
    db: t.float().nullable(),
    s: t.string().nullable(),
    l: t.string().nullable(),
    greek: t.string().nullable(),
    tx: t.string().nullable(),
    e: t.enum(['x', 'y']).nullable(),
    st: t.string().nullable(),
    bl: t.binary().nullable(),
    vb: t.binary().nullable(),
    dt: t.date().nullable(),
    local: t.timestamp().nullable(),
    berlin: t.timestamp({ timeZone: 'Europe/Berlin' }).nullable(),
    at: t.timestamp({ timeZone: 'Europe/Berlin' }).nullable(),
    tm: t.string().nullable(),
    y: t.int().nullable(),
    j: t.json().nullable(),
    bit1: t.boolean().nullable(),
    bit64: t.decimal(20, 0).nullable(),
    uu: t.string().nullable(),
  };

  test.each(['', ' AND 1 = ?'])('by a schema, exactly%s', async (also) => {
    const values = also === '' ? [] : [1];
    const frame = read.sql(shop, `SELECT * FROM everything WHERE n = 1${also}`, { schema, values });
    expect(await frame.rows()).toEqual([
      {
        i: -42,
        u: 4294967295,
        big: 9223372036854775807n,
        ubig: '18446744073709551615',
        flag: true,
        tiny: -128,
        d: '12345678901234567890.0123456789',
        wide: '1234567890123456789012345678901234567890.12',
        f: Math.fround(0.1),
        db: 0.30000000000000004,
        s: 'tab\tback\\slash\nline\r"q" \\N é😀\0.',
        l: 'ß',
        greek: 'Ω',
        tx: '',
        e: 'y',
        st: 'p,q',
        bl: new Uint8Array([0, 255, 92]),
        vb: new Uint8Array([10]),
        dt: '2024-02-29',
        local: new Date('2024-07-01T12:00:00.123Z'),
        berlin: new Date('2024-07-01T10:00:00.000Z'),
        at: new Date('2024-07-01T12:00:00.123Z'),
        tm: '-838:59:59.999',
        y: 2024,
        j: { a: 12345678901234567000 },
        bit1: true,
        bit64: '18446744073709551615',
        uu: '6ecd8c99-4036-403d-bf84-cf8400f67836',
      },
    ]);
  });

  test('instants to the microsecond', async () => {
    const frame = read.sql(shop, 'SELECT local, berlin, at FROM everything WHERE n = 1', {
      schema: { local: schema.local, berlin: schema.berlin, at: schema.at },
    });
    const exact = frame.filter((r) =>
      r.local
        .eq('2024-07-01T12:00:00.123456Z')
        .and(r.berlin.eq('2024-07-01T10:00:00.000001Z'))
        .and(r.at.eq('2024-07-01T12:00:00.123456Z')),
    );
    expect(await exact.count()).toBe(1);
  });

  test('characters that the connection has none for', async () => {
    const narrow = knex({
      client: 'mysql2',
      log,
      connection: { ...server.connection, charset: 'latin1', typeCast: () => 'spoilt' },
    });
    try {
      const frame = read.sql(narrow, 'SELECT greek FROM everything WHERE n = 1', { schema: { greek: t.string() } });
      expect(await frame.rows()).toEqual([{ greek: 'Ω' }]);
    } finally {
      await narrow.destroy();
    }
  });

  test('nulls', async () => {
    const [row] = await read.sql(shop, 'SELECT * FROM everything WHERE n = 2', { schema }).rows();
    expect(new Set(Object.values(row ?? {}))).toEqual(new Set([null]));
    expect(Object.keys(row ?? {})).toEqual(Object.keys(schema));
  });

  test('without a schema: the types of the server', async () => {
    const frame = await read.sql(shop, 'SELECT * FROM everything WHERE n = ?', { values: [1] });
    expect(Object.fromEntries(frame.schema.map((f) => [f.name, describeDType(f.dtype)]))).toEqual({
      n: 'int',
      i: 'int',
      u: 'int',
      big: 'int',
      ubig: 'decimal(20, 0)',
      flag: 'boolean',
      tiny: 'int',
      d: 'decimal(30, 10)',
      wide: 'string',
      f: 'float',
      db: 'float',
      s: 'string',
      l: 'string',
      greek: 'string',
      tx: 'string',
      e: 'string',
      st: 'string',
      bl: 'binary',
      vb: 'binary',
      dt: 'date',
      local: 'timestamp',
      berlin: 'timestamp',
      at: 'timestamp',
      tm: 'string',
      y: 'int',
      j: 'json',
      bit1: 'boolean',
      bit64: 'decimal(20, 0)',
      uu: 'string',
    });
    expect(frame.schema.every((f) => f.nullable)).toBe(true);
    const error = await failure(frame.rows());
    expect([error.code, error.details.column, error.details.value]).toEqual([
      'sql.bad_row',
      'big',
      '9223372036854775807',
    ]);
    const rest = await read.sql(shop, 'SELECT ubig, d, at, flag FROM everything WHERE n = 1');
    expect(await rest.rows()).toEqual([
      {
        ubig: '18446744073709551615',
        d: '12345678901234567890.0123456789',
        at: new Date('2024-07-01T12:00:00.123Z'),
        flag: true,
      },
    ]);
  });

  test('of what is computed', async () => {
    const frame = await read.sql(
      shop,
      `SELECT 1 + 1 AS i, 1.50 AS d, 1 / 3e0 AS f, 'é' AS s, 1 = 1 AS yes, now(6) AS at, NULL AS nothing, JSON_OBJECT('a', 1) AS j`,
    );
    expect(frame.schema.map((f) => describeDType(f.dtype))).toEqual([
      'int',
      'decimal(3, 2)',
      'float',
      'string',
      'int',
      'timestamp',
      'string',
      'json',
    ]);
    const typed = read.sql(shop, 'SELECT 1 = 1 AS yes, 2 > 3 AS no, NULL AS nothing', {
      schema: { yes: t.boolean(), no: t.boolean(), nothing: t.date().nullable() },
    });
    expect(await typed.rows()).toEqual([{ yes: true, no: false, nothing: null }]);
  });
});

describe('a row that does not fit', () => {
  beforeAll(async () => {
    await shop.raw(
      'CREATE TABLE odd (id int PRIMARY KEY, day date, at datetime, flag tinyint(1), big bigint unsigned, d decimal(10, 3), j longtext)',
    );
    await shop.raw(`SET STATEMENT sql_mode = '' FOR INSERT INTO odd VALUES
      (1, '2024-01-01', '2024-01-01 00:00:00', 1, 1, 1.5, '[1]'), (2, '0000-00-00', '2024-01-01 00:00:00', 0, 2, 1.5, '[1]'), (3, '2024-01-01', '0000-00-00 00:00:00', 0, 2, 1.5, '[1]'),
      (4, '2024-00-00', '2024-01-01 00:00:00', 0, 2, 1.5, '[1]'), (5, '2024-01-01', '2024-01-01 00:00:00', 7, 2, 1.5, '[1]'), (6, '2024-01-01', '2024-01-01 00:00:00', 0, 9223372036854775808, 1.5, '[1]'),
      (7, '2024-01-01', '2024-01-01 00:00:00', 0, 9007199254740993, 1.005, '[1]'), (8, NULL, '2024-01-01 00:00:00', 0, 2, 1.5, '[1]'), (9, '2024-01-01', '2024-01-01 00:00:00', 0, 2, 1.5, '[1')`);
  });
  const schema = {
    id: t.int(),
    day: t.date(),
    at: t.timestamp(),
    flag: t.boolean(),
    big: t.bigint(),
    d: t.decimal(10, 2),
    j: t.json(),
  };

  test('goes to quarantine with its column, value and reason', async () => {
    const frame = read.sql(shop, 'SELECT * FROM odd ORDER BY id', { schema, onBadRow: 'quarantine' });
    expect((await frame.rows()).map(({ id }) => id)).toEqual([1]);
    const rejected = await frame.quarantine().rows();
    expect(rejected.map(({ line, column, value, reason }) => [line, column, value, reason])).toEqual([
      [2, 'day', '0000-00-00', 'is not a date'],
      [3, 'at', '0000-00-00 00:00:00', 'is not a timestamp'],
      [4, 'day', '2024-00-00', 'is not a date'],
      [5, 'flag', '7', 'is not a boolean'],
      [6, 'big', '9223372036854775808', 'is not a bigint'],
      [7, 'd', '1.005', 'is not a decimal(10, 2)'],
      [8, 'day', null, 'is null, and the column is not nullable'],
      [9, 'j', '[1', 'is not a json'],
    ]);
  });

  test('stops the run', async () => {
    const zero = await failure(
      read.sql(shop, 'SELECT day FROM odd WHERE id = 2', { schema: { day: t.date().nullable() } }).rows(),
    );
    expect([zero.code, zero.details.row, zero.details.value]).toEqual(['sql.bad_row', 1, '0000-00-00']);
    const unsafe = await failure(
      read.sql(shop, 'SELECT big FROM odd WHERE id = 7', { schema: { big: t.int() } }).rows(),
    );
    expect([unsafe.code, unsafe.details.value]).toEqual(['sql.bad_row', '9007199254740993']);
  });

  test('a column of another type is named, with both types and what to write', async () => {
    const refused = (column: string, type: ReturnType<typeof t.int>) =>
      failure(read.sql(shop, `SELECT ${column} FROM everything`, { schema: { [column]: type } }).count());
    const cases = [
      ['s', t.int(), 'varchar(60)', 't.string()'],
      ['d', t.date(), 'decimal(30,10)', 't.decimal(30, 10)'],
      ['ubig', t.string(), 'bigint unsigned', 't.decimal(20, 0)'],
      ['at', t.date(), 'timestamp(6)', 't.timestamp()'],
      ['flag', t.string(), 'tinyint(1)', 't.boolean()'],
    ] as const;
    for (const [column, type, written, fix] of cases) {
      const error = await refused(column, type as never);
      expect([error.code, error.details]).toEqual([
        'sql.column_type',
        expect.objectContaining({ column, type: written }),
      ]);
      expect(error.message).toContain(`column "${column}" is ${written}`);
      expect(error.message).toContain(fix);
    }
    const missing = await failure(read.sql(shop, 'SELECT i FROM everything', { schema: { ii: t.int() } }).count());
    expect([missing.code, missing.message]).toEqual([
      'sql.missing_column',
      expect.stringContaining('Did you mean "i"?'),
    ]);
    const doubled = await failure(read.sql(shop, 'SELECT 1 AS n, 2 AS N', { schema: { n: t.int() } }).count());
    expect(doubled.code).toBe('sql.duplicate_column');
  });
});

describe('values', () => {
  test('are bound, never spliced', async () => {
    const nasty = [`'; DROP TABLE everything; --`, '\\', `\\' OR 1 = 1 -- `, 'é😀', ''];
    for (const text of nasty) {
      const frame = read.sql(shop, 'SELECT ? AS s', { schema: { s: t.string() }, values: [text] });
      expect(await frame.rows()).toEqual([{ s: text }]);
    }
    // What binds its values sends a statement of its own, which the server counts.
    const executed = async (): Promise<number> => {
      const [rows] = await shop.raw(`SHOW GLOBAL STATUS LIKE 'Com_stmt_execute'`);
      return Number(rows[0].Value);
    };
    const before = await executed();
    await read.sql(shop, 'SELECT ? AS s', { schema: { s: t.string() }, values: ['x'] }).count();
    expect(await executed()).toBe(before + 1);
  });

  test('of every kind, exactly', async () => {
    const counted = async (where: string, ...values: unknown[]): Promise<number> =>
      read.sql(shop, `SELECT n FROM everything WHERE ${where}`, { schema: { n: t.int() }, values }).count();
    expect(await counted('big = ?', 9223372036854775807n)).toBe(1);
    expect(await counted('big = ?', 9223372036854775806n)).toBe(0);
    expect(await counted('ubig = ?', 18446744073709551615n)).toBe(1);
    expect(await counted('at = ?', new Date('2024-07-01T12:00:00.123Z'))).toBe(0);
    expect(
      await counted('at BETWEEN ? AND ?', new Date('2024-07-01T12:00:00.123Z'), new Date('2024-07-01T12:00:00.124Z')),
    ).toBe(1);
    expect(await counted('flag = ?', true)).toBe(1);
    expect(await counted('bl = ?', new Uint8Array([0, 255, 92]))).toBe(1);
    expect(await counted('db = ?', 0.30000000000000004)).toBe(1);
    expect(await counted('i <=> ?', null)).toBe(1);
    expect(await counted('1 = 1 LIMIT ?', 1)).toBe(1);
    expect((await failure(counted('i = ?', undefined))).code).toBe('sql.value');
  });

  test('come back as they went, whatever characters they have', async () => {
    await expectTextsBack(read, shop, { others: ['\\0'] });
  });

  test('that make columns by themselves have the types that they are sent with', async () => {
    const sql = 'SELECT ? AS b, ? AS i, ? AS s';
    const typed = { b: t.boolean(), i: t.float(), s: t.string() };
    const values = [true, 0.5, 'x'];
    expect(await read.sql(shop, sql, { schema: typed, values }).rows()).toEqual([{ b: true, i: 0.5, s: 'x' }]);
    const own = await read.sql(shop, sql, { values });
    expect(await own.rows()).toEqual([{ b: 1, i: 0.5, s: 'x' }]);
    const wrong = await failure(read.sql(shop, sql, { schema: { s: t.int() }, values }).count());
    expect(wrong.code).toBe('sql.column_type');
  });

  test('of a query that Knex built', async () => {
    const schema = { n: t.int(), s: t.string().nullable() };
    const built = shop('everything').select('n', 's').where('n', '<', 3).whereNot('i', 7).orderBy('n').limit(5);
    expect((await read.sql(shop, built, { schema, ordered: true }).rows()).map(({ n }) => n)).toEqual([1]);
    expect(
      await read.sql(shop, shop.raw('SELECT n FROM everything WHERE n = ?', [2]), { schema: { n: t.int() } }).rows(),
    ).toEqual([{ n: 2 }]);
    expect(() => read.sql(shop, built, { schema, values: [1] })).toThrow(
      expect.objectContaining({ code: 'sql.option' }),
    );
  });
});

describe('a large result', () => {
  const rows = 300_000;
  const sql = `SELECT seq AS i, repeat(char(65 + seq % 26 USING utf8mb4), 200) AS s FROM seq_1_to_${rows} ORDER BY seq DESC`;

  test('comes in order and in full', async () => {
    await using kept = await read
      .sql(shop, sql, { schema: { i: t.int(), s: t.string() }, ordered: true })
      .materialize();
    expect(await kept.count()).toBe(rows);
    expect(await kept.limit(2, rows - 2).rows()).toEqual([
      { i: 2, s: 'C'.repeat(200) },
      { i: 1, s: 'B'.repeat(200) },
    ]);
  });
});

describe('what may go wrong', () => {
  const schema = { i: t.int(), s: t.string() };
  const endless = (mark: string): string =>
    `SELECT a.seq AS i, repeat('x', 1000) AS s, '${mark}' AS mark FROM seq_1_to_100000 a, seq_1_to_100000 b`;
  const usable = async (): Promise<void> => {
    for (let i = 0; i < 3; i++)
      expect(await read.sql(shop, 'SELECT 1 AS n', { schema: { n: t.int() } }).count()).toBe(1);
  };

  test('an abort while rows come', async () => {
    const stop = new AbortController();
    setTimeout(() => stop.abort(new Error('enough')), 300);
    await expect(read.sql(shop, endless('stop me'), { schema }).count({ signal: stop.signal })).rejects.toThrow(
      'enough',
    );
    await expect.poll(() => working('stop me')).toBe(0);
    await usable();
  });

  test('an abort while the server has nothing to send yet', async () => {
    const stop = new AbortController();
    const frame = read.sql(shop, `SELECT sleep(600) AS i, 'slow one' AS s`, { schema });
    const counting = frame.count({ signal: stop.signal });
    counting.catch(() => {});
    await expect.poll(() => working('slow one')).toBe(1);
    stop.abort(new Error('enough'));
    await expect(counting).rejects.toThrow('enough');
    await expect.poll(() => working('slow one')).toBe(0);
    await usable();
  });

  test('a connection that is killed in the middle is an error, never fewer rows', async () => {
    const counting = failure(read.sql(shop, endless('kill me'), { schema }).count());
    await expect.poll(() => working('kill me')).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 200));
    const [rows] = await shop.raw(
      `SELECT id FROM information_schema.processlist WHERE info LIKE '%kill me%' AND id <> connection_id()`,
    );
    await shop.raw(`KILL CONNECTION ${Number(rows[0].id)}`);
    const error = await counting;
    expect([error.code, error.retryable]).toEqual(['mysql.connection_lost', true]);
    await usable();
  });

  test('an error in the middle of the rows', async () => {
    const sql = `SELECT seq AS i, if(seq = 50000, (SELECT seq FROM seq_1_to_2), 'x') AS s FROM seq_1_to_100000`;
    const error = await failure(read.sql(shop, sql, { schema }).count());
    expect(error.code).toMatch(/^mysql\./);
    expect(error.message).toContain('Subquery returns more than 1 row');
    await usable();
  });

  test('a bad row in the middle leaves nothing under way', async () => {
    const sql = `SELECT if(seq = 5000, NULL, seq) AS i, repeat('x', 1000) AS s, 'bad row' AS mark FROM seq_1_to_100000000`;
    const error = await failure(read.sql(shop, sql, { schema }).count());
    expect([error.code, error.details.column]).toEqual(['sql.bad_row', 'i']);
    await expect.poll(() => working('bad row')).toBe(0);
    await usable();
  });

  test('statements that write, wrong SQL, an unknown table', async () => {
    await shop.raw('CREATE TABLE kept (n int)');
    const at = async (sql: string) => (await failure(read.sql(shop, sql, { schema: { n: t.int() } }).count())).code;
    expect(await at('INSERT INTO kept VALUES (1) RETURNING n')).toBe('mysql.statement');
    expect(await at('DROP TABLE kept')).toBe('sql.no_columns');
    expect(await at('SELEC 1')).toBe('mysql.statement');
    expect(await at('SELECT n FROM nowhere')).toBe('mysql.statement');
    expect((await shop('kept').count({ n: '*' }))[0]).toEqual({ n: 0 });
    await usable();
  });

  test('the session is left as its owner set it', async () => {
    const one = knex({ client: 'mysql2', log, connection: server.connection, pool: { min: 1, max: 1 } });
    try {
      await one.raw(`SET SESSION time_zone = '+03:00', character_set_results = 'latin1'`);
      await read.sql(one, 'SELECT 1 AS n', { schema: { n: t.int() } }).count();
      const [rows] = await one.raw(
        'SELECT @@session.time_zone AS zone, @@session.character_set_results AS characters, @@in_transaction AS busy',
      );
      expect(rows).toEqual([{ zone: '+03:00', characters: 'latin1', busy: 0 }]);
      const trx = await one.transaction();
      const frame = read.sql(trx, 'SELECT 1 AS n', { schema: { n: t.int() } });
      expect((await failure(frame.count())).code).toBe('sql.transaction');
      await trx.rollback();
    } finally {
      await one.destroy();
    }
  });

  test('the password is in no error', async () => {
    const { host, port, database } = server.connection;
    for (const there of [port, 1]) {
      const closed = knex({
        client: 'mysql2',
        log,
        connection: { host, port: there, database, user: 'me', password: 'sesame' },
        acquireConnectionTimeout: 2000,
      });
      const error = await failure(read.sql(closed, 'SELECT 1 AS n', { schema: { n: t.int() } }).count());
      expect(error.code).toBe(there === 1 ? 'mysql.connection_lost' : 'mysql.authentication');
      expect(`${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.cause)}`).not.toContain('sesame');
      await closed.destroy();
    }
  });

  test('a driver that does not bind is refused by name', async () => {
    const other = knex({
      client: class extends knex.Client {
        override dialect = 'mysql';
        override driverName = 'mysql';
        _driver(): object {
          return {};
        }
      } as typeof knex.Client,
    });
    const error = await failure(read.sql(other, 'SELECT 1 AS n', { schema: { n: t.int() } }).count());
    expect([error.code, error.message]).toEqual(['sql.driver', expect.stringContaining('mysql2')]);
  });
});
