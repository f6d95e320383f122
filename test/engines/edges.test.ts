import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fn, type Readers, t, treatOutliers } from '../../src/index.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';

/* Aggregates and functions of what is equal, infinite, NaN, or as long as a dtype allows: the same on every engine. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

/** Values beside their places; a row that is read has finite numbers alone, so that the others are computed. */
const floats = (xs: readonly (number | null)[]) => (read: Readers) =>
  read
    .rows(
      xs.map((x, id) => ({
        id,
        x: Number.isFinite(x) ? x : x === null ? null : 1,
        y: id,
        of: Object.is(x, -0) ? '-0' : `${x}`,
      })),
      { schema: { id: t.int(), x: t.float().nullable(), y: t.float(), of: t.string() } },
    )
    .withColumns((r) => {
      const infinity = r.x.mul(1000).exp();
      return {
        x: fn
          .when(r.of.eq('Infinity'), infinity)
          .when(r.of.eq('-Infinity'), infinity.neg())
          .when(r.of.eq('NaN'), infinity.sub(infinity))
          .when(r.of.eq('-0'), r.x.abs().neg())
          .else(r.x),
      };
    })
    .drop('of');
const all = { orderBy: 'id', rows: [null, null] } as const;

describe('quantiles between equal values', () => {
  const shares = [0, 0.01, 0.25, 0.3, 0.5, 0.7, 0.99, 1];
  const equal = floats(Array.from({ length: 11 }, () => 0.34));
  it.each(shares)('are that value, at %s', (share) =>
    expectAgreement(
      running,
      (read) =>
        equal(read)
          .withColumns((r) => ({ whole: r.x.quantile(share).over(all) }))
          .groupBy()
          .agg((r) => ({
            same: r.x.quantile(share).eq(0.34),
            window: r.whole.eq(0.34).all(),
            whole: r.y.mul(0).add(34).cast(t.int()).quantile(share).eq(34),
          })),
      { expected: [{ same: true, window: true, whole: true }] },
    ),
  );
  it('as a list', async () => {
    for (const { name, session } of running.all) {
      const found = await equal(session.read)
        .withColumns((r) => ({ q: r.x.quantiles(shares).over(all) }))
        .groupBy()
        .agg((r) => ({
          x: r.x.quantiles(shares),
          window: r.q.first({ orderBy: 'id' }),
          none: r.x.nullIf(0.34).quantiles(shares),
        }))
        .rows();
      const same = shares.map(() => 0.34);
      expect({ [name]: found }).toEqual({ [name]: [{ x: same, window: same, none: null }] });
    }
  });
  it('are no outliers', () =>
    expectAgreement(
      running,
      (read) =>
        equal(read)
          .pipe(treatOutliers({ columns: ['x'], method: 'quantile', action: 'drop' }))
          .sort('id'),
      { expected: Array.from({ length: 11 }, (_, id) => ({ id, x: 0.34, y: id })) },
    ));
});

describe('the mode of floats', () => {
  it.each([
    [[Number.NaN, 1], 1],
    [[1, Number.NaN], 1],
    [[Number.NaN, 2, 1, Number.NaN, null], Number.NaN],
    [[0, Number.NaN, -0, Number.POSITIVE_INFINITY, 2, Number.NaN], 0],
    [[Number.NaN, Number.POSITIVE_INFINITY], Number.POSITIVE_INFINITY],
    [[null, null], null],
  ])('%s', (xs, mode) =>
    expectAgreement(
      running,
      (read) =>
        floats(xs)(read)
          .withColumns((r) => ({ window: r.x.mode().over(all) }))
          .groupBy('window')
          .agg((r) => ({ mode: r.x.mode() })),
      { expected: [{ window: mode, mode }] },
    ),
  );
});

