import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { airflowDag } from '../../pipeline/airflow/dag.ts';
import { type Command, UsageError } from '../command.ts';
import { COMMON_HELP, pipelineCommand } from './pipeline-command.ts';

/** Writes a pipeline for another orchestrator. */
export const exportCommand: Command = pipelineCommand({
  name: 'export',
  summary: 'write a pipeline as a DAG file of Airflow',
  takes: ['airflow', 'PIPELINE'],
  help: `Writes a DAG file for Airflow 2.10 or 3, in which each step is a task that calls
millrace run --only STEP with the interval of the run.

  --output <f>    the file; by default standard output
  --folder <d>    where the tasks run: the project, with its node_modules; by
                  default this folder
  --start <t>     from when on Airflow has runs, 2026-01-05; by default the
                  pipeline's start, else today
  --command <c>   how millrace is called there; by default npx millrace
${COMMON_HELP}
  --help          print this`,
  options: {
    output: { type: 'string' },
    folder: { type: 'string' },
    start: { type: 'string' },
    command: { type: 'string' },
  },
  async run({ given: [kind, name = ''], values, pipeline: find, output }) {
    if (kind !== 'airflow') throw new UsageError(`export: ${JSON.stringify(kind)} is unknown; there is airflow`);
    const { pipeline, file } = await find(name);
    const dag = airflowDag(pipeline, {
      file,
      folder: resolve(values.folder ?? '.'),
      command: values.command ?? 'npx millrace',
      ...(values.store === undefined ? {} : { store: values.store }),
      ...(values.start === undefined ? {} : { start: values.start }),
    });
    if (values.output === undefined) output.out(dag);
    else writeFileSync(values.output, dag);
    return 0;
  },
});
