import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LoadReport, load, read, relationships, t } from '../../src/index.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-report-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const sales = read.rows([{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }], { schema: { sku: t.string() } });
const products = read.rows([{ sku: 'a' }, { sku: 'b' }, { sku: 'c' }, { sku: 'd' }], { schema: { sku: t.string() } });
const withoutC = sales.filter((r) => r.sku.ne('c'));
const joined = withoutC.join(products, { on: ['sku'] });

describe('the rows of a report', () => {
  it.each([
    ['of one source', withoutC, { read: 3, filtered: 1 }],
    ['of two, joined', joined, { read: 7, filtered: null }],
    ['of two, one of them only looked at', withoutC.check({ sku: relationships(products, 'sku') }), { filtered: null }],
  ])('%s', async (name, frame, rows) => {
    const target = path.join(folder, `${name}.parquet`);
    const report = await load.parquet(frame, target, { mode: 'replace' });
    expect(report.rows).toMatchObject({ ...rows, written: 2 });
    await using kept = await frame.materialize();
    const again = await load.parquet(kept, target, { mode: 'replace' });
    expect(again.rows).toEqual(report.rows);
  });
});

it('counts the rows of a quarantine as read, where it is loaded itself', async () => {
  const bad = read.rows([{ n: 1 }, { n: 'one' }, { n: 'two' }], { schema: { n: t.int() }, onBadRow: 'quarantine' });
  const report = await load.csv(bad, path.join(folder, 'good.csv'), { mode: 'replace' });
  for (const aside of [bad.quarantine(), report.quarantine]) {
    const two = { read: 2, filtered: 0, quarantined: 0, written: 2 };
    expect((await load.csv(aside, path.join(folder, 'aside.csv'), { mode: 'replace' })).rows).toEqual(two);
    expect((await load.parquet(aside, path.join(folder, 'aside'), { mode: 'replace' })).rows).toEqual(two);
    const one = aside.filter((r) => r.value.eq('two'));
    expect((await load.json(one, path.join(folder, 'aside.json'), { mode: 'replace' })).rows).toEqual({
      ...two,
      filtered: 1,
      written: 1,
    });
  }
  await using all = await load.all(bad, {
    good: (f) => load.csv(f, path.join(folder, 'good.csv'), { mode: 'replace' }),
    aside: (f) => load.csv(f.quarantine(), path.join(folder, 'aside.csv'), { mode: 'replace' }),
  });
  expect(all.reports().aside.rows).toEqual({ read: 2, filtered: 0, quarantined: 0, written: 2 });
});

it('says whether the same rows can be loaded again', async () => {
  const target = path.join(folder, 'repeated');
  const repeatable = async (mode: 'replace' | 'append') => (await load.parquet(sales, target, { mode })).repeatable;
  expect([await repeatable('replace'), await repeatable('append')]).toEqual([true, false]);
});

it('counts the rows of a source that another load looks at meanwhile', async () => {
  const target = path.join(folder, 'shared.parquet');
  await load.parquet(sales, target, { mode: 'replace' });
  const shared = read.parquet(target, { schema: { sku: t.string() } });
  const others: Promise<LoadReport>[] = [];
  const busy = shared.mapBatches(
    (rows) => {
      others.push(load.csv(shared, path.join(folder, 'other.csv'), { mode: 'replace' }));
      return rows;
    },
    { schema: { sku: t.string() } },
  );
  const report = await load.csv(busy, path.join(folder, 'busy.csv'), { mode: 'replace' });
  expect([report, ...(await Promise.all(others))].map(({ rows }) => rows.read)).toEqual([3, 3]);
});
