import { afterAll, describe, expect, test } from 'vitest';
import type { SplitOptions } from '../../src/frame/frame.ts';
import { createSession, MillraceError, type Session, t } from '../../src/index.ts';

const ROWS = 10_000;
const schema = {
  id: t.int(),
  customer: t.string().nullable(),
  region: t.string(),
  amount: t.decimal(10, 2),
  weight: t.float().nullable(),
  sold_at: t.timestamp().nullable(),
};
const sold = Date.UTC(2024, 0, 1);
const rows = Array.from({ length: ROWS }, (_, i) => ({
  id: i,
  customer: i % 97 === 0 ? null : `c${(i * 7919) % 1500}`,
  region: ['north', 'south', 'a|b', 'a'][i % 4],
  amount: ((i % 500) / 4).toFixed(2),
  weight: i % 11 === 0 ? null : i / 7,
  // Forty rows share an instant; some have none.
  sold_at: i % 501 === 0 ? null : new Date(sold + ((i * 7919) % 250) * 3_600_000),
}));

const sessions: Session[] = [1, 2, 4].map((threads) => createSession({ threads }));
afterAll(() => Promise.all(sessions.map((session) => session.close())));
const framesOf = (input: readonly (typeof rows)[number][]) => sessions.map((s) => s.read.rows(input, { schema }));
const frames = framesOf(rows);
const [frame] = frames;
if (frame === undefined) throw new Error('no frame');

type Sales = typeof frame;
type Options = SplitOptions<keyof typeof schema>;

async function ids(part: Sales): Promise<number[]> {
  return (await part.select('id').collect()).column('id');
}

const everyWay: [string, Options][] = [
  ['by the whole row', { test: 0.2, seed: 42 }],
  ['by a group', { test: 0.2, seed: 42, groups: ['customer'] }],
  ['by two columns', { test: 0.3, seed: 7, groups: ['customer', 'region'] }],
  ['by time', { test: 0.25, orderBy: ['sold_at'] }],
  ['by the values of a column', { test: 0.25, by: 'sold_at' }],
  ['from a value on', { from: '2024-01-09 10:00:00', by: 'sold_at' }],
  ['by time, the latest first, then by amount', { test: 0.25, orderBy: [{ desc: 'sold_at' }, 'amount'] }],
];

describe.each(everyWay)('split %s', (_, options) => {
  test('every row stands on one side, in the order that it had', async () => {
    const { train, test } = frame.split(options);
    const [left, right] = [await ids(train), await ids(test)];
    expect([...left, ...right].sort((a, b) => a - b)).toEqual(rows.map((row) => row.id));
    if (options.orderBy !== undefined) return;
    expect(left).toEqual(left.toSorted((a, b) => a - b));
    expect(right).toEqual(right.toSorted((a, b) => a - b));
  });

  test('the same at every run, in every session, on any number of threads', async () => {
    const once = await ids(frame.split(options).test);
    expect(await ids(frame.split(options).test)).toEqual(once);
    for (const other of frames) expect(await ids(other.split(options).test)).toEqual(once);
  });
});

