import { afterAll, describe, expect, test } from 'vitest';
import { calledIn } from '../../support/called-in.ts';
import { pipelineProject } from '../../support/pipeline-project.ts';

const DAILY = `
import { load, t } from 'millrace';
import { pipeline } from 'millrace/pipeline';

const schema = { region: t.string(), sold: t.int() };
export default pipeline('daily', {
  schedule: '0 6 * * *', timezone: 'Europe/Berlin', retries: 2, description: 'What was sold',
  params: { region: t.string(), limit: t.int().nullable() }, defaults: { region: 'north' },
}, (p) => {
  const raw = p.step('extract', ({ read }) => read.rows([{ region: 'north', sold: 3 }, { region: 'south', sold: 4 }], { schema }));
  const own = p.step('own', { raw }, ({ raw }, { params }) => raw.filter((r) => r.region.eq(params.region)));
  p.check('some', { own }, async ({ own }) => (await own.count()) > 0, { severity: 'warn' });
  const lake = p.load('lake', { own }, ({ own }) => load.csv(own, 'lake.csv', { mode: 'replace' }));
  p.task('notify', { lake }, ({ lake }, { log, run }) => { log.info('loaded', { rows: lake.rows.written, password: 'hidden' }); return run.interval.to.toISOString(); });
});
`;
const FAILING = `
import { pipeline } from 'millrace/pipeline';
import { existsSync } from 'node:fs';

export const failing = pipeline('failing', {}, (p) => {
  const one = p.task('one', () => { console.log('printed by one'); return 1; });
  p.task('two', { one }, ({ one }) => { if (!existsSync('mended')) throw new Error('not mended'); return one + 1; });
});
`;

const DEAF = `
import { pipeline } from 'millrace/pipeline';

const never = () => { setInterval(() => {}, 1000); return new Promise(() => {}); };
export const late = pipeline('late', { timeout: 100 }, (p) => { p.task('deaf', never); });
export const stopped = pipeline('stopped', {}, (p) => { p.task('deaf', never); });
export const slow = pipeline('slow', {}, (p) => {
  const first = p.task('first', () => new Promise((done) => setTimeout(done, 60_000)));
  p.task('second', { first }, () => 2);
  p.task('third', () => 3);
});
export const leaking = pipeline('leaking', {}, (p) => { p.task('leak', () => { setInterval(() => {}, 1000); }); });
`;

const project = pipelineProject({ 'pipelines/daily.ts': DAILY, 'pipelines/failing.ts': FAILING });
const called = calledIn(project.folder);
afterAll(() => project[Symbol.dispose]());

/** The id of the last run of a pipeline. */
async function lastRun(pipeline: string): Promise<string> {
  const { out } = await called('runs', pipeline, '--limit', '1', '--json');
  return (JSON.parse(out) as { id: string }[])[0]?.id ?? '';
}

describe('what there is', () => {
  test('list', async () => {
    const { code, out } = await called('list');
    expect(code).toBe(0);
    const [head, daily, failing] = out.split('\n');
    expect(head).toMatch(/^PIPELINE +SCHEDULE +NEXT +(LAST RUN +)?FILE$/);
    expect(daily).toMatch(/^daily +0 6 \* \* \* Europe\/Berlin +20\d\d-\d\d-\d\dT06:00 .*pipelines\/daily.ts$/);
    expect(failing).toMatch(/^failing .*pipelines\/failing.ts$/);
  });

  test('show', async () => {
    const { code, out } = await called('show', 'daily');
    expect(code).toBe(0);
    expect(out).toBe(`daily  pipelines/daily.ts
What was sold
due 0 6 * * *, Europe/Berlin
params region?: string, limit?: int

  ●    extract  step
  ●    own      step
  ├─●  some     check, warns
  ●    lake     load
  ●    notify   task
`);
  });

  test('show --json', async () => {
    const { out } = await called('show', 'daily', '--json');
    expect(JSON.parse(out).steps[1]).toEqual({
      name: 'own',
      kind: 'step',
      inputs: ['extract'],
      join: 'all',
      retries: 2,
      timeout: null,
    });
  });
});

