import { setTimeout as sleep } from 'node:timers/promises';
import { MillraceError } from '../../errors.ts';
import type { OnEvent } from '../events.ts';
import type { Pipeline } from '../pipeline.ts';
import { signalOf } from '../process-signals.ts';
import type { RunStore } from '../store/store.ts';
import { Server } from './server.ts';

/** What `serve` takes. */
export interface ServeOptions {
  /** Where runs are claimed and written down. This is what keeps two that serve from running an interval twice. */
  readonly store: RunStore;
  /** How many runs, of all pipelines, are under way in this process at the same time. Default 4. */
  readonly parallel?: number;
  /** Ends it: nothing more is begun, and runs under way have the grace time to end. */
  readonly signal?: AbortSignal;
  /** Milliseconds after which runs under way are cancelled when it is ended. Default 30,000. */
  readonly grace?: number;
  /** Cancels runs under way at once, whatever the grace time. */
  readonly cancel?: AbortSignal;
  /** Milliseconds between looks at the store for what was queued, unpaused or left behind. Default 2,000. */
  readonly poll?: number;
  readonly onEvent?: OnEvent;
  /** Told of what keeps it from working for now, such as a store that is locked. It goes on trying. */
  readonly onProblem?: (error: unknown) => void;
}

/** The longest wait after problems, in milliseconds. */
const LONGEST_WAIT = 60_000;

/**
 * Runs pipelines when they are due, until it is ended. An interval of a schedule is run once it has ended, by whichever
 * process claims it first, a run that was queued by hand as soon as it can be; and it goes on with runs of the schedule
 * that were left behind by a process that is gone or was stopped.
 *
 * Without `catchup` only the latest interval is run, with it all since the last that was run, or since `start`, oldest
 * first. Nothing is begun of a pipeline that is paused, or of which `maxRuns` are under way, in all processes together and however begun.
 *
 * Errors: `pipeline.schedule` and `pipeline.timezone` of a pipeline, `pipeline.param` where it is scheduled and a param has
 * no default; what the store throws that no retry can mend. A run
 * that fails is none.
 */
export async function serve(pipelines: readonly Pipeline<unknown>[], options: ServeOptions): Promise<void> {
  const { signal, grace = 30_000, cancel, poll = 2000, onProblem } = options;
  const stopping = new AbortController();
  const server = await Server.of(pipelines, { ...options, signal: stopping.signal });
  const stop = (): void => stopping.abort(stopped(signalOf(cancel?.reason ?? signal?.reason)));
  if (cancel?.aborted === true) stop();
  cancel?.addEventListener('abort', stop, { once: true });
  let problems = 0;
  try {
    while (signal?.aborted !== true) {
      const freed = server.freed;
      try {
        await server.begin();
        problems = 0;
      } catch (error) {
        if (!(error instanceof MillraceError && error.retryable)) throw error;
        onProblem?.(error);
        problems += 1;
      }
      const wait = problems > 0 ? Math.min(LONGEST_WAIT, poll * 2 ** problems) : Math.min(poll, server.untilDue());
      await slept(wait, [signal, freed]);
    }
    await Promise.race([server.ended(), slept(grace, [stopping.signal])]);
  } finally {
    cancel?.removeEventListener('abort', stop);
    stop();
    await server.ended();
  }
}

/** Waits, or until one of the signals. */
async function slept(milliseconds: number, signals: readonly (AbortSignal | undefined)[]): Promise<void> {
  const signal = AbortSignal.any(signals.flatMap((one) => one ?? []));
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}

/** What cancels the runs; a serve that comes later goes on with those of the schedule. */
function stopped(signal: string | undefined): MillraceError {
  return new MillraceError({
    code: 'pipeline.stopped',
    message:
      'The process that ran it was stopped. Resume it: millrace resume. With a run of the schedule the next millrace serve goes on by itself.',
    retryable: true,
    details: { signal },
  });
}
