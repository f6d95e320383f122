import { afterAll, describe, expect, it } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { reshaping } from './reshaping-cases.ts';

const session = createSession();
afterAll(() => session.close());

const sorted = (rows: readonly unknown[]): string[] => rows.map((row) => JSON.stringify(row)).sort();

describe('a reshaping verb gives', () => {
  it.each(Object.entries(reshaping))('%s', async (_, { build, expected, unordered }) => {
    const rows = await build(session.read).rows();
    if (unordered) expect(sorted(rows)).toEqual(sorted(expected));
    else expect(rows).toEqual(expected);
  });
});

const sales = session.read.rows([{ id: 1, jan: 1, feb: 2, region: 'n', tags: ['a'] }], {
  schema: { id: t.int(), jan: t.int(), feb: t.int(), region: t.string(), tags: t.list(t.string()) },
});
const enums = session.read.rows([{ id: 1, month: 'jan' }], { schema: { id: t.int(), month: t.enum(['jan', 'feb']) } });
const dated = session.read.rows([{ day: '2024-01-01', price: '1.00' }], {
  schema: { day: t.date(), price: t.decimal(6, 2) },
});
const bad = (value: unknown): never => value as never;
const thrown = (build: () => unknown): unknown => {
  try {
    return build();
  } catch (error) {
    return error;
  }
};

