import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../../src/index.ts';

const session = createSession({ threads: 2 });
afterAll(() => session.close());
const { read } = session;

describe('values in JSON', () => {
  const payloads = read.rows(
    [
      { id: 1, p: { customer: { email: 'a@b', 'a.b/c': 1 }, items: [{ sku: 'x', n: 12 }], ok: true } },
      { id: 2, p: { customer: { email: null }, items: [] } },
      { id: 3, p: null },
      { id: 4, p: { customer: { email: 7 }, items: [{ n: '12' }], ok: 'true' } },
    ],
    { schema: { id: t.int(), p: t.json().nullable() } },
  );

  test('along a path of keys and positions; null where there is none', async () => {
    const rows = payloads
      .filter((r) => r.id.lt(4))
      .withColumns((r) => ({
        email: r.p.extract('customer.email', t.string()),
        sku: r.p.extract('items.0.sku', t.enum(['x', 'y'])),
        n: r.p.extract(['items', 0, 'n'], t.int()),
        dotted: r.p.extract(['customer', 'a.b/c'], t.float()),
        ok: r.p.extract('ok', t.boolean()),
        items: r.p.extract('items', t.list(t.struct({ sku: t.string(), n: t.int() }))),
      }))
      .drop('p');
    expect(await rows.rows()).toEqual([
      { id: 1, email: 'a@b', sku: 'x', n: 12, dotted: 1, ok: true, items: [{ sku: 'x', n: 12 }] },
      { id: 2, email: null, sku: null, n: null, dotted: null, ok: null, items: [] },
      { id: 3, email: null, sku: null, n: null, dotted: null, ok: null, items: null },
    ]);
  });

  test('a value of another kind fails and is named, or is null, or its row goes to quarantine', async () => {
    const email = (onError: 'fail' | 'null' | 'quarantine') =>
      payloads.withColumns((r) => ({ email: r.p.extract('customer.email', t.string(), { onError }) })).drop('p');
    await expect(email('fail').rows()).rejects.toThrow(/p, customer\.email: '7' is not a string/);
    expect((await email('null').rows()).map((row) => row.email)).toEqual(['a@b', null, null, null]);
    const kept = email('quarantine');
    expect((await kept.rows()).map(({ id }) => id)).toEqual([1, 2, 3]);
    expect((await kept.quarantine().rows()).map(({ column, value }) => [column, value])).toEqual([['p', '7']]);
    const slash = read.rows([{ j: { 'a/b': { '~c': 'x' } } }], { schema: { j: t.json() } });
    const n = slash.withColumns((r) => ({ n: r.j.extract(['a/b', '~c'], t.int()) }));
    await expect(n.rows()).rejects.toThrow(/j, a\/b\.~c: '"x"' is not an int/);
    for (const [path, type] of [
      ['items.0.n', t.int()],
      ['ok', t.boolean()],
      ['customer', t.string()],
    ] as const) {
      const one = payloads.filter((r) => r.id.eq(4)).withColumns((r) => ({ v: r.p.extract(path, type) }));
      await expect(one.rows()).rejects.toThrow(/is (not|an object, not)/);
    }
  });

  test('long numbers keep their digits', async () => {
    const long = read.rows([{ j: '{"n": 12345678901234567890.123456789, "i": 9007199254740993}' }], {
      schema: { j: t.string() },
    });
    const read_ = long.withColumns((r) => {
      const json = r.j.parse(t.json());
      return { n: json.extract('n', t.decimal(38, 9)), i: json.extract('i', t.bigint()) };
    });
    expect(await read_.drop('j').rows()).toEqual([{ n: '12345678901234567890.123456789', i: 9_007_199_254_740_993n }]);
  });

  test('what is no path is told', () => {
    expect(() => payloads.withColumns((r) => ({ x: r.p.extract('a..b', t.int()) }))).toThrow(/the path is "a\.\.b"/);
    expect(() => payloads.withColumns((r) => ({ x: r.p.extract(5 as never, t.int()) }))).toThrow(/the path is 5/);
    expect(() => payloads.withColumns((r) => ({ x: r.p.extract('a', 'int' as never) }))).toThrow(/no column type/);
  });
});

