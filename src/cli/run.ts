import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { LOAD_CHANNEL, type LoadEnd } from '../loaders/load-channel.ts';
import { RUN_CHANNEL } from '../pipeline/run.ts';
import { type Command, type ExitCode, type Output, UsageError } from './command.ts';
import { parsed } from './parsed.ts';
import { runPipelineCommand } from './pipeline/run.ts';
import { type RunEnd, type Screen, screenFor } from './run-screen.ts';
import { isScript, meansFor, type Runner, runnerOf } from './runner.ts';

const HELP = `millrace run <file> [options] [-- <arguments of the script>]
millrace run <pipeline> [options]   see millrace run PIPELINE --help

Runs a script of yours, .ts or .js, and tells when it starts, each load that it
commits, and how it ends. TypeScript is run by tsx where that is installed, else
by Node itself where it can; the first line says by which. A name without such
an ending is that of a pipeline.

  --json         lines of JSON on standard output, an event each: start, load,
                 end; what the script prints goes to standard error
  --no-progress  no progress line on a terminal
  --help         print this

On a terminal one line shows how long the script has been running and what was
loaded; elsewhere plain lines do, on standard error. The script's own output is
left as it is; on a terminal it passes through here, so that it sees a pipe.

Exit codes: 0 the script ended well, 1 it failed, 2 the call was wrong.`;

const OPTIONS = {
  json: { type: 'boolean' },
  'no-progress': { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
} as const;

/** Runs a script, or a pipeline, and tells what became of it. */
export const runCommand: Command = {
  name: 'run',
  summary: runPipelineCommand.summary,
  help: HELP,
  run,
};

async function run(args: readonly string[], output: Output): Promise<ExitCode> {
  const end = args.indexOf('--');
  const own = end === -1 ? args : args.slice(0, end);
  if (end === -1 && namesPipeline(args)) return runPipelineCommand.run(args, output);
  const { values, positionals } = parsed('run', own, OPTIONS);
  if (values.help === true) {
    output.out(`${HELP}\n`);
    return 0;
  }
  const [file, ...others] = positionals;
  if (file === undefined) throw new UsageError('run: name a script, such as load-sales.ts');
  if (others.length > 0) {
    throw new UsageError(`run: ${JSON.stringify(others[0])} stands behind the script. Write its arguments after --.`);
  }
  if (statSync(file, { throwIfNoEntry: false })?.isFile() !== true) {
    throw new UsageError(`run: there is no file ${JSON.stringify(file)} in ${process.cwd()}`);
  }
  const runner = runnerOf(file, meansFor(file));
  const { terminal, ...plain } = output;
  const screen = screenFor(
    values['no-progress'] === true || terminal === undefined ? plain : { ...plain, terminal },
    file,
    values.json === true,
  );
  screen.start(runner.name);
  const ended = await watched(start(file, end === -1 ? [] : args.slice(end + 1), runner, screen), screen);
  screen.end(ended);
  if (ended.ok && ended.pipeline !== undefined) {
    const where = dirname(file) === 'pipelines' ? '' : ` --file ${file}`;
    throw new UsageError(
      `run: ${file} ran nothing: it exports the pipeline ${ended.pipeline}: millrace run ${ended.pipeline}${where}`,
    );
  }
  return ended.ok ? 0 : 1;
}

/** Whether the first argument is neither the name of a script nor that of a file. */
function namesPipeline([first]: readonly string[]): boolean {
  if (first === undefined || first.startsWith('-') || isScript(first)) return false;
  return statSync(first, { throwIfNoEntry: false })?.isFile() !== true;
}

/**
 * Runs in the script's process before it: each load becomes a line of JSON on the fourth file descriptor, and so does the name of
 * a pipeline that the script exports, where it ran none.
 */
const HOOK = `
import { subscribe } from 'node:diagnostics_channel';
import { writeSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
let ran = false;
subscribe('${RUN_CHANNEL}', () => { ran = true; });
process.once('beforeExit', async () => {
  if (ran) return;
  const { mainModule: main, argv } = process;
  const { default: made } = main ? main.exports : await import(pathToFileURL(argv[1]).href);
  if (made?.constructor.name === 'Pipeline') writeSync(3, JSON.stringify({ pipeline: made.name }) + '\\n');
});
subscribe('${LOAD_CHANNEL}', (load) => {
  try { writeSync(3, JSON.stringify(load) + '\\n'); } catch {}
});`;

function start(file: string, args: readonly string[], runner: Runner, screen: Screen): ChildProcess {
  const hook = ['--import', `data:text/javascript,${encodeURIComponent(HOOK)}`];
  return spawn(process.execPath, [...runner.args, ...hook, file, ...args], {
    stdio: ['inherit', ...screen.streams, 'pipe'],
  });
}

/** Tells what a process does until it has ended; what ends this one is passed on to it. */
async function watched(child: ChildProcess, screen: Screen): Promise<RunEnd & { readonly pipeline?: string }> {
  const begun = performance.now();
  const stop = (signal: NodeJS.Signals): void => {
    // A terminal tells the script, too.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  for (const signal of signals) process.on(signal, stop);
  child.stdout?.on('data', (text: Buffer) => screen.printed('out', text));
  child.stderr?.on('data', (text: Buffer) => screen.printed('err', text));
  const loads = createInterface({ input: child.stdio[3] as Readable });
  let exported: { readonly pipeline?: string } = {};
  loads.on('line', (line) => {
    const told = JSON.parse(line) as LoadEnd | { readonly pipeline: string };
    if ('pipeline' in told) exported = told;
    else screen.load(told);
  });
  try {
    const ended = await new Promise<RunEnd>((done, failed) => {
      child.once('error', failed);
      child.once('close', (exitCode, signal) =>
        done({ ok: exitCode === 0, exitCode, signal, seconds: (performance.now() - begun) / 1000 }),
      );
    });
    return { ...ended, ...exported };
  } finally {
    for (const signal of signals) process.off(signal, stop);
  }
}
