import { MillraceError } from '../errors.ts';
import type { ToldError } from './events.ts';
import type { Redactor } from './redact.ts';

/** What was thrown, as data; that may be anything. */
export function toldError(thrown: unknown, redactor: Redactor): ToldError {
  const message = thrown instanceof Error ? thrown.message || thrown.name : textOf(thrown);
  const stack = thrown instanceof Error ? thrown.stack : undefined;
  return {
    code: thrown instanceof MillraceError ? thrown.code : null,
    message: redactor.text(message),
    retryable: isRetryable(thrown),
    ...(stack === undefined ? {} : { stack: redactor.text(stack) }),
  };
}

/** Whether it says itself that doing the same again can succeed. */
export function isRetryable(thrown: unknown): boolean {
  return typeof thrown === 'object' && thrown !== null && (thrown as { retryable?: unknown }).retryable === true;
}

function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? String(thrown);
  } catch {
    return String(thrown);
  }
}
