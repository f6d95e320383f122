import { PGlite } from '@electric-sql/pglite';
import knex from 'knex';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, type MillraceError, postgres, t } from '../../../src/index.ts';
import { failure } from '../../support/failure.ts';
import { freshDatabase } from '../../support/postgres.ts';

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 4 });
const pglite = new PGlite();
const viaKnex = knex({ client: 'pg', connection: database.url, pool: { min: 0, max: 2 } });
const session = createSession({ threads: 2 });
const { read } = session;

beforeAll(async () => {
  for (const setting of [`timezone = 'America/New_York'`, `datestyle = 'SQL, DMY'`, 'extra_float_digits = 0']) {
    await pool.query(`ALTER DATABASE "${database.name}" SET ${setting}`);
  }
  await pglite.exec(`SET timezone = 'America/New_York'; SET datestyle = 'SQL, DMY'; SET extra_float_digits = 0`);
});
afterAll(async () => {
  await session.close();
  await viaKnex.destroy();
  await pool.end();
  await pglite.close();
  await database.drop();
});

const connections = [
  { name: 'a url', connection: database.url, run: async (sql: string) => void (await pool.query(sql)) },
  { name: 'a Pool', connection: pool, run: async (sql: string) => void (await pool.query(sql)) },
  { name: 'a PGlite', connection: pglite, run: async (sql: string) => void (await pglite.exec(sql)) },
  { name: 'a Knex', connection: viaKnex, run: async (sql: string) => void (await viaKnex.raw(sql)) },
] as const;

