import type { Interval } from './schedule.ts';

/** By the clocks of a zone: `2026-01-05T06:00 to 2026-01-06T06:00 Europe/Berlin`; a day is `2026-01-05 Europe/Berlin`. */
export function intervalText({ from, to }: Interval, timezone = 'UTC'): string {
  if (from.getTime() === to.getTime()) return `at ${momentText(from)}, an interval without length`;
  const [begins, ends] = [localText(from, timezone), localText(to, timezone)];
  const days = [begins, ends].map((text) => (text.length === DATE ? Date.parse(text) : Number.NaN));
  if ((days[1] ?? 0) - (days[0] ?? 0) === DAY) return `${begins} ${timezone}`;
  // Where the clock is set back, only UTC tells which hour it is.
  return timezone === 'UTC' || ends <= begins
    ? `${momentText(from)} to ${momentText(to)}`
    : `${begins} to ${ends} ${timezone}`;
}

const DATE = '2026-01-05'.length;
const DAY = 86_400_000;

/** A moment by the clocks of a zone, as short as it can be: `2026-01-05`, `2026-01-05T06:00`. */
export function localText(moment: Date, timeZone: string): string {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(moment);
  return text
    .replace(' ', 'T')
    .replace(/:00$/, '')
    .replace(/T00:00$/, '');
}

/** To the minute where it is one: `2026-01-05T06:00Z`. */
export function momentText(moment: Date): string {
  return moment.toISOString().replace(/(:00)?\.000Z$/, 'Z');
}
