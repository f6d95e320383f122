import { afterAll, describe, expect, test } from 'vitest';
import { Bins, bin, createSession, fitBins, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const schema = { price: t.float().nullable() };
const frameOf = (prices: readonly (number | null)[]) =>
  session.read.rows(
    prices.map((price) => ({ price })),
    { schema },
  );

const prices = [0, 1, 2, 3, 4, 5, 6, 7, 8, 100];

test('width: the range in equal parts; a value on an edge is in the bin above, what is outside in the nearest', async () => {
  const bins = await fitBins(frameOf(prices), { column: 'price', bins: 4, method: 'width' });
  expect(bins.parameters).toEqual({
    column: { name: 'price', dtype: 'float' },
    method: 'width',
    edges: [0, 25, 50, 75, 100],
    labels: null,
    as: 'price_bin',
  });
  const test = frameOf([-5, 0, 24.9, 25, 75, 100, 1e9, null]);
  const binned = bins.apply(test);
  expect(binned.schema).toEqual([
    { name: 'price', dtype: { id: 'float' }, nullable: true },
    { name: 'price_bin', dtype: { id: 'int' }, nullable: true },
  ]);
  expect((await binned.rows()).map((row) => row.price_bin)).toEqual([0, 0, 0, 1, 3, 3, 3, null]);
  expect(bins.parameters.edges).toEqual([0, 25, 50, 75, 100]);
});

test('quantile: about as many rows in each', async () => {
  const bins = await fitBins(frameOf(prices), { column: 'price', bins: 5, method: 'quantile' });
  const edges = [0, 1.8, 3.6, 5.4, 7.2, 100];
  expect(bins.parameters.edges.map((edge) => Number(edge.toFixed(12)))).toEqual(edges);
  const binned = await bins.apply(frameOf(prices)).rows();
  expect(binned.map((row) => row.price_bin)).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4, 4]);
  const reversed = await fitBins(frameOf([...prices].reverse()), { column: 'price', bins: 5, method: 'quantile' });
  expect(reversed.parameters).toEqual(bins.parameters);
});

test('quantiles that are equal are one edge; with labels there would be too few', async () => {
  const many = [0, 0, 0, 0, 0, 0, 1, 2];
  const options = { column: 'price', bins: 4, method: 'quantile' } as const;
  const bins = await fitBins(frameOf(many), options);
  expect(bins.parameters.edges).toEqual([0, 0.25, 2]);
  const expected = [0, 0, 0, 0, 0, 0, 1, 1];
  expect((await bins.apply(frameOf(many)).rows()).map((row) => row.price_bin)).toEqual(expected);
  expect((await frameOf(many).pipe(bin(options)).rows()).map((row) => row.price_bin)).toEqual(expected);
  const labels = ['a', 'b', 'c', 'd'];
  await expect(fitBins(frameOf(many), { ...options, labels })).rejects.toMatchObject({
    code: 'preprocessing.bins',
    message: 'fitBins: price has too few different values for 4 bins: the edges are 0, 0.25, 2. Give fewer bins.',
  });
  await expect(
    frameOf(many)
      .pipe(bin({ ...options, labels }))
      .rows(),
  ).rejects.toMatchObject({
    code: 'preprocessing.bins',
  });
});

describe.each(['width', 'quantile'] as const)('%s', (method) => {
  test('inline it gives the bins of a fit on the same frame', async () => {
    const frame = frameOf([...prices, null, ...prices.map((price) => price * 1.37)]);
    for (const options of [
      { column: 'price', bins: 7, method },
      { column: 'price', bins: 3, method, labels: ['low', 'middle', 'high'], as: 'level' },
    ] as const) {
      const fitted = (await fitBins(frame, options)).apply(frame);
      const inline = frame.pipe(bin(options));
      expect(inline.schema).toEqual(fitted.schema);
      expect(await inline.rows()).toEqual(await fitted.rows());
    }
  });

  test('a hundred labelled bins', async () => {
    const frame = frameOf(Array.from({ length: 500 }, (_, i) => (i * 7919) % 1009));
    const labels = Array.from({ length: 100 }, (_, i) => `bin ${i}`);
    const options = { column: 'price', bins: 100, method, labels } as const;
    const fitted = await (await fitBins(frame, options)).apply(frame).rows();
    expect(await frame.pipe(bin(options)).rows()).toEqual(fitted);
    expect(new Set(fitted.map((row) => row.price_bin)).size).toBe(100);
  });

  test('a constant and a single row are one bin', async () => {
    for (const values of [[3, 3, 3], [3]]) {
      const bins = await fitBins(frameOf(values), { column: 'price', bins: 5, method });
      expect(bins.parameters.edges).toEqual([3]);
      expect((await bins.apply(frameOf([1, 3, 5])).rows()).map((row) => row.price_bin)).toEqual([0, 0, 0]);
      const inline = await frameOf(values)
        .pipe(bin({ column: 'price', bins: 5, method }))
        .rows();
      expect(inline.map((row) => row.price_bin)).toEqual(values.map(() => 0));
    }
  });

  test('through JSON they stay the same', async () => {
    const labels = ['low', 'high'] as const;
    const bins = await fitBins(frameOf(prices), { column: 'price', bins: 2, method, labels });
    const again = Bins.fromJSON(JSON.stringify(bins));
    expect(again.parameters).toEqual(bins.parameters);
    expect(await again.apply(frameOf(prices)).rows()).toEqual(await bins.apply(frameOf(prices)).rows());
    const json = { ...bins.toJSON(), edges: [3, 2, 1] };
    expect(() => Bins.fromJSON(json)).toThrow('edges is [3,2,1], not numbers that rise');
    expect(() => Bins.fromJSON({ ...bins.toJSON(), edges: [1, 2] })).toThrow(
      'labels is ["low","high"], not a label a bin',
    );
  });
});

test('what cannot be learned is told', async () => {
  const fitted = (values: readonly (number | null)[], options: object = {}) =>
    fitBins(frameOf(values), { column: 'price', bins: 5, method: 'width', ...options });
  await expect(fitted([])).rejects.toMatchObject({ code: 'preprocessing.no_values' });
  await expect(fitted([null])).rejects.toThrow('every value of its 1 row is null');
  await expect(
    frameOf([null])
      .pipe(bin({ column: 'price', bins: 5, method: 'width' }))
      .rows(),
  ).rejects.toMatchObject({ code: 'preprocessing.no_values' });
  const odd = frameOf([1000, 1]).withColumns((r) => ({ price: r.price.exp() }));
  await expect(fitBins(odd, { column: 'price', bins: 2, method: 'width' })).rejects.toMatchObject({
    code: 'preprocessing.not_finite',
  });
  await expect(fitted(prices, { bins: 1 })).rejects.toThrow('bins is 1. Give a whole number from 2 to 1000.');
  await expect(fitted(prices, { labels: ['a'] })).rejects.toThrow('labels is ["a"]. Give 5 different names');
  await expect(fitted(prices, { method: 'edges' })).rejects.toThrow("The choices are 'width', 'quantile'");
});
