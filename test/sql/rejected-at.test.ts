import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { between, fn, notNull, read, t } from '../../src/index.ts';

/* Rows that a verb puts aside tell the file and the line that their reader gave them. */

const folder = mkdtempSync(join(tmpdir(), 'millrace-rejected-'));
afterAll(() => rmSync(folder, { recursive: true }));

const [first, second] = [join(folder, 'a.csv'), join(folder, 'b.csv')];
writeFileSync(first, 'id,n\n1,5\n2,\n');
writeFileSync(second, 'id,n\n3,x\n4,900\n');

const schema = { id: t.int(), n: t.string().nullable() };
const both = read.csv(join(folder, '*.csv'), { schema, origin: true });
const aside = { onError: 'quarantine' } as const;
const quarantined = { severity: 'quarantine' } as const;

test('of checks and casts, through other names and other columns', async () => {
  const frame = both
    .rename({ line: 'at' })
    .sort({ desc: 'id' })
    .check({ n: notNull }, quarantined)
    .withColumns((r) => ({ n: r.n.parse(t.int(), aside) }))
    .check({ n: between(0, 100) }, quarantined)
    .select('id');
  expect(await frame.rows()).toEqual([{ id: 1 }]);
  const rejected = frame.quarantine().select('source', 'line', 'value').sort('source', 'line');
  expect(await rejected.rows()).toEqual([
    { source: first, line: 3, value: null },
    { source: second, line: 2, value: 'x' },
    { source: second, line: 3, value: '900' },
  ]);
});

test('after a join those of the left row, after concat of both, after materialize', async () => {
  const names = read.rows([{ id: 4, name: 'desk' }], { schema: { id: t.int(), name: t.string() } });
  const joined = both.join(names, { on: ['id'] }).check({ n: between('0', '5') }, quarantined);
  expect(await joined.quarantine().select('source', 'line').rows()).toEqual([{ source: second, line: 3 }]);
  await using kept = await both.concat(both).materialize();
  const checked = kept.check({ n: notNull }, quarantined);
  expect(await checked.quarantine().select('source', 'line').rows()).toEqual([
    { source: first, line: 3 },
    { source: first, line: 3 },
  ]);
});

test('of a group by the file that file, and no line', async () => {
  const files = both
    .groupBy('file')
    .agg(() => ({ rows: fn.count(), line: fn.count() }))
    .check({ rows: between(3, 9) }, quarantined);
  const rejected = await files.quarantine().select('source', 'line').sort('source').rows();
  expect(rejected).toEqual([
    { source: first, line: null },
    { source: second, line: null },
  ]);
});

test('the verb where the columns are gone, computed anew, or of one side of concat alone', async () => {
  const bare = read.csv(first, { schema });
  const lines = bare.withColumns(() => ({ file: fn.lit('x'), line: fn.lit(1) }));
  const rule = { n: notNull };
  for (const rejected of [
    both.drop('file', 'line').check(rule, quarantined).quarantine(),
    both
      .withColumns((r) => ({ line: r.line.add(1), file: fn.lit('x') }))
      .check(rule, quarantined)
      .quarantine(),
    read.csv(first, { schema, origin: true }).concat(lines).check(rule, quarantined).quarantine(),
  ]) {
    const rows = await rejected.rows();
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) expect(row).toMatchObject({ source: 'check', line: null });
  }
});

test('a line alone stands beside the verb', async () => {
  const frame = read.csv(first, { schema, origin: { line: 'row' } }).filter((r) => r.n.parse(t.int(), aside).gt(0));
  expect(await frame.quarantine().rows()).toEqual([]);
  const parsed = read
    .csv(second, { schema, origin: { line: 'row' } })
    .withColumns((r) => ({ n: r.n.parse(t.int(), aside) }));
  expect(await parsed.quarantine().select('source', 'line', 'value').rows()).toEqual([
    { source: 'withColumns', line: 2, value: 'x' },
  ]);
});
