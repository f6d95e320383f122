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
};
