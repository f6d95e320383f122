import { MillraceError } from '../../errors.ts';
import { raisedError } from '../../sql/raised-error.ts';

/** How the engine says that a number has no place in its dtype. */
export const OUT_OF_RANGE: RegExp =
  /out of range for the destination|Could not cast value|Failed to cast decimal|to type DECIMAL\S* failed/;

/** An error of the engine as one of ours: a code where the SQL gave one, else the kind that the engine names. */
export function engineError(error: unknown, sql?: string): MillraceError {
  if (error instanceof MillraceError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const message = text.replace(
    /^(Invalid Input|Conversion|Out of Range|Constraint|Binder|Catalog|Parser|IO|Internal|Out of Memory|INTERRUPT) Error:\s*/,
    '',
  );
  const told = raisedError(message, error);
  if (told !== undefined) return told;
  const kind = /^(\w[\w ]*) Error:/.exec(text)?.[1];
  return new MillraceError({
    code: OUT_OF_RANGE.test(text) ? 'run.overflow' : (KINDS[kind ?? ''] ?? 'run.failed'),
    message: `The engine could not run the plan: ${message}`,
    details: sql === undefined ? {} : { sql },
    cause: error,
  });
}

const KINDS: Readonly<Record<string, string>> = {
  'Out of Range': 'run.overflow',
  'Out of Memory': 'run.out_of_memory',
  Conversion: 'run.conversion',
  IO: 'run.io',
};
