import { afterEach, describe, expect, test } from 'vitest';
import { COMMANDS, runCli } from '../../src/cli/cli.ts';
import { runPipelineCommand } from '../../src/cli/pipeline/run.ts';

let [out, err] = ['', ''];
afterEach(() => {
  [out, err] = ['', ''];
});

function millrace(...args: string[]): Promise<number> {
  return runCli(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
  });
}

describe('help', () => {
  test.each([[[]], ...COMMANDS.map(({ name }) => [[name]])])(
    '%j --help fits a screen of 80 x 24, with the exit codes',
    async (of) => {
      expect(await millrace(...of, '--help')).toBe(0);
      const lines = out.trimEnd().split('\n');
      // The last line of the screen is the shell's.
      expect(lines.length).toBeLessThan(24);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
      expect(out).toMatch(/Exit codes: 0 .*1 .*2 /s);
      expect(err).toBe('');
    },
  );

  test('names every command', async () => {
    await millrace('--help');
    for (const { name } of COMMANDS) expect(out).toMatch(new RegExp(`^  ${name} +\\w`, 'm'));
  });

  test('of run with a pipeline is its own, and fits, too', async () => {
    expect(await millrace('run', 'PIPELINE', '--help')).toBe(0);
    expect(out).toBe(`${runPipelineCommand.help}\n`);
    const lines = out.trimEnd().split('\n');
    expect(lines.length).toBeLessThan(24);
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  test('--version is that of the package', async () => {
    expect(await millrace('--version')).toBe(0);
    expect(out).toMatch(/^\d+\.\d+\.\d+\n$/);
  });
});

describe('a wrong call is 2, and says how to call', () => {
  test.each([
    [[], 'millrace <command>'],
    [['shema'], 'there is no command "shema"; the commands are schema, doctor, run, list'],
    [['run'], 'run: name a script'],
    [['run', 'none.ts'], 'there is no file "none.ts"'],
    [['run', 'README.md'], '"README.md" is no script. Its name ends in one of .ts, .mts, .cts, .js, .mjs, .cjs.'],
    [['run', 'a.ts', 'b'], '"b" stands behind the script. Write its arguments after --.'],
    [['run', 'a.ts', '--watch'], '--watch'],
    [['doctor', 'postgres://localhost/a', 'b'], 'one database url, or none'],
    [['doctor', '--fix'], '--fix'],
  ])('%j', async (args, told) => {
    expect(await millrace(...args)).toBe(2);
    expect(err).toContain(told);
    expect(out).toBe('');
  });
});
