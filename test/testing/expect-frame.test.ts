import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clean, salesSchema } from '../../examples/sales/clean.ts';
import { read, t } from '../../src/index.ts';
import { expectFrame, fixture, frameMatchers } from '../../src/testing/index.ts';

const numbers = read.rows(
  [
    { x: 1, y: 'a' },
    { x: 2, y: 'b' },
    { x: 3, y: null },
  ],
  { schema: { x: t.int(), y: t.string().nullable() } },
);

async function messageOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'it passed',
    (error: Error) => `${error.name}: ${error.message}`,
  );
}

describe('toEqualRows', () => {
  test('equal rows pass', async () => {
    await expectFrame(numbers.filter((r) => r.x.lt(3))).toEqualRows([
      { x: 1, y: 'a' },
      { x: 2, y: 'b' },
    ]);
  });

  test('a wrong value is told with its row and column', async () => {
    const message = await messageOf(
      expectFrame(numbers).toEqualRows([
        { x: 1, y: 'a' },
        { x: 2, y: 'c' },
        { x: 3, y: null },
      ]),
    );
    expect(message).toBe(
      'AssertionError: The rows differ (expected 3 rows, got 3):\n  row 2, column "y": expected "c", got "b"',
    );
  });

  test('missing and unexpected rows are told', async () => {
    expect(await messageOf(expectFrame(numbers.limit(1)).toEqualRows([]))).toContain(
      'row 1 is not expected: { x: 1, y: "a" }',
    );
    expect(await messageOf(expectFrame(numbers.limit(0)).toEqualRows([{ x: 1, y: 'a' }]))).toContain(
      'row 1 is missing: { x: 1, y: "a" }',
    );
  });

  test('the order counts where the frame has one, and not after a groupBy', async () => {
    const reversed = [
      { x: 3, y: null },
      { x: 2, y: 'b' },
      { x: 1, y: 'a' },
    ];
    expect(await messageOf(expectFrame(numbers).toEqualRows(reversed))).toContain('row 1, column "x"');
    await expectFrame(numbers).toEqualRows(reversed, { ordered: false });
    await expectFrame(numbers.groupBy('x', 'y').agg(() => ({}))).toEqualRows(reversed);
  });

  test('floats within the tolerance are equal', async () => {
    const float = read.rows([{ v: 0.1 + 0.2 }], { schema: { v: t.float() } });
    await expectFrame(float).toEqualRows([{ v: 0.3 }]);
    expect(await messageOf(expectFrame(float).toEqualRows([{ v: 0.3 }], { tolerance: 0 }))).toContain('column "v"');
    expect(await messageOf(expectFrame(float).toEqualRows([{ v: 0.300001 }]))).toContain('expected 0.300001');
  });

  test('an error of the run is not a difference', async () => {
    const bad = numbers.withColumns((r) => ({ x: r.y.parse(t.int()) }));
    expect(await messageOf(expectFrame(bad.select('x')).toEqualRows([]))).toContain(
      "MillraceError: y: 'a' is not an int",
    );
  });
});

describe('toHaveSchema', () => {
  test('the same columns pass', () => {
    expectFrame(numbers).toHaveSchema({ x: t.int(), y: t.string().nullable() });
  });

  test('other dtypes, nullability, names and order are told', () => {
    expect(() => expectFrame(numbers).toHaveSchema({ x: t.float(), y: t.string().nullable() })).toThrow(
      'The schema differs:\n  expected  x: float\n  got       x: int',
    );
    expect(() => expectFrame(numbers).toHaveSchema({ x: t.int(), y: t.string() })).toThrow(
      'got       y: string or null',
    );
    expect(() => expectFrame(numbers).toHaveSchema({ y: t.string().nullable(), x: t.int() })).toThrow('the order');
  });
});

test('toHaveCount', async () => {
  await expectFrame(numbers).toHaveCount(3);
  expect(await messageOf(expectFrame(numbers).toHaveCount(2))).toBe('AssertionError: Expected 2 rows, got 3.');
});

test('as matchers of the runner', async () => {
  expect.extend(frameMatchers);
  const extended = expect as unknown as (value: unknown) => {
    toEqualRows(rows: object[]): Promise<void>;
    toHaveSchema(schema: object): void;
    not: { toEqualRows(rows: object[]): Promise<void> };
  };
  await extended(numbers.limit(1)).toEqualRows([{ x: 1, y: 'a' }]);
  await extended(numbers.limit(1)).not.toEqualRows([{ x: 2, y: 'a' }]);
  extended(numbers).toHaveSchema({ x: t.int(), y: t.string().nullable() });
  await expect(extended(numbers.limit(1)).toEqualRows([{ x: 2, y: 'a' }])).rejects.toThrow('expected 2, got 1');
  expect(() => extended('text').toHaveSchema({})).toThrow('Expected a millrace Frame');
});

test('a fixture, and a step tested with it', async () => {
  const sales = fixture('sales.csv', salesSchema, { onBadRow: 'quarantine' });
  const expected = JSON.parse(readFileSync('fixtures/sales.expected.json', 'utf8')) as { sold_at: string }[];
  await expectFrame(clean(sales)).toEqualRows(
    expected.map((row) => ({ ...row, sold_at: new Date(row.sold_at) })) as never,
  );
  expect(() => fixture('no-such.csv', salesSchema)).toThrow('there is no file "no-such.csv"');
  expect(() => fixture('README.md', salesSchema)).toThrow('The choices are .csv');
});
