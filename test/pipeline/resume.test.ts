import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { clearStep, type PipelineOptions, pipeline, type RunStore, runPipeline } from '../../src/pipeline/index.ts';
import { inputFolder } from '../support/files.ts';
import { everyDtype } from '../support/random-tables.ts';
import { newStoresIn } from '../support/run-store.ts';

const { folder } = inputFolder();
const newStore = newStoresIn(folder);

const schema = { sku: t.string(), sold: t.int() };
const rows = [
  { sku: 'desk', sold: 3 },
  { sku: 'lamp', sold: 4 },
];

const NOTHING = Object.fromEntries(Object.keys(everyDtype).map((name) => [name, null]));
const EVERY = [
  {
    n: 1,
    int: -(2 ** 53 - 1),
    big: 2n ** 63n - 1n,
    float: 0.1,
    money: '-1234567890123456789012345678.0000000001',
    small: '0.50',
    text: 'ö\u{1f600}\n',
    region: '',
    yes: false,
    day: '0001-01-01',
    at: '2024-02-29T12:34:56.123456Z',
    bytes: new Uint8Array([0, 255]),
    tags: ['a', null],
    place: { city: null, floor: 3 },
  },
  { ...NOTHING, n: 2 },
];

/** A pipeline whose last step fails until it is mended; what ran. */
function breaking(options: Pick<PipelineOptions, 'version' | 'checkpoint'> = {}) {
  const ran: string[] = [];
  const state = { broken: true };
  const made = pipeline('breaking', { version: '1', ...options }, (p) => {
    const raw = p.step('raw', ({ read }) => {
      ran.push('raw');
      return read.rows(rows, { schema });
    });
    const count = p.step('count', { raw }, async ({ raw }) => {
      ran.push('count');
      return raw.count();
    });
    const many = p.step('many', { raw, count }, ({ raw, count }) => {
      ran.push('many');
      return raw.filter((r) => r.sold.gt(count));
    });
    p.task('last', { many, count }, async ({ many, count }) => {
      ran.push('last');
      if (state.broken) throw new Error('broken');
      return [await many.count(), count];
    });
  });
  return { made, ran, state };
}

