import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, MillraceError, t } from '../../src/index.ts';

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

describe('columns', () => {
  test('select keeps the named columns, in the order named', async () => {
    expect((await sales.select('sku', 'id').limit(1).collect()).schema.map((f) => f.name)).toEqual(['sku', 'id']);
    expect(await sales.select('sku').rows()).toEqual([
      { sku: 'b' },
      { sku: 'a' },
      { sku: 'c' },
      { sku: 'a' },
      { sku: 'b' },
    ]);
  });

  test('drop leaves them out', async () => {
    expect(await sales.drop('quantity', 'price').limit(1).rows()).toEqual([{ id: 1, sku: 'b' }]);
  });

  test('rename gives them other names, also the names of each other', async () => {
    expect(await sales.select('id', 'sku').rename({ id: 'sku', sku: 'id' }).limit(1).rows()).toEqual([
      { sku: 1, id: 'b' },
    ]);
    expect(() => sales.rename({ id: 'SKU' })).toThrow(/"SKU" and "sku"|"sku" and "SKU"/);
  });

  test('withColumns sees the columns as they were, replaces in place and adds at the end', async () => {
    const made = sales
      .select('id', 'quantity')
      .withColumns((r) => ({ double: r.id.mul(2), id: r.id.add(10), was: r.id }));
    const table = await made.limit(1).collect();
    expect(table.schema.map((f) => f.name)).toEqual(['id', 'quantity', 'double', 'was']);
    expect(table.rows()).toEqual([{ id: 11, quantity: 3, double: 2, was: 1 }]);
  });

  test('withRowNumber counts in an order, in partitions, from a number', async () => {
    const n = async (options: { orderBy?: { desc: 'quantity' }; partitionBy?: 'sku'; from?: number }) =>
      (await sales.withRowNumber('n', options).collect()).column('n');
    expect(await n({})).toEqual([1, 2, 3, 4, 5]);
    expect(await n({ orderBy: { desc: 'quantity' } })).toEqual([1, 4, 3, 2, 5]);
    expect(await n({ partitionBy: 'sku', from: 0 })).toEqual([0, 0, 0, 1, 1]);
    expect((await sales.withRowNumber('sku').collect()).column('sku')).toEqual([1, 2, 3, 4, 5]);
    expect(() => sales.withRowNumber('n', { from: 0.5 })).toThrow(/withRowNumber: from is 0\.5\. Give a whole number/);
    expect(() => sales.withRowNumber('n', { orderBy: 'dya' as 'id' })).toThrow(/there is no column "dya"/);
    expect(() => sales.withRowNumber('n', { partitionBy: 'dya' as 'id' })).toThrow(/there is no column "dya"/);
    const grouped = sales.groupBy('sku').agg((r) => ({ last: r.id.max() }));
    await expect(grouped.withRowNumber('n').rows()).rejects.toMatchObject({ code: 'compile.order' });
  });

  test('mapColumns changes every column of a dtype', async () => {
    const upper = sales.mapColumns('string', (c) => c.upper()).mapColumns('int', (c) => c.add(1));
    expect(await upper.select('id', 'sku', 'quantity').limit(2).rows()).toEqual([
      { id: 2, sku: 'B', quantity: 4 },
      { id: 3, sku: 'A', quantity: null },
    ]);
  });

  test('an unknown column is an error that names the nearest', () => {
    // @ts-expect-error: there is no such column
    expect(() => sales.select('quantiy')).toThrow(/select: there is no column "quantiy". Did you mean "quantity"\?/);
  });
});

