import { describe, expect, test } from 'vitest';
import { fn, read, scale, t } from '../../src/index.ts';

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

  test('a step is called as its verb, and tells what that changes', () => {
    const frame = read
      .rows([{ id: 1, region: null, n: 2, m: 3 }], {
        schema: { id: t.int(), region: t.string().nullable(), n: t.int().nullable(), m: t.int().nullable() },
      })
      .withColumns((r) => ({ twice: r.id.mul(2) }))
      .rename({ id: 'order' })
      .fillNulls({ region: 'north' })
      .impute({ n: 'median' })
      .cast({ twice: t.float() })
      .dropNulls('m')
      .drop('twice')
      .select('order', 'n');
    const told = `source rows
withColumns twice: mul(id, 2)
rename order: id
fillNulls region: coalesce(region, 'north')
attach __millrace_median_n: quantile(n)
impute n: coalesce(cast(n as float), __millrace_median_n)
cast twice: cast(twice as float)
filter isNotNull(m)
dropNulls m
drop twice
select order, n`;
    expect(frame.diagram().toString()).toBe(told);
  });

  test('what is learned of all rows is told by its names', () => {
    const scaled = sales
      .pipe(scale({ columns: ['id'], method: 'standard' }))
      .diagram()
      .toString();
    expect(scaled).toMatch(/^source rows\nattach __millrace_0_mean: mean\(.*\nscale id: /);
  });

  test('explain tells the same steps', async () => {
    const frame = sales.rename({ id: 'order' }).withColumns((r) => ({ next: r.order.add(1) }));
    expect(await frame.explain()).toMatch(/^withColumns next: add\(order, 1\)\nrename order: id\nsource rows\n/);
  });

  test('what a join meets stands side by side, and rows that are read twice are drawn once', () => {
    const large = sales.filter((r) => r.id.gt(10));
    const joined = large.join(large.select('id'), { on: 'id' }).concat(sales).limit(3);
    expect(joined.diagram().toString()).toMatchInlineSnapshot(`
      "      source rows
         ┌─ filter gt(id, 10) (1)
         │  the rows of (1)
         ├─ select id
         └▶ inner join on id = id
      ┌─ concat id, region
      │  source rows
      ├─ concat id, region
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
