import type { CallNode, Expression, LiteralNode } from '../../plan/expression.ts';
import { calledAs } from '../../plan/functions.ts';
import { unsupported } from '../unsupported.ts';
import { endsMayDiffer } from './pattern-ends.ts';

/**
 * Patterns in RE2's syntax as PostgreSQL writes them. Both tell the same texts from others; where a match ends they
 * agree but for alternatives, lazy quantifiers and some optional groups, which take the first that fits in RE2 and the
 * longest here.
 */

const CLASSES: Readonly<Record<string, string>> = { d: '0-9', w: 'A-Za-z0-9_', s: ' \\t\\n\\f\\r' };

/** Escapes that are the same in both, or are written otherwise there. */
const ESCAPES: Readonly<Record<string, string>> = {
  b: '\\y',
  B: '\\Y',
  A: '\\A',
  z: '\\Z',
  t: '\\t',
  n: '\\n',
  r: '\\r',
  f: '\\f',
  v: '\\v',
  a: '\\a',
};

/** Letters beyond ASCII that are some of ASCII where case does not count. */
const FOLDED: Readonly<Record<string, string>> = { s: '\u017f', k: '\u212a' };

interface Pattern {
  readonly flags: string;
  readonly body: string;
  /** Whether where a match ends may differ. */
  readonly ambiguous: boolean;
}

