import { revivedParams } from '../../pipeline/kept-params.ts';
import type { Command } from '../command.ts';
import { againCommand } from './run-again.ts';

/** Runs the interval and the params of a run anew. */
export const retryCommand: Command = againCommand(
  {
    name: 'retry',
    summary: 'run the interval and params of a run once more',
    help: `Runs all steps once more, as a new run with the interval and the params of RUN.
What was loaded under a loadId is not loaded twice. To go on where it failed,
use millrace resume.`,
  },
  ({ interval, params }, pipeline, given) => ({
    interval,
    params: revivedParams(pipeline, params, given),
    trigger: 'retry',
  }),
);
