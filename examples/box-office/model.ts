import { linearRegression, Model, t } from '../../src/index.ts';
import type { FilmsInContext } from './steps.ts';

/** What is known of a film before its first evening. Votes and reviews are not: they come with the revenue. */
const FEATURES = ['log_budget', 'year', 'market', 'tier', 'genre', 'rating', 'season'] as const;

/** Money grows by factors, so the model sees its logarithm. */
export const addLogs = (films: FilmsInContext) =>
  films.withColumns((r) => ({ log_budget: r.budget.log(), log_revenue: r.worldwide_gross.log() }));
export type LogFilms = ReturnType<typeof addLogs>;

/** The films of the years for which the market is known: those the model learns from and is tested on. */
export const onlyKnown = (films: LogFilms) => films.dropNulls('market', 'log_budget', 'log_revenue');

/** Four fifths of them to learn from, the others to test on. */
const splitKnown = (films: LogFilms) => onlyKnown(films).split({ test: 0.2, seed: 42, groups: ['title'] });

/** Least squares on those to learn from, scored on the others; beside it, always guessing the mean. */
export async function trainModel(films: LogFilms) {
  const { train, test } = splitKnown(films);
  const model = await linearRegression(train, { target: 'log_revenue', features: FEATURES });
  const { baseline, ...score } = await model.evaluate(test, { unseen: 'drop' });
  return { model: model.toJSON(), score, baseline };
}
export type Trained = Awaited<ReturnType<typeof trainModel>>;

/** The films with what the model expected of them, to the thousand dollars; null where the market is not known. */
export const addPrediction = (films: LogFilms, { model }: Trained) =>
  Model.fromJSON(model)
    .predict(films, { as: 'predicted', unseen: 'null' })
    .withColumns((r) => ({ predicted_revenue: r.predicted.exp().div(1000).round().mul(1000).cast(t.int()) }))
    .drop('predicted', 'log_budget', 'log_revenue');
export type ScoredFilms = ReturnType<typeof addPrediction>;

/** How far off the model was on films that it had not seen, the furthest first: as a factor, up or down. */
export const residuals = (films: LogFilms, { model }: Trained) =>
  Model.fromJSON(model)
    .predict(splitKnown(films).test, { as: 'predicted', unseen: 'null' })
    .dropNulls('predicted')
    .withColumns((r) => ({ expected: r.predicted.exp(), residual: r.log_revenue.sub(r.predicted) }))
    .withColumns((r) => ({ distance: r.residual.abs() }))
    .sort({ desc: 'distance' })
    .select('title', 'year', 'tier', 'budget', 'worldwide_gross', 'expected', 'residual');

/** A term of the model as a person reads it. */
export interface Effect {
  readonly term: string;
  readonly estimate: number;
  readonly stdError: number;
  /** How many times the revenue, and of what. */
  readonly meaning: string;
}

/** The terms that stand furthest from zero, measured by their own uncertainty. */
export function surestEffects(model: Model, count: number): Effect[] {
  const reference = new Map(
    model.features.map((feature) => [feature.name, feature.kind === 'levels' ? feature.levels[0] : undefined]),
  );
  return model.coefficients
    .filter(({ term }) => term !== '(Intercept)')
    .sort((a, b) => Math.abs(b.t) - Math.abs(a.t))
    .slice(0, count)
    .map(({ term, estimate, stdError }) => {
      const times = (factor: number): string => `${factor.toFixed(1)} times the revenue`;
      const against = reference.get(term.replace(/\[.*/, ''));
      const meaning =
        term === 'log_budget'
          ? `twice the budget: ${times(2 ** estimate)}`
          : `${times(Math.exp(estimate))}${against === undefined ? ' for one more' : ` of ${against}`}`;
      return { term, estimate, stdError, meaning };
    });
}
