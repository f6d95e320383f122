/** What ends a command that runs for long. */
export interface Aborted extends Disposable {
  /** At the first SIGINT, SIGTERM or SIGHUP. */
  readonly first: AbortSignal;
  /** At the second. */
  readonly second: AbortSignal;
}

const SIGNALS: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];

/** Hears the signals of this process until it is disposed; the third ends the process as it would have without. */
export function aborted(): Aborted {
  const [first, second] = [new AbortController(), new AbortController()];
  const stop = (): void => {
    for (const signal of SIGNALS) process.off(signal, heard);
  };
  const heard = (signal: NodeJS.Signals): void => {
    if (first.signal.aborted) {
      second.abort(new Error(`it was ended by a second ${signal}`));
      stop();
    } else {
      first.abort(new Error(`it was ended by ${signal}`));
    }
  };
  for (const signal of SIGNALS) process.on(signal, heard);
  return { first: first.signal, second: second.signal, [Symbol.dispose]: stop };
}
