import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const floats = (...values: (number | null)[]) =>
  session.read.rows(
    values.map((x, i) => ({ i, x, n: x === null || !Number.isFinite(x) ? null : Math.trunc(x) })),
    { schema: { i: t.int(), x: t.float().nullable(), n: t.int().nullable() } },
  );

test('sign, clip, log to a base', async () => {
  const rows = await floats(-2.5, 0, 8, 1000, null)
    .withColumns((r) => ({
      sign: r.x.sign(),
      clip: r.x.clip(-1, 10),
      low: r.n.clip(1, null),
      byColumn: r.n.clip(null, r.i),
      log10: r.x.log(10),
      log2: r.x.log(2),
      log3: r.x.log(3),
    }))
    .rows();
  expect(rows.map((r) => r.sign)).toEqual([-1, 0, 1, 1, null]);
  expect(rows.map((r) => r.clip)).toEqual([-1, 0, 8, 10, null]);
  expect(rows.map((r) => r.low)).toEqual([1, 1, 8, 1000, null]);
  expect(rows.map((r) => r.byColumn)).toEqual([-2, 0, 2, 3, null]);
  expect(rows.map((r) => r.log10)).toEqual([null, null, Math.log10(8), 3, null]);
  expect(rows.map((r) => r.log2)).toEqual([null, null, 3, Math.log2(1000), null]);
  expect(rows[2]?.log3).toBeCloseTo(Math.log(8) / Math.log(3), 12);
  expect(() => floats(1).withColumns((r) => ({ y: r.x.log(1) }))).toThrow(
    /x\.log\(1\): give a base above 0 that is not 1/,
  );
});

test('bounds the wrong way round are refused', () => {
  expect(() => floats(1).withColumns((r) => ({ y: r.x.clip(5, 1) }))).toThrow(
    /x\.clip\(5, 1\): the first bound is above/,
  );
});

test('angles', async () => {
  const rows = await floats(0.5, -1, 2, null)
    .withColumns((r) => ({ a: r.x.sin(), b: r.x.cos(), c: r.x.tan(), d: r.x.asin(), e: r.x.acos(), f: r.x.atan() }))
    .rows();
  for (const { x, a, b, c, d, e, f } of rows) {
    const want = x === null ? [] : [Math.sin(x), Math.cos(x), Math.tan(x), Math.asin(x), Math.acos(x), Math.atan(x)];
    for (const [i, got] of [a, b, c, d, e, f].entries()) {
      const value = want[i];
      if (value === undefined || Number.isNaN(value)) expect(got).toBeNull();
      else expect(got).toBeCloseTo(value, 14);
    }
  }
  await expect(
    floats(1000)
      .withColumns((r) => ({ y: r.x.exp().sin() }))
      .rows(),
  ).rejects.toMatchObject({
    code: 'run.overflow',
  });
});

test('a bound with more digits than the decimal keeps them', async () => {
  const rows = await session.read
    .rows([{ d: '1.50' }, { d: '0.10' }], { schema: { d: t.decimal(6, 2) } })
    .withColumns((r) => ({ d: r.d.clip(0.125, '1.4999') }))
    .rows();
  expect(rows.map((r) => r.d)).toEqual(['1.4999', '0.1250']);
});

test('NaN and infinities', async () => {
  const rows = await floats(1, null, 0)
    .withColumns((r) => ({ nan: fn.when(r.i.eq(0), r.x.exp().mul(1e308).mul(10)).else(r.x) }))
    .withColumns((r) => ({ nan: r.nan.sub(r.nan), inf: r.nan }))
    .withColumns((r) => ({
      a: r.nan.isNaN(),
      b: r.inf.isNaN(),
      c: r.inf.isFinite(),
      d: r.nan.isFinite(),
      clip: r.nan.clip(0, 5),
    }))
    .select('a', 'b', 'c', 'd', 'clip')
    .rows();
  expect(rows).toEqual([
    { a: true, b: false, c: false, d: false, clip: 5 },
    { a: null, b: null, c: null, d: null, clip: null },
    { a: false, b: false, c: true, d: true, clip: 0 },
  ]);
  // @ts-expect-error a whole number is never NaN
  expect(() => floats(1).withColumns((r) => ({ y: r.n.isNaN() }))).toThrow(/n is int: only a float can be NaN/);
});

