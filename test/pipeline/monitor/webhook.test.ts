import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { load, t } from '../../../src/index.ts';
import { openRunStore, pipeline, runPipeline, webhook } from '../../../src/pipeline/index.ts';

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
    });
    await runPipeline(checked, { hooks: webhook({ url, on: ['check'] }) });
    expect(alerts.map(({ text }) => text.split('\n')[0]).sort()).toEqual([
      ':warning: checked: check fails failed',
      ':warning: checked: check warns warned',
    ]);
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
    const late = webhook({ url, on: ['late'], late: 60_000 });
    await runPipeline(quick, { hooks: late, trigger: 'schedule', interval: interval(0) });
    await runPipeline(quick, { hooks: late, trigger: 'backfill', interval: interval(90_000) });
    expect(alerts).toEqual([]);
    await runPipeline(quick, { hooks: late, trigger: 'schedule', interval: interval(90_000) });
    expect(alerts.map(({ text }) => text)).toEqual([
      expect.stringMatching(/^:hourglass: quick is late\nIt has not ended 1 min/),
    ]);
    await runPipeline(quick, {
      hooks: webhook({ url, on: ['late'], late: 50 }),
      trigger: 'schedule',
      interval: interval(0),
    });
    expect(alerts).toHaveLength(2);
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
