import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { clean, salesSchema } from '../../examples/sales/clean.ts';
import { between, notNull, read, t } from '../../src/index.ts';
import { expectFrame, type FrameMatchers, fixture, frameMatchers } from '../../src/testing/index.ts';

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
      [
        'AssertionError: The rows differ (expected 3 rows, got 3): 1 changed',
        '',
        '           row  x  y',
        '  changed  2    2  "c" -> "b"',
        '(expected -> got)',
      ].join('\n'),
    );
  });

  test('missing and unexpected rows are told', async () => {
    expect(await messageOf(expectFrame(numbers.limit(1)).toEqualRows([]))).toContain('extra  1    1  "a"');
    expect(await messageOf(expectFrame(numbers.limit(0)).toEqualRows([{ x: 1, y: 'a' }]))).toContain(
      'missing  1    1  "a"',
    );
  });

  test('the order counts where the frame has one, and not after a groupBy', async () => {
    const reversed = [
      { x: 3, y: null },
      { x: 2, y: 'b' },
      { x: 1, y: 'a' },
    ];
    expect(await messageOf(expectFrame(numbers).toEqualRows(reversed))).toContain('2 in another place');
    await expectFrame(numbers).toEqualRows(reversed, { ordered: false });
    await expectFrame(numbers.groupBy('x', 'y').agg(() => ({}))).toEqualRows(reversed);
  });

  test('floats within the tolerance are equal', async () => {
    const float = read.rows([{ v: 0.1 + 0.2 }], { schema: { v: t.float() } });
    await expectFrame(float).toEqualRows([{ v: 0.3 }]);
    expect(await messageOf(expectFrame(float).toEqualRows([{ v: 0.3 }], { tolerance: 0 }))).toContain(
      '0.3 -> 0.30000000000000004',
    );
    expect(await messageOf(expectFrame(float).toEqualRows([{ v: 0.300001 }]))).toContain(
      '0.300001 -> 0.30000000000000004',
    );
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

test('toHaveCount and toBeEmpty', async () => {
  await expectFrame(numbers).toHaveCount(3);
  expect(await messageOf(expectFrame(numbers).toHaveCount(2))).toBe('AssertionError: Expected 2 rows, got 3.');
  await expectFrame(numbers.limit(0)).toBeEmpty();
  expect(await messageOf(expectFrame(numbers).toBeEmpty())).toContain('(expected 0 rows, got 3): 3 extra');
});

test('toEqualFrame compares columns and rows', async () => {
  await expectFrame(numbers).toEqualFrame(numbers.filter((r) => r.x.gt(0)));
  expect(await messageOf(expectFrame(numbers).toEqualFrame(numbers.limit(2)))).toContain('1 extra');
  const other = read.rows([{ x: 1.5, y: 'a' }], { schema: { x: t.float(), y: t.string().nullable() } });
  expect(await messageOf(expectFrame(numbers).toEqualFrame(other as never))).toContain('The schema differs');
});

test('toPassChecks tells the rule that is broken', async () => {
  await expectFrame(numbers).toPassChecks({ x: [notNull, between(1, 3)] }, { rowCount: { min: 3 } });
  expect(await messageOf(expectFrame(numbers).toPassChecks({ y: notNull }))).toMatch(/^AssertionError: .*not_null/s);
  expect(await messageOf(expectFrame(numbers).toPassChecks({}, { rowCount: { max: 2 } }))).toMatch(/^AssertionError: /);
});

test('as matchers of the runner', async () => {
  expect.extend(frameMatchers);
  const extended = expect as unknown as (value: unknown) => FrameMatchers<void> & { not: FrameMatchers<void> };
  await extended(numbers.limit(1)).toEqualRows([{ x: 1, y: 'a' }]);
  await extended(numbers.limit(1)).not.toEqualRows([{ x: 2, y: 'a' }]);
  extended(numbers).toHaveSchema({ x: t.int(), y: t.string().nullable() });
  await extended(numbers).toEqualFrame(numbers);
  await extended(numbers).toHaveCount(3);
  await extended(numbers.limit(0)).toBeEmpty();
  await extended(numbers).toPassChecks({ x: notNull });
  await extended(numbers).not.toPassChecks({ y: notNull });
  await expect(extended(numbers.limit(1)).toEqualRows([{ x: 2, y: 'a' }])).rejects.toThrow('2 -> 1');
  await expect(extended(numbers).not.toHaveCount(3)).rejects.toThrow('should not be');
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
