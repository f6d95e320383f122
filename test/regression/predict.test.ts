import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, linearRegression, Model } from '../../src/index.ts';
import { errorOf, schema, shopOf, shopRows } from './shop.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const shop = shopOf(read);
const target = 'revenue';
const model = linearRegression(shop, { target, features: ['region', 'budget', 'stars'] });

describe('intervals', () => {
  test('are two more columns, null where the prediction is, about it, and wider for a single row and a higher level', async () => {
    const holes = shop.withColumns((r) => ({ stars: fn.when(r.id.mod(4).ne(0), r.stars).elseNull() }));
    const of = async (interval: 'confidence' | 'prediction', level: number) =>
      (await model).predict(holes, { as: 'p', interval, level }).rows();
    const [mean, single, sure] = [
      await of('confidence', 0.9),
      await of('prediction', 0.9),
      await of('confidence', 0.99),
    ];
    const width = (row: { p_low: number | null; p_high: number | null } | undefined): number =>
      (row?.p_high ?? 0) - (row?.p_low ?? 0);
    for (const [i, row] of mean.entries()) {
      expect([row.p === null, row.p_low === null, row.p_high === null]).toEqual(Array(3).fill(i % 4 === 0));
      if (row.p === null) continue;
      expect(((row.p_low ?? 0) + (row.p_high ?? 0)) / 2).toBeCloseTo(row.p, 9);
      expect(width(row)).toBeGreaterThan(0);
      expect(width(single[i])).toBeGreaterThan(width(row));
      expect(width(sure[i])).toBeGreaterThan(width(row));
    }
    expect((await model).predict(holes, { as: 'p', interval: 'confidence' }).schema.slice(-3)).toEqual(
      ['p', 'p_low', 'p_high'].map((name) => ({ name, dtype: { id: 'float' }, nullable: true })),
    );
    expect((await model).predict(shop, { as: 'p', interval: 'confidence' }).schema.at(-1)?.nullable).toBe(false);
  });

  test('of errors HC1 come of their covariance', async () => {
    const robust = await linearRegression(shop, { target, features: [], errors: 'HC1' });
    const [row] = await robust.predict(shop, { as: 'p', interval: 'confidence' }).rows();
    expect(row?.p_low).toBeCloseTo(robust.coefficients[0]?.low ?? 0, 9);
    expect(row?.p_high).toBeCloseTo(robust.coefficients[0]?.high ?? 0, 9);
  });

  test('of a perfect fit have no width', async () => {
    const line = shop.withColumns((r) => ({ revenue: r.budget.mul(2).add(1) }));
    const perfect = await linearRegression(line, { target, features: ['budget'] });
    const rows = await perfect.predict(line, { as: 'p', interval: 'prediction' }).rows();
    for (const row of rows) expect([row.p_low, row.p_high]).toEqual([row.p, row.p]);
  });

  test('keep their digits far from zero', async () => {
    const years = shop.withColumns((r) => ({ year: r.id.add(1_000_000) }));
    const near = await linearRegression(shop, { target, features: ['id'] });
    const far = await linearRegression(years, { target, features: ['year'] });
    const [a, b] = [
      await near.predict(shop, { as: 'p', interval: 'confidence' }).rows(),
      await far.predict(years, { as: 'p', interval: 'confidence' }).rows(),
    ];
    for (const [i, row] of a.entries()) {
      expect(Math.abs((b[i]?.p_low ?? 0) / row.p_low - 1)).toBeLessThan(1e-8);
      expect(Math.abs((b[i]?.p_high ?? 0) / row.p_high - 1)).toBeLessThan(1e-8);
    }
  });

  test('are refused where an option is wrong or the terms are too many', async () => {
    const fitted: Model = Model.fromJSON(JSON.stringify(await model));
    const wide = await linearRegression(
      read.rows(
        Array.from({ length: 400 }, (_, i) => ({
          ...(shopRows[i % 90] as (typeof shopRows)[number]),
          id: i,
          region: `r${i % 101}`,
        })),
        { schema },
      ),
      { target, features: ['region'] },
    );
    const cases: [() => unknown, string, string][] = [
      [
        () => fitted.predict(shop, { as: 'p', interval: 'credible' as 'confidence' }),
        'regression.interval',
        `interval is "credible". Give 'confidence' or 'prediction'.`,
      ],
      [
        () => fitted.predict(shop, { as: 'p', interval: 'confidence', level: 95 }),
        'regression.interval',
        'level must lie between 0 and 1, for example 0.95, not 95.',
      ],
      [
        () => fitted.predict(shop, { as: 'p', interval: 'confidence', low: 'P' }),
        'regression.interval',
        'as, low and high are p, P, p_high. Give three different names.',
      ],
      [
        () => wide.predict(shop, { as: 'p', interval: 'confidence' }),
        'regression.interval',
        'the model has 101 terms, and intervals are for up to 100.',
      ],
      [
        () => fitted.predict(shop, { as: 'p', unseen: 'drop' as 'null' }),
        'regression.option',
        `unseen is "drop". Give 'fail', 'null' or 'reference'.`,
      ],
      [() => fitted.predict(shop, undefined as never), 'plan.argument', 'predict was given undefined'],
    ];
    for (const [action, code, message] of cases) {
      const error = await errorOf(action);
      expect([error.code, error.message]).toEqual([code, expect.stringContaining(message)]);
    }
  });
});
