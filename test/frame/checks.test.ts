import { describe, expect, test } from 'vitest';
import { between, notNull, read, t } from '../../src/index.ts';

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

  test.each([
    ['a number', 3, 'a rule of n is 3. Give rules'],
    ['a list with one', [notNull, 'unique'], 'a rule of n is "unique". Give rules'],
    ['null', null, 'a rule of n is null. Give rules'],
    ['one that was not called', between, 'a rule of n is between, which was not called. Give rules'],
  ])('what is no rule: %s', (_, rule, message) => {
    expect(() => sales.check({ n: rule as never })).toThrow(
      expect.objectContaining({ code: 'plan.check', message: expect.stringContaining(message) }),
    );
  });
});
