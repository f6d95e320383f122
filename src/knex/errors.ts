import { MillraceError } from '../errors.ts';

/** What drivers tell of an error: a code of their own, the server's number and SQLSTATE. */
interface DriverError {
  readonly message: string;
  readonly code?: string | number;
  readonly errno?: number;
  readonly number?: number;
  readonly sqlState?: string;
}

/** What tells the errors of one kind of database apart; the first pattern that fits the code, number or SQLSTATE wins. */
export interface ErrorTable {
  readonly area: string;
  /** What to call the database. */
  readonly title: string;
  readonly reasons: readonly (readonly [pattern: RegExp, reason: string])[];
}

const RETRYABLE: readonly string[] = ['connection_lost', 'conflict', 'resources'];

/** An error of a driver as one of ours; drivers show no passwords. */
export function driverError(
  error: unknown,
  { area, title, reasons }: ErrorTable,
  { caller, what = 'refused' }: { readonly caller: string; readonly what?: string },
): MillraceError {
  if (error instanceof MillraceError) return error;
  const told = (error instanceof Error ? error : new Error(String(error))) as DriverError & Error;
  const marks = [told.code, told.errno, told.number, told.sqlState].filter((mark) => mark !== undefined).map(String);
  const reason = reasons.find(([pattern]) => marks.some((mark) => pattern.test(mark)))?.[1] ?? 'failed';
  const event = reason === 'connection_lost' && what === 'refused' ? 'the connection was lost' : `${title} ${what}`;
  // A refused connection is an AggregateError, whose own message is empty.
  const message = told.message === '' ? (marks[0] ?? told.name) : told.message;
  return new MillraceError({
    code: `${area}.${reason}`,
    message: `${caller}: ${event}: ${message.replace(/\.$/, '')}.`,
    retryable: RETRYABLE.includes(reason),
    details: Object.fromEntries(
      Object.entries({ driverCode: told.code, number: told.number ?? told.errno, sqlstate: told.sqlState }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    cause: error,
  });
}
