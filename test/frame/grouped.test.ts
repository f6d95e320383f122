import { afterAll, describe, expect, it, test } from 'vitest';
import { columnsOf } from '../../src/frame/columns.ts';
import { type AnyScalar, make } from '../../src/frame/functions/base.ts';
import { createSession, fn, t } from '../../src/index.ts';
import { type Expression, hasWindow, walkExpression } from '../../src/plan/expression.ts';
import { replaced } from '../../src/plan/replace.ts';
import { scalars } from './described-functions.ts';
import { every, session as everySession, type Row } from './every-dtype.ts';
import { type Anything, expectSameInEngine, said, valuesOf } from './same-in-engine.ts';

const session = createSession();
afterAll(() => Promise.all([session.close(), everySession.close()]));

const orders = session.read.rows(
  [
    { city: 'Ulm', name: 'ada', price: '10.00', pieces: 4, late: true },
    { city: 'Ulm', name: 'bob', price: '20.00', pieces: 6, late: false },
    { city: 'Bonn', name: 'cem', price: '1.50', pieces: 0, late: null },
  ],
  {
    schema: {
      city: t.string(),
      name: t.string(),
      price: t.decimal(8, 2),
      pieces: t.int(),
      late: t.boolean().nullable(),
    },
  },
);

describe('what is computed of aggregates', () => {
  test('aggregates, keys and literals together', async () => {
    const computed = orders.groupBy('city').agg((r) => ({
      mean: r.price.sum().div(r.pieces.sum()),
      share: r.late.countTrue().div(fn.count()),
      orders: fn.count(),
      top: r.name.max().upper(),
      place: r.city.upper().append(': ').append(r.name.min()),
      size: fn.when(r.price.sum().gt(5), 'large').else('small'),
      best: fn.greatest(r.pieces.max(), fn.count(), 3),
      late: r.late.any().coalesce(false),
      names: r.name.toList({ orderBy: 'name' }).length(),
    }));
    expect(await computed.sort('city').rows()).toEqual([
      {
        city: 'Bonn',
        mean: null,
        share: 0,
        orders: 1,
        top: 'CEM',
        place: 'BONN: cem',
        size: 'small',
        best: 3,
        late: false,
        names: 1,
      },
      {
        city: 'Ulm',
        mean: 3,
        share: 0.5,
        orders: 2,
        top: 'BOB',
        place: 'ULM: ada',
        size: 'large',
        best: 6,
        late: true,
        names: 2,
      },
    ]);
  });

  test('of no rows counts alone are never null, and what is computed of them', async () => {
    const none = orders
      .filter((r) => r.pieces.gt(100))
      .groupBy()
      .agg((r) => ({ more: fn.count().add(1), sum: r.pieces.sum().add(1), filled: r.pieces.sum().coalesce(0) }));
    expect(said(none.schema)).toEqual({ more: 'int', sum: 'int?', filled: 'int' });
    expect(await none.rows()).toEqual([{ more: 1, sum: null, filled: 0 }]);
  });

  test('an aggregate that stands twice is computed once, by a name that messages can tell', async () => {
    const plan = orders
      .groupBy('city')
      .agg((r) => ({ mean: r.price.sum().div(fn.count()), high: r.price.sum().gt(9), n: fn.count() }));
    const explained = await plan.explain();
    expect(explained).toContain('aggregate by city: sum(price): sum(price), count(): count()\n');
    expect(explained).toContain('mean: div(sum(price), count()), high: gt(sum(price), ');
    const text = orders.groupBy('city').agg((r) => ({ n: r.name.max().parse(t.int()) }));
    await expect(text.rows()).rejects.toThrow(/max\(name\): '(bob|cem)' is not an int/);
  });

  test('names of parts do not clash with names of columns', async () => {
    const odd = orders
      .rename({ city: 'sum(pieces)' })
      .groupBy('sum(pieces)')
      .agg((r) => ({
        'count()': r.pieces.sum().add(1),
        n: fn.count().add(1),
        Ulm: r.pieces.max().add(r.pieces.min()),
      }));
    expect(await odd.sort('n').rows()).toEqual([
      { 'sum(pieces)': 'Bonn', 'count()': 1, n: 2, Ulm: 0 },
      { 'sum(pieces)': 'Ulm', 'count()': 11, n: 3, Ulm: 10 },
    ]);
  });

  test.each<[string, () => unknown, RegExp]>([
    [
      'a column of which a group has many values',
      () => orders.groupBy('city').agg((r) => ({ x: r.price.sum().add(r.pieces) })),
      /agg: "x" has the column "pieces" outside of an aggregate.* r\.pieces\.first\(\).*groupBy\('city', 'pieces'\)/,
    ],
    [
      'a column alone',
      () => orders.groupBy().agg((r) => ({ x: r.pieces as never })),
      /agg: "x" has the column "pieces" outside of an aggregate/,
    ],
    [
      'a literal alone',
      () => orders.groupBy('city').agg(() => ({ x: fn.lit(1) as never })),
      /"x" was given "1", which is not an aggregate/,
    ],
    [
      'a plain value',
      () => orders.groupBy('city').agg(() => ({ x: 5 as never })),
      /"x" was given 5, which is not an aggregate/,
    ],
    [
      'a rank',
      () => orders.groupBy('city').agg(() => ({ x: fn.rank() as never })),
      /"x" was given rank\(\), a function of windows, which is not/,
    ],
    [
      'a rank of rows without its window',
      () => orders.withColumns(() => ({ x: fn.rank() as never })),
      /a function of windows is completed with \.over\(/,
    ],
    [
      'an aggregate of an aggregate',
      () => orders.groupBy('city').agg((r) => ({ x: r.pieces.sum().max() })),
      /agg: "x" is an aggregate of the aggregate sum\(pieces\)/,
    ],
    [
      'a window beside an aggregate',
      () => orders.groupBy('city').agg((r) => ({ x: r.pieces.sum().add(fn.count().over()) })),
      /agg: "x" has a window beside its aggregates/,
    ],
    [
      'a window inside an aggregate',
      () => orders.groupBy('city').agg(() => ({ x: fn.count().over().max().add(1) })),
      /agg: "x" is an aggregate of a window/,
    ],
    [
      'an aggregate of an aggregate in withColumns',
      () => orders.withColumns((r) => ({ x: r.price.sub(r.price.min()).sum().over() as never })),
      /over: compute min\(price\) in a withColumns before/,
    ],
    [
      'what is computed of aggregates, beside rows',
      () => orders.withColumns((r) => ({ x: r.price.sum().div(fn.count()) as never })),
      /withColumns: "x" .*what is computed of aggregates is one value a group: complete each of them/,
    ],
    [
      'an aggregate, beside rows',
      () => orders.withColumns((r) => ({ x: r.price.sum() as never })),
      /withColumns: "x" .*an aggregate gives one value a group: complete it with \.over\(/,
    ],
    [
      'a condition of aggregates, of rows',
      () => orders.filter((r) => r.price.sum().gt(1) as never),
      /filter: the predicate did not.*\.over\(/,
    ],
  ])('%s is refused', (_, verb, message) => {
    expect(verb).toThrow(expect.objectContaining({ message: expect.stringMatching(message) }));
  });
});

describe('every function of aggregates is as it is of columns', () => {
  const described = scalars(columnsOf(every.schema, 'test') as object as Row);
  const ofGroups = (node: Expression): Expression =>
    replaced(node, (part) => {
      if (part.kind !== 'column') return undefined;
      const column = make<{ first(options: object): AnyScalar }>(part);
      return column.first({ orderBy: 'id' }).node;
    });
  const isOfColumns = (node: Expression): boolean => {
    const parts = [...walkExpression(node)];
    const isNow = parts.some((part) => part.kind === 'call' && part.fn === 'now');
    return !isNow && !hasWindow(node) && parts.some((part) => part.kind === 'column');
  };
  const cases = Object.entries(described)
    .map(([name, all]) => [name, all.filter((c) => isOfColumns(c.expression.node))] as const)
    .filter(([, all]) => all.length > 0);

  it.each(cases)('%s', async (_, all) => {
    const made = (change: (node: Expression) => Expression): Record<string, never> =>
      Object.fromEntries(all.map((c, i) => [`made_${i}`, make<never>(change(c.expression.node))]));
    const byRow = every
      .withColumns(() => made((node) => node))
      .drop(...(every.schema.map((f) => f.name).filter((name) => name !== 'id') as never[]));
    const byGroup = every
      .groupBy('id')
      .agg(() => made(ofGroups))
      .sort('id');
    expect(said(byGroup.schema)).toEqual(said(byRow.schema));
    expect(valuesOf(byGroup.schema)).toEqual(valuesOf(byRow.schema));
    expect(await byGroup.rows()).toEqual(await byRow.sort('id').rows());
    const ofNone = every
      .filter((row) => row.flag.and(false))
      .groupBy()
      .agg(() => made(ofGroups)) as unknown as Anything;
    await expectSameInEngine(ofNone);
  });
});
