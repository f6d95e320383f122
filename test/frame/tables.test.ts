import { afterAll, describe, expect, test } from 'vitest';
import { acceptedValues, between, createSession, fn, notNull, relationships, t, unique } from '../../src/index.ts';

const session = createSession({ threads: 2 });
const { read } = session;
afterAll(() => session.close());

describe('groupBy and agg', () => {
  const schema = {
    g: t.string().nullable(),
    n: t.int().nullable(),
    d: t.decimal(6, 2).nullable(),
    b: t.boolean().nullable(),
    at: t.int(),
  };
  const frame = read.rows(
    [
      { g: 'x', n: 1, d: '0.10', b: true, at: 3 },
      { g: null, n: null, d: null, b: null, at: 1 },
      { g: 'x', n: 4, d: '0.20', b: false, at: 2 },
      { g: null, n: 2, d: '1.00', b: true, at: 2 },
      { g: 'x', n: null, d: null, b: null, at: 1 },
      { g: 'y', n: null, d: null, b: null, at: 1 },
    ],
    { schema },
  );
  const all = frame.groupBy('g').agg((r) => ({
    rows: fn.count(),
    count: r.n.count(),
    distinct: r.n.countDistinct(),
    sum: r.n.sum(),
    exact: r.d.sum(),
    mean: r.n.mean(),
    median: r.n.median(),
    q: r.n.quantile(0.25),
    min: r.n.min(),
    max: r.n.max(),
    std: r.n.std(),
    var: r.n.var(),
    any: r.b.any(),
    every: r.b.all(),
    trues: r.b.countTrue(),
    first: r.n.first(),
    last: r.n.last(),
    earliest: r.n.first({ orderBy: ['at'] }),
  }));

  test('every aggregate; nulls are passed over, and are one group', async () => {
    expect(await all.sort('g').rows()).toEqual([
      {
        g: 'x',
        rows: 3,
        count: 2,
        distinct: 2,
        sum: 5,
        exact: '0.30',
        mean: 2.5,
        median: 2.5,
        q: 1.75,
        min: 1,
        max: 4,
        std: Math.sqrt(4.5),
        var: 4.5,
        any: true,
        every: false,
        trues: 1,
        first: 1,
        last: null,
        earliest: null,
      },
      {
        g: 'y',
        rows: 1,
        count: 0,
        distinct: 0,
        sum: null,
        exact: null,
        mean: null,
        median: null,
        q: null,
        min: null,
        max: null,
        std: null,
        var: null,
        any: null,
        every: null,
        trues: 0,
        first: null,
        last: null,
        earliest: null,
      },
      {
        g: null,
        rows: 2,
        count: 1,
        distinct: 1,
        sum: 2,
        exact: '1.00',
        mean: 2,
        median: 2,
        q: 2,
        min: 2,
        max: 2,
        std: null,
        var: null,
        any: true,
        every: true,
        trues: 1,
        first: null,
        last: 2,
        earliest: null,
      },
    ]);
  });

  test('without rows: no groups; without keys one row, counts 0, the others null', async () => {
    const none = frame.filter((r) => r.at.gt(100));
    expect(
      await none
        .groupBy('g')
        .agg(() => ({ rows: fn.count() }))
        .rows(),
    ).toEqual([]);
    const whole = none.groupBy().agg((r) => ({
      rows: fn.count(),
      count: r.n.count(),
      sum: r.n.sum(),
      mean: r.at.mean(),
      max: r.at.max(),
      any: r.b.any(),
      first: r.n.first(),
    }));
    expect(await whole.rows()).toEqual([
      { rows: 0, count: 0, sum: null, mean: null, max: null, any: null, first: null },
    ]);
    expect((await whole.collect()).schema.map((f) => f.nullable)).toEqual([false, false, true, true, true, true, true]);
  });

  test('the sum of ints fails where it overflows', async () => {
    const big = read.rows([{ n: 2 ** 53 - 1 }], { schema: { n: t.int() } });
    const huge = big.withColumns((r) => ({ n: r.n.mul(1024) })).concat(big.withColumns((r) => ({ n: r.n.mul(1024) })));
    await expect(
      huge
        .groupBy()
        .agg((r) => ({ s: r.n.sum() }))
        .rows(),
    ).rejects.toMatchObject({ code: 'run.overflow' });
    expect(
      await huge
        .cast({ n: t.decimal(38, 0) })
        .groupBy()
        .agg((r) => ({ s: r.n.sum() }))
        .rows(),
    ).toEqual([{ s: '18446744073709549568' }]);
  });

  test('an int that JavaScript would round is an error, as a bigint it is exact', async () => {
    const big = read.rows([{ n: 2 ** 53 - 1 }], { schema: { n: t.int() } }).withColumns((r) => ({ n: r.n.add(2) }));
    await expect(big.rows()).rejects.toMatchObject({
      code: 'value.unsafe_integer',
      message: expect.stringContaining('9007199254740993'),
    });
    expect(await big.cast({ n: t.bigint() }).rows()).toEqual([{ n: 9007199254740993n }]);
  });

  test('quantiles interpolate as numpy does by default', async () => {
    const values = read.rows(
      [1, 2, 4, 8].map((x) => ({ x })),
      { schema: { x: t.float() } },
    );
    expect(
      await values
        .groupBy()
        .agg((r) => ({ a: r.x.quantile(0), b: r.x.quantile(0.4), c: r.x.quantile(1) }))
        .rows(),
    ).toEqual([{ a: 1, b: 2.4000000000000004, c: 8 }]);
  });
});

