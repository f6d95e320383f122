import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load, notNull, t } from '../../../src/index.ts';
import { openRunStore, type Pipeline, pipeline, runPipeline, webhook } from '../../../src/pipeline/index.ts';

/** A server that takes alerts as it is told to. */
let server: Server;
let url: string;
let answer: 'ok' | 'error' | 'never';
let alerts: { text: string; blocks: { text?: { text: string }; elements?: unknown[] }[] }[] = [];

beforeEach(async () => {
  [answer, alerts] = ['ok', []];
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (text) => {
      body += text;
    });
    request.on('end', () => {
      alerts.push(JSON.parse(body));
      if (answer !== 'never') response.writeHead(answer === 'ok' ? 200 : 500).end('what it says');
    });
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/services/hidden`;
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const folder = mkdtempSync(join(tmpdir(), 'millrace-webhook-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const failing = pipeline('failing', {}, (p) => {
  p.task('work', () => {
    throw new Error('no <luck> & no money');
  });
});

describe('tells', () => {
  test('that a run failed, which step, why, and which run', async () => {
    const { id } = await runPipeline(failing, { hooks: webhook({ url, on: ['failure'] }) });
    expect(alerts).toHaveLength(1);
    expect(alerts[0]?.text).toMatch(/^:x: failing failed\n\*work\*: no &lt;luck&gt; &amp; no money\ninterval /);
    expect(alerts[0]?.blocks[1]?.elements).toEqual([{ type: 'mrkdwn', text: `run ${id}` }]);
  });

  test('of checks, failed or warned', async () => {
    const checked = pipeline('checked', {}, (p) => {
      p.check('warns', () => false, { severity: 'warn' });
      p.check('fails', () => false);
      p.check('rules', ({ read }) =>
        read.rows([{ id: 1 }, { id: null }], { schema: { id: t.int().nullable() } }).checkReport({ id: notNull }),
      );
    });
    await runPipeline(checked, { hooks: webhook({ url, on: ['check'] }) });
    expect(alerts.map(({ text }) => text.split('\n')[0]).sort()).toEqual([
      ':warning: checked: check fails failed',
      ':warning: checked: check rules failed: id: not_null (1 row)',
      ':warning: checked: check warns warned',
    ]);
  });

  test('of what failed beside a check, and of the check where that did not arrive', async () => {
    const both = pipeline('both', {}, (p) => {
      p.check('fails', () => false);
      p.task('store', () => {
        throw new Error('the warehouse is down');
      });
    });
    await runPipeline(both, { hooks: webhook({ url, on: ['check', 'failure'] }) });
    expect(alerts.map(({ text }) => text.replace(/\ninterval .*/, '').replace('\n', ' '))).toEqual([
      ':warning: both: check fails failed',
      ':x: both failed *store*: the warehouse is down',
    ]);
    [alerts, answer] = [[], 'error'];
    await runPipeline(both, { hooks: webhook({ url, on: ['check', 'failure'] }) });
    expect(alerts[1]?.text).toMatch(/^:x: both failed\n\*fails\*: .*\n\*store\*: the warehouse is down\n/);
  });

  test('what it is told to, alone', async () => {
    await runPipeline(failing, { hooks: webhook({ url, on: ['check', 'late', 'unusual'] }) });
    expect(alerts).toEqual([]);
  });

  test('of a run of the schedule that is late, begun too late or not ended in time; of no other', async () => {
    const quick = pipeline('quick', {}, (p) => void p.task('work', () => sleep(150)));
    const interval = (ago: number): { from: Date; to: Date } => {
      const to = new Date(Date.now() - ago);
      return { from: new Date(to.getTime() - 3_600_000), to };
    };
    const hour = webhook({ url, on: ['late'], late: 60_000 });
    await runPipeline(quick, { hooks: hour, trigger: 'schedule', interval: interval(0) });
    const late = webhook({ url, on: ['late'], late: 50 });
    await runPipeline(quick, { hooks: late, trigger: 'backfill', interval: interval(0) });
    await runPipeline(quick, { hooks: late, trigger: 'schedule', interval: interval(0), only: ['work'] });
    expect(alerts).toEqual([]);
    await runPipeline(quick, { hooks: late, trigger: 'schedule', interval: interval(0) });
    expect(alerts.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^:hourglass: quick is late\nIt has not ended 0 min/),
    ]);
  });

  test('not that an interval is late that was due before the process began', async () => {
    const to = new Date(Date.now() - 90_000);
    const quick = pipeline('quick', {}, (p) => void p.task('work', () => sleep(150)));
    await runPipeline(quick, {
      hooks: webhook({ url, on: ['late'], late: 60_000 }),
      trigger: 'schedule',
      interval: { from: new Date(to.getTime() - 3_600_000), to },
    });
    expect(alerts).toEqual([]);
  });

  test('intervals in the time zone of the pipeline', async () => {
    const zoned = pipeline('zoned', { timezone: 'Europe/Berlin' }, (p) => {
      p.task('work', () => {
        throw new Error('no');
      });
    });
    const interval = { from: new Date('2026-01-04T23:00Z'), to: new Date('2026-01-05T23:00Z') };
    await runPipeline(zoned, { interval, hooks: webhook({ url }) });
    expect(alerts.map(({ text }) => text.split('\n').at(-1))).toEqual(['interval 2026-01-05 Europe/Berlin']);
  });

  test('that a step failed that was run alone', async () => {
    await runPipeline(failing, { only: ['work'], hooks: webhook({ url }) });
    expect(alerts.map(({ text }) => text.split('\n')[0])).toEqual([':x: step work of failing failed']);
  });

  test('that a run was stopped by a signal, but by SIGINT or by the code', async () => {
    const waiting = pipeline('waiting', {}, (p) => {
      p.task('wait', ({ signal }) => sleep(60_000, undefined, { signal }));
    });
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const hooks = { 'step.started': () => void process.emit(signal, signal), ...webhook({ url, on: ['failure'] }) };
      expect((await runPipeline(waiting, { handleSignals: true, hooks })).state).toBe('cancelled');
    }
    await runPipeline(waiting, { signal: AbortSignal.abort(), hooks: webhook({ url, on: ['failure'] }) });
    expect(alerts.map(({ text }) => text.split('\n').slice(0, 2))).toEqual([
      [':x: waiting cancelled', 'The run was stopped by SIGTERM. What it has done is kept: resume it.'],
    ]);
  });

  test('of a check that fails the run once, and of what failed before', async () => {
    const checked = (before: boolean): Pipeline =>
      pipeline('checked', {}, (p) => {
        const other = p.task('other', () => {
          if (before) throw new Error('no');
        });
        const has = p.check('has orders', { other }, () => false, { join: 'done' });
        p.task('after', { has }, () => {});
      });
    await runPipeline(checked(false), { hooks: webhook({ url }) });
    expect(alerts.map(({ text }) => text)).toEqual([':warning: checked: check has orders failed']);
    alerts = [];
    await runPipeline(checked(true), { hooks: webhook({ url }) });
    expect(alerts.map(({ text }) => text.split('\n')[0])).toEqual([
      ':warning: checked: check has orders failed',
      ':x: checked failed',
    ]);
  });

  test('of rows written off the range of the runs before, once there are eight', async () => {
    const schema = { id: t.int() };
    const params = { rows: t.int() };
    const loading = pipeline('loading', { params }, (p) => {
      const raw = p.step('raw', ({ read, params }) =>
        read.rows(
          Array.from({ length: params.rows }, (_, id) => ({ id })),
          { schema },
        ),
      );
      p.load('file', { raw }, ({ raw }) => load.csv(raw, join(folder, 'rows.csv'), { mode: 'replace' }));
    });
    await using store = await openRunStore(join(folder, 'runs.db'));
    const run = (rows: number): Promise<unknown> =>
      runPipeline(loading, { store, params: { rows }, hooks: webhook({ url, on: ['unusual'] }) });
    // The ninth is the first that has eight before it.
    for (const rows of [100, 101, 99, 100, 500, 100, 102, 98, 104]) await run(rows);
    const ofRows = (): string[] => alerts.map(({ text }) => text).filter((text) => text.includes('rows written'));
    expect(ofRows()).toEqual([]);
    await run(70);
    expect(ofRows()).toEqual([
      expect.stringMatching(/^:mag: loading is unusual\n70 rows written, usually 80 to 120 \(median 100\)\n/),
    ]);
    // One step of a run wrote what it wrote.
    await runPipeline(loading, {
      params: { rows: 0 },
      store,
      only: ['file'],
      hooks: webhook({ url, on: ['unusual'] }),
    });
    expect(ofRows()).toHaveLength(1);
  }, 30_000);

  test('of rows by the length of the interval: three days have three times as many', async () => {
    await using store = await openRunStore(join(folder, 'lengths.db'));
    const loading = pipeline('weekdays', { params: { rows: t.int() } }, (p) => {
      const raw = p.step('raw', ({ read, params }) =>
        read.rows(
          Array.from({ length: params.rows }, (_, id) => ({ id })),
          { schema: { id: t.int() } },
        ),
      );
      p.load('file', { raw }, ({ raw }) => load.csv(raw, join(folder, 'days.csv'), { mode: 'replace' }));
    });
    const run = async (rows: number, days: number): Promise<string[]> => {
      alerts = [];
      const interval = { from: new Date('2026-01-05'), to: new Date(Date.parse('2026-01-05') + days * 86_400_000) };
      await runPipeline(loading, { store, params: { rows }, interval, hooks: webhook({ url, on: ['unusual'] }) });
      return alerts.map(({ text }) => text.split('\n')[1] ?? '').filter((text) => text.includes('rows written'));
    };
    for (let i = 0; i < 8; i++) await run(100, 1);
    expect(await run(300, 3)).toEqual([]);
    expect(await run(100, 3)).toEqual(['100 rows written, usually 240 to 360 (median 300)']);
    // Where there are eight of that length, those say what is usual.
    for (let i = 0; i < 7; i++) await run(100, 3);
    expect(await run(100, 3)).toEqual([]);
    expect(await run(100, 1)).toEqual([]);
  }, 30_000);
});

test('tells of a time off the range of the runs before', async () => {
  await using store = await openRunStore(join(folder, 'times.db'));
  const timed = pipeline('timed', { params: { wait: t.int() } }, (p) => {
    p.task('wait', ({ params }) => sleep(params.wait));
  });
  const run = (wait: number): Promise<unknown> =>
    runPipeline(timed, { store, params: { wait }, hooks: webhook({ url, on: ['unusual'] }) });
  for (let i = 0; i < 8; i++) await run(1);
  expect(alerts).toEqual([]);
  // A second is the least that is unusual.
  await run(1500);
  expect(alerts.map(({ text }) => text)).toEqual([
    expect.stringMatching(/^:mag: timed is unusual\n1\.[5-9] seconds, usually 0 to 1 /),
  ]);
}, 30_000);

describe('fails no run, and is told in its log, when the server', () => {
  /** What a run that succeeds logged, whose alert could not be sent, and how long it took. */
  async function logged(options: { url: string; timeout?: number }): Promise<string[]> {
    const warned = pipeline('warned', {}, (p) => void p.check('warns', () => false, { severity: 'warn' }));
    const lines: string[] = [];
    const { state } = await runPipeline(warned, {
      hooks: { ...webhook({ ...options, on: ['check'] }), log: ({ message }) => void lines.push(message) },
    });
    expect(state).toBe('succeeded');
    return lines;
  }

  test('answers with an error', async () => {
    answer = 'error';
    const host = new URL(url).host;
    expect(await logged({ url })).toEqual([
      `a hook on check.warned failed: The webhook at ${host} refused an alert: 500 Internal Server Error.`,
    ]);
  });

  test('never answers', async () => {
    answer = 'never';
    expect(await logged({ url, timeout: 100 })).toEqual([
      expect.stringMatching(
        /^a hook on check.warned failed: The webhook at .* did not take an alert: no answer in 100 ms.$/,
      ),
    ]);
  });

  test('is gone', async () => {
    server.close();
    const lines = await logged({ url });
    expect(lines).toEqual([expect.stringMatching(/did not take an alert: connect ECONNREFUSED/)]);
    expect(lines.join()).not.toContain('hidden');
  });
});

test('an address that is none is refused', () => {
  expect(() => webhook({ url: 'hooks.slack.com' })).toThrow(expect.objectContaining({ code: 'pipeline.option' }));
});
