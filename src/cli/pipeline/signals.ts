/** What ends a command that runs for long. */
export interface Aborted extends Disposable {
  /** At the first SIGINT, SIGTERM or SIGHUP. */
  readonly first: AbortSignal;
  /** At the second. */
  readonly second: AbortSignal;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const ended = (by: string, signal: NodeJS.Signals): Error =>
  Object.assign(new Error(`it was ended by ${by}`), { signal });

/** Hears the signals of this process until it is disposed; the third ends the process as it would have without. */
export function aborted(): Aborted {
  const [first, second] = [new AbortController(), new AbortController()];
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
  const heard = (signal: NodeJS.Signals): void => {
    if (first.signal.aborted) {
      second.abort(ended(`a second ${signal}`, signal));
      stop();
    } else {
      first.abort(ended(signal, signal));
    }
  };
  for (const signal of SIGNALS) process.on(signal, heard);
  return { first: first.signal, second: second.signal, [Symbol.dispose]: stop };
}
