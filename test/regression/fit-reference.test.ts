import { describe, expect, test } from 'vitest';
import { LeastSquares } from '../../src/regression/fit.ts';
import { nearEach, nearFit } from './near.ts';
import { models, type RModel, tables } from './r-models.ts';

function fitted(model: RModel): { squares: LeastSquares; block: Parameters<LeastSquares['add']> } {
  const first = model.intercept ? 1 : 0;
  const of = (column: string): Float64Array =>
    Float64Array.from(model.rows_used, (row) => Number(tables[model.table][column]?.[row - 1] ?? Number.NaN));
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
    nearFit(fit, model);

    const sandwich = squares.sandwich();
    sandwich.add(...block);
    nearEach(sandwich.coefficients(), 'stdError', model.hc1_std_error);
    nearEach(sandwich.coefficients(), 'estimate', model.estimate);
  });

  test('an error where columns are collinear, unless they are to be dropped', () => {
    for (const model of models) {
      const { squares } = fitted(model);
      if (model.aliased.length === 0) expect(squares.solve().aliased).toEqual([]);
      else expect(() => squares.solve()).toThrow(/No single answer exists/);
    }
  });
});
