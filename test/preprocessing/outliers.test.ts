import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fitOutliers, type OutlierMethod, Outliers, t, treatOutliers } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const schema = { id: t.int(), price: t.float(), quantity: t.int().nullable(), cost: t.decimal(6, 2) };
type Given = readonly { id: number; price: number; quantity: number | null; cost: string }[];
const frameOf = (rows: Given) => session.read.rows(rows, { schema });

/** Prices 1 to 9; quantities 0, 10, .. 70 and a null. */
const train: Given = Array.from({ length: 9 }, (_, i) => ({
  id: i,
  price: i + 1,
  quantity: i === 8 ? null : i * 10,
  cost: (i / 4).toFixed(2),
}));
const held: Given = [
  { id: 1, price: 5, quantity: 30, cost: '1.00' },
  { id: 2, price: 99, quantity: null, cost: '1.00' },
  { id: 3, price: 5, quantity: -999, cost: '9.99' },
  { id: 4, price: 13, quantity: 122, cost: '4.00' },
];

describe('bounds', () => {
  const bounds = async (method: OutlierMethod) =>
    (await fitOutliers(frameOf(train), { columns: ['price', 'quantity'], action: 'drop', ...method })).parameters
      .columns;

  test('iqr: quartiles 3 and 7 of 1 to 9; 17.5 and 52.5 of 0, 10, .. 70', async () => {
    expect(await bounds({ method: 'iqr' })).toEqual([
      { name: 'price', dtype: 'float', low: -3, high: 13 },
      { name: 'quantity', dtype: 'int', low: -35, high: 105 },
    ]);
    expect((await bounds({ method: 'iqr', factor: 0 }))[0]).toMatchObject({ low: 3, high: 7 });
  });

  test('z-score: mean 5 and the deviation of 1 to 9, the root of 60 / 9', async () => {
    const [price] = await bounds({ method: 'z-score', threshold: 2 });
    expect(price?.low).toBeCloseTo(5 - 2 * Math.sqrt(60 / 9), 12);
    expect(price?.high).toBeCloseTo(5 + 2 * Math.sqrt(60 / 9), 12);
    const [again] = await bounds({ method: 'z-score' });
    expect(again?.high).toBeCloseTo(5 + 3 * Math.sqrt(60 / 9), 12);
  });

  test('quantile: shares of the way from 1 to 9', async () => {
    const [price] = await bounds({ method: 'quantile' });
    expect(price?.low).toBeCloseTo(1.08, 12);
    expect(price?.high).toBeCloseTo(8.92, 12);
    expect((await bounds({ method: 'quantile', low: 0.25, high: 1 }))[0]).toMatchObject({ low: 3, high: 9 });
  });

  test('the order of the training rows changes nothing, applying changes nothing', async () => {
    const learn = (rows: Given) =>
      fitOutliers(frameOf(rows), { columns: ['price', 'quantity', 'cost'], method: 'z-score', action: 'cap' });
    const [one, other] = [await learn(train), await learn([...train].reverse())];
    const before = JSON.stringify(one);
    await one.apply(frameOf(held)).rows();
    expect(JSON.stringify(one)).toBe(before);
    one.parameters.columns.forEach((column, i) => {
      expect(Math.abs((other.parameters.columns[i]?.low ?? 0) - column.low)).toBeLessThan(1e-12 * 100);
      expect(Math.abs((other.parameters.columns[i]?.high ?? 0) - column.high)).toBeLessThan(1e-12 * 100);
    });
  });

  test('a single row, a constant: the value itself is the bound', async () => {
    for (const method of ['iqr', 'z-score', 'quantile'] as const) {
      const rows = [0.1, 0.1, 0.1].map((price, id) => ({ id, price, quantity: 1, cost: '0.00' }));
      for (const some of [rows, rows.slice(0, 1)]) {
        const fitted = await fitOutliers(frameOf(some), { columns: ['price'], method, action: 'drop' });
        expect(fitted.parameters.columns[0]).toMatchObject({ low: 0.1, high: 0.1 });
        expect(await fitted.apply(frameOf(some)).count()).toBe(some.length);
      }
    }
  });
});

