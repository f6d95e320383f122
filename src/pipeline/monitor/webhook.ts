import { MillraceError } from '../../errors.ts';
import type { CheckEvent, HookContext, Hooks, RunFinished, RunStarted } from '../events.ts';
import type { RunStore, StoredRun } from '../store/store.ts';
import { usualRange } from './usual-range.ts';

/** What a webhook tells of. */
export type AlertKind = 'failure' | 'check' | 'late' | 'unusual';

/** What `webhook` takes. */
export interface WebhookOptions {
  /** Where alerts are posted, such as the address of an incoming webhook of Slack. It is kept out of logs. */
  readonly url: string | URL;
  /** What to tell of; by default all. */
  readonly on?: readonly AlertKind[];
  /** A run of the schedule is late that has not ended so many milliseconds after its interval; by default an hour. */
  readonly late?: number;
  /** After how many milliseconds without an answer to give up; by default five seconds. */
  readonly timeout?: number;
  /** Headers besides the content type. */
  readonly headers?: Readonly<Record<string, string>>;
}

/** Runs that succeeded, to which a run is compared. */
const RUNS_BEFORE = 30;
/** A run is not unusual for less, in seconds. */
const LEAST_SECONDS = 1;

/**
 * Hooks that post an alert, a body as Slack reads it (`{ text, blocks }`): when a run failed (`failure`), when a check
 * failed or warned (`check`), when a run of the schedule has not ended an hour after its interval (`late`), when a run
 * that succeeded wrote a number of rows or took a time off the usual range (`unusual`).
 *
 * @example
 * ```ts
 * import { webhook } from 'millrace/pipeline';
 * const hooks = webhook({ url: 'https://hooks.slack.com/services/T0/B0/secret', on: ['failure', 'late'] });
 * console.log(Object.keys(hooks)); // [ 'run.started', 'run.finished' ]
 * ```
 *
 * The usual range is that of the last 30 runs of the pipeline that succeeded, where there are eight: their median, give
 * or take four times 1.4826 times the median absolute deviation, at least a fifth of the median, and for times a second.
 *
 * Errors: `pipeline.webhook` where the server cannot be reached or refuses; as of every hook, it is logged and fails no
 * run. `pipeline.option` for an address that is none.
 */
export function webhook({ url, on, late = 3_600_000, timeout = 5000, headers = {} }: WebhookOptions): Hooks {
  const target = addressOf(url);
  const tells = (kind: AlertKind): boolean => on === undefined || on.includes(kind);
  const post = (alert: Alert): Promise<void> => send(target, alert, { ...headers }, timeout);
  const timers = new Map<string, NodeJS.Timeout>();

  const started = (event: RunStarted, { log }: HookContext): void => {
    if (event.trigger !== 'schedule') return;
    const tell = (): void => {
      post(lateAlert(event, late)).catch((error: unknown) => log.error(`the webhook failed: ${messageOf(error)}`));
    };
    const wait = event.interval.to.getTime() + late - Date.now();
    // A longer one would end at once.
    if (wait <= LONGEST_TIMER) timers.set(event.run, setTimeout(tell, Math.max(0, wait)).unref());
  };
  const finished = async (event: RunFinished, { store }: HookContext): Promise<void> => {
    clearTimeout(timers.get(event.run));
    timers.delete(event.run);
    if (tells('failure') && ['failed', 'interrupted'].includes(event.state)) await post(failureAlert(event));
    if (tells('unusual') && event.state === 'succeeded' && store !== undefined) {
      const alert = unusualAlert(event, await runsBefore(event, store));
      if (alert !== undefined) await post(alert);
    }
  };
  const checked = (event: CheckEvent): Promise<void> => post(checkAlert(event));
  return {
    ...(tells('late') ? { 'run.started': started } : {}),
    ...(tells('late') || tells('failure') || tells('unusual') ? { 'run.finished': finished } : {}),
    ...(tells('check') ? { 'check.failed': checked, 'check.warned': checked } : {}),
  };
}

const LONGEST_TIMER = 2 ** 31 - 1;

interface Alert {
  readonly title: string;
  readonly lines: readonly string[];
  readonly run: string;
}

function failureAlert({ pipeline, run, interval, failed, state }: RunFinished): Alert {
  const why = failed === undefined ? [] : [`*${escaped(failed.step)}*: ${escaped(failed.error.message)}`];
  return { title: `:x: ${pipeline} ${state}`, lines: [...why, spanText(interval)], run };
}

