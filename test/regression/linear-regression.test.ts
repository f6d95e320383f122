import { afterAll, describe, expect, test } from 'vitest';
import {
  createSession,
  fn,
  interaction,
  linearRegression,
  type MillraceError,
  polynomial,
  t,
  trend,
} from '../../src/index.ts';
import { errorOf, schema, shopOf, shopRows, terms } from './shop.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const shop = shopOf(read);
const target = 'revenue';

describe('weights', () => {
  const weighted = shop.withColumns((r) => ({ w: r.stars.sub(1) }));

  test('rows of weight 0 take no part; whole weights are rows that stand so often', async () => {
    const model = await linearRegression(weighted, { target, features: ['budget', 'region'], weights: 'w' });
    const repeated = shopRows.flatMap((row) => Array.from({ length: row.stars - 1 }, () => row));
    const plain = await linearRegression(read.rows(repeated, { schema }), { target, features: ['budget', 'region'] });
    expect(model.n).toBe(shopRows.filter((row) => row.stars > 1).length);
    expect(model.weights).toBe('w');
    for (const [i, { estimate }] of model.coefficients.entries())
      expect(estimate).toBeCloseTo(plain.coefficients[i]?.estimate ?? 0, 9);
    expect(model.targetMean).toBeCloseTo(
      shopRows.filter((row) => row.stars > 1).reduce((sum, row) => sum + row.revenue, 0) / model.n,
      9,
    );
  });

  test('a null and a weight below zero', async () => {
    const error = await errorOf(() => linearRegression(shop, { target, features: ['budget'], weights: 'note' }));
    expect([error.code, error.details]).toEqual(['regression.nulls', { nulls: { note: 9 } }]);
    const dropped = await linearRegression(shop, { target, features: ['budget'], weights: 'note', nulls: 'drop' });
    expect([dropped.dropped, dropped.droppedBecause]).toEqual([9, { note: 9 }]);
    const below = shop.withColumns((r) => ({ w: r.stars.sub(3) }));
    expect((await errorOf(() => linearRegression(below, { target, features: ['budget'], weights: 'w' }))).code).toBe(
      'regression.bad_weight',
    );
  });
});

describe('nulls', () => {
  test('are counted by column or feature, and rows once', async () => {
    const holes = shop.withColumns((r) => ({
      a: fn.when(r.id.mod(9).eq(0), r.stars).elseNull(),
      y: fn.when(r.id.lt(85), r.revenue).elseNull(),
    }));
    const modelWith = (nulls: 'fail' | 'drop') =>
      linearRegression(holes, {
        target: 'y',
        nulls,
        features: (r) => ({ note: r.note, inverse: r.budget.div(r.a.sub(1)), vip: r.vip }),
      });
    const model = await modelWith('drop');
    const lacking = shopRows.map((row) => {
      const a = row.id % 9 === 0 ? row.stars : null;
      return { y: row.id >= 85, note: row.note === null, inverse: a === null || a === 1 };
    });
    expect(model.dropped).toBe(lacking.filter((row) => row.y || row.note || row.inverse).length);
    expect(model.droppedBecause).toEqual({
      y: lacking.filter((row) => row.y).length,
      note: lacking.filter((row) => row.note).length,
      inverse: lacking.filter((row) => row.inverse).length,
    });
    expect(model.n).toBe(shopRows.length - model.dropped);
    const error = await errorOf(() => modelWith('fail'));
    expect(error.details).toEqual({ nulls: model.droppedBecause });
    const evaluated = await errorOf(() => model.evaluate(holes, { unseen: 'reference' }));
    expect(evaluated.details).toEqual({ nulls: model.droppedBecause });
  });

  test('all null: refused, or no rows are left', async () => {
    const none = shop.withColumns((r) => ({ gone: r.note.nullIf(0).nullIf(1).nullIf(2).nullIf(3) }));
    const error = await errorOf(() => linearRegression(none, { target, features: ['gone'] }));
    expect(error.details).toEqual({ nulls: { gone: 90 } });
    const left = await errorOf(() => linearRegression(none, { target, features: ['gone', 'region'], nulls: 'drop' }));
    expect(left.code).toBe('regression.too_few_rows');
  });
});

describe('collinear terms', () => {
  test('are refused, or left out as R does, and predictions go on', async () => {
    const twice = shop.withColumns((r) => ({ double: r.budget.mul(2), one: r.stars.mul(0) }));
    const error = await errorOf(() => linearRegression(twice, { target, features: ['budget', 'double', 'one'] }));
    expect(error.code).toBe('regression.collinear');
    expect(error.message).toContain('double is a linear combination of budget; one is zero in every row');
    const model = await linearRegression(twice, {
      target,
      features: ['budget', 'double', 'one', 'stars'],
      collinear: 'drop',
    });
    const plain = await linearRegression(shop, { target, features: ['budget', 'stars'] });
    expect(model.aliased).toEqual([
      { term: 'double', combinationOf: ['budget'] },
      { term: 'one', combinationOf: [] },
    ]);
    expect(terms(model)).toEqual(['(Intercept)', 'budget', 'stars']);
    const [a, b] = [await model.predict(twice, { as: 'p' }).rows(), await plain.predict(shop, { as: 'p' }).rows()];
    for (const [i, row] of a.entries()) expect(row.p).toBeCloseTo(b[i]?.p ?? 0, 9);
  });
});

