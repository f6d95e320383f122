import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createSession, suggestSchema } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { evaluate } from '../support/suggested.ts';

const session = createSession({ threads: 1 });
const { folder } = inputFolder();
afterAll(() => session.close());

const upTo = (most: number): fc.Arbitrary<number> => fc.nat({ max: most });

/** Texts as columns of real files have them, right and wrong. */
const texts: readonly fc.Arbitrary<string>[] = [
  fc.integer().map(String),
  upTo(9_999_999).map((n) => (n / 100).toFixed(2)),
  upTo(40).map((n) => `${n}.${(n % 13) + 1}.2024`),
  upTo(99).map((n) => `2024-0${n % 10}-${10 + (n % 25)}`),
  fc.constantFrom('yes', 'no', 'maybe', 'TRUE', 'false'),
  fc.constantFrom('NA', '-', '', '5', '7.5', 'nan', 'null'),
  upTo(2000).map((n) => `$${n},${100 + (n % 800)}.50`),
  upTo(999).map((n) => `${n / 10}%`),
  upTo(59).map((n) => `1${n % 10}/0${(n % 9) + 1}/24 1${n % 10}:0${n % 6} PM`),
  upTo(24).map((n) => `2024-01-05T${n}:00${['Z', '', '+02:00', '-0530'][n % 4]}`),
  upTo(400).map((n) => `${n}e${n}`),
  upTo(25).map((n) => `1${'0'.repeat(n)}`),
  upTo(99).map((n) => `0${n}`),
  upTo(900).map((n) => `${n % 9}.${100 + n}`),
  upTo(9).map(
    (n) => ['(3.5)', '€ 1,5', ' 7', '+3.', '.5', '5 Mar 2001', 'May 6, 2024', '23:15', '1 234', "1'000"][n] ?? '',
  ),
  fc.constantFrom('x', 'a, b; c', '"quoted"', 'two\nlines', "it's", '\ttab', '#'),
];

const column = fc
  .tuple(fc.nat({ max: texts.length - 1 }), fc.nat({ max: texts.length - 1 }), fc.boolean())
  .map(([kind, other, isMixed]) => {
    const [main, second] = [texts[kind] ?? fc.string(), texts[other] ?? fc.string()];
    return isMixed ? fc.oneof({ arbitrary: main, weight: 4 }, { arbitrary: second, weight: 1 }) : main;
  });

const file = fc
  .record({
    columns: fc.array(column, { minLength: 2, maxLength: 5 }),
    delimiter: fc.constantFrom(',', ';', '\t', '|'),
    rows: fc.integer({ min: 1, max: 25 }),
  })
  .chain(({ columns, delimiter, rows }) =>
    fc.record({
      delimiter: fc.constant(delimiter),
      rows: fc.array(fc.tuple(...columns), { minLength: rows, maxLength: rows }),
    }),
  );

test('a suggested schema reads every row of its file', async () => {
  const path = join(folder, 'random.csv');
  await fc.assert(
    fc.asyncProperty(file, async ({ delimiter, rows }) => {
      const field = (text: string): string => (/[,;|\t"\n' #]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
      const header = (rows[0] ?? []).map((_, i) => `column ${'abcde'[i]}`);
      const lines = [header, ...rows].map((texts) => texts.map(field).join(delimiter));
      writeFileSync(path, `${lines.join('\n')}\n`);
      const found = await suggestSchema(path);
      expect(found.columns.map((one) => one.name)).toEqual(header);
      expect(await evaluate(found, session.read).rows?.count()).toBe(rows.length);
    }),
    { numRuns: 40, seed: 4 },
  );
}, 120_000);