function checkAlert({ type, pipeline, step, rules, run }: CheckEvent): Alert {
  return {
    title: `:warning: ${pipeline}: check ${step} ${type === 'check.failed' ? 'failed' : 'warned'}`,
    lines: rules.map(({ rule, failures }) => `${escaped(rule)}: ${failures.toLocaleString('en-US')} do not hold`),
    run,
  };
}

function lateAlert({ pipeline, interval, run }: RunStarted, late: number): Alert {
  const minutes = Math.round(late / 60_000);
  return {
    title: `:hourglass: ${pipeline} is late`,
    lines: [`It has not ended ${minutes} min after its interval.`, spanText(interval)],
    run,
  };
}

function unusualAlert(event: RunFinished, before: readonly Measured[]): Alert | undefined {
  const lines = [
    offRange(
      'rows written',
      event.rowsWritten,
      before.map((one) => one.rows),
      0,
    ),
    offRange(
      'seconds',
      event.seconds,
      before.map((one) => one.seconds),
      LEAST_SECONDS,
    ),
  ].flatMap((line) => line ?? []);
  if (lines.length === 0) return undefined;
  return { title: `:mag: ${event.pipeline} is unusual`, lines: [...lines, spanText(event.interval)], run: event.run };
}

function offRange(what: string, value: number, before: readonly number[], least: number): string | undefined {
  const range = usualRange(before, least);
  if (range === undefined || (value >= range.low && value <= range.high)) return undefined;
  return `${numberText(value)} ${what}, usually ${numberText(range.low)} to ${numberText(range.high)} (median ${numberText(range.median)})`;
}

interface Measured {
  readonly rows: number;
  readonly seconds: number;
}

async function runsBefore({ pipeline, run }: RunFinished, store: RunStore): Promise<Measured[]> {
  const runs = await store.runs({ pipeline, states: ['succeeded'], limit: RUNS_BEFORE + 1 });
  return Promise.all(runs.filter(({ id }) => id !== run).map((one) => measured(one, store)));
}

async function measured({ id, started, finished }: StoredRun, store: RunStore): Promise<Measured> {
  const loads = (await store.steps(id)).filter((step) => step.kind === 'load');
  return {
    rows: loads.reduce((sum, load) => sum + (load.rows?.out ?? 0), 0),
    seconds: ((finished?.getTime() ?? 0) - (started?.getTime() ?? 0)) / 1000,
  };
}

async function send(url: URL, alert: Alert, headers: Record<string, string>, timeout: number): Promise<void> {
  const told = [alert.title, ...alert.lines].join('\n');
  const body = {
    text: told,
    blocks: [
      { type: 'section', text: { type: 'mrkdwn', text: `*${escaped(alert.title)}*\n${alert.lines.join('\n')}` } },
      { type: 'context', elements: [{ type: 'mrkdwn', text: `run ${alert.run}` }] },
    ],
  };
  let response: Response;
  try {
    response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeout),
    });
    await response.body?.cancel();
  } catch (cause) {
    throw webhookError(url, `did not take an alert: ${reasonOf(cause, timeout)}`, cause);
  }
  if (!response.ok) throw webhookError(url, `refused an alert: ${response.status} ${response.statusText}`.trimEnd());
}

function reasonOf(cause: unknown, timeout: number): string {
  if (!(cause instanceof Error)) return String(cause);
  if (cause.name === 'TimeoutError') return `no answer in ${timeout} ms`;
  return messageOf(cause.cause ?? cause);
}

/** The path of the address is as good as a password: only its host is told. */
function webhookError(url: URL, what: string, cause?: unknown): MillraceError {
  return new MillraceError({
    code: 'pipeline.webhook',
    message: `The webhook at ${url.host} ${what}.`,
    retryable: true,
    details: { host: url.host },
    ...(cause === undefined ? {} : { cause }),
  });
}

function addressOf(url: string | URL): URL {
  const address = URL.canParse(String(url)) ? new URL(url) : undefined;
  if (address !== undefined && /^https?:$/.test(address.protocol)) return address;
  throw new MillraceError({
    code: 'pipeline.option',
    message:
      "webhook: the url is no address of http or https. Give one such as 'https://hooks.slack.com/services/...'.",
    details: { option: 'url' },
  });
}

function spanText({ from, to }: RunStarted['interval']): string {
  return `interval ${from.toISOString()} to ${to.toISOString()}`;
}

function numberText(number: number): string {
  return number.toLocaleString('en-US', { maximumFractionDigits: 1 });
}

/** Slack's own three characters. */
function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