describe('more rows than stay in memory', () => {
  test('HC1 reads them again, and there are no quantiles of residuals', async () => {
    const rows = Array.from({ length: 2000 }, (_, i) => ({
      i,
      x: (i * 37) % 101,
      y: ((i * 53) % 97) + ((i * 37) % 101),
    }));
    const small = read.rows(rows, { schema: { i: t.int(), x: t.int(), y: t.int() } });
    // Two thousand rows, two thousand times.
    const large = small.crossJoin(
      small
        .select('i')
        .rename({ i: 'j' })
        .filter((r) => r.j.lt(1500)),
    );
    const options = { target: 'y', features: ['x', 'i'], errors: 'HC1' } as const;
    const [once, often] = [await linearRegression(small, options), await linearRegression(large, options)];
    expect([once.residuals === null, often.residuals]).toEqual([false, null]);
    expect(often.n).toBe(3_000_000);
    for (const [i, { estimate, stdError }] of often.coefficients.entries()) {
      const alone = once.coefficients[i];
      expect(Math.abs(estimate / (alone?.estimate ?? 0) - 1)).toBeLessThan(1e-9);
      // The same rows k times: the covariance is k times smaller, but for n / (n - p).
      const factor = Math.sqrt(1500 * (2000 / 1997 / (3_000_000 / 2_999_997)));
      expect(Math.abs((stdError * factor) / (alone?.stdError ?? 0) - 1)).toBeLessThan(1e-9);
    }
  }, 60_000);
});

describe('refusals', () => {
  type Loose = (frame: unknown, options: unknown) => Promise<unknown>;
  const loose = linearRegression as unknown as Loose;

  test('what the compiler would have refused, with what to give instead', async () => {
    const r = (features: unknown, others: object = {}) => errorOf(() => loose(shop, { target, features, ...others }));
    const cases: [MillraceError, string, string][] = [
      [
        await r((x: typeof shop) => ({ day: (x as unknown as { day: unknown }).day })),
        'regression.feature',
        `linearRegression: feature "day" was given day, which is date. Give a number, a boolean, a string, a column .asCategory() or a trend(..). Of a date give a part, such as r.day.year(), trend(r.day) or seasonal(r.day, 'month').`,
      ],
      [await r(() => ({ one: 1 })), 'regression.feature', 'feature "one" was given 1. Give a number'],
      [await r(() => ['budget']), 'plan.argument', 'Give an object, such as r => ({ log_budget'],
      [await r('budget'), 'regression.features', 'features is "budget". Give a list of columns, or a function'],
      [
        await r((x: { revenue: unknown }) => ({ y: x.revenue })),
        'regression.repeated_column',
        'revenue is named twice, as target and as feature',
      ],
      [
        await r((x: { budget: never; stars: never }) => ({ x: polynomial(x.budget, 2), 'x^2': x.stars })),
        'regression.repeated_term',
        'two terms are called x^2',
      ],
      [
        await r((x: { budget: { mean(): unknown } }) => ({ m: x.budget.mean() })),
        'regression.feature',
        'feature "m" was given mean(budget), which is no column expression',
      ],
      [
        await r(['budget'], { target: 'region' }),
        'regression.dtype',
        'region is string. A target is an int, bigint, float or decimal.',
      ],
      [
        await r(['budget'], { weights: 'region' }),
        'regression.dtype',
        'region is string. Weights are an int, bigint, float or decimal.',
      ],
      [await r(['budget'], { nulls: 'ignore' }), 'regression.option', `nulls is "ignore". Give 'fail' or 'drop'.`],
      [await r(['budget'], { errors: 'HC3' }), 'regression.option', `errors is "HC3". Give 'classical' or 'HC1'.`],
      [await errorOf(() => interaction(1 as never, 2 as never)), 'regression.feature', 'interaction was given 1.'],
      [
        await errorOf(() => trend('day' as never)),
        'regression.feature',
        'trend was given "day". Give a date or a timestamp, such as r.day.',
      ],
    ];
    for (const [error, code, message] of cases) {
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
    }
  });

  test('infinities and NaN name the row and the term', async () => {
    const error = await errorOf(() =>
      linearRegression(shop, { target, features: (r) => ({ huge: r.id.mul(1000).exp(), budget: r.budget }) }),
    );
    expect(error.code).toBe('regression.not_finite');
    expect(error.message).toContain('Infinity in term "huge"');
    const nan = shop.withColumns((r) => ({ y: r.id.mul(1000).exp().sub(r.id.mul(1000).exp()) }));
    expect((await errorOf(() => linearRegression(nan, { target: 'y', features: ['budget'] }))).message).toContain(
      'NaN in the target',
    );
  });

  test('one row, and fewer rows than terms', async () => {
    const one = await errorOf(() => linearRegression(shop.limit(1), { target, features: [] }));
    expect(one.message).toContain('need at least 2 rows, not 1');
    const few = await errorOf(() => linearRegression(shop.limit(3), { target, features: ['budget', 'stars', 'id'] }));
    expect(few.code).toBe('regression.too_few_rows');
  });
});
