import { afterAll, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';

const session = createSession({ threads: 1 });
afterAll(() => session.close());

test('what is no pattern is refused with its place before a row is read', async () => {
  const frame = session.read.rows([{ text: 'ab' }], { schema: { text: t.string() } });
  let mapped = 0;
  const seen = frame.mapBatches(
    (batch) => {
      mapped += 1;
      return batch;
    },
    { schema: { text: t.string() } },
  );
  await expect(seen.filter((r) => r.text.matches('(a')).rows()).rejects.toMatchObject({
    name: 'MillraceError',
    code: 'expression.pattern',
    message: `filter: matches(text, '(a'): "(a" is no pattern: missing ): (a. Patterns are written in RE2's syntax, which is JavaScript's without lookaround and references to groups.`,
    details: { pattern: '(a', place: "filter: matches(text, '(a')" },
  });
  const looking = seen.withColumns((r) => ({
    x: r.text
      .trim()
      .lower()
      .extract(/a(?=b)/),
  }));
  await expect(looking.count()).rejects.toMatchObject({
    message: expect.stringContaining(
      `withColumns, column "x": extract(lower(trim(..)), 'a(?=b)'): "a(?=b)" is no pattern: invalid perl operator: (?=.`,
    ),
  });
  const replaced = seen.withColumns((r) => ({ text: r.text.replaceMatches('[', '') }));
  const checked = replaced.check({}, { satisfies: { ok: (r) => r.text.matches('x{2,1}') } });
  await expect(checked.rows()).rejects.toMatchObject({ details: { pattern: '[' } });
  await expect(seen.check({}, { satisfies: { ok: (r) => r.text.matches('*') } }).rows()).rejects.toMatchObject({
    details: { place: `check, rule "ok": matches(text, '*')` },
  });
  expect(mapped).toBe(0);
});
