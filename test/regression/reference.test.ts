import { afterAll, describe, expect, test } from 'vitest';
import { createSession, linearRegression, seasonal, trend } from '../../src/index.ts';
import { near, nearAll, nearEach, nearFit } from './near.ts';
import { asOurs, models, type RModel, sales, series } from './r-models.ts';

/** From rows to the summary, against R's `lm`. */

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const ours = asOurs(read);

/** R's name of a term as ours: `budget:regionnorth` is `budget:region[north]`. */
function ourTerm(term: string): string {
  return term
    .replace('relevel(factor(region), ref = "south")', 'region')
    .replace(/I\((.*?)\)/, '$1')
    .replace(/log\((.*?)\)/, 'log_$1')
    .replace(/revenue_lag_/, 'lag_')
    .replace(/^month0?(\d+)$/, 'month[$1]')
    .replaceAll(/(region|channel)(?:_west)?([a-z]+)/g, '$1[$2]');
}

/** Its columns are those that the model was fitted on, whatever the compiler thinks. */
const table = (model: RModel) => (model.table === 'sales' ? sales(read) : series(read)) as ReturnType<typeof sales>;

test('every model of the reference is asked for', () => {
  expect(Object.keys(ours).sort()).toEqual(models.map((model) => model.name).sort());
});

describe.each(models.map((model) => [model.name, model] as const))('%s', (name, expected) => {
  const make = ours[name];
  if (make === undefined) throw new Error(`no model ${name}`);
  const dropped = expected.table === 'sales' ? 48 - expected.rows_used.length : 40 - expected.rows_used.length;
  const how = {
    ...(dropped > 0 ? { nulls: 'drop' as const } : {}),
    ...(expected.aliased.length > 0 ? { collinear: 'drop' as const } : {}),
  };

  test('the summary', async () => {
    const model = await make(how);
    expect(model.coefficients.map((c) => c.term)).toEqual(expected.terms.map(ourTerm));
    expect(model.aliased.map((a) => a.term)).toEqual(expected.aliased.map(ourTerm));
    nearFit(model, expected);
    expect(model.dropped).toBe(dropped);
    const { residuals } = model;
    const quantiles = [residuals?.min, residuals?.q1, residuals?.median, residuals?.q3, residuals?.max];
    nearAll(quantiles, expected.residuals, Math.max(...expected.residuals));
  });

  test('HC1', async () => {
    const model = await make({ ...how, errors: 'HC1' });
    nearEach(model.coefficients, 'estimate', expected.estimate);
    nearEach(model.coefficients, 'stdError', expected.hc1_std_error);
    for (const [i, { estimate, stdError, t }] of model.coefficients.entries()) {
      near(t, estimate / stdError);
      near(model.covariance[i]?.[i], stdError ** 2);
    }
    // Of one term the test of all is its own.
    const [first, second] = model.coefficients;
    const only = model.coefficients.length === 2 && first?.term === '(Intercept)' ? second : undefined;
    if (only !== undefined) nearAll([model.f?.value, model.f?.p], [only.t ** 2, only.p]);
  });

  test('predictions and their intervals', async () => {
    const model = await make(how);
    const { rows, fit, confidence_low, confidence_high, prediction_low, prediction_high } = expected.predictions;
    const predicted = model.predict(model.predict(table(expected), { as: 'p', interval: 'confidence' }), {
      as: 'q',
      interval: 'prediction',
      low: 'low',
      high: 'high',
    });
    const found = new Map((await predicted.rows()).map((row) => [row.row, row]));
    const scale = Math.max(...fit);
    const expectations = {
      p: fit,
      q: fit,
      p_low: confidence_low,
      p_high: confidence_high,
      low: prediction_low,
      high: prediction_high,
    };
    for (const [name, numbers] of Object.entries(expectations)) {
      const actual = rows.map((row) => found.get(row)?.[name as keyof typeof expectations] ?? undefined);
      nearAll(actual, numbers, scale);
    }
  });
});

test('a trend counts months from the first: only the constant differs from an index that begins at 1', async () => {
  const frame = series(read);
  const target = 'revenue';
  const indexed = await linearRegression(frame, {
    target,
    features: (r) => ({ i: r.index, month: seasonal(r.date, 'month') }),
  });
  const trended = await linearRegression(frame, {
    target,
    features: (r) => ({ i: trend(r.date, 'month'), month: seasonal(r.date, 'month') }),
  });
  const [constant, ...slopes] = trended.coefficients;
  nearAll(
    slopes.map((c) => c.estimate),
    indexed.coefficients.slice(1).map((c) => c.estimate),
  );
  near(constant?.estimate, (indexed.coefficients[0]?.estimate ?? 0) + (slopes[0]?.estimate ?? 0));
});