describe('by hash', () => {
  test.each([0.1, 0.2, 0.5, 0.9])('the test is about the share asked: %d', async (share) => {
    for (const seed of [0, 1, -5, 2 ** 40]) {
      const size = await frame.split({ test: share, seed }).test.count();
      // Five standard deviations of a fair draw.
      expect(Math.abs(size - share * ROWS)).toBeLessThan(5 * Math.sqrt(ROWS * share * (1 - share)));
    }
  });

  test('groups never stand on both sides, nulls being one group', async () => {
    for (const seed of [1, 2, 3]) {
      const { train, test } = frame.split({ test: 0.2, seed, groups: ['customer'] });
      const [left, right] = [(await train.collect()).column('customer'), (await test.collect()).column('customer')];
      const known = new Set(left);
      expect(right.filter((customer) => known.has(customer))).toEqual([]);
      expect(known.size + new Set(right).size).toBe(1501);
      expect(Math.abs(new Set(right).size - 300)).toBeLessThan(5 * Math.sqrt(1501 * 0.16));
    }
  });

  test('does not depend on which other rows or columns there are', async () => {
    const options = { test: 0.2, seed: 42, groups: ['customer'] } as const;
    const whole = new Set(await ids(frame.split(options).test));
    const part = frame.filter((r) => r.region.eq('south'));
    const expected = (await ids(part)).filter((id) => whole.has(id));
    expect(await ids(part.split(options).test)).toEqual(expected);
    const fewer = frame.select('id', 'customer').sort({ desc: 'id' }).split(options).test;
    expect((await fewer.collect()).column('id').sort((a, b) => a - b)).toEqual([...whole]);
  });

  test('another seed gives another split, as good as independent', async () => {
    const a = new Set(await ids(frame.split({ test: 0.5, seed: 1 }).test));
    const b = await ids(frame.split({ test: 0.5, seed: 2 }).test);
    const both = b.filter((id) => a.has(id)).length;
    expect(Math.abs(both - ROWS / 4)).toBeLessThan(5 * Math.sqrt((ROWS * 3) / 16));
  });

  test('equal rows stay together', async () => {
    const twice = framesOf([...rows.slice(0, 2000), ...rows.slice(0, 2000)])[0];
    if (twice === undefined) throw new Error('no frame');
    const { train, test } = twice.split({ test: 0.3, seed: 5 });
    const known = new Set(await ids(train));
    expect((await ids(test)).some((id) => known.has(id))).toBe(false);
  });

  test('values that look alike when run together are different groups', async () => {
    const pairs = [
      { a: 'x', b: 'y|z' },
      { a: 'x|y', b: 'z' },
      { a: 'x|1y', b: 'z' },
      { a: null, b: 'z' },
      { a: '|0', b: 'z' },
      { a: '', b: 'z' },
    ];
    const session = sessions[0];
    const small = session?.read.rows(pairs, { schema: { a: t.string().nullable(), b: t.string() } });
    const sides = new Set<string>();
    for (let seed = 0; seed < 40; seed++) {
      const test = (await small?.split({ test: 0.5, seed }).test.rows()) ?? [];
      sides.add(pairs.map((pair) => Number(test.some((row) => row.a === pair.a && row.b === pair.b))).join(''));
    }
    // Where two pairs had one hash they would always stand on the same side.
    for (let i = 0; i < pairs.length; i++) {
      for (let j = 0; j < i; j++) expect([...sides].some((side) => side[i] !== side[j])).toBe(true);
    }
  });
});

describe('by time', () => {
  test('every instant of train is before or at every instant of test; rows without one come last', async () => {
    const { train, test } = frame.split({ test: 0.25, orderBy: ['sold_at'] });
    const [left, right] = [(await train.collect()).column('sold_at'), (await test.collect()).column('sold_at')];
    const times = (column: (Date | null)[]): number[] => column.flatMap((at) => (at === null ? [] : [at.getTime()]));
    expect(Math.max(...times(left))).toBeLessThanOrEqual(Math.min(...times(right)));
    expect(left).not.toContain(null);
    expect(right.filter((at) => at === null)).toHaveLength(20);
  });

  test.each([0.1, 0.2, 0.3, 0.7, 0.9])('the test is the share asked, to the row: %d', async (share) => {
    const { train, test } = frame.split({ test: share, orderBy: ['sold_at'] });
    expect([await train.count(), await test.count()]).toEqual([Math.round((1 - share) * ROWS), share * ROWS]);
  });

  test('a source without an order is split the same at every run', async () => {
    const answers = new Set<string>();
    for (const other of frames) {
      const joined = other.join(other.select('id'), { on: ['id'] });
      const part = joined.split({ test: 0.25, orderBy: ['sold_at'] }).test;
      answers.add(JSON.stringify((await ids(part)).sort((a, b) => a - b)));
    }
    expect(answers.size).toBe(1);
  });
});

