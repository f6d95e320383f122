import { constants } from 'node:os';
import { MillraceError } from '../errors.ts';

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM'];

/** The signal of the process that is why something was stopped. */
export function signalOf(reason: unknown): string | undefined {
  const { signal } = (reason instanceof MillraceError ? reason.details : (reason ?? {})) as { signal?: unknown };
  return typeof signal === 'string' ? signal : undefined;
}

/** Stops a run at the first SIGINT or SIGTERM; the second ends the process at once. Gives what ends the listening. */
export function onProcessSignal(stop: (reason: MillraceError) => void): () => void {
  let isStopped = false;
  const heard = (signal: NodeJS.Signals): void => {
    if (isStopped) process.exit(128 + constants.signals[signal]);
    isStopped = true;
    stop(
      new MillraceError({
        code: 'pipeline.stopped',
        message: `The run was stopped by ${signal}. What it has done is kept: resume it.`,
        retryable: true,
        details: { signal },
      }),
    );
  };
  for (const signal of SIGNALS) process.on(signal, heard);
  return () => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
}