test('greatest and least pass nulls over', async () => {
  const rows = await session.read
    .rows(
      [
        { a: 1, b: 2.5, d: '1.50', s: 'b' },
        { a: null, b: null, d: null, s: null },
      ],
      {
        schema: {
          a: t.int().nullable(),
          b: t.float().nullable(),
          d: t.decimal(6, 2).nullable(),
          s: t.string().nullable(),
        },
      },
    )
    .withColumns((r) => ({
      most: fn.greatest(r.a, r.b),
      some: fn.greatest(r.a, r.b, 0),
      least: fn.least(r.d, '1.375'),
      text: fn.least(r.s, 'a'),
    }))
    .select('most', 'some', 'least', 'text')
    .rows();
  expect(rows).toEqual([
    { most: 2.5, some: 2.5, least: '1.375', text: 'a' },
    { most: null, some: 0, least: '1.375', text: 'a' },
  ]);
  // @ts-expect-error a text and a number have no order
  expect(() => floats(1).withColumns((r) => ({ y: fn.greatest(r.x, 'a') }))).toThrow();
});

test('between columns', async () => {
  const rows = await floats(1, 2, null)
    .withColumns((r) => ({ y: r.x.between(r.i, 1.5), z: r.i.between(0, r.n) }))
    .rows();
  expect(rows.map((r) => r.y)).toEqual([true, false, null]);
  expect(rows.map((r) => r.z)).toEqual([true, true, null]);
});

