import { describe, expect, test } from 'vitest';
import { between, fn, read, t } from '../../../src/index.ts';

const sales = read.rows(
  [
    { id: 1, price: 2, paid: true },
    { id: 2, price: -1, paid: true },
  ],
  { schema: { id: t.int(), price: t.int(), paid: t.boolean() } },
);

const advice = / is asked for and not used\. &&, \|\|, ! and \?: do not work on columns/;

describe('a condition that a callback makes and drops', () => {
  test.each<[string, () => unknown]>([
    ['filter: ((id > 0))', () => sales.filter((r) => r.id.gt(0) && r.price.gt(0))],
    ['filter: (paid)', () => sales.filter((r) => r.paid && r.price.gt(0))],
    ['withColumns', () => sales.withColumns((r) => ({ size: r.price.gt(1) ? fn.lit('big') : fn.lit('small') }))],
    ['withColumns', () => sales.withColumns((r) => ({ a: r.id.eq(1) && r.paid, b: r.price }))],
    ['agg', () => sales.groupBy('id').agg((r) => ({ n: (r.paid && r.price.gt(0)).countTrue() }))],
    ['join: where', () => sales.join(sales, { where: (l, r) => l.id.lt(r.id) && l.price.gt(r.price), suffix: '_r' })],
    ['check', () => sales.check({}, { satisfies: { sound: (r) => r.id.gt(0) && r.price.gt(0) } })],
  ])('is refused: %s', (verb, plan) => {
    expect(plan).toThrow(advice);
    expect(plan).toThrow(verb.split(' ')[0]);
    expect(plan).toThrow(expect.objectContaining({ code: 'expression.unused_condition' }));
  });

  test('says which', () => {
    expect(() => sales.filter((r) => r.id.gt(0) && r.price.gt(0))).toThrow(/^filter: .*id.* is asked for/);
  });
});

test('what is used in whatever way is no matter', async () => {
  const big = sales.filter((r) =>
    r.price
      .between(0, 5)
      .and(r.paid.not().not())
      .or(r.id.in([7])),
  );
  expect(await big.count()).toBe(1);
  const shaped = sales.withColumns((r) => {
    const dear = r.price.gt(1);
    return {
      dear,
      size: fn.when(dear, 'big').when(r.paid, 'paid').else('small'),
      known: r.paid.coalesce(false).cast(t.int()),
      share: dear.countTrue().over({ partitionBy: 'paid' }),
      again: r.paid === undefined ? r.price : fn.when(r.paid, r.price).else(0),
      first: fn.when(r.paid.eq(true), r.price).elseNull(),
    };
  });
  expect(await shaped.count()).toBe(2);
  expect(
    await sales.check({ price: between(-5, 5) }, { satisfies: { sound: (r) => r.id.gt(0).and(r.paid) } }).count(),
  ).toBe(2);
  expect(
    await sales
      .groupBy('paid')
      .agg((r) => ({ n: r.price.gt(0).countTrue(), all: r.paid.all() }))
      .count(),
  ).toBe(1);
});

test('a frame made within a callback has its own', async () => {
  const one = sales.filter((r) => {
    const inner = sales.filter((s) => s.id.gt(1));
    return r.id.lt(inner.schema.length + 1).and(r.paid);
  });
  expect(await one.count()).toBe(2);
});
