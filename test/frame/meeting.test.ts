import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSession, fn, read, t } from '../../src/index.ts';

/** What rows, orders and checks must survive, where verbs meet. */

const folder = mkdtempSync(join(tmpdir(), 'meet-'));
afterAll(() => rmSync(folder, { recursive: true }));

const rows = read.rows(
  [
    { k: 'b', x: '1', id: 1 },
    { k: 'a', x: 'two', id: 2 },
    { k: 'b', x: '3', id: 3 },
    { k: 'a', x: '4', id: 4 },
  ],
  { schema: { k: t.string(), x: t.string(), id: t.int() } },
);

test('a row cannot be put aside inside an aggregate or a check', async () => {
  const summed = rows.groupBy('k').agg((r) => ({ s: r.x.parse(t.int(), { onError: 'quarantine' }).sum() }));
  await expect(summed.rows()).rejects.toMatchObject({ code: 'compile.quarantine_place' });
  const checked = rows.check({}, { satisfies: { small: (r) => r.x.parse(t.int(), { onError: 'quarantine' }).lt(9) } });
  await expect(checked.rows()).rejects.toMatchObject({ code: 'compile.quarantine_place' });
});

test('putting rows aside beside a window keeps the order', async () => {
  const frame = rows.withColumns((r) => ({
    n: fn.rowNumber().over({ partitionBy: ['k'] }),
    x: r.x.parse(t.int(), { onError: 'quarantine' }),
  }));
  expect(await frame.rows()).toEqual([
    { k: 'b', x: 1, id: 1, n: 1 },
    { k: 'b', x: 3, id: 3, n: 2 },
    { k: 'a', x: 4, id: 4, n: 2 },
  ]);
  expect(await frame.quarantine().select('column', 'value').rows()).toEqual([{ column: 'x', value: 'two' }]);
});

test('a materialized frame has an order only where its plan had one', async () => {
  await using grouped = await rows
    .groupBy('k')
    .agg(() => ({ n: fn.count() }))
    .materialize();
  await expect(grouped.dedupe({ by: ['n'] }).rows()).rejects.toMatchObject({ code: 'compile.order' });
  await using kept = await rows.materialize();
  expect((await kept.dedupe({ by: ['k'] }).rows()).map((r) => r.id)).toEqual([1, 2]);
});

test('a bad row is an error whatever filter stands above it', async () => {
  const path = join(folder, 'bad.csv');
  writeFileSync(path, `q,s\n${Array.from({ length: 5000 }, (_, i) => `${i === 4000 ? '1.5' : i},y${i}`).join('\n')}\n`);
  const frame = read.csv(path, { schema: { q: t.int(), s: t.string() } });
  for (const predicate of ['y4000', 'y1']) {
    await expect(frame.filter((r) => r.s.ne(predicate)).count()).rejects.toThrow(/line 4002, column "q": "1.5"/);
  }
  const other = read.rows([{ s: 'y1' }], { schema: { s: t.string() } });
  await expect(frame.join(other, { on: ['s'], how: 'semi' }).rows()).rejects.toThrow('line 4002');
  // The first rows are looked at without the rest: nothing is said of what was not read.
  expect((await frame.limit(2).rows()).map((r) => r.q)).toEqual([0, 1]);
});

test('a number as one of several texts is checked', async () => {
  const frame = rows.withColumns((r) => ({ id: r.id.cast(t.enum(['1', '2'])) }));
  await expect(frame.rows()).rejects.toThrow("id: '3' is not one of '1', '2'");
});

test('what was misspelt is refused with its choices', async () => {
  const schema = { x: t.int() };
  const typo = read.rows([{ x: 1 }], { schema, onBadRow: 'quarantaine' as 'quarantine' });
  await expect(typo.count()).rejects.toMatchObject({ code: 'source.on_bad_row' });
  expect(() => rows.dedupe({ by: ['k'], keep: 'lst' as 'last' })).toThrow('keep is "lst". The choices are \'first\'');
  for (const options of [{ memoryLimit: 'lots' }, { threads: 0 }]) {
    await using session = createSession(options);
    await expect(session.read.rows([{ x: 1 }], { schema }).count()).rejects.toMatchObject({ code: 'session.option' });
  }
});

test('rows pushed after reading are not read, and an aborted run calls no function again', async () => {
  const given = [{ x: 1 }];
  const frame = read.rows(given, { schema: { x: t.int() } });
  given.push({ x: 2 });
  expect(await frame.count()).toBe(1);

  const controller = new AbortController();
  let calls = 0;
  const mapped = read
    .rows(
      Array.from({ length: 100 }, (_, x) => ({ x })),
      { schema: { x: t.int() } },
    )
    .mapBatches(
      (batch) => {
        calls += 1;
        if (calls === 2) controller.abort();
        return batch;
      },
      { schema: { x: t.int() }, batchSize: 1 },
    );
  await expect(mapped.rows({ signal: controller.signal })).rejects.toThrow();
  expect(calls).toBe(2);
});

test('the quarantine of a plan is computed once, and not by explain', async () => {
  let calls = 0;
  const mapped = rows
    .mapBatches(
      (batch) => {
        calls += 1;
        return batch;
      },
      { schema: { k: t.string(), x: t.string(), id: t.int() } },
    )
    .withColumns((r) => ({ x: r.x.parse(t.int(), { onError: 'quarantine' }) }));
  const aside = mapped.quarantine();
  await aside.explain();
  expect(calls).toBe(0);
  expect(await aside.count()).toBe(1);
  expect((await aside.rows()).length).toBe(1);
  expect(calls).toBe(1);
});
