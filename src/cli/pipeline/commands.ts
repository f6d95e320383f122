import type { Command } from '../command.ts';
import { backfillCommand } from './backfill.ts';
import { clearCommand } from './clear.ts';
import { exportCommand } from './export.ts';
import { listCommand } from './list.ts';
import { logsCommand } from './logs.ts';
import { pauseCommand, unpauseCommand } from './pause.ts';
import { pruneCommand } from './prune.ts';
import { resumeCommand } from './resume.ts';
import { retryCommand } from './retry.ts';
import { runsCommand } from './runs.ts';
import { serveCommand } from './serve.ts';
import { showCommand } from './show.ts';
import { testCommand } from './test.ts';
import { triggerCommand } from './trigger.ts';

/** The commands of pipelines, but for `run`, in the order of the help. */
export const PIPELINE_COMMANDS: readonly Command[] = [
  listCommand,
  showCommand,
  testCommand,
  serveCommand,
  triggerCommand,
  pauseCommand,
  unpauseCommand,
  backfillCommand,
  runsCommand,
  logsCommand,
  resumeCommand,
  retryCommand,
  clearCommand,
  pruneCommand,
  exportCommand,
];
