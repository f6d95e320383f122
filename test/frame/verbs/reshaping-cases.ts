import { type Readers, t } from '../../../src/index.ts';

type Rows = readonly Readonly<Record<string, unknown>>[];

/** What a reshaping verb makes of a few rows; the rows of cross joins, pivots and completions have no order. */
export interface ReshapingCase {
  readonly build: (read: Readers) => { rows(): Promise<Rows> };
  readonly expected: Rows;
  readonly unordered?: true;
}

const months = (read: Readers) =>
  read.rows(
    [
      { id: 1, region: 'north', jan: 10, feb: null, mar: 0.5 },
      { id: 2, region: null, jan: null, feb: null, mar: 1.5 },
    ],
    {
      schema: {
        id: t.int(),
        region: t.string().nullable(),
        jan: t.int().nullable(),
        feb: t.int().nullable(),
        mar: t.float(),
      },
    },
  );

const tagged = (read: Readers) =>
  read.rows(
    [
      { id: 1, tags: ['b', 'a', 'b'], days: ['2024-02-29'] },
      { id: 2, tags: [], days: [] },
      { id: 3, tags: null, days: ['2024-01-01', null] },
      { id: 4, tags: ['c'], days: [] },
    ],
    {
      schema: {
        id: t.int(),
        tags: t.list(t.string()).nullable(),
        days: t.list(t.date().nullable()),
      },
    },
  );

const revenues = (read: Readers) =>
  read.rows(
    [
      { day: 1, region: 'north', month: 'feb', revenue: '1.50', paid: true },
      { day: 2, region: 'north', month: 'jan', revenue: '2.00', paid: false },
      { day: 3, region: null, month: 'jan', revenue: null, paid: false },
      { day: 4, region: 'north', month: 'jan', revenue: '3.25', paid: true },
      { day: 5, region: null, month: 'jan', revenue: '-1.00', paid: true },
      { day: 6, region: 'south', month: 'mar', revenue: '9.00', paid: true },
    ],
    {
      schema: {
        day: t.int(),
        region: t.string().nullable(),
        month: t.string(),
        revenue: t.decimal(8, 2).nullable(),
        paid: t.boolean(),
      },
    },
  );

const visits = (read: Readers) =>
  read.rows(
    [
      { day: '2024-02-28', at: '2024-02-28T23:30:00Z', shop: 'a', n: 1 },
      { day: '2024-03-01', at: '2024-02-29T00:30:00Z', shop: 'b', n: 2 },
      { day: null, at: '2024-02-29T00:45:00Z', shop: 'a', n: 4 },
    ],
    { schema: { day: t.date().nullable(), at: t.timestamp(), shop: t.string(), n: t.int() } },
  );

