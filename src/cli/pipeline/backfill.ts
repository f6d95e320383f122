import { backfill } from '../../pipeline/schedule/backfill.ts';
import { momentOf } from '../../pipeline/schedule/moment.ts';
import { type Command, UsageError } from '../command.ts';
import { localText } from './event-text.ts';
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
    const { runs, before, left } = await shown(output, { json, many: true, log: values.log }, (onEvent) =>
      backfill(pipeline, { ...span, parallel, again, params, store: opened, signal: stop.first, onEvent }),
    );
    const bad = runs.filter((run) => run.state !== 'succeeded');
    const parts = [
      `${runs.length - bad.length} succeeded`,
      ...(bad.length > 0
        ? [
            `${bad.length} did not (${bad.map(({ id, interval }) => `${localText(interval.from, timezone)}: ${id.slice(0, 8)}`).join(', ')})`,
          ]
        : []),
      ...(before.length > 0 ? [`${before.length} had before`] : []),
      ...(left.length > 0 ? [`${left.length} were not begun`] : []),
    ];
    output.err(`millrace: backfill of ${name}: ${parts.join(', ')}\n`);
    return bad.length + left.length > 0 ? 1 : 0;
  },
});
