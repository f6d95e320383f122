import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSession, t } from '../../../src/index.ts';
import { LineLengths, writeSegments } from '../../../src/readers/sql/copy-text.ts';
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

test('files in turn hold each line once, in order, also a shorter one where a longer one was', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'segments-'));
  // Pieces that end anywhere, of lines that are all of one length or of none; one is longer than a file.
  const lines = Array.from(
    { length: 60 },
    (_, i) => `${i}:${'x'.repeat(i === 40 ? 20 * KB * KB : (i % 7) * 100 * KB)}\n`,
  );
  const whole = Buffer.from(lines.join(''));
  async function* text(): AsyncGenerator<Uint8Array, string> {
    for (let at = 0; at < whole.length; at += 999_983) yield whole.subarray(at, at + 999_983);
    return 'the end';
  }
  const files: Buffer[] = [];
  const taken = await writeSegments(folder, text(), async ({ path, bytes, longestLine }) => {
    // The one that is written meanwhile has its own.
    await new Promise((resolve) => setTimeout(resolve, files.length % 3 === 0 ? 30 : 0));
    const file = readFileSync(path);
    expect(file.length).toBe(bytes);
    expect(file.subarray(0, 3)).toEqual(Buffer.from('\ufeff'));
    expect(
      Math.max(
        ...file
          .toString('latin1')
          .split('\n')
          .map((line) => line.length + 1),
      ),
    ).toBeLessThanOrEqual(longestLine);
    files.push(file.subarray(3));
  });
  expect(taken).toBe('the end');
  expect(Buffer.concat(files).equals(whole)).toBe(true);
  expect(files.every((file) => file.at(-1) === 10)).toBe(true);
  const sizes = files.map((file) => file.length);
  expect(sizes.some((size, i) => size < (sizes[i - 2] ?? 0))).toBe(true);
  expect(readdirSync(folder)).toEqual([]);
  rmSync(folder, { recursive: true });
});

test.each([1, 2])('all rows, with %i threads, the last of them unlike the others', async (threads) => {
  await using session = createSession({ threads });
  const sql = `SELECT nullif(i, 290000) AS i, repeat('x', 90) AS s FROM generate_series(1, 300000) i ORDER BY 1 NULLS LAST`;
  const rows = session.read.sql(database.url, sql, { schema: { i: t.int().nullable(), s: t.string() }, ordered: true });
  expect(await rows.limit(2, 299_998).rows()).toEqual([
    { i: 300_000, s: 'x'.repeat(90) },
    { i: null, s: 'x'.repeat(90) },
  ]);
  const strict = session.read.sql(database.url, sql, { schema: { i: t.int(), s: t.string() } });
  await expect(strict.count()).rejects.toMatchObject({ code: 'sql.bad_row', details: { row: 300_000 } });
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
