// Forecasts side by side, on rows that no model has seen.
import { type Col, type Float, type Frame, fn, type Text } from '../../src/index.ts';

/** A row a forecast: whose it is, what it said and what came to be. */
export type Forecasts = Frame<
  Col<'forecast', Text, never> | Col<'actual', Float, never> | Col<'predicted', Float, never>
>;

/** How far off a forecast was. */
export interface Score {
  readonly forecast: string;
  /** How many rows it had an answer for. */
  readonly rows: number;
  readonly mae: number;
  readonly rmse: number;
  readonly mape: number;
}

/** The scores of each forecast, the best first; a forecast is compared only on the rows that it has an answer for. */
export async function compare(forecasts: Forecasts): Promise<Score[]> {
  const scores = await forecasts
    .withColumns((r) => ({ error: r.predicted.sub(r.actual) }))
    .withColumns((r) => ({
      square: r.error.mul(r.error),
      distance: r.error.abs(),
      share: r.error.div(r.actual).abs(),
    }))
    .groupBy('forecast')
    .agg((r) => ({ rows: fn.count(), mae: r.distance.mean(), mse: r.square.mean(), mape: r.share.mean() }))
    .sort('mae')
    .rows();
  return scores.map(({ mse, mape, ...score }) => ({ ...score, rmse: Math.sqrt(mse), mape: mape ?? Number.NaN }));
}

/** The scores as lines of text, with these figures. */
export function scoreLines(
  scores: readonly Score[],
  figures: Readonly<Record<string, (score: Score) => string>>,
): string {
  const line = (name: string, rows: string, told: readonly string[]): string =>
    `  ${name.padEnd(26)}${rows.padStart(5)}${told.map((figure) => figure.padStart(12)).join('')}`;
  return [
    line('forecast', 'rows', Object.keys(figures)),
    ...scores.map((score) =>
      line(
        score.forecast,
        String(score.rows),
        Object.values(figures).map((figure) => figure(score)),
      ),
    ),
  ].join('\n');
}