describe('decimals of 38 digits', () => {
  const longest = '9'.repeat(38);
  const decimals = (xs: readonly string[]) => (read: Readers) =>
    read.rows(
      xs.map((x, id) => ({ id, x })),
      { schema: { id: t.int(), x: t.decimal(38, 0) } },
    );
  it('a sum of more fails', async () => {
    for (const { name, session } of running.all) {
      const two = decimals([longest, '1'])(session.read);
      const sums: AnyFrame[] = [
        two.groupBy().agg((r) => ({ s: r.x.sum() })),
        two.withColumns((r) => ({ s: r.x.sum().over(all) })),
      ];
      for (const sum of sums) await expect(sum.rows(), name).rejects.toMatchObject({ code: 'run.overflow' });
    }
  });
  it.each([
    [[longest, longest], 1e38],
    [[longest, `-${longest}`, longest], 1e38 / 3],
    [['10000000000000000000000000000', '-10000000000000000000000000000', '1'], 1 / 3],
  ])('the mean of %s', (xs, mean) =>
    expectAgreement(
      running,
      (read) =>
        decimals(xs)(read)
          .withColumns((r) => ({ window: r.x.mean().over(all) }))
          .groupBy('window')
          .agg((r) => ({ mean: r.x.mean() })),
      { expected: [{ window: mean, mean }] },
    ),
  );
});

describe('a number beyond 38 digits, or beyond its dtype, is run.overflow', () => {
  const schema = { long: t.decimal(38, 0), b: t.decimal(38, 10), x: t.float() };
  const row = (read: Readers) => read.rows([{ long: '9'.repeat(38), b: '0.5', x: 99.995 }], { schema });
  it.each<[string, (read: Readers) => AnyFrame]>([
    ['unpivot', (read) => row(read).unpivot({ columns: ['long', 'b'], names: 'of', values: 'v' })],
    [
      'concat',
      (read) =>
        row(read)
          .select('b')
          .concat(row(read).select('long').rename({ long: 'b' })),
    ],
    ['when', (read) => row(read).withColumns((r) => ({ v: fn.when(r.x.gt(0), r.long).else(r.b) }))],
    ['coalesce', (read) => row(read).withColumns((r) => ({ v: fn.coalesce(r.long, r.b) }))],
    ['a decimal as an int', (read) => row(read).withColumns((r) => ({ v: r.long.cast(t.int()) }))],
    ['a float that is rounded up', (read) => row(read).withColumns((r) => ({ v: r.x.cast(t.decimal(4, 2)) }))],
    ['NaN', (read) => row(read).withColumns((r) => ({ v: r.x.exp().exp().mul(0).cast(t.decimal(4, 2)) }))],
  ])('%s', async (_, build) => {
    for (const { name, session } of running.all) {
      await expect(build(session.read).rows(), name).rejects.toMatchObject({ code: 'run.overflow' });
    }
  });
});

it.each([28, 29, 33, 38])('the mean of decimals of 38 digits, %s after the point', (scale) =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows([{ x: '0.25' }, { x: '0.5' }], { schema: { x: t.decimal(38, scale) } })
        .groupBy()
        .agg((r) => ({ mean: r.x.mean() })),
    { expected: [{ mean: 0.375 }] },
  ),
);

describe('quantiles beside infinities', () => {
  const [low, high] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  it.each([
    [[low, 0], 0.5, low],
    [[high, high], 0.5, high],
    [[low, low], 0.3, low],
    [[0, high], 0.5, high],
    [[low, high], 0.5, Number.NaN],
    [[0, Number.NaN], 0.5, Number.NaN],
    [[high, Number.NaN], 0.5, Number.NaN],
    [[high, 0, low, 1.5], 0.25, low],
    [[high, 0, low, 1.5], 0.5, 0.75],
    [[high, 0, low, 1.5, null], 0.75, high],
    [[high, 0, low, 1.5, Number.NaN], 0.75, high],
    [[high, 0, low, 1.5, Number.NaN], 0.25, 0],
    [[null], 0.5, null],
  ])('%s at %s', (xs, share, found) =>
    expectAgreement(
      running,
      (read) =>
        floats(xs)(read)
          .withColumns((r) => ({ window: r.x.quantile(share).over(all) }))
          .groupBy('window')
          .agg((r) => ({ one: r.x.quantile(share), list: r.x.quantiles([share, 1]).at(0) })),
      { expected: [{ window: found, one: found, list: found }] },
    ),
  );
});

