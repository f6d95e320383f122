import { MillraceError } from '../errors.ts';

/** What a run takes for now: an instant, or a function that is asked at each run. */
export type Clock = Date | (() => Date);

/** The instant of a run, as the engines write one. */
export function instantOf(clock: Clock = () => new Date()): string {
  const now = typeof clock === 'function' ? clock() : clock;
  if (!(now instanceof Date) || Number.isNaN(now.getTime())) {
    throw new MillraceError({
      code: 'session.option',
      message: `createSession: now is ${String(now)}. Give a valid Date, or a function that returns one.`,
      details: { now },
    });
  }
  return now.toISOString().replace('T', ' ').replace('Z', '');
}
