import { paramSchemaOf } from '../../schema/column-type.ts';
import type { DataType } from '../../schema/dtype.ts';
import { type Node, waitsFor } from '../graph.ts';
import type { Pipeline } from '../pipeline.ts';
import { pythonText, pythonValue, templated } from './python.ts';

export interface AirflowOptions {
  /** The file that exports the pipeline, as the folder knows it. */
  readonly file: string;
  /** Where the tasks run: the project, with its node_modules. */
  readonly folder: string;
  /** How millrace is called there. Default `'npx millrace'`. */
  readonly command?: string;
  /** The run store; by default the command's own. */
  readonly store?: string;
  /** From when on Airflow has runs, `2026-01-05`; by default the pipeline's `start`, else today. */
  readonly start?: string;
}

/** The exit code of a step that was skipped. */
export const SKIPPED_EXIT = 3;

/**
 * A pipeline as a DAG file of Airflow 2.10 or 3: a task a step, which calls the command line with the interval and the
 * params of Airflow's run. Dependencies, retries and timeouts are Airflow's then, and what a step gives is kept in the
 * files beside the run store, which all workers must reach.
 */
export function airflowDag(pipeline: Pipeline<unknown>, options: AirflowOptions): string {
  const { name, graph } = pipeline;
  const ids = taskIds(graph.nodes);
  const tasks = graph.nodes.map((node) => `    ${pythonText(ids.get(node) ?? '')}: ${taskOf(node, ids)},`);
  const edges = graph.nodes.flatMap((node) =>
    waitsFor(node).map(
      (from) => `    tasks[${pythonText(ids.get(from) ?? '')}] >> tasks[${pythonText(ids.get(node) ?? '')}]`,
    ),
  );
  return `# Made by: millrace export airflow ${name}. Change the pipeline in ${options.file} and make it anew.
${poolsOf(pipeline)}from datetime import timedelta

import pendulum

try:  # Airflow 3
    from airflow.providers.standard.operators.bash import BashOperator
    from airflow.sdk import DAG, Param
except ImportError:  # Airflow 2
    from airflow import DAG
    from airflow.models.param import Param
    from airflow.operators.bash import BashOperator
from airflow.timetables.interval import CronDataIntervalTimetable

COMMAND = ${pythonText(commandOf(pipeline, options))}
ENV = {
${envOf(pipeline)
  .map(([key, value]) => `    ${pythonText(key)}: ${pythonText(value)},`)
  .join('\n')}
}


def step(task_id, name, **options):
    return BashOperator(
        task_id=task_id,
        bash_command=COMMAND,
        env={**ENV, 'MILLRACE_STEP': name},
        append_env=True,
        cwd=${pythonText(options.folder)},
        skip_on_exit_code=${SKIPPED_EXIT},
        **options,
    )


with DAG(
${dagArguments(pipeline, options)
  .map(([key, value]) => `    ${key}=${value},`)
  .join('\n')}
):
    tasks = {
${tasks.map((task) => `    ${task}`).join('\n')}
    }
${edges.length === 0 ? '' : `${edges.join('\n')}\n`}`;
}

/** Task ids may have letters, digits, \`_\`, \`-\` and \`.\`; no two steps have the same. */
function taskIds(nodes: readonly Node[]): ReadonlyMap<Node, string> {
  const taken = new Set<string>();
  return new Map(
    nodes.map((node) => {
      const plain = node.name
        .replaceAll('/', '.')
        .replaceAll(/[^\w.-]/g, '_')
        .slice(0, 200);
      let id = plain;
      for (let i = 2; taken.has(id); i++) id = `${plain}_${i}`;
      taken.add(id);
      return [node, id];
    }),
  );
}

function taskOf(node: Node, ids: ReadonlyMap<Node, string>): string {
  const { retries, timeout, pool } = node.options;
  const rule = TRIGGER_RULES[node.join];
  const named = [
    ...(retries === undefined ? [] : [`retries=${retries}`]),
    ...(timeout === undefined ? [] : [`execution_timeout=${milliseconds(timeout)}`]),
    ...(pool === undefined ? [] : [`pool=${pythonText(pool)}`]),
    ...(rule === DEFAULT_RULE ? [] : [`trigger_rule=${pythonText(rule)}`]),
  ];
  return `step(${[pythonText(ids.get(node) ?? ''), pythonText(templated(node.name)), ...named].join(', ')})`;
}

/** Pools of Airflow's are no pipeline's own: they are made once, by hand. */
function poolsOf({ name, options: { pools = {} } }: Pipeline<unknown>): string {
  const made = Object.entries(pools).map(
    ([pool, places]) =>
      `#   airflow pools set ${shellText(pool.replaceAll(/\s/g, ' '))} ${places} ${shellText(`of ${name}`)}\n`,
  );
  const head = '# Airflow starts no task whose pool it does not have. Make these first:\n';
  return made.length === 0 ? '' : `${head}${made.join('')}`;
}

const DEFAULT_RULE = 'none_failed';

