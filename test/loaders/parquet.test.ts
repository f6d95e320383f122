import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, load, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
afterAll(() => session.close());

let targets = 0;
const target = (name: string): string => join(folder, `target-${++targets}`, name);

const schema = {
  sku: t.string(),
  price: t.decimal(12, 2).nullable(),
  sold_at: t.timestamp().nullable(),
  region: t.enum(['north', 'south']).nullable(),
  quantity: t.int(),
};
const sales = read.rows(
  [
    { sku: 'a', price: '10.50', sold_at: '2024-01-05T10:00:00.123456Z', region: 'north', quantity: 9007199254740991 },
    { sku: 'b "é"', price: null, sold_at: null, region: null, quantity: -1 },
    { sku: '', price: '-0.01', sold_at: '1969-12-31T23:59:59.999999Z', region: 'south', quantity: 0 },
  ],
  { schema },
);

/** A frame whose run fails after most of its rows. */
const failing = (rows: number) => numbers(rows, true);
const numbers = (rows: number, bad: boolean) =>
  read
    .rows(
      Array.from({ length: rows }, (_, i) => ({ text: bad && i === rows - 1 ? 'x' : '1' })),
      { schema: { text: t.string() } },
    )
    .cast({ text: t.int() });

describe('an independent reader gets what was written', () => {
  for (const compression of ['zstd', 'snappy', 'gzip', 'uncompressed'] as const) {
    test(`hyparquet, ${compression}`, async () => {
      const path = target('sales.parquet');
      await load.parquet(sales, path, { mode: 'fail', compression });
      const file = await asyncBufferFromFile(path);
      expect(await parquetReadObjects({ file, compressors })).toEqual([
        {
          sku: 'a',
          price: 10.5,
          sold_at: new Date('2024-01-05T10:00:00.123Z'),
          region: 'north',
          quantity: 9007199254740991n,
        },
        { sku: 'b "é"', price: null, sold_at: null, region: null, quantity: -1n },
        {
          sku: '',
          price: -0.01,
          sold_at: expect.any(Date),
          region: 'south',
          quantity: 0n,
        },
      ]);
    });
  }

  test('timestamps are UTC-adjusted microseconds and decimals have their scale', async () => {
    const path = target('sales.parquet');
    await load.parquet(sales, path, { mode: 'fail' });
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
    const element = (name: string) => metadata.schema.find((column) => column.name === name);
    expect(element('sold_at')?.logical_type).toEqual({ type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'MICROS' });
    expect(element('price')).toMatchObject({ converted_type: 'DECIMAL', precision: 12, scale: 2 });
    expect(element('region')?.converted_type).toBe('UTF8');
  });

  for (const compression of ['snappy', 'uncompressed'] as const) {
    test(`parquetjs-lite, ${compression}`, async () => {
      const { ParquetReader } = await import('parquetjs-lite');
      const path = target('sales.parquet');
      await load.parquet(sales.select('sku', 'quantity'), path, { mode: 'fail', compression });
      const reader = await ParquetReader.openFile(path);
      const cursor = reader.getCursor();
      const rows: Record<string, unknown>[] = [];
      for (let row = await cursor.next(); row !== null; row = await cursor.next()) rows.push(row);
      await reader.close();
      expect(rows.map((row) => [String(row.sku), BigInt(row.quantity as bigint)])).toEqual([
        ['a', 9007199254740991n],
        ['b "é"', -1n],
        ['', 0n],
      ]);
    });
  }

  test('compressionLevel makes files smaller', async () => {
    const texts = read.rows(
      Array.from({ length: 20_000 }, (_, i) => ({ text: `row ${(i * 7919) % 20_011} of ${(i * i) % 997}` })),
      { schema: { text: t.string() } },
    );
    const size = async (name: string, options: { compressionLevel?: number }): Promise<number> =>
      (await load.parquet(texts, target(name), { mode: 'fail', ...options })).bytes ?? 0;
    const least = await size('default.parquet', {});
    expect(await size('1.parquet', { compressionLevel: 1 })).toBe(least);
    expect(await size('19.parquet', { compressionLevel: 19 })).toBeLessThan(least * 0.95);
  });

  test('rowGroupSize is the size of the row groups', async () => {
    const path = target('many.parquet');
    const many = read.rows(
      Array.from({ length: 5000 }, (_, i) => ({ i })),
      { schema: { i: t.int() } },
    );
    await load.parquet(many, path, { mode: 'fail', rowGroupSize: 2048 });
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(path));
    expect(metadata.row_groups.map((group) => Number(group.num_rows))).toEqual([2048, 2048, 904]);
  });
});

