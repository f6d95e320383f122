import { expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';

test('two columns whose names differ only in case are refused where the schema is used', () => {
  const schema = { region: t.string(), Region: t.string() };
  for (const use of [
    () => read.rows([], { schema }),
    () => read.csv('no-such.csv', { schema }),
    () => read.rows([], { schema: { place: t.struct(schema) } }),
  ]) {
    expect(use).toThrow(
      expect.objectContaining({
        code: 'schema.duplicate_column',
        message: expect.stringContaining('"region" and "Region"'),
        details: { columns: ['region', 'Region'] },
      }),
    );
  }
});

test('what is no column type, and spellings that tell nothing, are refused by name', () => {
  const schema = { sku: t.string(), n: t.int as never };
  expect(() => read.rows([], { schema })).toThrow('column "n" is no column type. Give one such as t.string().');
  expect(() => read.csv('x.csv', { schema: { n: undefined as never } })).toThrow('column "n" is no column type');
  expect(() => t.boolean({ true: [], false: ['no'] })).toThrow('at least one spelling of true');
  expect(() => t.boolean({ true: ['x', 'y'], false: ['y'] })).toThrow('"y" is a spelling of both');
  expect(() => t.enum(['a', 1 as never])).toThrow('1 is no string');
});

test('a name outside or a format inside a list or struct is refused: JSON has neither', () => {
  expect(() => t.struct({ a: t.int().from('b') })).toThrow('t.struct: "a" has the name "b" outside.');
  expect(() => t.list(t.date({ formats: ['%d.%m.%Y'] }))).toThrow('t.list: "item" has a format.');
  expect(t.list(t.int().nullable()).dtype).toEqual({ id: 'list', item: { id: 'int' }, nullableItem: true });
});

test.each<[string, () => unknown, string]>([
  [
    't.date',
    () => t.date({ format: '%d.%m.%Y' } as never),
    't.date: there is no option "format". Did you mean "formats"?',
  ],
  [
    't.timestamp',
    () => t.timestamp({ timezone: 'UTC' } as never),
    'Did you mean "timeZone"? The options are formats, timeZone, skippedTimes.',
  ],
  ['t.decimal', () => t.decimal(10, 2, { decimals: ',' } as never), 'Did you mean "decimal"?'],
  ['t.float', () => t.float({ thousand: '.' } as never), 'Did you mean "thousands"?'],
  ['t.int', () => t.int({ decimal: ',' } as never), 't.int: there is no option "decimal". The options are thousands.'],
  ['t.boolean', () => t.boolean({ true: ['y'], false: ['n'], null: ['-'] } as never), 'there is no option "null"'],
])('%s refuses what is no part of a format', (_, make, message) => {
  expect(make).toThrow(expect.objectContaining({ code: 'schema.invalid', message: expect.stringContaining(message) }));
});
