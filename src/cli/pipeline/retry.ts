import { revivedParams } from '../../pipeline/params.ts';
import { runPipeline } from '../../pipeline/run.ts';
import type { Command } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { exitOf, RUNNING, shown } from './run-pipeline.ts';

/** Runs the interval and the params of a run anew. */
export const retryCommand: Command = pipelineCommand({
  name: 'retry',
  summary: 'run the interval and params of a run once more',
  takes: ['RUN'],
  help: `Runs all steps once more, as a new run with the interval and the params of RUN.
What was loaded under a loadId is not loaded twice. To go on where it failed,
use millrace resume.

  --log <f>       add structured logs to a file, - for standard output (pino)
  --no-progress   plain lines on a terminal, too
${COMMON_HELP}
  --json          an event a line on standard output
  --help          print this`,
  options: RUNNING,
  async run({ given: [id = ''], values, run: find, pipelineOf, store, json, output }) {
    const run = await find(id);
    const pipeline = await pipelineOf(run);
    const opened = await store();
    const view = { json, progress: values['no-progress'] !== true, log: values.log };
    const { interval } = run;
    const params = revivedParams(pipeline, run.params);
    const result = await shown(output, view, (onEvent) =>
      runPipeline(pipeline, { interval, params, trigger: 'retry', store: opened, onEvent, handleSignals: true }),
    );
    return exitOf(result, output, true);
  },
});
