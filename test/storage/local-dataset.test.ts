import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { localDataset } from '../../src/storage/local-dataset.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 1 });
const { read } = session;
const { folder } = inputFolder();
afterAll(() => session.close());

test('a first load that others overtook by several versions takes nothing away', async () => {
  const path = join(folder, 'overtaken');
  const store = localDataset(path);
  const slow = await store.ground();
  const staging = await store.stage();
  writeFileSync(join(staging.folder, 'part-0.parquet'), '');
  for (const i of [1, 2, 3]) {
    await load.parquet(read.rows([{ i }], { schema: { i: t.int() } }), path, { mode: 'append' });
  }
  const manifest = { runId: 'slow', committed: '', columns: [], partitions: [], files: [], loads: [] };
  expect(await staging.commit(slow, [], manifest)).toBe(false);
  await staging.remove();
  const rows = await read.parquet(path, { schema: { i: t.int() } }).rows();
  expect(rows).toEqual([{ i: 1 }, { i: 2 }, { i: 3 }]);
});