describe.each(connections)('$name', ({ connection, run }) => {
  beforeEach(() => run('DROP TABLE IF EXISTS sales'));

  /** Each through COPY, and with a value, through a cursor. */
  const both = [
    { way: 'COPY', where: '', values: [] },
    { way: 'a cursor', where: ' WHERE $1::int = 1', values: [1] },
  ] as const;

  describe.each(both)('through $way', ({ where, values }) => {
    test('every type, by a schema', async () => {
      const schema = {
        i: t.int(),
        big: t.bigint(),
        f: t.float(),
        small: t.float(),
        d: t.decimal(12, 3),
        loose: t.decimal(12, 2),
        whole: t.int(),
        cash: t.decimal(19, 2),
        s: t.string(),
        empty: t.string(),
        padded: t.string(),
        uuid: t.string(),
        e: t.enum(['x', 'y']),
        yes: t.boolean(),
        no: t.boolean(),
        day: t.date(),
        at: t.timestamp(),
        local: t.timestamp(),
        berlin: t.timestamp({ timeZone: 'Europe/Berlin' }),
        j: t.json(),
        nums: t.list(t.int().nullable()),
        words: t.list(t.string()),
        point: t.struct({ a: t.int(), b: t.string() }),
        range: t.string(),
        bin: t.binary(),
        nothing: t.string().nullable(),
      };
      const sql = `SELECT * FROM (SELECT 42 AS i, 9223372036854775807 AS big, 0.1::float8 + 0.2::float8 AS f, 0.5::float4 AS small, 1.5::numeric(12, 3) AS d,
        '7.500'::numeric AS loose, sum(3::bigint) AS whole, '1234.5'::money AS cash, E'tab\\tback\\\\slash\\nline\\r\\b\\f\\x0b"q" \\\\N é😀' AS s, '' AS empty,
        'ab'::char(4) AS padded, '6ECD8C99-4036-403D-BF84-CF8400F67836'::uuid AS uuid, 'y'::varchar(3) AS e, true AS yes, false AS no,
        '2024-02-29'::date AS day, '2024-07-01 12:00:00.123+02'::timestamptz AS at, '2024-07-01 12:00:00'::timestamp AS local, '2024-07-01 12:00:00'::timestamp AS berlin,
        '{"a": ["\\\\", "\\n"]}'::jsonb AS j, ARRAY[1, NULL, 3] AS nums, ARRAY['a,"b', 'c\\'] AS words, (SELECT p FROM (SELECT 1 AS a, 'x' AS b) p) AS point,
        int4range(1, 5) AS range, '\\x00ff5c'::bytea AS bin, NULL::text AS nothing) x${where};`;
      const [row] = await read.sql(connection, sql, { schema, values }).rows();
      expect(row).toEqual({
        i: 42,
        big: 9223372036854775807n,
        f: 0.30000000000000004,
        small: 0.5,
        d: '1.500',
        loose: '7.50',
        whole: 3,
        cash: '1234.50',
        s: 'tab\tback\\slash\nline\r\b\f\v"q" \\N é😀',
        empty: '',
        padded: 'ab',
        uuid: '6ecd8c99-4036-403d-bf84-cf8400f67836',
        e: 'y',
        yes: true,
        no: false,
        day: '2024-02-29',
        at: new Date('2024-07-01T10:00:00.123Z'),
        local: new Date('2024-07-01T12:00:00Z'),
        berlin: new Date('2024-07-01T10:00:00Z'),
        j: { a: ['\\', '\n'] },
        nums: [1, null, 3],
        words: ['a,"b', 'c\\'],
        point: { a: 1, b: 'x' },
        range: '[1,5)',
        bin: new Uint8Array([0, 255, 92]),
        nothing: null,
      });
    });

    test('values inside arrays and composites are as exact as columns, and as strict', async () => {
      const inside = `(SELECT p FROM (SELECT 12345678901234567890.5::numeric AS d, 'x' AS e) p)`;
      const sql = `SELECT * FROM (SELECT ARRAY[1, NULL] AS x, ${inside} AS s) v${where}`;
      const nested = { x: t.list(t.int().nullable()), s: t.struct({ d: t.decimal(30, 2), e: t.enum(['x']) }) };
      expect(await read.sql(connection, sql, { schema: nested, values }).rows()).toEqual([
        { x: [1, null], s: { d: '12345678901234567890.50', e: 'x' } },
      ]);
      const others = [
        { ...nested, x: t.list(t.int()) },
        { ...nested, s: t.struct({ e: t.enum(['y']) }) },
      ];
      for (const schema of others) {
        await expect(read.sql(connection, sql, { schema, values }).rows()).rejects.toMatchObject({
          code: 'sql.bad_row',
          details: { reason: expect.stringContaining('does not fit at') },
        });
      }
    });

    test('values beyond those of the engine are bad rows, and the others are read', async () => {
      const instant = '294276-12-31 23:59:59.999999';
      const beyond = [
        { type: t.timestamp(), bad: `'${instant}+00'::timestamptz`, good: `'2942-03-04'::timestamptz`, value: instant },
        { type: t.timestamp(), bad: `'${instant}'::timestamp`, good: `'2942-03-04 BC'::timestamp`, value: instant },
        { type: t.float(), bad: '1e400::numeric', good: '1.5', value: `1${'0'.repeat(400)}` },
        { type: t.float(), bad: '-1e400::numeric', good: `'Infinity'`, value: `-1${'0'.repeat(400)}` },
      ] as const;
      for (const { type, bad, good, value } of beyond) {
        const sql = `SELECT * FROM (SELECT ${good} AS a UNION ALL SELECT ${bad} UNION ALL SELECT NULL) x${where}`;
        for (const onBadRow of ['fail', 'quarantine'] as const) {
          const frame = read.sql(connection, sql, { schema: { a: type.nullable() }, values, onBadRow });
          const reason = type.dtype.id === 'float' ? 'is not a float' : 'is not a timestamp';
          if (onBadRow === 'fail') {
            const { code, details } = await failure(frame.rows());
            expect([code, details]).toEqual(['sql.bad_row', { row: 2, column: 'a', value, reason }]);
          } else {
            expect(await frame.quarantine().rows()).toMatchObject([{ line: 2, column: 'a', value, reason }]);
            expect(await frame.count()).toBe(2);
          }
        }
      }
      // What a stored instant is asked for in its turn does not take it for text.
      const sql = `SELECT * FROM (SELECT '2942-03-04'::timestamptz AS a UNION ALL SELECT NULL) x${where}`;
      const error = await failure(read.sql(connection, sql, { schema: { a: t.timestamp() }, values }).rows());
      expect([error.code, error.details.row]).toEqual(['sql.bad_row', 2]);
      const last = `SELECT * FROM (SELECT '294247-01-10 04:00:54.775806'::timestamp AS a, '5874897-12-31'::date AS d) x${where}`;
      const ends = read.sql(connection, last, { schema: { a: t.timestamp(), d: t.date() }, values });
      expect(await ends.count()).toBe(1);
    });

    test('one column, of empty texts and nulls', async () => {
      const sql = `SELECT * FROM (VALUES ('a', 1), ('', 2), (NULL, 3), ('', 4)) v(s, n)${where} ORDER BY n`;
      const frame = read.sql(connection, sql, { schema: { s: t.string().nullable() }, values, ordered: true });
      expect(await frame.rows()).toEqual([{ s: 'a' }, { s: '' }, { s: null }, { s: '' }]);
    });

    test('no rows', async () => {
      const sql = `SELECT 1 AS n FROM (SELECT 1) x${where}${where === '' ? ' WHERE' : ' AND'} false`;
      expect(await read.sql(connection, sql, { schema: { n: t.int() }, values }).rows()).toEqual([]);
    });

    test('values that an engine spells in its own way', async () => {
      const sql = `SELECT * FROM (SELECT 'nan'::float8 AS nan, 'infinity'::float8 AS up, '-infinity'::float8 AS down, 5e-324::float8 AS tiny,
        '0044-03-15 BC'::date AS ides, '0044-03-15 01:02:03 BC'::timestamp AS hour, 'infinity'::date AS never, '12345-06-07'::date AS far) x${where}`;
      const schema = {
        nan: t.float(),
        up: t.float(),
        down: t.float(),
        tiny: t.float(),
        ides: t.date(),
        hour: t.timestamp(),
        far: t.date(),
      };
      const [row] = await read.sql(connection, sql, { schema, values }).rows();
      expect(row).toEqual({
        nan: Number.NaN,
        up: Number.POSITIVE_INFINITY,
        down: Number.NEGATIVE_INFINITY,
        tiny: 5e-324,
        ides: '-000043-03-15',
        hour: new Date('-000043-03-15T01:02:03Z'),
        far: '+012345-06-07',
      });
    });
  });

  test('without a schema: the types of the server', async () => {
    const frame = await read.sql(
      connection,
      `SELECT 1::int2 AS small, 2::bigint AS big, 1.5::float4 AS f, 1.50::numeric(10, 2) AS d, 0.10::numeric AS loose, 'x'::varchar AS s, true AS b, '2024-01-02'::date AS day,
       now() AS at, now()::timestamp AS local, '[1]'::json AS j, ARRAY[1] AS nums, ARRAY[0.5] AS others, '\\x00'::bytea AS bin, '2 days'::interval AS gap, '3'::money AS cash, int4range(1, 5) AS range`,
    );
    expect(frame.schema.map((f) => [f.name, f.dtype.id, f.nullable])).toEqual(
      [
        ['small', 'int'],
        ['big', 'int'],
        ['f', 'float'],
        ['d', 'decimal'],
        ['loose', 'string'],
        ['s', 'string'],
        ['b', 'boolean'],
        ['day', 'date'],
        ['at', 'timestamp'],
        ['local', 'timestamp'],
        ['j', 'json'],
        ['nums', 'list'],
        ['others', 'json'],
        ['bin', 'binary'],
        ['gap', 'string'],
        ['cash', 'decimal'],
        ['range', 'string'],
      ].map(([name, id]) => [name, id, true]),
    );
    expect(frame.schema[3]?.dtype).toEqual({ id: 'decimal', precision: 10, scale: 2 });
    const kept = frame.filter((r) => r.col('d', t.decimal(10, 2).nullable()).gt('1.49'));
    expect((await kept.rows())[0]).toMatchObject({ small: 1, big: 2, f: 1.5, d: '1.50', loose: '0.10', others: [0.5] });
  });

  test('without a schema, a whole number that JavaScript does not hold is a bad row', async () => {
    const frame = await read.sql(connection, 'SELECT 9007199254740993::bigint AS big');
    const error = await failure(frame.rows());
    expect([error.code, error.details.column, error.details.value]).toEqual(['sql.bad_row', 'big', '9007199254740993']);
  });

  test('a numeric without a precision is text, to its last digit', async () => {
    const sql = `SELECT '1234567890123456789012345678901234567890.5'::numeric AS loose`;
    expect(await read.sql(connection, sql, { schema: { loose: t.string() } }).rows()).toEqual([
      { loose: '1234567890123456789012345678901234567890.5' },
    ]);
  });

  test('a schema that the result does not fit', async () => {
    const refused = (sql: string, schema: Record<string, ReturnType<typeof t.int>>): Promise<MillraceError> =>
      failure(read.sql(connection, sql, { schema }).count());
    const typed = await refused(`SELECT 'x'::varchar(3) AS n`, { n: t.int() });
    expect(typed.code).toBe('sql.column_type');
    expect(typed.message).toContain('column "n" is character varying');
    expect(typed.message).toContain('as int. Declare it as t.string()');
    const missing = await refused('SELECT 1 AS amount', { amuont: t.int() });
    expect(missing.message).toContain('no column "amuont". Did you mean "amount"?');
    expect((await refused('SELECT 1 AS n, 2 AS "N"', { n: t.int() })).code).toBe('sql.duplicate_column');
    expect((await refused('SELECT 1 AS n, 2 AS n', { n: t.int() })).code).toBe('sql.duplicate_column');
    const wrong = await refused('SELECT nope AS n', { n: t.int() });
    expect([wrong.code, wrong.retryable]).toEqual(['postgres.statement', false]);
    expect(wrong.message).toContain('column "nope" does not exist');
  });

  test.each([[[]], [[1]]])('a text that begins with a byte order mark keeps it (values %j)', async (values) => {
    const where = values.length === 0 ? '' : ' WHERE $1::int = 1';
    const sql = `SELECT chr(65279) || 'a' AS x, ''::text AS y, NULL::text AS z${where}`;
    const schema = { x: t.string(), y: t.string(), z: t.string().nullable() };
    const expected = [{ x: '\ufeffa', y: '', z: null }];
    expect(await read.sql(connection, sql, { schema, values }).rows()).toEqual(expected);
    const itself = createSession({ engine: postgres(connection === viaKnex ? pool : (connection as typeof pool)) });
    expect(await itself.read.sql(connection, sql, { schema, values }).rows()).toEqual(expected);
    await itself.close();
  });

  test('a value that is undefined is refused, for it would be null', async () => {
    const sql = 'SELECT 1 AS a WHERE $2::int > $1::int';
    const undefinedSecond = expect.objectContaining({ code: 'sql.value', details: { value: 2 } });
    expect(() => read.sql(connection, sql, { schema: { a: t.int() }, values: [0, undefined] })).toThrow(
      undefinedSecond,
    );
    await expect(read.sql(connection, sql, { values: [0, undefined] })).rejects.toEqual(undefinedSecond);
    // As `new Array(2)` has them: not even undefined.
    expect(() => read.sql(connection, sql, { schema: { a: t.int() }, values: new Array(2) })).toThrow('value 1 is');
    expect(await read.sql(connection, sql, { schema: { a: t.int() }, values: [0, null] }).rows()).toEqual([]);
  });

  test('other than one value for each placeholder is an error of the statement, which a retry does not help', async () => {
    for (const values of [[1, 2], [1]]) {
      const sql = `SELECT $1::int AS a${values.length === 1 ? ', $2::int AS b' : ''}`;
      const error = await failure(read.sql(connection, sql, { schema: { a: t.int() }, values }).rows());
      expect([error.code, error.retryable, error.message]).toEqual([
        'postgres.statement',
        false,
        expect.stringMatching(`the values and the placeholders do not agree: .*supplies ${values.length} parameters`),
      ]);
    }
    expect(await read.sql(connection, 'SELECT 1 AS a', { schema: { a: t.int() } }).count()).toBe(1);
  });

  test('columns go by name, and others are left', async () => {
    const sql = `SELECT 'b' AS "Second One", 1 AS first, 2 AS other -- a comment;`;
    const schema = { first: t.int(), second: t.string().from('Second One') };
    expect(await read.sql(connection, `${sql}\n;`, { schema }).rows()).toEqual([{ first: 1, second: 'b' }]);
  });

  test('a row that does not fit is named, or put aside', async () => {
    await run('CREATE TABLE sales (id int, name text, amount numeric, big bigint)');
    await run(`INSERT INTO sales SELECT i, CASE WHEN i = 70 THEN NULL ELSE 'n' END, CASE WHEN i = 80 THEN 1.005 ELSE 1.5 END, CASE WHEN i = 90 THEN 9007199254740992 ELSE i END
      FROM generate_series(1, 100) i`);
    const at = async (schema: Record<string, ReturnType<typeof t.string> | ReturnType<typeof t.int>>) => {
      const error = await failure(read.sql(connection, 'SELECT * FROM sales ORDER BY id', { schema }).rows());
      return [error.code, error.details.row, error.details.column, error.details.value, error.details.reason];
    };
    expect(await at({ name: t.string() })).toEqual(['sql.bad_row', 70, 'name', null, expect.stringContaining('null')]);
    expect(await at({ amount: t.decimal(12, 2) as never })).toEqual([
      'sql.bad_row',
      80,
      'amount',
      '1.005',
      'is not a decimal(12, 2)',
    ]);
    expect(await at({ big: t.int() })).toEqual(['sql.bad_row', 90, 'big', '9007199254740992', 'is not an int']);
    expect(await at({ name: t.enum(['m']) as never })).toEqual(['sql.bad_row', 1, 'name', 'n', `is not an enum('m')`]);
    const frame = read.sql(connection, 'SELECT * FROM sales ORDER BY id', {
      schema: { id: t.int(), name: t.string(), amount: t.decimal(12, 2), big: t.int() },
      onBadRow: 'quarantine',
    });
    expect(await frame.count()).toBe(97);
    const rejected = await frame.quarantine().rows();
    expect(rejected.map(({ line, column, value }) => [line, column, value])).toEqual([
      [70, 'name', null],
      [80, 'amount', '1.005'],
      [90, 'big', '9007199254740992'],
    ]);
    expect(JSON.parse(rejected[0]?.raw ?? '')).toMatchObject({ id: 70, name: null });
  });

  test('is read once, until it is refreshed', async () => {
    await run('CREATE TABLE sales (n int)');
    await run('INSERT INTO sales VALUES (1)');
    const frame = read.sql(connection, 'SELECT n FROM sales', { schema: { n: t.int() } });
    const doubled = frame.withColumns((r) => ({ twice: r.n.mul(2) }));
    expect(await frame.count()).toBe(1);
    await run('INSERT INTO sales VALUES (2)');
    expect(await doubled.rows()).toEqual([{ n: 1, twice: 2 }]);
    await frame.refresh();
    expect(await doubled.count()).toBe(2);
  });

  test('an order is only there when it is said', async () => {
    const sql = 'SELECT i AS n FROM generate_series(1, 5) i ORDER BY i DESC';
    const plain = read.sql(connection, sql, { schema: { n: t.int() } });
    const two = plain.withColumns((r) => ({ even: r.n.mod(2).eq(0) }));
    expect((await failure(two.dedupe({ by: ['even'] }).rows())).message).toContain('order');
    const ordered = read.sql(connection, sql, { schema: { n: t.int() }, ordered: true });
    expect(await ordered.limit(2).rows()).toEqual([{ n: 5 }, { n: 4 }]);
  });

  test('cannot write', async () => {
    if (connection === pglite) return;
    await run('CREATE TABLE sales (n int)');
    const sql = 'WITH made AS (INSERT INTO sales VALUES (1) RETURNING n) SELECT n FROM made';
    await failure(read.sql(connection, sql, { schema: { n: t.int() } }).rows());
    expect((await pool.query('SELECT count(*)::int AS n FROM sales')).rows).toEqual([{ n: 0 }]);
  });
});

