import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openRunStore, type Pipeline, pipeline, type RunEvent, runPipeline, serve } from '../../src/pipeline/index.ts';
import { inputFolder } from '../support/files.ts';
import { dayRun, GONE } from '../support/run-store.ts';

const { folder } = inputFolder();

type Ended = Extract<RunEvent, { readonly type: 'run.finished' }>;

/** A pipeline and how its runs ended, by its own hook. */
function hooked(name: string): { readonly made: Pipeline; readonly ends: Ended[] } {
  const ends: Ended[] = [];
  const hooks = { 'run.finished': (event: Ended) => void ends.push(event) };
  return { ends, made: pipeline(name, { hooks, timezone: 'Europe/Berlin' }, (p) => void p.task('work', () => {})) };
}

test('a run whose process is gone is told to the hooks once, by whoever runs the pipeline next', async () => {
  await using store = await openRunStore(join(folder, 'next.db'));
  const { made, ends } = hooked('daily');
  await store.addRun(dayRun('2024-02-01', { id: 'gone', trigger: 'manual' }), GONE);
  await store.addRun(dayRun('2024-02-02', { id: 'other', pipeline: 'another', trigger: 'manual' }), GONE);
  // To list them tells nobody.
  expect((await store.runs({ states: ['interrupted'] })).map(({ id }) => id).sort()).toEqual(['gone', 'other']);
  expect(ends).toEqual([]);
  const { id } = await runPipeline(made, { store });
  expect(ends).toMatchObject([
    {
      run: 'gone',
      pipeline: 'daily',
      state: 'interrupted',
      timezone: 'Europe/Berlin',
      stopped: { error: { message: 'interrupted: its process is gone' } },
    },
    { run: id, state: 'succeeded' },
  ]);
  await Promise.all([runPipeline(made, { store }), runPipeline(made, { store })]);
  expect(ends.map((end) => end.state)).toEqual(['interrupted', 'succeeded', 'succeeded', 'succeeded']);
});

test('serve tells of one before it goes on with it, and again when its process is gone again', async () => {
  await using store = await openRunStore(join(folder, 'serve.db'));
  const { made, ends } = hooked('daily');
  const serveUntil = async (count: number): Promise<void> => {
    const stop = new AbortController();
    const serving = serve([made], { store, signal: stop.signal, poll: 10 });
    await expect.poll(() => ends.length).toBe(count);
    stop.abort();
    await serving;
  };
  await store.addRun(dayRun('2024-02-01', { id: 'gone', trigger: 'schedule', params: {} }), GONE);
  await serveUntil(2);
  expect(await store.takeRun('gone', GONE, [], new Date())).toBe(true);
  await serveUntil(4);
  expect(ends.map(({ run, state }) => `${run} ${state}`)).toEqual([
    'gone interrupted',
    'gone succeeded',
    'gone interrupted',
    'gone succeeded',
  ]);
});

test('however many there are', async () => {
  await using store = await openRunStore(join(folder, 'many.db'));
  const { made, ends } = hooked('daily');
  const gone = Array.from({ length: 130 }, (_, i) => `gone ${i}`);
  for (const id of gone) await store.addRun(dayRun('2024-02-01', { id, trigger: 'manual' }), GONE);
  const { id } = await runPipeline(made, { store });
  expect(ends.map(({ run }) => run).toSorted()).toEqual([...gone, id].toSorted());
});