describe('rows', () => {
  test('filter keeps where the predicate is true; null is not', async () => {
    expect((await sales.filter((r) => r.quantity.gt(1)).rows()).map((r) => r.id)).toEqual([1, 4]);
    expect((await sales.filter((r) => r.quantity.gt(1).not()).rows()).map((r) => r.id)).toEqual([3]);
  });

  test('dropNulls, of named columns or of all', async () => {
    expect((await sales.dropNulls('quantity').rows()).map((r) => r.id)).toEqual([1, 3, 4]);
    expect((await sales.dropNulls().rows()).map((r) => r.id)).toEqual([1, 4]);
    expect((await sales.dropNulls('quantity').collect()).schema[2]).toMatchObject({
      name: 'quantity',
      nullable: false,
    });
  });

  test('limit and offset', async () => {
    expect((await sales.limit(2).rows()).map((r) => r.id)).toEqual([1, 2]);
    expect((await sales.limit(2, 3).rows()).map((r) => r.id)).toEqual([4, 5]);
    expect(await sales.limit(0).rows()).toEqual([]);
    expect(await sales.limit(9, 9).count()).toBe(0);
    expect(() => sales.limit(-1)).toThrow(MillraceError);
    expect(() => sales.limit(1.5)).toThrow(MillraceError);
  });

  test('head, count, batches', async () => {
    expect((await sales.head(1)).numRows).toBe(1);
    expect(await sales.count()).toBe(5);
    const many = read.rows(
      Array.from({ length: 130_000 }, (_, i) => ({ i })),
      { schema: { i: t.int() } },
    );
    const sizes: number[] = [];
    let next = 0;
    for await (const batch of many.batches()) {
      sizes.push(batch.numRows);
      for (const i of batch.column('i')) expect(i).toBe(next++);
    }
    expect(sizes).toEqual([122_880, 7_120]);
  });

  test('replace changes named values, the others and nulls stay', async () => {
    const frame = read.rows([{ r: 'N' }, { r: 'S' }, { r: null }], { schema: { r: t.string().nullable() } });
    expect(await frame.replace({ r: { N: 'north', S: 'N' } }).rows()).toEqual([
      { r: 'north' },
      { r: 'N' },
      { r: null },
    ]);
    const numbers = sales.replace({ quantity: new Map([[3, 30]]) });
    expect((await numbers.rows()).map((r) => r.quantity)).toEqual([30, null, 1, 30, null]);
  });

  test('cast reads text strictly and never rounds a fraction away', async () => {
    const text = read.rows([{ x: '1' }, { x: null }], { schema: { x: t.string().nullable() } });
    expect(await text.cast({ x: t.int().nullable() }).rows()).toEqual([{ x: 1 }, { x: null }]);
    const bad = read.rows([{ x: '1.5' }], { schema: { x: t.string() } });
    await expect(bad.cast({ x: t.int() }).rows()).rejects.toMatchObject({
      code: 'cast.failed',
      message: expect.stringContaining("x: '1.5' is not an int"),
    });
    const joined = bad.withColumns((r) => ({ soldAt: fn.concat(r.x, ' 7 Uhr').parse(t.date()) }));
    await expect(joined.rows()).rejects.toMatchObject({
      message: expect.stringMatching(/^soldAt: '1\.5 7 Uhr' is not a date .* \{ onError: 'quarantine' \}/),
    });
    const floats = read.rows([{ x: 2 }, { x: 2.5 }], { schema: { x: t.float() } });
    await expect(floats.cast({ x: t.int() }).rows()).rejects.toMatchObject({
      message: expect.stringContaining('2.5 is not a whole number'),
    });
    expect(await floats.withColumns((r) => ({ x: r.x.cast(t.int(), { onError: 'null' }) })).rows()).toEqual([
      { x: 2 },
      { x: null },
    ]);
    expect(await floats.cast({ x: t.string() }).rows()).toEqual([{ x: '2.0' }, { x: '2.5' }]);
    await expect(floats.cast({ x: t.decimal(3, 1) }).rows()).resolves.toEqual([{ x: '2.0' }, { x: '2.5' }]);
  });

  test('a cast may put its row in quarantine', async () => {
    const frame = read.rows([{ x: '1' }, { x: 'y' }], { schema: { x: t.string() } });
    const cast = frame.withColumns((r) => ({ n: r.x.parse(t.int(), { onError: 'quarantine' }) }));
    expect(await cast.rows()).toEqual([{ x: '1', n: 1 }]);
    expect(await cast.quarantine().rows()).toMatchObject([
      { column: 'x', value: 'y', reason: expect.stringContaining('is not an int') },
    ]);
  });

  test('concat gives the rows of one after those of the other', async () => {
    const first = sales.select('id', 'sku').sort({ desc: 'id' }).limit(2);
    const second = sales.select('sku', 'id').limit(1);
    expect(await first.concat(second as unknown as typeof first).rows()).toEqual([
      { id: 5, sku: 'b' },
      { id: 4, sku: 'a' },
      { id: 1, sku: 'b' },
    ]);
    // @ts-expect-error: another column
    expect(() => sales.select('id').concat(sales.select('sku'))).toThrow(/concat: only one side has the column "sku"/);
  });

  test('pipe applies a step', async () => {
    const step = (frame: typeof sales) => frame.filter((r) => r.id.eq(3)).select('sku');
    expect(await sales.pipe(step).rows()).toEqual([{ sku: 'c' }]);
  });

  test('mapBatches gives rows to a function, in order, and checks what it gives', async () => {
    const mapped = sales
      .sort({ desc: 'id' })
      .mapBatches(
        async (rows) => rows.flatMap((row) => (row.id === 3 ? [] : [{ key: `${row.id}-${row.sku}`, n: row.quantity }])),
        {
          schema: { key: t.string(), n: t.int().nullable() },
          batchSize: 2,
        },
      );
    expect((await mapped.rows()).map((row) => row.key)).toEqual(['5-b', '4-a', '2-a', '1-b']);
    const wrong = sales.mapBatches(() => [{ n: 1.5 }], { schema: { n: t.int() } });
    await expect(wrong.rows()).rejects.toMatchObject({ message: expect.stringContaining('1.5') });
    const failing = sales.mapBatches(
      () => {
        throw new Error('mine');
      },
      { schema: { n: t.int() } },
    );
    await expect(failing.rows()).rejects.toThrow('mine');
    for (const batchSize of [0, -1, 1.5, Number.NaN]) {
      expect(() => sales.mapBatches((rows) => rows, { schema: { id: t.int() }, batchSize })).toThrow(
        expect.objectContaining({ code: 'plan.batch_size' }),
      );
    }
  });
});