/** Whether a step is skipped is decided by itself, so that the run store knows; what failed keeps it from being called. */
const TRIGGER_RULES: Readonly<Record<Node['join'], string>> = {
  all: 'none_failed',
  any: 'all_done',
  done: 'all_done',
  ended: 'none_failed',
};

const INTERVAL = ' --from "$MILLRACE_FROM" --to "$MILLRACE_TO"';
/** A run that was started by hand may have none: it is about the last interval that ended then. */
const HAS_INTERVAL = 'data_interval_start is defined and data_interval_start';

/** What a shell runs; all that is not fixed is in its environment, so that no text is read as code. */
function commandOf(
  { name, params, options }: Pipeline<unknown>,
  { command = 'npx millrace', file, store }: AirflowOptions,
): string {
  const given = paramSchemaOf(params).map(
    ({ name: param }, i) =>
      `{% if params[${pythonText(param)}] is not none %} --param ${shellText(`${param}=`)}"$MILLRACE_PARAM_${i}"{% endif %}`,
  );
  return [
    `exec ${templated(command)} run ${shellText(name)} --only "$MILLRACE_STEP" --file ${templated(shellText(file))}`,
    ` --retries 0 --run "$MILLRACE_RUN"${options.schedule === undefined ? INTERVAL : `{% if ${HAS_INTERVAL} %}${INTERVAL}{% endif %}`}`,
    ...(store === undefined ? [] : [` --store ${templated(shellText(store))}`]),
    ...given,
  ].join('');
}

function envOf({ params }: Pipeline<unknown>): (readonly [string, string])[] {
  // A run of Airflow 3 that was started by hand may have no interval.
  const moment = (of: string): string => `{{ (${of} | default(dag_run.run_after, true)).isoformat() }}`;
  return [
    ['MILLRACE_RUN', '{{ dag.dag_id }}.{{ run_id }}'],
    ['MILLRACE_FROM', moment('data_interval_start')],
    ['MILLRACE_TO', moment('data_interval_end')],
    ...paramSchemaOf(params).map(
      ({ name, dtype }, i) => [`MILLRACE_PARAM_${i}`, `{{ params[${pythonText(name)}]${filterOf(dtype)} }}`] as const,
    ),
  ];
}

/** How a value of Python is written as the command line reads it. */
function filterOf({ id }: DataType): string {
  if (id === 'boolean') return ' | string | lower';
  return id === 'json' || id === 'list' || id === 'struct' ? ' | tojson' : '';
}

function dagArguments(pipeline: Pipeline<unknown>, { start }: AirflowOptions): (readonly [string, string])[] {
  const { name, options } = pipeline;
  const { schedule, timezone = 'UTC', retry = {} } = options;
  const zone = pythonText(timezone);
  const begins = start ?? (options.start ?? new Date()).toISOString().slice(0, 10);
  const defaults = [
    `'retries': ${options.retries ?? 0}`,
    `'retry_delay': ${milliseconds(retry.baseDelay ?? 1000)}`,
    `'max_retry_delay': ${milliseconds(retry.maxDelay ?? 60_000)}`,
    "'retry_exponential_backoff': True",
    `'trigger_rule': ${pythonText(DEFAULT_RULE)}`,
    ...(options.timeout === undefined ? [] : [`'execution_timeout': ${milliseconds(options.timeout)}`]),
  ];
  return [
    ['dag_id', pythonText(name)],
    ...(options.description === undefined ? [] : [['description', pythonText(options.description)] as const]),
    [
      'schedule',
      schedule === undefined
        ? 'None'
        : `CronDataIntervalTimetable(${pythonText(schedule)}, timezone=pendulum.timezone(${zone}))`,
    ],
    ['start_date', `pendulum.parse(${pythonText(begins)}, tz=${zone})`],
    ['catchup', options.catchup === true ? 'True' : 'False'],
    ['max_active_runs', String(options.maxRuns ?? 1)],
    ['max_active_tasks', String(options.concurrency ?? 4)],
    ['params', paramsOf(pipeline)],
    ['default_args', `{${defaults.join(', ')}}`],
  ];
}

function paramsOf({ params, options }: Pipeline<unknown>): string {
  const defaults: Readonly<Record<string, unknown>> = { ...options.defaults };
  const each = paramSchemaOf(params).map(({ name, dtype, nullable }) => {
    // The tasks take a secret of their own environment: nothing is given where it is None.
    const isSecret = options.secrets?.includes(name) === true;
    const value = isSecret ? null : (defaults[name] ?? (nullable ? null : undefined));
    const type = JSON_TYPES[dtype.id] ?? 'string';
    const types = nullable || isSecret ? `['null', ${pythonText(type)}]` : pythonText(type);
    return `${pythonText(name)}: Param(${value === undefined ? '' : `${pythonValue(value)}, `}type=${types})`;
  });
  return `{${each.join(', ')}}`;
}

/** The types of JSON schemas; all other values are texts. */
const JSON_TYPES: Readonly<Record<string, string>> = {
  int: 'integer',
  bigint: 'integer',
  float: 'number',
  boolean: 'boolean',
  list: 'array',
  struct: 'object',
};

function milliseconds(time: number): string {
  return `timedelta(milliseconds=${time})`;
}

function shellText(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
