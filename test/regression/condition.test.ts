import { describe, expect, test } from 'vitest';
import { conditionNumber } from '../../src/regression/condition.ts';

describe('the condition number of a triangle with its columns at unit length', () => {
  test('two columns: from their angle', () => {
    for (const cosine of [0, 0.5, -0.9, 1 - 1e-9]) {
      const triangle = Float64Array.of(3, 0, 7 * cosine, 7 * Math.sqrt(1 - cosine * cosine));
      const expected = Math.sqrt((1 + Math.abs(cosine)) / (1 - Math.abs(cosine)));
      expect(Math.abs(conditionNumber(triangle, 2) / expected - 1)).toBeLessThan(1e-7);
    }
    expect(conditionNumber(Float64Array.of(-4), 1)).toBe(1);
  });

  test.each([3, 40, 300])('%d columns that are equally near to each other', (size) => {
    // All inner products are c: the eigenvalues are 1 + (size - 1) c and 1 - c. Cholesky's triangle of that matrix.
    const c = 0.75;
    const triangle = new Float64Array(size * size);
    for (let j = 0; j < size; j++) {
      for (let i = 0; i <= j; i++) {
        let value = i === j ? 1 : c;
        for (let k = 0; k < i; k++) value -= (triangle[k + i * size] ?? 0) * (triangle[k + j * size] ?? 0);
        triangle[i + j * size] = i === j ? Math.sqrt(value) : value / (triangle[i + i * size] ?? 1);
      }
    }
    const expected = Math.sqrt((1 + (size - 1) * c) / (1 - c));
    expect(Math.abs(conditionNumber(triangle, size) / expected - 1)).toBeLessThan(1e-12);
    const scaled = triangle.map((value, at) => value * 10 ** ((Math.floor(at / size) % 7) - 3));
    expect(Math.abs(conditionNumber(scaled, size) / expected - 1)).toBeLessThan(1e-11);
  });
});
