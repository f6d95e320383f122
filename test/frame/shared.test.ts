import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createSession, fn, read, t } from '../../src/index.ts';

/** Plans in which a frame is used several times. */

const ROWS = 400_000;

test('rows that are used twice are computed once and keep their order', async () => {
  await using session = createSession({ threads: 2 });
  const base = session.read.rows(
    Array.from({ length: ROWS }, (_, i) => ({ i, s: `Row ${i}` })),
    { schema: { i: t.int(), s: t.string() } },
  );
  const shared = base
    .withColumns((r) => ({ s: r.s.upper().replace('R', 'bb').lower() }))
    .filter((r) => r.i.mod(3).ne(1));
  const column = (await shared.concat(shared).collect()).column('i');
  const half = column.length / 2;
  expect(half).toBe(Math.ceil((ROWS * 2) / 3));
  const inversions = column.filter((value, k) => k > 0 && value < (column[k - 1] ?? 0)).length;
  expect(inversions).toBe(1);
  expect(column.slice(0, half)).toEqual(column.slice(half));
}, 60_000);

test('a self-join, a diamond and a groupBy of the same frame agree', async () => {
  await using session = createSession();
  const sales = session.read.rows(
    [
      { id: 1, region: 'n', v: 10 },
      { id: 2, region: 'n', v: 30 },
      { id: 3, region: 's', v: 5 },
    ],
    { schema: { id: t.int(), region: t.string(), v: t.int() } },
  );
  const totals = sales.groupBy('region').agg((r) => ({ total: r.v.sum(), rows: fn.count() }));
  const shares = sales
    .join(totals, { on: ['region'] })
    .withColumns((r) => ({ share: r.v.div(r.total) }))
    .sort('id');
  expect(await shares.select('id', 'share').rows()).toEqual([
    { id: 1, share: 0.25 },
    { id: 2, share: 0.75 },
    { id: 3, share: 1 },
  ]);
  // Twelve levels of doubling: inlined as text this would be 4,096 copies.
  let diamond = totals.select('region', 'total');
  for (let level = 0; level < 12; level++) {
    diamond = diamond
      .join(diamond.rename({ total: 'again' }), { on: ['region'] })
      .withColumns((r) => ({ total: r.total.add(r.again).sub(r.total) }))
      .drop('again');
  }
  expect(await diamond.sort('region').rows()).toEqual([
    { region: 'n', total: 40 },
    { region: 's', total: 5 },
  ]);
});

test('a column that a projection drops is still checked when the rest goes into a table', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'shared-'));
  const path = join(folder, 'x.csv');
  writeFileSync(path, 'a,b,c\n1,x,2\n1,y,3\n2,z,bad\n');
  const frame = read.csv(path, { schema: { a: t.int(), b: t.string(), c: t.int().nullable() } });
  const bad = /line 4, column "c": "bad" is not an int/;
  await expect(
    frame
      .select('a', 'b')
      .dedupe({ by: ['a'] })
      .rows(),
  ).rejects.toThrow(bad);
  await expect(frame.impute({ c: 'mean' }).select('a').rows()).rejects.toThrow(bad);
  await expect(
    frame
      .withColumns((r) => ({ b: r.b.upper() }))
      .drop('c')
      .dedupe({ by: ['a'] })
      .count(),
  ).rejects.toThrow(bad);
  await expect(
    frame
      .withColumns((r) => ({ c: fn.when(r.a.gt(5), r.c).elseNull() }))
      .impute({ a: 'mean' })
      .dedupe()
      .rows(),
  ).rejects.toThrow(bad);
  rmSync(folder, { recursive: true });
});
