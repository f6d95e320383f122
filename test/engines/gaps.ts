import { fn, type Readers, t } from '../../src/index.ts';
import type { AnyFrame } from './engines.ts';

/** What an engine cannot do as the others do: a plan that it refuses when it compiles it. */
export interface Gap {
  readonly engine: string;
  readonly what: string;
  /** What the error says. */
  readonly error: { readonly code: string; readonly details: object };
  readonly plan: (read: Readers) => AnyFrame;
  /** The described cases that are left out for it: `NumericExpr.mod 5`. */
  readonly cases: readonly string[];
}

const texts = (read: Readers) => read.rows([{ x: 'ab' }], { schema: { x: t.string() } });
const floats = (read: Readers) => read.rows([{ x: 5.3 }], { schema: { x: t.float() } });

const unsupported = (operation: string) => ({
  code: 'compile.unsupported',
  details: { operation, engine: 'postgres' },
});

export const gaps: readonly Gap[] = [
  {
    engine: 'postgres',
    what: 'the remainder of floats',
    error: unsupported('mod'),
    plan: (read) => floats(read).withColumns((r) => ({ m: r.x.mod(0.1) })),
    cases: ['NumericExpr.mod 5'],
  },
  {
    engine: 'postgres',
    what: 'where a match ends that is the first and not the longest (alternatives, lazy quantifiers, some optional groups): extract and replaceMatches; matches of no characters: replaceMatches',
    error: unsupported('regex_extract'),
    plan: (read) => texts(read).withColumns((r) => ({ m: r.x.extract('a|ab') })),
    cases: [],
  },
  {
    engine: 'postgres',
    what: 'parts of RE2: classes of Unicode, flags inside a pattern, letters beyond ASCII under the flag i, negated classes inside classes',
    error: unsupported('pattern'),
    plan: (read) => texts(read).filter((r) => r.x.matches('\\p{L}+')),
    cases: [],
  },
  {
    engine: 'postgres',
    what: 'text and JSON read as lists and structs, and casts between these',
    error: unsupported('cast'),
    plan: (read) => texts(read).withColumns((r) => ({ l: r.x.parse(t.list(t.int()), { onError: 'null' }) })),
    cases: ['JsonExpr.extract 1'],
  },
  {
    engine: 'postgres',
    what: 'names of more than 63 bytes, of the columns on the way, too',
    error: { code: 'compile.long_name', details: { most: 63 } },
    plan: (read) => texts(read).rename({ x: 'x'.repeat(64) }),
    cases: [],
  },
];

/** The gap for which a described case is left out. */
export function gapOf(described: string): Gap | undefined {
  return gaps.find(({ cases }) => cases.includes(described));
}

/** What is in no gap, so that a gap does not grow: matching by patterns with alternatives, texts as JSON. */
export const notInGaps: Readonly<Record<string, (read: Readers) => AnyFrame>> = {
  alternatives: (read) => texts(read).filter((r) => r.x.matches('^(a|b)+?$')),
  json: (read) => texts(read).withColumns((r) => ({ j: r.x.parse(t.json(), { onError: 'null' }) })),
  'remainder of decimals': (read) =>
    floats(read).withColumns((r) => ({ m: r.x.cast(t.decimal(4, 1)).mod(fn.lit('0.2', t.decimal(4, 1))) })),
};
