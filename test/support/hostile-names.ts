import fc from 'fast-check';

/** Names that attack: SQL, paths, folders of partitions, and whatever compares names otherwise than by their characters. */

const QUOTES = ['"', '""', "'", "''", '`', '\\', '\\"', "\\'", '$$', '$1', '?', ':a', '%s', '%', '{}', '[a]'];
const SQL = [
  '; DROP TABLE canary; --',
  '"; DROP TABLE canary; --',
  "'); DELETE FROM canary; --",
  '/*',
  '*/',
  '--',
  '#',
];
const BLANKS = [' ', ' a', 'a ', '\t', 'a\n', '\nb', '\r\n', '\u00a0', '\u2003', '\u200b', '\ufeff', 'a\u0085b', '\v'];
const PATHS = [
  '..',
  '.',
  '../..',
  '/',
  'a/b',
  '/etc/passwd',
  'C:\\x',
  '\\\\server',
  '%00',
  '%2e%2e',
  '%2F',
  'a=b',
  '*',
  '?x',
];
const RESERVED = ['select', 'TABLE', 'user', 'order', 'group', 'null', 'true', 'default', 'all', 'columns', 'natural'];
const DEVICES = ['CON', 'nul', 'aux.txt', 'COM1', 'LPT9'];
const SYSTEM = ['ctid', 'xmin', 'tableoid', 'rowid', 'ROWID', 'file_row_number', 'filename', 'oid', 'millrace_staging'];
const OWN = [
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '__millrace_row',
  'valid_from',
  'col',
  'n',
  's',
  't',
];
const LETTERS = [
  'é',
  'e\u0301',
  'É',
  'ß',
  'ẞ',
  'SS',
  'İ',
  'ı',
  'K',
  '\u212a',
  'ﬁ',
  '日本語',
  'שלום',
  '\u202etxt',
  'Ω',
  'Ω',
];
const EMOJI = ['😀', '👩‍👩‍👧', '\u{10ffff}', '\ufffd', '\uffff', '\u0001', '\u007f', '\u001b[31m'];
const BROKEN = ['', '\0', 'a\0b', '\ud800', 'a\udfff', '\ud83d'];
/** Around the 63 bytes that PostgreSQL keeps, and the 255 of a file's name, characters of several bytes at the edge. */
const LONG = [
  ...[62, 63, 64, 255, 256, 1000].map((n) => 'x'.repeat(n)),
  ...[61, 62, 63].flatMap((n) => ['é', '日', '😀'].map((c) => 'x'.repeat(n) + c)),
  'é'.repeat(31),
  'é'.repeat(32),
  '日'.repeat(21),
  '😀'.repeat(15),
  '😀'.repeat(16),
  '"'.repeat(63),
  '"'.repeat(40),
];
const WORDS = [
  ...[QUOTES, SQL, BLANKS, PATHS, RESERVED, DEVICES, SYSTEM, OWN, LETTERS, EMOJI, BROKEN, LONG].flat(),
  ...['Sales', 'sales', 'SALES', 'a', 'A', 'a.b', '.', 'a.', '.b', 'a.b.c', '"a"."b"', '1', '-1', '1e5', 'NaN'],
];

const part = fc.oneof(
  fc.constantFrom(...WORDS.filter((word) => word.length < 30)),
  fc.string({ unit: 'binary', maxLength: 4 }),
);
const made = fc.oneof(
  fc.tuple(part, part).map(([a, b]) => a + b),
  fc.tuple(part, part, part).map((parts) => parts.join('')),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
);

/** So many different names: the words that are known to hurt, and others made of them. */
export function hostileNames(count: number, seed: number): string[] {
  const names = new Set([...WORDS, ...fc.sample(made, { seed, numRuns: count * 3 })]);
  return [...names].slice(0, count);
}
