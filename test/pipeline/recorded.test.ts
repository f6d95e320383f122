import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load, notNull, read, t } from '../../src/index.ts';
import { openRunStore, pipeline, type RunEvent, runPipeline } from '../../src/pipeline/index.ts';
import { inputFolder } from '../support/files.ts';

const { folder } = inputFolder();
const schema = { sku: t.string(), sold: t.int().nullable() };
const input = join(folder, 'sales.csv');
writeFileSync(input, 'sku,sold\ndesk,3\nlamp,many\nbed,\n');

/** What the store has of a run, and the events of it. */
async function recorded(columns: 'all' | 'some') {
  await using store = await openRunStore(join(folder, 'runs.db'));
  const events: RunEvent[] = [];
  const sales = pipeline('sales', { params: { token: t.string() }, defaults: { token: 'abcdef' } }, (p) => {
    const raw = p.step('raw', ({ read, log }) => {
      log.info('reading', { url: 'postgres://me:hidden@host/shop', token: 'abcdef' });
      return read.csv(input, { schema, onBadRow: 'quarantine' });
    });
    const shaped = p.step('shaped', { raw }, ({ raw }) =>
      columns === 'all' ? raw : (raw.withColumns((r) => ({ sold: r.sold.cast(t.float()) })) as unknown as typeof raw),
    );
    p.check('known', { raw }, ({ raw }) => raw.checkReport({ sold: notNull }), { severity: 'warn' });
    p.load('csv', { shaped }, ({ shaped }) => load.csv(shaped, join(folder, 'out.csv'), { mode: 'replace' }));
  });
  const run = (await runPipeline(sales, { store, onEvent: (event) => void events.push(event) })).orThrow();
  const { id } = run;
  return {
    events,
    run: await store.run(id),
    steps: await store.steps(id),
    checks: await store.checks(id),
    logs: await store.logs(id),
    lineage: await store.lineage(id),
    quarantined: await store.quarantined(id),
  };
}

describe('what the store has of a run', () => {
  it('is how many rows went where, what was read and loaded into, and what was not right', async () => {
    const { run, steps, checks, logs, lineage, quarantined } = await recorded('all');
    expect(run).toMatchObject({ state: 'succeeded', trigger: 'manual', params: { token: 'abcdef' } });
    expect(steps.map(({ name, rows }) => [name, rows])).toEqual([
      ['raw', { in: 3, out: 2, quarantined: 1 }],
      ['shaped', { in: 2, out: 2, quarantined: 0 }],
      ['known', { in: 2, out: 0, quarantined: 0 }],
      ['csv', { in: 2, out: 2, quarantined: 0 }],
    ]);
    for (const { bytes, peakMemory, started, finished } of steps) {
      expect(bytes).toBeGreaterThanOrEqual(0);
      expect(peakMemory).toBeGreaterThan(1e6);
      expect(Number(finished)).toBeGreaterThanOrEqual(Number(started));
    }
    expect(checks).toMatchObject([
      {
        step: 'known',
        severity: 'warn',
        rule: { rule: 'sold: not_null', failures: 1, rows: [{ sku: 'bed', sold: null }] },
      },
    ]);
    expect(logs).toMatchObject([
      { step: 'raw', attempt: 1, message: 'reading', fields: { url: 'postgres://me:***@host/shop', token: '***' } },
    ]);
    expect(lineage.map(({ step, role, name }) => [step, role, name])).toEqual([
      ['csv', 'target', join(folder, 'out.csv')],
      ['raw', 'source', `csv ${input}`],
    ]);
    expect(quarantined).toMatchObject([{ step: 'raw', rows: 1 }]);
    const rejected = await read.parquet(String(quarantined[0]?.path));
    expect(await rejected.rows()).toMatchObject([{ line: 3, column: 'sold', value: 'many' }]);
  });

  it('is what a load read itself, and nothing of what a step had read for it', async () => {
    await using store = await openRunStore(join(folder, 'lineage.db'));
    const other = join(folder, 'other.csv');
    writeFileSync(other, 'sku,sold\ndesk,1\n');
    const out = join(folder, 'joined.csv');
    const sales = pipeline('sales', {}, (p) => {
      const raw = p.step('raw', async ({ read }) =>
        (await read.csv(input, { schema, onBadRow: 'quarantine' })).materialize(),
      );
      p.load('joined', { raw }, async ({ raw }, { read }) => {
        const skus = read.csv(other, { schema }).select('sku');
        await using kept = await skus.join(raw, { on: ['sku'] }).materialize();
        return await load.csv(kept, out, { mode: 'replace' });
      });
      p.load('rejects', { raw }, ({ raw }) =>
        load.json(raw.quarantine(), join(folder, 'bad.ndjson'), { mode: 'replace' }),
      );
    });
    const { id } = (await runPipeline(sales, { store })).orThrow();
    expect((await store.lineage(id)).map(({ step, role, name }) => [step, role, name])).toEqual([
      ['joined', 'source', `csv ${other}`],
      ['joined', 'target', out],
      ['raw', 'source', `csv ${input}`],
      ['rejects', 'target', join(folder, 'bad.ndjson')],
    ]);
  });

  it('tells of a schema that is another than that of the run before', async () => {
    expect((await recorded('all')).events.filter(({ type }) => type === 'schema.changed')).toEqual([]);
    const changed = (await recorded('some')).events.filter((event) => event.type === 'schema.changed');
    expect(changed).toMatchObject([
      {
        step: 'shaped',
        before: [{ name: 'sku' }, { dtype: { id: 'int' } }],
        after: [{ name: 'sku' }, { dtype: { id: 'float' } }],
      },
    ]);
  });
});
