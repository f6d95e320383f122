import type { RunStore, StoredLog, StoredRun } from '../../pipeline/store/store.ts';
import type { Command } from '../command.ts';
import { intervalText, logText, pathText, rowsText, tookText } from './event-text.ts';
import { zonesOf } from './find.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';
import { textTable } from './text-table.ts';

/** Prints what a run did and logged. */
export const logsCommand: Command = pipelineCommand({
  name: 'logs',
  summary: 'what a run did, and what it logged',
  takes: ['RUN'],
  help: `Prints the steps of a run, why some failed, the checks that did not hold, where
quarantined rows are, and what the steps logged. RUN is its id, or how it begins.

  --step <s>      only what this step logged
${COMMON_HELP}
  --json          as lines of JSON, a line of the log each
  --help          print this`,
  options: { step: { type: 'string' } },
  async run({ given: [id = ''], values, store, run: find, pipelines, json, output }) {
    const run = await find(id);
    const opened = await store();
    const logs = await opened.logs(run.id, values.step);
    if (json) for (const line of logs) output.out(`${JSON.stringify(line)}\n`);
    else
      output.out(
        `${values.step === undefined ? await summary(run, opened, (await zonesOf(pipelines)).get(run.pipeline)) : ''}${logs.map(lineOf).join('')}`,
      );
    return 0;
  },
});

async function summary(run: StoredRun, store: RunStore, timezone: string | undefined): Promise<string> {
  const { id, pipeline, state, interval } = run;
  const [steps, attempts, checks, quarantined] = await Promise.all([
    store.steps(id),
    store.attempts(id),
    store.checks(id),
    store.quarantined(id),
  ]);
  const rows = steps.map((step) => [
    step.name,
    step.state,
    step.attempts > 1 ? String(step.attempts) : '',
    step.rows === null ? '' : step.rows.out.toLocaleString('en-US'),
    tookText(step),
    step.reason ?? '',
  ]);
  const errors = attempts.flatMap(({ step, number, error }) =>
    error === null
      ? []
      : [`${step}, attempt ${number}: ${error.message}${error.code === null ? '' : ` [${error.code}]`}\n`],
  );
  const broken = checks.map(({ step, rule }) => {
    const samples = rule.rows.map((row) => `    ${JSON.stringify(row)}\n`).join('');
    return `${step}: ${rule.rule}: ${rowsText(rule.failures)}\n${samples}`;
  });
  const rejected = quarantined.map(
    ({ step, rows: count, path }) =>
      `${step}: ${rowsText(count)} quarantined${path === null ? '' : ` in ${pathText(path)}`}\n`,
  );
  const parts = [
    `run ${id} of ${pipeline}: ${state}, ${intervalText(interval, timezone)}\n`,
    textTable(['STEP', 'STATE', 'ATTEMPTS', 'ROWS', 'TOOK', 'WHY'], rows),
    errors.join(''),
    broken.join(''),
    rejected.join(''),
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n`;
}

function lineOf(line: StoredLog): string {
  return `${line.time.toISOString()} ${logText(line)}\n`;
}
