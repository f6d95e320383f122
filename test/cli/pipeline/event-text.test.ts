import { expect, test } from 'vitest';
import { eventText, secondsText } from '../../../src/cli/pipeline/event-text.ts';
import type { RunEvent } from '../../../src/pipeline/index.ts';
import { intervalText, momentText } from '../../../src/pipeline/schedule/interval-text.ts';

const time = new Date('2026-01-06T05:00Z');
const run = { run: '3f2a', pipeline: 'daily', time };
const step = { ...run, step: 'extract', attempt: 1 };
const interval = { from: new Date('2026-01-05T05:00Z'), to: time };
const error = { code: 'csv.bad_row', message: 'line 3 does not fit', retryable: false };
const rows = { in: 0, out: 1204, quarantined: 0 };

const none = { in: 0, out: 0, quarantined: 0 };
const finished = {
  ...run,
  type: 'run.finished' as const,
  trigger: 'manual' as const,
  interval,
  state: 'succeeded' as const,
  ...{ seconds: 0, rowsWritten: 0, quarantined: 0 },
};

const TOLD: readonly (readonly [RunEvent, string | undefined])[] = [
  [
    { ...run, type: 'run.started', trigger: 'manual', interval, params: {}, steps: ['extract'], resumed: false },
    'daily started, run 3f2a, 2026-01-05T05:00Z to 2026-01-06T05:00Z',
  ],
  [
    {
      ...run,
      type: 'run.finished',
      trigger: 'manual',
      interval,
      state: 'failed',
      seconds: 65,
      loads: 1,
      rowsWritten: 1,
      quarantined: 2,
      failed: { step: 'extract', error },
    },
    'daily failed after 1 min 5 s, 1 row written, 2 rows quarantined: extract: line 3 does not fit',
  ],
  [{ ...step, type: 'step.started' }, undefined],
  [
    { ...step, type: 'step.finished', state: 'succeeded', seconds: 0.25, rows, hasRows: true, bytes: 0 },
    'extract succeeded, 1,204 rows, 0.3 s',
  ],
  [
    { ...step, type: 'step.finished', state: 'succeeded', seconds: 0, rows: none, hasRows: true, bytes: 0 },
    'extract succeeded, 0 rows, 0.0 s',
  ],
  [
    { ...step, type: 'step.finished', state: 'succeeded', seconds: 0, rows: none, hasRows: false, bytes: 0 },
    'extract succeeded, 0.0 s',
  ],
  [{ ...finished, loads: 1 }, 'daily succeeded after 0.0 s, 0 rows written'],
  [{ ...finished, loads: 0 }, 'daily succeeded after 0.0 s'],
  [
    {
      ...run,
      type: 'run.started',
      trigger: 'manual',
      interval: { from: time, to: time },
      params: {},
      steps: ['extract'],
      resumed: false,
    },
    'daily started, run 3f2a, at 2026-01-06T05:00Z, an interval without length',
  ],
  [
    { ...step, type: 'step.retried', error, wait: 1500 },
    'extract: attempt 1 failed, again in 1.5 s: line 3 does not fit',
  ],
  [
    { ...run, type: 'step.skipped', step: 'load', state: 'skipped', reason: 'when was false' },
    'load skipped: when was false',
  ],
  [
    { ...step, type: 'check.warned', rules: [{ rule: 'sku is unique', failures: 3, rows: [] }] },
    'extract warns: sku is unique (3 rows)',
  ],
  [{ ...step, type: 'check.failed', rules: [{ rule: 'extract', failures: 1, rows: [] }] }, 'extract failed'],
  [{ ...finished, loads: 1, only: ['store'] }, 'step store of daily succeeded after 0.0 s, 0 rows written'],
  [
    { ...run, type: 'log', step: 'extract', attempt: 1, level: 'info', message: 'read', fields: { pages: 3 } },
    'extract: info: read {"pages":3}',
  ],
  [{ ...run, type: 'log', step: null, attempt: null, level: 'debug', message: 'x', fields: {} }, undefined],
];

test.each(TOLD)('%j', (event, text) => {
  expect(eventText(event)).toBe(text);
});

test('figures', () => {
  expect([secondsText(59.94), secondsText(119.7), secondsText(7300)]).toEqual(['59.9 s', '2 min 0 s', '2 h 1 min']);
  expect([momentText(time), momentText(new Date('2026-01-06T05:00:01Z'))]).toEqual([
    '2026-01-06T05:00Z',
    '2026-01-06T05:00:01Z',
  ]);
});

test.each([
  ['2026-01-04T23:00Z', '2026-01-05T23:00Z', 'Europe/Berlin', '2026-01-05 Europe/Berlin'],
  ['2026-03-28T23:00Z', '2026-03-29T22:00Z', 'Europe/Berlin', '2026-03-29 Europe/Berlin'],
  ['2026-01-05T05:00Z', '2026-01-06T05:00Z', 'Europe/Berlin', '2026-01-05T06:00 to 2026-01-06T06:00 Europe/Berlin'],
  ['2026-01-04T23:00Z', '2026-01-11T23:00Z', 'Europe/Berlin', '2026-01-05 to 2026-01-12 Europe/Berlin'],
  ['2026-10-25T00:00Z', '2026-10-25T01:00Z', 'Europe/Berlin', '2026-10-25T00:00Z to 2026-10-25T01:00Z'],
  ['2026-01-05T00:00Z', '2026-01-06T00:00Z', undefined, '2026-01-05 UTC'],
])('the interval %s to %s in %s', (from, to, timezone, told) => {
  expect(intervalText({ from: new Date(from), to: new Date(to) }, timezone)).toBe(told);
});
