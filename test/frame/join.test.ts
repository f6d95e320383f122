import { afterAll, describe, expect, test } from 'vitest';
import { createSession, MillraceError, t } from '../../src/index.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

const sales = [
  { id: 1, sku: 'a', day: '2024-01-05' },
  { id: 2, sku: 'a', day: '2024-02-01' },
  { id: 3, sku: 'b', day: '2024-01-31' },
  { id: 4, sku: 'b', day: null },
  { id: 5, sku: null, day: '2024-01-10' },
];
const prices = [
  { item: 'a', from: '2024-01-01', to: '2024-02-01', price: 10 },
  { item: 'a', from: '2024-02-01', to: '2024-03-01', price: 11 },
  { item: 'b', from: '2024-03-01', to: '2024-04-01', price: 20 },
  { item: null, from: '2024-01-01', to: '2025-01-01', price: 30 },
];
const left = read.rows(sales, {
  schema: { id: t.int(), sku: t.string().nullable(), day: t.date().nullable() },
});
const right = read.rows(prices, {
  schema: { item: t.string().nullable(), from: t.date(), to: t.date(), price: t.int() },
});
const kinds = ['inner', 'left', 'right', 'full', 'semi', 'anti'] as const;

const inside = (l: (typeof sales)[number], r: (typeof prices)[number]): boolean =>
  l.day !== null && l.day >= r.from && l.day < r.to;
const sameItem = (l: (typeof sales)[number], r: (typeof prices)[number]): boolean => l.sku !== null && l.sku === r.item;

/** The ids and prices that a join of this kind gives, null for the side that is missing. */
function pairs(matches: (l: (typeof sales)[number], r: (typeof prices)[number]) => boolean, how: string): string[] {
  const found: (readonly (number | null)[])[] = [];
  for (const l of sales) {
    const own = prices.filter((r) => matches(l, r));
    if (how === 'semi' || how === 'anti') {
      if (own.length > 0 === (how === 'semi')) found.push([l.id]);
      continue;
    }
    for (const r of own) found.push([l.id, r.price]);
    if (own.length === 0 && (how === 'left' || how === 'full')) found.push([l.id, null]);
  }
  if (how === 'right' || how === 'full') {
    for (const r of prices) if (!sales.some((l) => matches(l, r))) found.push([null, r.price]);
  }
  return found.map((pair) => JSON.stringify(pair)).sort();
}

const told = async (rows: Promise<readonly object[]>): Promise<string[]> =>
  (await rows)
    .map((row) => row as Readonly<Record<string, unknown>>)
    .map((row) => JSON.stringify('price' in row ? [row.id, row.price] : [row.id]))
    .sort();

describe.each(kinds)('a condition, %s', (how) => {
  test('beside keys', async () => {
    const joined = left.join(right, {
      on: { sku: 'item' },
      where: (l, r) => l.day.gte(r.from).and(l.day.lt(r.to)),
      how,
    });
    expect(await told(joined.rows())).toEqual(pairs((l, r) => sameItem(l, r) && inside(l, r), how));
  });

  test('alone', async () => {
    const joined = left.join(right, { where: (l, r) => l.day.gte(r.from).and(l.day.lt(r.to)), how });
    expect(await told(joined.rows())).toEqual(pairs(inside, how));
  });
});

test('a frame with itself: each column is of the side that was asked', async () => {
  const others = left.join(left, { on: 'sku', where: (l, r) => l.id.gt(r.id), suffix: '_other' });
  expect(await others.select('id', 'id_other').sort('id').rows()).toEqual([
    { id: 2, id_other: 1 },
    { id: 4, id_other: 3 },
  ]);
  const alone = left.join(left, { on: 'sku', where: (l, r) => l.id.ne(r.id), how: 'anti' });
  expect(await alone.select('id').rows()).toEqual([{ id: 5 }]);
});

test('a condition without any of its sides holds for all pairs or for none', async () => {
  const all = left.join(right, { where: (l) => l.id.isNotNull() });
  expect(await all.count()).toBe(sales.length * prices.length);
  expect(await left.join(right, { where: (_, r) => r.price.gt(25), how: 'semi' }).count()).toBe(sales.length);
});

test('what is no condition of the two sides is an error', () => {
  const bad = (where: unknown, message: RegExp): void => {
    const joined = () => left.join(right, { where } as never);
    expect(joined).toThrow(MillraceError);
    expect(joined).toThrow(message);
  };
  type Sides = Readonly<
    Record<string, { eq(other: unknown): unknown; max(): { over(): { eq(to: number): unknown } } }>
  >;
  bad((l: Sides) => l.skuu?.eq('a'), /join, where, left side: there is no column "skuu".*sku/);
  bad((_: Sides, r: Sides) => r.sku?.eq('a'), /join, where, right side: there is no column "sku"/);
  bad(() => true, /join: where did not give a boolean expression/);
  bad('id', /join, where, was given "id"\. Give a function/);
  bad((l: Sides) => l.id?.max().over().eq(5), /where reads max\(id\)\.over\(\.\.\)\. Compute it in a withColumns/);
  right.filter((other) => {
    bad((l: Sides) => l.id?.eq(other.price), /where reads price of another frame/);
    return other.price.gt(0);
  });
  bad(undefined, /on is empty/);
});

test('a cast in a condition cannot put rows aside', async () => {
  const joined = left.join(right, { where: (l) => l.sku.parse(t.int(), { onError: 'quarantine' }).gt(1), how: 'semi' });
  await expect(joined.rows()).rejects.toThrow(/^join, where: onError: 'quarantine' cannot put rows aside/);
});

test('the plan says so', async () => {
  const joined = left.join(right, { on: { sku: 'item' }, where: (l, r) => l.day.gte(r.from) });
  expect(await joined.explain()).toContain('inner join on sku = item and gte(left.day, right.from)');
});
