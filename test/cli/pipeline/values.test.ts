import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { UsageError } from '../../../src/cli/command.ts';
import { intervalOf } from '../../../src/cli/pipeline/values.ts';
import { pipeline } from '../../../src/pipeline/index.ts';

const daily = pipeline('daily', { schedule: '@daily', timezone: 'Europe/Berlin' }, (p) => void p.task('work', () => 1));
const plain = pipeline('plain', {}, (p) => void p.task('work', () => 1));
const told: string[] = [];
const output = { out: () => {}, err: (text: string | Uint8Array) => void told.push(String(text)) };
const of = async (made: typeof plain, from?: string, to?: string): Promise<string | undefined> => {
  const interval = await intervalOf('run', made, { from, to }, output);
  return interval && `${interval.from.toISOString()} ${interval.to.toISOString()}`;
};

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-03-30T12:00Z') });
  told.length = 0;
});
afterEach(() => void vi.useRealTimers());

describe('the interval of a run', () => {
  test('is the last that ended of the schedule, where none is named; without a schedule there is none', async () => {
    expect(await of(daily)).toBe('2026-03-28T23:00:00.000Z 2026-03-29T22:00:00.000Z');
    expect(await of(plain)).toBeUndefined();
  });

  test('is one of the schedule, by its beginning', async () => {
    expect(await of(daily, '2026-03-29')).toBe('2026-03-28T23:00:00.000Z 2026-03-29T22:00:00.000Z');
    expect(told).toEqual([]);
  });

  test('is the one that begins on a day, in the time zone of the pipeline', async () => {
    const made = (schedule: string): typeof plain =>
      pipeline('made', { schedule, timezone: 'Europe/Berlin' }, (p) => void p.task('work', () => 1));
    const weekdays = made('30 6 * * MON-FRI');
    expect(await of(weekdays, '2026-03-05')).toBe('2026-03-05T05:30:00.000Z 2026-03-06T05:30:00.000Z');
    expect(await of(weekdays, '2026-03-27')).toBe('2026-03-27T05:30:00.000Z 2026-03-30T04:30:00.000Z');
    // Of the day before by UTC, and of that on which the clock is set.
    expect(await of(made('30 0 * * *'), '2026-03-06')).toBe('2026-03-05T23:30:00.000Z 2026-03-06T23:30:00.000Z');
    expect(await of(made('30 23 * * *'), '2026-03-28')).toBe('2026-03-28T22:30:00.000Z 2026-03-29T21:30:00.000Z');
    const friday = '2026-03-27T06:30 to 2026-03-30T06:30';
    await expect(of(weekdays, '2026-03-28')).rejects.toThrow(
      `--from 2026-03-28 begins no interval of the schedule. Those around it are ${friday} Europe/Berlin and 2026-03-30T06:30 to 2026-03-31T06:30 Europe/Berlin. For another name --to, too.`,
    );
    await expect(of(made('30 6,18 * * *'), '2026-03-05')).rejects.toThrow(
      'Those around it are 2026-03-04T18:30 to 2026-03-05T06:30 Europe/Berlin and 2026-03-05T06:30 to 2026-03-05T18:30 Europe/Berlin',
    );
    await expect(of(weekdays, '2026-03-30')).rejects.toThrow('has not ended');
    expect(told).toEqual([]);
  });

  test('may be any by both its bounds, and it is told where it is none of the schedule', async () => {
    expect(await of(daily, '2026-03-27', '2026-03-28')).toBe('2026-03-26T23:00:00.000Z 2026-03-27T23:00:00.000Z');
    expect(await of(plain, '2026-03-27', '2026-03-27')).toBe('2026-03-27T00:00:00.000Z 2026-03-27T00:00:00.000Z');
    expect(told).toEqual([]);
    expect(await of(daily, '2026-03-30', '2026-03-31T12:00')).toBe('2026-03-29T22:00:00.000Z 2026-03-31T10:00:00.000Z');
    expect(told).toEqual([
      'millrace: 2026-03-30 to 2026-03-31T12:00 Europe/Berlin is no interval of the schedule; it would be 2026-03-30 Europe/Berlin\n',
    ]);
  });

  test.each([
    [
      '2026-01-04T06:00',
      undefined,
      'begins no interval of the schedule. Those around it are 2026-01-04 Europe/Berlin and 2026-01-05 Europe/Berlin. For another',
    ],
    ['2026-03-30', undefined, '2026-03-30 Europe/Berlin has not ended'],
    ['2026-03-27', '2026-03-27', 'have nothing between them; it would be 2026-03-27 Europe/Berlin'],
    [undefined, '2026-03-27', '--to stands without --from'],
    ['2026-03-27', '2026-03-26', 'is before --from'],
  ])('from %s to %s is refused', async (from, to, why) => {
    await expect(of(daily, from, to)).rejects.toThrow(why);
    await expect(of(daily, from, to)).rejects.toBeInstanceOf(UsageError);
  });
});
