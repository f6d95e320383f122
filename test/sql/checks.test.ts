import { describe, expect, test } from 'vitest';
import { between, type Col, type Cols, fn, type Int, notNull, read, t } from '../../src/index.ts';

const schema = { day: t.int(), n: t.int(), g: t.string() };
const rows = [
  { day: 3, n: 4, g: 'b' },
  { day: 1, n: 1, g: 'a' },
  { day: 2, n: 5, g: 'a' },
];
const frame = read.rows(rows, { schema });

describe('a rule of your own', () => {
  test('may have the name of one that is built in', async () => {
    expect(await frame.check({}, { satisfies: { row_count: (r) => r.n.gt(0) } }).count()).toBe(3);
    const broken = frame.check({ n: notNull }, { rowCount: { min: 1 }, satisfies: { row_count: (r) => r.n.gt(1) } });
    await expect(broken.rows()).rejects.toMatchObject({
      code: 'check.failed',
      details: { failures: 1, rows: [rows[1]] },
    });
    const few = frame.check({}, { rowCount: { min: 4 }, satisfies: { row_count: (r) => r.n.gt(0) } });
    await expect(few.rows()).rejects.toMatchObject({ message: 'check row_count from 4: there are 3 rows.' });
  });

  test('two of one name put aside each by its own column', async () => {
    const kept = frame.check(
      { n: [between(2, 9), between(1, 4)] },
      { severity: 'quarantine', satisfies: { 'n: between': (r) => r.day.gt(0) } },
    );
    expect((await kept.rows()).map((row) => row.n)).toEqual([4]);
    expect((await kept.quarantine().rows()).map((row) => [row.column, row.value])).toEqual([
      ['n', '1'],
      ['n', '5'],
    ]);
  });

  test('is said how to be given where there is none', () => {
    expect(() => frame.check({})).toThrow(
      'check: no rules were given. Give rules by column, { quantity: notNull }, or the options satisfies or rowCount.',
    );
  });

  test('tells of a row that it puts aside the column and its value, where it reads one alone', async () => {
    const times = read.rows(
      [
        { n: 1, at: '2024-03-31T01:00:00Z' },
        { n: 2, at: '2024-03-31T01:30:00.25Z' },
        { n: 9, at: '2024-04-01T00:00:00Z' },
      ],
      { schema: { n: t.int(), at: t.timestamp() } },
    );
    const aside = times.check(
      {},
      {
        severity: 'quarantine',
        satisfies: {
          'is later': (r) => r.at.gt('2024-03-31T01:15:00Z').and(r.at.isNotNull()),
          'is odd': (r) => r.n.mod(2).eq(1),
          'is early in April': (r) => r.at.month().lt(4).or(r.n.lt(9)),
          'is true': () => fn.lit(true).and(true),
        },
      },
    );
    expect(await aside.quarantine().select('column', 'value', 'reason', 'raw').rows()).toEqual([
      {
        column: 'at',
        value: '2024-03-31 01:00:00Z',
        reason: 'breaks the rule is later',
        raw: '{"n":1,"at":"2024-03-31 01:00:00Z"}',
      },
      {
        column: 'n',
        value: '2',
        reason: 'breaks the rule is odd',
        raw: '{"n":2,"at":"2024-03-31 01:30:00.25Z"}',
      },
      {
        column: null,
        value: null,
        reason: 'breaks the rule is early in April',
        raw: '{"n":9,"at":"2024-04-01 00:00:00Z"}',
      },
    ]);
  });

  test('may compare a row with the rows around it', async () => {
    const rises = (of: typeof frame) =>
      of.check({}, { satisfies: { rises: (r) => r.n.gt(r.n.lag().over({ orderBy: 'day' }).coalesce(0)) } });
    expect(await rises(frame.filter((r) => r.day.lt(3))).count()).toBe(2);
    await expect(rises(frame).rows()).rejects.toMatchObject({
      code: 'check.failed',
      details: { rule: 'rises', failures: 1, rows: [rows[0]] },
    });
  });

  test("by the frame's own order, and in quarantine the others keep it", async () => {
    const satisfies = {
      first: (r: Cols<Col<'n', Int, never>>) =>
        fn
          .rowNumber()
          .over({ partitionBy: 'g' })
          .eq(1)
          .and(r.n.lag().over().isNull().or(r.n.gt(0))),
    };
    const kept = frame.check({}, { severity: 'quarantine', satisfies });
    expect((await kept.rows()).map((row) => row.day)).toEqual([3, 1]);
    expect((await kept.quarantine().rows()).map((row) => [row.reason, row.raw])).toEqual([
      ['breaks the rule first', '{"day":2,"n":5,"g":"a"}'],
    ]);
    const unordered = frame.groupBy('g').agg((r) => ({ n: r.n.sum() }));
    const lagging = unordered.check({}, { satisfies: { lag: (r) => r.n.lag().over().isNull() } });
    await expect(lagging.rows()).rejects.toMatchObject({ code: 'compile.order' });
  });
});
