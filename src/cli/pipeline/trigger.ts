import { randomUUID } from 'node:crypto';
import { codeVersion } from '../../pipeline/fingerprint.ts';
import { keptParams } from '../../pipeline/kept-params.ts';
import { intervalText } from '../../pipeline/schedule/interval-text.ts';
import { type Command, UsageError } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { intervalOf, paramsOf } from './values.ts';

/** Queues a run. */
export const triggerCommand: Command = pipelineCommand({
  name: 'trigger',
  summary: 'have serve run a pipeline now',
  takes: ['PIPELINE'],
  help: `Queues a run, which a process that serves from the run store begins. (millrace run
runs it here.)

  --param <p>     a param, name=value; also several times
  --from <t>      the interval it is about, as 2026-01-05 or 2026-01-05T06:00
  --to <t>        in the pipeline's time zone; by default the schedule's last
                  that ended; without a schedule from now to now
${COMMON_HELP}
  --json          as JSON: { run, pipeline, interval }
  --help          print this`,
  options: { param: { type: 'string', multiple: true }, from: { type: 'string' }, to: { type: 'string' } },
  async run({ given: [name = ''], values, pipeline: find, store, json, output }) {
    const { pipeline } = await find(name);
    const params = await paramsOf('trigger', pipeline, values.param);
    const kept = keptParams(pipeline, params);
    const secret = pipeline.options.secrets?.find((one) => Object.hasOwn(kept, one));
    if (secret !== undefined)
      throw new UsageError(
        `trigger: the param ${JSON.stringify(secret)} is a secret, and secrets are not kept. Run it here: millrace run ${name}`,
      );
    const now = new Date();
    const interval = (await intervalOf('trigger', pipeline, values, output)) ?? { from: now, to: now };
    const run = { id: randomUUID(), pipeline: name, interval, trigger: 'manual' as const, params: kept };
    await (await store()).addRun({ ...run, codeVersion: codeVersion(pipeline.graph.nodes, pipeline.options.version) });
    if (json) output.out(`${JSON.stringify({ run: run.id, pipeline: name, interval })}\n`);
    else
      output.err(
        `millrace: run ${run.id} of ${name}, ${intervalText(interval, pipeline.options.timezone)}, is queued; millrace serve begins it\n`,
      );
    return 0;
  },
});
