import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { DuckDBSession } from '../../src/engines/duckdb/session.ts';
import { createSession, load, t } from '../../src/index.ts';
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
      message: expect.stringContaining(`'2024-01-05' is not an int`),
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
});
