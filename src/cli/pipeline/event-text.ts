import { relative } from 'node:path';
import type { RunEvent, StepFinished } from '../../pipeline/events.ts';
import { secondsBetween } from '../../pipeline/result.ts';
import type { Interval } from '../../pipeline/schedule/schedule.ts';

/** An event as a line; undefined where it is none worth one. */
export function eventText(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'run.started':
      return `${event.pipeline} ${event.resumed ? 'resumed' : 'started'}, run ${event.run}, ${intervalText(event.interval, event.timezone)}`;
    case 'run.finished': {
      const rows = event.loads > 0 ? `, ${rowsText(event.rowsWritten)} written` : '';
      const why = event.failed === undefined ? '' : `: ${event.failed.step}: ${event.failed.error.message}`;
      return `${event.pipeline} ${event.state} after ${secondsText(event.seconds)}${rows}${quarantineText(event.quarantined)}${why}`;
    }
    case 'step.retried':
      return `${event.step}: attempt ${event.attempt} failed, again in ${secondsText(event.wait / 1000)}: ${event.error.message}`;
    case 'step.finished': {
      const why = event.error === undefined ? '' : `: ${event.error.message}`;
      return `${event.step} ${event.state}, ${figures(event)}${why}${event.notAgain === undefined ? '' : `; ${event.notAgain}`}`;
    }
    case 'step.skipped':
      return `${event.step} ${event.state}: ${event.reason}`;
    case 'check.failed':
    case 'check.warned':
      return `${event.step} ${event.type === 'check.failed' ? 'failed' : 'warns'}: ${event.rules
        .map(({ rule, failures }) => `${rule} (${rowsText(failures)})`)
        .join(', ')}`;
    case 'quarantine.written':
      return `${event.step}: ${rowsText(event.rows)} quarantined${event.path === null ? '' : ` in ${pathText(event.path)}`}`;
    case 'schema.changed':
      return `${event.step}: the schema is another than before`;
    case 'log':
      return event.level === 'debug' ? undefined : logText(event);
    case 'step.started':
    case 'step.progress':
      return undefined;
  }
}

/** What can be done about a run that did not succeed. */
export function adviceText(run: string): string {
  const id = run.slice(0, 8);
  return `See: millrace logs ${id}. Go on: millrace resume ${id}\n`;
}

/** A path as it is reached from here. */
export function pathText(path: string): string {
  const from = relative(process.cwd(), path);
  return from.startsWith('..') ? path : from;
}

/** A line of a log, its fields behind it. */
export function logText({
  step,
  level,
  message,
  fields,
}: {
  readonly step: string | null;
  readonly level: string;
  readonly message: string;
  readonly fields: Readonly<Record<string, unknown>>;
}): string {
  const behind = Object.keys(fields).length === 0 ? '' : ` ${JSON.stringify(fields)}`;
  return `${step === null ? '' : `${step}: `}${level}: ${message}${behind}`;
}

function figures({ rows, hasRows, seconds }: StepFinished): string {
  const out = hasRows ? `${rowsText(rows.out)}, ` : '';
  return `${out}${secondsText(seconds)}${quarantineText(rows.quarantined)}`;
}

function quarantineText(count: number): string {
  return count > 0 ? `, ${rowsText(count)} quarantined` : '';
}

/** By the clocks of a zone: `2026-01-05T06:00 to 2026-01-06T06:00 Europe/Berlin`; a day is `2026-01-05 Europe/Berlin`. */
export function intervalText({ from, to }: Interval, timezone = 'UTC'): string {
  if (from.getTime() === to.getTime()) return `at ${momentText(from)}, an interval without length`;
  const [begins, ends] = [localText(from, timezone), localText(to, timezone)];
  const days = [begins, ends].map((text) => (text.length === DATE ? Date.parse(text) : Number.NaN));
  if ((days[1] ?? 0) - (days[0] ?? 0) === DAY) return `${begins} ${timezone}`;
  // Where the clock is set back, only UTC tells which hour it is.
  return timezone === 'UTC' || ends <= begins
    ? `${momentText(from)} to ${momentText(to)}`
    : `${begins} to ${ends} ${timezone}`;
}

const DATE = '2026-01-05'.length;
const DAY = 86_400_000;

/** A moment by the clocks of a zone, as short as it can be: `2026-01-05`, `2026-01-05T06:00`. */
export function localText(moment: Date, timeZone: string): string {
  const text = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' }).format(moment);
  return text
    .replace(' ', 'T')
    .replace(/:00$/, '')
    .replace(/T00:00$/, '');
}

/** To the minute where it is one: `2026-01-05T06:00Z`. */
export function momentText(moment: Date): string {
  return moment.toISOString().replace(/(:00)?\.000Z$/, 'Z');
}

/** To the second. */
export function secondText(moment: Date): string {
  return momentText(new Date(Math.floor(moment.getTime() / 1000) * 1000));
}

export function rowsText(count: number): string {
  return `${count.toLocaleString('en-US')} ${count === 1 ? 'row' : 'rows'}`;
}

/** `0.3 s`, `2 min 5 s`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const [minutes, rest] = [Math.floor(whole / 60), whole % 60];
  return minutes < 60 ? `${minutes} min ${rest} s` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** How long what is kept took; empty where it has not ended. */
export function tookText({
  started,
  finished,
}: {
  readonly started: Date | null;
  readonly finished: Date | null;
}): string {
  const seconds = secondsBetween(started, finished);
  return seconds === undefined ? '' : secondsText(seconds);
}
