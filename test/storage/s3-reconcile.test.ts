import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { startS3, type TestS3 } from '../support/s3.ts';

let store: TestS3;
const session = createSession({ threads: 2 });
beforeAll(async () => {
  store = await startS3();
});
afterAll(async () => {
  await session.close();
  await store?.[Symbol.asyncDispose]();
});

const schema = { id: t.int(), part: t.string().nullable() };
const frame = (...ids: readonly number[]) =>
  session.read.rows(
    ids.map((id) => ({ id, part: id % 2 === 0 ? 'even' : null })),
    { schema },
  );

test('a dataset in a store is read back: all files, those of the load, those of its partitions', async () => {
  const url = `s3://${store.bucket}/reconciled`;
  const options = { s3: store.s3, partitionBy: 'part' } as const;
  const first = await load.parquet(frame(1, 2), url, { mode: 'append', ...options });
  const second = await load.parquet(frame(3, 4), url, { mode: 'append', ...options });
  for (const report of [first, second]) {
    expect(await report.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
  }
  const third = await load.parquet(frame(6), url, { mode: 'replacePartitions', ...options });
  expect(await third.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 1 } } });
  expect(await first.reconcile()).toMatchObject({ ok: false, rows: { target: { count: 1 } } });
  const fourth = await load.parquet(frame(7, 8), url, { mode: 'replace', s3: store.s3 });
  expect(await fourth.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
});

test('a file of text in a store is read back', async () => {
  const url = `s3://${store.bucket}/one.csv`;
  const report = await load.csv(frame(1, 2), url, { mode: 'replace', s3: store.s3 });
  expect(await report.reconcile()).toMatchObject({ ok: true, rows: { target: { count: 2 } } });
  await load.csv(frame(1), url, { mode: 'replace', s3: store.s3 });
  expect(await report.reconcile()).toMatchObject({ ok: false, rows: { target: { count: 1 } } });
});
