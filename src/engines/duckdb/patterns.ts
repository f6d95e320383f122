import { MillraceError } from '../../errors.ts';
import { describeExpression } from '../../plan/describe.ts';
import type { Relation } from '../../plan/relation.ts';
import type { RunOptions } from '../../plan/source.ts';
import { expressionsOf } from '../../plan/walk.ts';
import type { Connections } from './connections.ts';

/** The functions whose names start so take a pattern as their second argument. */
const TAKES_PATTERN = 'regex_';

/** Refuses what is no pattern of RE2, which only the engine can tell, before any row is read. */
export async function checkPatterns(connections: Connections, plan: Relation, options: RunOptions): Promise<void> {
  /** Each pattern, and where it stands first. */
  const places = new Map<string, string>();
  for (const { place, expression } of expressionsOf(plan)) {
    if (expression.kind !== 'call' || !expression.fn.startsWith(TAKES_PATTERN)) continue;
    const pattern = expression.args[1];
    if (pattern?.kind !== 'literal' || typeof pattern.value !== 'string' || places.has(pattern.value)) continue;
    places.set(pattern.value, `${place}: ${describeExpression(expression, 2)}`);
  }
  for (const [pattern, place] of places) {
    try {
      const value = { value: pattern, dtype: { id: 'string' } } as const;
      await connections.run({ sql: "SELECT regexp_matches('', $1)", values: [value] }, options);
    } catch (cause) {
      if (!(cause instanceof MillraceError) || cause.code !== 'run.failed') throw cause;
      const reason = cause.cause instanceof Error ? cause.cause.message.replace(/^Invalid Input Error: /, '') : '';
      throw new MillraceError({
        code: 'expression.pattern',
        message: `${place}: ${JSON.stringify(pattern)} is no pattern: ${reason}. Patterns are written in RE2's syntax, which is JavaScript's without lookaround and references to groups.`,
        details: { pattern, place },
        cause,
      });
    }
  }
}
