import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, fn, t } from '../../src/index.ts';

/** A limit's rows are chosen before anything above it leaves rows out: the engine would use a join's keys before it. */

const session = createSession();
afterAll(() => session.close());

const many = session.read.rows(
  Array.from({ length: 1000 }, (_, k) => ({ k, id: k })),
  { schema: { k: t.int(), id: t.int() } },
);
const few = session.read.rows([{ k: 900 }, { k: 910 }], { schema: { k: t.int() } });
const first = many.limit(10);

describe('the first ten of a thousand rows, and above them', () => {
  test('a join', async () => {
    expect(await first.join(few, { on: 'k' }).rows()).toEqual([]);
    expect(await few.join(first, { on: 'k' }).rows()).toEqual([]);
    expect(await first.join(few, { on: 'k', how: 'semi' }).rows()).toEqual([]);
    expect(await first.join(few, { on: 'k', how: 'anti' }).count()).toBe(10);
    expect(await few.join(first, { on: 'k', how: 'left' }).dropNulls('id').count()).toBe(0);
    expect(await first.join(few, { on: 'k', how: 'right' }).dropNulls('id').count()).toBe(0);
  });

  test('steps between', async () => {
    const steps = first.withColumns((r) => ({ k: r.k.add(0) })).filter((r) => r.id.gte(0));
    expect(await steps.join(few, { on: 'k' }).count()).toBe(0);
    expect(await many.limit(20).limit(10).join(few, { on: 'k' }).count()).toBe(0);
    expect(await many.sort({ desc: 'id' }).limit(10).join(few, { on: 'k' }).count()).toBe(0);
    const grouped = first.groupBy('k').agg(() => ({ n: fn.count() }));
    expect(await grouped.join(few, { on: 'k' }).count()).toBe(0);
  });

  test('limits with offsets and two joins', async () => {
    const days = session.read.rows(
      Array.from({ length: 21 }, (_, i) => ({ id: i, day: i % 3, d: i % 4 === 0 ? null : i })),
      { schema: { id: t.int(), day: t.int(), d: t.int().nullable() } },
    );
    const limited = days.limit(11, 1).limit(16, 2);
    const kept = limited.join(days.filter((r) => r.id.gte(8)).select('d'), { on: 'd', how: 'anti' });
    const joined = kept.join(session.read.rows([{ day: 1, v: 1 }], { schema: { day: t.int(), v: t.int() } }), {
      on: 'day',
    });
    expect((await joined.collect()).column('id').toSorted((a, b) => a - b)).toEqual([4, 7]);
  });

  test('the first row of each key, and windows', async () => {
    const rows = Array.from({ length: 40 }, (_, i) => ({ id: i, k: i % 7 }));
    const frame = session.read.rows(rows, { schema: { id: t.int(), k: t.int() } });
    const last = rows.slice(30, 38);
    const firsts = last.filter((row, i) => last.findIndex((other) => other.k === row.k) === i);
    const limited = frame.limit(20, 18).limit(8, 12);
    expect(await limited.dedupe({ by: 'k' }).rows()).toEqual(firsts);
    const counted = limited.withColumns((r) => ({ n: r.id.count().over({ partitionBy: 'k' }) }));
    expect(await counted.rows()).toEqual(last.map((row) => ({ ...row, n: last.filter((x) => x.k === row.k).length })));
  });

  test('a statistic that is filled in', async () => {
    const gaps = session.read.rows(
      Array.from({ length: 1000 }, (_, k) => ({ k: k === 3 ? null : k })),
      { schema: { k: t.int().nullable() } },
    );
    const filled = gaps
      .limit(10)
      .impute({ k: 'mean' })
      .filter((r) => r.k.gt(4));
    expect(await filled.rows()).toEqual([{ k: 42 / 9 }, ...[5, 6, 7, 8, 9].map((k) => ({ k }))]);
  });
});

test('the engine still answers wrongly by itself: when this fails, limits need no tables any more', async () => {
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  await connection.run('CREATE TABLE l AS SELECT range AS k FROM range(1000)');
  await connection.run('CREATE TABLE r AS SELECT 900 + range AS k FROM range(5)');
  const answer = await connection.runAndReadAll('SELECT * FROM (SELECT * FROM l LIMIT 10) JOIN r USING (k)');
  expect(answer.currentRowCount).toBe(5);
  connection.closeSync();
});
