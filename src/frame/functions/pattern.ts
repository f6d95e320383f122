import { MillraceError } from '../../errors.ts';
import type { Expression } from '../../plan/expression.ts';
import { labelOf } from './literal.ts';

/** A pattern in RE2's syntax, which both a string and a RegExp give; of a RegExp's flags `i`, `m` and `s` count. */
export type Pattern = string | RegExp;

/** A pattern as RE2 text. What only the engine can tell of it (whether it is one) is asked before a plan runs. */
export function patternSource(pattern: Pattern, node: Expression): string {
  if (typeof pattern === 'string') return pattern;
  if (!(pattern instanceof RegExp)) {
    throw refused(node, `${String(pattern)} is no pattern. Give a string or a RegExp.`, pattern);
  }
  const flags = [...pattern.flags].filter((flag) => flag !== 'g' && flag !== 'u');
  const unknown = flags.find((flag) => !'ims'.includes(flag));
  if (unknown !== undefined) {
    throw refused(
      node,
      `the flag ${unknown} of ${pattern} has no meaning here. The flags are i, m and s.`,
      String(pattern),
    );
  }
  const source = pattern.source.replaceAll(PARTS, (part) => {
    if (part === '(?<') return '(?P<';
    return part.replaceAll(CODE_POINT, (found, short?: string, long?: string) => {
      return short === undefined && long === undefined ? found : `\\x{${short ?? long}}`;
    });
  });
  return flags.length === 0 ? source : `(?${flags.join('')})${source}`;
}

/** Escapes, classes and the starts of named groups: RE2 writes code points and names in its own way. */
const PARTS = /\\u[0-9a-fA-F]{4}|\\u\{[0-9a-fA-F]+\}|\\.|\[(?:\\.|[^\]\\])*\]|\(\?<(?![=!])/gs;
const CODE_POINT = /\\u([0-9a-fA-F]{4})|\\u\{([0-9a-fA-F]+)\}|\\./gs;

/** The most groups that the engine tells apart. */
const MOST_GROUPS = 9;

/** Refuses the number of a group that the pattern does not have: the engine would take it for an empty one. */
export function checkGroup(group: number, pattern: string, node: Expression): void {
  const most = Math.min(MOST_GROUPS, groupsOf(pattern));
  if (Number.isInteger(group) && group >= 0 && group <= most) return;
  const choices =
    most === 0 ? 'The pattern has no groups: give 0, the whole match' : `Give 0 to ${most}, 0 being the whole match`;
  throw refused(
    node,
    `there is no group ${String(group)} in the pattern ${JSON.stringify(pattern)}. ${choices}.`,
    group,
  );
}

/** Refuses a replacement that names a group which the pattern does not have: the engine would replace nothing. */
export function checkReplacement(replacement: string, pattern: string, node: Expression): void {
  for (const [, escaped = ''] of replacement.matchAll(/\\(.?)/gs)) {
    if (escaped === '\\') continue;
    if (!/^\d$/.test(escaped)) {
      throw refused(
        node,
        `the replacement ${JSON.stringify(replacement)} holds a lone \\. Write \\1 to \\9 for a group, \\0 for the whole match and \\\\ for the character.`,
        replacement,
      );
    }
    checkGroup(Number(escaped), pattern, node);
  }
}

/** How many groups a pattern captures. */
function groupsOf(pattern: string): number {
  let groups = 0;
  let inClass = false;
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i];
    if (character === '\\') {
      const end = pattern[i + 1] === 'Q' ? pattern.indexOf('\\E', i + 2) : i;
      i = end === -1 ? pattern.length : end + 1;
    } else if (inClass) {
      const named = pattern.startsWith('[:', i) ? pattern.indexOf(':]', i) : -1;
      if (named !== -1) i = named + 1;
      else inClass = character !== ']';
    } else if (character === '[') {
      inClass = true;
      // A bracket right at the start of a class is one of its characters.
      if (pattern[i + 1] === '^') i += 1;
      if (pattern[i + 1] === ']') i += 1;
    } else if (character === '(' && (pattern[i + 1] !== '?' || /^\(\?P?<[^=!]/.test(pattern.slice(i, i + 5)))) {
      groups += 1;
    }
  }
  return groups;
}

function refused(node: Expression, message: string, value: unknown): MillraceError {
  return new MillraceError({ code: 'expression.pattern', message: `${labelOf(node)}: ${message}`, details: { value } });
}
