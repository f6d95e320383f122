import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Col, type Cols, type Frame, fn, type Int, type Readers, t } from '../../src/index.ts';
import { everyDType, everyRows } from '../frame/every-dtype.ts';
import { reshaping } from '../frame/verbs/reshaping-cases.ts';
import type { ColumnsOf } from '../types/assert.ts';
import { type AnyFrame, expectAgreement, type Running, startEngines } from './engines.ts';

let running: Running;
beforeAll(async () => {
  running = await startEngines();
});
afterAll(() => running.close());

describe('a reshaping verb gives on every engine', () => {
  it.each(Object.entries(reshaping))('%s', (_, { build, expected, unordered }) =>
    expectAgreement(running, build, { expected, unordered: unordered ?? false }),
  );
});

const every = (read: Readers) => read.rows(everyRows, { schema: everyDType });
const twoOf = ['int', 'big', 'float', 'dec', 'text', 'region', 'flag', 'day', 'at'] as const;
const nested = ['json', 'list', 'struct', 'binary'] as const;
const { id, list: _, ...items } = everyDType;
const listsOf = Object.fromEntries(Object.entries(items).map(([name, type]) => [name, t.list(type)]));
const lists = (read: Readers) => {
  const row = (key: number, from: number, to: number): Record<string, unknown> => {
    const values = (name: string): unknown[] => everyRows.slice(from, to).map((given) => given[name]);
    return { id: key, ...Object.fromEntries(Object.keys(listsOf).map((name) => [name, values(name)])) };
  };
  return read.rows([row(1, 0, 3), row(2, 0, 0), row(3, 3, 4)], { schema: { id, ...listsOf } });
};

const plans: Readonly<Record<string, (read: Readers) => AnyFrame>> = {
  ...Object.fromEntries(
    [...twoOf, ...nested].flatMap((name) => [
      [
        `unpivot of ${name}`,
        (read: Readers) =>
          every(read)
            .select('id', name)
            .unpivot({ columns: [name as 'int'], names: 'of', values: 'value' }),
      ],
      [
        `pivot of ${name}`,
        (read: Readers) =>
          every(read)
            .pivot({ names: 'group', values: name, columns: ['a', 'b'], aggregate: 'first', index: ['region_n'] })
            .sort('region_n'),
      ],
    ]),
  ),
  ...Object.fromEntries(
    Object.keys(listsOf).map((name) => [
      `explode of ${name}`,
      (read: Readers) =>
        lists(read)
          .select('id', name as never)
          .explode(name as never),
    ]),
  ),
  'explode of lists in lists': (read) =>
    read
      .rows([{ lists: [[1, 2], [], [3]] }], { schema: { lists: t.list(t.list(t.int())) } })
      .explode('lists')
      .explode('lists'),
  'explode of what an aggregate listed': (read) =>
    every(read)
      .groupBy('group')
      .agg((r) => ({ ids: r.id.toList({ orderBy: { desc: 'id' } }), texts: r.text_n.toList({ orderBy: 'id' }) }))
      .explode('ids')
      .sort('ids')
      .explode('texts'),
  'unpivot, numbered after a sort, part of it': (read) =>
    every(read)
      .select('id', 'int', 'int_n')
      .sort({ desc: 'id' })
      .unpivot({ columns: ['int', 'int_n'], names: 'of', values: 'n' })
      .withColumns(() => ({ place: fn.rowNumber().over() }))
      .limit(3, 2),
  'unpivot of what was unpivoted': (read) =>
    every(read)
      .select('id', 'int', 'int_n', 'text', 'group')
      .unpivot({ columns: ['int_n', 'int'], names: 'of', values: 'n' })
      .unpivot({ columns: ['text', 'group', 'of'], names: 'name', values: 'word' })
      .limit(7),
  'unpivot, its names compared, sorted and grouped': (read) =>
    every(read)
      .unpivot({ columns: ['text', 'region', 'text_n'], names: 'of', values: 'word' })
      .withColumns((r) => ({ both: fn.concat(r.of.upper(), '-', r.word) }))
      .filter((r) => r.both.ne('x'))
      .groupBy('of', 'both')
      .agg((r) => ({ words: r.word.countDistinct() }))
      .sort('both', 'of'),
  'pivot, the last in an order, JSON and null in the index': (read) =>
    every(read)
      .pivot({
        names: 'group',
        values: 'id',
        columns: ['a', 'b'],
        aggregate: 'last',
        index: ['json', 'int_n'],
        orderBy: ['text', { desc: 'id' }],
      })
      .sort('int_n'),
  'pivot, then fill': (read) =>
    every(read)
      .select('group', 'region', 'dec')
      .pivot({ names: 'region', values: 'dec', columns: ['north', 'south'], aggregate: 'sum' })
      .fillNulls({ south: 0 })
      .sort('group'),
  'crossJoin of limits': (read) =>
    every(read)
      .limit(2)
      .select('id')
      .crossJoin(every(read).sort({ desc: 'id' }).limit(1).select('group'))
      .sort('id'),
  'complete, every dtype beside': (read) =>
    every(read)
      .complete({ columns: ['group', 'region_n', 'flag_n'], fill: { dec: '1.5', at: '2020-01-01', text: 'z', big: 3 } })
      .sort('group', 'region_n', 'flag_n', 'text', 'id'),
  'complete of rows that were numbered and cut': (read) =>
    every(read)
      .sort({ desc: 'id' })
      .limit(3)
      .withColumns(() => ({ place: fn.rowNumber().over() }))
      .complete({ columns: ['place', 'id', 'float'] })
      .select('place', 'id', 'text')
      .sort('place', 'id', 'text'),
  'complete, months of instants': (read) =>
    every(read)
      .select('id', 'at_n')
      .complete({
        columns: ['id'],
        spine: { at_n: { every: 'month', from: '1969-12-31T10:00:00.5Z', to: '1970-05-01' } },
      })
      .sort('id', 'at_n'),
};

