import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { t } from '../../../src/index.ts';
import { openRunStore, type Pipeline, pipeline, type RunStore, serve } from '../../../src/pipeline/index.ts';
import { inputFolder } from '../../support/files.ts';
import { dayRun } from '../../support/run-store.ts';

const { folder } = inputFolder();
let stores = 0;

/** Serves until something holds; gives what kept it from working. */
async function served(
  made: Pipeline<unknown>,
  store: RunStore,
  until: () => boolean | Promise<boolean>,
): Promise<unknown[]> {
  const stop = new AbortController();
  const problems: unknown[] = [];
  const serving = serve([made], {
    store,
    signal: stop.signal,
    poll: 20,
    onProblem: (error) => void problems.push(error),
  });
  while (!(await until())) await sleep(10);
  stop.abort();
  await serving;
  return problems;
}

const open = (): Promise<RunStore> => openRunStore(join(folder, `store-${++stores}`, 'runs.db'));

test('of runs that were queued by hand no more are under way than maxRuns', async () => {
  await using store = await open();
  let [now, most, done] = [0, 0, 0];
  const made = pipeline('daily', { maxRuns: 2 }, (p) => {
    p.task('work', async () => {
      most = Math.max(most, ++now);
      await sleep(30);
      now -= 1;
      done += 1;
    });
  });
  for (let day = 1; day <= 6; day++) await store.addRun(dayRun(`2024-02-0${day}`, { trigger: 'manual', params: {} }));
  expect(await served(made, store, () => done === 6)).toEqual([]);
  expect(most).toBe(2);
});

test('a run that cannot begin has failed, and is not tried for ever', async () => {
  await using store = await open();
  let ran = 0;
  const made = pipeline('daily', { params: { region: t.string() } }, (p) => {
    p.task('work', () => {
      ran += 1;
    });
  });
  const [bad, good] = [
    dayRun('2024-02-01', { trigger: 'manual', params: { old: 1 } }),
    dayRun('2024-02-02', { trigger: 'manual' }),
  ];
  for (const run of [bad, good]) await store.addRun(run);
  const problems = await served(made, store, () => ran === 1);
  expect(problems).toMatchObject([{ code: 'pipeline.param' }]);
  expect(await store.run(bad.id)).toMatchObject({ state: 'failed', owner: null, error: { code: 'pipeline.param' } });
  expect(await store.run(good.id)).toMatchObject({ state: 'succeeded' });
});

test('a pipeline that is paused while it is served begins no more, and goes on when it is not', async () => {
  await using store = await open();
  let ran = 0;
  const made = pipeline('daily', { maxRuns: 1 }, (p) => {
    // The first pauses: it ends itself, the second waits.
    p.task('work', async () => {
      if (++ran === 1) await store.setPaused('daily', true);
    });
  });
  for (const day of ['2024-02-01', '2024-02-02']) await store.addRun(dayRun(day, { trigger: 'manual', params: {} }));
  const isQueued = async (): Promise<boolean> => (await store.runs({ states: ['queued'] })).length === 1;
  expect(await served(made, store, async () => ran === 1 && (await isQueued()))).toEqual([]);
  await served(made, store, () => sleep(200, true));
  expect([ran, (await store.runs()).map(({ state }) => state).sort()]).toEqual([1, ['queued', 'succeeded']]);
  await store.setPaused('daily', false);
  await served(made, store, async () => !(await isQueued()));
  expect(ran).toBe(2);
});
