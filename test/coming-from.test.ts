import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type AnyCol, createSession, type Frame, fn, load, t } from '../src/index.ts';

/** The rows of the guide "coming from": the SQL and the millrace of each are run on the same tables, and agree. */

const guide = readFileSync(join(import.meta.dirname, '../docs/guides/coming-from.md'), 'utf8');

const schema = {
  id: t.int(),
  region: t.string().nullable(),
  product: t.string(),
  quantity: t.int().nullable(),
  price: t.decimal(10, 2),
  sold_at: t.timestamp(),
  tags: t.list(t.string()),
};
const rows = [
  {
    id: 1,
    region: 'north',
    product: 'desk',
    quantity: 3,
    price: '120.25',
    sold_at: '2026-01-05T08:00:00Z',
    tags: ['a', 'b'],
  },
  {
    id: 2,
    region: 'south',
    product: 'lamp',
    quantity: null,
    price: '15.50',
    sold_at: '2026-01-17T10:30:00Z',
    tags: [],
  },
  { id: 3, region: null, product: ' lamp', quantity: 5, price: '14.05', sold_at: '2026-02-01T00:00:00Z', tags: ['b'] },
  {
    id: 4,
    region: 'north',
    product: 'desk',
    quantity: 2,
    price: '120.25',
    sold_at: '2026-02-03T23:59:00Z',
    tags: ['c'],
  },
  {
    id: 5,
    region: 'west ',
    product: 'chair',
    quantity: 4,
    price: '60.75',
    sold_at: '2026-03-31T12:00:00Z',
    tags: ['a'],
  },
  {
    id: 6,
    region: 'south',
    product: 'lamp',
    quantity: 1,
    price: '15.50',
    sold_at: '2025-12-31T18:00:00Z',
    tags: ['d', 'a'],
  },
];

const session = createSession();
const sales = session.read.rows(rows, { schema });
const regions = session.read.rows(
  [
    { region: 'north', manager: 'Ada' },
    { region: 'south', manager: 'Grace' },
  ],
  { schema: { region: t.string(), manager: t.string() } },
);

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  const text = (value: string | null): string => (value === null ? 'null' : `'${value}'`);
  const values = rows.map(
    (r) =>
      `(${r.id}, ${text(r.region)}, ${text(r.product)}, ${r.quantity}, ${r.price}, ${text(r.sold_at.slice(0, 19))}, [${r.tags.map(text).join(', ')}]::varchar[])`,
  );
  await connection.run(
    'create table sales (id bigint, region varchar, product varchar, quantity bigint, price decimal(10, 2), sold_at timestamp, tags varchar[])',
  );
  await connection.run(`insert into sales values ${values.join(', ')}`);
  await connection.run(`create table regions as from (values ('north', 'Ada'), ('south', 'Grace')) _(region, manager)`);
  connection.closeSync();
});
afterAll(() => session.close());

interface Row {
  readonly heading: string;
  readonly sql: string;
  readonly millrace: string;
}

const guideRows = guide.split('\n## ').flatMap((section): Row[] => {
  const heading = section.split('\n')[0] ?? '';
  return section
    .split('\n')
    .filter((line) => line.startsWith('| ') && !line.startsWith('| pandas'))
    .map((line) => {
      const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/^`|`$/g, ''));
      return { heading, sql: cells[3] ?? '', millrace: cells[5] ?? '' };
    });
});
const tasks = guideRows.filter((row) => !row.heading.startsWith('Reading'));

/** A row as text, its columns by name: whole numbers, decimals and floats are compared as numbers, instants as such. */
function told(row: Readonly<Record<string, unknown>>): string {
  const words = Object.entries(row).map(([name, value]) => {
    if (value instanceof Date) return `${name} ${value.toISOString()}`;
    if (typeof value === 'bigint') return `${name} ${Number(value)}`;
    if (typeof value === 'string' && /^-?\d+\.\d+$/.test(value)) return `${name} ${Number(value)}`;
    return `${name} ${JSON.stringify(value)}`;
  });
  return words.sort().join(', ');
}

test('the guide has its rows', () => {
  expect(tasks.length).toBeGreaterThan(45);
});

describe('the SQL and the millrace of a task give the same rows', () => {
  test.each(tasks)('$millrace', async ({ sql, millrace }) => {
    const make = new Function('sales', 'regions', 'fn', 't', `return ${millrace};`);
    const frame = make(sales, regions, fn, t) as Frame<AnyCol>;
    const given: readonly Readonly<Record<string, unknown>>[] = await frame.rows();
    if (sql === '') return expect(given.length).toBeGreaterThan(0);
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(sql);
    const expected = reader.getRowObjectsJS().map((row) =>
      Object.fromEntries(
        Object.entries(row).map(([name, value], i) => {
          const type = String(reader.columnTypes()[i]);
          if (value === null || !/^DECIMAL/.test(type)) return [name, value];
          return [name, Number(value)];
        }),
      ),
    );
    connection.closeSync();
    const [ours, theirs] = [given.map(told), expected.map(told)];
    expect(sql.includes('order by') && !sql.includes('over') ? ours : ours.sort()).toEqual(
      sql.includes('order by') && !sql.includes('over') ? theirs : theirs.sort(),
    );
  });
});

test('the rows about reading and writing name what there is', () => {
  const { read } = session;
  for (const { millrace } of guideRows.filter((row) => row.heading.startsWith('Reading'))) {
    const name = /(read|load|sales)\.(\w+)/.exec(millrace);
    const owner: object = { read, load, sales }[name?.[1] as 'read' | 'load' | 'sales'];
    expect(typeof Reflect.get(owner, name?.[2] ?? '')).toBe('function');
  }
});
