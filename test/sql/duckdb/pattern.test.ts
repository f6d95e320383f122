import { afterAll, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const texts = ['a b', 'axb', 'ba', 'a\nb', 'a%b', 'a_b', 'aab', '%a%b%', 'A b', 'a.*b', ''];
const frame = session.read.rows(
  texts.map((text) => ({ text })),
  { schema: { text: t.string() } },
);

/** The pattern, how the engine is asked, and what JavaScript says of the same pattern. */
const cases: readonly (readonly [RegExp, 'LIKE' | 'regexp_matches'])[] = [
  [/a.*b/s, 'LIKE'],
  [/a.*b.*b/s, 'LIKE'],
  [/a.*b/, 'regexp_matches'],
  [/a/s, 'regexp_matches'],
  [/a.*%b/s, 'regexp_matches'],
  [/a.*_b/s, 'regexp_matches'],
  [/a\.\*b/s, 'regexp_matches'],
  [/a.*b/is, 'regexp_matches'],
  [/a.*b$/s, 'regexp_matches'],
  [/a.*b?/s, 'regexp_matches'],
];

test.each(cases)('%s is asked by %s, with the same answer', async (pattern, spelled) => {
  const found = frame.filter((r) => r.text.matches(pattern));
  expect(await found.explain()).toContain(spelled);
  const expected = texts.filter((text) => new RegExp(pattern).test(text));
  expect((await found.rows()).map(({ text }) => text)).toEqual(expected);
});
