import type { TextFormat } from '../schema/column-type.ts';
import { quoteText } from './dialect.ts';
import { describeExpected } from './read-text.ts';

/** Zones whose clocks never change, those that are most used. */
const FIXED = /^(Etc\/|UTC|GMT|[+-])/i;

/** The zone whose clocks leave times out that do not fit; undefined where there is none, or such times are shifted. */
export function zoneOfClocks({ timeZone = 'UTC', skippedTimes }: TextFormat): string | undefined {
  return skippedTimes === 'shift' || FIXED.test(timeZone) ? undefined : timeZone;
}

/** Whether the clocks of a zone show a local time (SQL): one that they leave out comes back as another. False where it is null. */
export function isShown(local: string, zone: string): string {
  return `coalesce(${shownAs(local, zone)} = ${local}, false)`;
}

/** SQL of what is wrong with a local time that clocks leave out; null of others. */
export function leftOut(local: string, zone: string, format: TextFormat): string {
  const reason = `is not ${describeExpected({ id: 'timestamp' }, format)}${leftOutBy(zone)}`;
  return `CASE WHEN ${shownAs(local, zone)} <> ${local} THEN ${quoteText(reason)} END`;
}

export function leftOutBy(zone: string): string {
  return `: the clocks of ${zone} leave it out`;
}

function shownAs(local: string, zone: string): string {
  const name = quoteText(zone);
  return `timezone(${name}, timezone(${name}, ${local}))`;
}
