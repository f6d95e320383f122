import { MillraceError } from '../errors.ts';

/** What drivers tell of an error: a code of their own, the server's number and SQLSTATE. */
interface DriverError {
  readonly message: string;
  readonly code?: string | number;
  readonly errno?: number;
  readonly number?: number;
  readonly sqlState?: string;
}

/** What codes of errors begin with. */
type Area = 'mssql' | 'mysql' | 'sqlite';

/** What tells the errors of one kind of database apart; the first pattern that fits the code, number or SQLSTATE wins. */
export interface ErrorTable {
  readonly area: Area;
  /** What to call the database. */
  readonly title: string;
  readonly codes: readonly (readonly [pattern: RegExp, code: `${Area}.${string}`])[];
}

const RETRYABLE = /\.(connection_lost|conflict|resources)$/;

/** An error of a driver as one of ours; drivers show no passwords. */
export function driverError(
  error: unknown,
  { area, title, codes }: ErrorTable,
  { caller, what = 'refused' }: { readonly caller: string; readonly what?: string },
): MillraceError {
  if (error instanceof MillraceError) return error;
  const told = (error instanceof Error ? error : new Error(String(error))) as DriverError & Error;
  const marks = [told.code, told.errno, told.number, told.sqlState].filter((mark) => mark !== undefined).map(String);
  const code = codes.find(([pattern]) => marks.some((mark) => pattern.test(mark)))?.[1] ?? `${area}.failed`;
  const event =
    code.endsWith('.connection_lost') && what === 'refused' ? 'the connection was lost' : `${title} ${what}`;
  // A refused connection is an AggregateError, whose own message is empty.
  const message = told.message === '' ? (marks[0] ?? told.name) : told.message;
  return new MillraceError({
    code,
    message: `${caller}: ${event}: ${message.replace(/\.$/, '')}.`,
    retryable: RETRYABLE.test(code),
    details: Object.fromEntries(
      Object.entries({ driverCode: told.code, number: told.number ?? told.errno, sqlstate: told.sqlState }).filter(
        ([, value]) => value !== undefined,
      ),
    ),
    cause: error,
  });
}
