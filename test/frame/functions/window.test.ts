import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

/** A small generator of numbers, so that a failure can be repeated. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const random = numbers(7);
const count = 300;
const rows = Array.from({ length: count }, (_, i) => ({
  i,
  g: i % 3,
  // Values of very different sizes: a sum that adds what enters and takes away what leaves would drift.
  x: i % 7 === 3 ? null : (random() - 0.5) * 10 ** Math.floor(random() * 16),
  n: Math.floor(random() * 100),
  day: new Date(Date.UTC(2024, 0, 1 + Math.floor(random() * 60))).toISOString().slice(0, 10),
}));
const schema = { i: t.int(), g: t.int(), x: t.float().nullable(), n: t.int(), day: t.date() };
const frame = session.read.rows(rows, { schema });

type Row = (typeof rows)[number];
const sum = (xs: readonly number[]): number => xs.reduce((a, b) => a + b, 0);
const mean = (xs: readonly number[]): number => sum(xs) / xs.length;
const variance = (xs: readonly number[]): number => sum(xs.map((x) => (x - mean(xs)) ** 2)) / (xs.length - 1);
const median = (xs: readonly number[]): number => {
  const s = [...xs].sort((a, b) => a - b);
  return s.length % 2 === 1 ? (s[(s.length - 1) / 2] ?? 0) : ((s[s.length / 2 - 1] ?? 0) + (s[s.length / 2] ?? 0)) / 2;
};

/** The values of the rows of the same group that a frame holds, rows in the order of `i`. */
function near(row: Row, from: number | null, to: number | null): number[] {
  const group = rows.filter((r) => r.g === row.g);
  const at = group.indexOf(row);
  const start = Math.max(0, from === null ? 0 : at + from);
  const end = to === null ? group.length : Math.max(0, at + to + 1);
  return group.slice(start, end).flatMap((r) => (r.x === null ? [] : [r.x]));
}

/** Close in units of the largest value summed: a drift would carry on after a large value has left. */
function expectClose(actual: number | null | undefined, values: readonly number[], expected: number | null): void {
  if (expected === null) {
    expect(actual).toBeNull();
    return;
  }
  const size = Math.max(...values.map(Math.abs), Math.abs(expected));
  expect(Math.abs((actual ?? Number.NaN) - expected) / (size || 1)).toBeLessThan(1e-12);
}