const filesIn = (store: RunStore, kind: string): string[] => {
  const place = join(store.folder ?? '', kind);
  if (!existsSync(place)) return [];
  return readdirSync(place, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
};

describe('a run that failed', () => {
  it('goes on at the step that failed, with what the others gave', async () => {
    await using store = await newStore();
    const { made, ran, state } = breaking();
    const failed = await runPipeline(made, { store });
    expect(failed.state).toBe('failed');
    expect(filesIn(store, 'checkpoints')).toHaveLength(2);
    expect(await store.run(failed.id)).toMatchObject({ state: 'failed', error: { message: 'broken' } });
    state.broken = false;
    ran.length = 0;
    const resumed = await runPipeline(made, { store, resume: failed.id });
    expect(ran).toEqual(['last']);
    expect(resumed.orThrow().step('last')).toMatchObject({ value: [2, 2], attempts: 2 });
    expect(resumed.steps.map((step) => step.state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
    expect(resumed.interval).toEqual(failed.interval);
    // What is done needs no checkpoint.
    expect(filesIn(store, 'checkpoints')).toEqual([]);
    ran.length = 0;
    expect((await runPipeline(made, { store, resume: failed.id })).state).toBe('succeeded');
    expect(ran).toEqual([]);
  });

  it('computes again what was kept nowhere and is needed', async () => {
    await using store = await newStore();
    const { made, ran, state } = breaking({ checkpoint: false });
    const failed = await runPipeline(made, { store });
    expect(filesIn(store, 'checkpoints')).toEqual([]);
    state.broken = false;
    ran.length = 0;
    (await runPipeline(made, { store, resume: failed.id })).orThrow();
    // A number is kept in the store.
    expect(ran).toEqual(['raw', 'many', 'last']);
  });

  it('computes again what other code would give', async () => {
    await using store = await newStore();
    const { made } = breaking();
    const failed = await runPipeline(made, { store });
    const { made: other, ran, state } = breaking({ version: '2' });
    state.broken = false;
    (await runPipeline(other, { store, resume: failed.id })).orThrow();
    expect(ran).toEqual(['raw', 'count', 'many', 'last']);
  });

  it('may keep its checkpoints', async () => {
    await using store = await newStore();
    const { made, state } = breaking({ checkpoint: 'keep' });
    state.broken = false;
    (await runPipeline(made, { store })).orThrow();
    expect(filesIn(store, 'checkpoints')).toHaveLength(2);
  });

  it('runs those items of a map that failed', async () => {
    await using store = await newStore();
    const ran: string[] = [];
    let broken = true;
    const mapped = pipeline('mapped', { version: '1' }, (p) => {
      const parts = p.map(
        'part',
        {},
        () => ['a', 'b', 'c'],
        (item, _, { read }) => {
          ran.push(item);
          if (broken && item === 'b') throw new Error('broken');
          return read.rows([{ item }], { schema: { item: t.string() } });
        },
      );
      p.task('all', { parts }, async ({ parts }) => {
        const all = await Promise.all(parts.map((part) => part.rows()));
        return all.flat().map(({ item }) => item);
      });
    });
    const failed = await runPipeline(mapped, { store });
    expect(failed.state).toBe('failed');
    broken = false;
    ran.length = 0;
    const resumed = await runPipeline(mapped, { store, resume: failed.id });
    expect(ran).toEqual(['b']);
    expect(resumed.orThrow().step('all')?.value).toEqual(['a', 'b', 'c']);
  });

  it('hands on the same rows of every dtype, their order, and what was put aside', async () => {
    await using store = await newStore();
    const file = join(folder, 'every.csv');
    writeFileSync(file, 'sku,sold\ndesk,3\nlamp,many\nbed,1\n');
    const seen: unknown[] = [];
    let broken = true;
    const every = pipeline('every', { version: '1' }, (p) => {
      const raw = p.step('raw', ({ read }) => read.csv(file, { schema, onBadRow: 'quarantine' }));
      const typed = p.step('typed', ({ read }) => read.rows(EVERY, { schema: everyDtype }));
      const sorted = p.step('sorted', { raw }, ({ raw }) => raw.sort({ desc: 'sku' }));
      p.load('out', { sorted, typed }, async ({ sorted, typed }) => {
        seen.push(
          await sorted.rows(),
          await sorted.quarantine().rows(),
          typed.schema,
          await typed.rows(),
          await sorted.withRowNumber('n').rows(),
        );
        if (broken) throw new Error('broken');
        return load.csv(sorted, join(folder, 'every-out.csv'), { mode: 'replace' });
      });
    });
    const failed = await runPipeline(every, { store });
    expect(filesIn(store, 'quarantine')).toEqual(['raw.parquet']);
    broken = false;
    const resumed = await runPipeline(every, { store, resume: failed.id });
    expect(resumed.orThrow().step('out')?.value).toMatchObject({ rows: { read: 3, quarantined: 1, written: 2 } });
    expect(seen).toHaveLength(10);
    expect(seen.slice(5)).toEqual(seen.slice(0, 5));
    expect(await store.quarantined(failed.id)).toMatchObject([{ step: 'raw', rows: 1 }]);
  });

  it('does not read on from a state that no load has saved', async () => {
    await using store = await newStore();
    const state = join(folder, 'cursor.json');
    let broken = true;
    const reading = pipeline('reading', { version: '1' }, (p) => {
      const fresh = p.step('fresh', ({ read }) =>
        read.csv(join(folder, 'day-*.csv'), { schema, incremental: { name: 'days', state, cursor: 'name' } }),
      );
      p.load('lake', { fresh }, ({ fresh }, { loadId }) => {
        if (broken) throw new Error('broken');
        return load.parquet(fresh, join(folder, 'days'), { mode: 'append', loadId });
      });
    });
    writeFileSync(join(folder, 'day-1.csv'), 'sku,sold\ndesk,3\n');
    const failed = await runPipeline(reading, { store });
    expect(failed.state).toBe('failed');
    expect(existsSync(state)).toBe(false);
    broken = false;
    (await runPipeline(reading, { store, resume: failed.id })).orThrow();
    expect(existsSync(state)).toBe(true);
    writeFileSync(join(folder, 'day-2.csv'), 'sku,sold\nlamp,4\n');
    (await runPipeline(reading, { store })).orThrow();
    expect(await read.parquet(join(folder, 'days'), { schema }).rows()).toEqual(rows);
  });
});

describe('a step that is cleared', () => {
  it('runs again with what depends on it, and loads again', async () => {
    await using store = await newStore();
    const ran: string[] = [];
    const path = join(folder, 'cleared');
    const loading = pipeline('loading', {}, (p) => {
      const raw = p.step('raw', ({ read }) => {
        ran.push('raw');
        return read.rows(rows, { schema });
      });
      const other = p.task('other', () => void ran.push('other'));
      const many = p.step('many', { raw }, ({ raw }) => {
        ran.push('many');
        return raw;
      });
      p.load('lake', { many, other }, ({ many }, { loadId }) => {
        ran.push('lake');
        return load.parquet(many, path, { mode: 'append', loadId });
      });
    });
    const { id } = (await runPipeline(loading, { store })).orThrow();
    const count = () => read.parquet(path, { schema }).count();
    expect(await count()).toBe(2);
    ran.length = 0;
    expect(await clearStep(store, id, 'many')).toEqual(['many', 'lake']);
    expect(await store.run(id)).toMatchObject({ state: 'queued', finished: null });
    const again = (await runPipeline(loading, { store, resume: id })).orThrow();
    // What it takes was kept nowhere any more.
    expect(ran).toEqual(['raw', 'many', 'lake']);
    expect(again.step('lake')?.value).toMatchObject({ alreadyLoaded: false });
    expect(await count()).toBe(4);
  });

  it('is refused where there is none, or the run is under way', async () => {
    await using store = await newStore();
    const { made } = breaking();
    const { id } = await runPipeline(made, { store });
    await expect(clearStep(store, id, 'lst')).rejects.toMatchObject({
      code: 'pipeline.no_step',
      message: expect.stringContaining('raw, count, many, last'),
    });
    await expect(clearStep(store, 'none', 'last')).rejects.toMatchObject({ code: 'pipeline.no_run' });
    const within = pipeline('within', {}, (p) => {
      p.task('clear', ({ run }) => clearStep(store, run.id, 'clear').then(() => {}));
    });
    expect((await runPipeline(within, { store })).step('clear')?.error).toMatchObject({ code: 'pipeline.run_busy' });
  });
});

describe('steps of one run in several processes', () => {
  it('hand on what is kept, by the id of the run', async () => {
    await using store = await newStore();
    const { made, ran, state } = breaking();
    state.broken = false;
    const options = { store, id: 'shared', interval: { from: new Date('2024-02-01'), to: new Date('2024-02-02') } };
    for (const only of [['raw'], ['count'], ['many']]) {
      expect((await runPipeline(made, { ...options, only })).state).toBe('succeeded');
      expect(await store.run('shared')).toMatchObject({ state: 'partial', owner: null });
    }
    const last = await runPipeline(made, { ...options, only: ['last'] });
    expect(last.orThrow().step('last')?.value).toEqual([2, 2]);
    expect(ran).toEqual(['raw', 'count', 'many', 'last']);
    expect(await store.run('shared')).toMatchObject({ state: 'succeeded' });
  });

  it('are refused before anything is changed, where they take what is kept nowhere', async () => {
    await using store = await newStore();
    const tasks = pipeline('tasks', {}, (p) => {
      const first = p.task('first', () => 1);
      p.task('second', { first }, ({ first }) => first);
    });
    await runPipeline(tasks, { store, id: 'one', only: ['first'] });
    const before = await store.run('one');
    const { id } = await runPipeline(tasks, { store, id: 'two', only: ['first'] });
    await clearStep(store, id, 'first');
    await expect(runPipeline(tasks, { store, id: 'two', only: ['second'] })).rejects.toMatchObject({
      code: 'pipeline.not_kept',
    });
    expect(await store.run('two')).toMatchObject({ state: 'queued' });
    expect((await runPipeline(tasks, { store, id: 'one', only: ['second'] })).step('second')?.value).toBe(1);
    expect(before).toMatchObject({ state: 'partial' });
  });
});

describe('a run to go on with', () => {
  it.each([
    ['a timestamp as text', t.timestamp(), '2024-02-29T12:34:56Z'],
    ['one of microseconds', t.timestamp(), '2024-02-29 12:34:56.123456'],
    ['a day as a Date', t.date(), new Date('2024-02-29T00:00:00Z')],
    ['a bigint as a number', t.bigint(), 3],
    ['a decimal as a number', t.decimal(5, 2), 1.5],
    ['-0', t.float(), -0],
    ['bytes', t.binary(), Buffer.from([0, 255])],
    ['a list of bigints', t.list(t.bigint().nullable()), [1n, null]],
    [
      'a struct',
      t.struct({ at: t.timestamp(), bytes: t.binary().nullable() }),
      { at: new Date(5), bytes: new Uint8Array([1]) },
    ],
    ['JSON', t.json(), { at: new Date(5), list: [1, -0] }],
  ])('sees the param, and loads under the id, that it had: %s', async (_, type, value) => {
    await using store = await newStore();
    const seen: unknown[] = [];
    const given = pipeline('given', { params: { value: type as ReturnType<typeof t.json> } }, (p) => {
      p.task('see', ({ params, loadId }) => {
        if (seen.push([params.value, loadId]) === 1) throw new Error('not yet');
      });
    });
    const { id } = await runPipeline(given, { store, params: { value: value as never } });
    (await runPipeline(given, { store, resume: id })).orThrow();
    expect(seen[1]).toEqual(seen[0]);
  });

  it('must be there, and one of the pipeline', async () => {
    await using store = await newStore();
    const { made } = breaking();
    const { id } = await runPipeline(made, { store });
    const other = pipeline('other', {}, (p) => {
      p.task('one', () => {});
    });
    await expect(runPipeline(other, { store, resume: id })).rejects.toMatchObject({
      code: 'pipeline.no_run',
      message: expect.stringContaining('breaking'),
    });
    await expect(runPipeline(other, { store, resume: 'none' })).rejects.toMatchObject({ code: 'pipeline.no_run' });
    await expect(runPipeline(other, { resume: id })).rejects.toMatchObject({ code: 'pipeline.no_run' });
    const backwards = { from: new Date('2024-02-02'), to: new Date('2024-02-01') };
    await expect(runPipeline(other, { interval: backwards })).rejects.toMatchObject({ code: 'pipeline.interval' });
  });

  it('has its own params, of every dtype', async () => {
    await using store = await newStore();
    let broken = true;
    const params = { at: t.timestamp(), big: t.bigint(), list: t.list(t.int()), name: t.string().nullable() };
    const seen: unknown[] = [];
    const given = pipeline('given', { params }, (p) => {
      p.task('see', ({ params }) => {
        seen.push(params);
        if (broken) throw new Error('broken');
      });
    });
    const at = new Date('2024-02-01T01:02:03Z');
    const failed = await runPipeline(given, { store, params: { at, big: 2n ** 60n, list: [1, 2] } });
    broken = false;
    (await runPipeline(given, { store, resume: failed.id })).orThrow();
    expect(seen).toEqual([1, 2].map(() => ({ at, big: 2n ** 60n, list: [1, 2], name: null })));
  });
});
