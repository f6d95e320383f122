import { describe, expect, test } from 'vitest';
import { studentTCritical, studentTTwoSided } from '../../src/regression/student-t.ts';

// [t, df, two-sided probability], computed with 50 digits from the incomplete beta function and rounded.
const reference: readonly (readonly [number, number, number])[] = [
  [0.1, 1, 0.9365489651388929],
  [2, 1, 0.2951672353008665],
  [2, 2, 0.18350341907227397],
  [1.5, 4, 0.208],
  [3, 5, 0.030099247897462572],
  [20, 9, 9.079521299916545e-9],
  [0.9, 10, 0.3892792620060824],
  [10, 30, 4.575251408229613e-11],
  [100, 100, 4.8629944445394795e-102],
  [1, 1000, 0.3175524180846723],
  [36, 1000, 1.0958201222365399e-182],
  [0.5, 1_000_000, 0.6170751874723713],
  [2, 5_000_000, 0.045500317887330055],
  [20, 5_000_000, 5.551702340096413e-89],
];

// [alpha, df, t], likewise.
const critical: readonly (readonly [number, number, number])[] = [
  [0.5, 3, 0.7648923284043453],
  [0.1, 1, 6.313751514675043],
  [0.05, 1, 12.706204736174705],
  [0.05, 10, 2.228138851986275],
  [0.05, 30, 2.042272456301238],
  [0.05, 1000, 1.9623390808264085],
  [0.01, 5, 4.032142983555228],
];

describe('Student t', () => {
  test.each(reference)('probability beyond t = %d with %d degrees of freedom', (t, df, expected) => {
    expect(Math.abs(studentTTwoSided(t, df) / expected - 1)).toBeLessThan(5e-13);
    expect(studentTTwoSided(-t, df)).toBe(studentTTwoSided(t, df));
  });

  test.each(critical)('critical value for alpha = %d with %d degrees of freedom', (alpha, df, expected) => {
    expect(Math.abs(studentTCritical(alpha, df) / expected - 1)).toBeLessThan(1e-13);
  });

  test('closed forms: one and two degrees of freedom, from near zero to far out', () => {
    for (const t of [1e-6, 1e-3, 0.3, 0.99, 1.01, 4, 1e3, 1e9]) {
      expect(Math.abs(studentTTwoSided(t, 1) / ((2 / Math.PI) * Math.atan2(1, t)) - 1)).toBeLessThan(1e-13);
      const root = Math.sqrt(2 + t * t);
      expect(Math.abs(studentTTwoSided(t, 2) / (2 / (root * (root + t))) - 1)).toBeLessThan(1e-13);
    }
  });

  test('critical value and probability are inverse', () => {
    for (const df of [1, 2.5, 7, 40, 1e4, 1e7]) {
      for (const alpha of [1e-200, 1e-9, 0.001, 0.05, 0.32, 0.9, 0.999]) {
        expect(Math.abs(studentTTwoSided(studentTCritical(alpha, df), df) / alpha - 1)).toBeLessThan(1e-11);
      }
    }
  });

  test('limits', () => {
    expect(studentTTwoSided(0, 5)).toBe(1);
    expect(studentTTwoSided(Infinity, 5)).toBe(0);
    expect(studentTTwoSided(-Infinity, 5)).toBe(0);
    expect(studentTTwoSided(Number.NaN, 5)).toBeNaN();
  });
});
