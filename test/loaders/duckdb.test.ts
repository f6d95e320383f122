import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
afterAll(() => session.close());

let targets = 0;
const target = (): string => join(folder, `target-${++targets}`, 'shop.duckdb');
const schema = { sku: t.string(), price: t.decimal(12, 2).nullable(), at: t.timestamp(), tags: t.list(t.string()) };
const rows = [
  { sku: 'a\'"', price: '10.50', at: '2024-01-05T10:00:00.123456Z', tags: ['x', ''] },
  { sku: '', price: null, at: '1969-12-31T23:59:59.999999Z', tags: [] },
];
const sales = read.rows(rows, { schema });

async function query(path: string, sql: string): Promise<unknown[]> {
  const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
  const connection = await instance.connect();
  try {
    return (await connection.runAndReadAll(sql)).getRowsJson();
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

test('the engine itself reads what was loaded, and other tables stay', async () => {
  const path = target();
  const report = await load.duckdb(sales, path, { table: 'sales', mode: 'fail' });
  expect(report).toMatchObject({ rows: { written: 2 }, repeatable: true });
  expect(report.bytes).toBe(readFileSync(path).length);
  await load.duckdb(sales.select('sku'), path, { table: 'a "b"; c', mode: 'replace' });
  expect(await query(path, 'SELECT sku, price, CAST("at" AS VARCHAR), tags FROM sales')).toEqual([
    ['a\'"', '10.50', '2024-01-05 10:00:00.123456', ['x', '']],
    ['', null, '1969-12-31 23:59:59.999999', []],
  ]);
  expect(await query(path, 'SELECT count(*) FROM "a ""b""; c"')).toEqual([['2']]);
  expect(readdirSync(join(path, '..'))).toEqual(['shop.duckdb']);
});

test('modes', async () => {
  const path = target();
  const skus = () => query(path, 'SELECT sku FROM sales');
  const add = { table: 'sales', mode: 'append' } as const;
  expect(await load.duckdb(sales.limit(1), path, add)).toMatchObject({ repeatable: false });
  await load.duckdb(sales.select('tags', 'at', 'price', 'sku').limit(1), path, add);
  expect(await skus()).toEqual([['a\'"'], ['a\'"']]);
  await expect(load.duckdb(sales, path, { table: 'SALES', mode: 'fail' })).rejects.toMatchObject({
    code: 'load.exists',
  });
  const other = sales.drop('tags').withColumns((r) => ({ price: r.price.cast(t.decimal(12, 3)) }));
  await expect(load.duckdb(other, path, add)).rejects.toMatchObject({
    code: 'load.columns',
    message: expect.stringContaining('"price" is DECIMAL(12,2) there and DECIMAL(12,3) here; "tags" is'),
  });
  await load.duckdb(
    sales.filter((r) => r.sku.eq('')),
    path,
    { table: 'sales', mode: 'replace' },
  );
  expect(await skus()).toEqual([['']]);
});

test('a failure leaves what was there, and nothing where nothing was', async () => {
  const path = target();
  const failing = sales.withColumns((r) => ({ sku: r.sku.cast(t.int()) }));
  await expect(load.duckdb(failing, path, { table: 'sales', mode: 'replace' })).rejects.toMatchObject({
    code: 'cast.failed',
  });
  expect(readdirSync(join(path, '..'))).toEqual([]);
  await load.duckdb(sales, path, { table: 'sales', mode: 'replace' });
  await expect(load.duckdb(failing, path, { table: 'sales', mode: 'replace' })).rejects.toMatchObject({
    code: 'cast.failed',
  });
  expect(await query(path, 'SELECT count(*) FROM sales')).toEqual([['2']]);
});

test('loads at the same time take turns', async () => {
  const path = target();
  const add = { table: 'sales', mode: 'append' } as const;
  await Promise.all(Array.from({ length: 8 }, () => load.duckdb(sales, path, add)));
  expect(await query(path, 'SELECT count(*) FROM sales')).toEqual([['16']]);
});

test('a file that is none, and one that another process has open', async () => {
  const path = target();
  await load.duckdb(sales, path, { table: 'sales', mode: 'replace' });
  const text = join(folder, 'notes.txt');
  writeFileSync(text, 'mine'.repeat(10_000));
  await expect(load.duckdb(sales, text, { table: 'sales', mode: 'replace' })).rejects.toMatchObject({
    code: 'load.target',
  });
  expect(readFileSync(text, 'utf8')).toBe('mine'.repeat(10_000));
  const script = `
    const { createSession, load, t } = await import(${JSON.stringify(join(import.meta.dirname, '../../src/index.ts'))});
    const session = createSession();
    const frame = session.read.rows([{ x: 1 }], { schema: { x: t.int() } });
    await load.duckdb(frame, ${JSON.stringify(path)}, { table: 'x', mode: 'replace' }).catch((e) => console.log(e.code, e.retryable));
    await session.close();`;
  const holder = await DuckDBInstance.create(path);
  try {
    const said = execFileSync(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', script]);
    expect(said.toString().trim()).toBe('load.busy true');
  } finally {
    holder.closeSync();
  }
});
