import { afterAll, describe, expect, test } from 'vitest';
import {
  createSession,
  fn,
  interaction,
  linearRegression,
  Model,
  type ModelJson,
  polynomial,
  seasonal,
  t,
  trend,
} from '../../src/index.ts';
import { errorOf, shopOf } from './shop.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const shop = shopOf(read);
const target = 'revenue';

/** A model with an expression of every kind that JSON may hold. */
const rich = () =>
  linearRegression(shop, {
    target,
    nulls: 'drop',
    collinear: 'drop',
    errors: 'HC1',
    weights: 'stars',
    features: (r) => ({
      region: r.region.asCategory({ base: 'west' }),
      stars: r.stars.asCategory({ base: 4 }),
      vip: r.vip.asCategory({ base: true }),
      month: seasonal(r.day, 'month'),
      hour: seasonal(r.at, 'hour', { timeZone: 'Asia/Kolkata' }),
      days: trend(r.day),
      minutes: trend(r.at, 'minute'),
      x: polynomial(r.budget.log(10), 2),
      both: interaction(r.region.asCategory({ base: 'west' }), r.budget),
      share: r.budget.div(r.budget.sum().over({ partitionBy: r.region })).round(4),
      near: r.budget.mean().over({ orderBy: 'id', rows: [-2, 0] }),
      lately: r.budget.max().over({ orderBy: 'day', range: [{ days: -9 }, 0] }),
      before: r.note.lag(1, { default: 0 }).over({ orderBy: { desc: 'id' } }),
      exact: r.stars.cast(t.decimal(10, 2)).mul(r.stars.cast(t.decimal(4, 1))),
      late: r.day.gte('2024-03-01').and(r.at.lt('2024-01-01T12:00:00Z').not()),
      kind: fn.when(r.size.eq('small'), 'S').when(r.note.isNull(), 'none').else('other'),
      wide: fn.greatest(r.stars, r.note.coalesce(2), 3),
      label: r.day.format('%b').lower().slice(0, 1),
      since: r.day.diff('2023-12-31', 'week', { whole: true }),
      known: r.region.in(['north', 'south']),
    }),
  });

