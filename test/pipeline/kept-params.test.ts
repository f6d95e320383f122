import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { type Pipeline, pipeline, runPipeline } from '../../src/pipeline/index.ts';
import { inputFolder } from '../support/files.ts';
import { everyDtype } from '../support/random-tables.ts';
import { newStoresIn } from '../support/run-store.ts';

const { folder } = inputFolder();
const newStore = newStoresIn(folder);

const interval = { from: new Date('2024-03-05'), to: new Date('2024-03-06') };
const PLAIN = 'orders/id/2024-03-05T00:00:00.000Z..2024-03-06T00:00:00.000Z';

/** The load id of a step `id` of a run. */
async function idOf(made: Pipeline<unknown>, params: object = {}): Promise<unknown> {
  const run = await runPipeline(made, { interval, params });
  return run.orThrow().steps.find(({ name }) => name.endsWith('id'))?.value;
}

describe('the load id', () => {
  const made = pipeline(
    'orders',
    {
      params: { warehouse: t.string(), day: t.date(), big: t.bigint(), region: t.string().nullable() },
      defaults: { warehouse: 'postgres://u:old@host/db', day: '2024-02-29', big: 3n },
      secrets: ['warehouse'],
    },
    (p) => void p.task('id', ({ loadId }) => loadId),
  );

  it('has no secret, and no param that has its default, however that is given', async () => {
    expect(await idOf(made)).toBe(PLAIN);
    expect(await idOf(made, { warehouse: 'postgres://u:new@host/db?application_name=x' })).toBe(PLAIN);
    expect(await idOf(made, { day: new Date('2024-02-29'), big: 3, region: null })).toBe(PLAIN);
  });

  it('has the others', async () => {
    const ids = [
      await idOf(made, { region: 'north' }),
      await idOf(made, { region: 'south' }),
      await idOf(made, { big: 4n }),
    ];
    expect(new Set(ids).size).toBe(3);
    for (const id of ids) expect(id).toMatch(/\/[0-9a-f]{12}$/);
  });

  it.each(Object.entries(everyDtype))('knows a default of %s again', async (name, type) => {
    const rows = { n: 7, int: -1, big: 5, float: -0, money: 1.5, small: 0.5, text: 'x', region: 'north', yes: true };
    const others = {
      day: new Date('2024-02-29'),
      at: '2024-02-29T12:00:00Z',
      bytes: Buffer.from([1]),
      tags: ['a', null],
    };
    const values: Readonly<Record<string, unknown>> = { ...rows, ...others, place: { floor: 2, city: null } };
    expect(values).toHaveProperty(name);
    const defaults = { value: values[name] } as never;
    const one = pipeline(
      'orders',
      { params: { value: type }, defaults } as never,
      (p) => void p.task('id', ({ loadId }) => loadId),
    );
    expect(await idOf(one)).toBe(PLAIN);
    expect(await idOf(one, { value: values[name] })).toBe(PLAIN);
  });

  it('of a pipeline within has neither the secrets of that, nor what it takes of them by the same name', async () => {
    const inner = pipeline(
      'inner',
      { params: { warehouse: t.string(), key: t.string(), size: t.int() }, defaults: { size: 3 }, secrets: ['key'] },
      (p) => void p.task('id', ({ loadId }) => loadId),
    );
    const outer = pipeline(
      'orders',
      { params: { warehouse: t.string(), size: t.int() }, secrets: ['warehouse'] },
      (p) => {
        p.pipeline('in', inner, { params: ({ warehouse, size }) => ({ warehouse, size, key: warehouse }) });
      },
    );
    const plain = PLAIN.replace('/id/', '/in/id/');
    expect(await idOf(outer, { warehouse: 'a', size: 3 })).toBe(plain);
    expect(await idOf(outer, { warehouse: 'b', size: 3 })).toBe(plain);
    expect(await idOf(outer, { warehouse: 'a', size: 4 })).not.toBe(plain);
  });

  it('loads an interval once, also with a new password', async () => {
    const target = join(folder, 'once');
    const schema = { n: t.int() };
    const loading = pipeline('orders', { params: { url: t.string() }, secrets: ['url'] }, (p) => {
      const rows = p.step('rows', ({ read }) => read.rows([{ n: 1 }], { schema }));
      p.load('store', { rows }, ({ rows }, { loadId }) => load.parquet(rows, target, { mode: 'append', loadId }));
    });
    for (const url of ['old', 'new']) (await runPipeline(loading, { interval, params: { url } })).orThrow();
    expect(await read.parquet(`${target}/*.parquet`, { schema }).count()).toBe(1);
  });
});

describe('a secret', () => {
  let password = '';
  const made = (): Pipeline<{ readonly url: string; readonly region: string }> =>
    pipeline(
      'orders',
      {
        params: { url: t.string(), region: t.string() },
        defaults: { region: 'north', ...(password === '' ? {} : { url: password }) },
        secrets: ['url'],
      },
      (p) => {
        const work = p.step('work', ({ read }) => read.rows([{ n: 1 }], { schema: { n: t.int() } }));
        p.task('open', { work }, ({ work }, { params }) => {
          if (params.url !== 's3cret-right') throw new Error('wrong password');
          return work.count().then((n) => `${params.region} ${n}`);
        });
      },
    );

  it('is in no run store; resume takes it from the default of then, and keeps what was computed', async () => {
    await using store = await newStore();
    password = 's3cret-wrong';
    const run = await runPipeline(made(), { store, params: { region: 'south' } });
    expect(run.state).toBe('failed');
    const stored = await store.run(run.id);
    expect(stored?.params).toEqual({ region: 'south' });
    password = 's3cret-right';
    const resumed = await runPipeline(made(), { store, resume: run.id });
    expect(resumed.orThrow().step('open')?.value).toBe('south 1');
    expect(resumed.step('work')?.attempts).toBe(1);
  });

  it('that was given is asked for, and taken', async () => {
    await using store = await newStore();
    password = '';
    const run = await runPipeline(made(), { store, params: { url: 's3cret-wrong' } });
    expect((await store.run(run.id))?.params).toEqual({ url: '***', region: 'north' });
    await expect(runPipeline(made(), { store, resume: run.id })).rejects.toMatchObject({
      code: 'pipeline.param',
      message:
        'pipeline orders, param "url": the run was given this secret, and secrets are not kept. Give it again: --param url=..., in code params: { url }.',
    });
    const resumed = await runPipeline(made(), { store, resume: run.id, params: { url: 's3cret-right' } });
    expect(resumed.orThrow().step('open')?.value).toBe('north 1');
  });

  it('alone is given to a run that is gone on with', async () => {
    await using store = await newStore();
    password = '';
    const run = await runPipeline(made(), { store, params: { url: 's3cret-wrong' } });
    const params = { url: 's3cret-right', region: 'south' };
    await expect(runPipeline(made(), { store, resume: run.id, params })).rejects.toMatchObject({
      code: 'pipeline.param',
      message: 'pipeline orders, param "region": the run has its own; secrets alone are given again. Run it anew.',
    });
  });

  it('is given with each step that is run by itself', async () => {
    await using store = await newStore();
    password = '';
    for (const only of ['work', 'open']) {
      const run = await runPipeline(made(), {
        store,
        id: 'a',
        only: [only],
        params: { url: 's3cret-right', region: 'west' },
      });
      expect(run.state).toBe('succeeded');
    }
    expect((await store.steps('a')).map(({ output }) => output?.kind)).toEqual(['checkpoint', 'json']);
    expect((await store.run('a'))?.params).toEqual({ url: '***', region: 'west' });
  });
});
