import { describe, expect, test } from 'vitest';
import { type FrameOf, t } from '../../src/index.ts';
import { given } from '../../src/testing/index.ts';

const schema = { sku: t.string(), quantity: t.int(), region: t.string().nullable(), note: t.string().nullable() };
const large = (sales: FrameOf<typeof schema>) => sales.filter((r) => r.quantity.gt(10)).select('sku', 'region');

describe('cases as data', () => {
  test.each([
    { name: 'more than ten', rows: [{ sku: 'desk', quantity: 11 }], expected: [{ sku: 'desk', region: null }] },
    { name: 'ten', rows: [{ sku: 'desk', quantity: 10 }], expected: [] },
    { name: 'no rows', rows: [], expected: [] },
  ])('$name', ({ rows, expected }) => given(schema, rows).expect(large, expected));
});

test('what may be null is null, and defaults fill in the rest', async () => {
  const { frame } = given(schema, [{ sku: 'desk' }, { sku: 'lamp', quantity: 2, region: 'north' }], {
    defaults: { quantity: 1 },
  });
  expect(await frame.rows()).toEqual([
    { sku: 'desk', quantity: 1, region: null, note: null },
    { sku: 'lamp', quantity: 2, region: 'north', note: null },
  ]);
});

test('a difference fails', async () => {
  await expect(
    given(schema, [{ sku: 'desk', quantity: 11 }]).expect(large, [{ sku: 'lamp', region: null }]),
  ).rejects.toThrow('"lamp" -> "desk"');
});