describe('join', () => {
  const left = read.rows(
    [
      { k: 1, v: 'a' },
      { k: 2, v: 'b' },
      { k: null, v: 'c' },
      { k: 2, v: 'd' },
    ],
    { schema: { k: t.int().nullable(), v: t.string() } },
  );
  const right = read.rows(
    [
      { key: 2, v: 'X', w: 1 },
      { key: 3, v: 'Y', w: 2 },
      { key: null, v: 'Z', w: 3 },
      { key: 2, v: 'W', w: 4 },
    ],
    {
      schema: { key: t.int().nullable(), v: t.string(), w: t.int() },
    },
  );
  const on = [{ k: 'key' }] as const;
  const suffix = '_right';
  const sorted = async (rows: Promise<readonly object[]>) =>
    (await rows).map((r) => JSON.stringify(Object.values(r))).sort();

  test('inner: every pair, null agrees with nothing', async () => {
    expect(await sorted(left.join(right, { on, suffix }).rows())).toEqual([
      '[2,"b","W",4]',
      '[2,"b","X",1]',
      '[2,"d","W",4]',
      '[2,"d","X",1]',
    ]);
    expect((await left.join(right, { on, suffix }).collect()).schema.map((f) => [f.name, f.nullable])).toEqual([
      ['k', false],
      ['v', false],
      ['v_right', false],
      ['w', false],
    ]);
  });

  test('left, right and full keep what has no partner', async () => {
    expect(await sorted(left.join(right, { on, suffix, how: 'left' }).rows())).toEqual([
      '[1,"a",null,null]',
      '[2,"b","W",4]',
      '[2,"b","X",1]',
      '[2,"d","W",4]',
      '[2,"d","X",1]',
      '[null,"c",null,null]',
    ]);
    expect(await sorted(left.join(right, { on, suffix, how: 'right' }).rows())).toEqual([
      '[2,"b","W",4]',
      '[2,"b","X",1]',
      '[2,"d","W",4]',
      '[2,"d","X",1]',
      '[3,null,"Y",2]',
      '[null,null,"Z",3]',
    ]);
    expect(await sorted(left.join(right, { on, suffix, how: 'full' }).rows())).toEqual([
      '[1,"a",null,null]',
      '[2,"b","W",4]',
      '[2,"b","X",1]',
      '[2,"d","W",4]',
      '[2,"d","X",1]',
      '[3,null,"Y",2]',
      '[null,"c",null,null]',
      '[null,null,"Z",3]',
    ]);
  });

  test('semi and anti keep each row of the left once, and need no suffix', async () => {
    expect(await sorted(left.join(right, { on, how: 'semi' }).rows())).toEqual(['[2,"b"]', '[2,"d"]']);
    expect(await sorted(left.join(right, { on, how: 'anti' }).rows())).toEqual(['[1,"a"]', '[null,"c"]']);
  });

  test('on several keys, and a frame with itself', async () => {
    const pairs = left.dropNulls();
    expect(await pairs.join(pairs, { on: ['k', 'v'] }).count()).toBe(3);
    expect(await pairs.join(pairs.rename({ v: 'u' }), { on: ['k'] }).count()).toBe(5);
  });

  test('a clash of names, another dtype, no key and another session are errors', () => {
    // @ts-expect-error: both have v, so a suffix is needed
    expect(() => left.join(right, { on })).toThrow(/both sides have a column "v"/);
    expect(() => left.join(right.rename({ v: 'k2' }), { on: [{ v: 'key' as 'k2' }] })).toThrow(
      /v is string and key is int/,
    );
    // @ts-expect-error: neither a key nor a condition
    expect(() => left.join(right, { on: [], suffix })).toThrow(/on is empty.*where/);
    const other = createSession();
    const foreign = other.read.rows([{ k: 1 }], { schema: { k: t.int() } });
    expect(() => left.join(foreign, { on: ['k'] })).toThrow(/different sessions/);
  });
});

