import type { RunEvent } from '../../pipeline/events.ts';
import type { Output } from '../command.ts';
import { adviceText, eventText, shortId } from './event-text.ts';
import { passedThrough } from './passed-through.ts';
import { terminalView } from './terminal-view.ts';

/** What shows the events of runs as they happen. */
export interface View {
  event(event: RunEvent): void;
  /** Whether it shows how far steps are. */
  readonly progress: boolean;
  /** Takes what it drew away, and what it hears. */
  end(): void;
}

export interface ViewOptions {
  readonly json?: boolean;
  readonly progress?: boolean;
  /** Whether several runs are shown, so that a line says whose it is. */
  readonly many?: boolean;
}

/** The view for what is written to: lines of JSON, a live picture of the steps on a terminal, else plain lines. */
export function viewFor(output: Output, { json = false, progress = true, many = false }: ViewOptions = {}): View {
  if (json) return jsonView(output);
  return output.terminal === undefined || !progress || many
    ? lineView(output, many)
    : terminalView(output, output.terminal);
}

/** Standard output is the events' alone: what steps print there goes to standard error. */
function jsonView(output: Output): View {
  const through = passedThrough((_, text) => output.err(text));
  return {
    event: (event) => through.own(() => output.out(`${JSON.stringify(event)}\n`)),
    progress: true,
    end: through.end,
  };
}

function lineView({ err }: Output, many: boolean): View {
  return {
    event(event) {
      const text = eventText(event);
      if (text === undefined) return;
      const isEnd = event.type === 'run.finished';
      const whose = many && event.type !== 'run.started' ? `${event.pipeline} ${shortId(event.run)}: ` : '';
      err(`millrace: ${whose}${many && isEnd ? text.slice(event.pipeline.length + 1) : text}\n`);
      if (many && isEnd && event.state !== 'succeeded') err(adviceText({ ...event, id: event.run }));
    },
    progress: false,
    end: () => {},
  };
}
