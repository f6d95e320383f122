// What a film makes worldwide, from what is known before its first evening.
import { fn, linearRegression, read, t } from '../../src/index.ts';
import { type Films, filmSchema } from '../box-office/schemas.ts';
import { FILMS_FILE } from '../box-office/sources.ts';
import { addColumns, checkFilms, clean } from '../box-office/steps.ts';
import { compare } from './compare.ts';

export const readFilms = (): Films => read.json(FILMS_FILE, { schema: filmSchema, onBadRow: 'quarantine' });

/** Money grows by factors, so the model sees its logarithm; beside it, what the distributor's last film made. */
export const prepareFilms = (films: Films) =>
  addColumns(checkFilms(clean(films)))
    .filter((r) => r.budget.gt(0))
    .withColumns((r) => ({ log_revenue: r.worldwide_gross.log() }))
    .dropNulls('log_revenue')
    .withColumns((r) => ({
      log_last: r.log_revenue.lag().over({ partitionBy: 'distributor', orderBy: ['released', 'title'] }),
    }));
export type PreparedFilms = ReturnType<typeof prepareFilms>;

/** From here on films are the test. */
export const TEST_FROM = '2007-01-01';

/** Learns from the films before a day, and forecasts those that came later. */
export async function forecastFilms(films: PreparedFilms, from: string = TEST_FROM) {
  const { train, test } = films.split({ by: 'released', from });
  const model = await linearRegression(train, {
    target: 'log_revenue',
    features: (r) => ({
      log_budget: r.budget.log(),
      season: r.season.asCategory({ base: 'rest of the year' }),
      genre: r.genre,
      rating: r.rating,
      source: r.source,
      year: r.year,
    }),
  });
  const predicted = model.predict(test, { as: 'model', unseen: 'null' });
  const scores = await compare(
    predicted
      .withColumns(() => ({ mean: fn.lit(model.targetMean).cast(t.float()) }))
      .rename({ log_revenue: 'actual', mean: 'mean of the training', log_last: "distributor's last film" })
      .unpivot({
        columns: ['model', 'mean of the training', "distributor's last film"],
        names: 'forecast',
        values: 'predicted',
        dropNulls: true,
      })
      .select('forecast', 'actual', 'predicted'),
  );
  return { model, test, scores };
}
