import { goneBefore } from '../../pipeline/restart.ts';
import { clearStep } from '../../pipeline/resume.ts';
import type { Command } from '../command.ts';
import { shortId } from './event-text.ts';
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
  --json          as JSON: { run, cleared, again }
  --help          print this`,
  options: {},
  async run({ given: [id = '', step = ''], run: find, store, json, output }) {
    const run = await find(id);
    const opened = await store();
    const cleared = await clearStep(opened, run.id, step);
    const again = goneBefore(await opened.steps(run.id), cleared);
    const also = again.length === 0 ? '' : ` That runs ${again.join(', ')} again, too: what they gave is not kept.`;
    if (json) output.out(`${JSON.stringify({ run: run.id, cleared, again })}\n`);
    else output.err(`millrace: cleared ${cleared.join(', ')}. Run them: millrace resume ${shortId(run.id)}.${also}\n`);
    return 0;
  },
});