function translate(source: string): Pattern {
  const refuse = (what: string): never => {
    throw unsupported('postgres', 'pattern', `the pattern ${JSON.stringify(source)}, which has ${what},`);
  };
  const [, letters = ''] = /^\(\?([ims]+)\)/.exec(source) ?? [];
  if (letters.includes('i') && /[^\0-\x7F]|\\x/.test(source)) refuse('letters beyond ASCII and the flag i');
  const dot = letters.includes('s') ? '.' : '[^\\n]';
  const flags = `${letters.includes('i') ? 'i' : ''}${letters.includes('m') ? 'w' : ''}`;
  let i = letters === '' ? 0 : letters.length + 3;
  let body = '';
  let ambiguous = false;
  const escaped = (inClass: boolean): string => {
    const letter = source[++i] ?? refuse('a lone \\ at its end');
    const known = CLASSES[letter];
    if (known !== undefined) return inClass ? known : `[${known}]`;
    const negated = CLASSES[letter.toLowerCase()];
    if (negated !== undefined) return inClass ? refuse(`\\${letter} inside a class`) : `[^${negated}]`;
    if (letter === 'x') {
      const [whole = '', long, short] =
        /^(?:\{([0-9A-Fa-f]+)\}|([0-9A-Fa-f]{2}))/.exec(source.slice(i + 1)) ?? refuse('a bad \\x');
      i += whole.length;
      return `\\U${(long ?? short ?? '').padStart(8, '0')}`;
    }
    if (letter === 'Q') {
      const end = source.indexOf('\\E', i);
      const quoted = source.slice(i + 1, end === -1 ? undefined : end);
      i = end === -1 ? source.length : end + 1;
      return quoted.replace(/[^A-Za-z0-9\s]/g, '\\$&');
    }
    if (!inClass && ESCAPES[letter] !== undefined) return ESCAPES[letter];
    if (inClass && 'tnrfva'.includes(letter)) return `\\${letter}`;
    return /[A-Za-z0-9]/.test(letter) ? refuse(`\\${letter}`) : `\\${letter}`;
  };
  for (; i < source.length; i++) {
    const character = source[i] ?? '';
    if (character === '\\') body += escaped(false);
    else if (character === '.') body += dot;
    else if (character === '[') {
      const start = body.length + (source[i + 1] === '^' ? 2 : 1);
      body += '[';
      if (source[i + 1] === '^') {
        body += '^';
        i += 1;
      }
      for (let at = 0; ; at++) {
        i += 1;
        const inside = source[i] ?? refuse('a class without an end');
        const named = source.startsWith('[:', i) ? source.indexOf(':]', i) : -1;
        if (named !== -1) {
          if (source[i + 2] === '^') refuse('a negated class inside a class');
          body += source.slice(i, named + 2);
          i = named + 1;
        } else if (inside === ']' && at > 0) break;
        else if (inside === '\\') body += escaped(true);
        else body += inside === '[' || inside === ']' ? `\\${inside}` : inside;
      }
      for (const [letter, other] of Object.entries(letters.includes('i') ? FOLDED : {})) {
        if (new RegExp(`[${body.slice(start)}]`, 'i').test(letter)) body += other;
      }
      body += ']';
    } else if (letters.includes('i') && FOLDED[character.toLowerCase()] !== undefined) {
      body += `[${character}${FOLDED[character.toLowerCase()]}]`;
    } else if (character === '(' && source[i + 1] === '?') {
      const [open = ''] = /^\(\?(:|P?<[A-Za-z_]\w*>)/.exec(source.slice(i)) ?? refuse('flags for a part of it');
      body += open === '(?:' ? open : '(';
      i += open.length - 1;
    } else {
      const quantified = '*+?}'.includes(character);
      ambiguous ||= character === '|' || (quantified && source[i + 1] === '?');
      body += character;
    }
  }
  ambiguous ||= endsMayDiffer(source.slice(letters === '' ? 0 : letters.length + 3));
  return { flags: flags === '' ? '' : `(?${flags})`, body, ambiguous };
}

/** Whether a pattern matches nothing somewhere: after a match, one engine finds such a match once more. */
function matchesNothing(source: string): boolean {
  try {
    const pattern = new RegExp(source.replace(/^\(\?[ims]+\)/, ''), 'g');
    return ['', 'a', '1', ' ', 'a b'].some((text) => [...text.matchAll(pattern)].some(([match]) => match === ''));
  } catch {
    return true;
  }
}

/** The pattern of a call, its second argument, which is always a literal. */
function patternOf(call: CallNode): Pattern & { readonly literal: LiteralNode } {
  const literal = call.args[1];
  if (literal?.kind !== 'literal') throw unsupported('postgres', call.fn, 'a pattern that is computed');
  return { ...translate(String(literal.value)), literal };
}

function withArgs(call: CallNode, ...values: readonly string[]): CallNode {
  const [text, ...rest] = call.args as readonly [Expression, ...LiteralNode[]];
  return { ...call, args: [text, ...rest.map((node, i) => ({ ...node, value: values[i] ?? node.value }))] };
}

function refuseAmbiguous(call: CallNode, { ambiguous, literal }: ReturnType<typeof patternOf>): void {
  if (!ambiguous) return;
  throw unsupported(
    'postgres',
    call.fn,
    `${calledAs(call.fn)} with the pattern ${JSON.stringify(literal.value)}, of which it would take the longest match,`,
    'Write it without |, without ? after a quantifier, and without an optional group that may begin with what a part before it takes.',
  );
}

/** How calls with patterns are changed before their literals are bound. */
export const patterns: Readonly<Record<string, (call: CallNode) => CallNode>> = {
  regex_matches: (call) => {
    const { flags, body } = patternOf(call);
    return withArgs(call, flags + body);
  },
  regex_replace: (call) => {
    const pattern = patternOf(call);
    refuseAmbiguous(call, pattern);
    if (matchesNothing(String(pattern.literal.value))) {
      const shown = JSON.stringify(pattern.literal.value);
      throw unsupported(
        'postgres',
        call.fn,
        `${calledAs(call.fn)} with the pattern ${shown}, which matches no characters,`,
      );
    }
    const replacement = call.args[2];
    const text = replacement?.kind === 'literal' ? String(replacement.value) : '';
    return withArgs(
      call,
      pattern.flags + pattern.body,
      text.replaceAll(/\\[\s\S]/g, (c) => (c === '\\0' ? '\\&' : c)),
    );
  },
  regex_extract: (call) => {
    const pattern = patternOf(call);
    refuseAmbiguous(call, pattern);
    const { flags, body } = pattern;
    return withArgs(call, call.options.group === 0 ? `${flags}(${body})` : flags + body);
  },
};
