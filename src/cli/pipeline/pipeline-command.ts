import type { ParseArgsConfig } from 'node:util';
import { MillraceError } from '../../errors.ts';
import type { Pipeline } from '../../pipeline/pipeline.ts';
import { openRunStore } from '../../pipeline/store/open.ts';
import type { RunStore, StoredRun } from '../../pipeline/store/store.ts';
import { type Command, type ExitCode, type Output, UsageError } from '../command.ts';
import { parsed } from '../parsed.ts';
import { type Found, findPipeline, findPipelines, type Pipelines } from './find.ts';

/** Options of every command of pipelines. */
const COMMON = {
  file: { type: 'string', multiple: true },
  store: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** How they stand in the help of each. */
export const COMMON_HELP = `  --file <f>      a file that exports pipelines, also several times; by default
                  those in pipelines/
  --store <s>     where runs are kept, a file or a PostgreSQL url; by default
                  $MILLRACE_STORE, else .millrace/runs.db`;

export const EXIT_HELP = 'Exit codes: 0 done, 1 it failed, 2 the call was wrong.';

const DEFAULT_STORE = '.millrace/runs.db';
const DEFAULT_FILES = '.millrace/files';

type Options = NonNullable<ParseArgsConfig['options']>;
type Values<O extends Options> = ReturnType<typeof parsed<O & typeof COMMON>>['values'];

/** A call of a command, understood. */
export interface Call<O extends Options> {
  readonly values: Values<O>;
  /** What it takes besides its options. */
  readonly given: readonly string[];
  readonly json: boolean;
  readonly output: Output;
  /** The run store, opened when it is asked for and closed when the command ends. */
  store(): Promise<RunStore>;
  pipelines(): Promise<Pipelines>;
  pipeline(name: string): Promise<Found>;
  /** A run by its id, or by how its id begins. */
  run(id: string): Promise<StoredRun>;
  /** The pipeline of a run. */
  pipelineOf(run: StoredRun): Promise<Pipeline<unknown>>;
}

interface Spec<O extends Options> {
  readonly name: string;
  readonly summary: string;
  /** What it does, in a paragraph, and its options. */
  readonly help: string;
  /** What it takes besides options, such as `PIPELINE`; `[PIPELINE]` may be left out. */
  readonly takes: readonly string[];
  readonly options: O;
  run(call: Call<O>): Promise<ExitCode>;
}

/** A command that works on pipelines or their runs. */
export function pipelineCommand<const O extends Options>(spec: Spec<O>): Command {
  const { name, summary, takes, options } = spec;
  const help = `millrace ${[name, ...takes].join(' ')} [options]\n\n${wrapped(spec.help)}\n\n${EXIT_HELP}`;
  const run = async (args: readonly string[], output: Output): Promise<ExitCode> => {
    const { values, positionals } = parsed(name, args, { ...options, ...COMMON });
    const common = values as ReturnType<typeof parsed<typeof COMMON>>['values'];
    if (common.help === true) {
      output.out(`${help}\n`);
      return 0;
    }
    checkGiven(name, takes, positionals);
    const opened: RunStore[] = [];
    const store = async (): Promise<RunStore> => {
      const [open = await opening(common.store ?? process.env.MILLRACE_STORE ?? DEFAULT_STORE)] = opened;
      if (opened.length === 0) opened.push(open);
      return open;
    };
    try {
      return await spec.run({
        values: values as Values<O>,
        given: positionals,
        json: common.json === true,
        output,
        store,
        pipelines: () => findPipelines(common.file),
        pipeline: (of) => findPipeline(of, common.file ?? [], output.err),
        run: async (id) => runOf(await store(), id),
        pipelineOf: async (of) => (await findPipeline(of.pipeline, common.file ?? [], output.err)).pipeline,
      });
    } finally {
      for (const one of opened) await one.close();
    }
  };
  return { name, summary, help, run };
}

/** A help whose first paragraph is in lines of 80 characters. */
function wrapped(help: string): string {
  const [paragraph = '', ...others] = help.split('\n\n');
  const lines = paragraph
    .replaceAll('\n', ' ')
    .replaceAll(/(.{1,80})(?: |$)/g, '$1\n')
    .trimEnd();
  return [lines, ...others].join('\n\n');
}

function checkGiven(command: string, takes: readonly string[], given: readonly string[]): void {
  const missing = takes.find((one, i) => given[i] === undefined && !one.startsWith('['));
  if (missing !== undefined)
    throw new UsageError(`${command}: ${missing} is missing: millrace ${[command, ...takes].join(' ')}`);
  const extra = given[takes.length];
  if (extra !== undefined)
    throw new UsageError(`${command}: ${JSON.stringify(extra)} is too much: millrace ${[command, ...takes].join(' ')}`);
}

/** How many runs an abbreviated id is looked for among, the newest. */
const RUNS_BY_PREFIX = 10_000;

async function runOf(store: RunStore, id: string): Promise<StoredRun> {
  const run = await store.run(id);
  if (run !== undefined) return run;
  const alike = await runsLike(store, id);
  const [only] = alike;
  if (only !== undefined && alike.length === 1) return only;
  const what = alike.length === 0 ? 'there is no run' : `${alike.length} runs begin with`;
  throw new MillraceError({
    code: 'pipeline.run',
    message: `${what} ${JSON.stringify(id)} in ${store.name}. See millrace runs.`,
    details: { run: id, store: store.name },
  });
}

async function runsLike(store: RunStore, id: string): Promise<StoredRun[]> {
  const all = id === '' ? [] : await store.runs({ limit: RUNS_BY_PREFIX });
  return all.filter((one) => one.id.startsWith(id));
}

/** Refuses an id for a new run by which another one is meant, as the beginning of its id. */
export async function checkNewId(store: RunStore, id: string): Promise<void> {
  if ((await store.run(id)) !== undefined) return;
  const [other] = await runsLike(store, id);
  if (other === undefined) return;
  throw new UsageError(
    `run: ${JSON.stringify(id)} is how the id of the run ${other.id} begins. To go on with that: millrace resume ${id}, or its whole id and --only. A new run needs another id.`,
  );
}

/** Files beside a database are where those beside a file would be. */
function opening(place: string): Promise<RunStore> {
  return openRunStore(place, /^postgres(ql)?:/i.test(place) ? { folder: DEFAULT_FILES } : {});
}
