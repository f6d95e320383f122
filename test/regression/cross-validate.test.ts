import { afterAll, describe, expect, test } from 'vitest';
import {
  createSession,
  crossValidate,
  type Expr,
  type Float,
  linearRegression,
  MillraceError,
  t,
} from '../../src/index.ts';

const sessions = [1, 3].map((threads) => createSession({ threads }));
afterAll(() => Promise.all(sessions.map((session) => session.close())));
const [session = createSession()] = sessions;

const schema = { id: t.int(), day: t.date(), shop: t.string(), visits: t.int(), revenue: t.float() };
/** Three shops a day, for 40 days. */
const rows = Array.from({ length: 120 }, (_, id) => {
  const day = Math.floor(id / 3);
  const visits = (id * 37) % 50;
  return {
    id,
    day: new Date(Date.UTC(2024, 0, 1 + day)).toISOString().slice(0, 10),
    shop: `s${id % 3}`,
    visits,
    revenue: 5 + 2 * visits + day + ((id * 7919) % 13),
  };
});
const frame = session.read.rows(rows, { schema });
const fit = { target: 'revenue', features: ['visits'] } as const;

async function errorOf(run: () => Promise<unknown>): Promise<MillraceError> {
  try {
    await run();
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('no error');
}

describe('k folds', () => {
  test('every row is tested once, by a model that was fitted on all others', async () => {
    const { folds } = await crossValidate(frame, { ...fit, folds: 7, seed: 1 });
    expect(folds.map((fold) => fold.n).sort()).toEqual([17, 17, 17, 17, 17, 17, 18]);
    expect(folds.every((fold) => fold.trained + fold.n === 120)).toBe(true);
    const one = await crossValidate(
      frame.filter((r) => r.id.lt(5)),
      { ...fit, folds: 5, seed: 1 },
    );
    // Each left out once, by hand.
    const expected = [];
    for (let id = 0; id < 5; id++) {
      const model = await linearRegression(
        frame.filter((r) => r.id.lt(5).and(r.id.ne(id))),
        fit,
      );
      expected.push((await model.evaluate(frame.filter((r) => r.id.eq(id)))).mae);
    }
    const byErrors = (a: number, b: number): number => a - b;
    const found = one.folds.map((fold) => fold.mae).sort(byErrors);
    for (const [i, mae] of expected.sort(byErrors).entries()) expect(found[i]).toBeCloseTo(mae, 9);
  });

  test('five by default; mean and standard deviation are those of the folds', async () => {
    const { folds, mean, sd } = await crossValidate(frame, { ...fit, seed: 3 });
    expect(folds).toHaveLength(5);
    const maes = folds.map((fold) => fold.mae);
    const average = maes.reduce((sum, mae) => sum + mae, 0) / 5;
    expect(mean.mae).toBeCloseTo(average, 12);
    expect(sd.mae).toBeCloseTo(Math.sqrt(maes.reduce((sum, mae) => sum + (mae - average) ** 2, 0) / 4), 12);
    expect(mean.baseline.rmse).toBeGreaterThan(mean.rmse);
    expect(mean.r2).toBeGreaterThan(0.8);
    expect(mean.baseline.r2).toBeLessThan(0);
  });

  test('the same at every run, in every session, whatever the order of the rows; another seed, other folds', async () => {
    const once = await crossValidate(frame, { ...fit, seed: 3 });
    const other = sessions[1]?.read.rows(rows, { schema }).sort({ desc: 'id' });
    if (other === undefined) throw new Error('no frame');
    const again = await crossValidate(other, { ...fit, seed: 3 });
    for (const [i, fold] of once.folds.entries()) expect(again.folds[i]?.rmse).toBeCloseTo(fold.rmse, 9);
    expect((await crossValidate(frame, { ...fit, seed: 4 })).mean.rmse).not.toBeCloseTo(once.mean.rmse, 6);
  });

  test('no group is in two folds: a level of it is never known where it is tested', async () => {
    const byShop = { target: 'revenue', features: ['shop'], folds: 3, seed: 1 } as const;
    const error = await errorOf(() => crossValidate(frame, { ...byShop, groups: 'shop' }));
    expect(error.code).toBe('regression.unseen_level');
    const known = await crossValidate(frame, byShop);
    expect(known.folds.map((fold) => fold.dropped)).toEqual([0, 0, 0]);
    const byDay = await crossValidate(frame, { ...fit, folds: 4, seed: 1, groups: ['day'] });
    expect(byDay.folds.map((fold) => fold.n)).toEqual([30, 30, 30, 30]);
    const asReference = await crossValidate(frame, { ...byShop, groups: 'shop', unseen: 'reference' });
    expect(asReference.folds.map((fold) => [fold.trained, fold.n])).toEqual([
      [80, 40],
      [80, 40],
      [80, 40],
    ]);
  });

  test('equal rows are together: a copy is not learned from where it is tested', async () => {
    // Each row has a level of its own, and each is there twice.
    const single = rows.slice(0, 20).map((row) => ({ ...row, shop: `own ${row.id}` }));
    const twice = session.read.rows([...single, ...single], { schema });
    const error = await errorOf(() =>
      crossValidate(twice, { target: 'revenue', features: ['shop'], folds: 4, seed: 1 }),
    );
    expect(error.code).toBe('regression.unseen_level');
  });

  test('nulls as asked', async () => {
    const holes = session.read.rows(
      rows.map((row) => ({ ...row, visits: row.id % 10 === 0 ? null : row.visits })),
      { schema: { ...schema, visits: t.int().nullable() } },
    );
    expect((await errorOf(() => crossValidate(holes, { ...fit, seed: 1 }))).code).toBe('regression.nulls');
    const { folds } = await crossValidate(holes, { ...fit, seed: 1, nulls: 'drop' });
    expect(folds.reduce((sum, fold) => sum + fold.n, 0)).toBe(108);
    expect(folds.reduce((sum, fold) => sum + fold.dropped, 0)).toBe(12);
  });
});

const lagOf = ({ revenue }: { readonly revenue: Expr<Float, never> }): Expr<Float, null> =>
  revenue.lag().over({ orderBy: 'week' });

describe('a rolling origin', () => {
  test('each model is fitted on what lies before, and tested on the periods right after', async () => {
    const { folds } = await crossValidate(frame, {
      ...fit,
      rollingOrigin: { orderBy: 'day', initial: 20, horizon: 6, step: 7 },
    });
    expect(folds.map((fold) => [fold.trained, fold.n])).toEqual([
      [60, 18],
      [81, 18],
      [102, 18],
    ]);
    expect(folds.map((fold) => [fold.from, fold.to])).toEqual(
      [20, 27, 34].map((day) => [rows[3 * day]?.day, rows[3 * (day + 5)]?.day]),
    );
    for (const [i, origin] of [20, 27, 34].entries()) {
      const first = rows[3 * origin]?.day ?? '';
      const end = rows[3 * (origin + 6)]?.day ?? '2025-01-01';
      const model = await linearRegression(
        frame.filter((r) => r.day.lt(first)),
        fit,
      );
      const evaluation = await model.evaluate(frame.filter((r) => r.day.gte(first).and(r.day.lt(end))));
      expect(folds[i]?.rmse).toBeCloseTo(evaluation.rmse, 9);
      expect(folds[i]?.baseline.mae).toBeCloseTo(evaluation.baseline.mae, 9);
    }
  });

  test('a step is a horizon by default; what does not fill a horizon is not tested', async () => {
    const { folds } = await crossValidate(frame, {
      ...fit,
      rollingOrigin: { orderBy: 'day', initial: 25, horizon: 4 },
    });
    expect(folds.map((fold) => fold.trained)).toEqual([75, 87, 99]);
    expect(folds.map((fold) => fold.n)).toEqual([12, 12, 12]);
  });

  test('a lag sees the rows before its period, those of the training among them', async () => {
    const weeks = session.read.rows(
      Array.from({ length: 40 }, (_, week) => ({ week, revenue: 10 + ((week * 37) % 11) + week / 3 })),
      { schema: { week: t.int(), revenue: t.float() } },
    );
    const byLag = {
      target: 'revenue',
      nulls: 'drop',
      features: (r: Parameters<typeof lagOf>[0]) => ({ last: lagOf(r) }),
    } as const;
    const rollingOrigin = { orderBy: 'week', initial: 20, horizon: 4 } as const;
    const inside = await crossValidate(weeks, { ...byLag, rollingOrigin });
    // The same from a column that was computed of all rows.
    const known = weeks.withColumns((r) => ({ last: lagOf(r) }));
    const before = await crossValidate(known, { target: 'revenue', features: ['last'], nulls: 'drop', rollingOrigin });
    expect(inside.folds.map((fold) => [fold.n, fold.dropped, fold.trained])).toEqual(
      [19, 23, 27, 31, 35].map((trained) => [4, 0, trained]),
    );
    for (const [i, fold] of before.folds.entries()) expect(inside.folds[i]?.rmse).toBeCloseTo(fold.rmse, 9);
    const error = await errorOf(() => crossValidate(weeks, { ...byLag, folds: 4, seed: 1 }));
    expect([error.code, error.details]).toEqual(['regression.folds', { feature: 'last' }]);
    expect(
      (await crossValidate(known, { target: 'revenue', features: ['last'], nulls: 'drop', folds: 4, seed: 1 })).folds,
    ).toHaveLength(4);
  });

  test('a row without a time is refused', async () => {
    const holes = session.read.rows([...rows.slice(0, 50), { ...rows[0], day: null }], {
      schema: { ...schema, day: t.date().nullable() },
    });
    const error = await errorOf(() =>
      crossValidate(holes, { ...fit, rollingOrigin: { orderBy: 'day', initial: 5, horizon: 2 } }),
    );
    expect(error.code).toBe('regression.nulls');
    expect(error.message).toContain('day holds 1 null, and a row without a time is neither before nor after');
  });
});

test('numbers that make no sense', async () => {
  type Loose = (frame: unknown, options: unknown) => Promise<unknown>;
  const loose = crossValidate as unknown as Loose;
  const cases: [object, string, string][] = [
    [{ folds: 1, seed: 1 }, 'regression.folds', 'folds is 1. Give a whole number from 2.'],
    [{ folds: 500, seed: 1 }, 'regression.too_few_folds', '500 folds need at least as many different rows'],
    [{ folds: 4, seed: 1, groups: 'shop' }, 'regression.too_few_folds', 'groups, not 3'],
    [{ folds: 4 }, 'plan.seed', 'seed is undefined'],
    [{ folds: 4, seed: 1, groups: ['shops'] }, 'plan.unknown_column', 'Did you mean "shop"?'],
    [{ rollingOrigin: { orderBy: 'days', initial: 1, horizon: 1 } }, 'plan.unknown_column', 'Did you mean "day"?'],
    [{ rollingOrigin: { orderBy: 'day', initial: 20, horizon: 0 } }, 'regression.folds', 'rollingOrigin.horizon is 0'],
    [
      { rollingOrigin: { orderBy: 'day', initial: 39, horizon: 2 } },
      'regression.too_few_folds',
      'need 41 different values of day, not 40',
    ],
  ];
  for (const [options, code, message] of cases) {
    const error = await errorOf(() => loose(frame, { ...fit, ...options }));
    expect([error.code, error.message.includes(message), error.message]).toEqual([code, true, error.message]);
  }
});

test('reads as a table', async () => {
  const made = await crossValidate(frame, { ...fit, rollingOrigin: { orderBy: 'day', initial: 30, horizon: 5 } });
  const lines = made.toString().split('\n');
  expect(lines[0]).toBe('Cross-validation, 2 folds');
  expect(lines[2]).toMatch(/^fold +trained +tested +r2 +rmse +mae +mape +rmse of mean$/);
  expect(lines[3]).toMatch(/^1 {2}2024-01-31 to 2024-02-04 +90 +15 /);
  expect(lines.at(-2)).toMatch(/^mean /);
  expect(lines.at(-1)).toMatch(/^sd /);
  expect(lines.every((line) => line.length <= 100)).toBe(true);
});
