import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { daysEndedIn, intervalsBetween, scheduleOf } from '../../../src/pipeline/schedule/schedule.ts';

const at = (text: string): Date => new Date(text);
const texts = (intervals: readonly { from: Date; to: Date }[]): string[] =>
  intervals.map(({ from, to }) => `${from.toISOString().slice(0, 16)} ${to.toISOString().slice(0, 16)}`);

describe('intervals', () => {
  test('are half open, follow each other, and are those that begin within', async () => {
    expect(texts(await intervalsBetween('0 6 * * *', 'UTC', at('2026-01-01T00:00Z'), at('2026-01-03T06:00Z')))).toEqual(
      ['2026-01-01T06:00 2026-01-02T06:00', '2026-01-02T06:00 2026-01-03T06:00'],
    );
  });

  test('one that begins when the span does belongs to it, also with milliseconds around', async () => {
    const from = at('2026-01-01T06:00:00.000Z');
    expect(await intervalsBetween('0 6 * * *', 'UTC', from, at('2026-01-01T06:00:00.001Z'))).toHaveLength(1);
    expect(await intervalsBetween('0 6 * * *', 'UTC', at('2026-01-01T06:00:00.001Z'), at('2026-01-02T06:00Z'))).toEqual(
      [],
    );
    expect(await intervalsBetween('0 6 * * *', 'UTC', from, from)).toEqual([]);
  });

  test.each([
    ['@hourly', 365 * 24],
    ['@daily', 365],
    ['@weekly', 52],
    ['@monthly', 12],
    ['0 0 * * MON-FRI', 261],
  ])('a year of %s', async (text, count) => {
    expect(await intervalsBetween(text, 'UTC', at('2026-01-01T00:00Z'), at('2027-01-01T00:00Z'))).toHaveLength(count);
  });
});

/** Zones and days: the clock is set forward on the one and back on the other. */
const CHANGES = [
  ['Europe/Berlin', '2026-03-29', '2026-10-25'],
  ['America/New_York', '2026-03-08', '2026-11-01'],
  // By half an hour.
  ['Australia/Lord_Howe', '2026-10-04', '2026-04-05'],
  // Not a whole hour from UTC.
  ['America/St_Johns', '2026-03-08', '2026-11-01'],
] as const;

describe.each(CHANGES)('in %s, where the clock is set forward on %s and back on %s', (zone, forward, back) => {
  const dayOf = (moment: Date): string => new Intl.DateTimeFormat('sv', { timeZone: zone }).format(moment);

  test.each(['@daily', '15 1 * * *', '45 1 * * *', '15 2 * * *', '30 2 * * *', '0 3 * * *', '30 23 * * *'])(
    '%s begins once on every day of the year',
    async (text) => {
      const days = (await intervalsBetween(text, zone, at('2026-01-03T00:00Z'), at('2026-12-29T00:00Z'))).map(
        ({ from }) => dayOf(from),
      );
      expect(days.filter((day, i) => days.indexOf(day) !== i)).toEqual([]);
      expect(days).toContain(forward);
      expect(days).toContain(back);
      expect(days).toHaveLength(360);
    },
  );

  test('two times of the day come twice on every day', async () => {
    const days = (await intervalsBetween('30 2,14 * * *', zone, at('2026-01-03T00:00Z'), at('2026-12-28T00:00Z'))).map(
      ({ from }) => dayOf(from),
    );
    for (const day of [forward, back]) expect(days.filter((one) => one === day)).toHaveLength(2);
  });

  test('every quarter of an hour is every quarter that passes', async () => {
    for (const day of [forward, back]) {
      const [from, to] = [at(`${day}T00:00Z`), new Date(at(`${day}T00:00Z`).getTime() + 86_400_000)];
      const around = await intervalsBetween('*/15 * * * *', zone, new Date(from.getTime() - 86_400_000), to);
      expect(new Set(around.map((one) => one.to.getTime() - one.from.getTime()))).toEqual(new Set([900_000]));
      expect(around).toHaveLength(2 * 96);
    }
  });
});

