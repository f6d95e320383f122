import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const { folder } = inputFolder();
const sales = read.rows([{ n: 1 }, { n: 2 }], { schema: { n: t.int() } });

let told: unknown[] = [];
const hear = (load: unknown): void => {
  told.push(load);
};
beforeAll(() => subscribe('millrace:load', hear));
beforeEach(() => {
  told = [];
});
afterAll(() => {
  unsubscribe('millrace:load', hear);
});

test('each load is told when it has committed, with what it went into', async () => {
  const [csv, lake, shop] = [join(folder, 'a.csv'), join(folder, 'lake'), join(folder, 'shop.duckdb')];
  const report = await load.csv(sales, csv, { mode: 'replace' });
  await load.parquet(sales, lake, { mode: 'append', loadId: 'may' });
  await load.parquet(sales, lake, { mode: 'append', loadId: 'may' });
  await load.duckdb(sales, shop, { table: 'sales', mode: 'replace' });
  const rows = { read: 2, filtered: 0, quarantined: 0, written: 2 };
  expect(told).toMatchObject([
    { runId: report.runId, target: csv, rows, alreadyLoaded: false, bytes: report.bytes, seconds: report.seconds },
    { target: lake, rows, alreadyLoaded: false },
    { target: lake, rows: { written: 0 }, alreadyLoaded: true },
    { target: `sales of ${shop}`, rows },
  ]);
});

test('a load that fails is not told', async () => {
  const path = join(folder, 'b.csv');
  await load.csv(sales, path, { mode: 'replace' });
  await expect(load.csv(sales, path, { mode: 'fail' })).rejects.toMatchObject({ code: 'load.exists' });
  expect(told).toHaveLength(1);
});
