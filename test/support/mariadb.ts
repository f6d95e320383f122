import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { freePort, guardAgainstDeath } from '../../src/testing/server-process.ts';
import { HOW_TO_INSTALL, installedMariadb } from './mariadb-installed.ts';

/** How a test reaches a server. */
export interface TestMariadb extends AsyncDisposable {
  readonly connection: {
    readonly host: string;
    readonly port: number;
    readonly user: string;
    readonly password: string;
    readonly database: string;
  };
}

const DATABASE = 'millrace_test';

/**
 * A MariaDB server of its own: the `mariadbd` that is installed, with its data in a temporary folder that goes with it,
 * even when this process dies.
 */
export async function startMariadb(): Promise<TestMariadb> {
  const installed = installedMariadb();
  if (installed === undefined) throw new Error(`there is no mariadbd here: ${HOW_TO_INSTALL}`);
  const { server, scripts } = installed;
  const root = await mkdtemp(path.join(os.tmpdir(), 'millrace-mariadb-'));
  try {
    const data = path.join(root, 'data');
    await mkdir(data);
    const common = ['--no-defaults', `--datadir=${data}`, `--tmpdir=${root}`, '--skip-log-bin'];
    if (process.getuid?.() === 0) common.push('--user=root');
    const texts = await Promise.all(scripts.map((script) => readFile(script, 'utf8')));
    await bootstrap(server, [...common, '--bootstrap'], `create database mysql;\nuse mysql;\n${texts.join('\n')}`);
    const password = randomBytes(12).toString('hex');
    const init = path.join(root, 'init.sql');
    await writeFile(
      init,
      [
        `CREATE DATABASE ${DATABASE} CHARACTER SET utf8mb4;`,
        `CREATE USER millrace@'127.0.0.1' IDENTIFIED BY '${password}';`,
        `GRANT ALL ON *.* TO millrace@'127.0.0.1';\n`,
      ].join('\n'),
      { mode: 0o600 },
    );
    const port = await freePort();
    const pidFile = path.join(root, 'pid');
    const flags = [
      `--socket=${path.join(root, 'socket')}`,
      `--port=${port}`,
      '--bind-address=127.0.0.1',
      `--pid-file=${pidFile}`,
      `--init-file=${init}`,
      '--skip-name-resolve',
      '--innodb-buffer-pool-size=64M',
      '--innodb-flush-log-at-trx-commit=0',
      // What a zone of the session changes, it must change here.
      '--default-time-zone=-05:00',
    ];
    const connection = { host: '127.0.0.1', port, user: 'millrace', password, database: DATABASE };
    const child = await run(server, [...common, ...flags], { root, connection });
    const guard = guardAgainstDeath(root, pidFile);
    const stop = async (): Promise<void> => {
      const exited = new Promise((resolve) => child.once('exit', resolve));
      child.ref();
      child.kill('SIGTERM');
      await exited;
      await rm(root, { recursive: true, force: true, maxRetries: 5 });
      guard.dismiss();
    };
    return { connection, [Symbol.asyncDispose]: stop };
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

/** The server and the scripts that make its own tables. */
async function bootstrap(server: string, flags: readonly string[], sql: string): Promise<void> {
  const child = spawn(server, flags, { stdio: ['pipe', 'ignore', 'pipe'] });
  let log = '';
  child.stderr.on('data', (part) => {
    log += part;
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('exit', resolve);
    child.once('error', reject);
  });
  child.stdin.on('error', () => {});
  child.stdin.end(sql);
  if ((await ended) !== 0) throw new Error(`MariaDB did not make its tables: ${log.slice(-2000)}`);
}

async function run(
  server: string,
  flags: readonly string[],
  { root, connection }: { readonly root: string; readonly connection: TestMariadb['connection'] },
): Promise<ChildProcess> {
  const logFile = path.join(root, 'log');
  const log = await open(logFile, 'w');
  const child = spawn(server, flags, { stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  let gone = false;
  child.once('exit', () => {
    gone = true;
  });
  child.once('error', () => {
    gone = true;
  });
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      await (await mysql.createConnection(connection)).end();
      child.unref();
      return child;
    } catch (error) {
      if (!gone && Date.now() < deadline) {
        await sleep(50);
        continue;
      }
      child.kill('SIGKILL');
      throw new Error(`MariaDB did not start: ${(await readFile(logFile, 'utf8')).slice(-2000)}`, { cause: error });
    }
  }
}