describe('aggregates of numbers', () => {
  const xs = [2, 4, 4, 5, 7, 11.5, -3];
  const mean = xs.reduce((a, b) => a + b, 0) / xs.length;
  const moment = (k: number): number => xs.reduce((a, x) => a + (x - mean) ** k, 0) / xs.length;
  const n = xs.length;

  test('skewness and kurtosis of a sample, by their definition', async () => {
    const [got] = await floats(...xs, null)
      .groupBy()
      .agg((r) => ({ s: r.x.skewness(), k: r.x.kurtosis() }))
      .rows();
    const g1 = moment(3) / moment(2) ** 1.5;
    expect(got?.s).toBeCloseTo((Math.sqrt(n * (n - 1)) / (n - 2)) * g1, 10);
    const g2 = moment(4) / moment(2) ** 2 - 3;
    expect(got?.k).toBeCloseTo(((n - 1) / ((n - 2) * (n - 3))) * ((n + 1) * g2 + 6), 10);
  });

  test.each([
    ['none', []],
    ['two', [1, 2]],
    ['all the same', [3, 3, 3, 3, 3]],
    ['nulls alone', [null, null]],
  ])('of %s they are null, never NaN', async (_, values) => {
    const rows = await floats(...values)
      .groupBy()
      .agg((r) => ({ s: r.x.skewness(), k: r.x.kurtosis(), sn: r.n.skewness() }))
      .rows();
    expect(rows).toEqual([{ s: null, k: null, sn: null }]);
  });

  test('they do not suffer where the mean is large against the spread', async () => {
    const of = async (shift: number) => {
      const [row] = await floats(...xs.map((x) => x + shift))
        .groupBy()
        .agg((r) => ({ s: r.x.skewness(), k: r.x.kurtosis() }))
        .rows();
      return row;
    };
    const [near, far] = [await of(0), await of(1e6)];
    expect(far?.s).toBeCloseTo(near?.s ?? 0, 6);
    expect(far?.k).toBeCloseTo(near?.k ?? 0, 6);
    const same = await floats(0.1, 0.1, 0.1, 0.1, 0.1)
      .groupBy()
      .agg((r) => ({ s: r.x.skewness(), k: r.x.kurtosis() }))
      .rows();
    expect(same).toEqual([{ s: null, k: null }]);
  });

  test('covariance and weighted mean pass over rows where one is null', async () => {
    const frame = session.read.rows(
      [
        { p: '1.50', w: 2, z: 0 },
        { p: '3.00', w: 1, z: 0 },
        { p: null, w: 5, z: 0 },
        { p: '9.00', w: null, z: 0 },
      ],
      { schema: { p: t.decimal(6, 2).nullable(), w: t.int().nullable(), z: t.int() } },
    );
    const rows = await frame
      .groupBy()
      .agg((r) => ({ m: r.p.weightedMean(r.w), none: r.p.weightedMean(r.z), c: r.p.covariance(r.w) }))
      .rows();
    expect(rows).toEqual([{ m: 2, none: null, c: -0.75 }]);
    const one = await frame
      .filter((r) => r.w.eq(1))
      .groupBy()
      .agg((r) => ({ c: r.p.covariance(r.w) }))
      .rows();
    expect(one).toEqual([{ c: null }]);
  });

  test('largest and smallest: so many values in their order, nulls passed over', async () => {
    const frame = session.read.rows(
      [
        { g: 'a', x: 1, d: '0.50', day: '2024-02-01', s: 'b' },
        { g: 'a', x: 3, d: '10.25', day: '2023-12-31', s: 'é' },
        { g: 'a', x: 3, d: null, day: '2024-01-01', s: 'B' },
        { g: 'b', x: -1e300, d: null, day: '2024-01-01', s: '' },
        { g: 'b', x: 1e300, d: null, day: '2024-01-02', s: 'zz' },
      ],
      { schema: { g: t.string(), x: t.float(), d: t.decimal(9, 2).nullable(), day: t.date(), s: t.string() } },
    );
    const groups = frame.groupBy('g').agg((r) => ({
      x: r.x.mul(1e10).largest(2),
      least: r.x.smallest(9),
      d: r.d.largest(2),
      day: r.day.smallest(1),
      s: r.s.largest(3),
    }));
    expect(await groups.sort('g').rows()).toEqual([
      { g: 'a', x: [3e10, 3e10], least: [1, 3, 3], d: ['10.25', '0.50'], day: ['2023-12-31'], s: ['é', 'b', 'B'] },
      {
        g: 'b',
        x: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
        least: [-1e300, 1e300],
        d: null,
        day: ['2024-01-01'],
        s: ['zz', ''],
      },
    ]);
    const rows = groups.select('g', 'x').explode('x').sort('g', { desc: 'x' });
    expect((await rows.rows()).map((row) => row.x)).toEqual([
      3e10,
      3e10,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
    ]);
    const call = (n: number) => () => frame.groupBy('g').agg((r) => ({ x: r.x.largest(n) }));
    for (const n of [0, 1.5, 1_000_000])
      expect(call(n)).toThrow(`x.largest(${n}): give a whole number from 1 to 999999.`);
  });

  test('product and mode pass over nulls, corr over rows where one is null', async () => {
    const frame = session.read.rows(
      [
        { g: 'a', n: 2, x: 0.5, yes: true, word: 'b' },
        { g: 'a', n: 3, x: 1, yes: false, word: 'a' },
        { g: 'a', n: 4, x: 3, yes: null, word: 'b' },
        { g: 'a', n: null, x: 100, yes: null, word: 'a' },
        { g: 'b', n: 7, x: 1, yes: true, word: null },
        { g: 'b', n: 7, x: 2, yes: true, word: null },
        { g: 'c', n: null, x: 1, yes: null, word: null },
      ],
      {
        schema: {
          g: t.string(),
          n: t.int().nullable(),
          x: t.float(),
          yes: t.boolean().nullable(),
          word: t.string().nullable(),
        },
      },
    );
    const rows = await frame
      .groupBy('g')
      .agg((r) => ({
        product: r.n.product(),
        n: r.n.mode(),
        yes: r.yes.mode(),
        word: r.word.mode(),
        corr: r.n.corr(r.x),
        itself: r.n.corr(r.n),
      }))
      .sort('g')
      .rows();
    const of = 2.5 / Math.sqrt(2 * (0.25 + 1 + 9 - 4.5 ** 2 / 3));
    const [first, ...rest] = rows;
    expect(first).toEqual({
      g: 'a',
      product: 24,
      n: 2,
      yes: false,
      word: 'a',
      corr: expect.closeTo(of, 12),
      itself: expect.closeTo(1, 12),
    });
    expect(rest).toEqual([
      // All values are the same.
      { g: 'b', product: 49, n: 7, yes: true, word: null, corr: null, itself: null },
      { g: 'c', product: null, n: null, yes: null, word: null, corr: null, itself: null },
    ]);
    const none = await frame
      .filter((r) => r.g.eq('z'))
      .groupBy()
      .agg((r) => ({ p: r.x.product(), m: r.x.mode(), c: r.x.corr(r.n) }))
      .rows();
    expect(none).toEqual([{ p: null, m: null, c: null }]);
    const far = await frame
      .withColumns((r) => ({ far: r.x.mul(1e200) }))
      .groupBy()
      .agg((r) => ({ p: r.far.product() }))
      .rows();
    expect(far).toEqual([{ p: Number.POSITIVE_INFINITY }]);
  });

  test('what is not finite has neither a deviation nor a correlation, nor does it end the run', async () => {
    const far = session.read
      .rows([{ x: 1 }, { x: 2 }, { x: 3e200 }, { x: null }], { schema: { x: t.float().nullable() } })
      .withColumns((r) => ({ x: r.x.mul(1e200).mul(1e-200), one: fn.when(r.x.isNull(), r.x).else(1) }));
    const rows = await far
      .groupBy()
      .agg((r) => ({ s: r.x.std(), v: r.x.var(), c: r.x.corr(r.x), one: r.one.std(), beside: r.one.corr(r.x) }))
      .rows();
    expect(rows).toEqual([{ s: Number.NaN, v: Number.NaN, c: Number.NaN, one: 0, beside: Number.NaN }]);
    const [first, second] = (await far.describe()).rows();
    expect(first).toMatchObject({ column: 'x', count: 3, std: Number.NaN, mean: Number.POSITIVE_INFINITY });
    expect(second).toMatchObject({ column: 'one', std: 0 });
    const over = await far.withColumns((r) => ({ s: r.x.std().over({ rows: [-1, 0] }) })).rows();
    expect(over.map(({ s }) => s)).toEqual([null, expect.closeTo(Math.SQRT1_2), Number.NaN, null]);
  });

  test('a quantile of decimals lies between two of them', async () => {
    const frame = session.read.rows([{ d: '1.00' }, { d: '1.01' }], { schema: { d: t.decimal(6, 2) } });
    const rows = await frame
      .groupBy()
      .agg((r) => ({ m: r.d.median(), q: r.d.quantiles([0, 0.5, 1]) }))
      .rows();
    expect(rows).toEqual([{ m: 1.005, q: [1, 1.005, 1.01] }]);
    expect(() => frame.groupBy().agg((r) => ({ q: r.d.quantiles([]) }))).toThrow(/d\.quantiles\(\[\]\): give shares/);
  });
});

