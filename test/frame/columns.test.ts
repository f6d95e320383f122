import { describe, expect, test } from 'vitest';
import { type Col, type Cols, fn, type Int, read, t } from '../../src/index.ts';

const frame = read.rows([{ day: 1, region: 'north', n: null }], {
  schema: { day: t.int(), region: t.string(), n: t.int().nullable() },
});
const other = read.rows([{ price: 1 }], { schema: { price: t.int() } });

describe('a column that is not there is told at the verb that names it', () => {
  const all = 'The columns are day, region, n.';
  test.each([
    ['over, partitionBy', () => frame.withColumns((r) => ({ x: r.n.sum().over({ partitionBy: 'regoin' }) })), 'regoin'],
    ['over, orderBy', () => frame.withColumns((r) => ({ x: r.n.lag().over({ orderBy: { desc: 'dayy' } }) })), 'dayy'],
    ['over in a filter', () => frame.filter(() => fn.rowNumber().over({ orderBy: 'dayy' }).eq(1)), 'dayy'],
    [
      'over inside a function',
      () => frame.withColumns((r) => ({ x: fn.rank().over({ orderBy: 'dayy' }).add(r.day) })),
      'dayy',
    ],
    ['impute, forward', () => frame.impute({ n: { forward: 'dayy' as 'day' } }), 'dayy'],
    [
      'impute, partitionBy',
      () => frame.impute({ n: { backward: 'day', partitionBy: ['regoin' as 'region'] } }),
      'regoin',
    ],
    ['first', () => frame.groupBy('region').agg((r) => ({ x: r.n.first({ orderBy: 'dayy' }) })), 'dayy'],
    ['last', () => frame.groupBy().agg((r) => ({ x: r.n.last({ orderBy: [{ asc: 'dayy' }] }) })), 'dayy'],
    [
      'check',
      () => frame.check({}, { satisfies: { x: (r) => r.n.max().over({ partitionBy: 'regoin' }).gt(0) } }),
      'regoin',
    ],
    ['dedupe', () => frame.dedupe({ by: 'regoin' as 'region' }), 'regoin'],
    ['sort', () => frame.sort('dayy' as 'day'), 'dayy'],
  ])('%s', (_, verb, name) => {
    expect(verb).toThrow(
      expect.objectContaining({
        code: 'plan.unknown_column',
        message: expect.stringMatching(new RegExp(`"${name}"\\. Did you mean "(day|region)"\\? ${all}`)),
      }),
    );
  });

  test('a column of another frame', () => {
    let price: Cols<Col<'price', Int, never>>['price'] | undefined;
    other.filter((r) => {
      price = r.price;
      return r.price.gt(0);
    });
    expect(() => frame.withColumns(() => ({ price: price ?? fn.lit(1) }))).toThrow(
      /withColumns: there is no column "price"/,
    );
  });
});

describe('what gives one value a group is no value of a row', () => {
  test.each([
    ['withColumns', () => frame.withColumns((r) => ({ x: r.n.sum() as never })), /withColumns: "x" .*\.over\(/],
    ['mapColumns', () => frame.mapColumns('int', (c) => c.sum() as never), /mapColumns: "day" .*\.over\(/],
    ['filter', () => frame.filter((r) => r.n.gt(0).any() as never), /filter: the predicate did not.*\.over\(/],
    [
      'check',
      () => frame.check({}, { satisfies: { some: (r) => r.n.gt(0).any() as never } }),
      /check: the rule "some" did not.*\.over\(/,
    ],
  ])('%s', (_, verb, message) => {
    expect(verb).toThrow(expect.objectContaining({ code: 'plan.expression', message: expect.stringMatching(message) }));
  });
});

describe("what JavaScript's operators make of columns is refused, and the verbs are named", () => {
  const by = (computed: unknown): never => computed as never;
  test.each([
    ['a product', () => frame.withColumns((r) => ({ x: by(Number(r.n) * 2) }))],
    ['a sum', () => frame.withColumns((r) => ({ x: by(`${r.n}1`) }))],
    ['a comparison', () => frame.filter((r) => by(Number(r.n) > 2))],
  ])('%s', (_, verb) => {
    expect(verb).toThrow(/operators do not work on columns: write \.add\(\.\.\), \.mul\(\.\.\)/);
  });
});