describe('a run', () => {
  test('runs, is told in lines, and is kept', async () => {
    const { code, err } = await called('run', 'daily', '--from', '2026-03-28T06:00');
    expect(err).toMatch(/^millrace: daily started, run \S+, 2026-03-28T06:00 to 2026-03-29T06:00 Europe\/Berlin\n/);
    expect(err).toMatch(/millrace: lake succeeded, 1 row, .* s\n/);
    expect(err).toMatch(/millrace: notify: info: loaded {"rows":1,"password":"\*\*\*"}\n/);
    expect(err).toMatch(/millrace: daily succeeded after .* s, 1 row written\n$/);
    expect(code).toBe(0);
    const runs = await called('runs', 'daily');
    expect(runs.out).toMatch(
      /^RUN +PIPELINE +STATE +STARTED +TOOK +INTERVAL +TRIGGER\n\w{8} +daily +succeeded .* 2026-03-28T06:00 to 2026-03-29T06:00 Europe\/Berlin +manual\n$/,
    );
    const logs = await called('logs', (await lastRun('daily')).slice(0, 8));
    expect(logs.out).toMatch(/STEP +STATE +ROWS +TOOK\n/);
    expect(logs.out).toMatch(/notify: info: loaded {"rows":1,"password":"\*\*\*"}\n$/);
  });

  test('without --from is of the last interval that ended, and so is what trigger queues', async () => {
    const { err } = await project.millrace('run', 'daily');
    const span = /^millrace: daily started, run \S+, (\S+ to \S+ Europe\/Berlin)\n/.exec(err)?.[1] ?? '';
    const [from = 0, to = 0] = span.split(/ to | /).map((text) => Date.parse(text));
    expect((to - from) / 3_600_000).toBeCloseTo(24, -1);
    // By the clocks there, which are ahead.
    const now = new Date().toLocaleString('sv-SE', { timeZone: 'Europe/Berlin' });
    expect(to).toBeLessThanOrEqual(Date.parse(now.replace(' ', 'T')));
    const queued = await project.millrace('trigger', 'daily', '--store', 'queue.db');
    expect(queued.err).toContain(`of daily, ${span}, is queued`);
  });

  test('an id that abbreviates that of another, or is taken, is no new one', async () => {
    const id = await lastRun('daily');
    const short = await project.millrace('run', 'daily', '--run', id.slice(0, 8));
    expect(short.err).toContain(`"${id.slice(0, 8)}" is how the id of the run ${id} begins`);
    expect(short.code).toBe(2);
    const taken = await project.millrace('run', 'daily', '--run', id);
    expect(taken.err).toContain(`there is a run "${id}" already`);
    expect(await lastRun('daily')).toBe(id);
  });

  test('--json is events on standard output alone', async () => {
    const { code, out } = await project.millrace('run', 'daily', '--json', '--param', 'region=south');
    expect(code).toBe(0);
    const events = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events[0]).toMatchObject({ type: 'run.started', params: { region: 'south', limit: null } });
    expect(events.at(-1)).toMatchObject({ type: 'run.finished', state: 'succeeded' });
  });

  test('--log adds structured lines to a file', async () => {
    await called('run', 'daily', '--log', 'logs/runs.log', '--only', 'extract');
    const { readFileSync } = await import('node:fs');
    const lines = readFileSync(`${project.folder}/logs/runs.log`, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines[0]).toMatchObject({ level: 'info', msg: 'run.started', pipeline: 'daily', run: expect.any(String) });
    expect(lines.find((line) => line.msg === 'step.finished')).toMatchObject({ step: 'extract', attempt: 1 });
  });

  test('one that fails is 1, and says how to go on; resumed it runs what is left', async () => {
    const failed = await project.millrace('run', 'failing');
    expect(failed.code).toBe(1);
    expect(failed.err).toMatch(/two failed, .*: not mended\n/);
    const id = await lastRun('failing');
    expect(failed.err).toContain(`See: millrace logs ${id.slice(0, 8)}. Go on: millrace resume ${id.slice(0, 8)} (`);
    expect((await called('logs', id)).out).toMatch(/two, attempt 1: not mended/);
    project.write('mended', '');
    const resumed = await project.millrace('resume', id.slice(0, 8));
    expect(resumed.err).toMatch(/failing resumed, run .*\nmillrace: two succeeded, .*\nmillrace: failing succeeded/);
    expect(resumed.out).toBe('');
    expect(resumed.code).toBe(0);
  });

  test('clear forgets a step and what follows, which resume runs again', async () => {
    const id = await lastRun('failing');
    const cleared = await called('clear', id, 'one');
    expect(cleared.err).toMatch(/^millrace: cleared one, two\. Run them: millrace resume /);
    const resumed = await project.millrace('resume', id);
    expect(resumed.out).toBe('printed by one\n');
    expect(resumed.err).toMatch(/one succeeded/);
  });

  test('retry is a new run of the same interval', async () => {
    await called('run', 'daily', '--from', '2026-01-05T06:00');
    const before = await lastRun('daily');
    const { code, err } = await called('retry', before);
    expect(code).toBe(0);
    expect(err).toMatch(/2026-01-05T06:00 to 2026-01-06T06:00 Europe\/Berlin/);
    expect(await lastRun('daily')).not.toBe(before);
  });

  test('test runs one step, and nothing is kept', async () => {
    const before = await lastRun('daily');
    const { code, out } = await called('test', 'daily', 'own', '--json');
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ name: 'own', state: 'succeeded', rows: { out: 1 } });
    expect(await lastRun('daily')).toBe(before);
  });
});

