import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../src/index.ts';

const session = createSession({ threads: 2 });
afterAll(() => session.close());
const { read } = session;

const few = read.rows(
  [
    { g: 'a', n: 2 },
    { g: 'b', n: 1 },
    { g: 'a', n: 1 },
    { g: null, n: 1 },
  ],
  { schema: { g: t.string().nullable(), n: t.int() } },
);

describe('valueCounts', () => {
  test('the most frequent value first, ties by value, null among them', async () => {
    expect(await few.valueCounts('g').rows()).toEqual([
      { g: 'a', count: 2, share: 0.5 },
      { g: 'b', count: 1, share: 0.25 },
      { g: null, count: 1, share: 0.25 },
    ]);
    expect(await few.limit(0).valueCounts('g').rows()).toEqual([]);
    expect(() => few.rename({ n: 'count' }).valueCounts('count')).toThrow(/the same name/);
  });
});

describe('describe', () => {
  test('a row a column, what a dtype does not have is null', async () => {
    const schema = {
      n: t.int().nullable(),
      text: t.string(),
      day: t.date(),
      yes: t.boolean(),
      money: t.decimal(6, 2),
      tags: t.list(t.int()),
    };
    const rows = [
      { n: 1, text: 'b', day: '2024-01-02', yes: true, money: '1.50', tags: [1] },
      { n: 4, text: 'a', day: '2024-01-01', yes: false, money: '2.50', tags: [1] },
      { n: null, text: 'a', day: '2024-01-03', yes: true, money: '2.50', tags: [] },
    ];
    const table = await read.rows(rows, { schema }).describe();
    const none = { mean: null, std: null, q25: null, median: null, q75: null };
    expect(table.rows()).toEqual([
      {
        ...{ column: 'n', dtype: 'int', count: 2, nulls: 1, distinct: 2, min: '1', max: '4', top: '1', top_count: 1 },
        ...{ mean: 2.5, std: Math.sqrt(4.5), q25: 1.75, median: 2.5, q75: 3.25 },
      },
      {
        ...none,
        column: 'text',
        dtype: 'string',
        count: 3,
        nulls: 0,
        distinct: 2,
        min: 'a',
        max: 'b',
        top: 'a',
        top_count: 2,
      },
      {
        ...{ ...none, column: 'day', dtype: 'date', count: 3, nulls: 0, distinct: 3 },
        ...{ min: '2024-01-01', max: '2024-01-03', top: '2024-01-01', top_count: 1 },
      },
      {
        ...{ ...none, column: 'yes', dtype: 'boolean', count: 3, nulls: 0, distinct: 2 },
        ...{ min: null, max: null, top: 'true', top_count: 2 },
      },
      {
        ...{ column: 'money', dtype: 'decimal(6, 2)', count: 3, nulls: 0, distinct: 2, min: '1.50', max: '2.50' },
        ...{
          top: '2.50',
          top_count: 2,
          mean: 13 / 6,
          std: expect.closeTo(1 / Math.sqrt(3), 12),
          q25: 2,
          median: 2.5,
          q75: 2.5,
        },
      },
      {
        ...{ ...none, column: 'tags', dtype: 'list(int)', count: 3, nulls: 0, distinct: null },
        ...{ min: null, max: null, top: null, top_count: null },
      },
    ]);
  });

  test('no rows, and rows in no order', async () => {
    const none = await few.limit(0).select('n').describe();
    expect(none.rows()[0]).toMatchObject({ column: 'n', count: 0, nulls: 0, distinct: 0, mean: null, top: null });
    const grouped = await few
      .groupBy('g')
      .agg((r) => ({ n: r.n.sum() }))
      .describe();
    expect(grouped.column('column')).toEqual(['g', 'n']);
  });
});
