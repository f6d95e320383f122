import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pipelineProject } from '../../support/pipeline-project.ts';

/** Runs the commands of docs/guides/pipelines.md in a project of its files, and compares what they print. */

const root = resolve(import.meta.dirname, '../../..');
const guide = readFileSync(join(root, 'docs/guides/pipelines.md'), 'utf8');
const named = [...guide.matchAll(/```(?:csv \[([\w.]+)\]|ts)\n(?:\/\/ ([\w./-]+\.ts)\n)?([\s\S]*?)```/g)].flatMap(
  ([, data, script, text = '']) => {
    const name = data ?? script;
    return name === undefined ? [] : [[name, text] as const];
  },
);
const project = pipelineProject(Object.fromEntries(named));
afterAll(() => project[Symbol.dispose]());
mkdirSync(join(project.folder, 'bin'));
const [tsx, main] = [join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'src/cli/main.ts')];
const npx = `#!/bin/sh\nshift\nexec '${process.execPath}' --import '${tsx}' '${main}' "$@"\n`;
writeFileSync(join(project.folder, 'bin/npx'), npx);
chmodSync(join(project.folder, 'bin/npx'), 0o755);

const examples = [...guide.matchAll(/```sh\n([^`]*)```\n+```text\n([^`]*)```/g)].map((match) => ({
  command: (match[1] ?? '').trim(),
  printed: match[2] ?? '',
}));

test('the guide has files and commands', () => {
  expect(named.map(([name]) => name)).toEqual(['sales.csv', 'steps.ts', 'pipelines/daily-sales.ts', 'run.ts']);
  expect(examples.length).toBeGreaterThan(4);
});

describe('prints what the guide says', () => {
  test.each(examples)('$command', ({ command, printed }) => {
    const path = `${join(project.folder, 'bin')}${delimiter}${process.env.PATH}`;
    const { stdout } = spawnSync('sh', ['-c', `{ ${command}; } 2>&1`], {
      cwd: project.folder,
      encoding: 'utf8',
      env: { ...process.env, PATH: path },
    });
    expect(alike(stdout)).toEqual(alike(printed));
  });
});

/** Lines whatever the ids, times and numbers of seconds in them are. */
function alike(text: string): string[] {
  return text
    .trimEnd()
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/\d+\.\d s\b/g, 'S s')
    .replaceAll(/^[0-9a-f]{8}(?= {2})/gm, 'ID')
    .replaceAll(/(?<=succeeded +)\d{4}-\d\d-\d\dT[\d:]+Z/g, 'NOW')
    .replaceAll(/ +/g, ' ')
    .split('\n');
}