describe('by the values of a column', () => {
  const instants = async (part: Sales) =>
    (await part.collect()).column('sold_at').map((at) => at?.getTime() ?? Infinity);

  test.each([0.1, 0.25, 0.5, 0.9])(
    'no instant stands on both sides, and the test is the least that has the share: %d',
    async (share) => {
      const { train, test } = frame.split({ test: share, by: 'sold_at' });
      const [left, right] = [await instants(train), await instants(test)];
      expect(Math.max(...left)).toBeLessThan(Math.min(...right));
      expect(right.length).toBeGreaterThanOrEqual(share * ROWS);
      const earliest = Math.min(...right);
      expect(right.filter((at) => at > earliest).length).toBeLessThan(share * ROWS);
    },
  );

  test('a cut between two values takes neither with it', async () => {
    const session = sessions[0];
    const days = session?.read.rows(
      [3, 1, 2, 2, 1, 3, 4, 4, 5, 5].map((day) => ({ day })),
      { schema: { day: t.int() } },
    );
    const sides = async (test: number) => {
      const parts = days?.split({ test, by: 'day' });
      return [await parts?.train.rows(), await parts?.test.rows()].map((rows) => rows?.map((row) => row.day).join(''));
    };
    expect(await sides(0.4)).toEqual(['312213', '4455']);
    expect(await sides(0.5)).toEqual(['1221', '334455']);
    expect(await sides(0.95)).toEqual(['', '3122134455']);
  });

  test('from a value on; what has no value is in the test', async () => {
    const from = new Date(sold + 200 * 3_600_000);
    const { train, test } = frame.split({ from, by: 'sold_at' });
    expect(Math.max(...(await instants(train)))).toBe(from.getTime() - 3_600_000);
    expect(Math.min(...(await instants(test)))).toBe(from.getTime());
    expect((await test.collect()).column('sold_at').filter((at) => at === null)).toHaveLength(20);
    expect(await frame.split({ from: from.toISOString(), by: 'sold_at' }).test.count()).toBe(await test.count());
  });
});

test('a share, a seed or a column that makes no sense', () => {
  const codeOf = (options: unknown): string => {
    try {
      frame.split(options as Options);
    } catch (error) {
      if (error instanceof MillraceError) return error.code;
      throw error;
    }
    return 'none';
  };
  expect(codeOf({ test: 0, seed: 1 })).toBe('plan.share');
  expect(codeOf({ test: 20, seed: 1 })).toBe('plan.share');
  expect(codeOf({ test: 0.2, seed: 1.5 })).toBe('plan.seed');
  expect(codeOf({ test: 0.2 })).toBe('plan.seed');
  expect(codeOf({ test: 0.2, seed: 1, groups: ['customers'] })).toBe('plan.unknown_column');
  expect(codeOf({ test: 0.2, orderBy: ['sold'] })).toBe('plan.unknown_column');
  expect(codeOf({ test: 0.2, by: 'sold' })).toBe('plan.unknown_column');
  expect(codeOf({ test: 2, by: 'sold_at' })).toBe('plan.share');
  expect(codeOf({ by: 'sold_at' })).toBe('plan.split');
  expect(codeOf({ by: 'sold_at', test: 0.2, from: '2024-01-01' })).toBe('plan.split');
  expect(codeOf({ by: 'sold_at', test: 0.2, seed: 1 })).toBe('plan.split');
  expect(codeOf({ by: 'sold_at', from: 'soon' })).toBe('expression.literal');
});

test('0 and -0 are one value: rows that differ in nothing else stay together', async () => {
  const [session] = sessions;
  const zeros = Array.from({ length: 200 }, (_, i) => ({ id: i >> 1, zero: i % 2 === 0 ? 0 : -0 }));
  const frame = session?.read.rows(zeros, { schema: { id: t.int(), zero: t.float() } });
  const ids = (await frame?.sample({ share: 0.5, seed: 1 }).rows())?.map((row) => row.id) ?? [];
  expect(ids.length).toBeGreaterThan(50);
  expect(ids.filter((id, i) => ids[i % 2 === 0 ? i + 1 : i - 1] !== id)).toEqual([]);
});
