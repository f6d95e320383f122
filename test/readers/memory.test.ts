import { expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';

const schema = { invoice: t.string().from('Invoice No'), quantity: t.int().nullable() };

test('a column goes by its name or its name outside', async () => {
  const frame = read.rows([{ 'Invoice No': 'a', quantity: 1 }, { invoice: 'b' }], { schema });
  expect(await frame.rows()).toEqual([
    { invoice: 'a', quantity: 1 },
    { invoice: 'b', quantity: null },
  ]);
});

test('a property that the schema does not name is an error with its row', () => {
  expect(() => read.rows([{ invoice: 'a' }, { invoice: 'b', quantitty: 2 }], { schema })).toThrow(
    'read.rows, row 2: the schema does not name "quantitty". Its columns are invoice, quantity.',
  );
});

test('a value that does not fit fails with row, column and value, or goes to quarantine', async () => {
  const rows = [
    { invoice: 'a', quantity: 1 },
    { invoice: 'b', quantity: 1.5 },
    { invoice: null, quantity: 2 },
    { invoice: 'd', quantity: '7' },
  ];
  await expect(read.rows(rows, { schema }).rows()).rejects.toMatchObject({
    code: 'rows.bad_row',
    message: 'rows, row 2, column "quantity": 1.5 is not an int.',
    details: { row: 2, column: 'quantity', value: 1.5 },
  });
  const frame = read.rows(rows, { schema, onBadRow: 'quarantine' });
  expect(await frame.rows()).toEqual([{ invoice: 'a', quantity: 1 }]);
  expect(await frame.quarantine().select('line', 'column', 'value').rows()).toEqual([
    { line: 2, column: 'quantity', value: '1.5' },
    { line: 3, column: 'invoice', value: null },
    { line: 4, column: 'quantity', value: '7' },
  ]);
});

test('what is no row goes the way of one that does not fit', async () => {
  const rows = [{ invoice: 'a' }, null, ['b'], 'c', { invoice: 'd', quantitty: 2 }] as unknown as [{ invoice: string }];
  await expect(read.rows(rows.slice(0, 4), { schema }).rows()).rejects.toMatchObject({
    code: 'rows.bad_row',
    message: 'rows, row 2: null is no object of columns.',
    details: { row: 2, column: null },
  });
  const frame = read.rows(rows, { schema, onBadRow: 'quarantine' });
  expect(await frame.rows()).toEqual([{ invoice: 'a', quantity: null }]);
  expect(await frame.quarantine().select('line', 'column', 'reason', 'raw').rows()).toEqual([
    { line: 2, column: null, reason: 'null is no object of columns', raw: 'null' },
    { line: 3, column: null, reason: '["b"] is no object of columns', raw: '["b"]' },
    { line: 4, column: null, reason: '"c" is no object of columns', raw: '"c"' },
    { line: 5, column: null, reason: 'the schema does not name "quantitty"', raw: '{"invoice":"d","quantitty":2}' },
  ]);
});

test('no rows make an empty frame with its columns', async () => {
  const frame = read.rows([], { schema });
  expect(await frame.count()).toBe(0);
  expect((await frame.collect()).column('quantity')).toEqual([]);
});
