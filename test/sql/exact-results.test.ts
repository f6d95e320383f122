import { afterAll, expect, test } from 'vitest';
import { createSession, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const price = session.read.rows([{ price: '9999999999.99' }], { schema: { price: t.decimal(12, 2) } });

test('a product of decimals holds the digits that its dtype promises', async () => {
  const made = price.withColumns((r) => ({ squared: r.price.mul(r.price), twice: r.price.mul(r.price).add(r.price) }));
  expect(await made.rows()).toEqual([
    { price: '9999999999.99', squared: '99999999999800000000.0001', twice: '100000000009799999999.9901' },
  ]);
});

test('a sum of decimals has room for the carry', async () => {
  const full = session.read.rows([{ x: '9999999999999999.99' }], { schema: { x: t.decimal(18, 2) } });
  expect(await full.withColumns((r) => ({ x: r.x.add(r.x) })).rows()).toEqual([{ x: '19999999999999999.98' }]);
});

test('rounding has room for the carry', async () => {
  const made = price.withColumns((r) => ({
    round: r.price.round(),
    ceil: r.price.ceil(),
    floor: r.price.neg().floor(),
  }));
  expect(await made.select('round', 'ceil', 'floor').rows()).toEqual([
    { round: '10000000000.00', ceil: '10000000000.00', floor: '-10000000000.00' },
  ]);
});

test('a column named e is imputed like any other', async () => {
  const schema = { e: t.string(), k: t.int().nullable() };
  const rows = [
    { e: 'a', k: 1 },
    { e: 'b', k: null },
  ];
  expect(await session.read.rows(rows, { schema }).impute({ k: 'mode', e: 'mode' }).rows()).toEqual([
    { e: 'a', k: 1 },
    { e: 'b', k: 1 },
  ]);
});
