import fc from 'fast-check';
import { type SchemaSpec, t } from '../../src/index.ts';

/** A column of every dtype that text, JSON and Parquet hold in full. */
export const everyDtype = {
  n: t.int(),
  int: t.int().nullable(),
  big: t.bigint().nullable(),
  float: t.float().nullable(),
  money: t.decimal(38, 10).nullable(),
  small: t.decimal(5, 2).nullable(),
  text: t.string().nullable(),
  region: t.enum(['north', 'south', '']).nullable(),
  yes: t.boolean().nullable(),
  day: t.date().nullable(),
  at: t.timestamp().nullable(),
  bytes: t.binary().nullable(),
  tags: t.list(t.string().nullable()).nullable(),
  place: t.struct({ city: t.string().nullable(), floor: t.int().nullable() }).nullable(),
} satisfies SchemaSpec;

const digits = (most: number): fc.Arbitrary<string> =>
  fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 1, maxLength: most }).map((all) => all.join(''));
const decimal = (whole: number, scale: number): fc.Arbitrary<string> =>
  fc.tuple(fc.boolean(), digits(whole), digits(scale)).map(([minus, w, f]) => {
    const text = `${w.replace(/^0+(?=\d)/, '')}.${f.padEnd(scale, '0')}`;
    return minus && /[1-9]/.test(text) ? `-${text}` : text;
  });
const micros = fc
  .tuple(fc.integer({ min: -50_000_000_000, max: 200_000_000_000 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([seconds, rest]) =>
    new Date(seconds * 1000).toISOString().replace('.000Z', `.${String(rest).padStart(6, '0')}Z`),
  );
const texts = fc.oneof(
  fc.string({ unit: 'binary' }).map((text) => text.replaceAll('\0', '')),
  fc.constantFrom(
    '',
    '""',
    '"',
    ',',
    '\n',
    '\r\n',
    'a"b',
    ' ',
    'NULL',
    'null',
    '\\',
    '\\N',
    "'",
    'é',
    '😀',
    '1.0',
    '[',
    '{"a":1}',
  ),
);

/** Rows of {@link everyDtype}; `n` numbers them. */
export const randomRows: fc.Arbitrary<Record<string, unknown>[]> = fc
  .array(
    fc.record({
      int: nullable(fc.maxSafeInteger()),
      big: nullable(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
      float: nullable(fc.double({ noNaN: true, noDefaultInfinity: true })),
      money: nullable(decimal(28, 10)),
      small: nullable(decimal(3, 2)),
      text: nullable(texts),
      region: nullable(fc.constantFrom('north', 'south', '')),
      yes: nullable(fc.boolean()),
      day: nullable(
        fc.integer({ min: -300_000, max: 2_000_000 }).map((d) => new Date(d * 86_400_000).toISOString().slice(0, 10)),
      ),
      at: nullable(micros),
      bytes: nullable(fc.uint8Array({ maxLength: 9 })),
      tags: nullable(fc.array(nullable(texts), { maxLength: 3 })),
      place: nullable(fc.record({ city: nullable(texts), floor: nullable(fc.maxSafeInteger()) })),
    }),
    { minLength: 1, maxLength: 40 },
  )
  .map((rows) => rows.map((row, n) => ({ n, ...row })));

function nullable<T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.option(values, { freq: 4, nil: null });
}
