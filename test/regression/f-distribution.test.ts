import { describe, expect, test } from 'vitest';
import { fUpper } from '../../src/regression/f-distribution.ts';
import { studentTTwoSided } from '../../src/regression/student-t.ts';

// [f, numerator, denominator, probability of more], computed with 30 to 50 digits from the incomplete beta function.
const reference: readonly (readonly [number, number, number, number])[] = [
  [0.1, 1, 1, 0.8050177709578633],
  [3.5, 2, 7, 0.08838834764831845],
  [1, 3, 3, 0.5],
  [2.5, 3, 44, 0.07182821239833585],
  [330.2853392346, 6, 9, 4.984030528724001e-10],
  [385935.5, 1, 34, 1.5731371720822837e-70],
  [12.25, 12, 27, 5.4699714292033556e-8],
  [1.001, 40, 1000, 0.47025301847553014],
  [0.7, 100, 5, 0.7794776712328519],
  [60.5, 7, 200, 5.031705733848546e-46],
  [1e-6, 2, 9, 0.9999990000006111],
  [1e9, 4, 3, 5.134898968523466e-14],
  [1, 4, 4999995, 0.4060059579781296],
  [1.3, 500, 5000000, 6.55400101890841e-6],
  [9.5, 4, 4999995, 1.1206321035108929e-7],
];

describe('F', () => {
  test.each(reference)(
    'probability of more than %d with %d and %d degrees of freedom',
    (f, numerator, denominator, p) => {
      expect(Math.abs(fUpper(f, numerator, denominator) / p - 1)).toBeLessThan(2e-14);
    },
  );

  test('with one degree of freedom it is the square of t', () => {
    for (const df of [1, 3, 20, 1e4, 1e7]) {
      for (const t of [1e-3, 0.5, 1, 2, 9, 30]) {
        expect(Math.abs(fUpper(t * t, 1, df) / studentTTwoSided(t, df) - 1)).toBeLessThan(1e-11);
      }
    }
  });

  test('with two it is a power', () => {
    for (const df of [1, 4, 100, 1e5]) {
      for (const f of [1e-3, 0.3, 1, 5, 40]) {
        const expected = Math.exp((-df / 2) * Math.log1p((2 * f) / df));
        expect(Math.abs(fUpper(f, 2, df) / expected - 1)).toBeLessThan(1e-12);
      }
    }
  });

  test('limits', () => {
    expect([fUpper(0, 2, 5), fUpper(Infinity, 2, 5)]).toEqual([1, 0]);
    expect(fUpper(Number.NaN, 2, 5)).toBeNaN();
  });
});
