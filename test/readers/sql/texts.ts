import fc from 'fast-check';
import { expect } from 'vitest';
import { type Readers, type SqlConnection, t } from '../../../src/index.ts';

/** Characters that mean something on the way: to COPY text, to quotes, to encodings. */
const CHARACTERS = ['\\', 'n', 't', 'N', '0', '\n', '\r', '\t', '\b', '\v', '\f', "'", '"', ' ', 'ß', '😀', '\u2028'];

/** Bound texts come back as they went, alone in their rows and beside a number. */
export async function expectTextsBack(
  read: Readers,
  shop: SqlConnection,
  { others = [] }: { readonly others?: readonly string[] } = {},
): Promise<void> {
  const character = fc.constantFrom(...CHARACTERS, ...others);
  const texts = fc.array(fc.option(fc.string({ unit: character, maxLength: 12 })), { minLength: 1, maxLength: 60 });
  await fc.assert(
    fc.asyncProperty(texts, fc.boolean(), async (values, alone) => {
      const sql = values.map((_, i) => `SELECT ? AS s${alone ? '' : `, ${i} AS i`}`).join(' UNION ALL ');
      const schema = { s: t.string().nullable(), ...(alone ? {} : { i: t.int() }) };
      const rows = await read.sql(shop, sql, { schema, values }).rows();
      expect(rows.map(({ s }) => s)).toEqual(values);
    }),
    { numRuns: 40 },
  );
}