describe('check', () => {
  const frame = read.rows(
    [
      { id: 1, q: 5, r: 'north' },
      { id: 2, q: null, r: 'nroth' },
      { id: 2, q: 5000, r: null },
      { id: 3, q: 0, r: 'south' },
    ],
    { schema: { id: t.int(), q: t.int().nullable(), r: t.string().nullable() } },
  );
  const regions = read.rows([{ name: 'north' }, { name: 'south' }], { schema: { name: t.string() } });

  test.each([
    [
      'not null',
      () => frame.check({ q: notNull }),
      'check q: not_null: 1 row does not hold it',
      '{"id":2,"q":null,"r":"nroth"}',
    ],
    [
      'between',
      () => frame.check({ q: between(1, 1000) }),
      'check q: between 1 and 1000: 2 rows do not',
      '{"id":2,"q":5000,"r":null}',
    ],
    ['unique', () => frame.check({ id: unique }), 'check id: unique: 2 rows', '{"id":2,"q":null,"r":"nroth"}'],
    [
      'accepted values',
      () => frame.check({ r: acceptedValues(['north', 'south']) }),
      'check r: accepted_values "north", "south": 1 row does',
      '"r":"nroth"',
    ],
    [
      'relationships',
      () => frame.check({ r: relationships(regions, 'name') }),
      'check r: relationships to name: 1 row does',
      '"r":"nroth"',
    ],
    [
      'a rule of its own',
      () => frame.check({}, { satisfies: { small: (r) => r.q.lt(100) } }),
      'check small: 2 rows',
      '"q":5000',
    ],
    ['row count', () => frame.check({}, { rowCount: { min: 5 } }), 'check row_count from 5: there are 4 rows', ''],
    [
      'row count above',
      () => frame.check({}, { rowCount: { max: 3 } }),
      'check row_count from 0 to 3: there are 4 rows',
      '',
    ],
  ])('%s: a failure shows the count and the rows', async (_, make, message, row) => {
    const error = await make()
      .count()
      .catch((e: unknown) => e);
    expect(error).toMatchObject({ code: 'check.failed', message: expect.stringContaining(message) });
    expect((error as Error).message).toContain(row);
  });

  test('rules that hold let the rows through, in order', async () => {
    const checked = frame
      .sort({ desc: 'id' })
      .check({ id: [notNull, between(1, 3)] }, { rowCount: { min: 1, max: 4 } });
    expect((await checked.rows()).map((r) => r.id)).toEqual([3, 2, 2, 1]);
  });

  test('warn tells and goes on', async () => {
    const warnings: unknown[] = [];
    const checked = frame.check(
      { q: [notNull, between(1, 1000)] },
      { severity: 'warn', onWarning: (w) => warnings.push(w) },
    );
    expect(await checked.count()).toBe(4);
    expect(warnings).toMatchObject([
      { rule: 'q: not_null', failures: 1, rows: [{ id: 2, q: null, r: 'nroth' }] },
      { rule: 'q: between', failures: 2 },
    ]);
  });

  test('quarantine puts the rows aside, each once, with the rule', async () => {
    const checked = frame.check({ q: [notNull, between(1, 1000)], id: unique }, { severity: 'quarantine' });
    expect((await checked.rows()).map((r) => r.id)).toEqual([1]);
    expect((await checked.quarantine().rows()).map((r) => [r.column, r.value, r.reason])).toEqual([
      ['q', null, 'breaks the rule q: not_null'],
      ['q', '5000', 'breaks the rule q: between 1 and 1000'],
      ['q', '0', 'breaks the rule q: between 1 and 1000'],
    ]);
  });

  test('no rules are an error', () => {
    expect(() => frame.check({})).toThrow(/no rules/);
  });
});
