import { MillraceError } from '../errors.ts';
import type { ToldError } from './events.ts';
import type { Redactor } from './redact.ts';

/** What was thrown, as data; that may be anything, also what throws when it is looked at. */
export function toldError(thrown: unknown, redactor: Redactor): ToldError {
  const isError = thrown instanceof Error;
  const stack = isError ? read(() => thrown.stack) : undefined;
  return {
    code: thrown instanceof MillraceError ? thrown.code : null,
    message: redactor.text(isError ? messageOf(thrown) : textOf(thrown)),
    retryable: isRetryable(thrown),
    ...(typeof stack === 'string' ? { stack: redactor.text(stack) } : {}),
  };
}

/** What an error says, and why: `fetch failed: connect ECONNREFUSED 127.0.0.1:80`. Errors of our own tell that themselves. */
function messageOf(thrown: Error): string {
  let message = '';
  for (const error of chainOf(thrown)) {
    const own = textOf(read(() => error.message));
    if (own !== '' && !message.includes(own)) message += message === '' ? own : `: ${own}`;
    if (error instanceof MillraceError) break;
  }
  return message || (read(() => thrown.name) ?? textOf(thrown));
}

/** How many causes of an error are looked at, for they may go round in a circle. */
const MOST_CAUSES = 5;

/** An error and its causes; of several causes at once the first. */
function chainOf(thrown: unknown): Error[] {
  const chain: Error[] = [];
  let next = thrown;
  while (next instanceof Error && chain.length <= MOST_CAUSES) {
    const error = next;
    chain.push(error);
    next = read(() => (error instanceof AggregateError ? (error.errors as unknown[])[0] : error.cause));
  }
  return chain;
}

/** Codes of a network or a server that may be back in a moment. */
const PASSING =
  /^(ECONN(REFUSED|RESET|ABORTED)|ETIMEDOUT|EPIPE|EAI_AGAIN|E(NET|HOST)(UNREACH|DOWN)|UND_ERR_(\w+_TIMEOUT|SOCKET))$/;

/** Whether doing the same again can succeed: what it says itself, or its cause, or a network's code there. */
export function isRetryable(thrown: unknown): boolean {
  for (const one of [thrown, ...chainOf(thrown).slice(1)]) {
    if (typeof one !== 'object' || one === null) return false;
    const [retryable, code] = (['retryable', 'code'] as const).map((name) =>
      read(() => (one as { readonly [N in typeof name]?: unknown })[name]),
    );
    if (typeof retryable === 'boolean') return retryable;
    if (typeof code === 'string' && PASSING.test(code)) return true;
  }
  return false;
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
