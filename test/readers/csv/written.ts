import type { CsvOptions } from '../../../src/readers/csv/csv.ts';

/** CSV text written by the rules alone, with what must be read of it. */

/** Numbers that follow from a seed. */
export interface Random {
  below(n: number): number;
  chance(share: number): boolean;
  pick<T>(choices: readonly T[]): T;
}

export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  const below = (n: number): number => Math.floor(next() * n);
  return {
    below,
    chance: (share) => next() < share,
    pick: (choices) => choices[below(choices.length)] as (typeof choices)[number],
  };
}

export interface Written {
  readonly bytes: Uint8Array;
  readonly options: CsvOptions;
  readonly names: readonly string[];
  /** The records, and the physical line on which each starts. */
  readonly rows: readonly { readonly values: readonly (string | null)[]; readonly line: number }[];
}

/** What a generated file may be. */
export interface Kinds {
  readonly encodings: readonly NonNullable<CsvOptions['encoding']>[];
  /** Whether lines that are no records, escapes, short records and mixed line ends may occur. */
  readonly wild: boolean;
}

export function writtenBy(random: Random, { encodings, wild }: Kinds): Written {
  const delimiter = random.pick([',', ';', '\t', '|', ' ', ':', '¦']);
  const quote = random.pick(['"', "'", '`']);
  const escapes = wild && random.chance(0.3) ? '\\' : quote;
  const comment = wild && random.chance(0.4) ? random.pick(['#', '%', '!']) : '';
  const nullPadding = wild && random.chance(0.3);
  const encoding = random.pick(encodings);
  const ends = wild && random.chance(0.3) ? ['\n', '\r\n', '\r'] : [random.pick(['\n', '\r\n', '\r'])];
  const header = random.chance(0.7);
  const width = 1 + random.below(4);
  const names = Array.from({ length: width }, (_, i) => `n${i}`);
  const letters = [
    'a',
    'b',
    '1',
    ' ',
    '  ',
    'é',
    '\0',
    '\\',
    delimiter,
    quote,
    '#',
    '%',
    '\n',
    '\r\n',
    '\r',
    'xyz',
    '""',
  ];
  if (!['latin-1', 'windows-1252'].includes(encoding)) letters.push('😀', '漢', '\u2028');
  if (encoding === 'windows-1252') letters.push('€', '“');
  // In place the engine takes the first line end for that of all lines, in quotes too.
  const value = (): string => {
    const text = Array.from({ length: random.below(5) }, () => random.pick(letters)).join('');
    return wild ? text : text.replaceAll(/\r\n|\r|\n/g, ends[0] ?? '\n');
  };
  let text = '';
  let line = 1;
  const add = (given: string): void => {
    // Not the second half of a line end.
    const written = text.endsWith('\r') && given.startsWith('\n') ? `\r${given}` : given;
    text += written;
    line += written.match(/\r\n|\r|\n/g)?.length ?? 0;
  };
  const end = (): string => random.pick(ends);
  const quoted = (field: string): string => {
    const inside = field.replaceAll(escapes, escapes + escapes);
    return quote + (escapes === quote ? inside : inside.replaceAll(quote, escapes + quote)) + quote;
  };
  const special = (field: string, first: boolean): boolean =>
    field === '' ||
    [delimiter, quote, '\n', '\r', ' '].some((part) => field.includes(part)) ||
    (first && comment !== '' && field.startsWith(comment)) ||
    random.chance(0.2);
  const record = (values: readonly (string | null)[]): string =>
    values.map((v, i) => (v === null ? '' : special(v, i === 0) ? quoted(v) : v)).join(delimiter);
  const skip = random.chance(0.3) ? 1 + random.below(3) : 0;
  for (let i = 0; i < skip; i++) add(`${random.pick(['report', '', `x${quote}y`, `a${delimiter}b`])}${end()}`);
  const between = (): void => {
    if (width > 1 && random.chance(0.1)) add(end());
    if (comment !== '' && random.chance(0.2)) add(`${comment} ${quote} note${delimiter}${end()}`);
  };
  if (header) {
    between();
    add(record(names) + end());
  }
  const rows: { values: (string | null)[]; line: number }[] = [];
  const count = 1 + random.below(8);
  for (let i = 0; i < count; i++) {
    between();
    const values = Array.from({ length: width }, () => (random.chance(0.2) ? null : value()));
    const kept = nullPadding ? 1 + random.below(width) : width;
    const short: (string | null)[] = values.slice(0, kept);
    // What is written as a blank line is none where there are several columns.
    if (width > 1 && !short.some((v) => v !== null)) short[0] = 'x';
    rows.push({ values: [...short, ...Array.from({ length: width - short.length }, () => null)], line });
    add(record(short) + (i === count - 1 && random.chance(0.3) && short.at(-1) !== null ? '' : end()));
  }
  let skipFooter = 0;
  if (wild && /[\r\n]$/.test(text) && random.chance(0.3)) {
    skipFooter = 1 + random.below(2);
    for (let i = 0; i < skipFooter; i++) add(`total${delimiter.repeat(random.below(9))}5${end()}`);
  }
  const options: CsvOptions = {
    delimiter,
    quote,
    escape: escapes,
    comment,
    nullPadding,
    encoding,
    header,
    skip,
    skipFooter,
  };
  return { bytes: encoded(text, encoding, random), options, names, rows };
}

/** The characters of windows-1252 that differ from latin-1. */
const WINDOWS = new Map([...'€‚ƒ„…†‡ˆ‰Š‹Œ'].map((c, i) => [c, i < 1 ? 0x80 : 0x81 + i] as const));

export function encoded(text: string, encoding: CsvOptions['encoding'], random: Random): Uint8Array {
  switch (encoding) {
    case 'utf-16':
      return Buffer.from(`\ufeff${text}`, 'utf16le');
    case 'utf-16le':
      return Buffer.from(`${random.chance(0.5) ? '\ufeff' : ''}${text}`, 'utf16le');
    case 'utf-16be':
      return Buffer.from(`${random.chance(0.5) ? '\ufeff' : ''}${text}`, 'utf16le').swap16();
    case 'latin-1':
      return Buffer.from(text, 'latin1');
    case 'windows-1252':
      return Uint8Array.from([...text].map((c) => (c === '“' ? 0x93 : (WINDOWS.get(c) ?? c.charCodeAt(0)))));
    default:
      return Buffer.from(`${random.chance(0.2) ? '\ufeff' : ''}${text}`);
  }
}