describe('rolling and running aggregates, against brute force', () => {
  test.each([
    [-2, 0],
    [-5, 5],
    [null, 0],
    [0, null],
    [1, 3],
    [-4, -2],
  ] as const)('rows %j to %j', async (from, to) => {
    const by = { partitionBy: 'g', orderBy: 'i', rows: [from, to] } as const;
    const got = await frame
      .withColumns((r) => ({
        sum: r.x.sum().over(by),
        mean: r.x.mean().over(by),
        min: r.x.min().over(by),
        max: r.x.max().over(by),
        std: r.x.std().over(by),
        var: r.x.var().over(by),
        median: r.x.median().over(by),
        count: r.x.count().over(by),
      }))
      .sort('i')
      .rows();
    expect(got).toHaveLength(count);
    for (const [i, row] of rows.entries()) {
      const values = near(row, from, to);
      const none = values.length === 0;
      const one = got[i];
      expectClose(one?.sum, values, none ? null : sum(values));
      expectClose(one?.mean, values, none ? null : mean(values));
      expectClose(one?.median, values, none ? null : median(values));
      expect(one?.min).toBe(none ? null : Math.min(...values));
      expect(one?.max).toBe(none ? null : Math.max(...values));
      expect(one?.count).toBe(values.length);
      const squares = values.map((x) => x ** 2);
      expectClose(one?.var, squares, values.length < 2 ? null : variance(values));
      expectClose(one?.std, values, values.length < 2 ? null : Math.sqrt(variance(values)));
    }
  });

  test('an order without a frame is a running aggregate, ties in the order of the source', async () => {
    const got = await frame
      .withColumns((r) => ({ run: r.n.sum().over({ orderBy: 'g' }) }))
      .sort('i')
      .rows();
    const order = [...rows].sort((a, b) => a.g - b.g || a.i - b.i);
    for (const [at, row] of order.entries()) {
      expect(got[row.i]?.run).toBe(sum(order.slice(0, at + 1).map((r) => r.n)));
    }
  });

  test('a range of days, of numbers, and in the direction of the order', async () => {
    const got = await frame
      .withColumns((r) => ({
        week: r.n.sum().over({ partitionBy: 'g', orderBy: 'day', range: [{ days: -7 }, 0] }),
        later: r.n.sum().over({ orderBy: 'day', range: [{ days: 1 }, { days: 3 }] }),
        alike: r.n.count().over({ orderBy: 'n', range: [-5, 2] }),
        desc: r.n.count().over({ orderBy: { desc: 'n' }, range: [-5, 2] }),
        month: r.n.max().over({ orderBy: 'day', range: [null, { months: 1 }] }),
      }))
      .sort('i')
      .rows();
    const days = (row: Row): number => Date.parse(row.day) / 86_400_000;
    for (const [i, row] of rows.entries()) {
      const of = (where: (r: Row) => boolean): number[] => rows.filter(where).map((r) => r.n);
      const apart = (r: Row): number => days(r) - days(row);
      expect(got[i]?.week).toBe(sum(of((r) => r.g === row.g && apart(r) >= -7 && apart(r) <= 0)));
      const later = of((r) => apart(r) >= 1 && apart(r) <= 3);
      expect(got[i]?.later).toBe(later.length === 0 ? null : sum(later));
      expect(got[i]?.alike).toBe(of((r) => r.n >= row.n - 5 && r.n <= row.n + 2).length);
      expect(got[i]?.desc).toBe(of((r) => r.n <= row.n + 5 && r.n >= row.n - 2).length);
    }
  });

  test('a range of hours, and of decimals and floats', async () => {
    const few = session.read.rows(
      [
        { at: '2024-03-31T00:30:00Z', d: '1.00', f: 0.1 },
        { at: '2024-03-31T01:30:00Z', d: '1.05', f: 0.2 },
        { at: '2024-03-31T01:30:00.000001Z', d: '2.00', f: null },
      ],
      { schema: { at: t.timestamp(), d: t.decimal(6, 2), f: t.float().nullable() } },
    );
    const got = await few
      .withColumns(() => ({
        hour: fn.count().over({ orderBy: 'at', range: [{ hours: -1 }, 0] }),
        cents: fn.count().over({ orderBy: 'd', range: [-0.05, 0.05] }),
        floats: fn.count().over({ orderBy: 'f', range: [-0.5, 0] }),
      }))
      .sort('at')
      .rows();
    expect(got.map((r) => r.hour)).toEqual([1, 2, 2]);
    expect(got.map((r) => r.cents)).toEqual([2, 2, 1]);
    // Rows whose key is null are in a range with each other alone.
    expect(got.map((r) => r.floats)).toEqual([1, 2, 1]);
  });

  test('a sum of ints that overflows fails, an infinity leaves the frame with its row', async () => {
    const big = session.read.rows(
      [
        { i: 1, n: 2n ** 63n - 1n, x: 1e308 },
        { i: 2, n: 1n, x: 1e308 },
        { i: 3, n: 1n, x: 1 },
      ],
      { schema: { i: t.int(), n: t.bigint(), x: t.float() } },
    );
    await expect(big.withColumns((r) => ({ s: r.n.sum().over({ orderBy: 'i' }) })).rows()).rejects.toMatchObject({
      code: 'run.overflow',
    });
    const got = await big.withColumns((r) => ({ s: r.x.sum().over({ orderBy: 'i', rows: [-1, 0] }) })).rows();
    expect(got.map((r) => r.s)).toEqual([1e308, Number.POSITIVE_INFINITY, 1e308]);
  });
});

