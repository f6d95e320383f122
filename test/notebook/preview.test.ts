import { inspect } from 'node:util';
import { afterAll, describe, expect, it } from 'vitest';
import { createSession, t } from '../../src/index.ts';

const session = createSession();
const { read } = session;
afterAll(() => session.close());

const DISPLAY = Symbol.for('Jupyter.display');

/** What a notebook does with the last value of a cell. */
async function shown(value: object): Promise<{ readonly html: string; readonly text: string }> {
  const display = Reflect.get(value, DISPLAY) as () => unknown;
  const bundle = (await display.call(value)) as Record<string, string>;
  expect(Object.keys(bundle).sort()).toEqual(['text/html', 'text/plain']);
  return { html: bundle['text/html'] ?? '', text: bundle['text/plain'] ?? '' };
}

const numbered = (rows: number): object[] => Array.from({ length: rows }, (_, i) => ({ n: i + 1 }));
const numbers = (rows: number) => read.rows(numbered(rows) as Record<string, unknown>[], { schema: { n: t.int() } });
const cells = (html: string): string[] => [...html.matchAll(/<td[^>]*>(.*?)<\/td>/gs)].map((m) => m[1] ?? '');

describe('a table', () => {
  it('shows names, dtypes, values and how many rows there are', async () => {
    const frame = read.rows(
      [
        { sku: 'lamp', price: '1.50', day: '2024-03-01', at: new Date(0), tags: ['a', 'b'] },
        { sku: null, price: '20.00', day: '2024-03-02', at: new Date(1), tags: [] },
      ],
      {
        schema: {
          sku: t.string().nullable(),
          price: t.decimal(6, 2),
          day: t.date(),
          at: t.timestamp(),
          tags: t.list(t.string()),
        },
      },
    );
    const { html, text } = await shown(await frame.collect());
    expect(html).toMatchInlineSnapshot(`
      "<table>
      <thead><tr><th style="text-align: left">sku<br><small style="font-weight: normal; opacity: 0.6">string?<br>1 null</small></th><th style="text-align: right; font-variant-numeric: tabular-nums">price<br><small style="font-weight: normal; opacity: 0.6">decimal(6, 2)</small></th><th style="text-align: left">day<br><small style="font-weight: normal; opacity: 0.6">date</small></th><th style="text-align: left">at<br><small style="font-weight: normal; opacity: 0.6">timestamp</small></th><th style="text-align: left">tags<br><small style="font-weight: normal; opacity: 0.6">list(string)</small></th></tr></thead>
      <tbody><tr><td style="text-align: left">lamp</td><td style="text-align: right; font-variant-numeric: tabular-nums">1.50</td><td style="text-align: left">2024-03-01</td><td style="text-align: left">1970-01-01T00:00:00.000Z</td><td style="text-align: left">[&quot;a&quot;,&quot;b&quot;]</td></tr>
      <tr><td style="text-align: left"><span style="opacity: 0.5">null</span></td><td style="text-align: right; font-variant-numeric: tabular-nums">20.00</td><td style="text-align: left">2024-03-02</td><td style="text-align: left">1970-01-01T00:00:00.001Z</td><td style="text-align: left">[]</td></tr></tbody>
      </table>
      <p><small>2 rows</small></p>"
    `);
    expect(text).toMatchInlineSnapshot(`
      "sku              price  day         at                        tags
      string?  decimal(6, 2)  date        timestamp                 list(string)
      1 null
      -------  -------------  ----------  ------------------------  ------------
      lamp              1.50  2024-03-01  1970-01-01T00:00:00.000Z  ["a","b"]
      null             20.00  2024-03-02  1970-01-01T00:00:00.001Z  []
      2 rows"
    `);
  });

  it('escapes what stands in names and values', async () => {
    const name = '<b>&"x"';
    const table = await read
      .rows([{ [name]: `<script>alert('1')</script>` }], { schema: { [name]: t.string() } })
      .collect();
    const { html } = await shown(table);
    expect(html).not.toContain('<script');
    expect(html).not.toContain('<b>');
    expect(html).toContain('&lt;b&gt;&amp;&quot;x&quot;<br>');
    expect(cells(html)).toEqual(['&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;']);
  });

  it('escapes the values of an enum, which stand in its dtype', async () => {
    const table = await read.rows([], { schema: { e: t.enum(['<i>']) } }).collect();
    expect((await shown(table)).html).toContain('enum(&#39;&lt;i&gt;&#39;)');
  });

  it('counts the nulls of each column that may have some, in all rows', async () => {
    const rows = Array.from({ length: 1000 }, (_, i) => ({ id: i, note: i % 8 === 0 ? null : 'x', tag: 'y' }));
    const schema = { id: t.int(), note: t.string().nullable(), tag: t.string().nullable() };
    const { html, text } = await shown(await read.rows(rows, { schema }).collect());
    expect(html).toContain('string?<br>125 nulls');
    expect(html).toContain('string?<br>0 nulls');
    expect(html).toContain('int</small>');
    expect(text.split('\n')[2]).toBe('     125 nulls  0 nulls');
  });

  it('shows at most 30 columns, and says so', async () => {
    const names = Array.from({ length: 200 }, (_, i) => `c${i}`);
    const frame = read.rows([Object.fromEntries(names.map((name) => [name, 1]))], {
      schema: Object.fromEntries(names.map((name) => [name, t.int()])),
    });
    const { html, text } = await shown(await frame.collect());
    expect(cells(html)).toHaveLength(30);
    expect(html).toContain('1 row, 30 of 200 columns shown');
    expect(text).toContain('1 row, 30 of 200 columns shown');
  });

  it('shows at most 20 rows', async () => {
    const { html, text } = await shown(await numbers(1234).collect());
    expect(cells(html)).toEqual(Array.from({ length: 20 }, (_, i) => String(i + 1)));
    expect(html).toContain('the first 20 of 1,234 rows');
    expect(text.split('\n')).toHaveLength(24);
  });

  it('prints as many rows as are wanted, of all blocks, and says how', async () => {
    const table = await numbers(200_000).collect();
    expect(String(table).split('\n').at(-1)).toBe(
      'the first 20 of 200,000 rows; more of them with .toText({ rows: 200000 })',
    );
    expect(inspect(table)).toBe(String(table));
    const lines = table.toText({ rows: 150_000 }).split('\n');
    expect(lines.at(-1)).toBe('the first 150,000 of 200,000 rows');
    expect(lines.slice(-3, -1)).toEqual(['149999', '150000']);
    expect((await numbers(28).collect()).toText({ rows: 28 })).toMatch(/\n 28\n28 rows$/);
    expect(String(await numbers(20).collect())).toMatch(/\n 20\n20 rows$/);
  });

  it('shows that it is empty', async () => {
    const { html } = await shown(await numbers(0).collect());
    expect(cells(html)).toEqual([]);
    expect(html).toContain('>n<br>');
    expect(html).toContain('0 rows');
  });

  it('cuts long values, and tells null from its text', async () => {
    const values = ['x'.repeat(1000), 'null', null, 'two\nlines'];
    const frame = read.rows(
      values.map((v) => ({ v })),
      { schema: { v: t.string().nullable() } },
    );
    const [long = '', ...rest] = cells((await shown(await frame.collect())).html);
    expect(long).toBe(`${'x'.repeat(199)}…`);
    expect(rest).toEqual(['null', '<span style="opacity: 0.5">null</span>', 'two\nlines']);
  });

  it('shows a bigint inside a struct', async () => {
    const frame = read.rows([{ s: { big: 12n } }], { schema: { s: t.struct({ big: t.bigint() }) } });
    expect(cells((await shown(await frame.collect())).html)[0]).toBe('{&quot;big&quot;:&quot;12&quot;}');
  });
});