describe('a model with expressions', () => {
  test('goes to JSON and back to the bit, and predicts and evaluates the same', async () => {
    const model = await rich();
    const text = JSON.stringify(model);
    const again = Model.fromJSON(text);
    expect({ ...again }).toEqual({ ...model });
    expect(JSON.stringify(again)).toBe(text);
    const options = { as: 'p', unseen: 'null', interval: 'prediction' } as const;
    expect(await again.predict(shop, options).rows()).toEqual(await model.predict(shop, options).rows());
    const run = { nulls: 'drop', unseen: 'drop' } as const;
    expect(await again.evaluate(shop, run)).toEqual(await model.evaluate(shop, run));
  });

  test('what JSON cannot say is refused, the feature and the function named', async () => {
    const doc = shop.withColumns((r) => ({ doc: fn.lit('{"n": 1}').cast(t.json()), text: r.stars.cast(t.string()) }));
    const cases: [Promise<Model>, string, string][] = [
      [
        linearRegression(shop, { target, features: (r) => ({ age: fn.now().diff(r.at, 'hour'), b: r.budget }) }),
        'age',
        'now()',
      ],
      [
        linearRegression(doc, {
          target,
          collinear: 'drop',
          features: (r) => ({ n: r.text.parse(t.decimal(9, 2, { decimal: ',' })) }),
        }),
        'n',
        'a cast to decimal(9, 2) with a format of its own',
      ],
      [
        linearRegression(shop, { target, features: (r) => ({ hash: r.region.sha256().asCategory() }) }),
        'hash',
        'sha256',
      ],
    ];
    for (const [fitting, feature, what] of cases) {
      const model = await fitting;
      const error = await errorOf(() => JSON.stringify(model));
      expect(error.code).toBe('regression.not_json');
      expect(error.message).toContain(`its feature ${feature} is computed with ${what}`);
      // In this process it goes on.
      expect(await model.predict(doc, { as: 'p' }).count()).toBe(90);
    }
  });

  test('every part of an expression is checked, the place named', async () => {
    const good = JSON.parse(JSON.stringify(await rich())) as {
      features: { name: string; of: Record<string, unknown> }[];
    };
    const place = (name: string): number => good.features.findIndex((feature) => feature.name === name);
    const changed = (
      name: string,
      change: (of: Record<string, unknown>, feature: Record<string, unknown>) => void,
    ): unknown => {
      const copy = structuredClone(good);
      const feature = copy.features[place(name)];
      if (feature === undefined) throw new Error(`no feature ${name}`);
      change(feature.of, feature as unknown as Record<string, unknown>);
      return copy;
    };
    const month = `features[${place('month')}].of`;
    const at = (name: string): string => `features[${place(name)}]`;
    const cases: [unknown, string][] = [
      [
        changed('month', (of) => Object.assign(of, { fn: 'fail' })),
        `${month}.fn is "fail", not a function that a model may hold`,
      ],
      [changed('month', (of) => Object.assign(of, { fn: 'constructor' })), `${month}.fn is "constructor"`],
      [changed('month', (of) => Object.assign(of, { options: { part: 'year"); DROP' } })), `${month}.options.part is`],
      [
        changed('month', (of) => Object.assign(of, { options: { part: 'month', more: 1 } })),
        `${month}.options.more is 1, not an option of this function`,
      ],
      [
        changed('month', (of) => Object.assign(of, { args: [] })),
        `${month}.args is 0, not 1 or more arguments of date_part`,
      ],
      [changed('month', (of) => Object.assign(of, { dtype: { id: 'int; DROP' } })), `${month}.dtype.id is "int; DROP"`],
      [changed('month', (of) => Object.assign(of, { kind: 'sql' })), `${month}.kind is "sql"`],
      [changed('month', (of) => Object.assign(of, { nullable: 'no' })), `${month}.nullable is "no", not true or false`],
      [
        changed('month', (_, feature) => Object.assign(feature, { levels: [1, '2'] })),
        `${at('month')}.levels is "2", not a number, as its column is`,
      ],
      [changed('hour', (of) => Object.assign(of, { options: { part: 'hour', timeZone: 'Mars' } })), 'Mars'],
      [
        changed('days', (of) => Object.assign((of.args as object[])[1] as object, { value: '2024-13-01' })),
        `${at('days')}.of.args[1].value is "2024-13-01", not date`,
      ],
      [
        changed('share', (of) => Object.assign(of, { options: { digits: '1); DROP' } })),
        `${at('share')}.of.options.digits is "1); DROP", not a whole number`,
      ],
      [changed('near', (of) => Object.assign(of, { rows: [-2] })), `${at('near')}.of.rows is [-2], not two edges`],
      [
        changed('near', (of) => Object.assign(of, { rows: ['1', 0] })),
        `${at('near')}.of.rows[0] is "1", not a whole number or null`,
      ],
      [
        changed('near', (of) => Object.assign(of, { call: (of.call as { args: unknown[] }).args[0] })),
        `${at('near')}.of.call.kind is "column", not 'aggregate'`,
      ],
      [changed('near', (of) => Object.assign(of, of.call)), `${at('near')}.of.kind is "aggregate"`],
      [
        changed('before', (of) => Object.assign((of.call as { options: object }).options, { rows: 'all' })),
        `${at('before')}.of.call.options.rows is "all"`,
      ],
      [
        changed('lately', (of) => Object.assign(of, { range: [{ unit: 'eon', count: 1 }, 0] })),
        `${at('lately')}.of.range[0].unit is "eon"`,
      ],
      [
        changed('exact', (of) => Object.assign(of, { dtype: { id: 'decimal', precision: 99, scale: 0 } })),
        `${at('exact')}.of.dtype is`,
      ],
      [
        changed('x', (_, feature) => Object.assign(feature, { degree: 0 })),
        `${at('x')}.degree is 0, not a whole number from 1`,
      ],
      [changed('both', (_, feature) => Object.assign(feature, { factors: [] })), `${at('both')}.factors is []`],
      [{ ...good, covariance: [[1]] }, 'covariance is [[1]], not a list of'],
      [{ ...good, errors: 'HC2' }, `errors is "HC2", not 'classical' or 'HC1'`],
      [{ ...good, aliased: [{ term: 'x' }] }, 'aliased[0].combinationOf is missing, not a list'],
    ];
    for (const [json, message] of cases) {
      const error = await errorOf(() => Model.fromJSON(json));
      expect(error.message).toContain(message);
    }
    let deep: unknown = { kind: 'column', name: 'x', dtype: { id: 'float' }, nullable: false };
    for (let i = 0; i < 20_000; i++)
      deep = { kind: 'call', fn: 'neg', args: [deep], options: {}, dtype: { id: 'float' }, nullable: false };
    const error = await errorOf(() =>
      Model.fromJSON({ ...good, features: [{ name: 'deep', kind: 'number', of: deep }] }),
    );
    expect([error.code, error.message.includes('at most 500 nodes')]).toEqual(['regression.bad_json', true]);
  });
});

