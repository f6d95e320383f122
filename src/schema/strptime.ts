/** A directive of a strptime format. */
interface Directive {
  /** What it reads, as a pattern without groups that capture. */
  readonly pattern: string;
  /** What it tells of a day; an empty text where it tells nothing of it. */
  readonly tells: string;
}

const directive = (pattern: string, tells = ''): Directive => ({ pattern, tells });

const DIRECTIVES: Readonly<Record<string, Directive>> = {
  Y: directive('(?:[1-9][0-9]{3}|0[1-9][0-9]{2}|00[1-9][0-9]|000[1-9])', 'year'),
  y: directive('[0-9]{2}', 'year'),
  m: directive('[0-9]{1,2}', 'month'),
  b: directive('[A-Za-z]{3}', 'month'),
  B: directive('[A-Za-z]+', 'month'),
  d: directive('[0-9]{1,2}', 'day'),
  j: directive('[0-9]{1,3}', 'month and day'),
  a: directive('[A-Za-z]{3}'),
  A: directive('[A-Za-z]+'),
  H: directive('[0-9]{1,2}'),
  I: directive('[0-9]{1,2}'),
  M: directive('[0-9]{1,2}'),
  S: directive('[0-9]{1,2}'),
  f: directive('[0-9]{1,6}'),
  p: directive('[AaPp][Mm]'),
  z: directive('[+-](?:0[0-9]|1[0-5]):?(?:[0-5][0-9])?'),
};

/** A character that stands for itself, or a directive; one that is none has no pattern. */
export type FormatPart =
  | { readonly text: string }
  | { readonly directive: string; readonly pattern: string | undefined; readonly tells: string };

/** The parts of a strptime format. */
export function partsOf(format: string): FormatPart[] {
  const characters = [...format];
  const parts: FormatPart[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] ?? '';
    if (character !== '%') {
      parts.push({ text: character });
      continue;
    }
    i += characters[i + 1] === '-' ? 2 : 1;
    const letter = characters[i] ?? '';
    if (letter === '%') parts.push({ text: '%' });
    else
      parts.push({ directive: letter, pattern: DIRECTIVES[letter]?.pattern, tells: DIRECTIVES[letter]?.tells ?? '' });
  }
  return parts;
}

/** The letters of a format's directives, in their order. */
export function directivesOf(format: string): string[] {
  return partsOf(format).flatMap((part) => ('text' in part ? [] : [part.directive]));
}

/** What is wrong with a strptime format: a directive that is none, or a day it does not tell in full. */
export function formatFault(format: unknown): string | undefined {
  if (typeof format !== 'string') return 'is no string';
  let told = '';
  for (const part of partsOf(format)) {
    if ('text' in part) continue;
    if (part.directive === 'Z') {
      return "has the directive %Z, and names of zones are ambiguous: IST is India's, Israel's or Ireland's. Write the name into the format (' UTC') and give its timeZone, or read offsets with %z";
    }
    if (part.pattern === undefined) {
      return `has the directive %${part.directive}, which is none. The directives are %${[...Object.keys(DIRECTIVES), '%'].join(' %')}`;
    }
    told += `${part.tells} `;
  }
  const missing = ['year', 'month', 'day'].filter((part) => !told.includes(part));
  return missing.length === 0 ? undefined : `does not tell the ${missing.join(', the ')}`;
}

/** The directives that a value is written with. */
const WRITTEN = 'YmdHMSyjfIpGVubBaA%';

/** What is wrong with a format that dates are written in. */
export function outputFault(format: unknown): string | undefined {
  if (typeof format !== 'string') return 'is no string';
  for (const [, directive = ''] of format.matchAll(/%(.?)/gs)) {
    if (directive === '' || !WRITTEN.includes(directive)) {
      return `has the directive %${directive}, which is none. The directives are %${[...WRITTEN].join(' %')}`;
    }
  }
  return undefined;
}

/** The names of the months that formats know, and the first three letters of each. */
export const MONTHS: readonly string[] = [
  ...['january', 'february', 'march', 'april', 'may', 'june'],
  ...['july', 'august', 'september', 'october', 'november', 'december'],
];
