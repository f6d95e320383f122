import { describe, expect, test } from 'vitest';
import { fn, read, t } from '../../src/index.ts';

const DISPLAY = Symbol.for('Jupyter.display');
const schema = { id: t.int(), region: t.string() };
const sales = read.rows([{ id: 1, region: 'north' }], { schema });

describe('the steps of a plan', () => {
  test('a chain, from the source to the result', () => {
    const chain = sales
      .filter((r) => r.id.gt(0))
      .groupBy('region')
      .agg(() => ({ orders: fn.count() }));
    expect(chain.diagram().toString()).toMatchInlineSnapshot(`
      "source rows
      filter gt(id, 0)
      aggregate by region: orders: count()"
    `);
  });

  test('what a join meets stands side by side, and rows that are read twice are drawn once', () => {
    const large = sales.filter((r) => r.id.gt(10));
    const joined = large.join(large.select('id'), { on: 'id' }).concat(sales).limit(3);
    expect(joined.diagram().toString()).toMatchInlineSnapshot(`
      "      source rows
         ┌─ filter gt(id, 10) (1)
         │  the rows of (1)
         ├─ project id
         └▶ inner join on id = id
      ┌─ project id, region
      │  source rows
      ├─ project id, region
      └▶ concat
      limit 3"
    `);
  });

  test('a plan that doubles at every step stays small', () => {
    let frame = sales;
    for (let i = 0; i < 30; i++) frame = frame.concat(frame);
    expect(frame.diagram().toString().split('\n').length).toBeLessThan(150);
  });

  test('of a long plan the last steps are drawn', () => {
    let frame = sales;
    for (let i = 0; i < 300; i++) frame = frame.filter((r) => r.id.gt(i));
    const text = frame.diagram().toString();
    expect(text.split('\n')).toHaveLength(101);
    expect(text).toContain('.. more steps');
    expect(text).toContain('filter gt(id, 299)');
  });

  test('as HTML that holds nothing but text', () => {
    const odd = sales.filter((r) => r.region.eq('<script>'));
    const bundle = Reflect.get(odd.diagram(), DISPLAY).call(odd.diagram()) as Record<string, string>;
    expect(bundle['text/html']).not.toContain('<script');
    expect(bundle['text/html']).toContain('<b>filter</b> eq(region, &#39;&lt;script&gt;&#39;)');
    expect(bundle['text/plain']).toBe(odd.diagram().toString());
  });
});

test('a schema shows itself as a table, and is a list as before', () => {
  const { schema: shown } = sales;
  const bundle = Reflect.get(shown, DISPLAY).call(shown) as Record<string, string>;
  expect(bundle['text/plain']).toBe(
    ['column  dtype   nullable', '------  ------  --------', 'id      int     no', 'region  string  no'].join('\n'),
  );
  expect(bundle['text/html']).toContain('<td style="text-align: left">region</td>');
  expect(shown).toEqual([
    { name: 'id', dtype: { id: 'int' }, nullable: false },
    { name: 'region', dtype: { id: 'string' }, nullable: false },
  ]);
  expect(Object.keys(shown)).toEqual(['0', '1']);
});
