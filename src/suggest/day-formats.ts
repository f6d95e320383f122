import { MONTHS } from '../schema/strptime.ts';

/** Which strptime formats a text may be written in, and whether it is written as ISO 8601. */
export interface DayFormats {
  readonly formats: readonly string[];
  readonly hasTime: boolean;
  readonly hasZone: boolean;
  /** Written as a date or timestamp is read where no format is given. */
  readonly isStandard: boolean;
}

const NUMBERS = /^(\d{1,4})([./ -])(\d{1,2})\2(\d{1,4})(?:([T ])(.+))?$/;
const DAY_NAME_YEAR = /^(\d{1,2})([ -])([A-Za-z]{3,9})\2(\d{4}|\d{2})(?:( )(.+))?$/;
const NAME_DAY_YEAR = /^([A-Za-z]{3,9}) (\d{1,2}), (\d{4})(?:( )(.+))?$/;
const TIME = /^(\d{1,2}):(\d{2})(?::(\d{2})([.]\d{1,6})?)?(?:( ?)([AaPp][Mm]))?(Z|[+-]\d{2}(?::?\d{2})?)?$/;
const STANDARD_DAY = /^\d{4}-\d{2}-\d{2}$/;
const STANDARD_TIME = /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2}([.]\d{1,6})?)?(Z|[+-](0\d|1[0-5])(:?[0-5]\d)?)?$/;

/** Looks at a text as a date or a time of a day; undefined where it is none. */
export function dayFormats(text: string): DayFormats | undefined {
  const days = dayOf(text);
  if (days === undefined || days.formats.length === 0) return undefined;
  if (days.rest === undefined) {
    return { formats: days.formats, hasTime: false, hasZone: false, isStandard: STANDARD_DAY.test(text) };
  }
  const time = timeOf(days.rest);
  if (time === undefined) return undefined;
  return {
    formats: days.formats.map((day) => `${day}${days.between}${time.format}`),
    hasTime: true,
    hasZone: time.hasZone,
    isStandard: STANDARD_TIME.test(text),
  };
}

interface Days {
  readonly formats: readonly string[];
  readonly between: string;
  readonly rest: string | undefined;
}

function dayOf(text: string): Days | undefined {
  const numbers = NUMBERS.exec(text);
  if (numbers !== null) {
    const [, a = '', separator = '', b = '', c = '', between = '', rest] = numbers;
    return { formats: byNumbers(a, b, c, separator), between, rest };
  }
  const named = DAY_NAME_YEAR.exec(text);
  if (named !== null) {
    const [, day = '', separator = '', name = '', year = '', between = '', rest] = named;
    const letter = year.length === 4 ? 'Y' : 'y';
    const formats = monthsOf(name, Number(day)).map((month) => ['%d', month, `%${letter}`].join(separator));
    return { formats, between, rest };
  }
  const [, name = '', day = '', , between = '', rest] = NAME_DAY_YEAR.exec(text) ?? [];
  if (name === '') return undefined;
  return { formats: monthsOf(name, Number(day)).map((month) => `${month} %d, %Y`), between, rest };
}

function byNumbers(a: string, b: string, c: string, separator: string): string[] {
  const join = (...parts: string[]): string => parts.map((part) => `%${part}`).join(separator);
  if (a.length === 4) return c.length <= 2 && isDay(+a, +b, +c) ? [join('Y', 'm', 'd')] : [];
  if (a.length > 2 || (c.length !== 4 && c.length !== 2)) return [];
  const year = c.length === 4 ? 'Y' : 'y';
  const century = c.length === 4 ? +c : 2000 + +c;
  return [
    ...(isDay(century, +b, +a) ? [join('d', 'm', year)] : []),
    ...(isDay(century, +a, +b) ? [join('m', 'd', year)] : []),
    ...(a.length === 2 && c.length === 2 && isDay(2000 + +a, +b, +c) ? [join('y', 'm', 'd')] : []),
  ];
}

/** How a month is named, where it is: `May` in two ways. */
function monthsOf(name: string, day: number): string[] {
  const lower = name.toLowerCase();
  const month = MONTHS.findIndex((full) => full === lower || full.slice(0, 3) === lower);
  if (month === -1 || !isDay(2000, month + 1, day)) return [];
  return [...(lower.length === 3 ? ['%b'] : []), ...(MONTHS[month] === lower ? ['%B'] : [])];
}

function isDay(year: number, month: number, day: number): boolean {
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

/** The format of a time of day. */
export function timeOf(text: string): { readonly format: string; readonly hasZone: boolean } | undefined {
  const [all, hour = '', minute = '', second, fraction, blank = '', half, zone] = TIME.exec(text) ?? [];
  if (all === undefined || Number(minute) > 59 || Number(second ?? 0) > 59) return undefined;
  const isHour = half === undefined ? Number(hour) <= 23 : Number(hour) >= 1 && Number(hour) <= 12;
  // A Z is no offset to strptime: such a time is written as the standard has it, or not at all.
  if (!isHour || (zone === 'Z' && half !== undefined)) return undefined;
  const seconds = second === undefined ? '' : `:%S${fraction === undefined ? '' : '.%f'}`;
  const format = `${half === undefined ? '%H' : '%I'}:%M${seconds}${half === undefined ? '' : `${blank}%p`}`;
  return { format: `${format}${zone === undefined ? '' : zone === 'Z' ? 'Z' : '%z'}`, hasZone: zone !== undefined };
}

/** Whether two formats differ in whether the day or the month stands first. */
export function areSwapped(a: string, b: string): boolean {
  const swapped = a.replace('%d', '%#').replace('%m', '%d').replace('%#', '%m');
  return a !== b && swapped === b;
}
