import { runPipeline } from '../../pipeline/run.ts';
import type { Command } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { exitOf, RUNNING, shown } from './run-pipeline.ts';

/** Goes on with a run. */
export const resumeCommand: Command = pipelineCommand({
  name: 'resume',
  summary: 'go on with a run that did not succeed',
  takes: ['RUN'],
  help: `Goes on with a run that failed, was cancelled, or whose process is gone: steps that
succeeded are not run again, as far as what they gave was kept or loads are left
to be done from it. RUN is its id, or how it begins.

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
    const result = await shown(output, view, (onEvent) =>
      runPipeline(pipeline, { resume: run.id, store: opened, onEvent, handleSignals: true }),
    );
    return exitOf(result, output, true);
  },
});
