import { runPipeline } from '../../pipeline/run.ts';
import type { Command } from '../command.ts';
import { COMMON_HELP, checkNewId, pipelineCommand } from './pipeline-command.ts';
import { exitOf, RUNNING, shown } from './run-pipeline.ts';
import { intervalOf, paramsOf, wholeNumber } from './values.ts';

/** Runs a pipeline. What is a script by its name is run by the other command of this name. */
export const runPipelineCommand: Command = pipelineCommand({
  name: 'run',
  summary: 'run a pipeline, or a script, and tell what it loads',
  takes: ['PIPELINE'],
  help: `Runs a pipeline by its name and shows its steps. (millrace run FILE runs a script.)

  --param <p>     a param, name=value; also several times
  --from <t>      the interval it is about, as 2026-01-05 or 2026-01-05T06:00
  --to <t>        in the pipeline's time zone; by default the schedule's last
                  that ended; without a schedule from now to now
  --only <s>      this step alone; also several times; 3 where it is skipped
  --run <id>      the run's id; with --only, one that is gone on with
  --retries <n>   how often each step is tried again, whatever it says
  --log <f>       add structured logs to a file, - for standard output (pino)
  --no-progress   plain lines on a terminal, too
${COMMON_HELP}
  --json          an event a line on standard output
  --help          print this`,
  options: {
    param: { type: 'string', multiple: true },
    from: { type: 'string' },
    to: { type: 'string' },
    only: { type: 'string', multiple: true },
    run: { type: 'string' },
    retries: { type: 'string' },
    ...RUNNING,
  },
  async run({ given: [name = ''], values, pipeline: find, store, json, output }) {
    const { pipeline } = await find(name);
    const params = await paramsOf('run', pipeline, values.param);
    const interval = await intervalOf('run', pipeline, values, output);
    const retries = wholeNumber('run', 'retries', values.retries, 0);
    const opened = await store();
    if (values.run !== undefined) await checkNewId(opened, values.run);
    const view = { json, progress: values['no-progress'] !== true, log: values.log };
    const result = await shown(output, view, (watching) =>
      runPipeline(pipeline, {
        params,
        store: opened,
        ...watching,
        handleSignals: true,
        ...(interval === undefined ? {} : { interval }),
        ...(values.only === undefined ? {} : { only: values.only }),
        ...(retries === undefined ? {} : { retries }),
        ...(values.run === undefined ? {} : { id: values.run }),
      }),
    );
    const steps = (values.only ?? []).map((step) => result.step(step)?.state);
    const isSkipped = steps.length > 0 && steps.every((state) => state === 'skipped');
    return isSkipped ? 3 : exitOf(result, output, true);
  },
});
