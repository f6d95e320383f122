import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { LeastSquares } from '../../src/regression/fit.ts';

/** What R's `lm` says; see bench/regression/reference.R. */
interface Model {
  readonly name: string;
  readonly table: string;
  readonly target: string;
  readonly intercept: boolean;
  readonly weights: string | null;
  readonly rows_used: readonly number[];
  readonly design: readonly (readonly number[])[];
  readonly design_terms: readonly string[];
  readonly terms: readonly string[];
  readonly aliased: readonly string[];
  readonly estimate: readonly number[];
  readonly std_error: readonly number[];
  readonly t: readonly number[];
  readonly p: readonly number[];
  readonly low: readonly number[];
  readonly high: readonly number[];
  readonly hc1_std_error: readonly number[];
  readonly covariance: readonly (readonly number[])[];
  readonly n: number;
  readonly degrees_of_freedom: number;
  readonly rss: number;
  readonly sigma: number;
  readonly r2: number;
  readonly adjusted_r2: number;
  readonly f: {
    readonly value: number;
    readonly numerator: number;
    readonly denominator: number;
    readonly p: number;
  } | null;
  readonly log_likelihood: number;
  readonly aic: number;
  readonly bic: number;
  readonly condition_number: number;
}

interface Reference {
  readonly tables: Readonly<Record<string, Readonly<Record<string, readonly (number | null)[]>>>>;
  readonly models: readonly Model[];
}

const { tables, models } = JSON.parse(readFileSync('fixtures/regression/reference.json', 'utf8')) as Reference;

function near(actual: number | undefined, expected: number | undefined, relative = 1e-10): void {
  if (actual === undefined || expected === undefined) throw new Error('a number is missing');
  expect(Math.abs(actual - expected), `${actual} is not ${expected}`).toBeLessThanOrEqual(
    relative * Math.abs(expected),
  );
}

function nearAll(actual: readonly (number | undefined)[], expected: readonly number[], relative?: number): void {
  expect(actual).toHaveLength(expected.length);
  expected.forEach((value, i) => {
    near(actual[i], value, relative);
  });
}

function fitted(model: Model): { squares: LeastSquares; block: Parameters<LeastSquares['add']> } {
  const first = model.intercept ? 1 : 0;
  const of = (column: string): Float64Array =>
    Float64Array.from(model.rows_used, (row) => tables[model.table]?.[column]?.[row - 1] ?? Number.NaN);
  const columns = model.design.slice(first).map((column) => Float64Array.from(column));
  const squares = new LeastSquares(model.design_terms.slice(first), { intercept: model.intercept });
  const target = of(model.target);
  const block: Parameters<LeastSquares['add']> =
    model.weights === null ? [columns, target] : [columns, target, of(model.weights)];
  squares.add(...block);
  return { squares, block };
}

describe('what R says of the same design', () => {
  test.each(models.map((model) => [model.name, model] as const))('%s', (_, model) => {
    const { squares, block } = fitted(model);
    const fit = squares.solve({ collinear: 'drop' });

    expect(fit.coefficients.map((c) => c.term)).toEqual(model.terms);
    expect(fit.aliased.map((a) => a.term)).toEqual(model.aliased);
    nearAll(
      fit.coefficients.map((c) => c.estimate),
      model.estimate,
    );
    nearAll(
      fit.coefficients.map((c) => c.stdError),
      model.std_error,
    );
    nearAll(
      fit.coefficients.map((c) => c.t),
      model.t,
    );
    nearAll(
      fit.coefficients.map((c) => c.p),
      model.p,
    );
    nearAll(
      fit.coefficients.map((c) => c.low),
      model.low,
    );
    nearAll(
      fit.coefficients.map((c) => c.high),
      model.high,
    );
    expect([fit.n, fit.degreesOfFreedom]).toEqual([model.n, model.degrees_of_freedom]);
    near(fit.rss, model.rss);
    near(fit.sigma, model.sigma);
    near(fit.r2, model.r2);
    near(fit.adjustedR2, model.adjusted_r2);
    expect([fit.f?.numerator, fit.f?.denominator]).toEqual([model.f?.numerator, model.f?.denominator]);
    if (model.f) near(fit.f?.value, model.f.value);
    if (model.f) near(fit.f?.p, model.f.p);
    near(fit.logLikelihood, model.log_likelihood);
    near(fit.aic, model.aic);
    near(fit.bic, model.bic);
    near(fit.conditionNumber, model.condition_number);
    model.covariance.forEach((column, j) => {
      column.forEach((expected, i) => {
        const scale = (model.std_error[i] ?? 0) * (model.std_error[j] ?? 0);
        expect(Math.abs((fit.covariance[j]?.[i] ?? 0) - expected)).toBeLessThan(1e-10 * scale);
      });
    });

    const sandwich = squares.sandwich();
    sandwich.add(...block);
    nearAll(
      sandwich.coefficients().map((c) => c.stdError),
      model.hc1_std_error,
    );
    nearAll(
      sandwich.coefficients().map((c) => c.estimate),
      model.estimate,
    );
  });

  test('an error where columns are collinear, unless they are to be dropped', () => {
    for (const model of models) {
      const { squares } = fitted(model);
      if (model.aliased.length === 0) expect(squares.solve().aliased).toEqual([]);
      else expect(() => squares.solve()).toThrow(/No single answer exists/);
    }
  });
});
