import { localText } from '../../pipeline/schedule/interval-text.ts';
import { scheduleOf } from '../../pipeline/schedule/schedule.ts';
import type { RunStore } from '../../pipeline/store/store.ts';
import type { Command } from '../command.ts';
import { secondText } from './event-text.ts';
import type { Found } from './find.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { textTable } from './text-table.ts';

/** Prints the pipelines there are. */
export const listCommand: Command = pipelineCommand({
  name: 'list',
  summary: 'the pipelines there are, and when they are due',
  takes: [],
  help: `Prints the pipelines, when each is due next, and how its last run ended.

${COMMON_HELP}
  --json          as JSON: an array of pipelines
  --help          print this`,
  options: {},
  async run({ pipelines, store, json, output }) {
    const listed = [];
    const { found, broken } = await pipelines();
    for (const one of found) listed.push(await listedOf(one, await store()));
    for (const one of broken) output.err(`millrace: ${one}\n`);
    if (json) output.out(`${JSON.stringify(listed, null, 2)}\n`);
    else if (listed.length === 0 && broken.length === 0)
      output.err('There are no pipelines in pipelines/. Name a file with --file.\n');
    else if (listed.length > 0)
      output.out(
        textTable(
          ['PIPELINE', 'SCHEDULE', 'NEXT', 'LAST RUN', 'FILE'],
          listed.map(({ name, schedule, timezone, paused, next, last, file }) => [
            name,
            schedule === null ? '' : `${schedule}${timezone === 'UTC' ? '' : ` ${timezone}`}`,
            paused ? 'paused' : next === null ? '' : localText(next, timezone),
            last === null ? '' : `${last.state} ${secondText(last.queued)}`,
            file,
          ]),
        ),
      );
    return broken.length > 0 ? 1 : 0;
  },
});

interface Listed {
  readonly name: string;
  readonly file: string;
  readonly schedule: string | null;
  readonly timezone: string;
  readonly paused: boolean;
  readonly next: Date | null;
  readonly last: { readonly id: string; readonly state: string; readonly queued: Date } | null;
}

async function listedOf({ pipeline: { name, options }, file }: Found, store: RunStore): Promise<Listed> {
  const { schedule = null, timezone = 'UTC' } = options;
  const [last] = await store.runs({ pipeline: name, limit: 1 });
  return {
    name,
    file,
    schedule,
    timezone,
    paused: (await store.schedule(name)).paused,
    next: schedule === null ? null : (await scheduleOf(schedule, timezone)).after(new Date()),
    last: last === undefined ? null : { id: last.id, state: last.state, queued: last.queued },
  };
}
