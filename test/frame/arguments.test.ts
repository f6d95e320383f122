import { expect, test } from 'vitest';
import { fn, read, t } from '../../src/index.ts';

const frame = read.rows([{ a: 1, g: 'x' }], { schema: { a: t.int(), g: t.string() } });

/** As JavaScript sees it: every verb takes anything. */
interface Loose {
  readonly [verb: string]: (...given: readonly unknown[]) => Loose;
}
const loose = frame as unknown as Loose;

test.each<[string, () => unknown, string]>([
  [
    'withColumns without a function',
    () => loose.withColumns?.({ a: 1 }),
    'withColumns was given an object. Give a function, such as r => (',
  ],
  [
    'withColumns of nothing',
    () => loose.withColumns?.(() => undefined),
    'was given undefined. Give an object, such as { total:',
  ],
  ['mapColumns without a function', () => loose.mapColumns?.('int', 3), 'mapColumns was given 3. Give a function'],
  [
    'filter by a name',
    () => loose.filter?.('a'),
    'filter was given "a". Give a function, such as r => r.quantity.gt(0).',
  ],
  ['agg of nothing', () => loose.groupBy?.('g').agg?.(() => null), 'agg, by its function, was given null'],
  ['agg without a function', () => loose.groupBy?.('g').agg?.([]), 'agg was given an array. Give a function'],
  [
    'check without rules',
    () => loose.check?.(),
    'check was given undefined. Give an object, such as { quantity: notNull }.',
  ],
  [
    'check by no function',
    () => loose.check?.({}, { satisfies: { x: 'a > 1' } }),
    'check, satisfies was given "a > 1"',
  ],
  ['rename', () => loose.rename?.('a', 'b'), `rename was given "a". Give an object, such as { old: 'new' }.`],
  ['cast', () => loose.cast?.(), 'cast was given undefined. Give an object, such as { quantity: t.int() }.'],
  [
    'cast to a word',
    () => loose.cast?.({ a: 'int' }),
    'a: "int" is no column type to cast to. Give one such as t.int().',
  ],
  ['impute', () => loose.impute?.('mean'), 'impute was given "mean"'],
  ['fillNulls', () => loose.fillNulls?.(0), 'fillNulls was given 0. Give an object, such as { quantity: 0 }.'],
  ['replace', () => loose.replace?.({ g: 'x' }), `replace, g, was given "x". Give an object, such as { N: 'north' }.`],
  ['dedupe', () => loose.dedupe?.('a'), `dedupe was given "a". Give options, such as { by: 'id', keep: 'last' }.`],
  [
    'dedupe by a number',
    () => loose.dedupe?.({ by: 3 }),
    'dedupe: there is no column 3. Give a name. The columns are a, g.',
  ],
  [
    'select of a list',
    () => loose.select?.(['a']),
    'select: there is no column ["a"]. Give a name. The columns are a, g.',
  ],
  ['sample', () => loose.sample?.(0.5), 'sample was given 0.5. Give options, such as { share: 0.1, seed: 1 }.'],
  ['split', () => loose.split?.(), 'split was given undefined. Give options, such as { test: 0.2, seed: 1 }.'],
  ['join', () => loose.join?.(frame), `join was given undefined. Give options, such as { on: 'id' }.`],
  ['join of no frame', () => loose.join?.([{ a: 1 }], { on: 'a' }), 'join was given what is no frame'],
  ['concat of no frame', () => loose.concat?.(undefined), 'concat was given what is no frame'],
  [
    'over by a misspelt option',
    () => fn.count().over({ partitionby: 'g' } as never),
    'count().over: there is no option "partitionby". Did you mean "partitionBy"?',
  ],
  ['over by a name', () => fn.count().over('g' as never), `Give options, such as { partitionBy: 'region' }.`],
  [
    'fn.count of a column',
    () => frame.groupBy('g').agg((r) => ({ n: (fn.count as unknown as (of: unknown) => never)(r.a) })),
    'fn.count() counts rows and takes no argument. For the values of a column that are not null write r.a.count().',
  ],
  ['mapBatches', () => loose.mapBatches?.(() => []), 'mapBatches was given undefined. Give options, such as { schema:'],
])('%s', (_, verb, message) => {
  expect(verb).toThrow(expect.objectContaining({ name: 'MillraceError', message: expect.stringContaining(message) }));
});

test('an aggregate of a window is refused with what to do', () => {
  expect(() => frame.groupBy('g').agg((r) => ({ y: r.a.lag().over().sum() }))).toThrow(
    /agg: "y" is an aggregate of a window\. Compute the window in a withColumns before\./,
  );
});