describe('a large result', () => {
  test.each([
    ['a Pool', pool],
    ['a PGlite', pglite],
  ] as const)('%s: more than a segment, in order and in full', async (_, connection) => {
    const sql = `SELECT i, repeat(chr(65 + i % 26), 200) || E'\\n\\\\' AS s FROM generate_series(1, 200000) i ORDER BY i`;
    const frame = read.sql(connection, sql, { schema: { i: t.int(), s: t.string() }, ordered: true });
    await using kept = await frame.materialize();
    expect(await kept.count()).toBe(200_000);
    const [last] = await kept.limit(1, 199_999).rows();
    expect(last).toEqual({ i: 200_000, s: `${'I'.repeat(200)}\n\\` });
    expect(await kept.filter((r) => r.s.length().ne(202)).count()).toBe(0);
  });
});

describe('a server alone', () => {
  test('an abort in the middle leaves the Pool usable', async () => {
    const stop = new AbortController();
    const endless = read.sql(pool, `SELECT i, repeat('x', 1000) AS s FROM generate_series(1, 100000000) i`, {
      schema: { i: t.int(), s: t.string() },
    });
    setTimeout(() => stop.abort(new Error('enough')), 300);
    await expect(endless.count({ signal: stop.signal })).rejects.toThrow('enough');
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  test('a killed backend', async () => {
    const endless = read.sql(
      pool,
      `SELECT i, repeat('x', 1000) AS s, 'to be killed' AS mark FROM generate_series(1, 100000000) i`,
      {
        schema: { i: t.int(), s: t.string() },
      },
    );
    const counting = failure(endless.count());
    let killed = 0;
    while (killed === 0) {
      const { rows } = await pool.query(
        `SELECT count(pg_terminate_backend(pid))::int AS n FROM pg_stat_activity WHERE query LIKE 'COPY%to be killed%' AND datname = current_database() AND pid <> pg_backend_pid()`,
      );
      killed = rows[0].n;
    }
    const error = await counting;
    expect([error.code, error.retryable]).toEqual(['postgres.connection_lost', true]);
    expect(await read.sql(pool, 'SELECT 1 AS n', { schema: { n: t.int() } }).count()).toBe(1);
  });

  test('an error of the query in the middle', async () => {
    const sql = 'SELECT 1 / (500000 - i) AS n FROM generate_series(1, 1000000) i';
    for (const connection of [pool, database.url, viaKnex]) {
      const error = await failure(read.sql(connection, sql, { schema: { n: t.int() } }).count());
      expect([error.code, error.message]).toEqual(['postgres.value', expect.stringContaining('division by zero')]);
    }
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  test('a bad row in the middle of the result leaves the Pool usable', async () => {
    const sql = `SELECT CASE WHEN i = 100 THEN NULL ELSE repeat('x', 1000) END AS s FROM generate_series(1, 200000) i`;
    const error = await failure(read.sql(pool, sql, { schema: { s: t.string() } }).count());
    expect(error.details).toMatchObject({ row: 100, column: 's' });
    expect((await pool.query('SELECT 1 AS n')).rows).toEqual([{ n: 1 }]);
  });

  test('the password is in no error', async () => {
    const schema = { n: t.int() };
    for (const url of [
      database.url.replace(/:[^:@/]+@/, ':sesame@'),
      'postgres://me:sesame@127.0.0.1:1/db',
      'mysql://me:sesame@127.0.0.1/db',
      'me:sesame',
    ]) {
      const error = await failure(read.sql(url, 'SELECT 1 AS n', { schema }).count());
      expect(`${error.stack} ${JSON.stringify(error)} ${JSON.stringify(error.cause)}`).not.toContain('sesame');
    }
  });
});

describe('Knex', () => {
  test('a query that was built, and raw SQL with values', async () => {
    await pool.query('CREATE TABLE shops (id int, name text, opened date)');
    await pool.query(
      `INSERT INTO shops VALUES (1, 'north', '2020-01-02'), (2, 'south', NULL), (3, 'east', '2021-05-06')`,
    );
    const schema = { name: t.string(), opened: t.date().nullable() };
    const built = viaKnex('shops').select('name', 'opened').where('id', '<', 3).orderBy('id');
    expect(await read.sql(viaKnex, built, { schema, ordered: true }).rows()).toEqual([
      { name: 'north', opened: '2020-01-02' },
      { name: 'south', opened: null },
    ]);
    const raw = viaKnex.raw('SELECT name, opened FROM shops WHERE name = ?', ['east']);
    const frame = await read.sql(viaKnex, raw);
    expect(await frame.rows()).toEqual([{ name: 'east', opened: '2021-05-06' }]);
    expect(await read.sql(pool, built, { schema }).count()).toBe(2);
    expect(() => read.sql(viaKnex, raw, { schema, values: ['west'] })).toThrow(
      expect.objectContaining({ code: 'sql.option', message: expect.stringContaining('values') }),
    );
  });

  test('a transaction of Knex stays as it is', async () => {
    const trx = await viaKnex.transaction();
    const error = await failure(read.sql(trx, 'SELECT 1 AS n', { schema: { n: t.int() } }).count());
    expect(error.code).toBe('sql.transaction');
    await trx.rollback();
  });

  test('a url of another database says how it is read', async () => {
    const error = await failure(read.sql('mysql://me:sesame@there/db', 'SELECT 1', { schema: { n: t.int() } }).count());
    expect([error.code, error.message]).toEqual(['sql.connection', expect.stringContaining(`knex({ client: 'mysql2'`)]);
  });

  test('another database is refused by name', async () => {
    const other = knex({
      client: class extends knex.Client {
        override dialect = 'oracle';
        _driver(): object {
          return {};
        }
      } as typeof knex.Client,
    });
    const error = await failure(read.sql(other, 'SELECT 1', { schema: { n: t.int() } }).count());
    expect([error.code, error.message]).toEqual(['sql.dialect', expect.stringContaining('oracle')]);
  });
});