describe('places and ranks', () => {
  const scores = session.read.rows(
    [
      { i: 1, g: 'a', v: 10 },
      { i: 2, g: 'a', v: 10 },
      { i: 3, g: 'a', v: 20 },
      { i: 4, g: 'a', v: 30 },
      { i: 5, g: 'b', v: 5 },
    ],
    { schema: { i: t.int(), g: t.string(), v: t.int() } },
  );

  test('percentRank, cumeDist and ntile', async () => {
    const by = { partitionBy: 'g', orderBy: 'v' } as const;
    const got = await scores
      .withColumns(() => ({
        p: fn.percentRank().over(by),
        c: fn.cumeDist().over(by),
        half: fn.ntile(2).over(by),
        many: fn.ntile(9).over(by),
        mean: fn.averageRank().over(by),
        all: fn.averageRank().over({ orderBy: { desc: 'v' } }),
      }))
      .sort('i')
      .rows();
    expect(got.map((r) => r.p)).toEqual([0, 0, 2 / 3, 1, 0]);
    expect(got.map((r) => r.c)).toEqual([0.5, 0.5, 0.75, 1, 1]);
    expect(got.map((r) => r.half)).toEqual([1, 1, 2, 2, 1]);
    expect(got.map((r) => r.mean)).toEqual([1.5, 1.5, 3, 4, 1]);
    expect(got.map((r) => r.all)).toEqual([3.5, 3.5, 2, 1, 5]);
    expect(got.map((r) => r.many)).toEqual([1, 2, 3, 4, 1]);
  });

  test('lag and lead with a default, nth', async () => {
    const by = { partitionBy: 'g', orderBy: 'i' } as const;
    const got = await scores
      .withColumns((r) => ({
        lag: r.v.lag(1, { default: 0 }).over(by),
        lead: r.v.lead(2, { default: r.i }).over(by),
        none: r.v.lag(2).over(by),
        nth: r.v.nth(3).over(by),
      }))
      .sort('i')
      .rows();
    expect(got.map((r) => r.lag)).toEqual([0, 10, 10, 20, 0]);
    expect(got.map((r) => r.lead)).toEqual([20, 30, 3, 4, 5]);
    expect(got.map((r) => r.none)).toEqual([null, null, 10, 10, null]);
    expect(got.map((r) => r.nth)).toEqual([20, 20, 20, 20, null]);
  });

  test('a default with more digits than the column keeps them', async () => {
    const prices = session.read.rows([{ p: '1.50' }], { schema: { p: t.decimal(6, 2) } });
    const got = await prices.withColumns((r) => ({ q: r.p.lag(1, { default: 0.125 }).over() })).rows();
    expect(got).toEqual([{ p: '1.50', q: '0.125' }]);
  });

  test("an aggregate's own order counts over a window", async () => {
    const got = await scores
      .withColumns((r) => ({ top: r.i.first({ orderBy: { desc: 'v' } }).over({ partitionBy: 'g' }) }))
      .sort('i')
      .rows();
    expect(got.map((r) => r.top)).toEqual([4, 4, 4, 4, 5]);
  });

  test('the order of a window is enough for rows that have none', async () => {
    const joined = scores.join(scores.select('g').dedupe(), { on: 'g' });
    const by = { partitionBy: 'g', orderBy: 'i' } as const;
    const got = await joined
      .withColumns((r) => ({
        first: r.v.first().over(by),
        all: r.v.toList().over(by),
        text: r.g.joinText('').over(by),
      }))
      .sort('i')
      .rows();
    expect(got.map((r) => r.first)).toEqual([10, 10, 10, 10, 5]);
    expect(got.map((r) => r.all)).toEqual([[10], [10, 10], [10, 10, 20], [10, 10, 20, 30], [5]]);
    expect(got.map((r) => r.text)).toEqual(['a', 'aa', 'aaa', 'aaaa', 'b']);
    await expect(joined.withColumns((r) => ({ all: r.v.toList().over({ partitionBy: 'g' }) })).rows()).rejects.toThrow(
      /^withColumns, column "all": toList depends on the order of the rows/,
    );
  });

  test('a plan tells the frame of a window', async () => {
    const explained = await frame
      .withColumns((r) => ({
        a: r.n.sum().over({ partitionBy: 'g', orderBy: 'day', range: [{ days: -7 }, null] }),
        b: r.n.max().over({ orderBy: { desc: 'i' }, rows: [null, 0] }),
      }))
      .explain();
    expect(explained).toContain('a: sum(n) over (g; day; range -7 day to unbounded)');
    expect(explained).toContain('b: max(n) over (i desc; rows unbounded to 0)');
  });

  test('the mode of a window', async () => {
    const got = await scores
      .withColumns((r) => ({ m: r.v.mode().over({ partitionBy: 'g' }) }))
      .sort('i')
      .rows();
    expect(got.map((r) => r.m)).toEqual([10, 10, 10, 10, 5]);
  });

  test('what makes no sense is refused where it is written', () => {
    const message = (verb: () => unknown): string => {
      try {
        verb();
      } catch (error) {
        return (error as Error).message;
      }
      return 'nothing was thrown';
    };
    const over = (options: object): string =>
      message(() => scores.withColumns((r) => ({ x: r.v.sum().over(options) })));
    expect(over({ orderBy: 'i', rows: [1, -1] })).toMatch(/rows is \[1,-1\]/);
    expect(over({ orderBy: 'i', rows: [-1, 0], range: [-1, 0] })).toMatch(/rows or range, not both/);
    expect(over({ range: [-1, 0] })).toMatch(/one order key and has 0/);
    expect(over({ orderBy: ['i', 'v'], range: [-1, 0] })).toMatch(/one order key and has 2/);
    expect(over({ orderBy: 'i', range: [{ days: -1 }, 0] })).toMatch(
      /edge \{"days":-1\}, and i is int\. Give a whole number/,
    );
    expect(over({ orderBy: 'i', range: [-0.5, 0] })).toMatch(/edge -0\.5, and i is int\. Give a whole number/);
    expect(over({ orderBy: 'g', range: [-1, 0] })).toMatch(/g is string\. The order key of a range is/);
    expect(over({ orderBy: 'i', range: [{ day: -1 }, 0] })).toMatch(/range is \[\{"day":-1\},0\]/);
    expect(
      message(() => scores.withColumns((r) => ({ x: r.v.toList().over({ orderBy: 'v', range: [-1, 0] }) }))),
    ).toMatch(/none of them is the first\. Use rows/);
    expect(over({ orderBy: 'i', range: [2, 1] })).toMatch(/the first not above the second/);
    expect(
      message(() => frame.withColumns((r) => ({ x: r.n.sum().over({ orderBy: 'day', range: [{ hours: -1 }, 0] }) }))),
    ).toMatch(/day is date\. Give one of \{ years \| months \| weeks \| days: count \}/);
    expect(message(() => fn.rank().over({ rows: [-1, 0] } as object))).toMatch(/only aggregates look at rows/);
    expect(message(() => fn.ntile(0))).toBe('fn.ntile(0): give a whole number from 1.');
    expect(
      message(() => scores.withColumns((r) => ({ x: r.v.first({ orderBy: 'i' }).over({ orderBy: 'v' }) }))),
    ).toMatch(/an order of its own/);
    expect(message(() => scores.withColumns((r) => ({ x: r.v.sum().over().max().over() })))).toMatch(
      /compute sum\(v\)\.over\(\.\.\) in a withColumns before/,
    );
  });
});
