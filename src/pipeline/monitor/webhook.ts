import { MillraceError } from '../../errors.ts';
import { brokenText } from '../check-step.ts';
import type { CheckEvent, HookContext, Hooks, RunFinished, RunStarted } from '../events.ts';
import { figuresOf, secondsBetween } from '../result.ts';
import { intervalText } from '../schedule/interval-text.ts';
import type { Interval } from '../schedule/schedule.ts';
import type { RunStore, StoredRun } from '../store/store.ts';
import { subjectText } from './subject-text.ts';
import { LEAST_RUNS, usualRange } from './usual-range.ts';

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

/** Runs that succeeded, to which a run is compared, and among how many they are looked for. */
const RUNS_BEFORE = 30;
const RUNS_LOOKED_AT = 300;
/** By what share the lengths of intervals that are alike differ: days of clock changes, months. */
const ALIKE = 0.12;
/** A run is not unusual for less, in seconds. */
const LEAST_SECONDS = 1;

/**
 * Hooks that post an alert, a body as Slack reads it (`{ text, blocks }`). They tell when a run failed, was stopped or
 * its process is gone (`failure`), when a check failed or warned (`check`), when a run of the schedule has not ended an
 * hour after its interval (`late`), when a run that succeeded wrote a number of rows or took a time off the usual range
 * (`unusual`).
 *
 * A run that SIGINT or the code's own signal stopped is not told, nor again the checks that were told to fail; of steps that run
 * alone only failures and checks.
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
 * Rows are counted per length of the interval; runs of intervals as long as this one are preferred where there are eight.
 *
 * Errors: `pipeline.webhook` where the server cannot be reached or refuses; as of every hook, it is logged and fails no
 * run. `pipeline.option` for an address that is none.
 */
export function webhook({ url, on, late = 3_600_000, timeout = 5000, headers = {} }: WebhookOptions): Hooks {
  const target = addressOf(url);
  const tells = (kind: AlertKind): boolean => on === undefined || on.includes(kind);
  const post = (alert: Alert): Promise<void> => send(target, alert, { ...headers }, timeout);
  const timers = new Map<string, NodeJS.Timeout>();
  const since = Date.now();
  /** By runs, the checks that were told to have failed, and whether that arrived. */
  const told = new Map<string, Map<string, Promise<boolean>>>();

  const started = (event: RunStarted, { log }: HookContext): void => {
    if (event.trigger !== 'schedule' || event.only !== undefined) return;
    const tell = (): void => {
      post(lateAlert(event, late)).catch((error: unknown) => log.error(`the webhook failed: ${messageOf(error)}`));
    };
    // What was due before this process began is not late for it.
    const wait = Math.max(event.interval.to.getTime(), since) + late - Date.now();
    // A longer one would end at once.
    if (wait <= LONGEST_TIMER) timers.set(event.run, setTimeout(tell, Math.max(0, wait)).unref());
  };
  const finished = async (event: RunFinished, { store }: HookContext): Promise<void> => {
    clearTimeout(timers.get(event.run));
    timers.delete(event.run);
    const checks = told.get(event.run);
    told.delete(event.run);
    const untold: Failure[] = [];
    for (const failure of event.failures ?? []) if (!(await checks?.get(failure.step))) untold.push(failure);
    if (tells('failure') && hasEndedBadly(event, untold)) await post(failureAlert(event, untold));
    if (tells('unusual') && event.state === 'succeeded' && event.only === undefined && store !== undefined) {
      const alert = unusualAlert(event, await runsBefore(event, store));
      if (alert !== undefined) await post(alert);
    }
  };
  const checked = async (event: CheckEvent): Promise<void> => {
    const posted = post(checkAlert(event));
    if (event.type === 'check.failed') {
      const arrived = posted.then(
        () => true,
        () => false,
      );
      told.set(event.run, (told.get(event.run) ?? new Map()).set(event.step, arrived));
    }
    await posted;
  };
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

type Failure = NonNullable<RunFinished['failed']>;

/** Whether a run failed, and not only by what was told before, its process is gone, or it was stopped, but by a person. */
function hasEndedBadly({ state, stopped, failures = [] }: RunFinished, untold: readonly Failure[]): boolean {
  if (state === 'failed') return untold.length > 0 || failures.length === 0;
  return state === 'interrupted' || (stopped?.signal ?? 'SIGINT') !== 'SIGINT';
}

function failureAlert(event: RunFinished, untold: readonly Failure[]): Alert {
  const { run, stopped, state } = event;
  const why = [
    ...untold.map(({ step, error }) => `*${escaped(step)}*: ${escaped(error.message)}`),
    ...(stopped === undefined ? [] : [escaped(stopped.error.message)]),
  ];
  return { title: `:x: ${subjectText(event)} ${state}`, lines: [...why, spanText(event)], run };
}

function checkAlert({ type, pipeline, step, rules, run }: CheckEvent): Alert {
  const how = type === 'check.failed' ? 'failed' : 'warned';
  return { title: `:warning: ${pipeline}: check ${step} ${how}${brokenText(step, rules)}`, lines: [], run };
}

function lateAlert(event: RunStarted, late: number): Alert {
  const { pipeline, run } = event;
  const minutes = Math.round(late / 60_000);
  return {
    title: `:hourglass: ${pipeline} is late`,
    lines: [`It has not ended ${minutes} min after its interval.`, spanText(event)],
    run,
  };
}

function unusualAlert(event: RunFinished, before: readonly Measured[]): Alert | undefined {
  const [rows, seconds] = [before.map((one) => one.rows), before.map((one) => one.seconds)];
  const lines = [
    offRange('rows written', event.rowsWritten, rows, 0),
    offRange('seconds', event.seconds, seconds, LEAST_SECONDS),
  ].flatMap((line) => line ?? []);
  if (lines.length === 0) return undefined;
  return { title: `:mag: ${event.pipeline} is unusual`, lines: [...lines, spanText(event)], run: event.run };
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

/** Runs that succeeded before: of about as long intervals where there are enough, else of all. */
async function runsBefore({ pipeline, run, interval }: RunFinished, store: RunStore): Promise<Measured[]> {
  const runs = await store.runs({ pipeline, states: ['succeeded'], limit: RUNS_LOOKED_AT });
  const others = runs.filter(({ id }) => id !== run);
  const alike = others.filter((other) => Math.abs(shareOf(interval, other.interval) - 1) < ALIKE);
  const compared = (alike.length >= LEAST_RUNS ? alike : others).slice(0, RUNS_BEFORE);
  return Promise.all(compared.map((one) => measured(one, store, shareOf(interval, one.interval))));
}

/** How much longer an interval is than another; one without length counts as equally long. */
function shareOf(interval: Interval, other: Interval): number {
  const [length, otherLength] = [interval, other].map(({ from, to }) => to.getTime() - from.getTime());
  return length && otherLength ? length / otherLength : 1;
}

/** Its rows as if its interval had been `share` times as long. */
async function measured({ id, started, finished }: StoredRun, store: RunStore, share: number): Promise<Measured> {
  return {
    rows: share * figuresOf(await store.steps(id)).rowsWritten,
    seconds: secondsBetween(started, finished) ?? 0,
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
    cause,
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

function spanText({ interval, timezone }: RunStarted | RunFinished): string {
  return `interval ${intervalText(interval, timezone)}`;
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
