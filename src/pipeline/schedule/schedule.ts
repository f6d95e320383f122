import type { Cron } from 'croner';
import { didYouMean, MillraceError } from '../../errors.ts';
import { missingPeer } from '../peer.ts';

/** A span of time, half open: `from` belongs to it, `to` to the next one. */
export interface Interval {
  readonly from: Date;
  readonly to: Date;
}

const PRESETS = ['@hourly', '@daily', '@weekly', '@monthly', '@yearly'];

/**
 * When a pipeline is due: a cron expression read in a time zone. The moments at which it fires bound the intervals, so
 * that an interval is due when it has ended.
 */
export class Schedule {
  readonly #cron: Cron;
  readonly text: string;
  readonly timezone: string;

  constructor(cron: Cron, text: string, timezone: string) {
    this.#cron = cron;
    this.text = text;
    this.timezone = timezone;
  }

  /** The first moment after another at which it fires. */
  after(moment: Date): Date {
    const next = this.#cron.nextRun(moment);
    if (next === null) throw scheduleError(this.text, 'it never comes');
    return next;
  }

  /** The interval that ended last, by `now`. */
  latest(now: Date): Interval {
    // The one asked for is among the last three, whichever way a moment that is `now` counts.
    const ticks = this.#cron.previousRuns(3, new Date(now.getTime() + 1000)).sort((a, b) => a.getTime() - b.getTime());
    const ended = ticks.filter((tick) => tick <= now).slice(-2);
    const [from, to] = ended;
    if (from === undefined || to === undefined) throw scheduleError(this.text, 'it never came before');
    return { from, to };
  }

  /** The intervals that begin in `[from, to)`, in their order. */
  between(from: Date, to: Date): Interval[] {
    const intervals: Interval[] = [];
    // The cron knows whole seconds, and only what comes after a moment.
    let begins = this.after(new Date(Math.ceil(from.getTime() / 1000) * 1000 - 1000));
    while (begins < to) {
      const ends = this.after(begins);
      if (begins >= from) intervals.push({ from: begins, to: ends });
      begins = ends;
    }
    return intervals;
  }
}

/** Reads a cron expression of five fields, or one of the presets, in a time zone by its IANA name. */
export async function scheduleOf(text: string, timezone = 'UTC'): Promise<Schedule> {
  checkSchedule(text, timezone);
  const croner = await import('croner').catch((cause: unknown) => {
    throw missingPeer('croner', 'A schedule', cause);
  });
  try {
    const cron = new croner.Cron(text, {
      timezone,
      paused: true,
      // A time of day that is given in full comes once a day, whatever the clock is set to; `*` is each hour that passes.
      fixedTimeRule: 'no-wildcard',
      ...(text.startsWith('@') ? {} : { mode: '5-part' }),
    });
    return new Schedule(cron, text, timezone);
  } catch (cause) {
    throw scheduleError(text, cause instanceof Error ? cause.message.replace(/^Cron\w+: /, '') : String(cause), cause);
  }
}

/**
 * The intervals of a schedule that begin in `[from, to)`: half open, in UTC, without gaps.
 *
 * @example
 * ```ts
 * import { intervalsBetween } from 'millrace/pipeline';
 * const days = await intervalsBetween('@daily', 'Europe/Berlin', new Date('2026-03-28T00:00+01:00'), new Date('2026-03-30T00:00+02:00'));
 * console.log(days.map(({ from, to }) => (Number(to) - Number(from)) / 3_600_000)); // [ 24, 23 ]
 * ```
 *
 * A time of day that the clock jumps over comes at the moment of the jump, one that it shows twice comes the first time.
 *
 * Errors: `pipeline.schedule` for an expression that cannot be read or never comes, `pipeline.timezone`, `pipeline.interval` for
 * what is no date, `pipeline.peer` where croner is not installed.
 */
export async function intervalsBetween(schedule: string, timezone: string, from: Date, to: Date): Promise<Interval[]> {
  for (const date of [from, to]) {
    if (date instanceof Date && !Number.isNaN(date.getTime())) continue;
    throw new MillraceError({
      code: 'pipeline.interval',
      message: `intervalsBetween: ${String(date)} is no date. Give two, such as new Date('2026-01-01') and new Date('2026-01-08').`,
      details: { from, to },
    });
  }
  return (await scheduleOf(schedule, timezone)).between(from, to);
}

/**
 * The days that ended within an interval, as `2026-01-05`. Of Friday 06:30 to Monday 06:30 these are Friday, Saturday and
 * Sunday. Intervals that follow each other share no day, and leave none out.
 *
 * @example
 * ```ts
 * import { daysEndedIn } from 'millrace/pipeline';
 * const interval = { from: new Date('2026-01-09T06:30+01:00'), to: new Date('2026-01-12T06:30+01:00') };
 * console.log(daysEndedIn(interval, 'Europe/Berlin')); // [ '2026-01-09', '2026-01-10', '2026-01-11' ]
 * ```
 *
 * Errors: `pipeline.timezone`.
 */
export function daysEndedIn({ from, to }: Interval, timezone = 'UTC'): string[] {
  checkTimezone(timezone);
  const calendar = new Intl.DateTimeFormat('sv-SE', { timeZone: timezone });
  const [first, last] = [Date.parse(calendar.format(from)), Date.parse(calendar.format(to))];
  return Array.from({ length: (last - first) / DAY }, (_, i) => new Date(first + i * DAY).toISOString().slice(0, 10));
}

const DAY = 86_400_000;

/** Refuses what can be told to be no schedule, or no time zone, without reading the fields. */
export function checkSchedule(text: string | undefined, timezone = 'UTC'): void {
  checkTimezone(timezone);
  if (text === undefined) return;
  if (text.startsWith('@') && !PRESETS.includes(text)) {
    throw scheduleError(text, `there is no such preset.${didYouMean(text, PRESETS)}`);
  }
  const fields = text.trim() === '' ? 0 : text.trim().split(/\s+/).length;
  if (!text.startsWith('@') && fields !== 5) {
    throw scheduleError(text, `it has ${fields} ${fields === 1 ? 'field' : 'fields'}`);
  }
}

function checkTimezone(timezone: string): void {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone });
  } catch (cause) {
    throw new MillraceError({
      code: 'pipeline.timezone',
      message: `There is no time zone ${JSON.stringify(timezone)}.${didYouMean(timezone, Intl.supportedValuesOf('timeZone'))} Time zones have names such as 'Europe/Berlin' or 'UTC'.`,
      details: { timezone },
      cause,
    });
  }
}

function scheduleError(text: string, why: string, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'pipeline.schedule',
    message: `${JSON.stringify(text)} is no schedule: ${why}${/[.?]$/.test(why) ? '' : '.'} A schedule has five fields, minute hour day month weekday, such as '0 6 * * *', or is one of ${PRESETS.join(', ')}.`,
    details: { schedule: text },
    cause,
  });
}