describe('the spread of equal values', () => {
  it.each([
    [0.3, 7],
    [10_000_000_000.1, 13],
    [0.1, 1],
    [Number.NaN, 3],
  ])('%s, %s times', (x, n) => {
    const spread = Number.isNaN(x) ? x : n > 1 ? 0 : null;
    const corr = Number.isNaN(x) ? x : null;
    return expectAgreement(
      running,
      (read) =>
        floats(Array.from({ length: n }, () => x))(read)
          .groupBy()
          .agg((r) => ({
            std: r.x.std(),
            var: r.x.var(),
            corr: r.x.corr(r.y),
            back: r.y.corr(r.x),
            covariance: r.x.covariance(r.y.mul(1.1)),
            crosswise: r.y.mul(1.1).covariance(r.x),
          })),
      { expected: [{ std: spread, var: spread, corr, back: corr, covariance: spread, crosswise: spread }] },
    );
  });
  it.each([0.3, 10_000_000_000.1])('%s has no shape', (x) =>
    expectAgreement(
      running,
      (read) =>
        floats(Array.from({ length: 13 }, () => x))(read)
          .groupBy()
          .agg((r) => ({ skewness: r.x.skewness(), kurtosis: r.x.kurtosis() })),
      { expected: [{ skewness: null, kurtosis: null }] },
    ),
  );
  it('counts the rows alone where both values are there', () =>
    expectAgreement(
      running,
      (read) =>
        floats([0.3, 0.3, 0.3, 7])(read)
          .groupBy()
          .agg((r) => ({ corr: r.x.corr(r.y.nullIf(3)) })),
      { expected: [{ corr: null }] },
    ));
  it('in rolling windows', () => {
    const few = { orderBy: 'id', rows: [-6, 0] } as const;
    const none = { std: 0, var: 0, corr: null };
    return expectAgreement(
      running,
      (read) =>
        floats(Array.from({ length: 20 }, (_, i) => (i === 0 ? 1e6 : 0.3)))(read)
          .withColumns((r) => ({ std: r.x.std().over(few), var: r.x.var().over(few), corr: r.x.corr(r.y).over(few) }))
          .filter((r) => r.id.gt(6))
          .select('std', 'var', 'corr'),
      { expected: Array.from({ length: 13 }, () => none) },
    );
  });
});

it('-0 and 0 are one value to countDistinct', () =>
  expectAgreement(
    running,
    (read) =>
      floats([0, -0, Number.NaN, Number.NaN, Number.POSITIVE_INFINITY, null])(read)
        .withColumns((r) => ({ window: r.x.countDistinct().over(all) }))
        .groupBy('window')
        .agg((r) => ({ n: r.x.countDistinct() })),
    { expected: [{ window: 3, n: 3 }] },
  ));

it('lists of binary values', async () => {
  const rows = [0, 3, 200].map((length, id) => ({ id, b: new Uint8Array(length).fill(255 - id) }));
  for (const { name, session } of running.all) {
    const found = await session.read
      .rows(rows, { schema: { id: t.int(), b: t.binary() } })
      .groupBy()
      .agg((r) => ({
        all: r.b.toList({ orderBy: 'id' }),
        first: r.b.toList({ orderBy: 'id' }).at(0),
        last: r.b.toList({ orderBy: 'id' }).at(-1),
      }))
      .rows();
    const lists = rows.map(({ b }) => b);
    expect({ [name]: found }).toEqual({ [name]: [{ all: lists, first: lists[0], last: lists[2] }] });
  }
});

it.each([0.5, -0.5, -1, -2, -3, 3, 2, 0])('infinities and zeros to the power of %s', (exponent) =>
  expectAgreement(
    running,
    (read) =>
      floats([0, -0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])(read)
        .sort('id')
        .withColumns((r) => ({ made: r.x.pow(exponent) })),
    {
      expected: [0, -0, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY].map((x, id) => ({
        id,
        x,
        y: id,
        made: x ** exponent,
      })),
    },
  ),
);

it.each([
  '1e-400',
  '-1e-400',
  '1e-20000',
  `0.${'0'.repeat(400)}1`,
  `1${'0'.repeat(400)}e-400`,
  '1e-310',
  '1e400',
  '1e20000',
])('the text %s as a float', (x) =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows([{ x }], { schema: { x: t.string() } })
        .withColumns((r) => ({ x: r.x.parse(t.float(), { onError: 'null' }) })),
    { expected: [{ x: Number.isFinite(Number(x)) ? Number(x) : null }] },
  ),
);

