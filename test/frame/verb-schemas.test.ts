import { afterAll, describe, expect, it } from 'vitest';
import { Frame } from '../../src/frame/frame.ts';
import { Grouped } from '../../src/frame/grouped.ts';
import { type AnyCol, fn, notNull, t } from '../../src/index.ts';
import type { SaidOfColumns } from '../support/described.ts';
import { every, session } from './every-dtype.ts';
import { type Anything, expectSameInEngine, said } from './same-in-engine.ts';

/* The words are checked against the frame's type by the compiler, and against the plan and the engine here. */

afterAll(() => session.close());

interface DescribedFrame {
  readonly frame: Anything;
  readonly words: Readonly<Record<string, string>>;
}

function is<C extends AnyCol>(frame: Frame<C>, words: NoInfer<SaidOfColumns<C>>): DescribedFrame {
  return { frame: frame as object as Anything, words };
}

const few = every.select('id', 'group', 'int_n', 'dec_n', 'region_n');
const fewWords = { id: 'int', group: 'string', int_n: 'int?', dec_n: 'decimal?', region_n: 'string?' } as const;
const other = every.filter((r) => r.id.lt(3)).select('id', 'int', 'region_n');
const textual = every.select('id', 'text', 'text_n').withColumns((r) => ({ n: r.id.cast(t.string()) }));
const { train, test } = few.split({ test: 0.5, seed: 1 });
const late = few.split({ test: 0.5, orderBy: ['id'] }).test;
const kept = await few.materialize();

