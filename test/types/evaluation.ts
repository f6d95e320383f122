import { crossValidate, linearRegression, read, t } from '../../src/index.ts';

/** What splits, cross-validation and plots of models must take and must refuse when they are compiled. */

const sales = read.rows([], {
  schema: { day: t.date(), region: t.string(), visits: t.int(), revenue: t.float() },
});

sales.split({ by: 'day', test: 0.2 });
sales.split({ by: 'day', from: '2024-01-01' });
// @ts-expect-error: there is no such column
sales.split({ by: 'week', test: 0.2 });
// @ts-expect-error: a share or a first value, not both
sales.split({ by: 'day', test: 0.2, from: '2024-01-01' });
// @ts-expect-error: a seed is for splits at random
sales.split({ by: 'day', test: 0.2, seed: 1 });

const fit = { target: 'revenue', features: ['visits', 'region'] } as const;
void crossValidate(sales, { ...fit, seed: 1 });
void crossValidate(sales, { ...fit, folds: 4, seed: 1, groups: ['region'], nulls: 'drop', unseen: 'drop' });
void crossValidate(sales, { ...fit, rollingOrigin: { orderBy: 'day', initial: 30, horizon: 7 } });
void crossValidate(sales, {
  target: 'revenue',
  features: (r) => ({ log_visits: r.visits.log(), region: r.region }),
  seed: 1,
});
// @ts-expect-error: folds need a seed
void crossValidate(sales, { ...fit, folds: 4 });
// @ts-expect-error: there is no such group
void crossValidate(sales, { ...fit, seed: 1, groups: ['shop'] });
// @ts-expect-error: there is no such order
void crossValidate(sales, { ...fit, rollingOrigin: { orderBy: 'week', initial: 30, horizon: 7 } });
// @ts-expect-error: folds or an origin, not both
void crossValidate(sales, { ...fit, folds: 4, seed: 1, rollingOrigin: { orderBy: 'day', initial: 30, horizon: 7 } });
// @ts-expect-error: a text is no target
void crossValidate(sales, { target: 'region', features: ['visits'], seed: 1 });

export async function plotted(): Promise<void> {
  const model = await linearRegression(sales, fit);
  await model.evaluate(sales.cast({ visits: t.decimal(8, 2), revenue: t.int() }));
  // @ts-expect-error: the target is not there, nor any other float
  await model.evaluate(sales.drop('revenue'));
  // @ts-expect-error: a feature is not there, nor any other whole number
  model.predict(sales.drop('visits'), { as: 'p' });
  await model.plot.predictedAgainstActual(sales, { unseen: 'drop', width: 390 });
  // @ts-expect-error: the target is not there
  await model.plot.predictedAgainstActual(sales.drop('revenue'));
  // @ts-expect-error: a feature is not there
  await model.plot.normalQuantiles(sales.drop('visits'));
  // @ts-expect-error: a feature is of another dtype
  await model.plot.residualsAgainstFitted(sales.cast({ visits: t.string() }));
}
