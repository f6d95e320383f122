import type { Pipeline } from '../../pipeline/pipeline.ts';
import { type RunPipelineOptions, runPipeline } from '../../pipeline/run.ts';
import type { StoredRun } from '../../pipeline/store/store.ts';
import type { Command } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { exitOf, RUNNING, shown } from './run-pipeline.ts';
import { givenOf } from './values.ts';

/** A command that runs what an earlier run was about; `runOf` says how. */
export function againCommand(
  of: { readonly name: string; readonly summary: string; readonly help: string },
  runOf: (run: StoredRun, pipeline: Pipeline<unknown>, given: Readonly<Record<string, unknown>>) => RunPipelineOptions,
): Command {
  return pipelineCommand({
    ...of,
    takes: ['RUN'],
    help: `${of.help}

  --param <p>     a secret, name=value; also several times
  --log <f>       add structured logs to a file, - for standard output (pino)
  --no-progress   plain lines on a terminal, too
${COMMON_HELP}
  --json          an event a line on standard output
  --help          print this`,
    options: { param: { type: 'string', multiple: true }, ...RUNNING },
    async run({ given: [id = ''], values, run: find, pipelineOf, store: open, json, output }) {
      const run = await find(id);
      const pipeline = await pipelineOf(run);
      const store = await open();
      const view = { json, progress: values['no-progress'] !== true, log: values.log };
      const options = runOf(run, pipeline, await givenOf(of.name, pipeline, values.param));
      const result = await shown(output, view, (watching) =>
        runPipeline(pipeline, { ...options, store, ...watching, handleSignals: true }),
      );
      return exitOf(result, output, true);
    },
  });
}
