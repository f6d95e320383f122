import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { folder } = inputFolder();
afterAll(() => session.close());

const schema = { i: t.int() };

// What one of them does first, the link, others see before there is a dataset.
test('of first loads at the same time, each arrives, and once', async () => {
  for (let number = 0; number < 25; number++) {
    const path = join(folder, `sales-${number}`);
    const reports = await Promise.all(
      [0, 1, 2, 3, 0, 1].map((i) =>
        load.parquet(session.read.rows([{ i }], { schema }), path, { mode: 'append', loadId: `load ${i}` }),
      ),
    );
    const rows = await session.read.parquet(path, { schema }).sort('i').rows();
    expect(rows).toEqual([{ i: 0 }, { i: 1 }, { i: 2 }, { i: 3 }]);
    expect(reports.filter(({ alreadyLoaded }) => alreadyLoaded)).toHaveLength(2);
  }
});
