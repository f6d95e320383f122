import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fitImputer, Imputer, t } from '../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const schema = {
  id: t.int(),
  region: t.string().nullable(),
  year: t.int(),
  quantity: t.int().nullable(),
  price: t.decimal(8, 2).nullable(),
  tier: t.enum(['bulk', 'retail']).nullable(),
  weight: t.float().nullable(),
};
type Row = {
  id: number;
  region: string | null;
  year: number;
  quantity: number | null;
  price: string | null;
  tier: string | null;
  weight: number | null;
};
const frameOf = (rows: readonly Row[]) => session.read.rows(rows, { schema });
const row: Row = { id: 0, region: 'north', year: 2024, quantity: null, price: null, tier: null, weight: null };

const train: readonly Row[] = [
  { ...row, id: 1, quantity: 1, price: '1.10', tier: 'bulk', weight: 1 },
  { ...row, id: 2, quantity: 4, price: '2.20', tier: 'bulk', weight: 2 },
  { ...row, id: 3, quantity: 4, price: '9.90', tier: 'retail', year: 2023 },
  { ...row, id: 4, region: 'south', quantity: 10, price: '5.00', tier: 'retail' },
  { ...row, id: 5, region: 'south', quantity: 20, tier: 'retail' },
  { ...row, id: 6, region: null, quantity: 7, tier: 'bulk' },
  { ...row, id: 7, region: 'empty' },
];
const held: readonly Row[] = [
  { ...row, id: 11 },
  { ...row, id: 12, region: 'south' },
  { ...row, id: 13, region: null },
  { ...row, id: 14, region: 'unheard of' },
  { ...row, id: 15, region: 'empty' },
  { ...row, id: 16, quantity: 99, price: '3.33', tier: 'retail', weight: 5 },
];

describe('statistics', () => {
  test('of the whole', async () => {
    const imputer = await fitImputer(frameOf(train), {
      quantity: 'mean',
      price: 'median',
      tier: 'mode',
      weight: { mean: true },
    });
    const filled = imputer.apply(frameOf(held));
    expect(filled.schema.slice(3).map((field) => [field.name, field.dtype.id, field.nullable])).toEqual([
      ['quantity', 'float', false],
      ['price', 'decimal', false],
      ['tier', 'string', false],
      ['weight', 'float', false],
    ]);
    const rows = await filled.rows();
    // 46 / 6; between 2.20 and 5.00; three of each, the smaller; 3 / 2.
    expect(rows[0]).toEqual({ ...row, id: 11, quantity: 46 / 6, price: '3.60', tier: 'bulk', weight: 1.5 });
    expect(rows[5]).toEqual({ ...held[5] });
  });

  test('of the group, with the whole for groups that have none', async () => {
    const imputer = await fitImputer(frameOf(train), {
      quantity: { mean: true, by: 'region' },
      price: { median: true, by: ['region', 'year'] },
      tier: { mode: true, by: 'region' },
    });
    const rows = await imputer.apply(frameOf(held)).rows();
    expect(rows.map((r) => [r.quantity, r.price, r.tier])).toEqual([
      [3, '1.65', 'bulk'],
      [15, '5.00', 'retail'],
      [7, '3.60', 'bulk'],
      [46 / 6, '3.60', 'bulk'],
      [46 / 6, '3.60', 'bulk'],
      [99, '3.33', 'retail'],
    ]);
    expect(imputer.parameters.columns[1]?.groups).toEqual([
      { key: ['north', 2023], values: [9.9] },
      { key: ['north', 2024], values: [expect.closeTo(1.65, 12)] },
      { key: ['south', 2024], values: [5] },
    ]);
  });

  test('of hundreds of groups, against plain JavaScript', async () => {
    const many = Array.from({ length: 3000 }, (_, id) => ({
      ...row,
      id,
      region: `r${(id * 7919) % 311}`,
      weight: id % 3 === 0 ? null : ((id * 31) % 101) / 7,
    }));
    const imputer = await fitImputer(frameOf(many), { weight: { mean: true, by: 'region' } });
    const rows = await imputer.apply(frameOf(many)).rows();
    expect(rows).toHaveLength(3000);
    for (const [i, { region, weight }] of rows.entries()) {
      const group = many.filter((r) => r.region === region && r.weight !== null);
      const mean = group.reduce((sum, r) => sum + (r.weight ?? 0), 0) / group.length;
      expect(weight).toBeCloseTo(many[i]?.weight ?? mean, 12);
    }
    const reversed = await fitImputer(frameOf([...many].reverse()), { weight: { mean: true, by: 'region' } });
    reversed.parameters.columns[0]?.groups.forEach((group, i) => {
      const other = imputer.parameters.columns[0]?.groups[i];
      expect(group.key).toEqual(other?.key);
      expect(Math.abs(Number(group.values[0]) - Number(other?.values[0]))).toBeLessThan(1e-11);
    });
  });
});

