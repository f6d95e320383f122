import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DuckDBSession } from '../../src/engines/duckdb/session.ts';
import { createSession, type DataType, fn, load, t } from '../../src/index.ts';
import { describeDType } from '../../src/schema/dtype.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
const writer = new DuckDBSession();
afterAll(async () => {
  await session.close();
  await writer.close();
});

let files = 0;
/** A Parquet file of a query, as another program would write it. */
async function parquetOf(query: string): Promise<string> {
  const path = join(folder, `${++files}.parquet`);
  const engine = await writer.open();
  await engine.connections.run({ sql: `COPY (${query}) TO '${path}' (FORMAT parquet)`, values: [] });
  return path;
}

describe('dtypes', () => {
  test('without a schema the columns are those of the file', async () => {
    const path = await parquetOf(
      `SELECT 1::TINYINT i8, 2::UINTEGER u32, 3::BIGINT i64, 4::UBIGINT u64, 0.5::FLOAT f, 1.5::DECIMAL(9,3) d, 'x' s, true b,
       DATE '2024-02-29' AS day, TIMESTAMPTZ '2024-01-01 01:00:00.000001+01' tz, TIMESTAMP_NS '2024-01-01 00:00:00.000001999' ns,
       '\\x01'::BLOB bytes, [1, NULL]::INTEGER[] l, {'a': 1::SMALLINT} st, '{"q": 1}'::JSON j, NULL::VARCHAR n`,
    );
    const frame = await read.parquet(path);
    expect(frame.schema.map((f) => [f.name, f.dtype.id])).toEqual([
      ['i8', 'int'],
      ['u32', 'int'],
      ['i64', 'int'],
      ['u64', 'decimal'],
      ['f', 'float'],
      ['d', 'decimal'],
      ['s', 'string'],
      ['b', 'boolean'],
      ['day', 'date'],
      ['tz', 'timestamp'],
      ['ns', 'timestamp'],
      ['bytes', 'binary'],
      ['l', 'list'],
      ['st', 'struct'],
      ['j', 'json'],
      ['n', 'string'],
    ]);
    expect(await frame.rows()).toEqual([
      {
        i8: 1,
        u32: 2,
        i64: 3,
        u64: '4',
        f: 0.5,
        d: '1.500',
        s: 'x',
        b: true,
        day: '2024-02-29',
        tz: new Date('2024-01-01T00:00:00Z'),
        ns: new Date('2024-01-01T00:00:00Z'),
        bytes: new Uint8Array([1]),
        l: [1, null],
        st: { a: 1 },
        j: { q: 1 },
        n: null,
      },
    ]);
    expect(await frame.filter((r) => r.col('i8', t.int().nullable()).gt(5)).count()).toBe(0);
  });

  test('a type that no dtype holds is refused by name, and can be left out', async () => {
    const path = await parquetOf(`SELECT TIME '10:00' AS at, 1 AS i`);
    await expect(read.parquet(path)).rejects.toMatchObject({
      code: 'parquet.dtype',
      message: expect.stringContaining('column "at" is TIME'),
    });
    expect(await read.parquet(path, { schema: { i: t.int() } }).rows()).toEqual([{ i: 1 }]);
  });

  test.each([
    [{ x: t.int() }, 'parquet.dtype', 'column "x" is DECIMAL(12,2), the schema says int'],
    [{ x: t.decimal(8, 1) }, 'parquet.dtype', 'the schema says decimal(8, 1)'],
    [{ x: t.decimal(2, 2) }, 'parquet.bad_value', `column "x": '1.50' is not decimal(2, 2)`],
    [{ y: t.int() }, 'parquet.null', 'column "y" holds a null'],
    [{ z: t.enum(['a']) }, 'parquet.bad_value', `column "z": 'b' is not enum('a')`],
    [{ big: t.int() }, 'parquet.bad_value', `'9007199254740993' is not int`],
    [{ yy: t.int() }, 'parquet.missing_column', 'Did you mean "y"?'],
  ])('a schema is checked: %j', async (schema, code, message) => {
    const path = await parquetOf(
      `SELECT 1.5::DECIMAL(9,2) x, NULL::INTEGER y, 'b' z, 9007199254740993 big UNION ALL SELECT 1, 1, 'a', 1`,
    );
    await expect(read.parquet(path, { schema }).rows()).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});

describe('nested values', () => {
  test('a map is a list of keys and values, wherever it stands', async () => {
    const path = await parquetOf(
      `SELECT MAP {'a': 1, 'b': NULL} AS m, [MAP {1: MAP {'x': true}}, NULL] AS l, {'m': MAP {'k': DATE '2024-01-01'}, 'n': 1} AS s
       UNION ALL SELECT NULL, [], NULL`,
    );
    const pair = t.struct({ key: t.string(), value: t.int().nullable() });
    const inner = t.struct({ key: t.string(), value: t.boolean().nullable() });
    const schema = {
      m: t.list(pair).nullable(),
      l: t.list(t.list(t.struct({ key: t.int(), value: t.list(inner).nullable() })).nullable()),
      s: t
        .struct({
          m: t.list(t.struct({ key: t.string(), value: t.date().nullable() })).nullable(),
          n: t.int().nullable(),
        })
        .nullable(),
    };
    const rows = [
      {
        m: [
          { key: 'a', value: 1 },
          { key: 'b', value: null },
        ],
        l: [[{ key: 1, value: [{ key: 'x', value: true }] }], null],
        s: { m: [{ key: 'k', value: '2024-01-01' }], n: 1 },
      },
      { m: null, l: [], s: null },
    ];
    expect(await read.parquet(path, { schema }).rows()).toEqual(rows);
    expect(await (await read.parquet(path)).rows()).toEqual(rows);
  });

  test.each([
    [{ l: t.list(t.int()) }, 'column "l" holds a null inside list(int)'],
    [{ s: t.struct({ a: t.int(), b: t.string() }) }, 'column "s" holds a null inside struct(a: int, b: string)'],
    [{ d: t.list(t.struct({ x: t.int() })) }, 'column "d" holds a null inside list(struct(x: int))'],
  ])('a null inside is refused where the schema says that there is none: %j', async (schema, message) => {
    const path = await parquetOf(
      `SELECT [1, NULL] AS l, {'a': 1, 'b': NULL::VARCHAR} AS s, [{'x': 1}, {'x': NULL}] AS d`,
    );
    await expect(read.parquet(path, { schema }).rows()).rejects.toMatchObject({
      code: 'parquet.null',
      message: expect.stringContaining(`${path}: ${message}`),
    });
  });

  test('uuids are strings; half floats, unsigned numbers and every width of decimals are exact', async () => {
    const path = await parquetOf(
      `SELECT UUID '1724a495-6763-4b0b-be4c-aa57736c5238' AS id, 18446744073709551615::UBIGINT AS u,
       1.5::DECIMAL(4,1) AS d4, 1.5::DECIMAL(9,1) AS d9, 1.5::DECIMAL(18,1) AS d18, 12345678901234567890123456789012345.678::DECIMAL(38,3) AS d38`,
    );
    expect(await (await read.parquet(path)).rows()).toEqual([
      {
        id: '1724a495-6763-4b0b-be4c-aa57736c5238',
        u: '18446744073709551615',
        d4: '1.5',
        d9: '1.5',
        d18: '1.5',
        d38: '12345678901234567890123456789012345.678',
      },
    ]);
  });
});

describe('damaged files', () => {
  /** Where the pages of a column of a row group stand. */
  async function pagesOf(path: string, column: string, group: number): Promise<{ start: number; end: number }> {
    const engine = await writer.open();
    const [[data, dictionary, size] = []] = await engine.connections.values(
      `SELECT data_page_offset, dictionary_page_offset, total_compressed_size FROM parquet_metadata('${path}') WHERE path_in_schema = '${column}' AND row_group_id = ${group}`,
    );
    const start = Number(dictionary === null || Number(dictionary) === 0 ? data : dictionary);
    return { start, end: start + Number(size) };
  }

  async function damaged(path: string, column: string, group: number): Promise<string> {
    const { start, end } = await pagesOf(path, column, group);
    const copy = `${path}-${column}-${group}.parquet`;
    const bytes = readFileSync(path);
    bytes.fill(0xff, start, end);
    writeFileSync(copy, bytes);
    return copy;
  }

  const i = t.int();

  test('a column that is not asked for is not read', async () => {
    const path = await damaged(await parquetOf('SELECT i, i * 2 AS j FROM range(1000) r(i)'), 'j', 0);
    const frame = read.parquet(path, { schema: { i, j: i } });
    expect(await frame.select('i').count()).toBe(1000);
    const rows = await frame.select('i').rows();
    expect(rows.map((row) => row.i)).toEqual(Array.from({ length: 1000 }, (_, n) => n));
    await expect(frame.rows()).rejects.toMatchObject({
      code: 'parquet.unreadable',
      message: expect.stringContaining(`${path}: the file cannot be read`),
      details: { file: path },
    });
  });

  test('a row group that a filter leaves nothing of is not read', async () => {
    const path = join(folder, 'groups.parquet');
    const engine = await writer.open();
    const sql = `COPY (SELECT i FROM range(8192) r(i)) TO '${path}' (FORMAT parquet, ROW_GROUP_SIZE 2048)`;
    await engine.connections.run({ sql, values: [] });
    const frame = read.parquet(await damaged(path, 'i', 3), { schema: { i } });
    expect(await frame.filter((r) => r.i.lt(100)).count()).toBe(100);
    await expect(frame.filter((r) => r.i.gt(7000)).count()).rejects.toMatchObject({ code: 'parquet.unreadable' });
  });

  test.each([
    ['cut off', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
    ['of another format', () => Buffer.from('id,name\n1,x\n')],
    ['empty', () => Buffer.alloc(0)],
    ['with a damaged footer', (bytes: Buffer) => Buffer.from(bytes).fill(0xff, bytes.length - 60, bytes.length - 8)],
    [
      'with a footer of another length',
      (bytes: Buffer) => Buffer.from(bytes).fill(0x7f, bytes.length - 8, bytes.length - 5),
    ],
  ])('a file %s is named, among others that are sound', async (_, change) => {
    const sound = await parquetOf('SELECT i FROM range(100) r(i)');
    const path = `${sound}-damaged.parquet`;
    writeFileSync(path, change(readFileSync(sound)));
    const error = { code: 'parquet.unreadable', message: expect.stringContaining(`${path}: the file cannot be read`) };
    await expect(read.parquet([sound, path], { schema: { i } }).rows()).rejects.toMatchObject(error);
    await expect(read.parquet(path)).rejects.toMatchObject(error);
  });

  test('of several files the one whose value breaks the schema is named', async () => {
    const sound = await parquetOf(`SELECT 'a' AS z`);
    const bad = await parquetOf(`SELECT 'b' AS z`);
    copyFileSync(sound, `${sound}-again.parquet`);
    const frame = read.parquet([sound, bad, `${sound}-again.parquet`], { schema: { z: t.enum(['a']) } });
    await expect(frame.rows()).rejects.toMatchObject({
      code: 'parquet.bad_value',
      message: `${bad}: column "z": 'b' is not enum('a').`,
      details: { file: bad },
    });
  });
});

describe('files', () => {
  test('several files are one frame in their order, and an order-dependent verb uses it', async () => {
    const paths = [
      await parquetOf('SELECT i, 1 AS f FROM range(300000) r(i)'),
      await parquetOf('SELECT i, 2 AS f FROM range(9) r(i)'),
    ];
    const rows = read.parquet([...paths].reverse(), { schema: { i: t.int(), f: t.int() } });
    expect((await rows.collect()).column('i')).toEqual([
      ...Array.from({ length: 9 }, (_, i) => i),
      ...Array.from({ length: 300_000 }, (_, i) => i),
    ]);
    expect(await rows.dedupe({ by: ['f'], keep: 'last' }).rows()).toEqual([
      { i: 8, f: 2 },
      { i: 299_999, f: 1 },
    ]);
  });

  test('files of other columns are refused, both named', async () => {
    const paths = [await parquetOf('SELECT 1 AS i'), await parquetOf(`SELECT 'x' AS i`)];
    await expect(read.parquet(paths)).rejects.toMatchObject({
      code: 'parquet.mixed',
      message: expect.stringContaining(`Column "i" is INTEGER in ${paths[0]}, and in ${paths[1]} it is VARCHAR`),
    });
  });

  test('the columns of a dataset are those of its folders too, parsed as strictly as text', async () => {
    const path = join(folder, 'year=1999', 'dataset');
    const sales = read.rows(
      [
        { sku: 'a', year: 2024, day: '2024-01-05' },
        { sku: 'b', year: 2023, day: null },
      ],
      { schema: { sku: t.string(), year: t.int(), day: t.date().nullable() } },
    );
    await load.parquet(sales, path, { mode: 'fail', partitionBy: ['year', 'day'] });
    const typed = read.parquet(path, { schema: { sku: t.string(), year: t.int(), day: t.date().nullable() } });
    expect(await typed.sort('sku').rows()).toEqual(await sales.rows());
    expect((await read.parquet(path)).schema.map((f) => [f.name, f.dtype.id])).toEqual([
      ['sku', 'string'],
      ['year', 'string'],
      ['day', 'string'],
    ]);
    await expect(read.parquet(path, { schema: { day: t.int().nullable() } }).rows()).rejects.toMatchObject({
      code: 'parquet.bad_value',
      message: expect.stringMatching(
        /year=2024.day=2024-01-05.+\.parquet: column "day", by its folder: '2024-01-05' is not an int \(a whole number/,
      ),
    });
    // A folder above the dataset is none of its partitions.
    expect((await read.parquet(`${path}/*/*/*.parquet`)).schema.map((f) => f.name)).toEqual(['sku']);
  });

  test('a path that is not there', async () => {
    await expect(read.parquet('no-such.parquet')).rejects.toMatchObject({ code: 'parquet.not_found' });
  });
});

describe('decimals of fewer digits than the file has room for', () => {
  const price = { price: t.decimal(5, 2).nullable() };

  test('are read where every value fits, whatever the statistics tell', async () => {
    const rows = [{ price: '999.99' }, { price: null }, { price: '-999.99' }, { price: '0.00' }];
    const known = await parquetOf(`SELECT unnest([999.99, NULL, -999.99, 0])::DECIMAL(15,2) AS price`);
    expect(await read.parquet(known, { schema: price }).rows()).toEqual(rows);
    const other = await parquetOf(`SELECT unnest([1, 1000])::DECIMAL(15,2) AS price`);
    const bad = { code: 'parquet.bad_value', message: expect.stringContaining(`'1000.00' is not decimal(5, 2)`) };
    await expect(read.parquet(other, { schema: price }).rows()).rejects.toMatchObject(bad);
    await expect(read.parquet([known, other], { schema: price }).rows()).rejects.toMatchObject(bad);
    const below = await parquetOf(`SELECT unnest([1, -1000])::DECIMAL(15,2) AS price`);
    await expect(read.parquet(below, { schema: price }).rows()).rejects.toMatchObject({ code: 'parquet.bad_value' });
  });

  test('are decimals of those digits for what is computed', async () => {
    const path = await parquetOf(`SELECT 12.5::DECIMAL(15,2) AS price`);
    const frame = read.parquet(path, { schema: price }).withColumns((r) => ({ twice: r.price.mul(2) }));
    expect(frame.schema[1]?.dtype).toMatchObject({ precision: 6, scale: 2 });
    expect(await frame.rows()).toEqual([{ price: '12.50', twice: '25.00' }]);
  });

  type Typed = { readonly schema: readonly { readonly name: string; readonly dtype: DataType }[] };
  const digitsOf = ({ schema }: Typed) =>
    Object.fromEntries(schema.map(({ name, dtype }) => [name, describeDType(dtype)]));

  /** The dtypes under which the engine writes a frame's columns. */
  async function written(frame: Parameters<typeof load.parquet>[0]) {
    const path = join(folder, `${++files}-written.parquet`);
    await load.parquet(frame, path, { mode: 'fail' });
    return digitsOf(await read.parquet(path));
  }

  test('come out with those digits, wherever the rows go', async () => {
    const path = await parquetOf(`SELECT unnest([1.5, 999.99, NULL])::DECIMAL(15,2) AS price`);
    const frame = read.parquet(path, { schema: price });
    const computed = frame.withColumns((r) => ({
      taxed: r.price.mul(fn.lit('1.19').cast(t.decimal(3, 2))).sub(r.price),
      back: fn.when(r.price.gt(2), r.price.neg()).else(r.price),
      before: r.price.lag(1).over({ orderBy: ['price'] }),
      last: fn.coalesce(r.price, r.price.mul(2)),
    }));
    const digits = digitsOf(computed);
    expect(digits).toMatchObject({ price: 'decimal(5, 2)', taxed: 'decimal(9, 4)', last: 'decimal(6, 2)' });
    expect(await written(computed)).toEqual(digits);
    expect(await written(computed.dedupe().sort('price').limit(2))).toEqual(digits);
    expect(await written(computed.concat(computed))).toEqual(digits);
    const parted = computed.withColumns((r) => ({
      price: r.price.cast(t.string()).cast(price.price, { onError: 'quarantine' }),
    }));
    expect(await written(parted)).toEqual(digits);
    const grouped = frame
      .groupBy()
      .agg((r) => ({ max: r.price.max(), middle: r.price.median(), sum: r.price.sum(), all: r.price.toList() }));
    expect(await written(grouped)).toEqual(digitsOf(grouped));
    expect(await computed.select('price', 'taxed').sort('price').rows()).toEqual([
      { price: '1.50', taxed: '0.2850' },
      { price: '999.99', taxed: '189.9981' },
      { price: null, taxed: null },
    ]);
  });
});