const verbs: Readonly<Record<string, readonly DescribedFrame[]>> = {
  select: [is(few, fewWords)],
  drop: [is(few.drop('id', 'int_n'), { group: 'string', dec_n: 'decimal?', region_n: 'string?' })],
  rename: [
    is(few.rename({ id: 'key', int_n: 'n' }), {
      key: 'int',
      group: 'string',
      n: 'int?',
      dec_n: 'decimal?',
      region_n: 'string?',
    }),
  ],
  withColumns: [
    is(
      few.withColumns((r) => ({ id: r.dec_n.mul(2), ratio: r.int_n.div(r.id) })),
      { ...fewWords, id: 'decimal?', ratio: 'float?' },
    ),
  ],
  mapColumns: [
    is(
      few.mapColumns('string', (c) => c.trim()),
      fewWords,
    ),
    is(
      few.mapColumns('int', (c) => c.cast(t.float())),
      { ...fewWords, id: 'float', int_n: 'float?' },
    ),
    is(
      few.mapColumns('int', (c) => c.nullIf(1)),
      { ...fewWords, id: 'int?' },
    ),
    is(
      few.mapColumns('int', (c) => c.coalesce(0)),
      fewWords,
    ),
  ],
  filter: [
    is(
      few.filter((r) => r.int_n.gt(0)),
      fewWords,
    ),
  ],
  cast: [is(few.cast({ id: t.float(), int_n: t.string() }), { ...fewWords, id: 'float', int_n: 'string?' })],
  dropNulls: [
    is(few.dropNulls(), { ...fewWords, int_n: 'int', dec_n: 'decimal', region_n: 'string' }),
    is(few.dropNulls('int_n', 'id'), { ...fewWords, int_n: 'int' }),
  ],
  fillNulls: [
    is(few.fillNulls({ int_n: 0, dec_n: '1.5' }), { ...fewWords, int_n: 'int', dec_n: 'decimal' }),
    is(few.fillNulls({ region_n: 'north' }), { ...fewWords, region_n: 'string' }),
  ],
  impute: [
    is(few.impute({ int_n: 'mean', dec_n: 'median', region_n: 'mode' }), {
      ...fewWords,
      int_n: 'float',
      dec_n: 'decimal',
      region_n: 'string',
    }),
    is(few.impute({ int_n: { constant: 1 }, dec_n: { forward: ['id'], partitionBy: ['group'] } }), {
      ...fewWords,
      int_n: 'int',
    }),
    is(few.impute({ int_n: 'mode', id: 'median', dec_n: { backward: ['id'] } }), {
      ...fewWords,
      int_n: 'int',
      id: 'float',
    }),
  ],
  replace: [is(few.replace({ region_n: { north: 'N' }, int_n: new Map([[-3, 3]]) }), fewWords)],
  dedupe: [is(few.dedupe({ by: ['group'], keep: 'last' }), fewWords), is(few.dedupe(), fewWords)],
  sort: [is(few.sort('group', { desc: 'int_n', nulls: 'first' }), fewWords)],
  limit: [is(few.limit(2, 1), fewWords)],
  sample: [is(few.sample({ share: 0.5, seed: 1 }), fewWords)],
  split: [is(train, fewWords), is(test, fewWords), is(late, fewWords)],
  groupBy: [
    is(
      few.groupBy('region_n', 'group').agg((r) => ({ n: fn.count(), sum: r.id.sum(), mean: r.int_n.mean() })),
      { region_n: 'string?', group: 'string', n: 'int', sum: 'int', mean: 'float?' },
    ),
    is(
      few.groupBy().agg((r) => ({ n: fn.count(), sum: r.id.sum() })),
      { n: 'int', sum: 'int?' },
    ),
  ],
  valueCounts: [
    is(few.valueCounts('region_n'), { region_n: 'string?', count: 'int', share: 'float' }),
    is(few.valueCounts('id'), { id: 'int', count: 'int', share: 'float' }),
  ],
  join: [
    is(few.join(other, { on: ['id'], suffix: '_r' }), { ...fewWords, int: 'int', region_n_r: 'string?' }),
    is(few.join(other, { on: ['id', 'region_n'] }), { ...fewWords, region_n: 'string', int: 'int' }),
    is(few.join(other, { on: [{ int_n: 'int' }], how: 'left', suffix: '_r' }), {
      ...fewWords,
      id_r: 'int?',
      region_n_r: 'string?',
    }),
    is(few.join(other, { on: ['id'], how: 'right', suffix: '_r' }), {
      ...fewWords,
      group: 'string?',
      int: 'int',
      region_n_r: 'string?',
    }),
    is(few.join(other, { on: [{ int_n: 'int' }], how: 'right', suffix: '_r' }), {
      ...fewWords,
      id: 'int?',
      group: 'string?',
      int_n: 'int',
      id_r: 'int',
      region_n_r: 'string?',
    }),
    is(few.join(other, { on: ['id', 'region_n'], how: 'full' }), { ...fewWords, group: 'string?', int: 'int?' }),
    is(few.join(other, { on: ['region_n'], how: 'semi' }), { ...fewWords, region_n: 'string' }),
    is(few.join(other, { on: ['id'], how: 'anti' }), fewWords),
    is(few.join(other, { on: 'region_n', where: (l, r) => l.id.lte(r.id), how: 'left', suffix: '_r' }), {
      ...fewWords,
      id_r: 'int?',
      int: 'int?',
    }),
    is(few.join(other.select('int'), { where: (l, r) => l.int_n.lt(r.int) }), { ...fewWords, int: 'int' }),
    is(few.join(other.select('int'), { where: (l, r) => l.int_n.lt(r.int), how: 'full' }), {
      id: 'int?',
      group: 'string?',
      int_n: 'int?',
      dec_n: 'decimal?',
      region_n: 'string?',
      int: 'int?',
    }),
    is(few.join(other, { where: (l, r) => l.id.eq(r.id), how: 'semi' }), fewWords),
  ],
  asofJoin: [
    is(few.asofJoin(other, { on: { int_n: 'id' }, suffix: '_r' }), {
      ...fewWords,
      id_r: 'int?',
      int: 'int?',
      region_n_r: 'string?',
    }),
    is(few.asofJoin(other, { on: 'id', by: 'region_n', direction: 'nearest', tolerance: 2 }), {
      ...fewWords,
      int: 'int?',
    }),
  ],
  withRowNumber: [
    is(few.withRowNumber('n'), { ...fewWords, n: 'int' }),
    is(few.withRowNumber('region_n', { orderBy: { desc: 'id' }, partitionBy: 'group', from: 0 }), {
      ...fewWords,
      region_n: 'int',
    }),
  ],
  concat: [
    is(textual.concat(textual), { id: 'int', text: 'string', text_n: 'string?', n: 'string' }),
    is(
      other.concat(
        every.select('id', 'int_n', 'text').rename({ int_n: 'int', text: 'region_n' }),
        other.dropNulls('region_n'),
      ),
      { id: 'int', int: 'int?', region_n: 'string?' },
    ),
    is(every.select('dec').concat(every.select('fine').rename({ fine: 'dec' })), { dec: 'decimal' }),
  ],
  check: [is(few.check({ id: notNull }), fewWords)],
  pipe: [
    is(
      few.pipe((f) => f.drop('dec_n', 'region_n', 'group')),
      { id: 'int', int_n: 'int?' },
    ),
  ],
  mapBatches: [
    is(
      few.mapBatches((rows) => rows.map((row) => ({ twice: row.id * 2 })), { schema: { twice: t.int().nullable() } }),
      { twice: 'int?' },
    ),
  ],
  withSchema: [
    is(textual.withSchema({ n: t.int(), label: t.string().from('text'), text_n: t.enum(['b']).nullable() }), {
      n: 'int',
      label: 'string',
      text_n: 'string?',
    }),
  ],
  unpivot: [
    is(every.select('id', 'dec', 'int_n').unpivot({ columns: ['dec', 'int_n'], names: 'from', values: 'n' }), {
      id: 'int',
      from: 'string',
      n: 'decimal?',
    }),
    is(every.select('big', 'int').unpivot({ columns: ['int', 'big'], names: 'from', values: 'n' }), {
      from: 'string',
      n: 'bigint',
    }),
    is(every.select('id', 'int', 'int_n').unpivot({ columns: ['int', 'int_n'], names: 'from', values: 'n' }), {
      id: 'int',
      from: 'string',
      n: 'int?',
    }),
    is(
      every
        .select('id', 'int_n', 'float')
        .unpivot({ columns: ['int_n', 'float'], names: 'from', values: 'n', dropNulls: true }),
      { id: 'int', from: 'string', n: 'float' },
    ),
    is(
      every
        .select('dec', 'fine', 'text', 'region')
        .unpivot({ columns: ['dec', 'fine'], names: 'from', values: 'n' })
        .unpivot({ columns: ['text', 'region', 'from'], names: 'of', values: 'word' }),
      { n: 'decimal', of: 'string', word: 'string' },
    ),
    is(every.select('json', 'day').unpivot({ columns: ['json'], names: 'from', values: 'json' }), {
      day: 'date',
      from: 'string',
      json: 'json',
    }),
  ],
  explode: [
    is(every.select('id', 'list').explode('list'), { id: 'int', list: 'int?' }),
    is(every.select('id', 'list').explode('list', { empty: 'drop' }), { id: 'int', list: 'int' }),
  ],
  crossJoin: [
    is(few.crossJoin(every.select('flag', 'day_n')), { ...fewWords, flag: 'boolean', day_n: 'date?' }),
    is(few.select('id', 'int_n').crossJoin(other.select('id', 'int'), { suffix: '_r' }), {
      id: 'int',
      int_n: 'int?',
      id_r: 'int',
      int: 'int',
    }),
  ],
  pivot: [
    is(
      every
        .select('group', 'region', 'dec')
        .pivot({ names: 'region', values: 'dec', columns: ['south', 'north'], aggregate: 'sum' }),
      { group: 'string', south: 'decimal?', north: 'decimal?' },
    ),
    is(
      every.pivot({
        names: 'region_n',
        values: 'flag',
        columns: ['south'],
        aggregate: 'count',
        index: ['int_n', 'json'],
        prefix: 'n_',
        others: 'drop',
      }),
      { int_n: 'int?', json: 'json', n_south: 'int' },
    ),
    is(every.pivot({ names: 'flag', values: 'big', columns: [true, false], aggregate: 'mean', index: [] }), {
      true: 'float?',
      false: 'float?',
    }),
    is(every.pivot({ names: 'day', values: 'list', columns: ['2024-02-29'], aggregate: 'first', index: ['id'] }), {
      id: 'int',
      '2024-02-29': 'list?',
    }),
    is(
      every.pivot({ names: 'id', values: 'flag_n', columns: [1, 2, 3, 4], aggregate: 'any', index: [], prefix: 'i' }),
      {
        i1: 'boolean?',
        i2: 'boolean?',
        i3: 'boolean?',
        i4: 'boolean?',
      },
    ),
  ],
  complete: [
    is(few.complete({ columns: ['group', 'region_n'], fill: { id: 0, dec_n: 1.5 } }), fewWords),
    is(few.complete({ columns: ['int_n', 'id'] }), { ...fewWords, group: 'string?' }),
    is(
      every
        .select('day', 'day_n', 'at', 'region', 'text', 'flag', 'json', 'struct')
        .complete({ columns: ['region'], spine: { day: { every: 'quarter' } }, fill: { text: '', flag: true } }),
      {
        day: 'date',
        day_n: 'date?',
        at: 'timestamp?',
        region: 'string',
        text: 'string',
        flag: 'boolean',
        json: 'json?',
        struct: 'struct?',
      },
    ),
    is(every.select('at_n', 'list').complete({ spine: { at_n: { every: 'year', to: '1975-01-01' } } }), {
      at_n: 'timestamp?',
      list: 'list?',
    }),
  ],
  materialize: [is(kept, fewWords)],
  quarantine: [
    is(few.quarantine(), {
      source: 'string',
      line: 'int?',
      column: 'string?',
      value: 'string?',
      reason: 'string',
      raw: 'string?',
    }),
  ],
};

/** What gives no frame. */
const actions = [
  'schema',
  'collect',
  'rows',
  'count',
  'head',
  'batches',
  'refresh',
  'explain',
  'describe',
  'diagram',
  'checkReport',
];

describe('a verb gives in the engine what its type says', () => {
  it.each(Object.entries(verbs))('%s', async (_, cases) => {
    for (const { frame, words } of cases) {
      expect(said(frame.schema)).toEqual(words);
      await expectSameInEngine(frame);
    }
  });

  it('and every verb is described', () => {
    const methods: string[] = [];
    for (let families: object = Frame.prototype; families !== Object.prototype; ) {
      methods.push(...Object.getOwnPropertyNames(families).filter((name) => name !== 'constructor'));
      families = Object.getPrototypeOf(families);
    }
    expect(methods).toContain('select');
    const undescribed = methods.filter((name) => !(name in verbs) && !actions.includes(name));
    expect(undescribed).toEqual([]);
    expect(Object.keys(verbs).filter((name) => !methods.includes(name))).toEqual([]);
    expect(Object.getOwnPropertyNames(Grouped.prototype)).toEqual(['constructor', 'agg']);
  });
});
