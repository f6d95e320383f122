import { describe, expect, test } from 'vitest';
import { type FrameOf, t } from '../../src/index.ts';
import { expectFrame, given } from '../../src/testing/index.ts';

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

test('values are written as read.rows takes them, in the rows and in what is expected', async () => {
  const shape = {
    at: t.timestamp(),
    day: t.date(),
    price: t.decimal(8, 2),
    big: t.bigint(),
    seen: t.list(t.timestamp()),
    last: t.struct({ at: t.timestamp().nullable() }),
  };
  const at = new Date('2024-05-01T10:00:00Z');
  const row = {
    at: '2024-05-01T12:00:00+02:00',
    day: new Date('2024-05-01T00:00:00Z'),
    price: 1.5,
    big: 7,
    seen: ['2024-05-01T10:00'],
    last: { at: '2024-05-01 10:00' },
  };
  const { frame } = given(shape, [row]);
  const known = { at, day: '2024-05-01', price: '1.50', big: 7n, seen: [at], last: { at } };
  expect(await frame.rows()).toEqual([known]);
  const same = (rows: FrameOf<typeof shape>) => rows;
  await given(shape, [known]).expect(same, [row]);
  await expectFrame(frame).toEqualRows([row]);
  await expect(expectFrame(frame).toEqualRows([{ ...row, at: '2024-05-01T12:00:00Z' }])).rejects.toThrow(
    '2024-05-01T12:00:00.000Z -> 2024-05-01T10:00:00.000Z',
  );
  // @ts-expect-error: a number is no instant
  expect(() => given(shape, [{ ...row, at: 7 }])).not.toThrow();
});
