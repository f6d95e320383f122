import { noStep } from '../../pipeline/begin.ts';
import { intervalText } from '../../pipeline/schedule/interval-text.ts';
import type {
  RunStore,
  StoredAttempt,
  StoredCheck,
  StoredLog,
  StoredQuarantine,
  StoredRun,
  StoredStep,
} from '../../pipeline/store/store.ts';
import { showCount } from '../../show-count.ts';
import type { Command } from '../command.ts';
import { logText, pathText, tookText } from './event-text.ts';
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

  --step <s>      this step alone
${COMMON_HELP}
  --json          { run, steps, attempts, checks, quarantined, logs } as JSON
  --help          print this`,
  options: { step: { type: 'string' } },
  async run({ given: [id = ''], values, store, run: find, pipelines, json, output }) {
    const run = await find(id);
    const opened = await store();
    const logged = await loggedOf(run, opened, values.step);
    if (json) output.out(`${JSON.stringify(logged)}\n`);
    else output.out(textOf(logged, (await zonesOf(pipelines)).get(run.pipeline)));
    return 0;
  },
});

interface Logged {
  readonly run: StoredRun;
  readonly steps: readonly StoredStep[];
  readonly attempts: readonly StoredAttempt[];
  readonly checks: readonly StoredCheck[];
  readonly quarantined: readonly StoredQuarantine[];
  readonly logs: readonly StoredLog[];
}

/** What is written down of a run, or of one of its steps. */
async function loggedOf(run: StoredRun, store: RunStore, only: string | undefined): Promise<Logged> {
  const steps = await store.steps(run.id);
  const names = steps.map(({ name }) => name);
  if (only !== undefined && !names.includes(only)) throw noStep(`The run ${run.id}`, only, names);
  const of = <R extends { readonly step: string }>(all: readonly R[]): R[] =>
    all.filter(({ step }) => only === undefined || step === only);
  return {
    run,
    steps: steps.filter(({ name }) => only === undefined || name === only),
    attempts: of(await store.attempts(run.id)),
    checks: of(await store.checks(run.id)),
    quarantined: of(await store.quarantined(run.id)),
    logs: await store.logs(run.id, only),
  };
}

function textOf({ run, steps, attempts, checks, quarantined, logs }: Logged, timezone: string | undefined): string {
  const { id, pipeline, state, interval } = run;
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
    const what = rule.rule === step ? 'does not hold' : `${rule.rule}: ${showCount(rule.failures, 'row')}`;
    return `${step}: ${what}\n${samples}`;
  });
  const rejected = quarantined.map(
    ({ step, rows: count, path }) =>
      `${step}: ${showCount(count, 'row')} quarantined${path === null ? '' : ` in ${pathText(path)}`}\n`,
  );
  const parts = [
    `run ${id} of ${pipeline}: ${state}, ${intervalText(interval, timezone)}\n`,
    textTable(['STEP', 'STATE', 'ATTEMPTS', 'ROWS', 'TOOK', 'WHY'], rows),
    errors.join(''),
    broken.join(''),
    rejected.join(''),
  ];
  return `${parts.filter((part) => part !== '').join('\n')}\n${logs.map(lineOf).join('')}`;
}

function lineOf(line: StoredLog): string {
  return `${line.time.toISOString()} ${logText(line)}\n`;
}