describe('what makes no sense is refused where it is given', () => {
  it.each<[string, () => unknown, string, string]>([
    [
      'unpivot of a column that is none',
      () => sales.unpivot({ columns: [bad('mar')], names: 'month', values: 'revenue' }),
      'plan.unknown_column',
      'unpivot: there is no column "mar"',
    ],
    [
      'unpivot of two dtypes',
      () => sales.unpivot(bad({ columns: ['jan', 'region'], names: 'month', values: 'revenue' })),
      'plan.dtype',
      'unpivot: jan is int and region is string. Cast them to one dtype first.',
    ],
    [
      'unpivot of no columns',
      () => sales.unpivot({ columns: [], names: 'month', values: 'revenue' }),
      'plan.unpivot',
      'unpivot: columns is []',
    ],
    [
      'unpivot of a column twice',
      () => sales.unpivot({ columns: ['jan', 'jan'], names: 'month', values: 'revenue' }),
      'plan.unpivot',
      'each once',
    ],
    [
      'unpivot to a name that is taken',
      () => sales.unpivot({ columns: ['jan', 'feb'], names: 'Region', values: 'revenue' }),
      'plan.duplicate_column',
      '"region" and "Region"',
    ],
    ['explode of a column that is no list', () => sales.explode(bad('id')), 'plan.dtype', 'explode: id is int'],
    [
      'explode with a choice that is none',
      () => sales.explode('tags', { empty: bad('null') }),
      'plan.explode',
      "explode: empty is \"null\". The choices are 'keep' and 'drop'.",
    ],
    [
      'crossJoin with a clash',
      () => Reflect.apply(sales.crossJoin, sales, [sales]),
      'plan.join',
      'crossJoin: both sides have a column "id". Give a suffix',
    ],
    [
      'pivot of a value that the column does not know',
      () => enums.pivot({ names: 'month', values: 'id', columns: [bad('mai')], aggregate: 'sum' }),
      'expression.literal',
      'month is enum(\'jan\', \'feb\'): "mai" does not fit. Give one of "jan", "feb".',
    ],
    [
      'pivot by an aggregate that the dtype does not have',
      () => sales.pivot({ names: 'id', values: 'region', columns: [1], aggregate: bad('sum'), index: [] }),
      'plan.pivot',
      'pivot: aggregate is "sum". Those of region, which is string, are min, max, mode, count, countDistinct, first, last.',
    ],
    [
      'pivot by a method that is no aggregate',
      () => sales.pivot({ names: 'region', values: 'id', columns: ['n'], aggregate: bad('abs'), index: [] }),
      'plan.pivot',
      'pivot: aggregate is "abs"',
    ],
    [
      'pivot of lists',
      () => sales.pivot({ names: bad('tags'), values: 'id', columns: [bad('a')], aggregate: 'sum' }),
      'plan.dtype',
      'pivot: tags is list(string), whose values name no columns.',
    ],
    [
      'pivot without columns',
      () => sales.pivot({ names: 'region', values: 'id', columns: [], aggregate: 'sum' }),
      'plan.pivot',
      'pivot: columns is []. List the values of region',
    ],
    [
      'pivot to a column that the index has',
      () => sales.pivot({ names: 'region', values: 'id', columns: ['JAN'], aggregate: 'sum' }),
      'plan.duplicate_column',
      '"jan" and "JAN"',
    ],
    [
      'pivot with others that are no choice',
      () => sales.pivot({ names: 'region', values: 'id', columns: ['n'], aggregate: 'sum', others: bad('keep') }),
      'plan.pivot',
      "pivot: others is \"keep\". The choices are 'fail' and 'drop'.",
    ],
    [
      'pivot to the first of rows that have no order',
      () =>
        sales
          .crossJoin(sales.select('id'), { suffix: '_2' })
          .pivot({ names: 'region', values: 'id', columns: ['n'], aggregate: 'first' }),
      'compile.order',
      'pivot: first depends on the order of the rows',
    ],
    [
      'complete without columns',
      () => sales.complete({}),
      'plan.complete',
      'complete: the columns are []. Name at least one',
    ],
    [
      'complete by a column twice',
      () => sales.complete({ columns: ['id', 'id'] }),
      'plan.complete',
      'complete: the columns are ["id","id"]',
    ],
    [
      'complete with a column that is combined filled',
      () => sales.complete({ columns: ['id'], fill: bad({ id: 0 }) }),
      'plan.complete',
      'complete: fill names id, whose values are combined.',
    ],
    [
      'complete with a column that is none filled',
      () => sales.complete({ columns: ['id'], fill: bad({ jam: 0 }) }),
      'plan.unknown_column',
      'complete, fill: there is no column "jam". Did you mean "jan"?',
    ],
    [
      'complete with a value of another dtype',
      () => sales.complete({ columns: ['id'], fill: { jan: bad('none') } }),
      'expression.literal',
      'complete, fill, jan is int: "none" does not fit.',
    ],
    [
      'complete with more digits than the column has',
      () => dated.complete({ columns: ['day'], fill: { price: '0.125' } }),
      'plan.complete',
      'complete: fill: price is decimal(6, 2): 0.125 has more digits.',
    ],
    [
      'complete with a spine of numbers',
      () => sales.complete({ spine: bad({ id: { every: 'day' } }) }),
      'plan.complete',
      'complete: spine: id is int, which has no steps.',
    ],
    [
      'complete with hours of dates',
      () => dated.complete({ spine: { day: { every: bad('hour') } } }),
      'plan.complete',
      "complete: spine, day: every is \"hour\". The choices are 'day', 'week', 'month', 'quarter', 'year'.",
    ],
    [
      'complete from after to',
      () => dated.complete({ spine: { day: { every: 'day', from: '2024-02-01', to: '2024-01-01' } } }),
      'plan.complete',
      'complete: spine, day: from is 2024-02-01, which comes after to, 2024-01-01.',
    ],
    [
      'complete from what is no day',
      () => dated.complete({ spine: { day: { every: 'day', from: '2024-02-30' } } }),
      'expression.literal',
      'complete, from, day is date: "2024-02-30" does not fit.',
    ],
  ])('%s', (_, build, code, message) => {
    expect(thrown(build)).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});

describe('pivot fails for a value that is not declared', () => {
  const schema = { region: t.string(), month: t.string().nullable(), year: t.int(), n: t.int() };
  const rows = [
    { region: 'north', month: 'jan', year: 2024, n: 1 },
    { region: 'south', month: "o'mar", year: 2025, n: 2 },
    { region: 'east', month: 'jan', year: 2024, n: 2 },
  ];
  const undeclared = (value: string, declared: string): object => ({
    code: 'pivot.undeclared',
    message: expect.stringContaining(`has the value ${value}, which is none of the columns ${declared}. Declare it`),
  });

  it('naming it', async () => {
    const frame = session.read.rows(rows, { schema });
    const byMonth = frame.pivot({ names: 'month', values: 'n', columns: ['jan', 'feb'], aggregate: 'sum' });
    await expect(byMonth.rows()).rejects.toMatchObject(undeclared("o'mar", 'jan, feb'));
    await expect(byMonth.select('feb').rows()).rejects.toMatchObject(undeclared("o'mar", 'jan, feb'));
    const byYear = frame.pivot({ names: 'year', values: 'n', columns: [2024], aggregate: 'first', index: ['region'] });
    await expect(byYear.rows()).rejects.toMatchObject(undeclared('2025', '2024'));
  });

  it('null too', async () => {
    const frame = session.read.rows([...rows.slice(0, 1), { region: 'west', month: null, year: 2024, n: 3 }], {
      schema,
    });
    const byMonth = frame.pivot({ names: 'month', values: 'n', columns: ['jan'], aggregate: 'count', index: [] });
    await expect(byMonth.rows()).rejects.toMatchObject(undeclared('null', 'jan'));
  });
});
