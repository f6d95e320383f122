import { createRequire } from 'node:module';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from './command.ts';
import { installedVersion, isAtLeast } from './installed.ts';

/** What runs a script: its name, and the arguments that Node needs for it. */
export interface Runner {
  readonly name: string;
  readonly args: readonly string[];
}

/** What there is to run TypeScript with. */
export interface Means {
  /** The version of Node. */
  readonly node: string;
  /** Whether Node runs TypeScript without being asked. */
  readonly stripsTypes: boolean;
  /** The place of the package tsx and its version, as the script finds it. */
  readonly tsx: { readonly path: string; readonly version: string } | undefined;
}

const JAVASCRIPT = ['.js', '.mjs', '.cjs'];
const TYPESCRIPT = ['.ts', '.mts', '.cts'];

/** Whether a name is that of a script. */
export function isScript(file: string): boolean {
  return [...JAVASCRIPT, ...TYPESCRIPT].includes(extname(file));
}

/** Chooses what runs a script: Node where it is JavaScript; tsx where it is installed, else Node's own type stripping. */
export function runnerOf(file: string, { node, stripsTypes, tsx }: Means): Runner {
  const ending = extname(file);
  if (JAVASCRIPT.includes(ending)) return { name: `Node ${node}`, args: [] };
  if (!TYPESCRIPT.includes(ending)) {
    const known = [...TYPESCRIPT, ...JAVASCRIPT].join(', ');
    throw new UsageError(`run: ${JSON.stringify(file)} is no script. Its name ends in one of ${known}.`);
  }
  if (tsx !== undefined) return { name: `tsx ${tsx.version}`, args: ['--import', pathToFileURL(tsx.path).href] };
  if (stripsTypes) return { name: `Node ${node}, stripping types`, args: [] };
  if (isAtLeast(node, '22.6')) {
    return { name: `Node ${node}, stripping types`, args: ['--experimental-strip-types', '--no-warnings'] };
  }
  throw needsTsx(`run: ${JSON.stringify(file)}`, node);
}

export function needsTsx(file: string, node: string): UsageError {
  return new UsageError(
    `${file} is TypeScript, which Node ${node} does not run by itself. Install tsx beside it: npm install --save-dev tsx. Or use Node 22.18 or later.`,
  );
}

/** What there is here: tsx as the script finds it, or as the folder does in which the command was given. */
export function meansFor(file: string): Means {
  const { typescript } = process.features as { readonly typescript?: unknown };
  const seekers = [resolve(file), join(process.cwd(), 'script.ts')];
  const found = seekers.flatMap((from) => {
    const version = installedVersion('tsx', from);
    return version === undefined ? [] : [{ path: createRequire(from).resolve('tsx'), version }];
  });
  return {
    node: process.versions.node,
    stripsTypes: typescript !== undefined && typescript !== false,
    tsx: found[0],
  };
}
