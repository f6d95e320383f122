import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  fn,
  interaction,
  linearRegression,
  Model,
  polynomial,
  type Readers,
  seasonal,
  trend,
} from '../../src/index.ts';
import { asOurs, models, sales, series } from '../regression/r-models.ts';
import { errorOf, shopOf } from '../regression/shop.ts';
import { type Running, startEngines } from './engines.ts';

/** Models that are fitted and predict on every engine. */

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

function near(actual: number | null | undefined, expected: number | null | undefined, scale: number): void {
  if (typeof actual !== 'number' || typeof expected !== 'number') {
    expect(actual).toBe(expected);
    return;
  }
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(1e-10 * Math.max(Math.abs(expected), scale));
}

describe('what R predicts, and its intervals', () => {
  it.each(models.map((model) => [model.name, model] as const))('%s', async (name, expected) => {
    const { rows, ...figures } = expected.predictions;
    const scale = Math.max(...figures.fit);
    for (const { session } of running.all) {
      const whole = expected.table === 'sales' ? 48 : 40;
      const model = await asOurs(session.read)[name]?.({
        ...(expected.rows_used.length < whole ? { nulls: 'drop' } : {}),
        ...(expected.aliased.length > 0 ? { collinear: 'drop' } : {}),
      });
      if (model === undefined) throw new Error(`no model ${name}`);
      // A model without columns that it needs, by type; the frame has them.
      const table = (expected.table === 'sales' ? sales(session.read) : series(session.read)) as ReturnType<
        typeof sales
      >;
      const mean = model.predict(table, {
        as: 'fit',
        interval: 'confidence',
        low: 'confidence_low',
        high: 'confidence_high',
      });
      const single = model.predict(mean, {
        as: 'fit',
        interval: 'prediction',
        low: 'prediction_low',
        high: 'prediction_high',
      });
      const found = new Map((await single.rows()).map((row) => [row.row, row]));
      for (const [i, row] of rows.entries()) {
        const predicted = found.get(row);
        for (const figure of [
          'fit',
          'confidence_low',
          'confidence_high',
          'prediction_low',
          'prediction_high',
        ] as const) {
          near(predicted?.[figure], figures[figure][i], scale);
        }
      }
    }
  });
});

const holes = (read: Readers) =>
  shopOf(read).withColumns((r) => ({
    place: fn.when(r.id.mod(11).ne(0), r.region).elseNull(),
    stars: fn.when(r.id.mod(13).ne(0), r.stars).elseNull(),
  }));

const fitted = (read: Readers) =>
  linearRegression(
    holes(read).filter((r) => r.place.ne('west')),
    {
      target: 'revenue',
      weights: 'budget',
      errors: 'HC1',
      nulls: 'drop',
      features: (r) => ({
        place: r.place.asCategory({ base: 'south' }),
        size: r.size,
        vip: r.vip,
        stars: r.stars.asCategory({ base: 5 }),
        log_budget: r.budget.log(),
        days: trend(r.day),
        hours: trend(r.at, 'hour'),
        quarter: seasonal(r.day, 'quarter'),
        weekday: seasonal(r.at, 'weekday', { timeZone: 'America/New_York' }),
        x: polynomial(r.budget.sub(10), 2),
        slopes: interaction(r.place.asCategory({ base: 'south' }), r.vip),
        before: r.budget.lag(1).over({ partitionBy: 'size', orderBy: 'id' }),
        text: r.region.lower().length().add(r.note.coalesce(1)),
      }),
      collinear: 'drop',
    },
  );

it('every kind of feature is learned and predicted alike, also by a model from JSON', async () => {
  const [first, ...others] = await Promise.all(
    running.all.map(async ({ session: { read } }) => {
      const model = await fitted(read);
      const again = Model.fromJSON(JSON.stringify(model));
      const predict = (by: Model, unseen: 'null' | 'reference') =>
        by
          .predict(holes(read), { as: 'p', unseen, interval: 'confidence' })
          .sort('id')
          .select('id', 'p', 'p_low', 'p_high')
          .rows();
      return {
        model,
        json: JSON.stringify(again) === JSON.stringify(model),
        nulls: await predict(model, 'null'),
        based: await predict(again, 'reference'),
        evaluated: await model.evaluate(holes(read), { nulls: 'drop', unseen: 'drop' }),
      };
    }),
  );
  if (first === undefined) throw new Error('there are engines');
  expect(first.json).toBe(true);
  expect(first.nulls.filter((row) => row.p === null).length).toBeGreaterThan(20);
  expect(first.based.filter((row) => row.p === null).length).toBeLessThan(20);
  for (const other of others) {
    expect(other.json).toBe(true);
    expect(other.model.features).toEqual(first.model.features);
    expect(other.model.aliased).toEqual(first.model.aliased);
    expect([other.model.dropped, other.model.droppedBecause]).toEqual([
      first.model.dropped,
      first.model.droppedBecause,
    ]);
    for (const [i, c] of first.model.coefficients.entries()) {
      near(other.model.coefficients[i]?.estimate, c.estimate, 1);
      near(other.model.coefficients[i]?.stdError, c.stdError, 1);
    }
    near(other.evaluated.rmse, first.evaluated.rmse, 1);
    expect(other.evaluated.n).toBe(first.evaluated.n);
    for (const which of ['nulls', 'based'] as const) {
      expect(other[which].map((row) => row.id)).toEqual(first[which].map((row) => row.id));
      for (const [i, row] of first[which].entries()) {
        for (const column of ['p', 'p_low', 'p_high'] as const) near(other[which][i]?.[column], row[column], 1000);
      }
    }
  }
});

it('a level that is new stops every engine with its value', async () => {
  for (const { session, name } of running.all) {
    const model = await fitted(session.read);
    const error = await errorOf(() => model.predict(holes(session.read), { as: 'p' }).rows());
    expect(
      [error.code, error.message.includes('place holds "west", a level that the training rows did not have')],
      name,
    ).toEqual(['regression.unseen_level', true]);
  }
});
