import { afterAll, beforeAll, expect, it } from 'vitest';
import { linearRegression, type Readers, t } from '../../src/index.ts';
import { type Running, startEngines } from './engines.ts';

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

const sales = (read: Readers) =>
  read.rows(
    Array.from({ length: 40 }, (_, i) => ({
      id: i,
      pieces: i % 7,
      region: ['north', 'south', 'east'][i % 3],
      revenue: 3 + 2.5 * (i % 7) + (i % 3) - 0.1 * (i % 5),
    })),
    { schema: { id: t.int(), pieces: t.int(), region: t.string(), revenue: t.float() } },
  );

it('a model is trained and predicts alike on every engine', async () => {
  const told: unknown[] = [];
  for (const { session, name } of running.all) {
    const { train, test } = sales(session.read).split({ test: 0.3, seed: 7 });
    const model = await linearRegression(train, { target: 'revenue', features: ['pieces', 'region'] });
    const predicted = await model.predict(test, { as: 'predicted' }).sort('id').rows();
    const rounded = (value: number): number => Number(value.toFixed(9));
    told.push({
      coefficients: model.coefficients.map(({ term, estimate }) => [term, rounded(estimate)]),
      predicted: predicted.map((row) => [row.id, rounded(row.predicted)]),
      r2: rounded((await model.evaluate(test)).r2),
    });
    expect(told.at(-1), name).toEqual(told[0]);
  }
  expect(told).toHaveLength(3);
});