test('a step is run by one process, and none of a run that another has whole', async () => {
  project.write('deaf.ts', DEAF);
  const run = ['run', 'slow', '--file', 'deaf.ts', '--run'];
  const both = [project.start(...run, 'whole'), project.start(...run, 'shared', '--only', 'first')];
  await Promise.all(both.map((one) => one.printed('slow started')));
  const others = await Promise.all(
    [
      ['whole', '--only', 'third'],
      ['shared', '--only', 'first'],
      ['shared', '--only', 'third'],
    ].map((args) => project.millrace(...run, ...args)),
  );
  expect(others.map(({ code }) => code)).toEqual([1, 1, 0]);
  for (const { err } of others.slice(0, 2)) expect(err).toContain('[pipeline.run_busy]');
  for (const one of both) one.kill('SIGKILL');
  for (const one of both) await one.ended;
  const { out } = await project.millrace('runs', 'slow');
  expect(out.match(/interrupted/g)).toHaveLength(2);
});

describe('the command ends when its run has', () => {
  test.each([
    ['late', 1, 'at work still: deaf'],
    ['stopped', 1, 'at work still: deaf'],
    ['leaking', 0, 'at work still: what a step has begun'],
  ])('%s: %i', async (name, code, why) => {
    project.write('deaf.ts', DEAF);
    const started = project.start('run', name, '--file', 'deaf.ts');
    if (name === 'stopped') {
      await started.printed('stopped started');
      started.kill('SIGINT');
    }
    const ended = await started.ended;
    expect(ended).toMatchObject({ code, signal: null });
    expect(ended.err).toContain(why);
  });
});

test('backfill runs each interval, and another leaves them out', async () => {
  const span = ['--from', '2026-03-27', '--to', '2026-04-01'];
  const first = await called('backfill', 'daily', ...span, '--parallel', '2');
  // The day of the 28th was run above, by its interval.
  expect(first.err).toMatch(/backfill of daily: 4 succeeded, 1 had before\n$/);
  expect(first.code).toBe(0);
  const second = await called('backfill', 'daily', ...span);
  expect(second).toEqual({
    code: 0,
    out: '',
    err: 'millrace: backfill of daily: nothing to do, 5 of 5 had succeeded before, or are under way\n',
  });
  const none = await called('backfill', 'daily', '--from', '2026-03-27T07:00', '--to', '2026-03-27T08:00');
  expect(none).toEqual({
    code: 0,
    out: '',
    err: 'millrace: backfill of daily: nothing to do, no interval begins in that time\n',
  });
});

