import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import { type AnyColumnType, createSession, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';
import { field, isRead, values } from './one-column.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
afterAll(() => session.close());

/** An independent definition of what each dtype reads: a JavaScript pattern, then a check of the value. */
const definitions: readonly (readonly [string, AnyColumnType, string, (text: string) => boolean])[] = [
  ['int', t.int(), '0123456789+-.,eEx_ ', (s) => /^[+-]?\d+$/.test(s) && Number.isSafeInteger(Number(s))],
  [
    'bigint',
    t.bigint(),
    '0123456789+-. ',
    (s) => /^[+-]?\d+$/.test(s) && BigInt.asIntN(64, BigInt(s.replace('+', ''))) === BigInt(s.replace('+', '')),
  ],
  [
    'float',
    t.float(),
    '0123456789+-.eE,xnaif ',
    (s) => /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(s) && Number.isFinite(Number(s)),
  ],
  ['decimal(5, 2)', t.decimal(5, 2), '0123456789+-.eE, ', (s) => isDecimal(s, 3, 2)],
  ['decimal(12, 2) in German', t.decimal(12, 2, { decimal: ',', thousands: '.' }), '0123456789-.,', (s) => isGerman(s)],
  ['boolean', t.boolean(), 'trueTRUEfalsFALS01 ', (s) => /^(true|false)$/i.test(s)],
  ['date', t.date(), '0123456789- /T', isDay],
  ['timestamp', t.timestamp(), '0123456789-: .TZ+', isInstant],
  [
    'date by format',
    t.date({ formats: ['%d.%m.%Y'] }),
    '0123456789. ',
    (s) => {
      const m = /^(\d{1,2})\.(\d{1,2})\.(\d{4})$/.exec(s);
      return m !== null && isDay(`${m[3]}-${m[2]?.padStart(2, '0')}-${m[1]?.padStart(2, '0')}`);
    },
  ],
];

function isDecimal(text: string, whole: number, scale: number): boolean {
  const match = /^[+-]?(\d*)(?:\.(\d*))?$/.exec(text);
  if (match === null || `${match[1]}${match[2] ?? ''}` === '') return false;
  return (match[1] ?? '').replace(/^0+/, '').length <= whole && (match[2] ?? '').replace(/0+$/, '').length <= scale;
}

function isGerman(text: string): boolean {
  const match = /^[+-]?(\d{1,3}(?:\.\d{3})+|\d*)(?:,(\d*))?$/.exec(text);
  if (match === null) return false;
  return isDecimal(`${(match[1] ?? '').replaceAll('.', '')}${match[2] === undefined ? '' : `.${match[2]}`}`, 10, 2);
}

function isDay(text: string): boolean {
  const match = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (match === null) return false;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  const days = [31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1] ?? 0;
  return day >= 1 && day <= days;
}

function isInstant(text: string): boolean {
  const match = /^(.{10})[T ](\d\d):(\d\d)(?::(\d\d)(?:\.\d{1,6})?)?(?:Z|[+-](\d\d)(?::?(\d\d))?)?$/.exec(text);
  if (match === null || !isDay(match[1] ?? '')) return false;
  const below = (part: string | undefined, most: number) => part === undefined || Number(part) < most;
  return (
    below(match[2], 24) && below(match[3], 60) && below(match[4], 60) && below(match[5], 16) && below(match[6], 60)
  );
}

/** Texts near the edge: random ones over the characters that matter, and right ones with a character changed. */
function texts(alphabet: string, seeds: readonly string[]): fc.Arbitrary<string> {
  const character = fc.constantFrom(...alphabet);
  const random = fc.string({ unit: character, maxLength: 24 });
  const mutated = fc
    .tuple(
      fc.constantFrom(...seeds),
      fc.nat({ max: 30 }),
      fc.constantFrom('replace', 'insert', 'delete', 'keep'),
      character,
    )
    .map(([seed, at, how, c]) => {
      const i = at % (seed.length + 1);
      if (how === 'keep') return seed;
      if (how === 'insert') return seed.slice(0, i) + c + seed.slice(i);
      return seed.slice(0, i) + (how === 'replace' ? c : '') + seed.slice(i + 1);
    });
  return fc.oneof({ weight: 1, arbitrary: random }, { weight: 3, arbitrary: mutated });
}

const SEEDS: Readonly<Record<string, readonly string[]>> = {
  int: ['0', '12', '-7', '9007199254740991', '-9007199254740992', '000000000000000000012', '123456789012345'],
  bigint: ['0', '9223372036854775807', '-9223372036854775808', '123456789012345678'],
  float: ['1.5', '-0.25e10', '.5', '5.', '1e308', '123456789.123456789', '1.7e+308', '4.9e-324'],
  'decimal(5, 2)': ['1.5', '999.99', '-999.995', '1.2500', '0012.3', '.25', '100'],
  'decimal(12, 2) in German': ['1.234,50', '1234,5', '12.345.678', '-1.000,00', '1234567890,12', '1.234.567.890,1'],
  boolean: ['true', 'FALSE', 'True'],
  date: ['2024-01-05', '2024-02-29', '1900-02-28', '2000-02-29', '9999-12-31', '0001-01-01'],
  timestamp: [
    '2024-01-05 10:00:00',
    '2024-02-29T23:59:59',
    '2024-01-05 10:00',
    '2024-01-05 10:00:00.123456',
    '2024-01-05T10:00:00Z',
    '2024-01-05 10:00:00+02:00',
    '2024-12-31 00:00:00-0330',
    '1969-07-20 20:17:40',
  ],
  'date by format': ['05.01.2024', '5.1.2024', '29.02.2023', '31.12.1999'],
};

describe('both modes accept exactly the texts of an independent definition', () => {
  test.each(definitions)('%s', { timeout: 30_000 }, async (name, type, alphabet, accepts) => {
    const arbitrary = texts(alphabet, SEEDS[name] ?? ['']);
    await fc.assert(
      fc.asyncProperty(fc.array(arbitrary, { minLength: 150, maxLength: 150 }), async (given) => {
        const found = await values(read, type, given);
        expect(given.filter((text, i) => accepts(text) !== (found[i] !== undefined))).toEqual([]);
        // Fail mode reads those together, and refuses each of the others.
        const good = given.filter(accepts);
        const path = write('good.csv', `x\n${good.map((text) => `${field(text)}\n`).join('')}`);
        expect(await read.csv(path, { schema: { x: type } }).count()).toBe(good.length);
        const bad = given.find((text) => !accepts(text));
        if (bad !== undefined) expect([bad, await isRead(read, type, bad)]).toEqual([bad, false]);
      }),
      { numRuns: 12, seed: 7, endOnFailure: true },
    );
  });
});
