import { existsSync, readdirSync, statSync } from 'node:fs';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { didYouMean, MillraceError } from '../../errors.ts';
import { isPipeline, type Pipeline } from '../../pipeline/pipeline.ts';
import { UsageError } from '../command.ts';
import { isScript, meansFor, needsTsx, runnerOf } from '../runner.ts';

/** A pipeline and the file that exports it. */
export interface Found {
  readonly pipeline: Pipeline<unknown>;
  readonly file: string;
}

/** Where pipelines are looked for when no file is named. */
const FOLDER = 'pipelines';

/** What files export, and why some cannot be loaded. */
export interface Pipelines {
  readonly found: readonly Found[];
  readonly broken: readonly string[];
}

/** The pipelines that files export, by default those in `pipelines/`, by name. */
export async function findPipelines(files: readonly string[] = []): Promise<Pipelines> {
  const found: Found[] = [];
  const broken: string[] = [];
  for (const file of files.length > 0 ? files : defaultFiles()) {
    let own: Pipeline<unknown>[];
    try {
      own = await pipelinesOf(file);
    } catch (error) {
      if (error instanceof UsageError) throw error;
      broken.push(`${file} cannot be loaded: ${firstLine(error, file)}`);
      continue;
    }
    if (own.length === 0 && files.length > 0) {
      throw new UsageError(
        `${file} exports no pipeline. Write: export default pipeline('name', { ... }, (p) => { ... })`,
      );
    }
    for (const pipeline of own) {
      const other = found.find((one) => one.pipeline.name === pipeline.name);
      if (other !== undefined) {
        throw new UsageError(
          `${other.file} and ${file} both have a pipeline ${JSON.stringify(pipeline.name)}. Rename one.`,
        );
      }
      found.push({ pipeline, file });
    }
  }
  return { found: found.sort((a, b) => (a.pipeline.name < b.pipeline.name ? -1 : 1)), broken };
}

/** One pipeline by its name; what else cannot be loaded is told. */
export async function findPipeline(
  name: string,
  files: readonly string[],
  tell: (text: string) => void,
): Promise<Found> {
  const { found: all, broken } = await findPipelines(files);
  for (const one of broken) tell(`millrace: ${one}\n`);
  const found = all.find((one) => one.pipeline.name === name);
  if (found !== undefined) return found;
  const names = all.map((one) => one.pipeline.name);
  const where = files.length > 0 ? files.join(', ') : `the files of ${FOLDER}/`;
  const choices = names.length === 0 ? ' There is none: name its file with --file.' : ` There are ${names.join(', ')}.`;
  throw new UsageError(`there is no pipeline ${JSON.stringify(name)} in ${where}.${didYouMean(name, names)}${choices}`);
}

/** The time zones of pipelines, by name; runs are told without, where the pipelines cannot be loaded. */
export async function zonesOf(pipelines: () => Promise<Pipelines>): Promise<ReadonlyMap<string, string | undefined>> {
  const { found } = await pipelines().catch(() => ({ found: [] }));
  return new Map(found.map(({ pipeline: { name, options } }) => [name, options.timezone]));
}

function defaultFiles(): string[] {
  if (!existsSync(FOLDER)) return [];
  return readdirSync(FOLDER)
    .filter((name) => isScript(name) && !/\.(test|d)\.[cm]?ts$/.test(name))
    .sort()
    .map((name) => join(FOLDER, name));
}

async function pipelinesOf(file: string): Promise<Pipeline<unknown>[]> {
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new UsageError(`there is no file ${JSON.stringify(file)} in ${process.cwd()}`);
  }
  const exported = await imported(file);
  // A module of CommonJS has its exports under `default`.
  const values = [...Object.values(exported), ...Object.values((exported.default as object | undefined) ?? {})];
  const pipelines = [...new Set(values)].filter(isPipeline);
  if (pipelines.length === 0 && values.some(isOfAnotherCopy)) {
    throw new UsageError(
      `${file} has a pipeline of another copy of millrace than this command. Where the file is CommonJS, write "type": "module" in package.json; else install millrace once.`,
    );
  }
  return pipelines;
}

/** Whether something is what another copy of this package calls a pipeline, such as one that `require` loaded. */
function isOfAnotherCopy(value: unknown): boolean {
  return typeof value === 'object' && value?.constructor.name === 'Pipeline' && !isPipeline(value);
}

async function imported(file: string): Promise<Readonly<Record<string, unknown>>> {
  await canImport(file);
  return (await import(pathToFileURL(resolve(file)).href)) as Readonly<Record<string, unknown>>;
}

/** What a file is broken by, in a line, and where. */
function firstLine(error: unknown, file: string): string {
  if (error instanceof MillraceError) return `${error.message} [${error.code}]`;
  if (!(error instanceof Error)) return String(error);
  // A heading such as "Transform failed with 1 error:" says nothing without the line below it.
  const [message = ''] = /^.*:\n.*|^.*/.exec(error.message) ?? [];
  const [, behind] = (error.stack ?? '').split(file);
  const [line] = /^(:\d+)+/.exec(behind ?? '') ?? [];
  const place = line === undefined ? undefined : `${file}${line}`;
  return `${message.replaceAll('\n', ' ')}${place === undefined || message.includes(place) ? '' : ` (${place})`}`;
}

let hasTsx = false;

/** Makes this process able to import TypeScript, by what `millrace run` runs scripts with. */
async function canImport(file: string): Promise<void> {
  if (hasTsx || !extname(file).endsWith('ts')) return;
  const means = meansFor(file);
  const { args } = runnerOf(file, means);
  if (means.tsx !== undefined) {
    await import(pathToFileURL(means.tsx.path).href);
    hasTsx = true;
  } else if (args.length > 0) {
    throw needsTsx(file, means.node);
  }
}
