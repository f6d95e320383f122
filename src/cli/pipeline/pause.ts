import type { Command } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';

/** Keeps the schedule from running a pipeline. */
export const pauseCommand: Command = pausing('pause', true, 'keep a pipeline from being run by serve');
/** Lets the schedule run a pipeline again. */
export const unpauseCommand: Command = pausing('unpause', false, 'let serve run a pipeline again');

function pausing(name: string, paused: boolean, summary: string): Command {
  const told = paused
    ? 'Nothing of it is begun by serve; what runs goes on, and run and backfill still run it.'
    : 'With catchup the intervals that ended meanwhile are made up for; else the latest is.';
  return pipelineCommand({
    name,
    summary,
    takes: ['PIPELINE'],
    help: `${paused ? 'Pauses' : 'Unpauses'} a pipeline, in all processes that serve from the run store.
${told}

${COMMON_HELP}
  --json          as JSON: { pipeline, paused }
  --help          print this`,
    options: {},
    async run({ given: [of = ''], pipeline: find, store, json, output }) {
      const { pipeline } = await find(of);
      await (await store()).setPaused(pipeline.name, paused);
      if (json) output.out(`${JSON.stringify({ pipeline: pipeline.name, paused })}\n`);
      else output.err(`millrace: ${pipeline.name} is ${paused ? 'paused' : 'not paused'}\n`);
      return 0;
    },
  });
}
