import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { acceptedValues, between, fn, notNull, type Readers, t, unique } from '../../src/index.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';

/* Every verb, on every engine: the same rows in the same order. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

const sales = (read: Readers) =>
  read.rows(
    [
      { id: 1, sku: 'b', region: 'north', quantity: 5, price: '2.50', sold: '2024-01-31', note: ' A ' },
      { id: 2, sku: 'a', region: 'north', quantity: null, price: '10.00', sold: '2024-02-01', note: null },
      { id: 3, sku: 'Z', region: null, quantity: 7, price: '0.01', sold: null, note: '' },
      { id: 4, sku: 'ä', region: 'south', quantity: 5, price: '-1.25', sold: '2023-12-31', note: '\t' },
      { id: 5, sku: 'b', region: 'south', quantity: 0, price: '2.50', sold: '2024-01-31', note: '1,5' },
      { id: 6, sku: '😀', region: 'north', quantity: 3, price: '99.99', sold: '2024-06-15', note: '2.5' },
      { id: 7, sku: 'a', region: 'north', quantity: null, price: '10.00', sold: '2024-02-01', note: 'x' },
    ],
    {
      schema: {
        id: t.int(),
        sku: t.string(),
        region: t.string().nullable(),
        quantity: t.int().nullable(),
        price: t.decimal(10, 2),
        sold: t.date().nullable(),
        note: t.string().nullable(),
      },
    },
  );
const regions = (read: Readers) =>
  read.rows(
    [
      { name: 'north', boss: 'ann', since: '2024-01-01' },
      { name: 'east', boss: null, since: '2024-02-01' },
      { name: null, boss: 'none', since: '2024-03-01' },
    ],
    { schema: { name: t.string().nullable(), boss: t.string().nullable(), since: t.date() } },
  );

const ordered: Readonly<Record<string, (read: Readers) => AnyFrame>> = {
  select: (read) => sales(read).select('price', 'id'),
  drop: (read) => sales(read).drop('note', 'sold'),
  rename: (read) => sales(read).rename({ id: 'key' }).select('key', 'sku'),
  withColumns: (read) => sales(read).withColumns((r) => ({ total: r.price.mul(r.quantity), price: r.price.neg() })),
  mapColumns: (read) => sales(read).mapColumns('string', (c) => c.trim().upper()),
  filter: (read) => sales(read).filter((r) => r.quantity.gt(3).or(r.region.isNull())),
  'filter over a window': (read) =>
    sales(read).filter(() =>
      fn
        .rowNumber()
        .over({ partitionBy: ['region'], orderBy: ['price'] })
        .lte(2),
    ),
  cast: (read) => sales(read).cast({ id: t.string(), price: t.float(), quantity: t.decimal(8, 1) }),
  dropNulls: (read) => sales(read).dropNulls('region', 'quantity'),
  fillNulls: (read) => sales(read).fillNulls({ quantity: -1, region: 'none' }),
  'impute by a statistic': (read) =>
    sales(read).impute({ quantity: 'mean', price: 'median', region: 'mode', sold: { constant: '2000-01-01' } }),
  'impute by an order': (read) =>
    sales(read).impute({ quantity: { forward: ['id'] }, sold: { backward: ['id'], partitionBy: ['sku'] } }),
  replace: (read) => sales(read).replace({ region: { north: 'N' }, quantity: new Map([[5, 50]]) }),
  dedupe: (read) => sales(read).dedupe({ by: ['sku'] }),
  'dedupe, the last': (read) => sales(read).dedupe({ by: ['sku', 'region'], keep: 'last' }),
  'dedupe by an order': (read) =>
    sales(read)
      .dedupe({ by: ['region'], orderBy: [{ desc: 'price' }] })
      .sort('id'),
  'dedupe of whole rows': (read) => sales(read).drop('id', 'note').dedupe(),
  'sort by code point': (read) => sales(read).sort('sku'),
  'sort with nulls last both ways': (read) => sales(read).sort({ desc: 'quantity' }, 'region'),
  'sort with nulls first': (read) => sales(read).sort({ asc: 'quantity', nulls: 'first' } as never, 'id'),
  limit: (read) => sales(read).limit(3, 2),
  'limit of a sort with ties': (read) => sales(read).sort({ desc: 'price' }).limit(4),
  sample: (read) => sales(read).sample({ share: 0.5, seed: 7 }),
  'sample by a column': (read) => sales(read).select('id', 'sku', 'price').sample({ share: 0.4, seed: 1 }),
  'split, train': (read) => sales(read).split({ test: 0.4, seed: 42, groups: ['sku'] }).train,
  'split, test': (read) => sales(read).split({ test: 0.4, seed: 42, groups: ['sku'] }).test,
  'split by an order': (read) => sales(read).split({ test: 0.3, orderBy: ['sold', 'id'] }).test,
  'groupBy, sorted': (read) =>
    sales(read)
      .groupBy('region')
      .agg((r) => ({
        n: fn.count(),
        total: r.price.sum(),
        mean: r.quantity.mean(),
        median: r.price.median(),
        low: r.sku.min(),
        high: r.sku.max(),
        firstSku: r.sku.first(),
        lastSku: r.sku.last({ orderBy: [{ desc: 'price' }] }),
        skus: r.sku.countDistinct(),
        spread: r.price.std(),
      }))
      .sort('region'),
  'groupBy of nothing': (read) =>
    sales(read)
      .filter((r) => r.id.lt(0))
      .groupBy()
      .agg((r) => ({ n: fn.count(), total: r.price.sum(), mean: r.quantity.mean() })),
  'groupBy, computing with aggregates': (read) =>
    sales(read)
      .groupBy('region')
      .agg((r) => ({
        each: r.price.sum().div(r.quantity.sum()),
        share: r.quantity.gt(4).countTrue().div(fn.count()),
        revenue: r.price.mul(r.quantity).sum().round(1),
        last: r.sold.max().plus(1, 'month').format('%d.%m.%Y'),
        name: r.region.coalesce('none').upper().append(': ').append(r.sku.max().upper()),
        size: fn.when(r.price.sum().gt(50), 'large').when(fn.count().eq(1), 'one').else('small'),
        best: fn.greatest(r.quantity.max(), fn.count(), 3),
        filled: r.quantity.min().coalesce(-1).cast(t.string()),
        first: r.sku.first().length(),
      }))
      .sort('region'),
  'groupBy of nothing, computing with aggregates': (read) =>
    sales(read)
      .filter((r) => r.id.lt(0))
      .groupBy()
      .agg((r) => ({ n: fn.count().add(1), total: r.price.sum().mul(2), mean: r.quantity.mean().coalesce(0.5) })),
  concat: (read) =>
    sales(read).concat(
      sales(read).filter((r) => r.id.gt(5)),
      sales(read).limit(1),
    ),
  valueCounts: (read) => sales(read).valueCounts('region'),
  'unpivot, decimals and ints': (read) =>
    sales(read)
      .select('id', 'price', 'quantity')
      .sort({ desc: 'price' })
      .unpivot({ columns: ['price', 'quantity'], names: 'what', values: 'n', dropNulls: true }),
  'a windowed chain': (read) =>
    sales(read).withColumns((r) => ({
      row: fn.rowNumber().over({ partitionBy: ['region'] }),
      rank: fn.rank().over({ orderBy: [{ desc: 'price' }] }),
      dense: fn.denseRank().over({ orderBy: ['price'] }),
      before: r.price.lag().over({ orderBy: ['sold'] }),
      after: r.price.lead(2).over(),
      running: r.price.sum().over({ orderBy: ['id'] }),
      three: r.quantity.mean().over({ orderBy: ['id'], rows: [-1, 1] }),
      distinct: r.sku.countDistinct().over({ partitionBy: ['region'] }),
      middle: r.price.median().over({ partitionBy: ['region'] }),
      newest: r.sku.first().over({ partitionBy: ['region'], orderBy: [{ desc: 'sold' }] }),
      oldest: r.sku.last().over({ partitionBy: ['region'] }),
    })),
  mapBatches: (read) =>
    sales(read)
      .select('id', 'price')
      .mapBatches((rows) => rows.map((row) => ({ id: row.id, label: `${row.id}:${row.price}` })), {
        schema: { id: t.int(), label: t.string() },
        batchSize: 2,
      })
      .filter((r) => r.id.gt(2)),
  'check that holds': (read) => sales(read).check({ id: [notNull, unique, between(1, 7)] }),
  'check that puts rows aside': (read) =>
    sales(read).check({ quantity: notNull, region: acceptedValues(['north', 'south']) }, { severity: 'quarantine' }),
  'quarantine of a check': (read) =>
    sales(read)
      .check({ quantity: notNull, region: acceptedValues(['north', 'south']) }, { severity: 'quarantine' })
      .quarantine()
      .select('column', 'value', 'reason'),
  'quarantine of a rule of your own': (read) =>
    read
      .rows(
        [
          { n: 1, at: '2024-03-31T01:00:00Z' },
          { n: 2, at: '2024-03-31T01:30:00.25Z' },
          { n: 3, at: null },
        ],
        { schema: { n: t.int(), at: t.timestamp().nullable() } },
      )
      .check({}, { severity: 'quarantine', satisfies: { late: (r) => r.at.gt('2024-05-01T00:00:00Z') } })
      .quarantine()
      .select('column', 'value', 'reason', 'raw'),
  'cast with quarantine': (read) =>
    sales(read)
      .select('id', 'note')
      .withColumns((r) => ({ n: r.note.parse(t.float(), { onError: 'quarantine' }) })),
  'quarantine of a cast': (read) =>
    sales(read)
      .select('id', 'note')
      .withColumns((r) => ({ n: r.note.parse(t.float(), { onError: 'quarantine' }) }))
      .quarantine(),
  'quarantine of the rows of a file, with their lines': (read) =>
    read
      .csv('fixtures/sales.csv', {
        schema: { quantity: t.string().nullable(), region: t.string().nullable() },
        extraColumns: 'ignore',
        origin: true,
      })
      .check({ region: notNull }, { severity: 'quarantine' })
      .withColumns((r) => ({ quantity: r.quantity.parse(t.int(), { onError: 'quarantine' }) }))
      .quarantine()
      .select('source', 'line', 'column', 'value'),
  'rows that are put aside when read': (read) =>
    read
      .rows([{ x: 1 }, { x: 'no' }, { x: 3 }], { schema: { x: t.int() }, onBadRow: 'quarantine' })
      .quarantine()
      .select('line', 'column', 'value', 'reason'),
  'a diamond': (read) => {
    const both = sales(read).sort({ desc: 'price' }).limit(5);
    return both.filter((r) => r.id.gt(3)).concat(both.filter((r) => r.id.lte(3)));
  },
  'after a join, sorted': (read) =>
    sales(read)
      .join(regions(read), { on: [{ region: 'name' }], how: 'left' })
      .sort('id'),
  ...Object.fromEntries(
    (['backward', 'forward', 'nearest'] as const).map((direction) => [
      `asofJoin, ${direction}`,
      (read: Readers): AnyFrame =>
        sales(read).asofJoin(regions(read), { on: { sold: 'since' }, direction, tolerance: { days: 31 } }),
    ]),
  ),
  'asofJoin by a key and numbers': (read) =>
    sales(read).asofJoin(sales(read).withRowNumber('row'), {
      on: { quantity: 'id' },
      by: 'sku',
      direction: 'nearest',
      tolerance: 4,
      suffix: '_near',
    }),
  'asofJoin to rows without an order': (read) =>
    sales(read).asofJoin(
      sales(read)
        .groupBy('price', 'sku')
        .agg(() => ({ n: fn.count() })),
      { on: 'price', suffix: '_low' },
    ),
  withRowNumber: (read) =>
    sales(read)
      .withRowNumber('n', { orderBy: { desc: 'price' }, partitionBy: 'region', from: 0 })
      .withRowNumber('row'),
  empty: (read) => sales(read).filter((r) => r.id.gt(100)),
};

const unordered: Readonly<Record<string, (read: Readers) => AnyFrame>> = Object.fromEntries(
  (['inner', 'left', 'right', 'full', 'semi', 'anti'] as const).flatMap((how) => [
    [
      `join, ${how}, null keys among them`,
      (read: Readers): AnyFrame =>
        sales(read)
          .select('id', 'region')
          .join(regions(read), { on: [{ region: 'name' }], how } as never),
    ],
    [
      `join, ${how}, by keys and a condition`,
      (read: Readers): AnyFrame =>
        sales(read).join(regions(read), { on: { region: 'name' }, where: (l, r) => l.sold.gt(r.since), how }),
    ],
    [
      `join, ${how}, by a condition`,
      (read: Readers): AnyFrame => sales(read).join(regions(read), { where: (l, r) => l.sold.lte(r.since), how }),
    ],
  ]),
);

describe('a verb gives the same rows in the same order', () => {
  it.each(Object.entries(ordered))('%s', (_, build) => expectAgreement(running, build));
  it.each(Object.entries(unordered))('%s', (_, build) => expectAgreement(running, build, { unordered: true }));
});

describe('actions', () => {
  it('describe', async () => {
    const [first, ...others] = await Promise.all(
      running.all.map(async ({ session }) =>
        (await sales(session.read).select('id', 'sku', 'quantity', 'sold').describe()).rows(),
      ),
    );
    expect(first?.[2]).toMatchObject({
      column: 'quantity',
      count: 5,
      nulls: 2,
      distinct: 4,
      median: 5,
      top: '5',
      top_count: 2,
    });
    const near = (rows: typeof first) =>
      rows?.map((row) => ({ ...row, std: row.std === null ? null : row.std.toFixed(9) }));
    for (const other of others) expect(near(other)).toEqual(near(first));
  });

  it('count, batches, head, materialize', async () => {
    for (const { session, name } of running.all) {
      const frame = sales(session.read);
      expect(await frame.count(), name).toBe(7);
      expect(await frame.filter((r) => r.id.gt(5)).count(), name).toBe(2);
      expect((await frame.head(2)).column('id'), name).toEqual([1, 2]);
      const read: number[] = [];
      for await (const batch of frame.batches()) read.push(...(batch.column('id') as number[]));
      expect(read, name).toEqual([1, 2, 3, 4, 5, 6, 7]);
      await using kept = await frame.sort({ desc: 'id' }).materialize();
      expect((await kept.limit(2).collect()).column('id'), name).toEqual([7, 6]);
      const arrow = await (await kept.collect()).toArrow();
      expect(arrow.numRows, name).toBe(7);
    }
  });

  it('a run inside the batches of another', async () => {
    for (const { session, name } of running.all) {
      const counts: number[] = [];
      for await (const _ of sales(session.read).batches()) counts.push(await sales(session.read).count());
      expect(counts, name).toEqual([7]);
      const doubled = sales(session.read).mapBatches(async () => [{ n: await sales(session.read).limit(3).count() }], {
        schema: { n: t.int() },
      });
      expect(await doubled.rows(), name).toEqual([{ n: 3 }]);
    }
  });

  it('a cast that fails tells the column, the value and the dtype, whatever they hold', async () => {
    const value = "it's 🚲 ' is not: [1] 2 3";
    for (const { session, name } of running.all) {
      const frame = session.read.rows([{ "a ': 1": value, n: 2.5 }], {
        schema: { "a ': 1": t.string(), n: t.float() },
      });
      await expect(frame.cast({ "a ': 1": t.date() }).rows(), name).rejects.toMatchObject({
        code: 'cast.failed',
        message: expect.stringContaining(`a ': 1: '${value}' is not a date`),
        details: { column: "a ': 1", value, dtype: 'date' },
      });
      await expect(frame.cast({ n: t.int() }).rows(), name).rejects.toMatchObject({
        message: 'n: 2.5 is not a whole number',
        details: { column: 'n', value: '2.5', dtype: 'int' },
      });
      const days = frame.withColumns((r) => ({ day: fn.date(r.n.mul(800).cast(t.int()), 2, 30) }));
      await expect(days.rows(), name).rejects.toMatchObject({
        message: 'fn.date: 2000-2-30 is no day',
        details: { column: 'fn.date', value: '2000-2-30', dtype: 'date' },
      });
    }
  });

  it('a broken check, a cast that fails, an overflow', async () => {
    for (const { session, name } of running.all) {
      const frame = sales(session.read);
      await expect(frame.check({ quantity: notNull }).rows(), name).rejects.toMatchObject({ code: 'check.failed' });
      await expect(frame.withColumns((r) => ({ n: r.note.parse(t.int()) })).rows(), name).rejects.toMatchObject({
        code: 'cast.failed',
        message:
          "note: ' A ' is not an int (a whole number up to 9007199254740991). Clean the column before, or parse it with { onError: 'quarantine' } or { onError: 'null' }.",
        details: { column: 'note', value: ' A ', dtype: 'int' },
      });
      const huge = frame.withColumns((r) => ({ b: r.id.cast(t.bigint()).mul(9_223_372_036_854_775_807n) }));
      await expect(huge.rows(), name).rejects.toMatchObject({ code: 'run.overflow' });
      await expect(
        frame
          .filter((r) => r.id.gt(100))
          .impute({ quantity: 'mean' })
          .rows(),
        name,
      ).resolves.toEqual([]);
      const none = frame.filter((r) => r.quantity.isNull());
      await expect(none.impute({ quantity: 'mean' }).rows(), name).rejects.toMatchObject({ code: 'impute.all_null' });
    }
  });
});