/** Rows with their floats to twelve digits. */
function nearly(rows: readonly object[]): unknown {
  return JSON.parse(
    JSON.stringify(rows, (_, value) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value)),
  );
}

describe('inline, frame.impute gives what a fit on the same frame gives', () => {
  const rows = [...train, ...held];

  test('by groups', async () => {
    const imputations = {
      quantity: { mean: true, by: 'region' },
      price: { median: true, by: ['region', 'year'] },
      tier: { mode: true, by: 'region' },
      weight: 'mean',
    } as const;
    const frame = frameOf(rows);
    const fitted = (await fitImputer(frame, imputations)).apply(frame);
    const inline = frame.impute(imputations);
    expect(inline.schema.map(({ name, dtype, nullable }) => [name, dtype.id, nullable])).toEqual(
      fitted.schema.map(({ name, dtype, nullable }) => [name, dtype.id, nullable]),
    );
    const expected = await fitted.rows();
    const found = await inline.rows();
    expect(found.map((r) => [r.id, r.price, r.tier, r.weight])).toEqual(
      expected.map((r) => [r.id, r.price, r.tier, r.weight]),
    );
    found.forEach((r, i) => {
      expect(r.quantity).toBeCloseTo(expected[i]?.quantity ?? Number.NaN, 12);
    });
  });

  test('by regression and from donors', async () => {
    const many = Array.from({ length: 200 }, (_, id) => ({
      ...row,
      id,
      region: [null, 'north', 'south', 'none'][id % 4] ?? null,
      quantity: id % 5 === 0 || id % 4 === 3 ? null : (id * 7919) % 31,
      price: id % 3 === 0 ? null : `${(id * 31) % 17}.25`,
      tier: id % 7 < 3 ? null : (['bulk', 'retail'] as const)[id % 2 === 0 ? 0 : 1],
      weight: id % 6 === 0 ? null : ((id * 31) % 101) / 7,
    }));
    const frame = frameOf(many).withColumns((r) => ({ late: r.weight.gt(7), day: r.id.mod(9).cast(t.string()) }));
    for (const imputations of [
      { weight: { regression: ['quantity'] }, price: { regression: ['weight'] } },
      { quantity: { regression: ['price'] } },
      { quantity: { hotDeck: { seed: 7 } }, tier: { hotDeck: { seed: 7 }, by: 'region' } },
      { quantity: { hotDeck: { seed: 8, donors: 2 }, by: ['region', 'tier'] }, weight: 'mean' },
      { weight: { hotDeck: { seed: 1, donors: 3 } }, price: { hotDeck: { seed: 2 }, by: 'tier' } },
      { late: { hotDeck: { seed: 3 }, by: 'region' } },
    ] as const) {
      const fitted = (await fitImputer(frame, imputations)).apply(frame);
      const inline = frame.impute(imputations);
      expect(inline.schema).toEqual(fitted.schema);
      expect(nearly(await inline.rows())).toEqual(nearly(await fitted.rows()));
    }
  });

  test('what is known of a decimal stays to its last digit', async () => {
    const known = ['123456789012345678.91', '-123456789012345699.13', '0.01'];
    const frame = session.read.rows(
      [...known, null].map((y, i) => ({ y, x: 2.5 * i, k: 'a' })),
      { schema: { y: t.decimal(20, 2).nullable(), x: t.float(), k: t.string() } },
    );
    for (const how of [{ regression: ['x'] }, 'mean', { mean: true, by: 'k' }, { hotDeck: { seed: 1 } }] as const) {
      const rows = await frame.impute({ y: how }).rows();
      expect(rows.slice(0, 3).map(({ y }) => y)).toEqual(known);
    }
  });

  test('or says what is wrong', async () => {
    for (const how of [
      { mean: true, by: 'region' },
      { regression: ['year'] },
      { hotDeck: { seed: 1 } },
      { hotDeck: { seed: 1 }, by: 'region' },
    ] as const) {
      const empty = frameOf([row]).impute({ quantity: how });
      await expect(empty.rows()).rejects.toThrow('every value of quantity is null');
      expect(await frameOf([]).impute({ quantity: how }).rows()).toEqual([]);
    }
    const flat = frameOf(rows.map((r) => ({ ...r, year: 2024 }))).impute({ quantity: { regression: ['year'] } });
    await expect(flat.rows()).rejects.toThrow(
      expect.objectContaining({ code: 'impute.no_line', message: expect.stringContaining('year has fewer than two') }),
    );
    const impute = (how: unknown) => () => frameOf(rows).impute({ quantity: how as 'mean' });
    expect(impute({ regression: ['region'] })).toThrow(/needs two columns of numbers, and region is string/);
    expect(impute({ regression: ['quantity'] })).toThrow(/quantity is the column itself/);
    expect(impute({ regression: ['year', 'price'] })).toThrow(/is no way to fill quantity/);
    expect(impute({ regression: ['year'], by: 'region' })).toThrow(/is no way to fill quantity/);
    expect(impute({ hotDeck: {} })).toThrow(/impute: the seed of quantity is undefined. Give a whole number/);
    expect(impute({ hotDeck: { seed: 1, donors: 0 } })).toThrow(
      /impute: donors of quantity is 0. Give a whole number from 1 to 1000/,
    );
    expect(impute({ hotDeck: { seed: 1 }, by: 'regio' })).toThrow(/impute, by: there is no column "regio"/);
    expect(() => frameOf(rows).impute({ quantity: { mean: true, by: 'regio' as 'region' } })).toThrow(
      /impute, by: there is no column "regio"/,
    );
  });
});

