import { relative } from 'node:path';
import { brokenText } from '../../pipeline/check-step.ts';
import type { RunEvent, StepFinished } from '../../pipeline/events.ts';
import { subjectText } from '../../pipeline/monitor/subject-text.ts';
import { secondsBetween } from '../../pipeline/result.ts';
import { intervalText, momentText } from '../../pipeline/schedule/interval-text.ts';
import type { Interval } from '../../pipeline/schedule/schedule.ts';
import { showCount } from '../../show-count.ts';

/** An event as a line; undefined where it is none worth one. */
export function eventText(event: RunEvent): string | undefined {
  switch (event.type) {
    case 'run.started':
      return `${subjectText(event)} ${event.resumed && event.only === undefined ? 'resumed' : 'started'}, run ${event.run}, ${intervalText(event.interval, event.timezone)}`;
    case 'run.finished': {
      const rows = event.loads > 0 ? `, ${showCount(event.rowsWritten, 'row')} written` : '';
      const why = event.failed === undefined ? '' : `: ${event.failed.step}: ${event.failed.error.message}`;
      return `${subjectText(event)} ${event.state} after ${secondsText(event.seconds)}${rows}${quarantineText(event.quarantined)}${why}`;
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
      return `${event.step} ${event.type === 'check.failed' ? 'failed' : 'warns'}${brokenText(event.step, event.rules)}`;
    case 'quarantine.written':
      return `${event.step}: ${showCount(event.rows, 'row')} quarantined${event.path === null ? '' : ` in ${pathText(event.path)}`}`;
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
export function adviceText(run: {
  readonly id: string;
  readonly pipeline: string;
  readonly interval: Interval;
}): string {
  const id = shortId(run.id);
  const [from, to] = [run.interval.from, run.interval.to].map(momentText);
  const span = from === to ? '' : ` --from ${from} --to ${to}`;
  return `See: millrace logs ${id}. Go on: millrace resume ${id} (with the same params), or anew: millrace run ${run.pipeline}${span}\n`;
}

/** How an id begins, where that tells it from others: one that another has given may have its end tell it. */
export function shortId(id: string): string {
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id.slice(0, 8) : id;
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

function figures({ rows, hasRows, reason, seconds }: StepFinished): string {
  const out = hasRows ? `${reason ?? showCount(rows.out, 'row')}, ` : '';
  return `${out}${secondsText(seconds)}${quarantineText(rows.quarantined)}`;
}

function quarantineText(count: number): string {
  return count > 0 ? `, ${showCount(count, 'row')} quarantined` : '';
}

/** To the second. */
export function secondText(moment: Date): string {
  return momentText(new Date(Math.floor(moment.getTime() / 1000) * 1000));
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