describe('modes', () => {
  test('the report counts rows and bytes', async () => {
    const path = target('sales.parquet');
    const report = await load.parquet(
      sales.filter((r) => r.quantity.gte(0)),
      path,
      { mode: 'replace' },
    );
    expect(report.rows).toEqual({ read: 3, filtered: 1, quarantined: 0, written: 2 });
    expect(report.bytes).toBe(readFileSync(path).length);
  });

  test("'fail' leaves what is there", async () => {
    const path = target('sales.parquet');
    await load.parquet(sales, path, { mode: 'fail' });
    const before = readFileSync(path);
    await expect(load.parquet(sales.limit(1), path, { mode: 'fail' })).rejects.toMatchObject({ code: 'load.exists' });
    expect(readFileSync(path)).toEqual(before);
  });

  test("'replace' leaves one file, or a folder of the new files alone", async () => {
    const path = target('sales');
    await load.parquet(sales, path, { mode: 'replace', partitionBy: ['region'] });
    await load.parquet(sales, path, { mode: 'replace' });
    expect(readdirSync(path)).toHaveLength(1);
    expect(await read.parquet(path, { schema }).rows()).toEqual(await sales.rows());
    expect(readdirSync(join(path, '..'))).toEqual(['.sales.versions', 'sales']);
  });

  test("'append' adds files to a folder, later rows after earlier ones", async () => {
    const path = target('sales');
    for (const sku of ['first', 'second', 'third']) {
      await load.parquet(
        sales.limit(1).withColumns(() => ({ sku: fn.lit(sku) })),
        path,
        { mode: 'append' },
      );
    }
    expect((await read.parquet(path, { schema }).rows()).map((row) => row.sku)).toEqual(['first', 'second', 'third']);
    expect(readdirSync(path)).toHaveLength(3);
  });

  test('nothing is appended to a file, and a folder of other things is not replaced', async () => {
    await expect(load.parquet(sales, target('a.parquet'), { mode: 'append' })).rejects.toMatchObject({
      code: 'load.option',
    });
    const path = target('notes');
    mkdirSync(path, { recursive: true });
    writeFileSync(join(path, 'notes.txt'), 'mine');
    await expect(load.parquet(sales, path, { mode: 'replace' })).rejects.toMatchObject({
      code: 'load.target',
      message: expect.stringContaining('notes.txt'),
    });
    expect(readFileSync(join(path, 'notes.txt'), 'utf8')).toBe('mine');
  });

  test('a frame may be written over the file that it reads', async () => {
    const path = target('sales.parquet');
    await load.parquet(sales, path, { mode: 'fail' });
    await load.parquet(read.parquet(path, { schema }).limit(2), path, { mode: 'replace' });
    expect(await read.parquet(path, { schema }).count()).toBe(2);
  });
});

describe('a failure leaves what was there', () => {
  test('of a file', async () => {
    const path = target('sales.parquet');
    await load.parquet(sales, path, { mode: 'fail' });
    const before = readFileSync(path);
    await expect(load.parquet(failing(300_000), path, { mode: 'replace' })).rejects.toMatchObject({
      code: 'cast.failed',
    });
    expect(readFileSync(path)).toEqual(before);
    expect(readdirSync(join(path, '..'))).toEqual(['sales.parquet']);
  });

  for (const mode of ['replace', 'append'] as const) {
    test(`of a folder, mode '${mode}'`, async () => {
      const path = target('sales');
      const parts = (rows: number, bad: boolean) => numbers(rows, bad).withColumns((r) => ({ part: r.text.mod(2) }));
      await load.parquet(parts(10, false), path, { mode: 'fail', partitionBy: ['part'] });
      const before = readdirSync(path, { recursive: true }).sort();
      const broken = parts(300_000, true);
      await expect(load.parquet(broken, path, { mode, partitionBy: ['part'] })).rejects.toMatchObject({
        code: 'cast.failed',
      });
      expect(readdirSync(path, { recursive: true }).sort()).toEqual(before);
      expect(readdirSync(join(path, '..'))).toEqual(['.sales.versions', 'sales']);
      expect(readdirSync(join(path, '..', '.sales.versions'))).toEqual(['000001']);
    });
  }

  test('nothing is left where nothing was', async () => {
    const path = target('sales');
    await expect(load.parquet(failing(10), path, { mode: 'fail' })).rejects.toMatchObject({ code: 'cast.failed' });
    expect(existsSync(path)).toBe(false);
    expect(readdirSync(join(path, '..'))).toEqual([]);
  });
});

