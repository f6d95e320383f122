import { describe, expect, it } from 'vitest';
import { createSession, load, postgres, t } from '../../../src/index.ts';
import { openRunStore, pipeline, runPipeline } from '../../../src/pipeline/index.ts';
import { inputFolder } from '../../support/files.ts';
import { freshDatabase } from '../../support/postgres.ts';

const { folder } = inputFolder();

describe('a session whose engine is PostgreSQL', () => {
  it('runs the steps, and goes on from what was kept of them', async () => {
    await using database = await freshDatabase();
    await using store = await openRunStore(`${folder}/runs.db`);
    const ran: string[] = [];
    let broken = true;
    const schema = { id: t.int(), amount: t.decimal(8, 2), at: t.timestamp() };
    const orders = pipeline('orders', { version: '1' }, (p) => {
      const raw = p.step('raw', ({ read }) => {
        ran.push('raw');
        const rows = Array.from({ length: 100 }, (_, id) => ({ id, amount: `${id}.50`, at: new Date(id * 1000) }));
        return read.rows(rows, { schema });
      });
      const large = p.step('large', { raw }, ({ raw }) => {
        ran.push('large');
        return raw.filter((r) => r.id.gte(50)).sort({ desc: 'id' });
      });
      p.load('target', { large, raw }, ({ large, raw }, { loadId }) => {
        ran.push('target');
        if (broken) throw new Error('broken');
        const both = large.join(raw, { on: ['id'], how: 'inner', suffix: '_raw' });
        return load.postgres(both, database.url, { table: 'orders', mode: 'append', loadId });
      });
    });
    const run = async (resume?: string) => {
      await using session = createSession({ engine: postgres(database.url) });
      return await runPipeline(orders, { store, session, ...(resume === undefined ? {} : { resume }) });
    };
    const failed = await run();
    expect(failed.steps.map(({ name, state, rows }) => [name, state, rows?.out])).toEqual([
      ['raw', 'succeeded', 100],
      ['large', 'succeeded', 50],
      ['target', 'failed', undefined],
    ]);
    broken = false;
    ran.length = 0;
    const resumed = (await run(failed.id)).orThrow();
    expect(ran).toEqual(['target']);
    expect(resumed.step('target')?.value).toMatchObject({ rows: { written: 50 } });
  });
});
