import { expect, test } from 'vitest';
import { usualRange } from '../../../src/pipeline/monitor/usual-range.ts';

test('is the median give or take four scaled median absolute deviations', () => {
  const before = [80, 90, 100, 110, 120, 100, 85, 115];
  // Absolute deviations 20, 10, 0, 10, 20, 0, 15, 15: their median is 12.5.
  expect(usualRange(before)).toEqual({ median: 100, low: 100 - 4 * 1.4826 * 12.5, high: 100 + 4 * 1.4826 * 12.5 });
});

test('is a fifth of the median at least, and what is said at least', () => {
  const same = Array.from({ length: 8 }, () => 100);
  expect(usualRange(same)).toEqual({ median: 100, low: 80, high: 120 });
  expect(usualRange(same, 500)).toEqual({ median: 100, low: 0, high: 600 });
});

test('one run that was off does not widen it', () => {
  const before = [100, 101, 99, 100, 102, 98, 100, 1_000_000];
  expect(usualRange(before)?.high).toBe(120);
});

test('needs eight', () => {
  expect(usualRange([1, 2, 3, 4, 5, 6, 7])).toBeUndefined();
});
