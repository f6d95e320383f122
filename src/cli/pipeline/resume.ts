import type { Command } from '../command.ts';
import { againCommand } from './run-again.ts';

/** Goes on with a run. */
export const resumeCommand: Command = againCommand(
  {
    name: 'resume',
    summary: 'go on with a run that did not succeed',
    help: `Goes on with a run that failed, was cancelled, or whose process is gone: steps that
succeeded are not run again, as far as what they gave was kept or loads are left
to be done from it. RUN is its id, or how it begins.`,
  },
  ({ id }, _, params) => ({ resume: id, params }),
);
