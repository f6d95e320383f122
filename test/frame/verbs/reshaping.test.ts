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
  ])('%s', (_, build, code, message) => {
    expect(thrown(build)).toMatchObject({ code, message: expect.stringContaining(message) });
  });
});