describe('a frame whose schema differs', () => {
  test('is refused with the column and both dtypes', async () => {
    const model = Model.fromJSON(
      JSON.stringify(
        await linearRegression(shop, {
          target,
          features: (r) => ({
            log_stars: r.stars.log(),
            day: trend(r.day),
            region: r.region,
            month: r.stars.asCategory(),
          }),
          collinear: 'drop',
        }),
      ),
    );
    const refused = async (other: { readonly schema: unknown }, message: string): Promise<void> => {
      const error = await errorOf(() => model.predict(other as typeof shop, { as: 'p' }));
      expect([error.code, error.message]).toEqual(['regression.dtype', message]);
    };
    await refused(
      shop.cast({ stars: t.float() }),
      'predict: stars is float, but the model was fitted on int, by log(stars) in the feature log_stars. Cast the column first.',
    );
    await refused(
      shop.cast({ day: t.timestamp() }),
      `predict: day is timestamp, but the model was fitted on date, by diff(day, "2024-01-01") in the feature day. Cast the column first.`,
    );
    await refused(
      shop.cast({ region: t.binary() }),
      'predict: region is binary, but the model was fitted on a string. Cast the column first.',
    );
    const missing = await errorOf(() => model.predict(shop.drop('day'), { as: 'p' }));
    expect([missing.code, missing.message.includes('there is no column "day"')]).toEqual(['plan.unknown_column', true]);
    const counted = await linearRegression(shop, { target, features: (r) => ({ stars: r.stars.asCategory() }) });
    const error = await errorOf(() => counted.predict(shop.cast({ stars: t.float() }), { as: 'p' }));
    expect(error.message).toBe('predict: stars is float, but the model was fitted on int. Cast the column first.');
  });

  test('may hold a plain number as another, an enum as a string, and more or fewer nulls', async () => {
    const model = await linearRegression(shop, {
      target,
      features: (r) => ({ money: r.budget, size: r.size, double: r.stars.mul(2) }),
    });
    const other = shop.withColumns((r) => ({
      budget: r.budget.cast(t.decimal(12, 2)),
      size: r.size.lower(),
      stars: fn.when(r.id.eq(5), r.stars).elseNull(),
    }));
    const before = await model.predict(shop, { as: 'p' }).rows();
    const after = await model.predict(other, { as: 'p' }).rows();
    expect(after.map((row) => row.p === null)).toEqual(after.map((row) => row.id !== 5));
    expect(after[5]?.p).toBeCloseTo(before[5]?.p ?? 0, 9);
    expect([
      model.predict(shop, { as: 'p' }).schema.at(-1)?.nullable,
      model.predict(other, { as: 'p' }).schema.at(-1)?.nullable,
    ]).toEqual([false, true]);
  });
});

describe('version 1', () => {
  const old = {
    format: 'millrace.linear-regression',
    version: 1,
    target: 'revenue',
    features: [
      { name: 'region', kind: 'levels', levels: ['north', 'south', 'west'], reference: true },
      { name: 'stars', kind: 'number' },
      { name: 'vip', kind: 'boolean' },
    ],
    intercept: true,
    coefficients: ['(Intercept)', 'region[south]', 'region[west]', 'stars', 'vip'].map((term, i) => ({
      term,
      estimate: i + 1,
      stdError: 1,
      t: i + 1,
      p: 0.5,
      low: 'NaN',
      high: 'Infinity',
    })),
    n: 90,
    degreesOfFreedom: 85,
    r2: 0.5,
    adjustedR2: 0.4,
    sigma: 3,
    confidence: 0.95,
    dropped: 2,
  };

  test('still reads and predicts; what it did not hold is not known', async () => {
    const model = Model.fromJSON(JSON.stringify(old));
    const [row] = await model
      .predict(
        shop.filter((r) => r.id.eq(1)),
        { as: 'p' },
      )
      .rows();
    expect(row?.p).toBe(
      1 + (row?.region === 'south' ? 2 : row?.region === 'west' ? 3 : 0) + 4 * (row?.stars ?? 0) + (row?.vip ? 5 : 0),
    );
    expect(model).toMatchObject({
      weights: null,
      errors: 'classical',
      aliased: [],
      f: null,
      residuals: null,
      droppedBecause: {},
      covariance: [],
      dropped: 2,
    });
    expect([model.aic, model.targetMean, model.conditionNumber]).toEqual([Number.NaN, Number.NaN, Number.NaN]);
    const error = await errorOf(() => model.predict(shop, { as: 'p', interval: 'confidence' }));
    expect([error.code, error.message.includes('which holds no covariance')]).toEqual(['regression.interval', true]);
    const written = model.toJSON() satisfies ModelJson;
    expect(written.version).toBe(2);
    expect(JSON.parse(JSON.stringify(written)).aic).toBe('NaN');
    const again = Model.fromJSON(JSON.stringify(written));
    expect({ ...again }).toEqual({ ...model });
  });
});
