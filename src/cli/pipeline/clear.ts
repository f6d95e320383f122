import { clearStep } from '../../pipeline/resume.ts';
import type { Command } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';

/** Makes steps of a run forget that they ran. */
export const clearCommand: Command = pipelineCommand({
  name: 'clear',
  summary: 'forget a step of a run, to run it again by resume',
  takes: ['RUN', 'STEP'],
  help: `Makes a step of a run, and all steps that depend on it, as if they had not run;
millrace resume RUN runs them again. Their loads are other loads then, and load
again.

${COMMON_HELP}
  --json          as JSON: { run, cleared }
  --help          print this`,
  options: {},
  async run({ given: [id = '', step = ''], run: find, store, json, output }) {
    const run = await find(id);
    const cleared = await clearStep(await store(), run.id, step);
    if (json) output.out(`${JSON.stringify({ run: run.id, cleared })}\n`);
    else output.err(`millrace: cleared ${cleared.join(', ')}. Run them: millrace resume ${run.id.slice(0, 8)}\n`);
    return 0;
  },
});
