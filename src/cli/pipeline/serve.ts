import { scheduleOf } from '../../pipeline/schedule/schedule.ts';
import { serve } from '../../pipeline/schedule/serve.ts';
import { type Command, UsageError } from '../command.ts';
import { shortId } from './event-text.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { RUNNING, shown } from './run-pipeline.ts';
import { aborted } from './signals.ts';
import { wholeNumber } from './values.ts';

/** Runs pipelines when they are due. */
export const serveCommand: Command = pipelineCommand({
  name: 'serve',
  summary: 'run pipelines when they are due',
  takes: ['[PIPELINE]'],
  help: `Runs pipelines when they are due, all or one, until it is ended. Several processes
may serve from one run store: each interval is run by one of them. After SIGTERM
nothing is begun, and runs have the grace time to end; after a second they are
cancelled at once. The next serve goes on with those of the schedule; a run that
was triggered waits for millrace resume.

  --parallel <n>  so many runs at the same time; by default 4
  --grace <s>     seconds; by default 30
  --log <f>       add structured logs to a file, - for standard output (pino)
${COMMON_HELP}
  --json          an event a line on standard output
  --help          print this`,
  options: { parallel: { type: 'string' }, grace: { type: 'string' }, ...RUNNING },
  async run({ given: [name], values, pipeline, pipelines, store, json, output }) {
    const { found, broken } = name === undefined ? await pipelines() : { found: [await pipeline(name)], broken: [] };
    if (broken.length > 0)
      throw new UsageError(`serve: ${broken.join('\n')}\nMend it, or name the pipeline that is to be served.`);
    if (found.length === 0)
      throw new UsageError('serve: there are no pipelines in pipelines/; name a file with --file');
    const parallel = wholeNumber('serve', 'parallel', values.parallel, 1) ?? 4;
    const grace = (wholeNumber('serve', 'grace', values.grace, 0) ?? 30) * 1000;
    for (const { pipeline: of } of found)
      if (of.options.schedule !== undefined) await scheduleOf(of.options.schedule, of.options.timezone);
    const opened = await store();
    using stop = aborted();
    output.err(`millrace: serving ${found.map((one) => one.pipeline.name).join(', ')} from ${opened.name}\n`);
    const underWay = new Map<string, string>();
    const tell = (): void => {
      const [runs, seconds] = [[...underWay.values()].join(', '), grace / 1000];
      const waits = `; waiting up to ${seconds} s for ${runs}; a second signal cancels what is left`;
      output.err(`millrace: ending, nothing more is begun${runs === '' ? '' : waits}\n`);
    };
    stop.first.addEventListener('abort', tell, { once: true });
    await shown(output, { json, many: true, log: values.log }, ({ onEvent }) =>
      serve(
        found.map((one) => one.pipeline),
        {
          store: opened,
          parallel,
          grace,
          signal: stop.first,
          cancel: stop.second,
          onEvent: (event, context) => {
            const { type, run, pipeline: of } = event;
            if (type === 'run.started') underWay.set(run, `${of} ${shortId(run)}`);
            if (type === 'run.finished') underWay.delete(run);
            return onEvent(event, context);
          },
          onProblem: (error) => output.err(`millrace: ${error instanceof Error ? error.message : String(error)}\n`),
        },
      ),
    );
    output.err('millrace: ended\n');
    return 0;
  },
});