describe('filling nulls', () => {
  test('fillNulls with constants', async () => {
    const filled = sales.fillNulls({ quantity: 0, price: '9.99' });
    expect((await filled.rows()).map((r) => [r.quantity, r.price])).toEqual([
      [3, '1.50'],
      [0, '2.00'],
      [1, '9.99'],
      [3, '0.25'],
      [0, '9.99'],
    ]);
    expect((await filled.collect()).schema.map((f) => f.nullable)).toEqual([false, false, false, false]);
  });

  test('impute: mean and median are floats, of a decimal too in its own scale', async () => {
    const quantity = async (how: 'mean' | 'median' | 'mode') =>
      (await sales.impute({ quantity: how }).rows()).map((r) => r.quantity);
    expect(await quantity('mean')).toEqual([3, 7 / 3, 1, 3, 7 / 3]);
    expect(await quantity('median')).toEqual([3, 3, 1, 3, 3]);
    expect(await quantity('mode')).toEqual([3, 3, 1, 3, 3]);
    const filled = await sales.impute({ quantity: 'mean' }).collect();
    expect(filled.schema[2]).toEqual({ name: 'quantity', dtype: { id: 'float' }, nullable: false });
    expect((await sales.impute({ price: 'mean' }).rows()).map((r) => r.price)).toEqual([
      '1.50',
      '2.00',
      '1.25',
      '0.25',
      '1.25',
    ]);
  });

  test('impute: of several most frequent values the smallest', async () => {
    const frame = read.rows(
      ['b', 'a', null, 'b', 'a', 'c'].map((x) => ({ x })),
      { schema: { x: t.string().nullable() } },
    );
    expect((await frame.impute({ x: 'mode' }).rows()).map((r) => r.x)).toEqual(['b', 'a', 'a', 'b', 'a', 'c']);
  });

  test('impute: several columns at once, each by what it was', async () => {
    const frame = sales.impute({ quantity: { constant: 7 }, price: 'median' });
    expect((await frame.rows()).map((r) => [r.quantity, r.price])).toEqual([
      [3, '1.50'],
      [7, '2.00'],
      [1, '1.50'],
      [3, '0.25'],
      [7, '1.50'],
    ]);
  });

  test('impute: forward and backward in an order, within groups', async () => {
    const frame = read.rows(
      [
        { g: 'x', at: 3, v: null },
        { g: 'y', at: 1, v: null },
        { g: 'x', at: 1, v: 10 },
        { g: 'x', at: 2, v: null },
        { g: 'y', at: 2, v: 20 },
      ],
      { schema: { g: t.string(), at: t.int(), v: t.int().nullable() } },
    );
    const values = (rows: readonly { v: number | null }[]) => rows.map((r) => r.v);
    expect(values(await frame.impute({ v: { forward: ['at'], partitionBy: ['g'] } }).rows())).toEqual([
      10,
      null,
      10,
      10,
      20,
    ]);
    expect(values(await frame.impute({ v: { backward: ['at'], partitionBy: ['g'] } }).rows())).toEqual([
      null,
      20,
      10,
      null,
      20,
    ]);
    expect(values(await frame.impute({ v: { forward: [{ desc: 'at' }] } }).rows())).toEqual([null, 20, 10, null, 20]);
  });

  test('impute: a column that is all null fails, and is named; no rows at all are fine', async () => {
    const empty = read.rows([{ x: null }, { x: null }], { schema: { x: t.float().nullable() } });
    for (const how of ['mean', 'median', 'mode'] as const) {
      await expect(empty.impute({ x: how }).rows()).rejects.toMatchObject({
        code: 'impute.all_null',
        message: expect.stringContaining(`every value of x is null, so it has no ${how}`),
      });
    }
    const none = read.rows([], { schema: { x: t.float().nullable() } });
    expect(await none.impute({ x: 'mean' }).rows()).toEqual([]);
  });
});

