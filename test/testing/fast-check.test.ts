import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';
import { rowsOf } from '../../src/testing/fast-check.ts';

const schema = {
  int: t.int().nullable(),
  big: t.bigint(),
  float: t.float(),
  price: t.decimal(10, 3),
  whole: t.decimal(38, 0).nullable(),
  text: t.string(),
  side: t.enum(['left', 'right']).nullable(),
  yes: t.boolean(),
  day: t.date(),
  at: t.timestamp(),
  any: t.json(),
  list: t.list(t.int()),
  inside: t.struct({ a: t.string().nullable() }),
  bytes: t.binary(),
};

test('every table of a schema is one that read.rows takes, and gives back', async () => {
  await fc.assert(
    fc.asyncProperty(rowsOf(schema, { maxLength: 5 }), async (rows) => {
      const back = await read.rows(rows, { schema }).rows();
      expect(back.map(({ any: _, ...row }) => row)).toEqual(rows.map(({ any: _, ...row }) => ({ ...row })));
    }),
    { numRuns: 40 },
  );
});

describe('options', () => {
  test('lengths, own arbitraries, and columns that stand once', () => {
    const small = { id: t.int(), text: t.string() };
    fc.assert(
      fc.property(
        rowsOf(small, { minLength: 2, maxLength: 6, unique: ['id'], columns: { id: fc.integer({ min: 1, max: 9 }) } }),
        (rows) => {
          expect(rows.length).toBeGreaterThanOrEqual(2);
          expect(rows.length).toBeLessThanOrEqual(6);
          expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
          expect(rows.every(({ id }) => id >= 1 && id <= 9)).toBe(true);
        },
      ),
    );
  });

  test('floats are finite unless asked', () => {
    const one = { x: t.float() };
    fc.assert(fc.property(rowsOf(one), (rows) => rows.every(({ x }) => Number.isFinite(x))));
    const wild = fc.sample(rowsOf(one, { minLength: 50, maxLength: 50, notFinite: true }), 100).flat();
    expect(wild.some(({ x }) => !Number.isFinite(x))).toBe(true);
  });

  test('a column that there is not', () => {
    // @ts-expect-error there is no such column
    expect(() => rowsOf({ id: t.int() }, { unique: 'key' })).toThrow('The columns are id.');
  });
});

test('a table that fails shrinks to one row of plain values', () => {
  const found = fc.check(
    fc.property(rowsOf({ id: t.int(), note: t.string().nullable() }), (rows) => rows.every(({ id }) => id < 100)),
    { seed: 1 },
  );
  expect(found.counterexample).toEqual([[{ id: 100, note: null }]]);
});