it.each([
  [10, 2, '1.00', '0.00'],
  [5, 5, null, '0.00000'],
])('booleans as decimal(%s, %s)', (precision, scale, yes, no) =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows([{ x: true }, { x: false }], { schema: { x: t.boolean() } })
        .withColumns((r) => ({ x: r.x.cast(t.decimal(precision, scale), { onError: 'null' }) })),
    { expected: [{ x: yes }, { x: no }] },
  ),
);
/** Days of any year; texts and rows have those from 1 to 9999 alone. */
const daysOf = (years: readonly number[]) => (read: Readers) =>
  read
    .rows(
      years.map((year) => ({ year, months: (year - 2000) * 12 })),
      { schema: { year: t.int(), months: t.int() } },
    )
    .withColumns((r) => ({ day: fn.lit('2000-01-01', t.date()).plus(r.months, 'month') }));

it('years of the year 1 and before', () =>
  expectAgreement(
    running,
    (read) =>
      daysOf([1, 0, -1, -99, -101, -4712])(read)
        .withColumns((r) => ({
          isoYear: r.day.isoYear(),
          text: r.day.format('%y|%G-W%V-%u|%Y'),
          quarters: r.day.diff('2000-12-31', 'quarter'),
          whole: r.day.diff('2000-12-31', 'quarter', { whole: true }),
        }))
        .select('isoYear', 'text', 'quarters', 'whole'),
    {
      expected: [
        { isoYear: 1, text: '01|0001-W01-1|0001', quarters: -7999, whole: -7999 },
        { isoYear: -1, text: '00|-1-W52-6|0000', quarters: -8003, whole: -8003 },
        { isoYear: -2, text: '01|-2-W53-5|-1', quarters: -8007, whole: -8007 },
        { isoYear: -99, text: '99|-99-W01-2|-99', quarters: -8399, whole: -8399 },
        { isoYear: -102, text: '01|-102-W52-7|-101', quarters: -8407, whole: -8407 },
        { isoYear: -4712, text: '12|-4712-W01-4|-4712', quarters: -26_851, whole: -26_851 },
      ],
    },
  ));

it.each(['\t', '\n', '\v', '\f', '\r', ' ', '\u00A0', '\u2028', '\u2029', '\u3000', '\uFEFF'])('trims %j', (blank) =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows([{ x: `${blank}a${blank}` }, { x: blank }, { x: `日${blank}` }], { schema: { x: t.string() } })
        .withColumns((r) => ({ both: r.x.trim(), start: r.x.trimStart(), end: r.x.trimEnd() }))
        .select('both', 'start', 'end'),
    {
      expected: [
        { both: 'a', start: `a${blank}`, end: `${blank}a` },
        { both: '', start: '', end: '' },
        { both: '日', start: `日${blank}`, end: '日' },
      ],
    },
  ),
);

it('a key of JSON that stands twice: the first counts', () =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows([{ x: '{"a":{"b":1,"b":2},"a":3}' }, { x: '{"a":[{"b":4},5]}' }, { x: '{"c":1,"c":2}' }], {
          schema: { x: t.string() },
        })
        .withColumns((r) => ({ j: r.x.parse(t.json()) }))
        .withColumns((r) => ({ b: r.j.extract(['a', 'b'], t.int()), item: r.j.extract(['a', '1'], t.int()) }))
        .select('b', 'item'),
    {
      expected: [
        { b: 1, item: null },
        { b: null, item: 5 },
        { b: null, item: null },
      ],
    },
  ));

it('ranges at the limits of their keys', () => {
  const [most, least] = [9_223_372_036_854_775_807n, -9_223_372_036_854_775_808n];
  const digits = '9'.repeat(38);
  return expectAgreement(
    running,
    (read) =>
      read
        .rows(
          [
            { id: 1, big: most, long: digits, day: '0001-01-01', at: new Date('0001-01-01') },
            { id: 2, big: most - 2n, long: `${digits.slice(1)}`, day: '2000-02-29', at: new Date('2000-02-29') },
            { id: 4, big: least, long: `-${digits}`, day: '9999-12-31', at: new Date('9999-12-31') },
          ],
          { schema: { id: t.int(), big: t.bigint(), long: t.decimal(38, 0), day: t.date(), at: t.timestamp() } },
        )
        .withColumns((r) => ({
          bigs: r.id.sum().over({ orderBy: 'big', range: [-2, 9] }),
          longs: r.id.sum().over({ orderBy: 'long', range: [-2, 9] }),
          days: r.id.sum().over({ orderBy: 'day', range: [{ years: -5000 }, 0] }),
          far: r.id
            .sum()
            .over({ orderBy: 'day', range: [{ years: -1_000_000_000 }, { weeks: 9_007_199_254_740_991 }] }),
          none: r.id
            .sum()
            .over({ orderBy: 'at', range: [{ seconds: 9_007_199_254_740_990 }, { hours: 9_007_199_254_740_991 }] }),
        }))
        .sort('id')
        .select('bigs', 'longs', 'days', 'far', 'none'),
    {
      expected: [
        { bigs: 3, longs: 1, days: 1, far: 7, none: null },
        { bigs: 3, longs: 2, days: 3, far: 7, none: null },
        { bigs: 4, longs: 4, days: 4, far: 7, none: null },
      ],
    },
  );
});

