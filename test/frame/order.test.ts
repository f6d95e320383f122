import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../src/index.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const schema = { id: t.int(), sku: t.string(), quantity: t.int().nullable(), price: t.decimal(8, 2).nullable() };
const sales = read.rows(
  [
    { id: 1, sku: 'b', quantity: 3, price: '1.50' },
    { id: 2, sku: 'a', quantity: null, price: '2.00' },
    { id: 3, sku: 'c', quantity: 1, price: null },
    { id: 4, sku: 'a', quantity: 3, price: '0.25' },
    { id: 5, sku: 'b', quantity: null, price: null },
  ],
  { schema },
);

describe('dedupe', () => {
  const frame = read.rows(
    [
      { k: 'a', at: 2, v: 1 },
      { k: null, at: 1, v: 2 },
      { k: 'a', at: 1, v: 3 },
      { k: null, at: 2, v: 4 },
      { k: 'b', at: 1, v: 5 },
      { k: 'a', at: 2, v: 6 },
    ],
    { schema: { k: t.string().nullable(), at: t.int(), v: t.int() } },
  );
  const ids = (rows: readonly { v: number }[]) => rows.map((r) => r.v);

  test('keeps the first or last of source order, nulls being equal, and keeps the order', async () => {
    expect(ids(await frame.dedupe({ by: ['k'] }).rows())).toEqual([1, 2, 5]);
    expect(ids(await frame.dedupe({ by: ['k'], keep: 'last' }).rows())).toEqual([4, 5, 6]);
  });

  test('by an order, ties settled by source order', async () => {
    expect(ids(await frame.dedupe({ by: ['k'], orderBy: ['at'] }).rows())).toEqual([2, 3, 5]);
    expect(ids(await frame.dedupe({ by: ['k'], orderBy: ['at'], keep: 'last' }).rows())).toEqual([4, 5, 6]);
    expect(ids(await frame.dedupe({ by: ['k'], orderBy: [{ desc: 'at' }] }).rows())).toEqual([1, 4, 5]);
  });

  test('after a sort, the first in that order', async () => {
    expect(
      ids(
        await frame
          .sort({ desc: 'v' })
          .dedupe({ by: ['k'] })
          .rows(),
      ),
    ).toEqual([6, 5, 4]);
  });

  test('whole rows', async () => {
    const rows = read.rows(
      [
        { a: 1, b: null },
        { a: 1, b: null },
        { a: 1, b: 2 },
      ],
      { schema: { a: t.int(), b: t.int().nullable() } },
    );
    expect(await rows.dedupe().rows()).toEqual([
      { a: 1, b: null },
      { a: 1, b: 2 },
    ]);
  });
});

describe('sort', () => {
  const ids = (rows: readonly { id: number }[]) => rows.map((r) => r.id);

  test('by several keys; nulls last both ways unless said; ties keep their order', async () => {
    expect(ids(await sales.sort('sku', { desc: 'quantity' }).rows())).toEqual([4, 2, 1, 5, 3]);
    expect(ids(await sales.sort({ desc: 'quantity' }).rows())).toEqual([1, 4, 3, 2, 5]);
    expect(ids(await sales.sort({ asc: 'quantity', nulls: 'first' }).rows())).toEqual([2, 5, 3, 1, 4]);
    expect(ids(await sales.sort('id').sort('sku').rows())).toEqual([2, 4, 1, 5, 3]);
    expect(ids(await sales.sort({ desc: 'id' }).sort('sku').rows())).toEqual([4, 2, 5, 1, 3]);
  });

  test('rows alike in all columns come in the order of what a window made of them', async () => {
    const twice = sales.join(
      read.rows(
        [1, 2, 3, 4].map(() => ({ sku: 'a' })),
        { schema: { sku: t.string() } },
      ),
      { on: 'sku' },
    );
    const numbered = twice.sort({ desc: 'id' }).withColumns(() => ({ n: fn.rowNumber().over({ orderBy: 'sku' }) }));
    expect((await numbered.collect()).column('n')).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(await numbered.explain()).toMatch(/ORDER BY "id" DESC[^)]*"n" ASC NULLS LAST;/);
  });

  test('strings by code point', async () => {
    const frame = read.rows(
      ['ä', 'b', 'B', 'a', 'Z', '😀', '￮'].map((x) => ({ x })),
      { schema: { x: t.string() } },
    );
    expect((await frame.sort('x').rows()).map((r) => r.x)).toEqual(['B', 'Z', 'a', 'b', 'ä', '￮', '😀']);
  });

  test('survives select, filter, withColumns, rename, drop and limit, though its key is gone', async () => {
    const sorted = sales.sort({ desc: 'sku' });
    const derived = sorted
      .withColumns((r) => ({ sku: r.sku.upper(), twice: r.id.mul(2) }))
      .filter((r) => r.id.ne(1))
      .drop('sku')
      .rename({ id: 'key' })
      .select('key');
    expect(await derived.rows()).toEqual([{ key: 3 }, { key: 5 }, { key: 2 }, { key: 4 }]);
    expect(await derived.limit(2, 1).rows()).toEqual([{ key: 5 }, { key: 2 }]);
    expect(await sorted.select('id').fillNulls({}).rows()).toEqual([
      { id: 3 },
      { id: 1 },
      { id: 5 },
      { id: 2 },
      { id: 4 },
    ]);
  });

  test('survives materialize, impute, sample and concat', async () => {
    const sorted = sales.sort({ desc: 'sku' }, 'id');
    await using kept = await sorted.materialize();
    expect(ids(await kept.rows())).toEqual([3, 1, 5, 2, 4]);
    expect(ids(await sorted.impute({ quantity: 'mean' }).rows())).toEqual([3, 1, 5, 2, 4]);
    expect(ids(await sorted.concat(sales.limit(1)).rows())).toEqual([3, 1, 5, 2, 4, 1]);
    const { train, test } = sorted.split({ test: 0.4, orderBy: ['id'] });
    expect([ids(await train.rows()), ids(await test.rows())]).toEqual([
      [1, 2, 3],
      [4, 5],
    ]);
  });
});

