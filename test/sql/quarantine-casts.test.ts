import { describe, expect, test } from 'vitest';
import { fn, read, t } from '../../src/index.ts';

const int = t.int();
const aside = { onError: 'quarantine' } as const;

const texts = read.rows(
  [
    { id: 1, kind: 'n', x: '1', y: 7 },
    { id: 2, kind: 'n', x: 'one', y: 8 },
    { id: 3, kind: 't', x: 'two', y: 9 },
    { id: 4, kind: null, x: 'three', y: null },
  ],
  { schema: { id: t.int(), kind: t.string().nullable(), x: t.string(), y: t.int().nullable() } },
);

describe('a row put aside by a cast', () => {
  test('tells the verb, the column, the value, what it is not, and the row as it came', async () => {
    const parsed = texts.limit(2).withColumns((r) => ({ x: r.x.parse(int, aside), twice: r.id.mul(2) }));
    expect(await parsed.rows()).toEqual([{ id: 1, kind: 'n', x: 1, y: 7, twice: 2 }]);
    expect(await parsed.quarantine().rows()).toEqual([
      {
        source: 'withColumns',
        line: null,
        column: 'x',
        value: 'one',
        reason: 'is not an int (a whole number up to 9007199254740991)',
        raw: '{"id":2,"kind":"n","x":"one","y":8}',
      },
    ]);
  });

  test('in a filter and in mapColumns', async () => {
    const filtered = texts.filter((r) => r.x.parse(int, aside).gt(0));
    expect((await filtered.rows()).map((row) => row.id)).toEqual([1]);
    expect(await filtered.quarantine().rows()).toMatchObject(
      ['one', 'two', 'three'].map((value) => ({ source: 'filter', column: 'x', value })),
    );
    const mapped = texts.select('x').mapColumns('string', (c) => c.parse(int, aside));
    expect(await mapped.quarantine().select('source', 'raw').limit(1).rows()).toEqual([
      { source: 'mapColumns', raw: '{"x":"one"}' },
    ]);
  });

  test('of numbers: a fraction is no whole number', async () => {
    const halves = read.rows([{ f: 2 }, { f: 2.5 }], { schema: { f: t.float() } });
    const cast = halves.withColumns((r) => ({ n: r.f.cast(int, aside) }));
    expect(await cast.quarantine().rows()).toMatchObject([
      { column: 'f', value: '2.5', reason: expect.stringContaining('is not an int'), raw: '{"f":2.5}' },
    ]);
  });

  test('of a value that depends on the order of rows', async () => {
    const before = texts.sort({ desc: 'id' }).withColumns((r) => ({
      n: r.x.lag().over().parse(int, aside),
    }));
    expect((await before.rows()).map((row) => row.id)).toEqual([4]);
    expect((await before.quarantine().rows()).map((row) => row.value)).toEqual(['three', 'two', 'one']);
  });
});

describe('a cast that is not asked for puts no row aside', () => {
  test('in a branch of when that is not taken', async () => {
    const typed = texts.withColumns((r) => ({
      n: fn.when(r.kind.eq('n'), r.x.parse(int, aside)).when(r.y.eq(9), 9).else(0),
    }));
    expect(await typed.select('id', 'n').rows()).toEqual([
      { id: 1, n: 1 },
      { id: 3, n: 9 },
      { id: 4, n: 0 },
    ]);
    expect(await typed.quarantine().rows()).toMatchObject([{ value: 'one' }]);
  });

  test('in a later condition, or in else, where an earlier one holds', async () => {
    const typed = texts.withColumns((r) => ({
      n: fn.when(r.kind.eq('t'), 1).when(r.x.parse(int, aside).eq(1), 2).else(r.x.parse(int, aside)),
    }));
    expect(await typed.select('id', 'n').rows()).toEqual([
      { id: 1, n: 2 },
      { id: 3, n: 1 },
    ]);
    expect((await typed.quarantine().rows()).map((row) => row.value)).toEqual(['one', 'three']);
  });

  test('in coalesce, where an earlier value is there', async () => {
    const typed = texts.withColumns((r) => ({ n: r.y.coalesce(r.x.parse(int, aside)) }));
    expect(await typed.select('id', 'n').rows()).toEqual([
      { id: 1, n: 7 },
      { id: 2, n: 8 },
      { id: 3, n: 9 },
    ]);
    expect(await typed.quarantine().rows()).toMatchObject([{ value: 'three' }]);
  });
});
