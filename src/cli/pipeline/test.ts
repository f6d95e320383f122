import { runPipeline } from '../../pipeline/run.ts';
import type { Command } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { exitOf, RUNNING, shown } from './run-pipeline.ts';
import { intervalOf, paramsOf } from './values.ts';

/** Runs one step and writes nothing down. */
export const testCommand: Command = pipelineCommand({
  name: 'test',
  summary: 'run one step, recording nothing',
  takes: ['PIPELINE', 'STEP'],
  help: `Runs one step of a pipeline, and the steps it takes from as far as they load
nothing. Nothing is written to the run store; a step that loads does load.

  --param <p>     a param, name=value; also several times
  --from <t>      the interval it is about, as 2026-01-05 or 2026-01-05T06:00
  --to <t>        in the pipeline's time zone; by default the schedule's last
                  that ended; without a schedule from now to now
  --no-progress   plain lines on a terminal, too
${COMMON_HELP}
  --json          what it gave as JSON, with its rows, time and error
  --help          print this`,
  options: {
    param: { type: 'string', multiple: true },
    from: { type: 'string' },
    to: { type: 'string' },
    ...RUNNING,
  },
  async run({ given: [name = '', step = ''], values, pipeline: find, json, output }) {
    const { pipeline } = await find(name);
    const params = await paramsOf('test', pipeline, values.param);
    const interval = await intervalOf('test', pipeline, values, output);
    const { out: _, ...quiet } = output;
    const target = json ? { out: () => {}, ...quiet } : output;
    const view = { json, progress: values['no-progress'] !== true, log: values.log };
    const result = await shown(target, view, (watching) =>
      runPipeline(pipeline, {
        params,
        only: [step],
        trigger: 'test',
        ...watching,
        handleSignals: true,
        ...(interval === undefined ? {} : { interval }),
      }),
    );
    const tested = result.step(step);
    if (json) output.out(`${JSON.stringify(tested, null, 2)}\n`);
    else if (tested?.value !== undefined && tested.value !== null)
      output.out(`${JSON.stringify(tested.value, null, 2)}\n`);
    return exitOf(result, output, false);
  },
});