describe('aggregates of the rows of a group', () => {
  const sales = session.read.rows(
    [
      { g: 'a', day: '2024-01-03', price: 5, sku: 'x' },
      { g: 'a', day: '2024-01-01', price: 7, sku: null },
      { g: 'a', day: '2024-01-03', price: 6, sku: 'z' },
      { g: 'b', day: null, price: 1, sku: null },
    ],
    { schema: { g: t.string(), day: t.date().nullable(), price: t.int(), sku: t.string().nullable() } },
  );

  test('atMin and atMax: of several rows the first', async () => {
    const rows = await sales
      .groupBy('g')
      .agg((r) => ({ first: r.price.atMin('day'), last: r.price.atMax(r.day), sku: r.sku.atMin(r.day) }))
      .sort('g')
      .rows();
    expect(rows).toEqual([
      { g: 'a', first: 7, last: 5, sku: null },
      { g: 'b', first: 1, last: 1, sku: null },
    ]);
    expect(() => sales.groupBy('g').agg((r) => ({ p: r.price.atMin(r.day.month()) }))).toThrow(
      /price\.atMin was given month\(day\)\. Give a column or its name/,
    );
    expect(() => sales.groupBy('g').agg((r) => ({ p: r.price.atMin('dya') }))).toThrow(/no column "dya"/);
  });

  test('toList and joinText: in the order given, ties and no order at all by the frame', async () => {
    const rows = await sales
      .groupBy('g')
      .agg((r) => ({
        all: r.sku.toList(),
        byDay: r.price.toList({ orderBy: 'day' }),
        text: r.sku.joinText('|'),
        desc: r.sku.joinText(', ', { orderBy: { desc: 'price' } }),
        days: r.day.toList(),
      }))
      .sort('g')
      .rows();
    expect(rows).toEqual([
      {
        g: 'a',
        all: ['x', null, 'z'],
        byDay: [7, 5, 6],
        text: 'x|z',
        desc: 'z, x',
        days: ['2024-01-03', '2024-01-01', '2024-01-03'],
      },
      { g: 'b', all: [null], byDay: [1], text: null, desc: null, days: [null] },
    ]);
  });

  test('over windows: running, and of the whole partition', async () => {
    const rows = await sales
      .withColumns((r) => ({
        running: r.price.toList().over({ partitionBy: 'g', orderBy: 'price' }),
        whole: r.price.toList({ orderBy: 'price' }).over({ partitionBy: 'g' }),
        plain: r.price.toList().over({ partitionBy: 'g' }),
        text: r.sku.joinText('+').over({ partitionBy: 'g', orderBy: 'price', rows: [-1, 0] }),
        quartiles: r.price.quantiles([0.5]).over({ partitionBy: 'g' }),
        weighted: r.price.weightedMean(r.price).over({ partitionBy: 'g' }),
        skew: r.price.skewness().over({ partitionBy: 'g' }),
      }))
      .sort('g', 'price')
      .drop('day', 'sku')
      .rows();
    const a = { g: 'a', whole: [5, 6, 7], plain: [5, 7, 6], quartiles: [6], weighted: 110 / 18, skew: 0 };
    expect(rows).toEqual([
      { ...a, price: 5, running: [5], text: 'x' },
      { ...a, price: 6, running: [5, 6], text: 'x+z' },
      { ...a, price: 7, running: [5, 6, 7], text: 'z' },
      { g: 'b', price: 1, running: [1], whole: [1], plain: [1], text: null, quartiles: [1], weighted: 1, skew: null },
    ]);
  });

  test('rows without an order need one', async () => {
    const joined = sales.join(sales.select('g').dedupe(), { on: 'g' });
    await expect(
      joined
        .groupBy('g')
        .agg((r) => ({ all: r.sku.toList() }))
        .rows(),
    ).rejects.toMatchObject({
      code: 'compile.order',
    });
    const rows = await joined
      .groupBy('g')
      .agg((r) => ({ all: r.price.toList({ orderBy: 'day' }) }))
      .sort('g')
      .rows();
    expect(rows.map((r) => r.all)).toEqual([[7, 5, 6], [1]]);
  });
});

test('a fraction beside a decimal is a number or its text, and exact', async () => {
  const prices = session.read.rows([{ price: '10.10' }], { schema: { price: t.decimal(6, 2) } });
  const computed = prices.withColumns((r) => ({
    number: r.price.mul(0.25),
    text: r.price.mul('0.25'),
    more: r.price.add('0.005'),
    left: r.price.sub('0.1'),
  }));
  expect(await computed.rows()).toEqual([
    { price: '10.10', number: '2.5250', text: '2.5250', more: '10.105', left: '10.00' },
  ]);
  expect(() => prices.withColumns((r) => ({ x: r.price.mul('much') }))).toThrow(/price.*"much"/);
});
