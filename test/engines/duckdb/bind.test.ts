import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { bind, withValues } from '../../../src/engines/duckdb/bind.ts';
import { type DataType, t } from '../../../src/index.ts';

const instance = await DuckDBInstance.create(':memory:');
const connection = await instance.connect();
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

const values: readonly (readonly [DataType, readonly unknown[]])[] = [
  [t.int().dtype, [0, -1, Number.MAX_SAFE_INTEGER]],
  [t.bigint().dtype, [-(2n ** 63n), 2n ** 63n - 1n, 0n]],
  [
    t.float().dtype,
    [
      0.1,
      -0,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      5e-324,
      1.7976931348623157e308,
      1e21,
      123456789.12345678,
    ],
  ],
  [t.decimal(38, 2).dtype, ['123456789012345678901234567890123456.78', '-0.01', '0.00']],
  [t.decimal(18, 18).dtype, ['0.999999999999999999', '-0.000000000000000001']],
  [t.boolean().dtype, [true, false]],
  [t.date().dtype, ['2024-02-29', '0001-01-01', '9999-12-31', '1969-12-31']],
  [
    t.timestamp().dtype,
    [
      '2024-02-29T12:34:56.789123Z',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999Z',
      '1969-12-31T23:59:59.999999Z',
    ],
  ],
  [
    t.string().dtype,
    ['', "it's", `a "$1" b`, "'; DROP TABLE x; --", '\\', '\\u0041', 'é\n\t\u{1F600}', '$1', "''", 'NULL', '%_'],
  ],
];

const cases = values.flatMap(([dtype, some]) => some.map((value) => ({ dtype, value })));

test.each(cases)('$dtype.id $value in its place is the value that is bound', async ({ dtype, value }) => {
  const bound = bind([{ value, dtype } as Parameters<typeof bind>[0][number]]);
  const sql = `SELECT '$1' AS a, $1 AS "$1", 'it''s $1' AS "b ""$1""", typeof($1) AS d`;
  const whole = withValues(sql, bound);
  if (whole === undefined) throw new Error('it has no text');
  const rows = async (read: Promise<{ getRows(): unknown; columnNames(): readonly string[] }>) => {
    const result = await read;
    return [result.columnNames(), result.getRows()];
  };
  const expected = await rows(connection.runAndReadAll(sql, bound.values, bound.types));
  expect(await rows(connection.runAndReadAll(whole))).toEqual(expected);
});

test('each has its own place, also the tenth', async () => {
  const bound = bind(Array.from({ length: 11 }, (_, i) => ({ value: i, dtype: t.int().dtype })));
  const whole = withValues('SELECT $11 * 100 + $1 * 10 + $10', bound) ?? '';
  expect((await connection.runAndReadAll(whole)).getRows()).toEqual([[1009n]]);
});

test('what must not be shown, or ends a text for the engine, is bound', () => {
  const text = bind([{ value: 'a\0b', dtype: t.string().dtype }]);
  expect(withValues('SELECT $1', text)).toBeUndefined();
  const key = bind([{ value: Uint8Array.of(1, 2), dtype: t.binary().dtype }]);
  expect(withValues('SELECT $1', key)).toBeUndefined();
});