test('backfill names the intervals that failed, and those that it did not begin', async () => {
  const text = `
import { pipeline } from 'millrace/pipeline';
export const odd = pipeline('odd', { schedule: '@daily', timezone: 'Europe/Berlin' }, (p) => {
  p.task('day', ({ run }) => {
    const day = new Date(run.interval.to).getUTCDate();
    if (day === 30) process.emit('SIGTERM', 'SIGTERM');
    if (day % 2 === 0) throw new Error('an even day');
  });
});`;
  project.write('odd.ts', text);
  const odd = ['backfill', 'odd', '--file', 'odd.ts'];
  const failed = await called(...odd, '--from', '2026-03-26', '--to', '2026-03-28');
  const bad = async (): Promise<string> => {
    const { out } = await called('runs', 'odd', '--state', 'failed', '--state', 'cancelled', '--limit', '1', '--json');
    return JSON.parse(out)[0].id.slice(0, 8);
  };
  expect(failed.code).toBe(1);
  expect(failed.err.split('\n').at(-2)).toBe(
    `millrace: backfill of odd: 1 succeeded, 1 did not (2026-03-26: ${await bad()})`,
  );
  const ended = await called(...odd, '--from', '2026-03-29', '--to', '2026-04-03');
  expect(ended.code).toBe(1);
  expect(ended.err.split('\n').at(-2)).toBe(
    `millrace: backfill of odd: 1 succeeded, 1 did not (2026-03-30: ${await bad()}), 3 were not begun`,
  );
});

test('pause and unpause are seen by list', async () => {
  await called('pause', 'daily');
  expect((await called('list')).out).toMatch(/^daily .* paused /m);
  await called('unpause', 'daily');
  expect((await called('list')).out).not.toMatch(/paused/);
});

describe('a wrong call is 2', () => {
  test.each([
    [
      ['run', 'dayly'],
      'there is no pipeline "dayly" in the files of pipelines/. Did you mean "daily"? There are daily, failing.',
    ],
    [['show', 'daily', '--file', 'none.ts'], 'there is no file "none.ts"'],
    [['show'], 'show: PIPELINE is missing: millrace show PIPELINE'],
    [['show', 'daily', 'x'], '"x" is too much'],
    [['run', 'daily', '--param', 'region'], '--param "region" is none. Write it as name=value.'],
    [['run', 'failing', '--from', '2026-01-05'], 'without a schedule --from needs --to'],
    [['backfill', 'daily'], 'name the span with --from and --to'],
    [['runs', '--state', 'done'], '--state "done" is none of queued, running'],
    [['serve', '--parallel', 'two'], '--parallel "two" is no whole number from 1 on'],
    [['export', 'dagster', 'daily'], '"dagster" is unknown; there is airflow'],
  ])('%j', async (args, told) => {
    const { code, err } = await called(...args);
    expect(err).toContain(told);
    expect(code).toBe(2);
  });

  test('a pipeline of another copy of the package is told from none', async () => {
    project.write('other.js', 'class Pipeline {}\nexport default new Pipeline();\n');
    const { code, err } = await project.millrace('list', '--file', 'other.js');
    expect(err).toContain(
      'other.js has a pipeline of another copy of millrace than this command. Where the file is CommonJS',
    );
    expect(code).toBe(2);
  });

  test.each([
    [['run', 'daily', '--param', 'limit=many'], /pipeline daily, param "limit": .*"many"/],
    [['run', 'daily', '--param', 'regio=north'], /Did you mean "region"\?/],
    [['run', 'daily', '--from', 'tomorrow'], /"tomorrow" is no moment/],
    [['test', 'daily', 'extrakt'], /no step "extrakt"/],
    [['logs', 'nope'], /there is no run "nope"/],
    [['backfill', 'daily', '--from', '2999-01-01', '--to', '2999-01-02'], /has not ended yet/],
  ])('of what a pipeline refuses: %j', async (args, told) => {
    const { code, err } = await called(...args);
    expect(err).toMatch(told);
    expect(code).toBe(2);
  });
});