describe('a frame', () => {
  it('prints its columns and runs nothing', () => {
    const frame = read.csv('there-is-no-such-file.csv', { schema: { sku: t.string(), n: t.int().nullable() } });
    const text = `a frame of 2 columns:
  sku: string
  n: int or null
a plan: nothing is computed before an action such as .rows() or .head()`;
    expect(`${frame}`).toBe(text);
    expect(inspect(frame.filter((r) => r.n.gt(1)))).toBe(text);
    expect(inspect({ frame })).toContain('a frame of 2 columns');
  });

  it('shows its first 10 rows', async () => {
    const { html, text } = await shown(numbers(1000).filter((r) => r.n.gt(5)));
    expect(cells(html)).toEqual(Array.from({ length: 10 }, (_, i) => String(i + 6)));
    expect(html).toContain('the first 10 rows; more follow');
    expect(text).toContain('the first 10 rows; more follow');
  });

  it.each([1, 10])('shows all of %i, and says so', async (count) => {
    const { html } = await shown(numbers(count));
    expect(cells(html)).toHaveLength(count);
    expect(html).toContain(`<small>${count} ${count === 1 ? 'row' : 'rows'}</small>`);
  });

  it('shows the error of its plan', async () => {
    const frame = read.rows([{ n: 'x' }], { schema: { n: t.int() } });
    await expect(shown(frame)).rejects.toMatchObject({ code: 'rows.bad_row' });
  });
});
