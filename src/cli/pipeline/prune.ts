import { pruneRuns } from '../../pipeline/prune.ts';
import { momentText } from '../../pipeline/schedule/interval-text.ts';
import { showCount } from '../../show-count.ts';
import { type Command, UsageError } from '../command.ts';
import { shortId } from './event-text.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { textTable } from './text-table.ts';

/** Removes old runs. */
export const pruneCommand: Command = pipelineCommand({
  name: 'prune',
  summary: 'remove old runs, with their logs and files',
  takes: [],
  help: `Removes runs that ended long ago, with their logs, kept frames and quarantined
rows, of the files those of this machine. Runs that are queued or under way stay; of a schedule also
the last, by which the next is known, and those with which serve goes on. An interval whose run is
removed counts as never run: backfill runs it again.

  --older-than <t>
                  ended longer ago than that: 30d, 12h, 8w
  --pipeline <p>  only runs of this pipeline
  --dry-run       only say what would be removed
${COMMON_HELP}
  --json          as JSON: { removed, bytes }, with the bytes of each run
  --help          print this`,
  options: { 'older-than': { type: 'string' }, pipeline: { type: 'string' }, 'dry-run': { type: 'boolean' } },
  async run({ values, store, json, output }) {
    const { pipeline, 'dry-run': dryRun = false } = values;
    const before = new Date(Date.now() - ageOf(values['older-than']));
    const removed = await pruneRuns(await store(), { before, dryRun, ...(pipeline === undefined ? {} : { pipeline }) });
    const bytes = removed.reduce((sum, one) => sum + one.bytes, 0);
    if (json) output.out(`${JSON.stringify({ removed, bytes })}\n`);
    else {
      const rows = removed.map((run) => [
        shortId(run.id),
        run.pipeline,
        run.state,
        run.finished === null ? '' : momentText(run.finished),
        showCount(run.bytes, 'byte'),
      ]);
      if (rows.length > 0) output.out(textTable(['RUN', 'PIPELINE', 'STATE', 'ENDED', 'FILES'], rows));
      const what = `${showCount(rows.length, 'run')}, ${showCount(bytes, 'byte')} of files`;
      output.err(`millrace: ${dryRun ? 'would remove' : 'removed'} ${what}\n`);
    }
    return 0;
  },
});

const UNITS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000, w: 604_800_000 };

function ageOf(text = ''): number {
  const [, count, unit = ''] = /^(\d+)([hdw])$/.exec(text) ?? [];
  if (count !== undefined) return Number(count) * (UNITS[unit] ?? 0);
  const what = text === '' ? 'is missing' : `${JSON.stringify(text)} is no age`;
  throw new UsageError(`prune: --older-than ${what}. Write it as 30d, 12h or 8w.`);
}
