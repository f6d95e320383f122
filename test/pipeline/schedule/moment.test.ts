import { expect, test } from 'vitest';
import { momentOf } from '../../../src/pipeline/schedule/moment.ts';

test.each([
  ['2026-01-05', 'UTC', '2026-01-05T00:00:00.000Z'],
  ['2026-01-05', 'Europe/Berlin', '2026-01-04T23:00:00.000Z'],
  ['2026-07-05 06:30', 'Europe/Berlin', '2026-07-05T04:30:00.000Z'],
  ['2026-07-05T06:30:15.5', 'Asia/Kolkata', '2026-07-05T01:00:15.500Z'],
  ['2026-07-05T06:30Z', 'Europe/Berlin', '2026-07-05T06:30:00.000Z'],
  ['2026-07-05T06:30-03:30', 'Europe/Berlin', '2026-07-05T10:00:00.000Z'],
  ['2026-07-05T06:30:00.123456+00:00', 'Europe/Berlin', '2026-07-05T06:30:00.123Z'],
  // Shown twice, never shown.
  ['2026-10-25T02:30', 'Europe/Berlin', '2026-10-25T00:30:00.000Z'],
  ['2026-03-29T02:30', 'Europe/Berlin', '2026-03-29T01:30:00.000Z'],
  ['2026-11-01T01:30', 'America/New_York', '2026-11-01T05:30:00.000Z'],
  ['2026-03-08T02:30', 'America/New_York', '2026-03-08T07:30:00.000Z'],
  ['2026-04-05T01:45', 'Australia/Lord_Howe', '2026-04-04T14:45:00.000Z'],
])('%s in %s', (text, zone, moment) => {
  expect(momentOf(text, zone).toISOString()).toBe(moment);
});

test.each(['yesterday', '2026-02-30', '2026-01-05T24:00', '2026-1-5', '', '05.01.2026'])('%j is none', (text) => {
  expect(() => momentOf(text, 'UTC')).toThrow(`${JSON.stringify(text)} is no moment. Write one as 2026-01-05`);
});