it('an error that quotes a text about ranges stays what it is', async () => {
  for (const { name, session } of running.all) {
    const frame = session.read
      .rows([{ s: 'Date out of range', d: '2024-01-31' }], { schema: { s: t.string(), d: t.date() } })
      .withColumns((r) => ({ x: r.s.cast(t.date()), y: r.d.plus(1, 'day') }));
    await expect(frame.rows(), name).rejects.toMatchObject({ code: 'cast.failed' });
  }
});

it('days beyond the calendar', async () => {
  for (const { name, session } of running.all) {
    const one = session.read.rows([{ d: '2024-01-31', i: 1 }], { schema: { d: t.date(), i: t.int() } });
    const frames: AnyFrame[] = [
      one.withColumns((r) => ({ x: r.d.plus(10_000_000, 'year') })),
      one.withColumns((r) => ({ x: r.d.plus(-1e12, 'quarter') })),
      one.withColumns((r) => ({ x: r.d.plus(9_007_199_254_740_991, 'day') })),
      one.withColumns((r) => ({ x: r.d.plus(r.i.mul(1e12), 'day') })),
      one.withColumns((r) => ({ x: fn.fromEpoch(r.i.mul(9_007_199_254_740_991)) })),
    ];
    for (const frame of frames) await expect(frame.rows(), name).rejects.toMatchObject({ code: 'run.overflow' });
    if (name === 'duckdb')
      await expect(frames[3]?.rows()).rejects.toThrow('Add fewer units in withColumns, column "x": plus(d, mul(');
  }
});

it('ranges of decimals, to the last digit', () => {
  const digits = '9'.repeat(36);
  const xs = [`${digits}.99`, `${digits}.97`, '0.00', `-${digits}.99`];
  return expectAgreement(
    running,
    (read) =>
      read
        .rows(
          xs.map((x, i) => ({ id: 2 ** i, x, whole: i - 1 })),
          { schema: { id: t.int(), x: t.decimal(38, 2), whole: t.decimal(2, 0) } },
        )
        .withColumns((r) => ({
          near: r.id.sum().over({ orderBy: 'x', range: [-0.015, 0.02] }),
          down: r.id.sum().over({ orderBy: { desc: 'x' }, range: [-0.025, 0.015] }),
          far: r.id.sum().over({ orderBy: 'x', range: [-1e30, 1e34] }),
          half: r.id.sum().over({ orderBy: 'whole', range: [-1.5, 0.5] }),
          none: r.id.sum().over({ orderBy: 'whole', range: [0.1, 0.2] }),
        }))
        .sort('id')
        .select('near', 'down', 'far', 'half', 'none'),
    {
      expected: [
        { near: 1, down: 1, far: 3, half: 1, none: null },
        { near: 3, down: 3, far: 3, half: 3, none: null },
        { near: 4, down: 4, far: 4, half: 6, none: null },
        { near: 8, down: 8, far: 8, half: 12, none: null },
      ],
    },
  );
});

it('an edge farther than decimals are is refused', () => {
  for (const { session } of running.all) {
    const frame = session.read.rows([{ x: '1' }], { schema: { x: t.decimal(38, 2) } });
    expect(() => frame.withColumns((r) => ({ n: r.x.sum().over({ orderBy: 'x', range: [-7e35, 0] }) }))).toThrow(
      expect.objectContaining({ code: 'expression.window' }),
    );
  }
});

