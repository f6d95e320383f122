import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { pipelineProject } from '../../support/pipeline-project.ts';

const pipelineOf = (name: string, options = '{}', step = 'work'): string => `
import { appendFileSync } from 'node:fs';
import { pipeline } from 'millrace/pipeline';
appendFileSync('loaded-${name}', '1');
export default pipeline('${name}', ${options}, (p) => { p.task('${step}', () => 1); p.task('more', () => 2); });
`;

const root = resolve(import.meta.dirname, '../../..');
const project = pipelineProject({
  'pipelines/good.ts': pipelineOf('good'),
  'pipelines/syntax.ts': 'export default pipeline(\n  ;',
  'pipelines/throws.ts': 'const a = 1;\nthrow new Error("no " + a + "\\nmore");',
  'pipelines/twice.ts': pipelineOf('twice', '{}', 'more'),
  'pipelines/preset.ts': pipelineOf('preset', "{ schedule: '@dayly' }"),
});
afterAll(() => project[Symbol.dispose]());

describe('files that cannot be loaded', () => {
  test('are told in a line each, and keep no other pipeline from running', async () => {
    const { code, err } = await project.millrace('run', 'good');
    expect(err).toContain('good succeeded');
    expect(code).toBe(0);
    expect(err).toMatch(/^millrace: pipelines\/syntax.ts cannot be loaded: .*syntax.ts:2:2.*$/m);
    expect(err).toMatch(/^millrace: pipelines\/throws.ts cannot be loaded: no 1 \(pipelines\/throws.ts:2:7\)$/m);
    expect(err).toContain(
      'pipelines/twice.ts cannot be loaded: pipeline: twice, step more: another step has this name. Give each its own. [pipeline.declaration]',
    );
    expect(err).toContain('"@dayly" is no schedule: there is no such preset. Did you mean "@daily"?');
    expect(err).not.toContain('    at ');
  });

  test('are told by list, and serve does not begin without them', async () => {
    const listed = await project.millrace('list');
    expect([listed.code, listed.out]).toEqual([1, expect.stringMatching(/\ngood .*pipelines\/good.ts\n$/)]);
    expect(listed.err).toContain('pipelines/syntax.ts cannot be loaded');
    const served = await project.millrace('serve');
    expect(served.code).toBe(2);
    expect(served.err).toContain('Mend it, or name the pipeline that is to be served.');
  });
});

describe('a script that exports a pipeline', () => {
  test('and ran nothing is told how to run it; it was loaded once', async () => {
    project.write('shop.ts', pipelineOf('shop'));
    project.write('old/package.json', '{}');
    project.write('old/common.ts', pipelineOf('common'));
    for (const [file, name] of [
      ['shop.ts', 'shop'],
      ['old/common.ts', 'common'],
    ] as const) {
      const { code, err } = await project.millrace('run', file);
      expect(err).toContain(
        `run: ${file} ran nothing: it exports the pipeline ${name}: millrace run ${name} --file ${file}`,
      );
      expect(code).toBe(2);
      expect(readFileSync(join(project.folder, `loaded-${name}`), 'utf8')).toBe('1');
    }
  });

  test('and ran it has done its work', async () => {
    project.write(
      'ran.ts',
      `${pipelineOf('ran')}\nimport own from './ran.ts';\nimport { runPipeline } from 'millrace/pipeline';\nawait Promise.resolve().then(async () => runPipeline(own));`,
    );
    expect((await project.millrace('run', 'ran.ts')).code).toBe(0);
  });
});

test('an option that there is not', async () => {
  const { code, err } = await project.millrace('run', 'good', '--pram', 'a=1');
  expect(code).toBe(2);
  expect(err).toMatch(/^millrace: run: there is no option --pram. Did you mean "--param"\? The options are --param, /);
  expect(err).not.toContain('positional');
  expect((await project.millrace('run', 'good', '--from')).err).toContain(
    "run: Option '--from <value>' argument missing",
  );
});

test('what reads the output may be gone: the run goes on', () => {
  project.write(
    'pipelines/good.ts',
    pipelineOf('good')
      .replace('() => 1', '() => new Promise((done) => setTimeout(done, 1500, 1))')
      .replace('() => 2', "() => void appendFileSync('ended', '1')"),
  );
  const [tsx, main] = [join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'src/cli/main.ts')];
  const command = `{ "${process.execPath}" --import ${tsx} ${main} run good --json; echo $? > code; } | head -n 1`;
  spawnSync('sh', ['-c', command], { cwd: project.folder });
  expect(existsSync(join(project.folder, 'ended'))).toBe(true);
  expect(readFileSync(join(project.folder, 'code'), 'utf8')).toBe('0\n');
});

test('runs says why one is no success in whole words, and how to go on', async () => {
  project.write(
    'pipelines/good.ts',
    pipelineOf('good').replace('() => 1', `() => { throw new Error('${'seven77 '.repeat(20)}'); }`),
  );
  await project.millrace('run', 'good');
  const { out, err: told } = await project.millrace('runs', 'good', '--limit', '1');
  expect(out).toMatch(/failed .* manual +(seven77 ){10}…\n$/);
  expect(told).toMatch(
    /^See: millrace logs (\w{8})\. Go on: millrace resume \1 \(with the same params\), or anew: millrace run good\n$/,
  );
});
