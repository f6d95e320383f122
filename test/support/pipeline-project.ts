import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

const root = resolve(import.meta.dirname, '../..');

/** What a process printed, and how it ended. */
export interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly out: string;
  readonly err: string;
}

export interface Started {
  readonly pid: number;
  readonly ended: Promise<Ended>;
  /** Resolves when it has printed something, on either stream. */
  printed(text: string): Promise<void>;
  kill(signal: NodeJS.Signals): void;
}

/** A project in a folder of its own, in which the command line is called as a process. */
export interface Project extends Disposable {
  readonly folder: string;
  write(file: string, text: string): void;
  millrace(...args: readonly string[]): Promise<Ended>;
  start(...args: readonly string[]): Started;
}

/** Makes a project of some files; what they import from millrace is this repository's source. */
export function pipelineProject(files: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}): Project {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-project-'));
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  const write = (file: string, text: string): void => {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), withSource(text));
  };
  write('package.json', '{ "type": "module" }');
  for (const [file, text] of Object.entries(files)) write(file, text);
  const start = (...args: readonly string[]): Started => {
    const [tsx, main] = [join(root, 'node_modules/tsx/dist/loader.mjs'), join(root, 'src/cli/main.ts')];
    const child = spawn(process.execPath, ['--import', tsx, main, ...args], {
      cwd: folder,
      env: { ...process.env, ...env },
    });
    let [out, err] = ['', ''];
    const watching = new Set<() => void>();
    const heard = (): void => {
      for (const watch of watching) watch();
    };
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      heard();
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      err += text;
      heard();
    });
    const ended = new Promise<Ended>((done, failed) => {
      child.once('error', failed);
      child.once('close', (code, signal) => done({ code, signal, out, err }));
    });
    const printed = (text: string): Promise<void> =>
      new Promise((done, failed) => {
        const watch = (): void => {
          if (!`${out}${err}`.includes(text)) return;
          watching.delete(watch);
          done();
        };
        watching.add(watch);
        watch();
        void ended.then(() => failed(new Error(`it ended without ${JSON.stringify(text)}: ${out}${err}`)));
      });
    return { pid: child.pid ?? 0, ended, printed, kill: (signal) => void child.kill(signal) };
  };
  return {
    folder,
    write,
    start,
    millrace: (...args) => start(...args).ended,
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function withSource(text: string): string {
  const source = (file: string): string => `'${pathToFileURL(join(root, 'src', file)).href}'`;
  return text
    .replaceAll("'millrace/pipeline'", source('pipeline/index.ts'))
    .replaceAll("'millrace'", source('index.ts'));
}
