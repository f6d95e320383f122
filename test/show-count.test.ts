import { expect, test } from 'vitest';
import { showCount } from '../src/show-count.ts';

test('a count and what is counted', () => {
  expect([0, 1, 2, 12_345].map((count) => showCount(count, 'row'))).toEqual([
    '0 rows',
    '1 row',
    '2 rows',
    '12,345 rows',
  ]);
});
