// A shop's revenue of next week, from the weeks before.
import { crossValidate, type FrameOf, fn, linearRegression, t } from '../../src/index.ts';
import { compare } from './compare.ts';

/** A line of an invoice; a cancellation has a negative quantity. */
export const lineSchema = {
  invoice: t.string().from('InvoiceNo'),
  sku: t.string().from('StockCode'),
  quantity: t.int().from('Quantity'),
  sold_at: t.timestamp().from('InvoiceDate'),
  unit_price: t.decimal(10, 3).from('UnitPrice'),
  country: t.string().from('Country'),
};
export type Lines = FrameOf<typeof lineSchema>;

/** Revenue less what was given back, and on how many days the shop was open, a row a week from Monday. */
export const weekly = (lines: Lines) =>
  lines
    .dedupe()
    .filter((r) => r.unit_price.gt(0))
    .withColumns((r) => ({ day: r.sold_at.date(), revenue: r.unit_price.mul(r.quantity).cast(t.float()) }))
    .withColumns((r) => ({ week: r.day.truncate('week') }))
    .groupBy('week')
    .agg((r) => ({ revenue: r.revenue.sum(), days: r.day.countDistinct() }))
    .sort('week');
export type Weeks = ReturnType<typeof weekly>;

/**
 * What is known on the Sunday before a week: how many days the shop will be open, and the revenue of a day in the last
 * week and in the last four. Beside them the forecasts that need no model.
 */
export const withPast = (weeks: Weeks) => {
  const yearAgo = weeks.select('week', 'revenue').withColumns((r) => ({ week: r.week.plus(364, 'day') }));
  return weeks
    .withColumns((r) => ({ per_day: r.revenue.div(r.days) }))
    .withColumns((r) => ({
      at_last_pace: r.per_day.lag().over({ orderBy: 'week' }).mul(r.days),
      at_recent_pace: r.per_day
        .mean()
        .over({ orderBy: 'week', rows: [-4, -1] })
        .mul(r.days),
      last: r.revenue.lag().over({ orderBy: 'week' }),
      recent: r.revenue.mean().over({ orderBy: 'week', rows: [-4, -1] }),
    }))
    .join(yearAgo.rename({ revenue: 'year_ago' }), { on: ['week'], how: 'left' })
    .sort('week');
};
export type WeeksWithPast = ReturnType<typeof withPast>;

/** No days open, no revenue: so there is no constant. The first week has no past. */
const MODEL = {
  target: 'revenue',
  features: ['at_last_pace', 'at_recent_pace'],
  intercept: false,
  nulls: 'drop',
} as const;

/** From here on weeks are the test. */
export const TEST_FROM = '2011-09-05';

/**
 * Learns from the weeks before a day and forecasts each week after it; the weeks of the test are known to the forecasts of
 * later ones, but never to the model.
 */
export async function forecastWeeks(weeks: WeeksWithPast, from: string = TEST_FROM) {
  const { train, test } = weeks.split({ by: 'week', from });
  const model = await linearRegression(train, MODEL);
  const scores = await compare(
    model
      .predict(test, { as: 'model' })
      .withColumns(() => ({ mean: fn.lit(model.targetMean).cast(t.float()) }))
      .rename({
        revenue: 'actual',
        mean: 'mean of the training',
        last: 'last week',
        recent: 'mean of four weeks',
        year_ago: 'same week last year',
      })
      .unpivot({
        columns: ['model', 'mean of the training', 'last week', 'mean of four weeks', 'same week last year'],
        names: 'forecast',
        values: 'predicted',
        dropNulls: true,
      })
      .select('forecast', 'actual', 'predicted'),
  );
  return { model, test, scores };
}

/** The same with a model learned anew each week, on all weeks before it: 26 to begin with. */
export const validateWeeks = (weeks: WeeksWithPast) =>
  crossValidate(weeks, { ...MODEL, rollingOrigin: { orderBy: 'week', initial: 26, horizon: 1 } });
