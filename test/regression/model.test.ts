import { readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, linearRegression, MillraceError, Model, t } from '../../src/index.ts';
import { dataFolder } from '../support/data.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

async function errorOf(action: () => unknown): Promise<MillraceError> {
  try {
    await action();
  } catch (error) {
    if (error instanceof MillraceError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** Correct digits: the log relative error. */
const digits = (actual: number | undefined, expected: number): number =>
  actual === expected ? 15 : Math.min(15, -Math.log10(Math.abs((actual ?? 0) - expected) / Math.abs(expected)));

const estimates = (model: { coefficients: readonly { estimate: number }[] }): number[] =>
  model.coefficients.map((c) => c.estimate);

interface Certified {
  readonly intercept: boolean;
  readonly terms: readonly string[];
  readonly data: Readonly<Record<string, readonly number[]>>;
  readonly certified: {
    readonly coefficients: readonly { estimate: number; std_error: number; p_two_sided: number }[];
    readonly residual_sd: number;
    readonly r_squared: number;
  };
}

const folder = dataFolder();
if (folder === undefined) console.log('skipped: the NIST sets, as there is no data folder (MILLRACE_DATA)');

describe.skipIf(folder === undefined)('certified values of NIST, from rows to coefficients', () => {
  test.each(['norris', 'noint1', 'noint2', 'longley'])('%s', async (name) => {
    const set = JSON.parse(readFileSync(path.join(folder ?? '', 'nist', `${name}.json`), 'utf8')) as Certified;
    const inputs = ['x', 'x1', 'x2', 'x3', 'x4', 'x5', 'x6'] as const;
    const columns = ['y', ...inputs] as const;
    const schema = Object.fromEntries(columns.map((c) => [c, t.float().nullable()])) as Record<
      (typeof columns)[number],
      ReturnType<ReturnType<typeof t.float>['nullable']>
    >;
    const rows = (set.data.y ?? []).map((_, i) =>
      Object.fromEntries(Object.entries(set.data).map(([column, values]) => [column, values[i]])),
    );
    const features = inputs.filter((c) => set.terms.includes(c));
    const { intercept, certified } = set;
    const model = await linearRegression(read.rows(rows, { schema }), { target: 'y', features, intercept });

    expect(model.coefficients.map((c) => c.term)).toEqual(set.terms);
    certified.coefficients.forEach((expected, j) => {
      const actual = model.coefficients[j];
      expect(digits(actual?.estimate, expected.estimate)).toBeGreaterThan(12.5);
      expect(digits(actual?.stdError, expected.std_error)).toBeGreaterThan(12.5);
      expect(digits(actual?.p, expected.p_two_sided)).toBeGreaterThan(11.5);
    });
    expect(digits(model.sigma, certified.residual_sd)).toBeGreaterThan(12.5);
    expect(digits(model.r2, certified.r_squared)).toBeGreaterThan(14);
  });
});

const pointSchema = { x: t.int(), y: t.float() };
const points = read.rows(
  [
    { x: 1, y: 1 },
    { x: 2, y: 3 },
    { x: 3, y: 4 },
    { x: 4, y: 8 },
  ],
  { schema: pointSchema },
);

const orderSchema = {
  region: t.string(),
  size: t.enum(['small', 'medium', 'large']),
  vip: t.boolean(),
  quantity: t.int(),
  price: t.decimal(10, 2),
  revenue: t.decimal(12, 3),
};
const orderRows = Array.from({ length: 60 }, (_, i) => ({
  region: ['south', 'north', 'west', 'été', '😀', '！'][(i * 7) % 6] ?? '',
  size: i % 5 === 0 ? 'small' : 'large',
  vip: i % 4 === 1,
  quantity: (i * i) % 17,
  price: (((i * 37) % 101) / 4).toFixed(2),
  revenue: (((i * 53) % 97) * 1.125 + i).toFixed(3),
}));
const orders = read.rows(orderRows, { schema: orderSchema });

describe('a line worked by hand', () => {
  test('coefficients and what the fit is worth', async () => {
    const model = await linearRegression(points, { target: 'y', features: ['x'], confidence: 0.9 });
    const [constant, slope] = model.coefficients;
    expect(constant?.term).toBe('(Intercept)');
    expect(constant?.estimate).toBeCloseTo(-1.5, 13);
    expect(slope?.estimate).toBeCloseTo(2.2, 13);
    expect(slope?.stdError).toBeCloseTo(Math.sqrt(0.18), 13);
    expect(slope?.high).toBeCloseTo(2.2 + 2.919985580353726 * Math.sqrt(0.18), 11);
    expect(model).toMatchObject({ target: 'y', n: 4, degreesOfFreedom: 2, dropped: 0, confidence: 0.9 });
    expect(model.r2).toBeCloseTo(1 - 1.8 / 26, 13);
    expect(model.adjustedR2).toBeCloseTo(1 - (1.8 / 26) * 1.5, 13);
    expect(model.sigma).toBeCloseTo(Math.sqrt(0.9), 13);
  });

  test('predictions, one row at a time', async () => {
    const model = await linearRegression(points, { target: 'y', features: ['x'] });
    const rows = await model.predict(points, { as: 'p' }).rows();
    expect(rows.map(({ x, y }) => [x, y])).toEqual([1, 2, 3, 4].map((x, i) => [x, [1, 3, 4, 8][i]]));
    for (const { x, p } of rows) expect(p).toBeCloseTo(-1.5 + 2.2 * x, 13);
  });

  test('evaluation of training rows is the fit; of others it is about their own mean', async () => {
    const model = await linearRegression(points, { target: 'y', features: ['x'] });
    const own = await model.evaluate(points);
    expect(own.r2).toBeCloseTo(model.r2, 13);
    expect(own.rmse).toBeCloseTo(Math.sqrt(1.8 / 4), 13);
    expect(own.mae).toBeCloseTo((0.3 + 0.1 + 1.1 + 0.7) / 4, 13);
    expect(own).toMatchObject({ n: 4, dropped: 0 });
    const others = read.rows(
      [
        { x: 0, y: 0.5 },
        { x: 10, y: 17.5 },
        { x: 5, y: 9 },
      ],
      { schema: pointSchema },
    );
    const errors = [2, -3, -0.5];
    const away = await model.evaluate(others);
    expect(away.rmse).toBeCloseTo(Math.sqrt((4 + 9 + 0.25) / 3), 13);
    expect(away.mae).toBeCloseTo(errors.reduce((sum, e) => sum + Math.abs(e), 0) / 3, 13);
    expect(away.r2).toBeCloseTo(1 - 13.25 / (2 * 8.5 ** 2), 13);
  });

  test('r2 is negative for a model worse than the mean, NaN for a target that does not vary', async () => {
    const model = await linearRegression(points, { target: 'y', features: ['x'] });
    const worse = read.rows(
      [
        { x: 1, y: 8 },
        { x: 4, y: 1 },
      ],
      { schema: pointSchema },
    );
    expect((await model.evaluate(worse)).r2).toBeLessThan(0);
    const flat = read.rows(
      [
        { x: 1, y: 3 },
        { x: 2, y: 3 },
      ],
      { schema: pointSchema },
    );
    expect((await model.evaluate(flat)).r2).toBeNaN();
  });

  test('without features the model is the mean', async () => {
    const model = await linearRegression(points, { target: 'y', features: [] });
    expect(model.coefficients.map((c) => c.term)).toEqual(['(Intercept)']);
    expect(estimates(model)[0]).toBeCloseTo(4, 14);
    expect((await model.predict(points, { as: 'p' }).rows()).map((r) => r.p)).toEqual([4, 4, 4, 4]);
  });
});

describe('features of every dtype', () => {
  test("strings equal 0/1 columns made by hand; levels in code-point order or an enum's own, only those that occur", async () => {
    const model = await linearRegression(orders, {
      target: 'revenue',
      features: ['region', 'size', 'vip', 'quantity'],
    });
    expect(model.features).toEqual([
      { name: 'region', kind: 'levels', levels: ['north', 'south', 'west', 'été', '！', '😀'], reference: true },
      { name: 'size', kind: 'levels', levels: ['small', 'large'], reference: true },
      { name: 'vip', kind: 'boolean' },
      { name: 'quantity', kind: 'number' },
    ]);
    expect(model.coefficients.map((c) => c.term)).toEqual([
      '(Intercept)',
      'region[south]',
      'region[west]',
      'region[été]',
      'region[！]',
      'region[😀]',
      'size[large]',
      'vip',
      'quantity',
    ]);
    const dummies = orderRows.map((row) => ({
      south: Number(row.region === 'south'),
      west: Number(row.region === 'west'),
      summer: Number(row.region === 'été'),
      mark: Number(row.region === '！'),
      smile: Number(row.region === '😀'),
      large: Number(row.size === 'large'),
      vip: Number(row.vip),
      quantity: row.quantity,
      revenue: Number(row.revenue),
    }));
    const names = ['south', 'west', 'summer', 'mark', 'smile', 'large', 'vip', 'quantity'] as const;
    const schema = {
      south: t.int(),
      west: t.int(),
      summer: t.int(),
      mark: t.int(),
      smile: t.int(),
      large: t.int(),
      vip: t.int(),
      quantity: t.int(),
      revenue: t.float(),
    };
    const byHand = await linearRegression(read.rows(dummies, { schema }), { target: 'revenue', features: names });
    expect(byHand.coefficients.map(({ term: _, ...c }) => c)).toEqual(model.coefficients.map(({ term: _, ...c }) => c));

    // What the engine predicts is what the coefficients say.
    const scored = await model.predict(orders, { as: 'p' }).rows();
    const [constant = 0, ...slopes] = estimates(model);
    scored.forEach((row, i) => {
      const dummy = dummies[i];
      const expected = names.reduce((sum, name, j) => sum + (slopes[j] ?? 0) * (dummy?.[name] ?? 0), constant);
      expect(row.p).toBeCloseTo(expected, 11);
    });
    expect((await model.evaluate(orders)).r2).toBeCloseTo(model.r2, 12);
  });

  test('decimals and bigints as features and target equal floats', async () => {
    const exact = await linearRegression(orders, { target: 'revenue', features: ['price', 'quantity'] });
    const cast = orders.cast({ price: t.float(), quantity: t.bigint(), revenue: t.float() });
    const floats = await linearRegression(cast, { target: 'revenue', features: ['price', 'quantity'] });
    expect(exact.coefficients).toEqual(floats.coefficients);
    expect(await exact.predict(cast, { as: 'p' }).select('p').rows()).toEqual(
      await floats.predict(orders, { as: 'p' }).select('p').rows(),
    );
    expect((await exact.evaluate(orders)).r2).toBeCloseTo(exact.r2, 12);
  });

  test('without an intercept the first string has a term for every level, as in R', async () => {
    const options = { target: 'revenue', features: ['quantity', 'region', 'size'] } as const;
    const [free, usual] = [
      await linearRegression(orders, { ...options, intercept: false }),
      await linearRegression(orders, options),
    ];
    expect(free.coefficients.map((c) => c.term).slice(0, 3)).toEqual(['quantity', 'region[north]', 'region[south]']);
    expect(free.coefficients.map((c) => c.term).at(-1)).toBe('size[large]');
    expect(free.coefficients).toHaveLength(usual.coefficients.length);
    const [a, b] = [await free.predict(orders, { as: 'p' }).rows(), await usual.predict(orders, { as: 'p' }).rows()];
    a.forEach((row, i) => {
      expect(row.p).toBeCloseTo(b[i]?.p ?? 0, 10);
    });
    const error = await errorOf(() => free.predict(orders, { as: 'p', unseen: 'reference' }));
    expect(error.code).toBe('regression.no_reference');
    expect(error.message).toContain('region has no reference level');
  });

  test('more rows than a block of the engine, with levels', async () => {
    const rows = Array.from({ length: 130_000 }, (_, i) => {
      const g = 'abc'[i % 3] ?? '';
      return { g, x: i % 1009, y: 5 + 2 * (i % 1009) + (g === 'b' ? 10 : g === 'c' ? -4 : 0) + ((i * 31) % 7) - 3 };
    });
    const frame = read.rows(rows, { schema: { g: t.string(), x: t.int(), y: t.float() } });
    const model = await linearRegression(frame, { target: 'y', features: ['g', 'x'] });
    expect(model.n).toBe(130_000);
    [5, 10, -4, 2].forEach((expected, j) => {
      expect(Math.abs((estimates(model)[j] ?? 0) - expected)).toBeLessThan(0.06);
    });
    const sum = rows.reduce((total, row) => total + row.y, 0);
    const predicted = (await model.predict(frame, { as: 'p' }).select('p').rows()).reduce((total, r) => total + r.p, 0);
    expect(predicted / sum).toBeCloseTo(1, 11);
  });
});

describe('nulls', () => {
  const schema = {
    g: t.string().nullable(),
    x: t.int().nullable(),
    y: t.float().nullable(),
    other: t.int().nullable(),
  };
  const rows = [
    { g: 'a', x: 1, y: 1 },
    { g: 'b', x: 2, y: 3 },
    { g: 'only here', x: null, y: 4 },
    { g: 'a', x: 4, y: null },
    { g: null, x: null, y: 6 },
    { g: 'a', x: 5, y: 6 },
    { g: 'b', x: 7, y: 6 },
    { g: 'b', x: 9, y: 6.5 },
  ];
  const frame = read.rows(rows, { schema });
  const options = { target: 'y', features: ['g', 'x'] } as const;

  test('are refused, column and count named', async () => {
    const error = await errorOf(() => linearRegression(frame, options));
    expect(error.code).toBe('regression.nulls');
    expect(error.details).toEqual({ nulls: { y: 1, g: 1, x: 2 } });
    expect(error.message).toBe(
      "linearRegression: y holds 1 null, g holds 1 null, x holds 2 nulls. Impute them, or give nulls: 'drop' to leave such rows out.",
    );
  });

  test('or dropped and counted; their levels do not count', async () => {
    const model = await linearRegression(frame, { ...options, nulls: 'drop' });
    const whole = rows.filter((row) => row.g !== null && row.x !== null && row.y !== null);
    const kept = await linearRegression(read.rows(whole, { schema }), options);
    expect(model.dropped).toBe(3);
    expect(model.n).toBe(5);
    expect(model.coefficients.map((c) => c.term)).toEqual(['(Intercept)', 'g[b]', 'x']);
    expect(model.coefficients).toEqual(kept.coefficients);
    expect(kept.dropped).toBe(0);
  });

  test('a null feature gives a null prediction, a null elsewhere does not', async () => {
    const model = await linearRegression(frame, { ...options, nulls: 'drop' });
    const scored = await model.predict(frame, { as: 'p', unseen: 'reference' }).rows();
    expect(scored.map((row) => row.p === null)).toEqual([false, false, true, false, true, false, false, false]);
  });

  test('evaluation refuses or drops them', async () => {
    const model = await linearRegression(frame, { ...options, nulls: 'drop' });
    const error = await errorOf(() => model.evaluate(frame, { unseen: 'reference' }));
    expect([error.code, error.details]).toEqual(['regression.nulls', { nulls: { y: 1, g: 1, x: 2 } }]);
    const kept = await model.evaluate(frame, { nulls: 'drop', unseen: 'drop' });
    expect(kept).toMatchObject({ n: 5, dropped: 3 });
    expect(kept.r2).toBeCloseTo(model.r2, 12);
  });

  test('a frame of no rows, or of none left', async () => {
    const none = frame.filter((r) => r.x.gt(1000));
    expect((await errorOf(() => linearRegression(none, { ...options, nulls: 'drop' }))).code).toBe(
      'regression.too_few_rows',
    );
    const model = await linearRegression(frame, { ...options, nulls: 'drop' });
    const error = await errorOf(() => model.evaluate(none));
    expect([error.code, error.details]).toEqual(['regression.no_rows', { rows: 0 }]);
  });
});

describe('levels that the training rows did not have', () => {
  const schema = { g: t.string(), y: t.float() };
  const train = read.rows(
    [
      { g: 'a', y: 1 },
      { g: 'a', y: 2 },
      { g: 'b', y: 5 },
      { g: 'b', y: 7 },
    ],
    { schema },
  );
  const later = read.rows(
    [
      { g: 'b', y: 6.5 },
      { g: "c's", y: 2 },
    ],
    { schema },
  );
  const model = linearRegression(train, { target: 'y', features: ['g'] });

  test('fail the run, the level and the ways out named', async () => {
    const frame = (await model).predict(later, { as: 'p' });
    const error = await errorOf(() => frame.rows());
    expect(error.code).toBe('regression.unseen_level');
    expect(error.message).toBe(
      'predict: g holds "c\'s", a level that the training rows did not have. Its levels are "a", "b". ' +
        "Give unseen: 'null' for no prediction there, or unseen: 'reference' to treat it as the first level.",
    );
    expect((await errorOf(async () => (await model).evaluate(later))).message).toContain("unseen: 'drop'");
    expect(await frame.filter((r) => r.g.eq('b')).rows()).toEqual([{ g: 'b', y: 6.5, p: 6 }]);
  });

  test('or have no prediction, or that of the reference', async () => {
    const predictions = async (unseen: 'null' | 'reference') =>
      (await (await model).predict(later, { as: 'p', unseen }).rows()).map((row) => row.p);
    expect(await predictions('null')).toEqual([6, null]);
    expect(await predictions('reference')).toEqual([6, 1.5]);
    const dropped = await (await model).evaluate(later, { unseen: 'drop' });
    expect(dropped).toMatchObject({ n: 1, dropped: 1, mae: 0.5 });
    expect(await (await model).evaluate(later, { unseen: 'reference' })).toMatchObject({ n: 2, dropped: 0, mae: 0.5 });
  });

  test('the schema says whether a prediction may be null', async () => {
    const nullable = async (unseen: 'fail' | 'null' | 'reference') =>
      (await model).predict(later, { as: 'p', unseen }).schema.at(-1);
    expect(await nullable('fail')).toEqual({ name: 'p', dtype: { id: 'float' }, nullable: false });
    expect(await nullable('null')).toMatchObject({ nullable: true });
    expect(await nullable('reference')).toMatchObject({ nullable: false });
  });
});

describe('prediction as a verb', () => {
  test('is lazy, goes on, and replaces a column of its name', async () => {
    const model = await linearRegression(points, { target: 'y', features: ['x'] });
    const best = model
      .predict(points, { as: 'Y_hat' })
      .filter((r) => r.Y_hat.gt(3))
      .sort({ desc: 'Y_hat' })
      .select('x');
    expect(await best.rows()).toEqual([{ x: 4 }, { x: 3 }]);
    expect(model.predict(points, { as: 'y' }).schema.map((f) => f.name)).toEqual(['x', 'y']);
    // Its own feature may be replaced too: the prediction is of the value before.
    const [row] = await model.predict(points, { as: 'x' }).rows();
    expect(row?.x).toBeCloseTo(0.7, 12);
  });
});

describe('JSON', () => {
  test('a model goes there and back to the bit', async () => {
    const model = await linearRegression(orders, {
      target: 'revenue',
      features: ['region', 'vip', 'quantity', 'price'],
    });
    const text = JSON.stringify(model);
    const again = Model.fromJSON(text);
    expect({ ...again }).toEqual({ ...model });
    expect(JSON.stringify(again)).toBe(text);
    expect(Model.fromJSON(JSON.parse(text)).toString()).toBe(model.toString());
    expect(await again.predict(orders, { as: 'p' }).rows()).toEqual(await model.predict(orders, { as: 'p' }).rows());
    expect(await again.evaluate(orders)).toEqual(await model.evaluate(orders));
  });

  test('keeps infinities and NaN', async () => {
    const flat = read.rows(
      [1, 2, 3].map((x) => ({ x, y: 2 })),
      { schema: pointSchema },
    );
    const model = await linearRegression(flat, { target: 'y', features: ['x'] });
    expect([model.r2, model.coefficients[0]?.t]).toEqual([Number.NaN, Number.POSITIVE_INFINITY]);
    expect({ ...Model.fromJSON(JSON.stringify(model)) }).toEqual({ ...model });
  });

  test('anything else is refused, the place named', async () => {
    const good = JSON.parse(
      JSON.stringify(await linearRegression(orders, { target: 'revenue', features: ['region'] })),
    );
    const cases: [unknown, string][] = [
      ['{', "A model's JSON does not parse"],
      ['[]', 'the model is [], not an object'],
      [{ ...good, format: 'pmml' }, 'format is "pmml"'],
      [{ ...good, version: 3 }, 'version is 3, not 1 or 2'],
      [{ ...good, target: undefined }, 'target is missing, not text'],
      [{ ...good, intercept: 1 }, 'intercept is 1, not true or false'],
      [{ ...good, n: -1 }, 'n is -1, not a whole number from 0'],
      [{ ...good, r2: null }, 'r2 is null'],
      [{ ...good, features: [{ name: 'region', kind: 'text' }] }, 'features[0].kind is "text"'],
      [{ ...good, features: [{ ...good.features[0], levels: ['a', 'a'] }] }, 'features[0].levels is ["a","a"]'],
      [{ ...good, features: [{ ...good.features[0], levels: [] }] }, 'features[0].levels is []'],
      [{ ...good, features: [] }, 'not the terms of its features: (Intercept)'],
      [{ ...good, coefficients: good.coefficients.slice(1) }, 'coefficients is ['],
      [
        { ...good, coefficients: good.coefficients.with(1, { ...good.coefficients[1], estimate: 'NaN' }) },
        'coefficients[1].estimate is null, not a finite number',
      ],
    ];
    for (const [json, message] of cases) {
      const error = await errorOf(() => Model.fromJSON(json));
      expect(error.code).toBe('regression.bad_json');
      expect(error.message).toContain(message);
    }
  });

  test('the frames of a loaded model are checked when it is used', async () => {
    const json = JSON.stringify(
      await linearRegression(orders, { target: 'revenue', features: ['region', 'quantity'] }),
    );
    const model = Model.fromJSON(json);
    const missing = await errorOf(() => model.predict(orders.rename({ quantity: 'quantitY1' }), { as: 'p' }));
    expect(missing.code).toBe('plan.unknown_column');
    expect(missing.message).toContain('Did you mean "quantitY1"?');
    const other = await errorOf(() => model.predict(orders.drop('region').rename({ vip: 'region' }), { as: 'p' }));
    expect(other.code).toBe('regression.dtype');
    expect(other.message).toBe(
      'predict: region is boolean, but the model was fitted on a string. Cast the column first.',
    );
    expect((await errorOf(() => model.evaluate(orders.drop('revenue')))).code).toBe('plan.unknown_column');
  });
});

describe('refusals', () => {
  type Loose = (frame: unknown, options: unknown) => Promise<unknown>;
  const loose = linearRegression as unknown as Loose;

  test('columns that the compiler would have refused', async () => {
    const dated = orders.withColumns((r) => ({ day: r.region.parse(t.date(), { onError: 'null' }) }));
    const cases: [unknown, string, string][] = [
      [{ target: 'revenu', features: [] }, 'plan.unknown_column', 'Did you mean "revenue"?'],
      [{ target: 'region', features: [] }, 'regression.dtype', 'region is string. A target is an int'],
      [
        { target: 'revenue', features: ['day'] },
        'regression.dtype',
        'day is date. A feature is a number, a boolean or a string; take parts of it first, such as r.day.year().',
      ],
      [{ target: 'revenue', features: ['revenue'] }, 'regression.repeated_column', 'revenue is named twice, as target'],
      [{ target: 'revenue', features: ['vip', 'vip'] }, 'regression.repeated_column', 'vip is named twice. Name'],
    ];
    for (const [options, code, message] of cases) {
      const error = await errorOf(() => loose(dated, options));
      expect(error.code).toBe(code);
      expect(error.message).toContain(message);
    }
  });

  test('features that say the same, or nothing', async () => {
    const twice = orders.withColumns((r) => ({ double: r.quantity.mul(2), one: r.region.slice(0, 0) }));
    const same = await errorOf(() => linearRegression(twice, { target: 'revenue', features: ['quantity', 'double'] }));
    expect(same.code).toBe('regression.collinear');
    expect(same.message).toContain('double is a linear combination of quantity');
    const constant = await errorOf(() => linearRegression(twice, { target: 'revenue', features: ['one'] }));
    expect([constant.code, constant.details]).toEqual([
      'regression.collinear',
      { collinear: [{ term: 'one', combinationOf: ['(Intercept)'] }] },
    ]);
    expect(constant.message).toContain('one has the same value in every row, ""');
  });

  test('too many levels', async () => {
    const rows = Array.from({ length: 1003 }, (_, i) => ({ sku: `s${i}`, y: i }));
    const frame = read.rows(rows, { schema: { sku: t.string(), y: t.int() } });
    const error = await errorOf(() => linearRegression(frame, { target: 'y', features: ['sku'] }));
    expect(error.code).toBe('regression.too_many_levels');
    expect(error.message).toContain('sku has more than 1000 different values');
  });

  test('a number that is none, and a signal that is aborted', async () => {
    const infinite = points.withColumns((r) => ({ x: r.x.mul(1000).exp() }));
    const error = await errorOf(() => linearRegression(infinite, { target: 'y', features: ['x'] }));
    expect(error.code).toBe('regression.not_finite');
    const signal = AbortSignal.abort(new Error('enough'));
    await expect(linearRegression(points, { target: 'y', features: ['x'], signal })).rejects.toThrow('enough');
    await expect(linearRegression(orders, { target: 'revenue', features: ['region'], signal })).rejects.toThrow(
      'enough',
    );
  });
});
