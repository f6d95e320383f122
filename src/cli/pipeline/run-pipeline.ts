import type { OnEvent } from '../../pipeline/events.ts';
import { logEvents } from '../../pipeline/logs.ts';
import type { RunResult } from '../../pipeline/result.ts';
import type { ExitCode, Output } from '../command.ts';
import { adviceText } from './event-text.ts';
import { type ViewOptions, viewFor } from './view.ts';

/** Options of commands that run pipelines. */
export const RUNNING = {
  'no-progress': { type: 'boolean' },
  log: { type: 'string' },
} as const;

/** Runs something whose events are shown, and logged where `log` names a file. */
export async function shown<R>(
  output: Output,
  { log, ...options }: ViewOptions & { readonly log: string | undefined },
  run: (watching: { readonly onEvent: OnEvent; readonly progress: boolean }) => Promise<R>,
): Promise<R> {
  const logged = log === undefined ? undefined : await logEvents(log === '-' ? {} : { destination: log });
  const view = viewFor(output, options);
  try {
    const onEvent: OnEvent = (event, context) => {
      view.event(event);
      return logged?.(event, context);
    };
    return await run({ onEvent, progress: view.progress });
  } finally {
    view.end();
  }
}

/** Says what can be done about a run that did not succeed; gives the exit code. */
export function exitOf(result: RunResult, output: Output, isStored: boolean): ExitCode {
  if (result.state === 'succeeded') return 0;
  if (isStored) output.err(adviceText(result));
  return 1;
}
