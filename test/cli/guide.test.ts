import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';

/** Runs the commands of docs/guides/command-line.md in a project with its script, and compares what they print. */

const root = resolve(import.meta.dirname, '../..');
const guide = readFileSync(join(root, 'docs/guides/command-line.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'millrace-guide-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

for (const name of ['node_modules', 'fixtures']) symlinkSync(join(root, name), join(folder, name));
writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
const [, script = ''] = /```ts\n([\s\S]*?)```/.exec(guide) ?? [];
const library = pathToFileURL(join(root, 'src/index.ts')).href;
writeFileSync(join(folder, 'load-sales.ts'), script.replace("'millrace'", `'${library}'`));
// `npx millrace` of a project that has it installed.
mkdirSync(join(folder, 'bin'));
const [tsx, main] = [join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'src/cli/main.ts')];
writeFileSync(
  join(folder, 'bin/npx'),
  `#!/bin/sh\nshift\nexec '${process.execPath}' --import '${tsx}' '${main}' "$@"\n`,
);
chmodSync(join(folder, 'bin/npx'), 0o755);

const examples = [...guide.matchAll(/```sh\n([\s\S]*?)```\n+```text\n([\s\S]*?)```/g)].map((match) => ({
  command: (match[1] ?? '').trim(),
  printed: match[2] ?? '',
}));

test('each command has its output', () => {
  expect(examples.length).toBe([...guide.matchAll(/```sh\n/g)].length);
  expect(examples.length).toBeGreaterThan(4);
});

describe('prints what the guide says', () => {
  test.each(examples)('$command', ({ command, printed }) => {
    const { DATABASE_URL: _, ...env } = process.env;
    const path = `${join(folder, 'bin')}${delimiter}${env.PATH}`;
    const shell = ['-c', `{ ${command}; } 2>&1`];
    const { stdout } = spawnSync('sh', shell, { cwd: folder, encoding: 'utf8', env: { ...env, PATH: path } });
    if (command === 'npx millrace doctor') {
      // Every machine has its own: what is looked at is the same.
      expect(aboutOf(stdout)).toEqual(expect.arrayContaining(aboutOf(printed)));
      expect(aboutOf(printed).length).toBeGreaterThan(8);
    } else {
      expect(alike(stdout)).toEqual(alike(printed));
    }
  });
});

/** Lines whatever the versions, times and ids in them are; of two streams, whose lines have no order. */
function alike(text: string): string[] {
  return text
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .replaceAll(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'id')
        .replaceAll(/"seconds":[\d.]+/g, '"seconds":0')
        .replaceAll(/"bytes":\d+/g, '"bytes":0')
        .replaceAll(/\d+\.\d s\b/g, '0 s')
        .replaceAll(/tsx [\d.]+\d/g, 'tsx 0')
        .replaceAll(/ {2,}/g, '  '),
    )
    .sort();
}

/** What `doctor` has looked at. */
function aboutOf(text: string): string[] {
  return [...text.matchAll(/^(?:ok|note|warning|problem) +(\S+(?: \S+)*) {2}/gm)].map((match) => match[1] ?? '');
}
