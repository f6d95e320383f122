import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openRunStore, type RunStore, type StoredRun } from '../../../src/pipeline/index.ts';
import { type Project, pipelineProject, type Started } from '../../support/pipeline-project.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { dayRun } from '../../support/run-store.ts';

/** Real processes that serve from one store. */

let project: Project;
const serving: Started[] = [];
afterEach(async () => {
  for (const one of serving.splice(0)) {
    one.kill('SIGKILL');
    await one.ended;
  }
  project[Symbol.dispose]();
});

function serve(...args: readonly string[]): Started {
  const started = project.start('serve', ...args);
  serving.push(started);
  return started;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100);
}

/** The lines that steps wrote to a file of the project. */
function lines(file: string): string[] {
  const path = join(project.folder, file);
  return existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
}

/** The run store of the project, or another. */
const opened = (place: string = join(project.folder, '.millrace/runs.db')): Promise<RunStore> => openRunStore(place);

async function runs(place?: string): Promise<StoredRun[]> {
  await using store = await opened(place);
  return await store.runs();
}

const HOURS = 24;
const HOURLY = `
import { appendFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pipeline } from 'millrace/pipeline';
const now = Math.floor(Date.now() / 3_600_000) * 3_600_000;
export default pipeline('hourly', { schedule: '@hourly', catchup: true, start: new Date(now - ${HOURS} * 3_600_000), maxRuns: 6 }, (p) => {
  p.task('work', async ({ run }) => {
    appendFileSync('worked', run.interval.from.toISOString() + ' ' + process.pid + '\\n');
    await sleep(100);
  });
});
`;

describe('two that serve from one store', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await freshDatabase();
  });

  test.each(['a file', 'PostgreSQL'])(
    '%s: each interval is run once, by one of them',
    async (kind) => {
      const place = kind === 'a file' ? undefined : database.url;
      const store = place === undefined ? [] : ['--store', place];
      project = pipelineProject({ 'pipelines/hourly.ts': HOURLY });
      const both = [serve(...store, '--parallel', '3'), serve(...store, '--parallel', '3')];
      await until(() => lines('worked').length >= HOURS);
      for (const one of both) one.kill('SIGTERM');
      for (const { code, err } of await Promise.all(both.map((one) => one.ended))) {
        expect(err).toMatch(/millrace: ended\n$/);
        expect(code).toBe(0);
      }
      const worked = lines('worked').map((line) => line.split(' '));
      const intervals = worked.map(([interval]) => interval);
      expect(new Set(intervals).size).toBe(intervals.length);
      expect(new Set(worked.map(([, pid]) => pid))).toEqual(new Set(both.map(({ pid }) => String(pid))));
      const kept = await runs(place);
      expect(kept.map(({ state, trigger }) => `${trigger} ${state}`)).toEqual(
        intervals.map(() => 'schedule succeeded'),
      );
    },
    120_000,
  );
});

const SLOW = `
import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { pipeline } from 'millrace/pipeline';
export default pipeline('slow', { schedule: '@monthly' }, (p) => {
  const first = p.task('first', () => { appendFileSync('worked', 'first\\n'); });
  p.task('second', { first }, async (_, { signal }) => {
    appendFileSync('worked', 'second\\n');
    if (!existsSync('quick')) await sleep(60_000, undefined, { signal });
  });
});
`;

describe('when it is ended while a run is under way', () => {
  test('the run has the grace time, is then cancelled, and the next one goes on with it', async () => {
    project = pipelineProject({ 'pipelines/slow.ts': SLOW });
    const first = serve('--grace', '1');
    await until(() => lines('worked').length === 2);
    const asked = performance.now();
    first.kill('SIGTERM');
    expect(await first.ended).toMatchObject({ code: 0 });
    expect(performance.now() - asked).toBeGreaterThan(900);
    expect((await runs())[0]).toMatchObject({ state: 'cancelled', error: { code: 'pipeline.stopped' } });
    project.write('quick', '');
    const second = serve();
    await second.printed('succeeded after');
    expect(lines('worked')).toEqual(['first', 'second', 'second']);
    expect(await runs()).toHaveLength(1);
  }, 60_000);

  test('a second signal cancels at once', async () => {
    project = pipelineProject({ 'pipelines/slow.ts': SLOW });
    const started = serve('--grace', '600');
    await until(() => lines('worked').length === 2);
    started.kill('SIGTERM');
    await started.printed('ending, nothing more is begun; waiting up to 600 s for slow ');
    await started.printed('a second signal cancels what is left');
    started.kill('SIGTERM');
    expect(await started.ended).toMatchObject({ code: 0 });
    expect((await runs())[0]).toMatchObject({ state: 'cancelled' });
  }, 60_000);

  test('one that was killed leaves a run that the next goes on with', async () => {
    project = pipelineProject({ 'pipelines/slow.ts': SLOW });
    const first = serve();
    await until(() => lines('worked').length === 2);
    first.kill('SIGKILL');
    await first.ended;
    expect((await runs())[0]).toMatchObject({ state: 'interrupted' });
    project.write('quick', '');
    await serve().printed('succeeded after');
    expect(lines('worked')).toEqual(['first', 'second', 'second']);
  }, 60_000);
});

test('what is paused is not begun, what is triggered by hand is', async () => {
  project = pipelineProject({ 'pipelines/slow.ts': SLOW, quick: '' });
  await using store = await opened();
  await store.setPaused('slow', true);
  const started = serve();
  await started.printed('serving slow');
  await sleep(3000);
  expect(lines('worked')).toEqual([]);
  await store.setPaused('slow', false);
  await until(async () => (await runs()).some(({ state }) => state === 'succeeded'));
  expect(lines('worked')).toEqual(['first', 'second']);
  const { out } = await project.millrace('trigger', 'slow', '--json');
  await until(async () => (await runs()).every(({ state }) => state === 'succeeded'));
  const all = await runs();
  expect(all.map(({ trigger }) => trigger)).toEqual(['manual', 'schedule']);
  expect(all[0]?.id).toBe(JSON.parse(out).run);
  started.kill('SIGTERM');
  expect(await started.ended).toMatchObject({ code: 0 });
}, 60_000);

test('a pipeline that is scheduled without a param that it needs is refused at once', async () => {
  const needy = SLOW.replace("schedule: '@monthly'", "schedule: '@monthly', params: { region: t.string() }");
  project = pipelineProject({ 'pipelines/slow.ts': `import { t } from 'millrace';${needy}` });
  const { code, err } = await serve().ended;
  expect(err).toContain('pipeline slow, param "region"');
  expect(code).toBe(2);
});

test('what is triggered by hand is run by one of two, and the other says nothing', async () => {
  project = pipelineProject({ 'pipelines/hand.ts': SLOW.replace("{ schedule: '@monthly' }", '{}'), quick: '' });
  const both = [serve(), serve()];
  for (const one of both) await one.printed('serving slow');
  await using store = await opened();
  for (let i = 0; i < 5; i++) {
    await store.addRun(dayRun(`2024-02-0${i + 1}`, { pipeline: 'slow', trigger: 'manual', params: {} }));
  }
  await until(async () => (await store.runs({ states: ['succeeded'] })).length === 5);
  for (const one of both) one.kill('SIGTERM');
  const said = (await Promise.all(both.map((one) => one.ended))).map(({ err }) => err).join('');
  expect(said).not.toContain('being run by');
  expect(lines('worked')).toHaveLength(10);
}, 60_000);