export const reshaping: Readonly<Record<string, ReshapingCase>> = {
  'unpivot, in the order of rows and of the list': {
    build: (read) =>
      months(read)
        .drop('mar')
        .unpivot({ columns: ['feb', 'jan'], names: 'month', values: 'revenue' }),
    expected: [
      { id: 1, region: 'north', month: 'feb', revenue: null },
      { id: 1, region: 'north', month: 'jan', revenue: 10 },
      { id: 2, region: null, month: 'feb', revenue: null },
      { id: 2, region: null, month: 'jan', revenue: null },
    ],
  },
  'unpivot, after a sort by a column that goes': {
    build: (read) =>
      months(read)
        .select('id', 'jan', 'mar')
        .sort({ desc: 'mar' })
        .unpivot({ columns: ['jan', 'mar'], names: 'month', values: 'revenue' }),
    expected: [
      { id: 2, month: 'jan', revenue: null },
      { id: 2, month: 'mar', revenue: 1.5 },
      { id: 1, month: 'jan', revenue: 10 },
      { id: 1, month: 'mar', revenue: 0.5 },
    ],
  },
  'unpivot, ints beside floats, without nulls': {
    build: (read) =>
      months(read).unpivot({ columns: ['jan', 'feb', 'mar'], names: 'month', values: 'revenue', dropNulls: true }),
    expected: [
      { id: 1, region: 'north', month: 'jan', revenue: 10 },
      { id: 1, region: 'north', month: 'mar', revenue: 0.5 },
      { id: 2, region: null, month: 'mar', revenue: 1.5 },
    ],
  },
  'unpivot, decimals of other digits, and names that were columns': {
    build: (read) =>
      read
        .rows([{ a: '1.5', b: '0.125' }], { schema: { a: t.decimal(5, 1), b: t.decimal(6, 3) } })
        .unpivot({ columns: ['a', 'b'], names: 'b', values: 'a' }),
    expected: [
      { b: 'a', a: '1.500' },
      { b: 'b', a: '0.125' },
    ],
  },
  'unpivot, whole numbers beside decimals': {
    build: (read) =>
      read
        .rows([{ a: 7, b: -5_000_000_000n, c: '0.25' }], { schema: { a: t.int(), b: t.bigint(), c: t.decimal(4, 2) } })
        .unpivot({ columns: ['a', 'b', 'c'], names: 'of', values: 'n' }),
    expected: [
      { of: 'a', n: '7.00' },
      { of: 'b', n: '-5000000000.00' },
      { of: 'c', n: '0.25' },
    ],
  },
  'unpivot, of no rows': {
    build: (read) =>
      months(read)
        .filter((r) => r.id.gt(9))
        .unpivot({ columns: ['jan', 'feb'], names: 'month', values: 'revenue' }),
    expected: [],
  },
  'unpivot, then a filter and the first rows': {
    build: (read) =>
      months(read)
        .unpivot({ columns: ['jan', 'mar'], names: 'month', values: 'revenue' })
        .filter((r) => r.month.eq('mar'))
        .select('id', 'revenue')
        .limit(1),
    expected: [{ id: 1, revenue: 0.5 }],
  },
  'explode, keeping rows without items': {
    build: (read) => tagged(read).drop('days').explode('tags'),
    expected: [
      { id: 1, tags: 'b' },
      { id: 1, tags: 'a' },
      { id: 1, tags: 'b' },
      { id: 2, tags: null },
      { id: 3, tags: null },
      { id: 4, tags: 'c' },
    ],
  },
  'explode, dropping rows without items, after a sort': {
    build: (read) => tagged(read).sort({ desc: 'id' }).drop('days').explode('tags', { empty: 'drop' }),
    expected: [
      { id: 4, tags: 'c' },
      { id: 1, tags: 'b' },
      { id: 1, tags: 'a' },
      { id: 1, tags: 'b' },
    ],
  },
  'explode, items that are null are items': {
    build: (read) => tagged(read).drop('tags').explode('days', { empty: 'drop' }),
    expected: [
      { id: 1, days: '2024-02-29' },
      { id: 3, days: '2024-01-01' },
      { id: 3, days: null },
    ],
  },
  'explode, twice': {
    build: (read) =>
      tagged(read)
        .filter((r) => r.id.ne(2))
        .explode('tags')
        .explode('days'),
    expected: [
      { id: 1, tags: 'b', days: '2024-02-29' },
      { id: 1, tags: 'a', days: '2024-02-29' },
      { id: 1, tags: 'b', days: '2024-02-29' },
      { id: 3, tags: null, days: '2024-01-01' },
      { id: 3, tags: null, days: null },
      { id: 4, tags: 'c', days: null },
    ],
  },
  'explode, of no rows': {
    build: (read) =>
      tagged(read)
        .filter((r) => r.id.gt(9))
        .explode('tags'),
    expected: [],
  },
  'crossJoin, every pair, nulls among them': {
    build: (read) => {
      const few = months(read).select('id', 'region');
      return few.crossJoin(few.drop('id'), { suffix: '_2' });
    },
    expected: [
      { id: 1, region: 'north', region_2: 'north' },
      { id: 1, region: 'north', region_2: null },
      { id: 2, region: null, region_2: 'north' },
      { id: 2, region: null, region_2: null },
    ],
    unordered: true,
  },
  'crossJoin, with no rows': {
    build: (read) => {
      const none = months(read).filter((r) => r.id.gt(9));
      return months(read).select('id').crossJoin(none.select('jan'));
    },
    expected: [],
  },
  'pivot, sums by what is left': {
    build: (read) =>
      revenues(read)
        .select('region', 'month', 'revenue')
        .pivot({ names: 'month', values: 'revenue', columns: ['jan', 'feb', 'mar'], aggregate: 'sum' }),
    expected: [
      { region: 'north', jan: '5.25', feb: '1.50', mar: null },
      { region: null, jan: '-1.00', feb: null, mar: null },
      { region: 'south', jan: null, feb: null, mar: '9.00' },
    ],
    unordered: true,
  },
  'pivot, counts, other values left out, whose index stays': {
    build: (read) =>
      revenues(read).pivot({
        names: 'month',
        values: 'revenue',
        columns: ['feb', 'jan'],
        aggregate: 'count',
        index: ['region'],
        prefix: 'n_',
        others: 'drop',
      }),
    expected: [
      { region: 'north', n_feb: 1, n_jan: 2 },
      { region: null, n_feb: 0, n_jan: 1 },
      { region: 'south', n_feb: 0, n_jan: 0 },
    ],
    unordered: true,
  },
  'pivot, the first value, null included': {
    build: (read) =>
      revenues(read).pivot({
        names: 'month',
        values: 'revenue',
        columns: ['jan', 'feb', 'mar'],
        aggregate: 'first',
        index: ['region'],
      }),
    expected: [
      { region: 'north', jan: '2.00', feb: '1.50', mar: null },
      { region: null, jan: null, feb: null, mar: null },
      { region: 'south', jan: null, feb: null, mar: '9.00' },
    ],
    unordered: true,
  },
  'pivot, the last value in an order, after a join': {
    build: (read) =>
      revenues(read)
        .crossJoin(read.rows([{ one: 1 }], { schema: { one: t.int() } }))
        .pivot({
          names: 'month',
          values: 'revenue',
          columns: ['jan', 'feb', 'mar'],
          aggregate: 'last',
          index: ['region'],
          orderBy: { desc: 'day' },
        }),
    expected: [
      { region: 'north', jan: '2.00', feb: '1.50', mar: null },
      { region: null, jan: null, feb: null, mar: null },
      { region: 'south', jan: null, feb: null, mar: '9.00' },
    ],
    unordered: true,
  },
  'pivot, by numbers, without an index': {
    build: (read) =>
      revenues(read).pivot({
        names: 'day',
        values: 'region',
        columns: [1, 3],
        aggregate: 'max',
        index: [],
        prefix: 'day',
        others: 'drop',
      }),
    expected: [{ day1: 'north', day3: null }],
  },
  'pivot, by booleans': {
    build: (read) =>
      revenues(read).pivot({
        names: 'paid',
        values: 'day',
        columns: [true, false],
        aggregate: 'mean',
        index: ['region'],
      }),
    expected: [
      { region: 'north', true: 2.5, false: 2 },
      { region: null, true: 5, false: 3 },
      { region: 'south', true: 6, false: null },
    ],
    unordered: true,
  },
  'pivot, of no rows': {
    build: (read) =>
      revenues(read)
        .filter((r) => r.day.gt(9))
        .pivot({ names: 'month', values: 'revenue', columns: ['jan'], aggregate: 'sum' }),
    expected: [],
  },
  'unpivot takes back what pivot gave': {
    build: (read) =>
      revenues(read)
        .filter((r) => r.revenue.isNotNull().and(r.day.ne(2)))
        .drop('paid', 'day')
        .pivot({ names: 'month', values: 'revenue', columns: ['jan', 'feb', 'mar'], aggregate: 'max' })
        .unpivot({ columns: ['jan', 'feb', 'mar'], names: 'month', values: 'revenue', dropNulls: true }),
    expected: [
      { region: 'north', month: 'feb', revenue: '1.50' },
      { region: 'north', month: 'jan', revenue: '3.25' },
      { region: null, month: 'jan', revenue: '-1.00' },
      { region: 'south', month: 'mar', revenue: '9.00' },
    ],
    unordered: true,
  },
  'complete, null among the values, and nulls that were there': {
    build: (read) =>
      revenues(read)
        .filter((r) => r.day.lte(3))
        .select('region', 'month', 'revenue', 'paid')
        .complete({ columns: ['region', 'month'], fill: { revenue: 0 } }),
    expected: [
      { region: 'north', month: 'feb', revenue: '1.50', paid: true },
      { region: 'north', month: 'jan', revenue: '2.00', paid: false },
      { region: null, month: 'jan', revenue: null, paid: false },
      { region: null, month: 'feb', revenue: '0.00', paid: null },
    ],
    unordered: true,
  },
  'complete, rows that are alike stay': {
    build: (read) =>
      revenues(read)
        .filter((r) => r.region.eq('north'))
        .select('region', 'month')
        .complete({ columns: ['region', 'month'] }),
    expected: [
      { region: 'north', month: 'feb' },
      { region: 'north', month: 'jan' },
      { region: 'north', month: 'jan' },
    ],
    unordered: true,
  },
  'complete, of no rows': {
    build: (read) =>
      revenues(read)
        .filter((r) => r.day.gt(9))
        .complete({ columns: ['region', 'month'] }),
    expected: [],
  },
  'complete, days from the first to the last, a column beside': {
    build: (read) =>
      visits(read)
        .drop('at')
        .complete({ columns: ['shop'], spine: { day: { every: 'day' } }, fill: { n: 0 } }),
    expected: [
      { day: '2024-02-28', shop: 'a', n: 1 },
      { day: '2024-02-29', shop: 'a', n: 0 },
      { day: '2024-03-01', shop: 'a', n: 0 },
      { day: null, shop: 'a', n: 4 },
      { day: '2024-02-28', shop: 'b', n: 0 },
      { day: '2024-02-29', shop: 'b', n: 0 },
      { day: '2024-03-01', shop: 'b', n: 2 },
    ],
    unordered: true,
  },
  'complete, months from the last day of one': {
    build: (read) =>
      visits(read)
        .select('day')
        .filter((r) => r.day.lt('2024-02-29'))
        .complete({ spine: { day: { every: 'month', from: '2023-12-31', to: '2024-05-30' } } }),
    expected: ['2024-02-28', '2023-12-31', '2024-01-31', '2024-02-29', '2024-03-31', '2024-04-30'].map((day) => ({
      day,
    })),
    unordered: true,
  },
  'complete, weeks, quarters and years': {
    build: (read) => {
      const one = visits(read)
        .select('day')
        .filter((r) => r.day.eq('2024-03-01'));
      const by = (every: 'week' | 'quarter' | 'year', to: string) => one.complete({ spine: { day: { every, to } } });
      return by('week', '2024-03-21').concat(by('quarter', '2024-11-30'), by('year', '2026-03-01'));
    },
    expected: [
      ...['2024-03-01', '2024-03-08', '2024-03-15'],
      ...['2024-03-01', '2024-06-01', '2024-09-01'],
      ...['2024-03-01', '2025-03-01', '2026-03-01'],
    ].map((day) => ({ day })),
    unordered: true,
  },
  'complete, weeks before 1970, to a day between two': {
    build: (read) =>
      visits(read)
        .select('day')
        .limit(0)
        .complete({ spine: { day: { every: 'week', from: '1969-12-20', to: '1970-01-09' } } }),
    expected: [{ day: '1969-12-20' }, { day: '1969-12-27' }, { day: '1970-01-03' }],
    unordered: true,
  },
  'complete, hours': {
    build: (read) =>
      visits(read)
        .select('at', 'n')
        .complete({ spine: { at: { every: 'hour', to: new Date('2024-02-29T01:59:00Z') } } }),
    expected: [
      { at: new Date('2024-02-28T23:30:00Z'), n: 1 },
      { at: new Date('2024-02-29T00:30:00Z'), n: 2 },
      { at: new Date('2024-02-29T00:45:00Z'), n: 4 },
      { at: new Date('2024-02-29T01:30:00Z'), n: null },
    ],
    unordered: true,
  },
  'complete, a spine of no rows': {
    build: (read) =>
      visits(read)
        .filter((r) => r.n.gt(9))
        .complete({ spine: { day: { every: 'day' } } }),
    expected: [],
  },
};
