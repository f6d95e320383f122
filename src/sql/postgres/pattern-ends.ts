/** Parts of a pattern that are looked at one by one. */
const TOKENS =
  /\\x\{[^}]*\}|\\x..|\\[\s\S]|\[\^?\]?(?:\\[\s\S]|\[:\^?\w+:\]|[^\]\\])*\]|\(\?(?:P?<\w+>|:)|\(|\)|[*+?]|\{\d+(?:,\d*)?\}|[\s\S]/gu;

/** Characters enough to tell whether two parts may take the same one. */
const SAMPLE: readonly string[] = [
  ...[9, 10, 13].map((code) => String.fromCharCode(code)),
  ...Array.from({ length: 95 }, (_, i) => String.fromCharCode(i + 32)),
  'é',
  'Λ',
  '字',
];

interface Atom {
  readonly takes: (character: string) => boolean;
  optional: boolean;
}

/**
 * Whether a group that may be left out, or come again, can begin with what a part before it may take, as in `a?(ab)?`:
 * RE2 then gives the part before all that it can have, and PostgreSQL makes the whole match as long as it can be.
 */
export function endsMayDiffer(pattern: string): boolean {
  const atoms: Atom[] = [];
  // What the parts so far that vary in length may take.
  const varying: Atom[] = [];
  const open: { readonly atom: number; readonly varying: number }[] = [];
  let last: Atom | { readonly atom: number; readonly varying: number } | undefined;
  for (const [token] of pattern.matchAll(TOKENS)) {
    if (token === '(' || token.startsWith('(?')) {
      open.push({ atom: atoms.length, varying: varying.length });
      last = undefined;
    } else if (token === ')') {
      last = open.pop();
    } else if (/^(?:[*+?]|\{\d)/.test(token)) {
      const isFixed = /^\{\d+\}$/.test(token);
      const isOptional = /^(?:[*?]|\{0)/.test(token);
      if (last !== undefined && !isFixed) {
        if ('takes' in last) {
          last.optional = isOptional;
          varying.push(last);
        } else {
          const inside = atoms.slice(last.atom);
          const needed = inside.findIndex((atom) => !atom.optional);
          const begins = needed === -1 ? inside : inside.slice(0, needed + 1);
          if (overlap(begins, varying.slice(0, last.varying))) return true;
          if (isOptional) for (const atom of inside) atom.optional = true;
          varying.push(...inside);
        }
      }
      last = undefined;
    } else if (/^(?:\^|\$|\\[bBAz])$/.test(token)) {
      last = undefined;
    } else {
      last = { takes: takes(token), optional: false };
      atoms.push(last);
    }
  }
  return false;
}

function overlap(some: readonly Atom[], others: readonly Atom[]): boolean {
  return some.some((a) => others.some((b) => SAMPLE.some((character) => a.takes(character) && b.takes(character))));
}

/** What one part takes; all there is where JavaScript's patterns do not know it. */
function takes(token: string): Atom['takes'] {
  if (token.includes('[:')) return () => true;
  try {
    const one = new RegExp(`^${token.replace(/^\\x\{/, '\\u{')}$`, 'u');
    return (character) => one.test(character);
  } catch {
    return () => true;
  }
}