describe('datasets', () => {
  test('each partition keeps the order of the rows', async () => {
    const path = target('many');
    const rows = Array.from({ length: 400_000 }, (_, i) => ({ i, part: i % 3 }));
    const many = read.rows(rows, { schema: { i: t.int(), part: t.int() } });
    await load.parquet(many.sort({ desc: 'i' }), path, { mode: 'fail', partitionBy: ['part'] });
    const back = await read.parquet(path, { schema: { i: t.int(), part: t.int() } }).collect();
    const expected = [0, 1, 2].flatMap((part) =>
      rows
        .filter((row) => row.part === part)
        .map((row) => row.i)
        .reverse(),
    );
    expect(back.column('i')).toEqual(expected);
  });

  test('partition columns are no longer in the files, and are read from the folders', async () => {
    const path = target('sales');
    await load.parquet(sales, path, { mode: 'fail', partitionBy: ['region'] });
    expect(readdirSync(path).sort()).toEqual(['region=__HIVE_DEFAULT_PARTITION__', 'region=north', 'region=south']);
    const north = readdirSync(join(path, 'region=north'))[0] ?? '';
    const file = await asyncBufferFromFile(join(path, 'region=north', north));
    expect(Object.keys((await parquetReadObjects({ file, compressors }))[0] ?? {})).not.toContain('region');
    expect(await read.parquet(path, { schema }).sort('sku').rows()).toEqual(await sales.sort('sku').rows());
  });

  test('partition columns of any name, and values of any text', async () => {
    for (const name of ["a'b", 'a(b)', 'x*!', 'a b', 'a=b', 'ä', 'a.b', '100%']) {
      const path = target('named');
      const named = { [name]: t.string().nullable(), i: t.int() };
      const values = ["it's", 'a/b', '../x', '', 'null', null, ' ', '.', '%2F', 'a\nb'];
      const rows = values.map((value, i) => ({ [name]: value, i }));
      await load.parquet(read.rows(rows, { schema: named }), path, { mode: 'fail', partitionBy: [name] });
      expect(await read.parquet(path, { schema: named }).sort('i').rows()).toEqual(rows);
    }
  });

  test('0 and -0 are two partitions', async () => {
    const path = target('zeros');
    const schema = { part: t.float(), i: t.int() };
    const rows = [0, -0, 1.5, 0, -0].map((part, i) => ({ part, i }));
    await load.parquet(read.rows(rows, { schema }), path, { mode: 'fail', partitionBy: 'part' });
    const back = await read.parquet(path, { schema }).sort('i').rows();
    expect(back.map(({ part }) => Object.is(part, -0))).toEqual([false, true, false, false, true]);
  });

  test('the text that names the folder of nulls is refused, not mixed with them', async () => {
    const path = target('nulls');
    const schema = { part: t.string().nullable(), i: t.int() };
    const rows = [
      { part: '__HIVE_DEFAULT_PARTITION__', i: 1 },
      { part: null, i: 2 },
    ];
    await expect(
      load.parquet(read.rows(rows, { schema }), path, { mode: 'fail', partitionBy: ['part'] }),
    ).rejects.toMatchObject({ code: 'load.partition_value', message: expect.stringContaining('"part"') });
    expect(existsSync(path)).toBe(false);
  });

  test('a text too long for the name of a folder is refused by name; one that just fits is not', async () => {
    const schema = { part: t.string() };
    const loaded = async (part: string): Promise<unknown> => {
      const path = target('long');
      const frame = read.rows([{ part, i: 1 }], { schema: { ...schema, i: t.int() } });
      await load.parquet(frame, path, { mode: 'fail', partitionBy: 'part' });
      return (await read.parquet(path, { schema }).rows())[0]?.part;
    };
    for (const part of ['x'.repeat(250), 'ü'.repeat(41)]) expect(await loaded(part)).toBe(part);
    for (const part of ['x'.repeat(251), 'ü'.repeat(42)])
      await expect(loaded(part)).rejects.toMatchObject({
        code: 'load.partition_value',
        message: expect.stringContaining('"part" holds a text too long'),
      });
  });

  test('options that make no sense are refused, each by name', async () => {
    const path = target('sales');
    const refused = async (options: object): Promise<string> =>
      load.parquet(sales, path, { mode: 'fail', ...options } as never).then(
        () => 'written',
        (error: Error) => error.message,
      );
    expect(await refused({ mode: 'overwrite' })).toContain(
      `"overwrite". Give one of 'replace', 'append', 'replacePartitions', 'fail'`,
    );
    expect(await refused({ compression: 'lz5' })).toContain('lz5');
    expect(await refused({ compressionLevel: 23 })).toContain(
      'compressionLevel is 23. Give a whole number from 1 to 22',
    );
    expect(await refused({ compressionLevel: '3' })).toContain('compressionLevel is "3"');
    expect(await refused({ compression: 'snappy', compressionLevel: 3 })).toContain('the compression is snappy');
    expect(await refused({ rowGroupSize: 0 })).toContain('rowGroupSize is 0');
    expect(await refused({ partitionBy: ['regoin'] })).toContain('Did you mean "region"?');
    expect(await refused({ partitionBy: Object.keys(schema) })).toContain('every column');
    expect(existsSync(path)).toBe(false);
  });
});

// @ts-expect-error: a partition column is one of the frame's.
(): unknown => load.parquet(sales, 'sales', { mode: 'append', partitionBy: ['regoin'] });
// @ts-expect-error: the mode is required.
(): unknown => load.parquet(sales, 'sales', {});
