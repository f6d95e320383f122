import { afterEach, expect, test, vi } from 'vitest';
import { type View, type ViewOptions, viewFor } from '../../../src/cli/pipeline/view.ts';
import type { RunEvent } from '../../../src/pipeline/index.ts';

const of = { run: '3f2a', pipeline: 'daily', time: new Date('2026-01-06T05:00Z') };
const interval = { from: of.time, to: of.time };
const STARTED: RunEvent = {
  ...of,
  type: 'run.started',
  trigger: 'manual',
  interval,
  params: {},
  steps: ['a', 'b'],
  resumed: false,
};
const FINISHED: RunEvent = {
  ...of,
  type: 'run.finished',
  trigger: 'manual',
  interval,
  state: 'succeeded',
  seconds: 1,
  loads: 0,
  rowsWritten: 0,
  quarantined: 0,
};
const step = { ...of, step: 'a', attempt: 1 };
const rows = { in: 0, out: 5, quarantined: 0 };

let [out, err] = ['', ''];
let view: View | undefined;
afterEach(() => {
  view?.end();
  vi.useRealTimers();
  [out, err] = ['', ''];
});

function watch(options: ViewOptions, terminal?: { readonly columns: number }): View {
  view = viewFor(
    {
      out: (text) => {
        out += text;
      },
      err: (text) => {
        err += text;
      },
      ...(terminal === undefined ? {} : { terminal }),
    },
    options,
  );
  return view;
}

const ESCAPE = '\x1b';
const PART = new RegExp(`${ESCAPE}\\[\\d*[A-Z]|\\r|\\n|[^${ESCAPE}\\r\\n]+`, 'g');

/** What is on a screen after all that was written to it. */
function screen(written: string): string[] {
  const lines = [''];
  let row = 0;
  for (const part of written.match(PART) ?? []) {
    if (part === '\n') {
      row += 1;
      lines[row] ??= '';
    } else if (part.endsWith('A') && part.startsWith('\x1b')) row -= Number(part.slice(2, -1));
    else if (part === '\x1b[J') lines.splice(row, Infinity, '');
    else if (part !== '\r') lines[row] = (lines[row] ?? '') + part;
  }
  return lines;
}

test('on a terminal what ended stays above, what runs is written over', () => {
  const live = watch({}, { columns: 60 });
  live.event(STARTED);
  live.event({ ...step, type: 'step.started' });
  live.event({ ...step, type: 'step.progress', share: 0.5, rows: 1200 });
  live.event({ ...step, type: 'step.retried', error: { code: null, message: 'gone', retryable: true }, wait: 100 });
  expect(screen(err).slice(0, 3)).toEqual([
    '  daily started, run 3f2a, at 2026-01-06T05:00Z, an interval without length',
    '↻ a: attempt 1 failed, again in 0.1 s: gone',
    'daily: 0 of 2 steps, 0.0 s',
  ]);
  expect(screen(err)[3]).toMatch(/^ {2}↻ a {2}0\.\d s, 50%, 1,200 rows, attempt 1$/);
  live.event({ ...step, attempt: 2, type: 'step.started' });
  process.stdout.write('printed by a step\n');
  expect(out).toBe('printed by a step\n');
  live.event({
    ...step,
    attempt: 2,
    type: 'step.finished',
    state: 'succeeded',
    seconds: 0,
    rows,
    hasRows: true,
    bytes: 0,
  });
  live.event({ ...of, type: 'step.skipped', step: 'b', state: 'skipped', reason: 'when was false' });
  live.event(FINISHED);
  live.end();
  expect(screen(err)).toEqual([
    '  daily started, run 3f2a, at 2026-01-06T05:00Z, an interval without length',
    '↻ a: attempt 1 failed, again in 0.1 s: gone',
    '✓ a succeeded, 5 rows, 0.0 s',
    '- b skipped: when was false',
    '✓ daily succeeded after 1.0 s',
    '',
  ]);
});

test('a step that took its time tells how fast its rows came', () => {
  const live = watch({}, { columns: 60 });
  const done = { ...rows, out: 5000 };
  live.event({ ...step, type: 'step.finished', state: 'succeeded', seconds: 2, rows: done, hasRows: true, bytes: 0 });
  expect(screen(err)).toEqual(['✓ a succeeded, 5,000 rows, 2.0 s, 2,500 rows/s', '']);
});

test('while a step runs it tells the rows that can be counted, and how fast they come', () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const live = watch({}, { columns: 60 });
  const told = (done: { readonly share?: number; readonly rows?: number }): string | undefined => {
    live.event({ ...step, type: 'step.progress', ...done });
    vi.advanceTimersByTime(1000);
    return screen(err).at(-2);
  };
  live.event(STARTED);
  live.event({ ...step, type: 'step.started' });
  expect(told({ rows: 1000 })).toBe('  ● a  1.0 s, 1,000 rows');
  expect(told({ rows: 5000 })).toBe('  ● a  2.0 s, 5,000 rows, 2,000 rows/s');
  expect(told({ share: 0.25 })).toBe('  ● a  3.0 s, 25%');
  expect(told({ share: 0.5, rows: 100 })).toBe('  ● a  4.0 s, 50%, 100 rows');
  expect(told({ rows: 50 })).toBe('  ● a  5.0 s, 50 rows');
  expect(told({})).toBe('  ● a  6.0 s');
});

test('a line is no longer than the terminal is wide', () => {
  const live = watch({}, { columns: 20 });
  live.event(STARTED);
  live.event({ ...step, step: 'a step with a long name', type: 'step.started' });
  for (const line of screen(err).slice(1)) expect(line.length).toBeLessThan(20);
});

test('piped, plain lines, without a mark that moves', () => {
  const lines = watch({});
  lines.event(STARTED);
  lines.event({ ...step, type: 'step.started' });
  lines.event({ ...step, type: 'step.finished', state: 'succeeded', seconds: 0, rows, hasRows: true, bytes: 0 });
  lines.event(FINISHED);
  expect(err).toBe(
    'millrace: daily started, run 3f2a, at 2026-01-06T05:00Z, an interval without length\nmillrace: a succeeded, 5 rows, 0.0 s\nmillrace: daily succeeded after 1.0 s\n',
  );
});

test('of several runs a line says whose it is', () => {
  watch({ many: true }, { columns: 80 }).event({
    ...of,
    type: 'step.skipped',
    step: 'b',
    state: 'skipped',
    reason: 'when was false',
  });
  expect(err).toBe('millrace: daily 3f2a: b skipped: when was false\n');
});

test('as JSON every event is a line of standard output, and what steps print is on standard error', () => {
  const json = watch({ json: true });
  json.event(STARTED);
  process.stdout.write('printed by a step\n');
  json.event(FINISHED);
  expect(
    out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).type),
  ).toEqual(['run.started', 'run.finished']);
  expect(err).toBe('printed by a step\n');
});

test('of several runs each line says whose it is, and the end of a bad one what can be done', () => {
  const lines = watch({ many: true });
  const run = '3f2a0c1e-6a5a-4f43-9d2e-1c1f0b6d0f11';
  lines.event({ ...FINISHED, run });
  lines.event({
    ...FINISHED,
    run,
    state: 'failed',
    failed: { step: 'a', error: { code: null, message: 'gone', retryable: false } },
  });
  expect(err).toBe(`millrace: daily 3f2a0c1e: succeeded after 1.0 s
millrace: daily 3f2a0c1e: failed after 1.0 s: a: gone
See: millrace logs 3f2a0c1e. Go on: millrace resume 3f2a0c1e (with the same params), or anew: millrace run daily
`);
});
