import { afterAll, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { LineLengths } from '../../../src/readers/sql/copy-text.ts';
import { freshDatabase } from '../../support/postgres.ts';

const database = await freshDatabase();
afterAll(() => database.drop());

const KB = 1024;

test.each([
  { lines: [10, 300, 5], longest: 256 * KB },
  { lines: [10, 256 * KB, 5], longest: 256 * KB },
  { lines: [10, 256 * KB + 1, 5], longest: 256 * KB + 1 },
  { lines: [700 * KB], longest: 700 * KB },
  { lines: [200 * KB, 200 * KB, 400 * KB, 3, 900 * KB, 1], longest: 900 * KB },
])('lines of $lines bytes: at most $longest', ({ lines, longest }) => {
  const text = Buffer.concat(lines.map((length) => Buffer.from(`${'x'.repeat(length - 1)}\n`)));
  for (const size of [text.length, KB * KB, 256 * KB, 100_003, 4096]) {
    const lengths = new LineLengths();
    for (let at = 0; at < text.length; at += size) lengths.add(text.subarray(at, at + size));
    expect(lengths.longest, `in pieces of ${size}`).toBe(longest);
  }
});

test('short lines among long ones, over several files and threads: all, and in order', async () => {
  // Every 5,000th row has 600 KB, so that some files have long lines; texts are of every length and hold what is escaped.
  await using session = createSession({ threads: 4 });
  const sql = `
    SELECT i, CASE WHEN i % 5000 = 0 AND i < 100000 THEN repeat(E'a\\n', 300000) ELSE repeat(E'\\t\\\\é', i % 40) END AS s,
      CASE WHEN i % 7 = 0 THEN NULL ELSE i * 0.01 END AS d
    FROM generate_series(1, 400000) i ORDER BY i`;
  const schema = { i: t.int(), s: t.string(), d: t.decimal(10, 2).nullable() };
  const frame = session.read.sql(database.url, sql, { schema, ordered: true });
  await using kept = await frame.materialize();
  let next = 1;
  for (const column of await kept.select('i').rows()) {
    if (column.i !== next) throw new Error(`row ${next} is ${column.i}`);
    next += 1;
  }
  expect(next).toBe(400_001);
  const long = kept.filter((r) => r.i.mod(5000).eq(0).and(r.i.lt(100_000)));
  expect(await long.filter((r) => r.s.eq('a\n'.repeat(300_000))).count()).toBe(19);
  const [row] = await kept.filter((r) => r.i.eq(399_999)).rows();
  expect(row).toEqual({ i: 399_999, s: '\t\\é'.repeat(39), d: '3999.99' });
  expect(await kept.filter((r) => r.d.isNull()).count()).toBe(57_142);
  expect(await kept.filter((r) => r.s.length().ne(r.i.mod(40).mul(3)).and(r.i.mod(5000).ne(0))).count()).toBe(0);
});
