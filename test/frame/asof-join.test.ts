import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../src/index.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

interface Left {
  readonly id: number;
  readonly at: number | null;
  readonly sku: string | null;
}
interface Right {
  readonly row: number;
  readonly time: number | null;
  readonly item: string | null;
}

/** The last of the nearest rows, of two equally near times the earlier. */
function nearest(l: Left, rights: readonly Right[], direction: string, tolerance: number, by: boolean): number | null {
  const near = (r: Right): boolean => {
    if (l.at === null || r.time === null) return false;
    if (by && (l.sku === null || l.sku !== r.item)) return false;
    if (direction === 'backward' && r.time > l.at) return false;
    if (direction === 'forward' && r.time < l.at) return false;
    return Math.abs(r.time - l.at) <= tolerance;
  };
  let best: Right | undefined;
  for (const r of rights.filter(near)) {
    const [a, b] = [Math.abs((r.time ?? 0) - (l.at ?? 0)), Math.abs((best?.time ?? 0) - (l.at ?? 0))];
    if (best === undefined || a < b || (a === b && (r.time ?? 0) <= (best.time ?? 0))) best = r;
  }
  return best?.row ?? null;
}

const skus = fc.constantFrom('a', 'b', null);
const times = fc.option(fc.integer({ min: -6, max: 6 }), { freq: 6 });
const cases = fc.record({
  lefts: fc.array(fc.record({ at: times, sku: skus }), { maxLength: 12 }),
  rights: fc.array(fc.record({ time: times, item: skus }), { maxLength: 12 }),
  direction: fc.constantFrom('backward', 'forward', 'nearest'),
  tolerance: fc.constantFrom(undefined, 0, 1, 3),
  by: fc.boolean(),
  dtype: fc.constantFrom('int', 'bigint', 'float', 'decimal', 'date', 'timestamp'),
});

const day = (n: number): Date => new Date(Date.UTC(2024, 0, 1 + n));
/** A whole number as a value of each dtype, and a tolerance of so many. */
const kinds = {
  int: { type: t.int(), value: (n: number) => n, tolerance: (n: number) => n },
  bigint: { type: t.bigint(), value: (n: number) => BigInt(n), tolerance: (n: number) => n },
  float: { type: t.float(), value: (n: number) => n / 4, tolerance: (n: number) => n / 4 },
  decimal: { type: t.decimal(6, 1), value: (n: number) => (n / 10).toFixed(1), tolerance: (n: number) => n / 10 },
  date: {
    type: t.date(),
    value: (n: number) => day(n).toISOString().slice(0, 10),
    tolerance: (days: number) => ({ days }),
  },
  timestamp: { type: t.timestamp(), value: day, tolerance: (n: number) => ({ hours: n * 24 }) },
};

test('is what a search of all rows finds, in the order of the left', async () => {
  await fc.assert(
    fc.asyncProperty(cases, async ({ lefts, rights, direction, tolerance, by, dtype }) => {
      const { type, value, tolerance: within } = kinds[dtype as keyof typeof kinds];
      const of = (n: number | null): unknown => (n === null ? null : value(n));
      const l = lefts.map((row, id) => ({ ...row, id }));
      const r = rights.map((row, i) => ({ ...row, row: i }));
      const left = read.rows(
        l.map((row) => ({ ...row, at: of(row.at) })),
        { schema: { id: t.int(), at: type.nullable(), sku: t.string().nullable() } as never },
      );
      const right = read.rows(
        r.map((row) => ({ ...row, time: of(row.time) })),
        { schema: { row: t.int(), time: type.nullable(), item: t.string().nullable() } as never },
      );
      const joined = left.asofJoin(right, {
        on: { at: 'time' },
        direction,
        ...(by ? { by: { sku: 'item' } } : {}),
        ...(tolerance === undefined ? {} : { tolerance: within(tolerance) }),
      } as never) as unknown as { rows(): Promise<{ id: number; row: number | null; time: unknown }[]> };
      const rows = await joined.rows();
      const found = l.map((one) => [one.id, nearest(one, r, direction, tolerance ?? Number.POSITIVE_INFINITY, by)]);
      expect(rows.map(({ id, row }) => [id, row])).toEqual(found);
      expect(rows.map(({ time }) => time)).toEqual(
        found.map(([, row]) => (row == null ? null : of(r[row]?.time ?? null))),
      );
    }),
    { numRuns: 60 },
  );
}, 60_000);

