import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { memoryFinding } from '../../../src/cli/doctor/engine.ts';
import type { Finding } from '../../../src/cli/doctor/finding.ts';
import { nodeFinding, projectFinding, temporaryFinding } from '../../../src/cli/doctor/machine.ts';
import { packageFinding } from '../../../src/cli/doctor/packages.ts';
import { ownManifest } from '../../../src/cli/manifest.ts';
import { inputFolder } from '../../support/files.ts';

const { write, folder } = inputFolder();
const root = resolve(import.meta.dirname, '../../..');

function doctor(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const main = join(root, 'src/cli/main.ts');
  const { DATABASE_URL: _, ...rest } = process.env;
  const command = ['--import', 'tsx', main, 'doctor', ...args];
  return spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8', env: { ...rest, ...env } });
}

function findingsOf(json: string): Readonly<Record<string, Finding>> {
  const { findings } = JSON.parse(json) as { readonly findings: readonly Finding[] };
  return Object.fromEntries(findings.map((finding) => [finding.about, finding]));
}

describe('millrace doctor', () => {
  test('where all is well it says what is there, and is 0', () => {
    const { status, stdout, stderr } = doctor([]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^millrace \d+\.\d+\.\d+\n\n/);
    const { version } = JSON.parse(readFileSync(join(root, 'node_modules/knex/package.json'), 'utf8'));
    for (const line of [
      `ok +node +${process.versions.node.replaceAll('.', '\\.')}, ${process.platform}`,
      'ok +temporary +.* can be written to, .*B free',
      'ok +engine +DuckDB v1\\.\\d+\\.\\d+ started and answered in \\d+ ms',
      'ok +memory +the engine uses up to .*B of .*B, then spills to disk',
      'ok +threads +\\d+; ',
      `ok +package knex +${version.replaceAll('.', '\\.')}, for MariaDB`,
      'note +database +none to try',
    ]) {
      expect(stdout).toMatch(new RegExp(`^${line}`, 'm'));
    }
    expect(stdout).toMatch(/\n\n(All is well|\d+ warnings?)\.\n$/);
    expect(status).toBe(0);
  });

  test('a server that cannot be reached is a problem, told without the password, and 1', () => {
    const { status, stdout, stderr } = doctor(['postgres://me:gehe%69m@127.0.0.1:1/shop', '--json']);
    expect(findingsOf(stdout).database).toEqual({
      about: 'database',
      state: 'problem',
      told: expect.stringMatching(/^the url given: .*postgres:\/\/me@127\.0\.0\.1:1\/shop: .*ECONNREFUSED/),
      advice: expect.stringContaining('Does the server run'),
    });
    expect(JSON.parse(stdout)).toMatchObject({ ok: false, problems: 1 });
    expect(stdout + stderr).not.toMatch(/gehe(%69|i)m/);
    expect(status).toBe(1);
  });

  test('DATABASE_URL is tried where no url is given; what is none is not repeated', () => {
    const { status, stdout, stderr } = doctor([], { DATABASE_URL: 'me:geheim@db/shop' });
    expect(stdout).toMatch(/^problem +database +DATABASE_URL is no url of PostgreSQL\n +Write postgres:\/\//m);
    expect(stdout).toMatch(/\n1 problem.*\.\n$/);
    expect(stdout + stderr).not.toContain('geheim');
    expect(status).toBe(1);
  });

  test('a url of another database is not tried', () => {
    const { status, stdout } = doctor(['--json'], { DATABASE_URL: 'mysql://me:geheim@db/shop' });
    expect(findingsOf(stdout).database).toMatchObject({ state: 'note', told: expect.stringContaining('through Knex') });
    expect(stdout).not.toContain('geheim');
    expect(status).toBe(0);
  });
});

describe('what is misconfigured', () => {
  test('a Node that is too old', () => {
    expect(nodeFinding(ownManifest(), '20.18.3')).toMatchObject({
      state: 'problem',
      advice: expect.stringContaining('>=20.19'),
    });
    expect(nodeFinding(ownManifest(), '22.0.0').state).toBe('ok');
  });

  test('a package that is missing, or too old for what is supported', () => {
    expect(packageFinding('knex', '>=3', undefined)).toEqual({
      about: 'package knex',
      state: 'note',
      told: 'not installed, for MariaDB, MySQL, SQLite and SQL Server',
      advice: 'Where you need it: npm install knex',
    });
    expect(packageFinding('knex', '>=3', '2.5.1')).toMatchObject({
      state: 'warning',
      advice: 'npm install knex@latest',
    });
    expect(packageFinding('@aws-sdk/client-s3', '>=3.729', '3.1169.0').state).toBe('ok');
    expect(packageFinding('@aws-sdk/client-s3', '>=3.729', '3.72.9').state).toBe('warning');
  });

  test('every optional package has a purpose', () => {
    const { peerDependencies } = ownManifest();
    for (const name of Object.keys(peerDependencies)) {
      expect(packageFinding(name, '>=0', '1.0.0').told).toMatch(/^1\.0\.0, for \w/);
    }
  });

  test('a limit of memory that is above what the process may have', () => {
    expect(memoryFinding('6.2 GiB', 16 * 1024 ** 3).state).toBe('ok');
    expect(memoryFinding('6.2 GiB', 2 * 1024 ** 3)).toMatchObject({
      state: 'warning',
      advice: expect.stringContaining("createSession({ memoryLimit: '1GB' })"),
    });
  });

  test('a project whose scripts are not ES modules, or whose package.json does not parse', async () => {
    const common = write('package.json', '{}');
    expect(await projectFinding(join(common, '../src'))).toMatchObject({
      state: 'warning',
      told: `${common} does not say "type": "module"`,
    });
    const broken = write('package.json', '{');
    expect(await projectFinding(join(broken, '..'))).toMatchObject({
      state: 'problem',
      told: expect.stringContaining('is no JSON'),
    });
    const good = write('package.json', '{"type": "module"}');
    expect((await projectFinding(join(good, '..'))).state).toBe('ok');
  });

  test('a folder for temporary files that is not there', async () => {
    expect(await temporaryFinding(join(folder, 'none'))).toMatchObject({
      state: 'problem',
      told: expect.stringContaining('none cannot be written to: ENOENT'),
      advice: expect.stringContaining('TMPDIR'),
    });
  });
});
