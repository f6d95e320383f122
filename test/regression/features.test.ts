import { afterAll, describe, expect, test } from 'vitest';
import {
  createSession,
  interaction,
  linearRegression,
  type Model,
  polynomial,
  seasonal,
  t,
  trend,
} from '../../src/index.ts';
import { errorOf, schema, shopOf, shopRows, terms } from './shop.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const shop = shopOf(read);
const target = 'revenue';

/** The model predicts what its coefficients say, over the terms of a row as a test computes them. */
async function predictsItsTerms(
  model: Model,
  valueIn: (term: string, row: (typeof shopRows)[number]) => number,
): Promise<void> {
  const rows = await model.predict(shop, { as: 'p' }).rows();
  expect(rows).toHaveLength(shopRows.length);
  for (const [i, row] of rows.entries()) {
    const source = shopRows[i];
    if (source === undefined) throw new Error('a row is missing');
    const sum = model.coefficients.reduce(
      (total, { term, estimate }) => total + estimate * (term === '(Intercept)' ? 1 : valueIn(term, source)),
      0,
    );
    expect(row.p).toBeCloseTo(sum, 9);
  }
}

const levelIn = (term: string): string => /\[(.*?)\]/.exec(term)?.[1] ?? '';

describe('features by a function', () => {
  test('expressions equal columns computed before', async () => {
    const made = await linearRegression(shop, {
      target,
      features: (r) => ({
        log_budget: r.budget.log(),
        big: r.stars.gt(3),
        rest: r.id.mod(7),
        half: r.revenue.mul(0).add(r.budget.div(2)).round(0),
      }),
    });
    const before = shop.withColumns((r) => ({
      log_budget: r.budget.log(),
      big: r.stars.gt(3),
      rest: r.id.mod(7),
      half: r.revenue.mul(0).add(r.budget.div(2)).round(0),
    }));
    const named = await linearRegression(before, { target, features: ['log_budget', 'big', 'rest', 'half'] });
    expect(made.coefficients).toEqual(named.coefficients);
    expect(made.covariance).toEqual(named.covariance);
    const [a, b] = [await made.predict(shop, { as: 'p' }).rows(), await named.predict(before, { as: 'p' }).rows()];
    expect(a.map((row) => row.p)).toEqual(b.map((row) => row.p));
    expect((await made.evaluate(shop)).r2).toBeCloseTo(made.r2, 12);
  });

  test('names and a function say the same', async () => {
    const named = await linearRegression(shop, { target, features: ['region', 'vip', 'stars'] });
    const made = await linearRegression(shop, {
      target,
      features: (r) => ({ region: r.region, vip: r.vip, stars: r.stars }),
    });
    expect({ ...made }).toEqual({ ...named });
    expect(JSON.stringify(made)).toBe(JSON.stringify(named));
  });

  test('names that swap columns, and columns of the names of helpers, do not mix up', async () => {
    const odd = shop.rename({ vip: 'Feature 1' }).withColumns((r) => ({ hole: r.note }));
    const model = await linearRegression(odd, {
      target,
      nulls: 'drop',
      features: (r) => ({
        stars: r.budget,
        budget: r.stars,
        both: interaction(r.stars, r.budget),
        note: r.hole.mul(r.hole),
        size: interaction(r.note, r.region),
      }),
    });
    const right = await linearRegression(shop, {
      target,
      nulls: 'drop',
      features: (r) => ({
        a: r.budget,
        b: r.stars,
        c: r.stars.mul(r.budget),
        d: r.note.mul(r.note),
        e: interaction(r.note, r.region),
      }),
    });
    for (const [i, { estimate }] of model.coefficients.entries()) {
      expect(estimate).toBeCloseTo(right.coefficients[i]?.estimate ?? Number.NaN, 8);
    }
    const [p, q] = [await model.predict(odd, { as: 'p' }).rows(), await right.predict(shop, { as: 'p' }).rows()];
    for (const [i, row] of p.entries()) {
      const other = q[i]?.p ?? null;
      if (other === null) expect(row.p).toBeNull();
      else expect(row.p).toBeCloseTo(other, 8);
    }
    expect(model.predict(odd, { as: 'p', interval: 'confidence' }).schema.map((field) => field.name)).toEqual([
      ...odd.schema.map((field) => field.name),
      'p',
      'p_low',
      'p_high',
    ]);
    // A null in either of the two parts that are called note is told.
    const error = await errorOf(() => model.evaluate(odd));
    expect([error.code, Object.values((error.details as { nulls: object }).nulls)]).toEqual([
      'regression.nulls',
      [9, 9],
    ]);
  });

  test('a feature may be called otherwise than its column, and be replaced by the prediction', async () => {
    const model = await linearRegression(shop, { target, features: (r) => ({ money: r.budget, where: r.region }) });
    expect(terms(model)).toEqual(['(Intercept)', 'money', 'where[south]', 'where[west]']);
    const apart = await model.predict(shop, { as: 'p' }).rows();
    const over = await model.predict(shop, { as: 'budget' }).rows();
    expect(over.map((row) => row.budget)).toEqual(apart.map((row) => row.p));
    expect(model.predict(shop, { as: 'budget' }).schema.map((field) => field.name)).toEqual(Object.keys(schema));
  });

  test('lags are windows; they are computed before rows are left out, and again over the rows to predict', async () => {
    const lag = await linearRegression(shop, {
      target,
      nulls: 'drop',
      features: (r) => ({ before: r.revenue.lag(1).over({ orderBy: 'id', partitionBy: 'region' }) }),
    });
    const before = shop.withColumns((r) => ({
      before: r.revenue.lag(1).over({ orderBy: 'id', partitionBy: 'region' }),
    }));
    const named = await linearRegression(before, { target, nulls: 'drop', features: ['before'] });
    expect(lag.coefficients).toEqual(named.coefficients);
    expect([lag.dropped, lag.droppedBecause]).toEqual([3, { before: 3 }]);
    const [constant = 0, slope = 0] = lag.coefficients.map((c) => c.estimate);
    const rows = await lag
      .predict(
        shop.filter((r) => r.id.lt(6)),
        { as: 'p' },
      )
      .sort('id')
      .rows();
    const lagged = rows.map((row) =>
      shopRows.filter((other) => other.region === row.region && other.id < row.id).at(-1),
    );
    for (const [i, row] of rows.entries()) {
      const earlier = lagged[i];
      if (earlier === undefined) expect(row.p).toBeNull();
      else expect(row.p).toBeCloseTo(constant + slope * earlier.revenue, 9);
    }
    expect(lagged.filter((row) => row === undefined)).toHaveLength(3);
  });
});