describe('lists and structs', () => {
  const rows = read.rows(
    [
      { tags: ['a', 'b'], place: { city: 'X', floor: null } },
      { tags: [], place: null },
      { tags: null, place: { city: 'Y', floor: 2 } },
    ],
    {
      schema: {
        tags: t.list(t.string()).nullable(),
        place: t.struct({ city: t.string(), floor: t.int().nullable() }).nullable(),
      },
    },
  );

  test('items, counts and fields; null where the list or struct is', async () => {
    const told = rows
      .withColumns((r) => ({
        first: r.tags.at(0),
        last: r.tags.at(-1),
        third: r.tags.at(2),
        n: r.tags.length(),
        hasB: r.tags.contains('b'),
        city: r.place.field('city'),
        floor: r.place.field('floor'),
      }))
      .drop('tags', 'place');
    expect(await told.rows()).toEqual([
      { first: 'a', last: 'b', third: null, n: 2, hasB: true, city: 'X', floor: null },
      { first: null, last: null, third: null, n: 0, hasB: false, city: null, floor: null },
      { first: null, last: null, third: null, n: null, hasB: null, city: 'Y', floor: 2 },
    ]);
  });

  test('what is not there is told', () => {
    expect(() => rows.filter((r) => r.place.field('citty' as 'city').isNull())).toThrow(/Did you mean "city"/);
    expect(() => rows.withColumns((r) => ({ x: r.tags.at(0.5) }))).toThrow(/tags\.at\(0\.5\)/);
    expect(() => rows.filter((r) => r.tags.contains(5 as never))).toThrow(/does not fit/);
  });
});

describe('bin', () => {
  const ages = read.rows([{ age: -1 }, { age: 0 }, { age: 17 }, { age: 18 }, { age: 65 }, { age: null }], {
    schema: { age: t.int().nullable() },
  });

  test('a bin holds its lower edge, or its upper; null outside', async () => {
    const binned = ages.withColumns((r) => ({
      left: r.age.bin({ edges: [0, 18, 65] }),
      right: r.age.bin({ edges: [0, 18, 65], labels: ['young', 'adult'], closed: 'right' }),
      open: r.age.bin({ edges: [Number.NEGATIVE_INFINITY, 17.5, Number.POSITIVE_INFINITY] }),
    }));
    expect((await binned.rows()).map(({ left, right, open }) => [left, right, open])).toEqual([
      [null, null, '(-∞, 17.5)'],
      ['[0, 18)', null, '(-∞, 17.5)'],
      ['[0, 18)', 'young', '(-∞, 17.5)'],
      ['[18, 65)', 'young', '[17.5, ∞)'],
      [null, 'adult', '[17.5, ∞)'],
      [null, null, null],
    ]);
  });

  test('edges that do not rise and labels that do not fit are told', () => {
    const bin = (options: object) => () => ages.withColumns((r) => ({ b: r.age.bin(options as never) }));
    expect(bin({ edges: [0, 0] })).toThrow(/each larger than the one before/);
    expect(bin({ edges: [0] })).toThrow(/two or more/);
    expect(bin({ edges: [0, Number.NaN] })).toThrow(/two or more/);
    expect(bin({ edges: [0, 1], labels: ['a', 'b'] })).toThrow(/Give 1 strings/);
    expect(bin({ edges: [0, 1], closed: 'both' })).toThrow(/'left' and 'right'/);
  });
});

describe('corr, product and mode', () => {
  test('by their definitions; nulls are passed over', async () => {
    const rows = read.rows(
      [
        { x: 1, y: 2, z: 5, s: 'b' },
        { x: 2, y: 4, z: 5, s: 'a' },
        { x: 3, y: null, z: 5, s: 'b' },
        { x: 4, y: 1, z: 5, s: 'a' },
      ],
      { schema: { x: t.int(), y: t.int().nullable(), z: t.int(), s: t.string() } },
    );
    const made = await rows
      .groupBy()
      .agg((r) => ({ c: r.x.corr(r.y), flat: r.x.corr(r.z), p: r.y.product(), m: r.s.mode(), n: fn.count() }))
      .rows();
    const [mx, my] = [7 / 3, 7 / 3];
    const pairs = [
      [1, 2],
      [2, 4],
      [4, 1],
    ] as const;
    const sum = (f: (pair: readonly [number, number]) => number) => pairs.map(f).reduce((a, b) => a + b);
    const c =
      sum(([x, y]) => (x - mx) * (y - my)) / Math.sqrt(sum(([x]) => (x - mx) ** 2) * sum(([, y]) => (y - my) ** 2));
    expect(made).toEqual([{ c: expect.closeTo(c, 12), flat: null, p: 8, m: 'a', n: 4 }]);
  });
});
