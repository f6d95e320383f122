import { afterAll, expect, test } from 'vitest';
import { binarize, createSession, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const schema = { price: t.decimal(6, 2), quantity: t.int().nullable(), sku: t.string() };
const frame = session.read.rows(
  [
    { price: '9.99', quantity: 5, sku: 'a' },
    { price: '10.00', quantity: 6, sku: 'b' },
    { price: '10.01', quantity: null, sku: 'c' },
  ],
  { schema },
);

test('1 above the threshold, 0 on it and below, null for null', async () => {
  const made = frame.pipe(binarize({ price: 10, quantity: 5.5 }));
  expect(made.schema.map((field) => [field.name, field.dtype.id, field.nullable])).toEqual([
    ['price', 'int', false],
    ['quantity', 'int', true],
    ['sku', 'string', false],
  ]);
  expect(await made.rows()).toEqual([
    { price: 0, quantity: 0, sku: 'a' },
    { price: 0, quantity: 1, sku: 'b' },
    { price: 1, quantity: null, sku: 'c' },
  ]);
});

test('what is no threshold or no number is told', () => {
  expect(() => frame.pipe(binarize({ price: Number.NaN }))).toThrow('the threshold of price is NaN');
  expect(() => frame.pipe(binarize({ sku: 1 }) as never)).toThrow('binarize: sku is string, not a number.');
  expect(() => frame.pipe(binarize({ prise: 1 }) as never)).toThrow(/Did you mean "price"/);
});
