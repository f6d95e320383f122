import { describe, expect, test } from 'vitest';
import { notNull, read, t } from '../../src/index.ts';

const sales = read.rows([{ n: 1 }, { n: -1 }], { schema: { n: t.int() } });

describe('a check that cannot be made is refused at once', () => {
  test.each([
    [
      'a severity that is none',
      { severity: 'loud' as never },
      'severity is "loud". Give one of fail, warn, quarantine',
    ],
    ['a row count below zero', { rowCount: { min: -5 } }, 'rowCount is from -5'],
    ['a row count that is no number', { rowCount: { max: Number.NaN } }, 'to NaN'],
    ['a row count upside down', { rowCount: { min: 5, max: 1 } }, 'rowCount is from 5 to 1'],
    [
      'a row count in quarantine',
      { severity: 'quarantine' as const, rowCount: { min: 5 } },
      'rowCount breaks by no row',
    ],
  ])('%s', (_, options, message) => {
    expect(() => sales.check({ n: notNull }, options)).toThrow(
      expect.objectContaining({ code: 'plan.check', message: expect.stringContaining(message) }),
    );
  });
});
