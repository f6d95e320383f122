/**
 * Days and instants as the engines write them: `0044-03-15 (BC) 12:00:00.5`, `0044-03-15T12:00:00.5 BC`, `infinity`.
 * Years may have more digits than four, and the year before 1 is 1 BC.
 */

/** An infinite day and an infinite instant, as the engine holds them. */
const INFINITE_DAYS = 2_147_483_647;
const INFINITE_MICROS = 9_223_372_036_854_775_807n;

/** The calendar repeats every 400 years; those from 2000 on are within what a Date can hold. */
const CYCLE_DAYS = 146_097;
const FIRST_DAY = 10_957;

const DAY_MS = 86_400_000;

/** Days since 1970. */
export function daysOf(text: string): number {
  if (text.endsWith('infinity')) return text.startsWith('-') ? -INFINITE_DAYS : INFINITE_DAYS;
  const [, digits = '', month = '', day = ''] = /^(\d+)-(\d\d)-(\d\d)/.exec(text) ?? [];
  const year = text.includes('BC') ? 1 - Number(digits) : Number(digits);
  const cycles = Math.floor((year - 2000) / 400);
  return Date.UTC(year - cycles * 400, Number(month) - 1, Number(day)) / DAY_MS + cycles * CYCLE_DAYS;
}

/** Microseconds since 1970. */
export function microsOf(text: string): bigint {
  if (text.endsWith('infinity')) return text.startsWith('-') ? -INFINITE_MICROS : INFINITE_MICROS;
  const [, hours = 0, minutes = 0, seconds = 0, fraction = ''] = /(\d\d):(\d\d):(\d\d)(?:\.(\d+))?/.exec(text) ?? [];
  const inDay = (Number(hours) * 60 + Number(minutes)) * 60 + Number(seconds);
  return BigInt(daysOf(text) * 86_400 + inDay) * 1_000_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6));
}

/** A day as text. */
export function dayText(days: number): string {
  if (Math.abs(days) === INFINITE_DAYS) return days < 0 ? '-infinity' : 'infinity';
  const cycles = Math.floor((days - FIRST_DAY) / CYCLE_DAYS);
  const iso = new Date((days - cycles * CYCLE_DAYS) * DAY_MS).toISOString();
  const year = Number(iso.slice(0, 4)) + cycles * 400;
  const written = String(year > 0 ? year : 1 - year).padStart(4, '0');
  return `${written}${iso.slice(4, 10)}${year > 0 ? '' : ' (BC)'}`;
}

/** An instant as text, in UTC. */
export function instantText(micros: bigint): string {
  if (micros === INFINITE_MICROS || micros === -INFINITE_MICROS) return micros < 0n ? '-infinity' : 'infinity';
  const inDay = ((micros % 86_400_000_000n) + 86_400_000_000n) % 86_400_000_000n;
  const clock = new Date(Number(inDay / 1000n)).toISOString().slice(11, 23);
  const rest = String(inDay % 1000n).padStart(3, '0');
  return `${dayText(Number((micros - inDay) / 86_400_000_000n))} ${clock}${rest}`;
}
