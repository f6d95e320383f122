import { afterAll, describe, expect, test } from 'vitest';
import { createSession, Encoder, encode, fitEncoder, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const schema = {
  id: t.int(),
  region: t.enum(['north', 'east', 'south']),
  size: t.string().nullable(),
  store: t.int(),
  vip: t.boolean(),
  day: t.date(),
};
type Row = { id: number; region: string; size: string | null; store: number; vip: boolean; day: string };
const frameOf = (rows: readonly Row[]) => session.read.rows(rows, { schema });

const row: Row = { id: 1, region: 'north', size: 'S', store: 10, vip: true, day: '2024-05-01' };
const train: readonly Row[] = [
  row,
  { ...row, id: 2, region: 'south', size: 'L', store: 9, vip: false, day: '2024-04-01' },
  { ...row, id: 3, region: 'south', size: null, store: 100 },
  { ...row, id: 4, size: 'S' },
];

describe('ordinal', () => {
  test('by value, or in the order of an enum', async () => {
    const columns = ['region', 'size', 'store', 'vip', 'day'] as const;
    const encoder = await fitEncoder(frameOf(train), { columns, method: 'ordinal' });
    expect(encoder.parameters.columns.map((column) => column.categories)).toEqual([
      ['north', 'east', 'south'],
      ['L', 'S'],
      [9, 10, 100],
      [false, true],
      ['2024-04-01', '2024-05-01'],
    ]);
    const coded = encoder.apply(frameOf(train));
    expect(coded.schema.map((field) => [field.name, field.dtype.id, field.nullable])).toEqual([
      ['id', 'int', false],
      ['region', 'int', false],
      ['size', 'int', true],
      ['store', 'int', false],
      ['vip', 'int', false],
      ['day', 'int', false],
    ]);
    expect(await coded.rows()).toEqual([
      { id: 1, region: 0, size: 1, store: 1, vip: 1, day: 1 },
      { id: 2, region: 2, size: 0, store: 0, vip: 0, day: 0 },
      { id: 3, region: 2, size: null, store: 2, vip: 1, day: 1 },
      { id: 4, region: 0, size: 1, store: 1, vip: 1, day: 1 },
    ]);
  });

  test('in the declared order', async () => {
    const options = { columns: ['size'], method: 'ordinal', categories: { size: ['S', 'M', 'L'] } } as const;
    const encoder = await fitEncoder(frameOf(train), options);
    const coded = await encoder.apply(frameOf(train)).rows();
    expect(coded.map((r) => r.size)).toEqual([0, 2, null, 0]);
    expect(await frameOf(train).pipe(encode(options)).rows()).toEqual(coded);
  });

  test('hundreds of strings, by code point, each found again', async () => {
    const words = Array.from({ length: 300 }, (_, i) => `${String.fromCodePoint(0x61 + (i % 26), 0xff00 + i)}${i}`);
    const odd = ['', ' ', "it's", '\u{1F600}', '\uFFFD', '%', '"'];
    const rows = [...words, ...odd].map((size, id) => ({ ...row, id, size }));
    const encoder = await fitEncoder(frameOf(rows), { columns: ['size'], method: 'ordinal' });
    const order = rows.map((r) => r.size).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
    expect(encoder.parameters.columns[0]?.categories).toEqual(order);
    const coded = await encoder.apply(frameOf(rows)).rows();
    expect(coded.map((r) => order[r.size ?? -1])).toEqual(rows.map((r) => r.size));
  });
});

describe('one-hot', () => {
  test('a column a category where the column stood', async () => {
    const encoder = await fitEncoder(frameOf(train), { columns: ['region'], method: 'one-hot' });
    const hot = encoder.apply(frameOf(train));
    expect(hot.schema.map((field) => field.name)).toEqual([
      'id',
      'region_north',
      'region_east',
      'region_south',
      'size',
      'store',
      'vip',
      'day',
    ]);
    const rows = await hot.rows();
    expect(rows.map((r) => [r.region_north, r.region_east, r.region_south])).toEqual([
      [1, 0, 0],
      [0, 0, 1],
      [0, 0, 1],
      [1, 0, 0],
    ]);
  });

  test('of categories that only the data tell, by name; null stays null', async () => {
    const encoder = await fitEncoder(frameOf(train), { columns: ['size', 'store'], method: 'one-hot' });
    const hot = encoder.apply(frameOf(train));
    const named = hot.withColumns((r) => ({
      large: r.col('size_L', t.int().nullable()),
      nine: r.col('store_9', t.int()),
    }));
    const rows = await named.rows();
    expect(rows.map((r) => [r.large, r.nine])).toEqual([
      [0, 0],
      [1, 1],
      [null, 0],
      [0, 0],
    ]);
    const typed = await hot.withSchema({ id: t.int(), size_S: t.int().nullable(), store_100: t.int() }).rows();
    expect(typed[2]).toEqual({ id: 3, size_S: null, store_100: 1 });
  });

  test('without the first category', async () => {
    const options = {
      columns: ['size'],
      method: 'one-hot',
      drop: 'first',
      categories: { size: ['S', 'M', 'L'] },
    } as const;
    const hot = (await fitEncoder(frameOf(train), options)).apply(frameOf(train));
    expect(hot.schema.map((field) => field.name)).toEqual(['id', 'region', 'size_M', 'size_L', 'store', 'vip', 'day']);
    const rows = await hot.rows();
    expect(rows.map((r) => [r.size_M, r.size_L])).toEqual([
      [0, 0],
      [0, 1],
      [null, null],
      [0, 0],
    ]);
    expect(await frameOf(train).pipe(encode(options)).rows()).toEqual(rows);
  });
});

describe('a category that the training rows did not have', () => {
  const held = frameOf([
    { ...row, size: 'XXL', store: 77 },
    { ...row, size: null },
  ]);

  test('ends the run and is named', async () => {
    for (const method of ['ordinal', 'one-hot'] as const) {
      const encoder = await fitEncoder(frameOf(train), { columns: ['size'], method });
      await expect(encoder.apply(held).rows()).rejects.toMatchObject({
        code: 'preprocessing.unknown_category',
        message: expect.stringContaining('size holds "XXL", which is none of its categories "L", "S".'),
      });
    }
    const stores = await fitEncoder(frameOf(train), { columns: ['store'], method: 'ordinal' });
    await expect(stores.apply(held).rows()).rejects.toThrow(
      'store holds "77", which is none of its categories 9, 10, 100',
    );
  });

  test('is null, or one of its own', async () => {
    const columns = ['size', 'store'] as const;
    const asNull = await fitEncoder(frameOf(train), { columns, method: 'ordinal', unknown: 'null' });
    const coded = asNull.apply(held);
    expect(coded.schema.filter((f) => f.name === 'store')[0]?.nullable).toBe(true);
    expect((await coded.rows()).map((r) => [r.size, r.store])).toEqual([
      [null, null],
      [null, 1],
    ]);
    const other = await fitEncoder(frameOf(train), { columns, method: 'ordinal', unknown: 'other' });
    expect((await other.apply(held).rows()).map((r) => [r.size, r.store])).toEqual([
      [2, 3],
      [null, 1],
    ]);
    const hot = await fitEncoder(frameOf(train), { columns: ['size'], method: 'one-hot', unknown: 'other' });
    const rows: Record<string, unknown>[] = await hot.apply(held).rows();
    expect(rows.map((r) => [r.size_L, r.size_S, r.size_other])).toEqual([
      [0, 0, 1],
      [null, null, null],
    ]);
    const nulls = await fitEncoder(frameOf(train), { columns: ['size'], method: 'one-hot', unknown: 'null' });
    const [first]: Record<string, unknown>[] = await nulls.apply(held).rows();
    expect([first?.size_L, first?.size_S]).toEqual([null, null]);
  });

  test('and applying teaches it nothing', async () => {
    const encoder = await fitEncoder(frameOf(train), { columns: ['size'], method: 'ordinal', unknown: 'other' });
    const before = JSON.stringify(encoder);
    await encoder.apply(held).rows();
    expect(JSON.stringify(encoder)).toBe(before);
    const reversed = await fitEncoder(frameOf([...train].reverse()), {
      columns: ['size'],
      method: 'ordinal',
      unknown: 'other',
    });
    expect(JSON.stringify(reversed)).toBe(before);
  });
});

test('through JSON it stays the same', async () => {
  for (const method of ['ordinal', 'one-hot'] as const) {
    const columns = ['region', 'size', 'store', 'vip', 'day'] as const;
    const encoder = await fitEncoder(frameOf(train), { columns, method, unknown: 'null' });
    const again = Encoder.fromJSON(JSON.stringify(encoder));
    expect(again.parameters).toEqual(encoder.parameters);
    expect(await again.apply(frameOf(train)).rows()).toEqual(await encoder.apply(frameOf(train)).rows());
  }
  const column = { name: 'a', dtype: 'int', categories: ['1'] };
  const json = {
    format: 'millrace.encoder',
    version: 1,
    method: 'ordinal',
    unknown: 'null',
    drop: 'none',
    columns: [column],
  };
  expect(() => Encoder.fromJSON(json)).toThrow('columns[0].categories[0] is "1", not of int');
});

describe('what cannot be learned is told', () => {
  test('no rows, nulls alone; an enum needs none', async () => {
    const sizes = (rows: readonly Row[]) => fitEncoder(frameOf(rows), { columns: ['size'], method: 'ordinal' });
    await expect(sizes([])).rejects.toThrow('size has nothing to learn from: there are no rows.');
    await expect(sizes([{ ...row, size: null }])).rejects.toThrow('every value of its 1 row is null');
    expect((await sizes([row])).parameters.columns[0]?.categories).toEqual(['S']);
    const regions = await fitEncoder(frameOf([]), { columns: ['region'], method: 'ordinal' });
    expect((await regions.apply(frameOf(train)).rows()).map((r) => r.region)).toEqual([0, 2, 2, 0]);
  });

  test('too many categories, wrong categories, a column of that name', async () => {
    const rows = Array.from({ length: 1001 }, (_, id) => ({ ...row, id, store: id }));
    await expect(fitEncoder(frameOf(rows), { columns: ['store'], method: 'ordinal' })).rejects.toMatchObject({
      code: 'preprocessing.too_many_categories',
    });
    const declared = (categories: object) =>
      fitEncoder(frameOf(train), { columns: ['size'], method: 'ordinal', categories });
    await expect(declared({ size: [] })).rejects.toThrow('the categories of size are []. Give 1 to 1000');
    await expect(declared({ size: ['S', 'S'] })).rejects.toThrow('different values');
    await expect(declared({ size: [1] })).rejects.toThrow(/size is string: 1 does not fit/);
    await expect(declared({ sise: ['S'] })).rejects.toThrow('categories names sise, which is none of the columns size');
    const clash = await fitEncoder(frameOf([{ ...row, size: 'other' }]), {
      columns: ['size'],
      method: 'one-hot',
      unknown: 'other',
    });
    expect(() => clash.apply(frameOf(train))).toThrow(/"size_other" and "size_other" have the same name/);
    expect(() => frameOf(train).pipe(encode({ columns: ['size'], method: 'one-hot' }))).toThrow(
      /the categories of size are not known before the plan runs/,
    );
  });
});
