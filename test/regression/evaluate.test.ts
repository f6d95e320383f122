import { describe, expect, test } from 'vitest';
import { linearRegression, Model, read, t } from '../../src/index.ts';

const schema = { x: t.int(), y: t.float() };
// By hand: the slope is 2, the intercept 0; the mean of the training rows is 4.
const train = read.rows(
  [
    { x: 1, y: 2 },
    { x: 2, y: 4 },
    { x: 3, y: 6 },
  ],
  { schema },
);
const later = read.rows(
  [
    { x: 1, y: 4 },
    { x: 2, y: 0 },
    { x: 3, y: 5 },
    { x: 4, y: 8 },
  ],
  { schema },
);
const model = linearRegression(train, { target: 'y', features: ['x'] });

describe('evaluate', () => {
  test('tells the figures of the model and those of the training mean', async () => {
    const evaluation = await (await model).evaluate(later);
    // Errors 2, -4, -1, 0; of the mean 0, -4, 1, 4; about the mean of these rows, 4.25: 0.0625, 18.0625, 0.5625, 14.0625.
    expect(evaluation.rmse).toBeCloseTo(Math.sqrt(21 / 4), 12);
    expect(evaluation.mae).toBeCloseTo(7 / 4, 12);
    expect(evaluation.r2).toBeCloseTo(1 - 21 / 32.75, 12);
    expect(evaluation.baseline.rmse).toBeCloseTo(Math.sqrt(33 / 4), 12);
    expect(evaluation.baseline.mae).toBeCloseTo(9 / 4, 12);
    expect(evaluation.baseline.r2).toBeCloseTo(1 - 33 / 32.75, 12);
  });

  test('mape leaves out the rows whose target is zero, and counts them', async () => {
    const evaluation = await (await model).evaluate(later);
    expect(evaluation.mape).toBeCloseTo((2 / 4 + 1 / 5 + 0) / 3, 12);
    expect(evaluation.baseline.mape).toBeCloseTo((0 + 1 / 5 + 4 / 8) / 3, 12);
    expect(evaluation).toMatchObject({ n: 4, zeroTargets: 1, dropped: 0 });
    const zeros = await (await model).evaluate(later.filter((r) => r.y.eq(0)));
    expect(zeros).toMatchObject({ n: 1, zeroTargets: 1, mape: Number.NaN, baseline: { mape: Number.NaN } });
    expect(zeros.r2).toBeNaN();
  });

  test('a negative target counts by its size', async () => {
    const negative = read.rows([{ x: -1, y: -4 }], { schema });
    expect((await (await model).evaluate(negative)).mape).toBeCloseTo(2 / 4, 12);
  });

  test('rows that are left out count nowhere, the baseline included', async () => {
    const holes = read.rows(
      [
        { x: 1, y: 4 },
        { x: 3, y: 5 },
        { x: null, y: 1000 },
        { x: 2, y: null },
      ],
      {
        schema: { x: t.int().nullable(), y: t.float().nullable() },
      },
    );
    await expect((await model).evaluate(holes, { nul: 'drop' } as never)).rejects.toMatchObject({
      message: expect.stringContaining('evaluate: there is no option "nul". The options are nulls, unseen, signal.'),
    });
    const kept = await (await model).evaluate(holes, { nulls: 'drop' });
    expect(kept).toMatchObject({ n: 2, dropped: 2, zeroTargets: 0 });
    expect(kept.baseline.mae).toBeCloseTo(0.5, 12);
    expect(kept).toEqual({
      ...(await (await model).evaluate(holes.filter((r) => r.x.isNotNull().and(r.y.isNotNull())))),
      dropped: 2,
    });
  });

  test('in the training rows the baseline explains nothing, and a model of a constant is the baseline', async () => {
    const constant = await linearRegression(later, { target: 'y', features: [] });
    const { baseline, ...own } = await constant.evaluate(later);
    expect(baseline.r2).toBeCloseTo(0, 12);
    expect(own.rmse).toBeCloseTo(baseline.rmse, 12);
    expect(own.mape).toBeCloseTo(baseline.mape, 12);
  });

  test('the mean comes through JSON; without it the baseline is NaN', async () => {
    const fitted = await model;
    expect(fitted.targetMean).toBe(4);
    expect((await Model.fromJSON(JSON.stringify(fitted)).evaluate(later)).baseline).toEqual(
      (await fitted.evaluate(later)).baseline,
    );
    const { targetMean: _, ...old } = JSON.parse(JSON.stringify(fitted));
    const evaluation = await Model.fromJSON({ ...old, version: 1 }).evaluate(later);
    expect(evaluation.baseline).toEqual({ r2: Number.NaN, rmse: Number.NaN, mae: Number.NaN, mape: Number.NaN });
    expect(evaluation.mae).toBeCloseTo(7 / 4, 12);
  });
});
