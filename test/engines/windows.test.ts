import { afterAll, beforeAll, it } from 'vitest';
import { fn, type Readers, t } from '../../src/index.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';

/* Windows over rows with ties and nulls in their keys: the same on every engine. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

const rows = Array.from({ length: 60 }, (_, i) => ({
  i,
  g: ['a', 'b', null][i % 3] ?? null,
  n: (i * 7) % 11,
  x: i % 8 === 5 ? null : ((i * 37) % 23) / 4 - 2,
  d: i % 9 === 4 ? null : `${((i * 13) % 17) - 8}.25`,
  day: i % 10 === 7 ? null : new Date(Date.UTC(2024, 0, 25 + ((i * 5) % 40))).toISOString().slice(0, 10),
  at: new Date(Date.UTC(2024, 2, 30, (i * 7) % 60, i)),
}));
const schema = {
  i: t.int(),
  g: t.string().nullable(),
  n: t.int(),
  x: t.float().nullable(),
  d: t.decimal(8, 2).nullable(),
  day: t.date().nullable(),
  at: t.timestamp(),
};
const table = (read: Readers) => read.rows(rows, { schema });

const cases: Readonly<Record<string, (read: Readers) => AnyFrame>> = {
  'ranks, of equal rows too': (read) => {
    const by = { partitionBy: 'g', orderBy: { desc: 'n' } } as const;
    return table(read).withColumns(() => ({
      rank: fn.rank().over(by),
      dense: fn.denseRank().over(by),
      mean: fn.averageRank().over(by),
      percent: fn.percentRank().over(by),
      cume: fn.cumeDist().over(by),
      row: fn.rowNumber().over(by),
      tile: fn.ntile(4).over(by),
    })) as AnyFrame;
  },
  'rows around': (read) => {
    const by = { partitionBy: 'g', orderBy: ['n', { desc: 'day', nulls: 'first' }], rows: [-3, 1] } as const;
    return table(read).withColumns((r) => ({
      sum: r.x.sum().over(by),
      exact: r.d.sum().over(by),
      mean: r.d.mean().over(by),
      min: r.day.min().over(by),
      max: r.at.max().over(by),
      std: r.x.std().over(by),
      count: r.x.count().over(by),
      median: r.x.median().over(by),
      different: r.n.countDistinct().over(by),
      first: r.d.first().over(by),
      last: r.x.last().over(by),
      all: r.n.toList().over(by),
      text: r.g.joinText('+').over(by),
      weighted: r.x.weightedMean(r.n).over(by),
      skewness: r.x.skewness().over(by),
      product: r.d.product().over(by),
      mode: r.day.mode().over(by),
      largest: r.d.largest(2).over(by),
      smallest: r.g.smallest(1).over(by),
      corr: r.x.corr(r.n).over(by),
    })) as AnyFrame;
  },
  'deviations of what is not finite': (read) =>
    table(read)
      .withColumns((r) => ({ far: r.x.mul(1e200).mul(1e200) }))
      .groupBy('g')
      .agg((r) => ({ std: r.far.std(), var: r.far.var(), corr: r.far.corr(r.n), plain: r.x.corr(r.n) }))
      .sort('g') as AnyFrame,
  'running, ties by the order of the rows': (read) =>
    table(read).withColumns((r) => ({
      sum: r.n.sum().over({ orderBy: 'g' }),
      list: r.n.toList().over({ partitionBy: 'n', orderBy: 'g' }),
      rest: r.d.sum().over({ orderBy: 'n', rows: [1, null] }),
      latest: r.day.largest(2).over({ orderBy: 'n', rows: [-2, 0] }),
    })) as AnyFrame,
  'ranges of numbers and of time': (read) =>
    table(read).withColumns((r) => ({
      near: r.n.sum().over({ orderBy: 'n', range: [-2, 1] }),
      floats: r.n.count().over({ partitionBy: 'g', orderBy: 'x', range: [-0.5, 0.5] }),
      decimals: r.x.max().over({ orderBy: { desc: 'd' }, range: [-1.5, 0] }),
      week: r.n.sum().over({ partitionBy: 'g', orderBy: 'day', range: [{ days: -7 }, 0] }),
      month: r.n.sum().over({ orderBy: { desc: 'day', nulls: 'first' }, range: [{ months: -1 }, { days: 3 }] }),
      hours: r.n.count().over({ orderBy: 'at', range: [{ hours: -6 }, { minutes: -1 }] }),
    })) as AnyFrame,
  'the rows before and after': (read) => {
    const by = { partitionBy: 'g', orderBy: 'n' } as const;
    return table(read).withColumns((r) => ({
      lag: r.d.lag().over(by),
      lead: r.day.lead(2, { default: '2000-01-01' }).over(by),
      own: r.n.lag(1, { default: r.i }).over(by),
      finer: r.d.lag(1, { default: '0.125' }).over(by),
      nth: r.n.nth(3).over(by),
    })) as AnyFrame;
  },
};

it.each(Object.entries(cases))('%s', (_, build) => expectAgreement(running, build));