describe('regression', () => {
  const line = Array.from({ length: 20 }, (_, id) => ({
    ...row,
    id,
    region: id % 2 === 0 ? 'north' : 'south',
    quantity: id,
    weight: 3 + 2 * id + (id % 2 === 0 ? 0 : 10),
  }));

  test('predicts from other columns, as integers and decimals too', async () => {
    const imputer = await fitImputer(frameOf(line), { weight: { regression: ['quantity', 'region'] } });
    const test = [
      { ...row, quantity: 100 },
      { ...row, quantity: 100, region: 'south' },
      { ...row, quantity: null },
      { ...row, quantity: 100, region: 'west' },
      { ...row, quantity: 100, weight: 1 },
    ];
    const rows = await imputer.apply(frameOf(test)).rows();
    // The mean where a feature is null or a level unknown: 3 + 2 * 9.5 + 5.
    const expected = [203, 213, 27, 27, 1];
    rows.forEach((r, i) => {
      expect(r.weight).toBeCloseTo(expected[i] ?? Number.NaN, 9);
    });
    const again = Imputer.fromJSON(JSON.stringify(imputer));
    expect(again.parameters).toEqual(imputer.parameters);
    expect(await again.apply(frameOf(test)).rows()).toEqual(rows);
  });

  test('refuses a frame without its features', async () => {
    const imputer = await fitImputer(frameOf(line), { weight: { regression: ['quantity'] } });
    const without = frameOf(line).drop('quantity');
    expect(() => imputer.apply(without as never)).toThrow(/there is no quantity \(int when fitted\)/);
    const other = frameOf(line).cast({ quantity: t.float().nullable() });
    expect(() => imputer.apply(other as never)).toThrow(/quantity is float, but was int when fitted/);
  });
});

describe('hot-deck', () => {
  const donors = Array.from({ length: 50 }, (_, id) => ({
    ...row,
    id,
    region: id % 2 === 0 ? 'north' : 'south',
    quantity: id,
    tier: id < 10 ? 'bulk' : 'retail',
  }));
  const missing = Array.from({ length: 200 }, (_, id) => ({ ...row, id, region: id % 2 === 0 ? 'north' : 'south' }));
  const drawn = async (seed: number, rows: readonly Row[] = donors) => {
    const imputer = await fitImputer(frameOf(rows), {
      quantity: { hotDeck: { seed }, by: 'region' },
      tier: { hotDeck: { seed } },
    });
    return imputer.apply(frameOf(missing)).rows();
  };

  test('takes the values of rows of the same group, many of them', async () => {
    const rows = await drawn(7);
    for (const r of rows) expect((r.quantity ?? -1) % 2).toBe(r.region === 'north' ? 0 : 1);
    expect(new Set(rows.map((r) => r.quantity)).size).toBeGreaterThan(40);
    const bulk = rows.filter((r) => r.tier === 'bulk').length;
    expect(bulk).toBeGreaterThan(15);
    expect(bulk).toBeLessThan(70);
  });

  test('by the row and the seed alone', async () => {
    const rows = await drawn(7);
    expect(await drawn(7)).toEqual(rows);
    expect(await drawn(7, [...donors].reverse())).toEqual(rows);
    expect(await drawn(8)).not.toEqual(rows);
    const imputer = await fitImputer(frameOf(donors), { quantity: { hotDeck: { seed: 7 }, by: 'region' } });
    const [one] = await imputer.apply(frameOf(missing.slice(17, 18))).rows();
    expect(one?.quantity).toBe(rows[17]?.quantity);
    const again = Imputer.fromJSON(JSON.stringify(imputer));
    expect(await again.apply(frameOf(missing)).rows()).toEqual(await imputer.apply(frameOf(missing)).rows());
  });

  test('from as many donors as asked, and keeps what is there', async () => {
    const imputer = await fitImputer(frameOf(donors), { quantity: { hotDeck: { seed: 1, donors: 3 } } });
    expect(imputer.parameters.columns[0]?.values).toHaveLength(3);
    const rows = await imputer.apply(frameOf([...missing, { ...row, quantity: 77 }])).rows();
    expect(new Set(rows.map((r) => r.quantity)).size).toBe(4);
    expect(rows.at(-1)?.quantity).toBe(77);
    const dtype = imputer.apply(frameOf(missing)).schema.find((field) => field.name === 'quantity');
    expect(dtype).toEqual({ name: 'quantity', dtype: { id: 'int' }, nullable: false });
  });
});

