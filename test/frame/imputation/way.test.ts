import { describe, expect, test } from 'vitest';
import { askedWay } from '../../../src/frame/imputation/way.ts';
import { read, t } from '../../../src/index.ts';

const rows = read.rows(
  [
    { id: 1, shop: 'a', price: 2 },
    { id: 2, shop: 'a', price: null },
  ],
  { schema: { id: t.int(), shop: t.string(), price: t.float().nullable() } },
);

describe('what an imputation asks for', () => {
  test.each([
    ['mean', { way: 'mean', given: true, by: [] }],
    [
      { median: true, by: 'shop' },
      { way: 'median', given: true, by: ['shop'] },
    ],
    [
      { mode: true, by: ['shop', 'id'] },
      { way: 'mode', given: true, by: ['shop', 'id'] },
    ],
    [{ constant: null }, { way: 'constant', given: null, by: [] }],
    [
      { forward: 'id', partitionBy: 'shop' },
      { way: 'forward', given: 'id', by: ['shop'] },
    ],
    [
      { hotDeck: { seed: 1 }, by: undefined },
      { way: 'hotDeck', given: { seed: 1 }, by: [] },
    ],
  ])('%j', (how, asked) => {
    expect(askedWay(how)).toEqual(asked);
  });

  test.each<unknown>([
    null,
    undefined,
    3,
    'constant',
    'average',
    {},
    { by: 'shop' },
    { mean: false, by: 'shop' },
    { mean: true, median: true },
    { forward: 'id', backward: 'id' },
    { forward: 'id', by: 'shop' },
    { constant: 1, by: 'shop' },
    { regression: ['id'], by: 'shop' },
    { toString: true },
  ])('%j is none', (how) => {
    expect(askedWay(how)).toBeUndefined();
    expect(() => rows.impute({ price: how as 'mean' })).toThrow(/is no way to fill price\. Give 'mean', 'median'/);
  });
});

test('a column of the groups that there is not is told with its option', () => {
  const impute = (how: unknown) => () => rows.impute({ price: how as 'mean' });
  expect(impute({ mean: true, by: 'shopp' })).toThrow(/impute, by: there is no column "shopp". Did you mean "shop"/);
  expect(impute({ forward: 'id', partitionBy: ['shopp'] })).toThrow(/impute, partitionBy: there is no column "shopp"/);
});

test('an option that a hot deck has not is told', () => {
  const impute = (hotDeck: unknown) => () => rows.impute({ price: { hotDeck } as unknown as 'mean' });
  expect(impute({ seed: 1, donor: 3 })).toThrow(
    /impute, the hot deck of price: there is no option "donor". Did you mean "donors"/,
  );
  expect(impute(7)).toThrow(/impute: the hot deck of price is 7. Give options, such as { seed: 7 }/);
});
