import { access, constants, readFile, statfs } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { isAtLeast } from '../installed.ts';
import type { ownManifest } from '../manifest.ts';
import { meansFor } from '../runner.ts';
import { type Finding, reasonOf, sizeText } from './finding.ts';

/** The version of Node that runs this. */
export function nodeFinding(
  { engines }: ReturnType<typeof ownManifest>,
  node: string = process.versions.node,
): Finding {
  const told = `${node}, ${process.platform} ${process.arch}`;
  if (isAtLeast(node, engines.node)) return { about: 'node', state: 'ok', told };
  return { about: 'node', state: 'problem', told, advice: `millrace needs Node ${engines.node}: install a newer one.` };
}

/** What `millrace run` would run a script of TypeScript with, were it in this folder. */
export function typescriptFinding(): Finding {
  const { tsx, stripsTypes, node } = meansFor('script.ts');
  const about = 'typescript';
  if (tsx !== undefined) return { about, state: 'ok', told: `scripts are run by tsx ${tsx.version}` };
  if (stripsTypes || isAtLeast(node, '22.6')) return { about, state: 'ok', told: `scripts are run by Node ${node}` };
  return {
    about,
    state: 'note',
    told: `Node ${node} runs none by itself, and tsx is not installed here`,
    advice: 'For scripts in TypeScript: npm install --save-dev tsx',
  };
}

/** Whether the project in this folder has its scripts taken for ES modules. */
export async function projectFinding(folder: string): Promise<Finding> {
  const about = 'project';
  for (let place = resolve(folder); ; place = dirname(place)) {
    const path = join(place, 'package.json');
    const text = await readFile(path, 'utf8').catch(() => undefined);
    if (text !== undefined) return ofManifest(about, path, text);
    if (place === dirname(place)) {
      return { about, state: 'note', told: 'no package.json here or above', advice: 'Begin one: npm init -y' };
    }
  }
}

function ofManifest(about: string, path: string, text: string): Finding {
  try {
    if ((JSON.parse(text) as { readonly type?: unknown }).type === 'module') {
      return { about, state: 'ok', told: `${path}, ES modules` };
    }
  } catch (error) {
    const advice = 'Mend it, or nothing in that folder can be installed or run.';
    return { about, state: 'problem', told: `${path} is no JSON: ${reasonOf(error)}`, advice };
  }
  return {
    about,
    state: 'warning',
    told: `${path} does not say "type": "module"`,
    advice: 'Without it a .js or .ts script cannot await at its top: npm pkg set type=module',
  };
}

/** Below this much free space, what spills from memory soon has no place. */
const LITTLE_SPACE = 1024 ** 3;

/** The folder for what does not fit into memory. */
export async function temporaryFinding(folder: string = tmpdir()): Promise<Finding> {
  const about = 'temporary';
  const other = 'Name another folder with TMPDIR, or createSession({ tempDirectory }).';
  try {
    await access(folder, constants.W_OK | constants.X_OK);
    const { bavail, bsize } = await statfs(folder);
    const told = `${folder} can be written to, ${sizeText(bavail * bsize)} free`;
    if (bavail * bsize >= LITTLE_SPACE) return { about, state: 'ok', told };
    return { about, state: 'warning', told, advice: `What does not fit into memory goes there. Make room. ${other}` };
  } catch (error) {
    return { about, state: 'problem', told: `${folder} cannot be written to: ${reasonOf(error)}`, advice: other };
  }
}
