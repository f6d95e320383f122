import type { RunEvent } from '../../pipeline/events.ts';
import { showCount } from '../../show-count.ts';
import type { Output } from '../command.ts';
import { eventText, secondsText } from './event-text.ts';
import { passedThrough } from './passed-through.ts';
import type { View } from './view.ts';

/** How often the steps are drawn anew, in milliseconds. */
const TICK = 250;
/** More steps than this are not shown at once. */
const MOST_LINES = 12;
const CLEAR_BELOW = '\x1b[J';
const LINE_FEED = 10;

interface ShownStep {
  readonly name: string;
  state: 'waiting' | 'running' | 'retrying';
  attempt: number;
  begun: number;
  share: number | undefined;
  rows: Counted | undefined;
}

/** Rows of what a step is doing, and when it was seen to be at how many of them first. */
interface Counted {
  readonly now: number;
  readonly first: number;
  readonly since: number;
}

/**
 * A picture of the steps that run, written over four times a second below the lines of what has ended: rows, rows per
 * second, time and attempts of each. What steps print themselves stands above it.
 */
export function terminalView(output: Output, terminal: { readonly columns: number }): View {
  const steps = new Map<string, ShownStep>();
  let title = '';
  let begun = performance.now();
  let [ended, drawn] = [0, 0];
  let atLineStart = true;
  let timer: NodeJS.Timeout | undefined;

  const clear = (): void => {
    if (drawn > 0) output.err(`\r\x1b[${drawn}A${CLEAR_BELOW}`);
    drawn = 0;
  };
  const draw = (): void => {
    // A line that a step has begun, such as a question, is left alone.
    if (!atLineStart || title === '') return;
    const now = performance.now();
    const running = [...steps.values()].filter((step) => step.state !== 'waiting');
    const shown = running.slice(0, MOST_LINES).map((step) => stepText(step, now));
    const more = running.length > MOST_LINES ? [`  and ${running.length - MOST_LINES} more`] : [];
    const head = `${title}: ${ended} of ${steps.size + ended} steps, ${secondsText((now - begun) / 1000)}`;
    const lines = [head, ...shown, ...more].map((line) => line.slice(0, terminal.columns - 1));
    clear();
    output.err(lines.map((line) => `${line}\n`).join(''));
    drawn = lines.length;
  };
  const through = passedThrough((stream, text) => {
    clear();
    output[stream](text);
    const last = typeof text === 'string' ? text.charCodeAt(text.length - 1) : text.at(-1);
    atLineStart = last === LINE_FEED;
    draw();
  });
  const stop = (): void => {
    clearInterval(timer);
    through.own(clear);
    title = '';
  };

  return {
    progress: true,
    event(event) {
      through.own(() => {
        const text = eventText(event);
        if (text !== undefined) {
          clear();
          if (!atLineStart) output.err('\n');
          atLineStart = true;
          output.err(`${markOf(event)} ${text}${speedText(event)}\n`);
        }
        follow(event);
        if (event.type !== 'step.progress') draw();
      });
    },
    end() {
      stop();
      through.end();
    },
  };

  function follow(event: RunEvent): void {
    if (event.type === 'run.started') {
      title = event.pipeline;
      begun = performance.now();
      ended = 0;
      for (const name of event.steps) steps.set(name, waiting(name));
      timer = setInterval(() => through.own(draw), TICK).unref();
    } else if (event.type === 'run.finished') {
      steps.clear();
      stop();
    } else if (event.type === 'step.finished' || event.type === 'step.skipped') {
      steps.delete(event.step);
      ended += 1;
    } else if ('step' in event && event.step !== null) {
      const step = steps.get(event.step) ?? waiting(event.step);
      steps.set(event.step, step);
      followStep(step, event);
    }
  }
}

function waiting(name: string): ShownStep {
  return { name, state: 'waiting', attempt: 1, begun: performance.now(), share: undefined, rows: undefined };
}

function followStep(step: ShownStep, event: RunEvent): void {
  if (event.type === 'step.started') {
    Object.assign(step, {
      state: 'running',
      attempt: event.attempt,
      begun: performance.now(),
      share: undefined,
      rows: undefined,
    });
  } else if (event.type === 'step.retried') {
    step.state = 'retrying';
  } else if (event.type === 'step.progress') {
    step.share = event.share;
    step.rows = counted(step.rows, event.rows);
  }
}

function counted(before: Counted | undefined, rows: number | undefined): Counted | undefined {
  if (rows === undefined) return undefined;
  // What begins anew is something else.
  if (before === undefined || rows < before.now) return { now: rows, first: rows, since: performance.now() };
  return { ...before, now: rows };
}

/** `1,200 rows, 2,400 rows/s`: since they were first told, once that says something. */
function countedText({ now: rows, first, since }: Counted, now: number): string {
  const seconds = (now - since) / 1000;
  const isMoving = rows > first && seconds > LEAST_COUNTED;
  return `${showCount(rows, 'row')}${isMoving ? `, ${showCount(Math.round((rows - first) / seconds), 'row')}/s` : ''}`;
}

function stepText({ name, state, attempt, begun, rows, share }: ShownStep, now: number): string {
  const seconds = (now - begun) / 1000;
  return [
    `  ${state === 'retrying' ? '↻' : '●'} ${name}  ${secondsText(seconds)}`,
    ...(share === undefined ? [] : [`${Math.floor(share * 100)}%`]),
    ...(rows === undefined ? [] : [countedText(rows, now)]),
    ...(attempt > 1 || state === 'retrying' ? [`attempt ${attempt}`] : []),
  ].join(', ');
}

/** Faster than this, a speed says nothing. */
const LEAST_SECONDS = 0.05;
/** Nor does one of rows that have been counted for less than this. */
const LEAST_COUNTED = 0.5;

/** How fast the rows of a step came; how many there are is known when it has ended. */
function speedText(event: RunEvent): string {
  if (event.type !== 'step.finished' || event.rows.out === 0 || event.seconds < LEAST_SECONDS) return '';
  return `, ${showCount(Math.round(event.rows.out / event.seconds), 'row')}/s`;
}

function markOf(event: RunEvent): string {
  if (event.type === 'run.finished' || event.type === 'step.finished') return event.state === 'succeeded' ? '✓' : '✗';
  if (event.type === 'step.skipped') return '-';
  if (event.type === 'check.failed') return '✗';
  if (event.type === 'check.warned') return '!';
  if (event.type === 'step.retried') return '↻';
  return ' ';
}