describe('actions', () => {
  const columns = ['price', 'quantity', 'cost'] as const;
  // price -3 to 13, quantity -35 to 105, cost -1 to 3.
  const learn = <const A extends 'drop' | 'cap' | 'flag' | 'quarantine'>(action: A) =>
    fitOutliers(frameOf(train), { columns, method: 'iqr', action });

  test('drop leaves out the rows with one, null is none', async () => {
    const kept = (await learn('drop')).apply(frameOf(held));
    expect((await kept.rows()).map((row) => row.id)).toEqual([1]);
    const nulls = held.map((row) => ({ ...row, price: 1, cost: '1.00', quantity: null }));
    expect(await (await learn('drop')).apply(frameOf(nulls)).count()).toBe(4);
  });

  test('cap moves them to the bound in their own dtype', async () => {
    const capped = (await learn('cap')).apply(frameOf(held));
    expect(capped.schema).toEqual(frameOf(held).schema);
    expect(await capped.rows()).toEqual([
      { id: 1, price: 5, quantity: 30, cost: '1.00' },
      { id: 2, price: 13, quantity: null, cost: '1.00' },
      { id: 3, price: 5, quantity: -35, cost: '3.00' },
      { id: 4, price: 13, quantity: 105, cost: '3.00' },
    ]);
  });

  test('cap in a whole number rounds the bound, and a bound that the dtype cannot hold meets no value', async () => {
    const rows = [1, 2, 3, 4].map((quantity, id) => ({ id, price: id, quantity, cost: '9000.00' }));
    const fitted = await fitOutliers(frameOf(rows), {
      columns: ['quantity', 'cost'],
      method: 'quantile',
      low: 0.2,
      high: 0.8,
      action: 'cap',
    });
    expect(fitted.parameters.columns[0]?.low).toBeCloseTo(1.6, 12);
    expect((await fitted.apply(frameOf(rows)).rows()).map((row) => row.quantity)).toEqual([2, 2, 3, 3]);
    const wide = new Outliers({
      method: 'iqr',
      action: 'cap',
      columns: [
        { name: 'cost', dtype: 'decimal', low: -1e30, high: 1e30 },
        { name: 'quantity', dtype: 'int', low: -1e30, high: 1e30 },
      ],
    });
    expect(await wide.apply(frameOf(rows)).rows()).toEqual(rows);
  });

  test('flag adds a column that is never null', async () => {
    const flagged = (await learn('flag')).apply(frameOf(held));
    expect(flagged.schema.slice(4)).toEqual(
      columns.map((name) => ({ name: `${name}_outlier`, dtype: { id: 'boolean' }, nullable: false })),
    );
    const rows = await flagged.rows();
    expect(rows.map((row) => [row.price_outlier, row.quantity_outlier, row.cost_outlier])).toEqual([
      [false, false, false],
      [true, false, false],
      [false, true, true],
      [false, true, true],
    ]);
  });

  test('quarantine tells the value and the bounds', async () => {
    const kept = (await learn('quarantine')).apply(frameOf(held));
    expect((await kept.rows()).map((row) => row.id)).toEqual([1]);
    const aside = await kept.quarantine().rows();
    expect(aside.map(({ column, value, reason }) => ({ column, value, reason }))).toEqual([
      { column: 'price', value: '99.0', reason: 'breaks the rule price: no outlier, from -3 to 13 (iqr)' },
      { column: 'quantity', value: '-999', reason: 'breaks the rule quantity: no outlier, from -35 to 105 (iqr)' },
      { column: 'quantity', value: '122', reason: 'breaks the rule quantity: no outlier, from -35 to 105 (iqr)' },
    ]);
  });

  test.each(['drop', 'cap', 'flag'] as const)('%s inline gives the rows of a fit on the same frame', async (action) => {
    const frame = frameOf([...train, ...held]);
    for (const method of ['iqr', 'z-score', 'quantile'] as const) {
      const fitted = (await fitOutliers(frame, { columns, method, action })).apply(frame);
      const inline = frame.pipe(treatOutliers({ columns, method, action }));
      expect(inline.schema).toEqual(fitted.schema);
      expect(await inline.rows()).toEqual(await fitted.rows());
    }
  });

  test('through JSON they stay the same', async () => {
    const fitted = await learn('cap');
    const again = Outliers.fromJSON(JSON.stringify(fitted));
    expect(again.parameters).toEqual({ method: 'iqr', action: 'cap', columns: fitted.parameters.columns });
    expect(await again.apply(frameOf(held)).rows()).toEqual(await fitted.apply(frameOf(held)).rows());
    const json = JSON.parse(JSON.stringify(fitted)) as { columns: { low: number; high: number }[] };
    const [column] = json.columns;
    if (column !== undefined) column.high = column.low - 1;
    expect(() => Outliers.fromJSON(json)).toThrow(/columns\[0\]\.high is -4, not a number from -3/);
  });
});

describe('what cannot be learned is told', () => {
  test('no rows, nulls alone, infinite values', async () => {
    const learn = (rows: Given) => fitOutliers(frameOf(rows), { columns: ['quantity'], method: 'iqr', action: 'drop' });
    await expect(learn([])).rejects.toMatchObject({ code: 'preprocessing.no_values' });
    await expect(learn(train.slice(8))).rejects.toThrow('every value of its 1 row is null');
    const odd = frameOf([{ ...(train[0] as Given[0]), price: 1000 }]).withColumns((r) => ({ price: r.price.exp() }));
    await expect(fitOutliers(odd, { columns: ['price'], method: 'iqr', action: 'cap' })).rejects.toMatchObject({
      code: 'preprocessing.not_finite',
    });
    // In a frame to be treated an infinity is an outlier like another.
    const cap = await fitOutliers(frameOf(train), { columns: ['price'], method: 'iqr', action: 'cap' });
    expect((await cap.apply(odd).rows())[0]?.price).toBe(13);
  });

  test('options that are none', async () => {
    const learn = (options: object) =>
      fitOutliers(frameOf(train), { columns: ['price'], method: 'iqr', action: 'drop', ...options });
    await expect(learn({ method: 'mad' })).rejects.toThrow("The choices are 'iqr', 'z-score', 'quantile'");
    await expect(learn({ action: 'clip' })).rejects.toThrow("The choices are 'drop', 'cap', 'flag', 'quarantine'");
    await expect(learn({ factor: -1 })).rejects.toThrow('factor is -1. Give a number from 0');
    await expect(learn({ method: 'quantile', low: 0.9, high: 0.1 })).rejects.toThrow(
      'high is 0.1. Give a number from 0.9 to 1',
    );
    const inline = treatOutliers({ columns: ['price'], method: 'iqr', action: 'quarantine' as 'drop' });
    expect(() => frameOf(train).pipe(inline)).toThrow(/Use fitOutliers/);
  });
});
