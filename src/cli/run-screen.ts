import type { LoadEnd } from '../loaders/load-channel.ts';
import { showCount } from '../show-count.ts';
import type { Output } from './command.ts';

/** How a script ended. */
export interface RunEnd {
  readonly ok: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
  readonly seconds: number;
}

/** How a run is told: as JSON, as lines, or with a line that is written over. */
export interface Screen {
  /** Where the script's standard output and standard error go. */
  readonly streams: readonly [2 | 'inherit' | 'pipe', 'inherit' | 'pipe'];
  start(runner: string): void;
  load(load: LoadEnd): void;
  /** What the script printed, where that passes through here. */
  printed(stream: 'out' | 'err', text: Uint8Array): void;
  end(end: RunEnd): void;
}

/** The screen for what is written to. */
export function screenFor(output: Output, file: string, isJson: boolean): Screen {
  if (isJson) return jsonScreen(output, file);
  return output.terminal === undefined
    ? lineScreen(output, file)
    : terminalScreen(output, file, output.terminal.columns);
}

function jsonScreen({ out }: Output, file: string): Screen {
  let loads = 0;
  const tell = (event: string, what: object): void => out(`${JSON.stringify({ event, file, ...what })}\n`);
  return {
    streams: [2, 'inherit'],
    start: (runner) => tell('start', { runner }),
    load: (load) => {
      loads += 1;
      tell('load', { ...load, seconds: toMilliseconds(load.seconds) });
    },
    printed: () => {},
    end: (end) => tell('end', { ...end, seconds: toMilliseconds(end.seconds), loads }),
  };
}

function toMilliseconds(seconds: number): number {
  return Number(seconds.toFixed(3));
}

function lineScreen({ err }: Output, file: string): Screen {
  const loads = new Loads();
  return {
    streams: ['inherit', 'inherit'],
    start: (runner) => err(`millrace: ${file} started (${runner})\n`),
    load: (load) => err(`millrace: ${loads.add(load)}\n`),
    printed: () => {},
    end: (end) => err(`millrace: ${file} ${endText(end)}${loads.text()}\n`),
  };
}

/** How often the line on a terminal is written anew, in milliseconds. */
const TICK = 250;
const CLEAR_LINE = '\r\x1b[K';

function terminalScreen(output: Output, file: string, columns: number): Screen {
  const lines = lineScreen(output, file);
  const loads = new Loads();
  const begun = performance.now();
  let isDrawn = false;
  let atLineStart = true;
  const clear = (): void => {
    if (isDrawn) output.err(CLEAR_LINE);
    isDrawn = false;
  };
  const draw = (): void => {
    // A line that the script has begun, such as a question, is left alone.
    if (!atLineStart) return;
    const seconds = Math.floor((performance.now() - begun) / 1000);
    output.err(`${CLEAR_LINE}${`${file}: ${seconds} s${loads.text()}`.slice(0, columns - 1)}`);
    isDrawn = true;
  };
  const timer = setInterval(draw, TICK).unref();
  return {
    streams: ['pipe', 'pipe'],
    start: lines.start,
    load: (load) => {
      clear();
      if (!atLineStart) output.err('\n');
      atLineStart = true;
      loads.add(load);
      lines.load(load);
      draw();
    },
    printed: (stream, text) => {
      clear();
      output[stream](text);
      atLineStart = text.at(-1) === LINE_FEED;
      draw();
    },
    end: (end) => {
      clearInterval(timer);
      clear();
      if (!atLineStart) output.err('\n');
      lines.end(end);
    },
  };
}

const LINE_FEED = 10;

/** The loads of a run. */
class Loads {
  #count = 0;
  #rows = 0;

  /** Counts a load in; gives what it did. */
  add({ target, rows, alreadyLoaded, seconds }: LoadEnd): string {
    this.#count += 1;
    this.#rows += rows.written;
    const quarantined = rows.quarantined === 0 ? '' : `, ${showCount(rows.quarantined, 'row')} quarantined`;
    const done = alreadyLoaded ? 'had been done before, nothing written' : `${showCount(rows.written, 'row')} written`;
    return `load ${this.#count}, ${target}: ${done}${quarantined}, ${seconds.toFixed(1)} s`;
  }

  /** All of them: `, 2 loads, 1,204 rows written`; nothing where there was none. */
  text(): string {
    if (this.#count === 0) return '';
    return `, ${showCount(this.#count, 'load')}, ${showCount(this.#rows, 'row')} written`;
  }
}

function endText({ ok, exitCode, signal, seconds }: RunEnd): string {
  const time = `after ${seconds.toFixed(1)} s`;
  if (ok) return `ended well ${time}`;
  return signal === null ? `failed ${time}, with exit code ${exitCode}` : `was ended by ${signal} ${time}`;
}
