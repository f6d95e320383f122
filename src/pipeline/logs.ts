import type { LogLevel } from './context.ts';
import type { OnEvent, RunEvent } from './events.ts';
import { missingPeer } from './peer.ts';
import { Redactor } from './redact.ts';

/** A logger of pino's, as far as it is used here. */
export type Logger = { readonly [L in LogLevel]: (fields: object, message: string) => void };

/** What `logEvents` takes. */
export interface LogEventsOptions {
  /** A logger of your own; by default one that writes lines of JSON to `destination`. */
  readonly logger?: Logger;
  /** What is less is not logged. Default `'info'`. */
  readonly level?: LogLevel;
  /** A file, to which lines are added, or a stream. Default: standard output. */
  readonly destination?: string | { write(line: string): void };
  /** Texts that must not appear in a line, besides what looks like a secret. */
  readonly secrets?: readonly string[];
}

/**
 * Logs the events of runs by pino, a line of JSON each. This has the run, its pipeline, and the step and the attempt where
 * there is one. Passwords in urls, fields that are called like secrets and `secrets` are `***`.
 *
 * @example
 * ```ts
 * import { logEvents, pipeline, runPipeline } from 'millrace/pipeline';
 * const hello = pipeline('hello', {}, (p) => {
 *   p.task('greet', ({ log }) => log.info('hello', { whom: 'you', url: 'postgres://me:secret@host/shop' }));
 * });
 * const lines: { msg: string; step?: string; url?: string }[] = [];
 * const destination = { write: (line: string) => void lines.push(JSON.parse(line)) };
 * await runPipeline(hello, { onEvent: await logEvents({ destination }) });
 * const greeting = lines.find(({ msg }) => msg === 'hello');
 * console.log(greeting?.step, greeting?.url); // greet postgres://me:***@host/shop
 * ```
 *
 * Errors: `pipeline.peer` where pino is not installed.
 */
export async function logEvents({ logger, level, destination, secrets }: LogEventsOptions = {}): Promise<OnEvent> {
  const log = logger ?? (await ownLogger(level ?? 'info', destination))();
  const redactor = new Redactor(secrets);
  return (event) => {
    const { level: at, message, fields } = lineOf(event);
    log[at](redactor.data(fields) as object, redactor.text(message));
  };
}

/** Makes a logger; pino's cannot be what is waited for, for it may have a `then`. */
async function ownLogger(level: LogLevel, destination: LogEventsOptions['destination']): Promise<() => Logger> {
  const { pino } = await import('pino').catch((cause: unknown) => {
    throw missingPeer('pino', 'A log', cause);
  });
  const options = { level, base: null, formatters: { level: (label: string) => ({ level: label }) } };
  if (destination !== undefined && typeof destination !== 'string') return () => pino(options, destination);
  // Lines are written at once, so that none is missing when the process is killed.
  const file = pino.destination({ dest: destination ?? 1, sync: true, mkdir: true, append: true });
  return () => pino(options, file);
}

interface Line {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: object;
}

function lineOf(event: RunEvent): Line {
  const { type, time: _, ...rest } = event;
  if (event.type === 'log') {
    const { run, pipeline, step, attempt, level, message, fields } = event;
    const of = step === null ? { run, pipeline } : { run, pipeline, step, attempt };
    // A field of the user's does not hide whose line it is.
    return { level, message, fields: { ...fields, ...of } };
  }
  return { level: levelOf(event), message: type, fields: rest };
}

function levelOf(event: RunEvent): LogLevel {
  switch (event.type) {
    case 'step.progress':
      return 'debug';
    case 'run.finished':
    case 'step.finished':
      return event.state === 'failed' ? 'error' : 'info';
    case 'check.failed':
      return 'error';
    case 'check.warned':
    case 'step.retried':
    case 'quarantine.written':
    case 'schema.changed':
      return 'warn';
    default:
      return 'info';
  }
}