it('days and instants in lists and JSON', () =>
  expectAgreement(
    running,
    (read) =>
      daysOf([-44, 2024])(read)
        .withColumns((r) => ({ at: r.day.cast(t.timestamp()) }))
        .groupBy('year')
        .agg((r) => ({ days: r.day.toList({ orderBy: 'day' }), ats: r.at.toList({ orderBy: 'at' }) }))
        .withColumns((r) => ({
          days: r.days.cast(t.json()),
          ats: fn.when(r.year.gt(0), r.ats.cast(t.json())).elseNull(),
          has: r.ats.contains(new Date('2024-01-01')),
        }))
        .sort('year')
        .select('days', 'ats', 'has'),
    {
      expected: [
        { days: ['0045-01-01 (BC)'], ats: null, has: false },
        { days: ['2024-01-01'], ats: ['2024-01-01T00:00:00.000000Z'], has: true },
      ],
    },
  ));

it('lists that are read: instants are found in them, binary and JSON in them become JSON', () =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows([{ ats: [new Date('2024-01-01')], bytes: [new Uint8Array([0, 255])], js: [{ a: 1 }, null] }], {
          schema: { ats: t.list(t.timestamp()), bytes: t.list(t.binary()), js: t.list(t.json().nullable()) },
        })
        .withColumns((r) => ({
          has: r.ats.contains(new Date('2024-01-01')),
          ats: r.ats.cast(t.json()),
          bytes: r.bytes.cast(t.json()),
          js: r.js.cast(t.json()),
        })),
    {
      expected: [{ ats: ['2024-01-01T00:00:00.000000Z'], bytes: ['AP8='], js: [{ a: 1 }, null], has: true }],
    },
  ));

it('numbers of JSON', () =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows(
          ['1.0', '1e3', 'null', '"1"', 'true'].map((x) => ({ x })),
          { schema: { x: t.string() } },
        )
        .withColumns((r) => ({ j: r.x.parse(t.json()) }))
        .withColumns((r) => ({
          whole: r.j.cast(t.int(), { onError: 'null' }),
          exact: r.j.cast(t.decimal(10, 2), { onError: 'null' }),
          bytes: r.j.cast(t.binary(), { onError: 'null' }).isNull(),
        }))
        .select('whole', 'exact', 'bytes'),
    {
      expected: [
        { whole: 1, exact: '1.00', bytes: true },
        { whole: 1000, exact: '1000.00', bytes: true },
        { whole: null, exact: null, bytes: true },
        { whole: null, exact: '1.00', bytes: true },
        { whole: null, exact: null, bytes: true },
      ],
    },
  ));

it.each([
  ['①②Ⅷⅷ', '①②ⅷⅷ'],
  ['m²a ½b ٣c', 'M²a ½b ٣c'],
  ['ⓐb', 'Ⓐb'],
  ['a\u0483b', 'A\u0483b'],
])('the title of %s', (x, title) =>
  expectAgreement(
    running,
    (read) => read.rows([{ x }], { schema: { x: t.string() } }).withColumns((r) => ({ x: r.x.title() })),
    { expected: [{ x: title }] },
  ),
);

it('a list has no text, and a text no more than 100,000,000 characters of filling', () => {
  for (const { session } of running.all) {
    const frame = session.read.rows([{ x: 'a' }], { schema: { x: t.string() } });
    const listed = frame.withColumns((r) => ({ xs: r.x.split(',') }));
    expect(() => listed.withColumns((r) => ({ y: r.xs.cast(t.string()) }))).toThrow('Cast it to t.json()');
    expect(() => frame.withColumns((r) => ({ y: r.x.padEnd(1e10) }))).toThrow('from 0 to 100000000');
    expect(() => frame.withColumns((r) => ({ y: r.x.repeat(1e10) }))).toThrow('from 0 to 100000000');
    expect(() => frame.withColumns((r) => ({ y: r.x.keepLast(1e10) }))).toThrow('from 0 to 100000000');
  }
});

it('days beyond the years that every engine has', async () => {
  for (const { name, session } of running.all) {
    const early = daysOf([-4714])(session.read);
    if (name === 'duckdb') expect(await early.select('year').rows()).toEqual([{ year: -4714 }]);
    const year = early.withColumns((r) => ({ y: r.day.year() })).select('y');
    if (name === 'duckdb') expect(await year.rows()).toEqual([{ y: -4714 }]);
    else await expect(year.rows(), name).rejects.toMatchObject({ code: 'run.overflow' });
  }
});