describe('a rerun gives the same answer', () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({ i, g: `g${i % 173}`, tie: i % 3 }));
  const columns = { i: t.int(), g: t.string(), tie: t.int() };

  test.each([1, 4])('with %i threads', { timeout: 60_000 }, async (threads) => {
    await using own = createSession({ threads });
    const answers = new Set<string>();
    for (let run = 0; run < 6; run++) {
      const frame = own.read.rows(rows, { schema: columns });
      const sorted = (await frame.sort('tie').limit(50).rows()).map((r) => r.i);
      expect(sorted).toEqual(Array.from({ length: 50 }, (_, i) => i * 3));
      const { train, test: held } = frame.split({ test: 0.2, seed: 42, groups: ['g'] });
      const [a, b] = [await train.rows(), await held.rows()];
      expect(a.length + b.length).toBe(20_000);
      const inTest = new Set(b.map((r) => r.g));
      expect(a.some((r) => inTest.has(r.g))).toBe(false);
      const sampled = (await frame.sample({ share: 0.1, seed: 1 }).rows()).map((r) => r.i);
      answers.add(JSON.stringify([[...inTest], sampled]));
    }
    expect(answers.size).toBe(1);
    const [only = ''] = answers;
    const [groups, sampled] = JSON.parse(only) as [string[], number[]];
    expect(groups.length).toBeGreaterThan(173 * 0.1);
    expect(groups.length).toBeLessThan(173 * 0.3);
    expect(sampled.length).toBeGreaterThan(1800);
    expect(sampled.length).toBeLessThan(2200);
    expect(sampled).toEqual([...sampled].sort((x, y) => x - y));
  });
});

describe('verbs that depend on an order', () => {
  const grouped = sales.groupBy('sku').agg((r) => ({ id: r.id.max() }));
  const joined = sales.join(sales.select('id').rename({ id: 'other' }), { on: [{ id: 'other' }] });

  test.each([
    ['dedupe', () => grouped.dedupe({ by: ['sku'] }).rows(), 'dedupe'],
    ['dedupe after a join', () => joined.dedupe({ by: ['sku'] }).rows(), 'dedupe'],
    [
      'rowNumber',
      () => grouped.withColumns(() => ({ n: fn.rowNumber().over() })).rows(),
      'withColumns, column "n": rowNumber ',
    ],
    ['withRowNumber', () => grouped.withRowNumber('n').rows(), 'withRowNumber, column "n": '],
    ['impute', () => joined.impute({ quantity: { forward: [] } }).rows(), 'impute, column "quantity": forward '],
    ['lag', () => joined.withColumns((r) => ({ n: r.id.lag().over() })).rows(), 'lag'],
    [
      'first',
      () =>
        joined
          .groupBy('sku')
          .agg((r) => ({ n: r.id.first() }))
          .rows(),
      'first',
    ],
    ['rank', () => sales.withColumns(() => ({ n: fn.rank().over() })).rows(), 'rank'],
  ])('%s without orderBy where the rows have none is an error that names it', async (_, run, name) => {
    await expect(run()).rejects.toMatchObject({ code: 'compile.order', message: expect.stringContaining(name) });
  });

  test('dedupe of whole rows needs none: equal rows are one row', async () => {
    const twice = joined.select('sku').concat(grouped.select('sku'));
    const skus = ['a', 'b', 'c'].map((sku) => ({ sku }));
    expect(await twice.dedupe().sort('sku').rows()).toEqual(skus);
    expect(
      await twice
        .dedupe({ by: ['sku'] })
        .sort('sku')
        .rows(),
    ).toEqual(skus);
  });

  test('limit and head of rows without an order take the first by their values', async () => {
    expect(await grouped.limit(2).rows()).toEqual([
      { sku: 'a', id: 4 },
      { sku: 'b', id: 5 },
    ]);
  });

  test('with an order they run', async () => {
    expect(await grouped.sort('sku').limit(1).rows()).toEqual([{ sku: 'a', id: 4 }]);
    expect(
      (
        await joined
          .dedupe({ by: ['sku'], orderBy: ['id'] })
          .sort('id')
          .rows()
      ).map((r) => r.id),
    ).toEqual([1, 2, 3]);
    expect(
      await joined
        .groupBy('sku')
        .agg((r) => ({ n: r.id.first({ orderBy: [{ desc: 'id' }] }) }))
        .sort('sku')
        .rows(),
    ).toEqual([
      { sku: 'a', n: 4 },
      { sku: 'b', n: 5 },
      { sku: 'c', n: 3 },
    ]);
  });
});