describe('categories', () => {
  test('of ints, booleans, days and enums, each with the base asked for', async () => {
    const model = await linearRegression(shop, {
      target,
      features: (r) => ({
        stars: r.stars.asCategory({ base: 4 }),
        vip: r.vip.asCategory({ base: true }),
        region: r.region.asCategory({ base: 'west' }),
        size: r.size,
      }),
    });
    expect(terms(model)).toEqual([
      '(Intercept)',
      'stars[1]',
      'stars[2]',
      'stars[3]',
      'stars[5]',
      'vip[false]',
      'region[north]',
      'region[south]',
      'size[medium]',
      'size[large]',
    ]);
    await predictsItsTerms(model, (term, row) => {
      const column = term.slice(0, term.indexOf('[')) as 'stars' | 'vip' | 'region' | 'size';
      return Number(String(row[column]) === levelIn(term));
    });
    const days = shop.filter((r) => r.id.lt(12)).withColumns((r) => ({ month: r.day.truncate('month') }));
    const monthly = await linearRegression(days, {
      target,
      features: (r) => ({ month: r.month.asCategory({ base: '2024-02-01' }) }),
    });
    expect(terms(monthly)).toEqual(['(Intercept)', 'month[2024-01-01]']);
    const [row] = await monthly
      .predict(
        days.filter((r) => r.id.eq(0)),
        { as: 'p' },
      )
      .rows();
    expect(row?.p).toBeCloseTo(
      monthly.coefficients.reduce((sum, c) => sum + c.estimate, 0),
      9,
    );
  });

  test('another base moves the constant, and no prediction', async () => {
    const [first, other] = [
      await linearRegression(shop, { target, features: (r) => ({ stars: r.stars.asCategory() }) }),
      await linearRegression(shop, { target, features: (r) => ({ stars: r.stars.asCategory({ base: 3 }) }) }),
    ];
    expect(first.r2).toBeCloseTo(other.r2, 12);
    expect(first.coefficients[0]?.estimate).not.toBeCloseTo(other.coefficients[0]?.estimate ?? 0, 3);
    const [a, b] = [await first.predict(shop, { as: 'p' }).rows(), await other.predict(shop, { as: 'p' }).rows()];
    for (const [i, row] of a.entries()) expect(row.p).toBeCloseTo(b[i]?.p ?? 0, 9);
  });

  test('levels of ints are in the order of their size', async () => {
    const model = await linearRegression(shop, {
      target,
      features: (r) => ({ tens: r.id.div(9).floor().cast(t.int()).asCategory() }),
    });
    expect(terms(model).slice(1)).toEqual(['1', '2', '3', '4', '5', '6', '7', '8', '9'].map((tens) => `tens[${tens}]`));
  });

  test('a level that is new: refused with its value, null, or as the base', async () => {
    const model = await linearRegression(
      shop.filter((r) => r.stars.lt(5)),
      { target, features: (r) => ({ stars: r.stars.asCategory({ base: 2 }) }) },
    );
    const later = shop.filter((r) => r.stars.gte(4)).limit(4);
    const error = await errorOf(() => model.predict(later, { as: 'p' }).rows());
    expect(error.code).toBe('regression.unseen_level');
    expect(error.message).toContain(
      'stars holds "5", a level that the training rows did not have. Its levels are 2, 1, 3, 4.',
    );
    const stars = (await later.rows()).map((row) => row.stars);
    const nulls = (await model.predict(later, { as: 'p', unseen: 'null' }).rows()).map((row) => row.p === null);
    expect(nulls).toEqual(stars.map((n) => n === 5));
    const based = await model.predict(later, { as: 'p', unseen: 'reference' }).rows();
    const constant = model.coefficients[0]?.estimate ?? 0;
    for (const row of based) if (row.stars === 5) expect(row.p).toBeCloseTo(constant, 9);
  });

  test('a base that no row has, and one level alone', async () => {
    const error = await errorOf(() =>
      linearRegression(shop, { target, features: (r) => ({ stars: r.stars.asCategory({ base: 9 }) }) }),
    );
    expect(error.code).toBe('regression.base');
    expect(error.message).toBe(
      'linearRegression: the base of stars is 9, which no training row has. Its levels are 1, 2, 3, 4, 5.',
    );
    const one = await errorOf(() =>
      linearRegression(
        shop.filter((r) => r.stars.eq(3)),
        { target, features: (r) => ({ stars: r.stars.asCategory() }) },
      ),
    );
    expect([one.code, one.message]).toEqual([
      'regression.collinear',
      'No single answer exists: stars has the same value in every row, 3. Leave out stars.',
    ]);
    const float = await errorOf(() =>
      (shop.withColumns as (f: unknown) => unknown)((r: { budget: { asCategory(): unknown } }) => ({
        b: r.budget.asCategory(),
      })),
    );
    expect(float.message).toContain('budget is float, which has no levels');
  });
});

