import { expect, test } from 'vitest';
import { acceptedValues, between, notNull, read, t, unique } from '../../src/index.ts';

const sales = read.rows(
  [
    { id: 1, quantity: 5, region: 'north' },
    { id: 1, quantity: 50, region: null },
    { id: 2, quantity: 500, region: 'mars' },
  ],
  { schema: { id: t.int(), quantity: t.int(), region: t.string().nullable() } },
);

test('every rule is told, whether it holds or not, and no run ends', async () => {
  const report = await sales.checkReport(
    { id: [notNull, unique], quantity: [between(1, 1000), between(1, 10)], region: acceptedValues(['north']) },
    { rowCount: { min: 10 }, satisfies: { 'small or far': (r) => r.quantity.lt(100).or(r.region.eq('mars')) } },
  );
  expect(report.ok).toBe(false);
  expect(report.rules.map(({ rule, passed, failures }) => [rule, passed, failures])).toEqual([
    ['id: not_null', true, 0],
    ['id: unique', false, 2],
    ['quantity: between', false, 2],
    ['quantity: between', true, 0],
    ['region: accepted_values', false, 1],
    ['small or far', true, 0],
    ['row_count', false, 3],
  ]);
  expect(report.rules[4]?.rows).toEqual([{ id: 2, quantity: 500, region: 'mars' }]);
  expect(report.toString()).toMatchInlineSnapshot(`
    "pass  id: not_null
    FAIL  id: unique               2 rows, such as {"id":1,"quantity":5,"region":"north"}
    FAIL  quantity: between        2 rows, such as {"id":1,"quantity":50,"region":null}
    pass  quantity: between
    FAIL  region: accepted_values  1 row, such as {"id":2,"quantity":500,"region":"mars"}
    pass  small or far
    FAIL  row_count                there are 3 rows
    4 of 7 rules broken"
  `);
  const bundle = Reflect.get(report, Symbol.for('Jupyter.display')).call(report) as Record<string, string>;
  expect(bundle['text/html']).toContain('✗ fail');
  expect(bundle['text/html']).toContain('4 of 7 rules broken');
});

test('where all hold', async () => {
  const report = await sales.checkReport({ id: notNull });
  expect(report.ok).toBe(true);
  expect(`${report}`).toBe('pass  id: not_null\n1 rule, all hold');
});
