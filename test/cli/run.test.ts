import { spawn } from 'node:child_process';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { inputFolder } from '../support/files.ts';

const { write } = inputFolder();
const root = resolve(import.meta.dirname, '../..');
const main = join(root, 'src/cli/main.ts');
const library = pathToFileURL(join(root, 'src/index.ts')).href;

const CLEAR = '\r\x1b[K';

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** The command line as a process of its own, whose output is no terminal; `during` is given what it has printed so far. */
function millrace(
  args: readonly string[],
  during: (out: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
): Promise<Ended> {
  return new Promise((done, failed) => {
    const child = spawn(process.execPath, ['--import', 'tsx', main, ...args], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (text) => {
      out += text;
      during(out, (signal) => child.kill(signal));
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.on('error', failed);
    child.on('close', (code) => done({ code, out, err }));
  });
}

/** A script that loads the same file twice under one id. */
function loading(csv: string): string {
  const path = write('sales.csv', csv);
  return `import { load, read, t } from '${library}';
enum Kind { Sales = 'sales' }
console.log(Kind.Sales, JSON.stringify(process.argv.slice(2)));
const sales = read.csv('${path}', { schema: { n: t.int() }, onBadRow: 'quarantine' });
await load.parquet(sales, '${path}-loaded', { mode: 'append', loadId: 'may' });
await load.parquet(sales, '${path}-loaded', { mode: 'append', loadId: 'may' });
`;
}

describe('piped', () => {
  test('plain lines tell the start, by what it is run, each load and the end; the script has its output and its arguments', async () => {
    const file = write('plain.mts', loading('n\n1\n2\nthree\n'));
    const { code, out, err } = await millrace(['run', file, '--', '--day', '2024-05-01', '--json']);
    expect(out).toBe('sales ["--day","2024-05-01","--json"]\n');
    const seconds = /\d+\.\d s/g;
    expect(
      err
        .replaceAll(seconds, '0.0 s')
        .replaceAll(/, \/.*?(sales\.csv-loaded):/g, ', $1:')
        .replace(/tsx [\d.]+/, 'tsx 0'),
    ).toBe(
      `millrace: ${file} started (tsx 0)
millrace: load 1, sales.csv-loaded: 2 rows written, 1 row quarantined, 0.0 s
millrace: load 2, sales.csv-loaded: had been done before, nothing written, 1 row quarantined, 0.0 s
millrace: ${file} ended well after 0.0 s, 2 loads, 2 rows written
`,
    );
    expect(code).toBe(0);
  });

  test('--json prints an event a line, and the script prints to standard error', async () => {
    const file = write('json.mts', loading('n\n1\n2\n'));
    const { code, out, err } = await millrace(['run', '--json', file]);
    const events = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events).toMatchObject([
      { event: 'start', file, runner: expect.stringMatching(/^tsx \d/) },
      { event: 'load', rows: { read: 2, filtered: 0, quarantined: 0, written: 2 }, alreadyLoaded: false },
      { event: 'load', rows: { written: 0 }, alreadyLoaded: true },
      { event: 'end', file, ok: true, exitCode: 0, signal: null, loads: 2 },
    ]);
    expect(err).toBe('sales []\n');
    expect(code).toBe(0);
  });

  test('a script that fails is 1, and its own exit code is told', async () => {
    const file = write('fails.mjs', 'process.exitCode = 7;');
    const { code, err } = await millrace(['run', file]);
    expect(code).toBe(1);
    expect(err).toMatch(/fails\.mjs started \(Node [\d.]+\)\n.*fails\.mjs failed after [\d.]+ s, with exit code 7\n$/s);
  });

  test('an error that nothing catches is shown by Node, and is 1', async () => {
    const file = write('throws.mjs', "throw new Error('no such day');");
    const { code, err } = await millrace(['run', file]);
    expect(err).toContain('Error: no such day');
    expect(err).toContain('failed after');
    expect(code).toBe(1);
  });

  test('a signal is passed on to the script', async () => {
    const file = write('waits.mjs', "console.log('waiting'); setInterval(() => {}, 1000);");
    const { code, err } = await millrace(['run', file], (out, kill) => {
      if (out.includes('waiting')) kill('SIGTERM');
    });
    expect(err).toMatch(/was ended by SIGTERM after/);
    expect(code).toBe(1);
  });
});

describe('on a terminal', () => {
  test('one line is written over, and never stands in the way of what the script prints', async () => {
    const script = `process.stdout.write('first\\nWhat is your name? ');
setTimeout(() => { console.log('none'); console.error('last'); setTimeout(() => {}, 600); }, 600);`;
    const file = write('talks.mjs', script);
    let screen = '';
    const print = (text: string | Uint8Array): void => {
      screen += typeof text === 'string' ? text : Buffer.from(text).toString();
    };
    expect(await runCli(['run', file], { out: print, err: print, terminal: { columns: 40 } })).toBe(0);
    // Whatever stands on a line before it is cleared was written over.
    const written = screen.split('\n').flatMap((line) => line.split(CLEAR).slice(0, -1));
    const progress = written.filter((text) => text.startsWith(file.slice(0, 39)));
    expect(progress.length).toBeGreaterThan(2);
    for (const text of progress) expect(text.length).toBeLessThan(40);
    const left = screen
      .split('\n')
      .map((line) => line.split(CLEAR).at(-1))
      .join('\n');
    expect(left).toContain('first\nWhat is your name? none\nlast\n');
    expect(left).toMatch(/^millrace: .* started \(Node .*\)\n[\s\S]*ended well after [\d.]+ s\n$/);
  });

  test('--no-progress leaves lines, and the terminal to the script', async () => {
    const file = write('quiet.mjs', 'setTimeout(() => {}, 300);');
    let screen = '';
    const print = (text: string | Uint8Array): void => {
      screen += text;
    };
    await runCli(['run', '--no-progress', file], { out: print, err: print, terminal: { columns: 40 } });
    expect(screen).not.toContain('\x1b');
    expect(screen).toMatch(/started .*\n.*ended well/);
  });
});
