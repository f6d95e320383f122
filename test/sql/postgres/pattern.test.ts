import { describe, expect, it } from 'vitest';
import { call } from '../../../src/frame/functions/base.ts';
import { literal } from '../../../src/frame/functions/literal.ts';
import { patterns } from '../../../src/sql/postgres/pattern.ts';
import { endsMayDiffer } from '../../../src/sql/postgres/pattern-ends.ts';

const column = { kind: 'column', name: 'x', dtype: { id: 'string' }, nullable: true } as const;

function written(pattern: string): unknown {
  const node = call('regex_matches', [column, literal(pattern)], { id: 'boolean' }, true);
  const argument = patterns.regex_matches?.(node).args[1];
  return argument?.kind === 'literal' ? argument.value : undefined;
}

describe('patterns as PostgreSQL writes them', () => {
  it.each([
    ['a.b', 'a[^\\n]b'],
    ['(?s)a.b', 'a.b'],
    ['(?i)^x$', '(?i)^x$'],
    ['(?m)^x', '(?w)^x'],
    ['\\d+\\.\\w', '[0-9]+\\.[A-Za-z0-9_]'],
    ['[\\d-]\\S', '[0-9-][^ \\t\\n\\f\\r]'],
    ['\\bword\\b', '\\yword\\y'],
    ['(?P<year>\\d{4})', '([0-9]{4})'],
    ['\\x41\\x{1F600}', '\\U00000041\\U0001F600'],
    ['\\Qa.b\\E+', 'a\\.b+'],
    ['[]a]', '[\\]a]'],
  ])('%s', (pattern, expected) => expect(written(pattern)).toBe(expected));

  it.each(['\\p{L}', 'a(?i:b)', '[\\D]', '[[:^alpha:]]'])('%s is none of its own', (pattern) =>
    expect(() => written(pattern)).toThrow(/postgres cannot do the pattern/),
  );
});

describe('where a match ends may differ', () => {
  it.each(['a?(ab)?', 'a*a(ab)?', '\\w+(\\d\\.)*', '[a-c]+(?:bx)?', '(?:a+b)?(?:[ab]x)*'])('%s', (pattern) =>
    expect(endsMayDiffer(pattern)).toBe(true),
  );
  it.each(['(\\d+)(?:\\.(\\d+))?', '\\d{4}-\\d{2}', '^(\\w+)@(\\w+)$', '\\s*(\\d+)\\s*', '(?:ab)+', '[a-z]+[0-9]*x?'])(
    'not of %s',
    (pattern) => expect(endsMayDiffer(pattern)).toBe(false),
  );
});