describe('the engines agree in what a reshaping verb gives', () => {
  it.each(Object.entries(plans))('%s', (_, build) => expectAgreement(running, build));
});

describe('a value that is not declared', () => {
  it('fails a pivot on every engine', async () => {
    for (const { session, name } of running.all) {
      const byId = every(session.read).pivot({
        names: 'id',
        values: 'int',
        columns: [1, 2],
        aggregate: 'sum',
        index: [],
      });
      await expect(byId.rows(), name).rejects.toMatchObject({
        code: 'pivot.undeclared',
        message: expect.stringMatching(/^pivot: id has the value [34], which is none of the columns 1, 2\. Declare it/),
      });
    }
  });
});

describe('lists and structs that meet', () => {
  const schema = {
    b: t.boolean(),
    l: t.list(t.int()),
    m: t.list(t.int().nullable()),
    s: t.struct({ p: t.int(), q: t.enum(['x']) }),
    z: t.struct({ q: t.enum(['x', 'y']), p: t.int().nullable() }),
    texts: t.list(t.string()),
    wider: t.struct({ p: t.int(), q: t.string(), r: t.int() }),
    cents: t.list(t.decimal(9, 2)),
    mills: t.list(t.decimal(9, 3)),
  };
  const given = { texts: [], wider: { p: 1, q: 'x', r: 1 }, cents: [], mills: [] };
  const met = (read: Readers) =>
    read.rows(
      [
        { ...given, b: false, l: [1], m: [2, null], s: { p: 1, q: 'x' }, z: { q: 'y', p: null } },
        { ...given, b: true, l: [3, 4], m: [5], s: { p: 2, q: 'x' }, z: { q: 'x', p: 6 } },
      ],
      { schema },
    );
  const one = (read: Readers) => met(read).filter((r) => r.b.not());
  const items = (frame: { explode(name: 'c', options: object): unknown }): AnyFrame =>
    (frame.explode('c', { empty: 'drop' }) as Frame<Col<'c', Int, null>>).dropNulls('c').select('c');
  const plans: Readonly<Record<string, (read: Readers) => AnyFrame>> = {
    when: (read) => items(one(read).withColumns((r) => ({ c: fn.when(r.b, r.l).else(r.m) }))),
    coalesce: (read) =>
      items(
        one(read).withColumns((r) => ({ c: fn.coalesce(fn.when(r.b, r.l).elseNull() as unknown as typeof r.m, r.m) })),
      ),
    lag: (read) =>
      items(one(read).withColumns((r) => ({ c: r.l.lag(1, { default: r.m as never }).over({ orderBy: 'b' }) }))),
    concat: (read) =>
      items(
        one(read)
          .rename({ l: 'c' })
          .select('c')
          .limit(0)
          .concat(one(read).rename({ m: 'c' }).select('c') as never),
      ),
    unpivot: (read) =>
      items(
        one(read)
          .unpivot({ columns: ['l', 'm'], names: 'of', values: 'c' })
          .filter((r) => r.of.eq('m')),
      ),
  };
  const kept = [{ c: 2 }];
  it.each(Object.entries(plans))('what may be null inside one may be inside both: %s', (_, build) =>
    expectAgreement(running, build, { expected: kept }),
  );

  it('structs, by the names of their fields', () =>
    expectAgreement(
      running,
      (read) =>
        met(read)
          .withColumns((r) => ({ both: fn.when(r.b, r.s).else(r.z) }))
          .withColumns((r) => ({ p: r.both.field('p') }))
          .select('both', 'p'),
      {
        expected: [
          { both: { p: null, q: 'y' }, p: null },
          { both: { p: 2, q: 'x' }, p: 2 },
        ],
      },
    ));

  it('structs under each other, by the names of their fields', () =>
    expectAgreement(
      running,
      (read) =>
        one(read)
          .select('s')
          .concat(one(read).select('z').rename({ z: 's' }) as never),
      { expected: [{ s: { p: 1, q: 'x' } }, { s: { p: null, q: 'y' } }] },
    ));

  it('of others are refused when the plan is made', () => {
    const frame = met(running.reference.session.read);
    const refused = (build: (r: Cols<ColumnsOf<typeof frame>>) => unknown): void =>
      expect(() => frame.withColumns((r) => ({ x: build(r) as never }))).toThrow(
        expect.objectContaining({ code: 'expression.dtype' }),
      );
    refused((r) => fn.when(r.b, r.l).else(r.texts as never));
    refused((r) => fn.coalesce(r.cents, r.mills));
    refused((r) => fn.when(r.b, r.s).else(r.wider as never));
    refused((r) => r.wider.coalesce(r.s as never));
    expect(() => frame.select('l').concat(frame.select('texts').rename({ texts: 'l' }) as never)).toThrow(
      'l is list(int) on one side and list(string)',
    );
  });
});
