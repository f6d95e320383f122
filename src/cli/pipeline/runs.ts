import { intervalText } from '../../pipeline/schedule/interval-text.ts';
import type { RunState, StoredRun } from '../../pipeline/store/store.ts';
import { type Command, UsageError } from '../command.ts';
import { adviceText, secondText, shortId, tookText } from './event-text.ts';
import { zonesOf } from './find.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { textTable } from './text-table.ts';
import { wholeNumber } from './values.ts';

const STATES: readonly RunState[] = ['queued', 'running', 'succeeded', 'failed', 'cancelled', 'interrupted', 'partial'];

/** Prints the runs there were. */
export const runsCommand: Command = pipelineCommand({
  name: 'runs',
  summary: 'the runs there were, the newest first',
  takes: ['[PIPELINE]'],
  help: `Prints the runs of a pipeline, or of all, the newest first.

  --state <s>     only those that are queued, running, succeeded, failed,
                  cancelled, interrupted: their process is gone, or partial:
                  some steps were run by --only, others are left
  --limit <n>     so many; by default 20
${COMMON_HELP}
  --json          as JSON: an array of runs
  --help          print this`,
  options: { state: { type: 'string', multiple: true }, limit: { type: 'string' } },
  async run({ given: [pipeline], values, store, pipelines, json, output }) {
    const states = (values.state ?? []).map(stateOf);
    const runs = await (await store()).runs({
      limit: wholeNumber('runs', 'limit', values.limit, 1) ?? 20,
      ...(pipeline === undefined ? {} : { pipeline }),
      ...(states.length === 0 ? {} : { states }),
    });
    if (json) output.out(`${JSON.stringify(runs, null, 2)}\n`);
    else if (runs.length === 0) output.err('There are no such runs.\n');
    else {
      const zones = await zonesOf(pipelines);
      const rows = runs.map((run) => rowOf(run, zones.get(run.pipeline)));
      output.out(textTable(['RUN', 'PIPELINE', 'STATE', 'STARTED', 'TOOK', 'INTERVAL', 'TRIGGER', 'WHY'], rows));
      const bad = runs.find(({ state }) => state === 'failed' || state === 'interrupted');
      if (bad !== undefined) output.err(adviceText(bad));
    }
    return 0;
  },
});

function stateOf(text: string): RunState {
  const state = STATES.find((one) => one === text);
  if (state === undefined)
    throw new UsageError(`runs: --state ${JSON.stringify(text)} is none of ${STATES.join(', ')}`);
  return state;
}

function rowOf(
  { id, pipeline, state, started, finished, interval, trigger, error }: StoredRun,
  timezone: string | undefined,
): string[] {
  const hasSpan = interval.from.getTime() !== interval.to.getTime();
  return [
    shortId(id),
    pipeline,
    state,
    started === null ? '' : secondText(started),
    // Of a process that is gone the last sign is known, not the end.
    state === 'interrupted' ? '' : tookText({ started, finished }),
    hasSpan ? intervalText(interval, timezone) : '',
    trigger,
    state === 'interrupted' ? 'its process is gone' : error === null ? '' : shortened(error.message),
  ];
}

const MOST = 80;

/** The first line of a text, as many of its words as find room. */
function shortened(text: string): string {
  const [line = ''] = text.split('\n');
  return line.length <= MOST ? line : `${line.slice(0, MOST).replace(/\s+\S*$/, '')} …`;
}