describe('actions', () => {
  test('a materialized frame is computed once and gone after its scope', async () => {
    let runs = 0;
    const counted = sales.mapBatches(
      (rows) => {
        runs += 1;
        return rows.map((r) => ({ id: r.id }));
      },
      { schema: { id: t.int() } },
    );
    const kept = await counted.materialize();
    expect(await kept.count()).toBe(5);
    expect(await kept.filter((r) => r.id.gt(3)).count()).toBe(2);
    expect(runs).toBe(1);
    await kept[Symbol.asyncDispose]();
    await expect(kept.count()).rejects.toMatchObject({ code: 'frame.disposed' });
    await expect(kept.select('id').rows()).rejects.toMatchObject({ code: 'frame.disposed' });
  });

  test('explain shows the plan and its SQL', async () => {
    const text = await sales
      .filter((r) => r.quantity.gt(1))
      .sort('sku')
      .explain();
    expect(text).toContain('sort sku\nfilter gt(quantity, 1)\nsource rows');
    expect(text).toMatch(/ORDER BY CAST\("sku" AS scratch."t1"\) ASC NULLS LAST/);
  });

  test('refresh reads a quarantined source again', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'refresh-'));
    const path = join(folder, 'x.csv');
    writeFileSync(path, 'x\n1\n');
    const frame = read.csv(path, { schema: { x: t.int() }, onBadRow: 'quarantine' });
    expect(await frame.count()).toBe(1);
    writeFileSync(path, 'x\n1\ntwo\n3\n');
    expect(await frame.count()).toBe(1);
    const aside = frame.quarantine();
    expect(await aside.count()).toBe(0);
    await frame.refresh();
    expect(await frame.count()).toBe(2);
    expect(await aside.count()).toBe(1);
    rmSync(folder, { recursive: true });
  });

  test('withSchema types text, and checks what is typed already', async () => {
    const text = read.rows([{ n: '1', day: '05.01.2024' }], { schema: { n: t.string(), day: t.string() } });
    const typed = text.withSchema({ day: t.date({ formats: ['%d.%m.%Y'] }), count: t.int().from('n') });
    expect(await typed.rows()).toEqual([{ day: '2024-01-05', count: 1 }]);
    expect(() => sales.withSchema({ id: t.string() })).toThrow(/column "id" is int, the schema says string/);
    await expect(sales.withSchema({ quantity: t.int() }).rows()).rejects.toThrow(
      /quantity is null, the schema says it never is/,
    );
  });

  test('quarantine of rows in memory', async () => {
    const frame = read.rows([{ x: 1 }, { x: 1.5 }, { x: null }], { schema: { x: t.int() }, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([{ x: 1 }]);
    expect((await frame.quarantine().rows()).map((r) => [r.line, r.column, r.value])).toEqual([
      [2, 'x', '1.5'],
      [3, 'x', null],
    ]);
    await expect(read.rows([{ x: 1.5 }], { schema: { x: t.int() } }).rows()).rejects.toMatchObject({
      code: 'rows.bad_row',
    });
  });
});