it('the JSON of lists and structs is written without blanks', () =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows([{ l: [[1, 2], [], [3]], s: { a: 'x, "y": z', b: [1.5, 2] } }], {
          schema: { l: t.list(t.list(t.int())), s: t.struct({ a: t.string(), b: t.list(t.float()) }) },
        })
        .withColumns((r) => ({ l: r.l.cast(t.json()).cast(t.string()), s: r.s.cast(t.json()).cast(t.string()) })),
    { expected: [{ l: '[[1,2],[],[3]]', s: '{"a":"x, \\"y\\": z","b":[1.5,2.0]}' }] },
  ));

it('marks of many scripts are no accents that stay', () =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows(
          ['\u00e9', 'e\u0301\u0327', '\u05d0\u05b8', '\u0627\u064e', 'a\u0483', 'x\u20d7', '\u1e69'].map((x) => ({
            x,
          })),
          {
            schema: { x: t.string() },
          },
        )
        .withColumns((r) => ({ x: r.x.stripAccents() })),
    { expected: ['e', 'e', '\u05d0', '\u0627', 'a', 'x', 's'].map((x) => ({ x })) },
  ));

it.each(['l', 's', 'j'] as const)('%s has no order', (name) => {
  const schema = { l: t.list(t.int()), s: t.struct({ a: t.int() }), j: t.json(), x: t.int() };
  for (const { session } of running.all) {
    const frame = session.read.rows([{ l: [1], s: { a: 1 }, j: 1, x: 1 }], { schema });
    for (const plan of [
      () => frame.sort(name),
      () => frame.withColumns((r) => ({ y: r.x.sum().over({ orderBy: { desc: name } }) })),
    ]) {
      expect(plan).toThrow(expect.objectContaining({ code: 'plan.order', details: { column: name } }));
    }
  }
});

it('the JSON of structs has their fields in their order', () =>
  expectAgreement(
    running,
    (read) =>
      read
        .rows(
          [{ x: { long: 1, b: [{ second: 'x', a: null }], c: null } }, { x: { long: 2, b: [], c: true } }, { x: null }],
          {
            schema: {
              x: t
                .struct({
                  long: t.int(),
                  b: t.list(t.struct({ second: t.string(), a: t.int().nullable() })),
                  c: t.boolean().nullable(),
                })
                .nullable(),
            },
          },
        )
        .withColumns((r) => ({ x: r.x.cast(t.json()).cast(t.string()) })),
    {
      expected: [
        { x: '{"long":1,"b":[{"second":"x","a":null}],"c":null}' },
        { x: '{"long":2,"b":[],"c":true}' },
        { x: null },
      ],
    },
  ));

it.each(['(?i)^s+$', '(?i)^[a-s]$', '(?i)^[^a-s]$', '(?i)^[KX]$', '(?i)^k$', '(?i)^[a-j]$', '^[a-z]$', '(?i)^[\\]k]$'])(
  'case does not count: %s',
  (pattern) =>
    expectAgreement(running, (read) =>
      read
        .rows(
          ['s', 'S', '\u017f', 'k', 'K', '\u212a', 'x', ']'].map((x) => ({ x })),
          { schema: { x: t.string() } },
        )
        .withColumns((r) => ({ is: r.x.matches(pattern) })),
    ),
);

it.each(['skewness', 'kurtosis'] as const)('the %s of what is not finite is out of range', async (name) => {
  for (const { session } of running.all) {
    const frame = session.read
      .rows(
        [1, 2, 4, 9, 1000].map((x) => ({ x })),
        { schema: { x: t.float() } },
      )
      .withColumns((r) => ({ y: r.x.exp() }));
    const over = { orderBy: 'x', rows: [-1, 0] } as const;
    await expect(
      frame
        .groupBy()
        .agg((r) => ({ z: r.y[name]() }))
        .rows(),
    ).rejects.toMatchObject({ code: 'run.overflow' });
    await expect(frame.withColumns((r) => ({ z: r.y[name]().over(over) })).rows()).rejects.toMatchObject({
      code: 'run.overflow',
    });
  }
});
