import { describe, expect, test } from 'vitest';
import { type Col, type Cols, type Float, fn, type Int, type OrderBy, read, type Text, t } from '../../../src/index.ts';

const frame = read.rows([{ n: 1, f: 0.5, text: 'ab' }], { schema: { n: t.int(), f: t.float(), text: t.string() } });
type Columns = Cols<Col<'n', Int, never> | Col<'f', Float, never> | Col<'text', Text, never>>;
const bad = (value: unknown): never => value as never;

describe('an argument that makes no sense is refused where it is given', () => {
  test.each<[string, (r: Columns) => unknown, string]>([
    ['lag by a fraction', (r) => r.n.lag(1.5), 'n.lag(1.5): give a whole number'],
    ['lag ahead', (r) => r.n.lag(-1), 'n.lag(-1)'],
    ['lead by a text', (r) => r.n.lead(bad('1); DROP TABLE x; --')), 'n.lead(1); DROP TABLE x; --)'],
    ['rows that are no pair', (r) => r.n.sum().over({ rows: bad([1]) }), 'rows is [1]. Give [from, to]'],
    ['rows upside down', (r) => r.n.sum().over({ rows: [1, -1] }), 'rows is [1,-1]'],
    ['rows by a fraction', (r) => r.n.sum().over({ rows: [-0.5, 0] }), 'rows is [-0.5,0]'],
    ['a partition by a number', (r) => r.n.sum().over({ partitionBy: bad(3) }), 'partitionBy was given 3'],
    ['an order by a number', (r) => r.n.lag().over({ orderBy: bad(3) }), 'An order was given as 3'],
    [
      'a key with two directions',
      (r) => r.n.lag().over({ orderBy: bad({ asc: 'n', desc: 'n' }) }),
      'An order was given as',
    ],
    ['nulls that go nowhere', (r) => r.n.first({ orderBy: { desc: 'n', nulls: bad('frist') } }), '"frist"'],
    ['digits below zero', (r) => r.f.round(-1), 'f.round(-1): give a whole number of digits from 0 to 38'],
    ['too many digits', (r) => r.f.round(400), 'f.round(400)'],
    ['a share above one', (r) => r.f.quantile(1.5), 'f.quantile(1.5): give a share from 0 to 1'],
    ['a share that is text', (r) => r.f.quantile(bad('0.5')), 'f.quantile(0.5)'],
    ['a share that is no number', (r) => r.f.quantile(Number.NaN), 'f.quantile(NaN)'],
    ['a position that is a fraction', (r) => r.text.slice(0.5), 'text.slice(0.5): positions are whole numbers'],
    ['a position beyond any text', (r) => r.text.slice(0, 2 ** 40), 'text.slice(0, 1099511627776)'],
    ['a text that is a number', (r) => r.text.replace('a', bad(1)), 'text.replace was given 1. Give a string'],
    ['a cast to what is no type', (r) => r.text.cast(bad('int')), 'text: "int" is no column type'],
    ['a misspelt onError', (r) => r.text.parse(t.int(), { onError: bad('quarantin') }), "'fail', 'null', 'quarantine'"],
    [
      'a group that is not in the pattern',
      (r) => r.text.extract('a(.)', 2),
      'no group 2 in the pattern "a(.)". Give 0 to 1',
    ],
    ['a group by a fraction', (r) => r.text.extract(/a(.)/, 0.5), 'there is no group 0.5'],
    ['a group of none', (r) => r.text.extract('a', 1), 'The pattern has no groups: give 0'],
    ['a pattern that is a number', (r) => r.text.matches(bad(1)), '1 is no pattern. Give a string or a RegExp'],
    ['a partition by a window', (r) => r.n.sum().over({ partitionBy: r.n.lag().over() }), 'compute lag(n).over(..) in'],
    ['in without a list', (r) => r.n.in(bad(3)), 'n.in was given 3. Give a list of values'],
    ['a condition that is none', () => fn.when(bad(true), 1).else(2), 'as its condition, was given true'],
    ['a condition that is a number', (r) => fn.when(bad(r.n), 1).else(2), 'fn.when: n is int, which is no condition'],
    [
      'a branch that is a rank without its window',
      (r) => fn.when(r.n.gt(1), bad(fn.rank())).else(2),
      'fn.when was given rank(), a function of windows',
    ],
    ['a part of a text that is none', (r) => fn.concat(r.text, bad(3)), 'fn.concat was given 3'],
    [
      'a part of a text that is a number',
      (r) => fn.concat(r.text, bad(r.n)),
      'fn.concat: n is int. Cast it to t.string()',
    ],
    ['a third value', (r) => (fn.coalesce as (...v: unknown[]) => unknown)(r.n, r.n, r.n), 'given 3 values. Give two'],
    ['a flag without a meaning', (r) => r.text.matches(/a/y), 'the flag y of /a/y has no meaning here'],
    ['a replacement by a group that is not there', (r) => r.text.replaceMatches('a(.)', '\\2'), 'no group 2'],
    ['a replacement with a lone \\', (r) => r.text.replaceMatches('a', 'C:\\x'), 'holds a lone \\'],
  ])('%s', (_, make, message) => {
    const verb = () =>
      frame.filter((r) => {
        make(r);
        return fn.lit(true);
      });
    expect(verb).toThrow(expect.objectContaining({ name: 'MillraceError', message: expect.stringContaining(message) }));
  });

  test('the same in verbs', () => {
    expect(() => frame.sample({ share: bad('0.5'), seed: 1 })).toThrow(/sample: share is 0.5/);
    expect(() => frame.split(bad({ test: 0.2 }))).toThrow(/split: seed is undefined/);
    expect(() => frame.limit(bad('3'))).toThrow(/limit: count is 3. Give a whole number/);
    expect(() => frame.join(frame, bad({ on: 3 }))).toThrow(/join: on is 3. Give the name of a column/);
  });
});