const trades = read.rows(
  [
    { at: '2024-05-01T10:06:00Z', symbol: 'x', price: 3 },
    { at: '2024-05-01T10:00:00Z', symbol: 'x', price: 1 },
    { at: '2024-05-01T10:05:00Z', symbol: 'y', price: 2 },
  ],
  { schema: { at: t.timestamp(), symbol: t.string(), price: t.int() } },
);
const quotes = read.rows(
  [
    { at: '2024-05-01T10:00:00Z', symbol: 'x', price: 10 },
    { at: '2024-05-01T10:00:00Z', symbol: 'x', price: 9 },
    { at: '2024-05-01T10:07:00Z', symbol: 'y', price: 20 },
  ],
  { schema: { at: t.timestamp(), symbol: t.string(), price: t.int() } },
);

describe('asofJoin', () => {
  const found = async (frame: { rows(): Promise<readonly object[]> }): Promise<unknown[]> =>
    (await frame.rows()).map((row) => (row as { readonly price_q: unknown }).price_q);

  test('takes the last before, as far as the tolerance reaches', async () => {
    const suffix = '_q';
    const joined = trades.asofJoin(quotes, { on: 'at', by: 'symbol', suffix });
    expect(joined.schema.map((f) => f.name)).toEqual(['at', 'symbol', 'price', 'price_q']);
    expect(await found(joined)).toEqual([9, 9, null]);
    const near = { on: 'at', by: 'symbol', suffix, tolerance: { minutes: 5 } } as const;
    expect(await found(trades.asofJoin(quotes, near))).toEqual([null, 9, null]);
    expect(await found(trades.asofJoin(quotes, { ...near, direction: 'nearest' }))).toEqual([null, 9, 20]);
    expect(await found(trades.asofJoin(quotes, { ...near, tolerance: { seconds: 360 } }))).toEqual([9, 9, null]);
  });

  test('of rows without an order the greatest is the last', async () => {
    const unordered = quotes.groupBy('at', 'symbol', 'price').agg((r) => ({ n: r.price.count() }));
    expect(await found(trades.asofJoin(unordered, { on: 'at', by: 'symbol', suffix: '_q' }))).toEqual([10, 10, null]);
  });

  test('the order of a sort is kept, and a left without an order has none after it', async () => {
    const sorted = trades.sort({ desc: 'price' }).asofJoin(quotes, { on: 'at', by: 'symbol', suffix: '_q' });
    expect((await sorted.limit(2).rows()).map((row) => row.price)).toEqual([3, 2]);
    const grouped = trades.groupBy('at').agg((r) => ({ high: r.price.max() }));
    await expect(grouped.asofJoin(quotes, { on: 'at' }).withRowNumber('n').explain()).rejects.toMatchObject({
      code: 'compile.order',
    });
  });

  test('what does not fit is an error that names the choices', () => {
    const refuses = (options: object, message: RegExp): void =>
      expect(() => trades.asofJoin(quotes, { by: 'symbol', suffix: '_q', ...options } as never)).toThrow(message);
    refuses({ on: 'when' }, /asofJoin, left side: there is no column "when"/);
    refuses({ on: [] }, /on names no column/);
    refuses({ on: ['at', 'price'] }, /on names 2 columns\. Name the one/);
    refuses({ on: 'symbol', by: 'at' }, /symbol is string and symbol is string\. Rows are near by two numbers/);
    refuses({ on: 'at', by: { symbol: 'price' } }, /symbol is string and price is int\. Cast/);
    refuses({ on: 'at', direction: 'back' }, /direction is "back"\. The choices are backward, forward, nearest/);
    refuses({ on: 'at', tolerance: 5 }, /tolerance is 5, and at is timestamp\. Give one of \{ weeks \| days/);
    refuses({ on: 'at', tolerance: { months: 1 } }, /tolerance is \{"months":1\}/);
    refuses({ on: 'at', tolerance: { minutes: 1, seconds: 1 } }, /tolerance is \{"minutes":1,"seconds":1\}/);
    refuses({ on: 'at', tolerance: { minutes: -1 } }, /tolerance is \{"minutes":-1\}/);
    refuses(
      { on: 'price', tolerance: { days: 1 } },
      /tolerance is \{"days":1\}, and price is int\. Give a number from 0/,
    );
    refuses({ on: 'price', tolerance: Number.NaN }, /tolerance is/);
    refuses({ on: 'at', suffix: '' }, /both sides have a column "price"\. Give a suffix/);
    const days = quotes.withColumns((r) => ({ at: r.at.cast(t.date()) }));
    expect(() => trades.asofJoin(days, { on: 'at', suffix: '_q' } as never)).toThrow(/at is timestamp and at is date/);
  });
});
