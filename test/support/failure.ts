import { expect } from 'vitest';
import { MillraceError } from '../../src/index.ts';

/** The error that work ends with, which must be one of millrace's own. */
export async function failure(work: Promise<unknown>): Promise<MillraceError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MillraceError);
  return error as MillraceError;
}