describe('interactions, coded as in R', () => {
  const of = (row: (typeof shopRows)[number], term: string): number =>
    term
      .split(':')
      .map((factor) => {
        const column = factor.replace(/\[.*/, '') as 'region' | 'size' | 'budget' | 'stars' | 'vip';
        return factor.includes('[') ? Number(String(row[column]) === levelIn(factor)) : Number(row[column]);
      })
      .reduce((product, value) => product * value, 1);

  test('without the terms of its factors a category has all its levels', async () => {
    const model = await linearRegression(shop, {
      target,
      features: (r) => ({ both: interaction(r.region, r.budget) }),
    });
    expect(terms(model)).toEqual([
      '(Intercept)',
      'region[north]:budget',
      'region[south]:budget',
      'region[west]:budget',
    ]);
    await predictsItsTerms(model, (term, row) => of(row, term));
  });

  test('nested in another category: the levels of one, and those of the other but the base', async () => {
    const model = await linearRegression(shop, {
      target,
      features: (r) => ({ region: r.region, both: interaction(r.region, r.size) }),
    });
    expect(terms(model).slice(3)).toEqual([
      'region[north]:size[medium]',
      'region[south]:size[medium]',
      'region[west]:size[medium]',
      'region[north]:size[large]',
      'region[south]:size[large]',
      'region[west]:size[large]',
    ]);
    await predictsItsTerms(model, (term, row) => of(row, term));
  });

  test('of three, with an expression, a boolean and a base', async () => {
    const model = await linearRegression(shop, {
      target,
      features: (r) => {
        const region = r.region.asCategory({ base: 'south' });
        return {
          region,
          stars: r.stars,
          vip: r.vip,
          rs: interaction(region, r.stars),
          rv: interaction(region, r.vip),
          sv: interaction(r.stars, r.vip),
          all: interaction(region, r.stars, r.vip),
        };
      },
    });
    expect(terms(model).slice(-2)).toEqual(['region[north]:stars:vip', 'region[west]:stars:vip']);
    expect(model.coefficients).toHaveLength(12);
    await predictsItsTerms(model, (term, row) => of(row, term));
  });

  test('without an intercept the first category in it has all its levels', async () => {
    const modelWith = (collinear: 'fail' | 'drop') =>
      linearRegression(shop, {
        target,
        intercept: false,
        collinear,
        features: (r) => ({ budget: r.budget, both: interaction(r.budget, r.region) }),
      });
    // With its number beside it that is one too many, also in R.
    expect((await errorOf(() => modelWith('fail'))).message).toContain(
      'budget:region[west] is a linear combination of budget',
    );
    const model = await modelWith('drop');
    expect(terms(model)).toEqual(['budget', 'budget:region[north]', 'budget:region[south]']);
    expect(model.aliased.map((a) => a.term)).toEqual(['budget:region[west]']);
    await predictsItsTerms(model, (term, row) => of(row, term));
  });

  test('a factor with itself is refused', async () => {
    const error = await errorOf(() =>
      linearRegression(shop, { target, features: (r) => ({ square: interaction(r.budget, r.budget) }) }),
    );
    expect(error.code).toBe('regression.feature');
    expect(error.message).toContain(
      'square is an interaction of a factor with itself: budget, budget. Name each once; polynomial(..) gives powers.',
    );
  });

  test('a level new to it follows the policy', async () => {
    const model = await linearRegression(
      shop.filter((r) => r.region.ne('west')),
      {
        target,
        features: (r) => ({ budget: r.budget, slopes: interaction(r.region, r.budget) }),
      },
    );
    const error = await errorOf(() => model.predict(shop, { as: 'p' }).rows());
    expect(error.message).toContain('region holds "west"');
    const rows = await model.predict(shop, { as: 'p', unseen: 'null' }).rows();
    expect(rows.map((row) => row.p === null)).toEqual(shopRows.map((row) => row.region === 'west'));
    const [constant = 0, slope = 0] = model.coefficients.map((c) => c.estimate);
    for (const row of await model.predict(shop, { as: 'p', unseen: 'reference' }).rows()) {
      if (row.region !== 'south') expect(row.p).toBeCloseTo(constant + slope * row.budget, 9);
    }
  });
});

describe('polynomials, trends and seasons', () => {
  test('raw powers, of an expression too', async () => {
    const model = await linearRegression(shop, { target, features: (r) => ({ x: polynomial(r.stars.sub(3), 4) }) });
    expect(terms(model)).toEqual(['(Intercept)', 'x', 'x^2', 'x^3', 'x^4']);
    await predictsItsTerms(model, (term, row) => (row.stars - 3) ** Number(term.split('^')[1] ?? 1));
    expect((await errorOf(() => polynomial(undefined as never, 2))).code).toBe('regression.feature');
    expect(
      (await errorOf(() => linearRegression(shop, { target, features: (r) => ({ x: polynomial(r.stars, 0) }) })))
        .message,
    ).toContain('give a whole number from 1');
  });

  test('a trend counts from the first training row, wherever the rows begin that are predicted', async () => {
    const train = shop.filter((r) => r.id.gte(10));
    const model = await linearRegression(train, {
      target,
      features: (r) => ({ days: trend(r.day), hours: trend(r.at, 'hour') }),
    });
    const [constant = 0, perDay = 0, perHour = 0] = model.coefficients.map((c) => c.estimate);
    const first = Date.UTC(2024, 0, 31);
    const firstHour = Math.min(...shopRows.slice(10).map((row) => Math.floor(row.at.getTime() / 3_600_000)));
    for (const [i, row] of (await model.predict(shop, { as: 'p' }).rows()).entries()) {
      const source = shopRows[i];
      const days = (Date.parse(source?.day ?? '') - first) / 86_400_000;
      const hours = Math.floor((source?.at.getTime() ?? 0) / 3_600_000) - firstHour;
      expect(row.p).toBeCloseTo(constant + perDay * days + perHour * hours, 8);
    }
  });

  test('a season is a part of a date', async () => {
    const model = await linearRegression(shop, {
      target,
      features: (r) => ({ month: seasonal(r.day, 'month', { base: 3 }), weekday: seasonal(r.day, 'weekday') }),
    });
    expect(terms(model).slice(0, 3)).toEqual(['(Intercept)', 'month[1]', 'month[2]']);
    expect(terms(model).filter((term) => term.startsWith('weekday'))).toHaveLength(6);
    const by = await linearRegression(shop, {
      target,
      features: (r) => ({ month: r.day.month().asCategory({ base: 3 }), weekday: r.day.weekday().asCategory() }),
    });
    expect(by.coefficients).toEqual(model.coefficients);
    const zoned = await linearRegression(shop, {
      target,
      features: (r) => ({ hour: seasonal(r.at, 'hour', { timeZone: 'Asia/Tokyo', base: 9 }) }),
    });
    const utc = await linearRegression(shop, { target, features: (r) => ({ hour: seasonal(r.at, 'hour') }) });
    // The hour 0 of UTC, there the base, is 9 in Tokyo.
    expect(zoned.coefficients[0]?.estimate).toBeCloseTo(utc.coefficients[0]?.estimate ?? 0, 9);
    expect(
      (
        await errorOf(() =>
          linearRegression(shop, { target, features: (r) => ({ d: seasonal(r.day, 'decade' as 'month') }) }),
        )
      ).message,
    ).toContain("Give one of 'quarter', 'month', 'week', 'weekday', 'hour'");
  });
});
