import { MillraceError } from '../errors.ts';
import type { ToldError } from './events.ts';
import type { Redactor } from './redact.ts';

/** What was thrown, as data; that may be anything, also what throws when it is looked at. */
export function toldError(thrown: unknown, redactor: Redactor): ToldError {
  const isError = thrown instanceof Error;
  const stack = isError ? read(() => thrown.stack) : undefined;
  return {
    code: thrown instanceof MillraceError ? thrown.code : null,
    message: redactor.text(
      (isError && (textOf(read(() => thrown.message)) || read(() => thrown.name))) || textOf(thrown),
    ),
    retryable: isRetryable(thrown),
    ...(typeof stack === 'string' ? { stack: redactor.text(stack) } : {}),
  };
}

/** Whether it says itself that doing the same again can succeed. */
export function isRetryable(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false;
  return read(() => (thrown as { retryable?: unknown }).retryable) === true;
}

function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  return read(() => JSON.stringify(thrown)) ?? read(() => String(thrown)) ?? 'what was thrown has no text';
}

function read<R>(look: () => R): R | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
