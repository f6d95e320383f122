import { MillraceError } from '../../errors.ts';

const MOMENT = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?)?(Z|[+-]\d\d:?\d\d)?$/;
const DAY = 86_400_000;

/**
 * A moment from text: `2026-01-05`, `2026-01-05T06:00`, with seconds, with `Z` or an offset; without one it is the time
 * of a clock in the zone. What a clock shows twice is the first time, what it jumps over is as much later.
 */
export function momentOf(text: string, timezone: string): Date {
  const match = MOMENT.exec(text);
  const [year, month, day, hour, minute, second] = (match ?? []).slice(1, 7).map((part) => Number(part ?? 0));
  if (match === null || year === undefined || month === undefined) throw noMoment(text);
  const milliseconds = Number((match[7] ?? '').padEnd(3, '0'));
  const shown = Date.UTC(year, month - 1, day, hour, minute, second, milliseconds);
  const isReal = new Date(shown).toISOString().startsWith(`${match[1]}-${match[2]}-${match[3]}`);
  if (!isReal || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) throw noMoment(text);
  const offset = match[8];
  if (offset !== undefined) return new Date(shown - offsetOf(offset));
  const [before, after] = [shown - aheadOf(timezone, shown - DAY), shown - aheadOf(timezone, shown + DAY)];
  const real = [before, after].filter((moment) => moment + aheadOf(timezone, moment) === shown);
  return new Date(real.length > 0 ? Math.min(...real) : before);
}

/** How far the clocks of a zone are ahead of UTC, in milliseconds. */
function aheadOf(timeZone: string, moment: number): number {
  const parts = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' }).formatToParts(moment);
  const name = parts.find((part) => part.type === 'timeZoneName')?.value ?? 'GMT';
  return name === 'GMT' ? 0 : offsetOf(name.slice(3));
}

/** `+05:30` in milliseconds. */
function offsetOf(text: string): number {
  if (text === 'Z') return 0;
  const [hours, minutes, seconds = 0] = [text.slice(1, 3), text.slice(-2)].map(Number);
  return (text.startsWith('-') ? -1 : 1) * ((Number(hours) * 60 + Number(minutes)) * 60 + seconds) * 1000;
}

function noMoment(text: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.moment',
    message: `${JSON.stringify(text)} is no moment. Write one as 2026-01-05, 2026-01-05T06:00 or 2026-01-05T06:00Z.`,
    details: { text },
  });
}