test('applying teaches it nothing', async () => {
  const imputer = await fitImputer(frameOf(train), {
    quantity: { mean: true, by: 'region' },
    tier: { hotDeck: { seed: 1 } },
  });
  const before = JSON.stringify(imputer);
  await imputer.apply(frameOf(held)).rows();
  expect(JSON.stringify(imputer)).toBe(before);
});

describe('what cannot be learned is told', () => {
  test('no rows, nulls alone, infinite values', async () => {
    for (const how of ['mean', 'median', 'mode'] as const) {
      await expect(fitImputer(frameOf([]), { quantity: how })).rejects.toThrow(
        'quantity has nothing to learn from: there are no rows.',
      );
      await expect(fitImputer(frameOf([row]), { quantity: { [how as 'mean']: true, by: 'region' } })).rejects.toThrow(
        'every value of its 1 row is null',
      );
    }
    await expect(fitImputer(frameOf([row]), { tier: 'mode' })).rejects.toMatchObject({
      code: 'preprocessing.no_values',
    });
    await expect(fitImputer(frameOf([row]), { tier: { hotDeck: { seed: 1 } } })).rejects.toMatchObject({
      code: 'preprocessing.no_values',
    });
    const odd = frameOf([{ ...row, weight: 1000 }]).withColumns((r) => ({ weight: r.weight.exp() }));
    await expect(fitImputer(odd, { weight: 'mean' })).rejects.toMatchObject({ code: 'preprocessing.not_finite' });
    const one = await fitImputer(frameOf(train.slice(0, 1)), { quantity: { mean: true, by: 'region' } });
    expect((await one.apply(frameOf(held)).rows()).map((r) => r.quantity)).toEqual([1, 1, 1, 1, 1, 99]);
  });

  test('what is no imputation', async () => {
    const wrong = (imputations: object) => fitImputer(frameOf(train), imputations as { quantity: 'mean' });
    await expect(wrong({ quantity: 'average' })).rejects.toThrow('"average" is no way to fill quantity. Give \'mean\'');
    await expect(wrong({ quantity: null })).rejects.toThrow('null is no way to fill quantity');
    await expect(wrong({ quantity: { hotDeck: {} } })).rejects.toThrow('the seed of quantity is undefined');
    await expect(wrong({ quantity: { hotDeck: { seed: 1, donors: 0 } } })).rejects.toThrow('donors of quantity is 0');
    await expect(wrong({ quantity: { mean: true, by: 'weight' } })).rejects.toThrow(
      'weight is float, not a string, an int',
    );
    await expect(wrong({ tier: 'mean' })).rejects.toThrow(/tier is enum\('bulk', 'retail'\), not a number/);
    await expect(wrong({ quantitty: 'mean' })).rejects.toThrow('Did you mean "quantity"?');
  });

  test('more groups than an expression holds', async () => {
    const many = Array.from({ length: 10_001 }, (_, id) => ({ ...row, id, year: id, quantity: id }));
    await expect(fitImputer(frameOf(many), { quantity: { mean: true, by: 'year' } })).rejects.toMatchObject({
      code: 'preprocessing.too_many_groups',
    });
    const most = many.slice(1);
    const imputer = await fitImputer(frameOf(most), { quantity: { mean: true, by: 'year' } });
    const empty = most.map((r) => ({ ...r, quantity: null }));
    const rows = await imputer.apply(frameOf(empty)).rows();
    expect(rows.map((r) => r.quantity)).toEqual(most.map((r) => r.quantity));
  });
});