describe('the latest interval', () => {
  test('has ended by now, if only just', async () => {
    const daily = await scheduleOf('0 6 * * *', 'Europe/Berlin');
    expect(texts([daily.latest(at('2026-03-29T04:00Z'))])).toEqual(['2026-03-28T05:00 2026-03-29T04:00']);
    expect(texts([daily.latest(at('2026-03-29T03:59:59.999Z'))])).toEqual(['2026-03-27T05:00 2026-03-28T05:00']);
  });

  test('is one of those between, and the next ends after now', async () => {
    const moment = fc.date({ min: at('2026-01-02T00:00Z'), max: at('2026-12-30T00:00Z'), noInvalidDate: true });
    const zones = fc.constantFrom(...CHANGES.map(([zone]) => zone));
    const crons = fc.constantFrom('@daily', '15 2 * * *', '@hourly', '*/20 * * * *', '30 2,14 * * *');
    await fc.assert(
      fc.asyncProperty(moment, zones, crons, async (now, zone, text) => {
        const schedule = await scheduleOf(text, zone);
        const latest = schedule.latest(now);
        expect(latest.to <= now).toBe(true);
        expect(schedule.after(latest.to) > now).toBe(true);
        expect(schedule.between(latest.from, latest.to)).toEqual([latest]);
      }),
      { numRuns: 200 },
    );
  });
});

describe('what is no schedule', () => {
  test.each([
    ['0 25 * * *', /^"0 25 \* \* \*" is no schedule: .*hour.*25.* A schedule has five fields/],
    ['0 6 * *', /^"0 6 \* \*" is no schedule: it has 4 fields. A schedule has/],
    ['* * * * * *', /is no schedule: it has 6 fields/],
    ['@dayly', /"@dayly" is no schedule: there is no such preset. Did you mean "@daily"\?/],
    ['', /"" is no schedule/],
  ])('%j', async (text, message) => {
    await expect(scheduleOf(text)).rejects.toMatchObject({ code: 'pipeline.schedule', message });
  });

  test('a day that never comes', async () => {
    const never = await scheduleOf('0 0 31 2 *');
    expect(() => never.after(at('2026-01-01T00:00Z'))).toThrow('"0 0 31 2 *" is no schedule: it never comes.');
  });

  test('a zone that is none', async () => {
    await expect(scheduleOf('@daily', 'Europe/Berln')).rejects.toMatchObject({
      code: 'pipeline.timezone',
      message: `There is no time zone "Europe/Berln". Did you mean "Europe/Berlin"? Time zones have names such as 'Europe/Berlin' or 'UTC'.`,
    });
  });
});

describe('the days that ended in an interval', () => {
  test.each([
    // Friday's run to Monday's, in winter and over both clock changes.
    ['2026-01-09T05:30Z', '2026-01-12T05:30Z', ['2026-01-09', '2026-01-10', '2026-01-11']],
    ['2026-03-27T05:30Z', '2026-03-30T04:30Z', ['2026-03-27', '2026-03-28', '2026-03-29']],
    ['2026-10-23T04:30Z', '2026-10-26T05:30Z', ['2026-10-23', '2026-10-24', '2026-10-25']],
    // A whole day ends with it; an hour within one ends none.
    ['2026-01-04T23:00Z', '2026-01-05T23:00Z', ['2026-01-05']],
    ['2026-01-05T05:00Z', '2026-01-05T06:00Z', []],
    ['2025-12-31T05:30Z', '2026-01-01T05:30Z', ['2025-12-31']],
  ])('%s to %s', (from, to, days) => {
    expect(daysEndedIn({ from: at(from), to: at(to) }, 'Europe/Berlin')).toEqual(days);
  });

  test('of intervals that follow each other are all days of a year, each once', async () => {
    const [from, to] = [at('2026-01-01T04:30Z'), at('2027-01-01T05:30Z')];
    const intervals = await intervalsBetween('30 6 * * MON-FRI', 'Europe/Berlin', from, to);
    const days = intervals.flatMap((interval) => daysEndedIn(interval, 'Europe/Berlin'));
    expect(days.length).toBeGreaterThan(360);
    expect(days).toEqual(days.map((_, i) => new Date(Date.UTC(2026, 0, 1 + i)).toISOString().slice(0, 10)));
  });

  test('need a time zone that there is', () => {
    expect(() => daysEndedIn({ from: at('2026-01-01'), to: at('2026-01-02') }, 'Berlin')).toThrow(
      expect.objectContaining({ code: 'pipeline.timezone' }),
    );
  });
});
