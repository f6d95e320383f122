import { MillraceError } from '../errors.ts';
import type { NodeOptions } from './graph.ts';

interface Limited {
  readonly name: string;
  readonly options: Pick<NodeOptions, 'timeout'>;
}

/** A signal that fires with the run's, or when the attempt is out of time. */
export function limited(outer: AbortSignal, work: Limited): { readonly signal: AbortSignal; end(): void } {
  const { timeout } = work.options;
  const stop = new AbortController();
  const onAbort = (): void => stop.abort(outer.reason);
  if (outer.aborted) onAbort();
  outer.addEventListener('abort', onAbort, { once: true });
  const late = (): void =>
    stop.abort(
      lateError(
        work,
        `did not end within ${timeout} ms, which its timeout allows. What it began may go on, where it does not heed context.signal.`,
      ),
    );
  const timer = timeout === undefined ? undefined : setTimeout(late, timeout);
  const end = (): void => {
    clearTimeout(timer);
    outer.removeEventListener('abort', onAbort);
  };
  return { signal: stop.signal, end };
}

export function lateError({ name, options: { timeout } }: Limited, what: string): MillraceError {
  return new MillraceError({
    code: 'pipeline.timeout',
    message: `pipeline step ${JSON.stringify(name)} ${what}`,
    retryable: true,
    details: { step: name, timeout },
  });
}