test('the groups of a pattern are counted as the engine does', async () => {
  const groups: [string | RegExp, number][] = [
    ['(a)(?:b)?(?i:B)', 1],
    [/\(?<x[(?<]\](?<y>b)/, 1],
    ['(?P<x>a)(?P<y>b)', 2],
    ['\\((a)\\Q(\\E?', 1],
    ['[(]?[^]()]?[[:alpha:](](b)', 1],
    [/(a)(b)/i, 2],
  ];
  for (const [pattern, most] of groups) {
    expect(() => frame.filter((r) => r.text.extract(pattern, most + 1).isNull())).toThrow(/there is no group/);
  }
  const extracted = frame.withColumns((r) => ({
    a: r.text.extract(/(?<x>[\u0061(?<])(?<y>\u0062)/, 2),
    b: r.text.extract('[^]()]?[[:alpha:](](?P<last>c)?', 1),
    c: r.text.replaceMatches('(a)(b)', '\\2\\\\\\1\\0'),
  }));
  expect(await extracted.select('a', 'b', 'c').rows()).toEqual([{ a: 'b', b: '', c: 'b\\aab' }]);
});

test('one name stands for a list of one', async () => {
  const rows = [
    { k: 'a', at: 2, n: 1 },
    { k: 'a', at: 1, n: null },
    { k: 'b', at: 1, n: 3 },
  ];
  const many = read.rows(rows, { schema: { k: t.string(), at: t.int(), n: t.int().nullable() } });
  const order: OrderBy<'at'> = { desc: 'at' };
  const pairs: [{ rows(): Promise<unknown> }, { rows(): Promise<unknown> }][] = [
    [many.dedupe({ by: 'k', orderBy: order }), many.dedupe({ by: ['k'], orderBy: [order] })],
    [
      many.join(many, { on: 'k', suffix: '_r' }).sort('at', 'at_r'),
      many.join(many, { on: ['k'], suffix: '_r' }).sort('at', 'at_r'),
    ],
    [many.join(many, { on: { at: 'n' }, how: 'semi' }), many.join(many, { on: [{ at: 'n' }], how: 'semi' })],
    [
      many.impute({ n: { forward: 'at', partitionBy: 'k' } }),
      many.impute({ n: { forward: ['at'], partitionBy: ['k'] } }),
    ],
    [many.sample({ share: 0.5, seed: 1, groups: 'k' }), many.sample({ share: 0.5, seed: 1, groups: ['k'] })],
    [
      many.withColumns((r) => ({ x: r.n.lag().over({ partitionBy: 'k', orderBy: 'at' }) })),
      many.withColumns((r) => ({ x: r.n.lag().over({ partitionBy: ['k'], orderBy: ['at'] }) })),
    ],
    [many.split({ test: 0.4, orderBy: 'at' }).test, many.split({ test: 0.4, orderBy: ['at'] }).test],
  ];
  for (const [one, list] of pairs) expect(await one.rows()).toEqual(await list.rows());
});
