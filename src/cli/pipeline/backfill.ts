import type { RunResult } from '../../pipeline/result.ts';
import { type BackfillResult, backfill } from '../../pipeline/schedule/backfill.ts';
import { localText } from '../../pipeline/schedule/interval-text.ts';
import { momentOf } from '../../pipeline/schedule/moment.ts';
import { LOADED_BEFORE } from '../../pipeline/step-run.ts';
import { type Command, UsageError } from '../command.ts';
import { shortId } from './event-text.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { RUNNING, shown } from './run-pipeline.ts';
import { aborted } from './signals.ts';
import { paramsOf, wholeNumber } from './values.ts';

/** Runs the intervals of a span of time. */
export const backfillCommand: Command = pipelineCommand({
  name: 'backfill',
  summary: 'run a pipeline for each interval of a span of time',
  takes: ['PIPELINE'],
  help: `Runs a pipeline for each interval of its schedule that begins from --from on and
before --to, oldest first. Intervals that succeeded before are left out.

  --from <t>      2026-01-05 or 2026-01-05T06:00, in the pipeline's time zone
  --to <t>        the same; intervals up to it must have ended
  --parallel <n>  so many at the same time; by default 1
  --again         also those that succeeded before
  --param <p>     a param, name=value; also several times
  --log <f>       add structured logs to a file, - for standard output (pino)
${COMMON_HELP}
  --json          an event a line on standard output
  --help          print this`,
  options: {
    from: { type: 'string' },
    to: { type: 'string' },
    parallel: { type: 'string' },
    again: { type: 'boolean' },
    param: { type: 'string', multiple: true },
    ...RUNNING,
  },
  async run({ given: [name = ''], values, pipeline: find, store, json, output }) {
    const { from, to, again = false } = values;
    if (from === undefined || to === undefined) throw new UsageError('backfill: name the span with --from and --to');
    const { pipeline } = await find(name);
    const timezone = pipeline.options.timezone ?? 'UTC';
    const parallel = wholeNumber('backfill', 'parallel', values.parallel, 1) ?? 1;
    const span = { from: momentOf(from, timezone), to: momentOf(to, timezone) };
    const params = await paramsOf('backfill', pipeline, values.param);
    const opened = await store();
    using stop = aborted();
    const done = await shown(output, { json, many: true, log: values.log }, ({ onEvent }) =>
      backfill(pipeline, { ...span, parallel, again, params, store: opened, signal: stop.first, onEvent }),
    );
    const bad = done.runs.filter(({ state }) => state !== 'succeeded');
    output.err(`millrace: backfill of ${name}: ${summary(done, bad, timezone)}\n`);
    return bad.length + done.left.length > 0 ? 1 : 0;
  },
});

/** What became of the intervals, in a line. */
function summary({ runs, before, left }: BackfillResult, bad: readonly RunResult[], timezone: string): string {
  const all = runs.length + before.length + left.length;
  if (all === 0) return 'nothing to do, no interval begins in that time';
  if (all === before.length) return `nothing to do, ${all} of ${all} had succeeded before, or are under way`;
  const told = bad.map(({ id, interval }) => `${localText(interval.from, timezone)}: ${shortId(id)}`);
  const good = runs.length - bad.length;
  const idle = runs.filter(hasLoadedBefore).length;
  return [
    `${good} succeeded${idle === 0 ? '' : idle === good ? ', whose loads had been done before' : `, of which the loads of ${idle} had been done before`}`,
    ...(bad.length > 0 ? [`${bad.length} did not (${told.join(', ')})`] : []),
    ...(before.length > 0 ? [`${before.length} had before`] : []),
    ...(left.length > 0 ? [`${left.length} ${left.length === 1 ? 'was' : 'were'} not begun`] : []),
  ].join(', ');
}

/** Whether a run succeeded, and wrote nothing of what it loads. */
function hasLoadedBefore({ state, steps }: RunResult): boolean {
  const loads = steps.filter(({ kind, state: own }) => kind === 'load' && own === 'succeeded');
  return state === 'succeeded' && loads.length > 0 && loads.every(({ reason }) => reason === LOADED_BEFORE);
}
