import { describe, expect, test } from 'vitest';
import { bound, declarations, execution } from '../../../src/readers/sql/mssql.ts';
import { dtypeOf, type MssqlColumn, mssqlColumn, wire } from '../../../src/readers/sql/mssql-types.ts';
import { type DataType, decimal, describeDType, INT, STRING, TIMESTAMP } from '../../../src/schema/dtype.ts';

/** There is no server of SQL Server here: what is asked of one, and what becomes of the values of its driver. */

const column = (written: string): MssqlColumn => mssqlColumn('c', written);

describe('types', () => {
  test.each([
    ['tinyint', 'int', 'tinyint'],
    ['bigint', 'int', 'bigint'],
    ['decimal(38,10)', 'decimal(38, 10)', 'varchar(41)'],
    ['numeric(5,0)', 'decimal(5, 0)', 'varchar(41)'],
    ['money', 'decimal(19, 4)', 'decimal(19, 4)'],
    ['float', 'float', 'float'],
    ['real', 'float', 'real'],
    ['bit', 'boolean', 'bit'],
    ['date', 'date', 'varchar(34)'],
    ['time(7)', 'string', 'varchar(34)'],
    ['datetime', 'timestamp', 'datetime2(3)'],
    ['smalldatetime', 'timestamp', 'datetime2(3)'],
    ['datetime2(7)', 'timestamp', 'varchar(34)'],
    ['datetimeoffset(7)', 'timestamp', 'varchar(34)'],
    ['varchar(20)', 'string', 'nvarchar(max)'],
    ['nvarchar(max)', 'string', 'nvarchar(max)'],
    ['uniqueidentifier', 'string', 'uniqueidentifier'],
    ['varbinary(max)', 'binary', 'varbinary(max)'],
    ['timestamp', 'binary', 'binary(8)'],
  ])('%s is %s, sent as %s', (written, dtype, sent) => {
    expect(describeDType(dtypeOf(column(written)))).toBe(dtype);
    expect(wire(column(written), dtypeOf(column(written)), {}, true)).toBeDefined();
    expect(execution([column(written)], [])).toBe(
      `EXEC sp_executesql @millrace_sql, @millrace_parameters WITH RESULT SETS ((c0 ${sent}))`,
    );
  });

  const told = (written: string, dtype: DataType, value: unknown, useUTC = true): string | null | undefined =>
    wire(column(written), dtype, {}, useUTC)?.text(value);

  test('values as the driver gives them', () => {
    expect(told('bigint', INT, '9223372036854775807')).toBe('9223372036854775807');
    expect(told('money', decimal(19, 4), 922337203685.4775)).toBe('about 922337203685.4775');
    expect(told('money', decimal(19, 4), 0.1)).toBe('0.1000');
    expect(told('bit', { id: 'boolean' }, false)).toBe('f');
    expect(told('datetime2(7)', TIMESTAMP, '2024-07-01 12:00:00.1234560')).toBe('2024-07-01 12:00:00.123456');
    // What a timestamp does not hold does not fit.
    expect(told('datetime2(7)', TIMESTAMP, '2024-07-01 12:00:00.1234567')).toBe('2024-07-01 12:00:00.1234567');
    expect(told('datetimeoffset(7)', TIMESTAMP, '2024-07-01 12:00:00.1234560 +02:00')).toBe(
      '2024-07-01 12:00:00.123456+02:00',
    );
    expect(told('datetime', TIMESTAMP, new Date('2024-07-01T12:00:00.123Z'))).toBe('2024-07-01 12:00:00.123');
    expect(told('datetime', TIMESTAMP, new Date(2024, 6, 1, 12, 0, 0, 123), false)).toBe('2024-07-01 12:00:00.123');
    expect(told('varbinary(4)', { id: 'binary' }, Buffer.from([0, 255]))).toBe('00ff');
    for (const written of ['bigint', 'money', 'bit', 'datetime', 'datetime2(7)', 'varbinary(4)']) {
      expect(told(written, dtypeOf(column(written)), null)).toBe(null);
    }
  });

  test('what cannot be read without loss is refused', () => {
    expect(wire(column('nvarchar(20)'), INT, {}, true)).toBeUndefined();
    expect(wire(column('float'), decimal(10, 2), {}, true)).toBeUndefined();
    expect(wire(column('sql_variant'), STRING, {}, true)).toBeUndefined();
    expect(wire(column('date'), TIMESTAMP, {}, true)).toBeUndefined();
  });
});

test('values are bound by name and type', () => {
  const values = [1, 0.5, 'x', true, 2n ** 60n, new Date('2024-01-02T03:04:05.678Z'), new Uint8Array([1]), null].map(
    bound,
  );
  expect(declarations(values)).toBe(
    '@p0 bigint, @p1 float, @p2 nvarchar(max), @p3 bit, @p4 bigint, @p5 datetimeoffset(7), @p6 varbinary(max), @p7 nvarchar(max)',
  );
  expect(values.map(({ value }) => value)).toEqual([
    1,
    0.5,
    'x',
    true,
    '1152921504606846976',
    '2024-01-02T03:04:05.678+00:00',
    Buffer.from([1]),
    null,
  ]);
  expect(execution([column('int'), column('decimal(10,2)')], values.slice(0, 2))).toBe(
    'EXEC sp_executesql @millrace_sql, @millrace_parameters, @p0, @p1 WITH RESULT SETS ((c0 int, c1 varchar(41)))',
  );
});
