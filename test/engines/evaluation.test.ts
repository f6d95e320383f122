import { afterAll, beforeAll, expect, it } from 'vitest';
import { crossValidate, linearRegression, type Plot, type Readers, t } from '../../src/index.ts';
import { type Running, startEngines } from './engines.ts';

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

const rows = Array.from({ length: 2400 }, (_, i) => ({
  id: i,
  day: i % 7 === 3 ? null : new Date(Date.UTC(2024, 0, 1 + Math.floor(i / 60))).toISOString().slice(0, 10),
  shop: ['north', 'south', 'east'][i % 3],
  visits: (i * 37) % 50,
  revenue: i % 50 === 0 ? 0 : 3 + 2.5 * ((i * 37) % 50) + (i % 3) - ((i * 7919) % 97) / 8,
}));
const salesOf = (read: Readers) =>
  read.rows(rows, {
    schema: { id: t.int(), day: t.date().nullable(), shop: t.string(), visits: t.int(), revenue: t.float() },
  });

/** Numbers to nine digits, wherever they stand. */
const rounded = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (_, inner) => (typeof inner === 'number' ? Number(inner.toPrecision(9)) : inner)));
const valuesOf = (plot: Plot): unknown[] => (plot.spec.layer as { data: unknown }[]).map((layer) => layer.data);

it('models are evaluated, validated and drawn alike on every engine', async () => {
  const told: unknown[] = [];
  for (const { session, name } of running.all) {
    const sales = salesOf(session.read);
    const { train, test } = sales.split({ by: 'day', test: 0.3 });
    const model = await linearRegression(train, { target: 'revenue', features: ['visits', 'shop'] });
    const fit = { target: 'revenue', features: ['visits'] } as const;
    const known = sales.filter((r) => r.day.isNotNull());
    const folds = await crossValidate(sales, { ...fit, folds: 3, seed: 1, groups: 'shop' });
    const later = await crossValidate(known, { ...fit, rollingOrigin: { orderBy: 'day', initial: 20, horizon: 5 } });
    const cells = await model.plot.residualsAgainstFitted(sales);
    const points = await model.plot.predictedAgainstActual(sales.filter((r) => r.id.lt(50)).sort('id'));
    const quantiles = await model.plot.normalQuantiles(sales);
    told.push(
      rounded({
        sizes: [await train.count(), await test.count(), await test.filter((r) => r.day.isNull()).count()],
        from: await sales.split({ by: 'day', from: '2024-02-01' }).train.count(),
        evaluation: await model.evaluate(test),
        // Which shop stands in which fold is the hash's affair; the folds are the same.
        folds: folds.folds.map((fold) => fold.rmse).sort(),
        later: later.folds,
        points: valuesOf(points),
        means: valuesOf(cells)[2],
        cells: (valuesOf(cells)[0] as { values: { rows: number }[] }).values.reduce((sum, cell) => sum + cell.rows, 0),
        quantiles: valuesOf(quantiles),
      }),
    );
    expect(told.at(-1), name).toEqual(told[0]);
  }
  expect(told).toHaveLength(3);
  expect(told[0]).toMatchObject({ cells: 2400 });
});
