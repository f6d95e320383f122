import { chownSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, type LoadReport, load, type MillraceError, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { startOwnPostgres } from '../support/postgres.ts';
import { smallDisk } from '../support/small-disk.ts';

/** What a server may answer, or not: each time an error that says so, and a target that is as it was. */

const disk = smallDisk(8);
if (disk === undefined) console.warn('NOT RUN: a full disk, for no file system may be mounted here (be root)');
const server = await startOwnPostgres();
const pool = new pg.Pool({ connectionString: server.url, max: 4 });
pool.on('error', () => {});
const session = createSession({ threads: 1 });
afterAll(async () => {
  await session.close();
  await pool.end();
  await server.stop();
  disk?.remove();
});

const schema = { id: t.int(), value: t.int() };
const rows = (count: number) =>
  session.read.rows(
    Array.from({ length: count }, (_, i) => ({ id: i + 1, value: i })),
    { schema },
  );
const BEFORE = [
  { id: '1', value: '-1' },
  { id: '2', value: '-2' },
];
const there = async () => (await pool.query('SELECT id, value FROM goods ORDER BY id LIMIT 3')).rows;
const upsert = (url: string, count = 2): Promise<LoadReport> =>
  load.postgres(rows(count), url, { table: 'goods', mode: 'upsert', key: 'id' });

beforeEach(async () => {
  await pool.query(`DROP TABLE IF EXISTS goods, millrace_loads; CREATE TABLE goods (id bigint PRIMARY KEY, value bigint);
    INSERT INTO goods VALUES (1, -1), (2, -2)`);
});

/** The url with settings of the server. */
function withSettings(settings: Readonly<Record<string, string>>): string {
  const url = new URL(server.url);
  const options = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  url.searchParams.set('options', options.join(' '));
  return url.href;
}

/** Keeps writers out, and lets this test look. */
const WRITES_NOTHING = 'LOCK TABLE goods IN SHARE MODE';

/** Another's transaction, open while a task runs. */
async function meanwhile<R>(sql: string, task: (other: pg.PoolClient) => Promise<R>): Promise<R> {
  const other = await pool.connect();
  try {
    await other.query(`SET deadlock_timeout = '60s'; BEGIN; ${sql}`);
    return await task(other);
  } finally {
    await other.query('ROLLBACK; RESET ALL');
    other.release();
  }
}

async function untilWaiting(): Promise<void> {
  const sql = `SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
  for (let tries = 0; (await pool.query(sql)).rows.length === 0; tries++) {
    if (tries === 2000) throw new Error('no load waits for a lock');
    await sleep(5);
  }
}

/** The error of a load, which left the target as it was and can be done later. */
async function refused(url: string, expected: Partial<MillraceError>, told: RegExp, count?: number): Promise<void> {
  const error = await failure(upsert(url, count));
  expect(error).toMatchObject(expected);
  expect(error.message).toMatch(/^load\.postgres: /);
  expect(error.message).toMatch(told);
  expect(await there()).toEqual(BEFORE);
  // A connection that was cut may take the server a moment to notice.
  for (
    let tries = 0;
    (await pool.query(`SELECT 1 FROM pg_locks WHERE locktype = 'advisory'`)).rows.length > 0;
    tries++
  ) {
    if (tries === 2000) throw new Error('the load still has its turn');
    await sleep(5);
  }
}

describe('a load that others hold up', () => {
  test('a table that is locked, with a lock_timeout', () =>
    meanwhile(WRITES_NOTHING, () =>
      refused(withSettings({ lock_timeout: '100ms' }), { code: 'postgres.locked', retryable: true }, /lock timeout/),
    ));

  test('a statement_timeout', () =>
    meanwhile(WRITES_NOTHING, () =>
      refused(
        withSettings({ statement_timeout: '100ms' }),
        { code: 'postgres.cancelled', retryable: false },
        /statement timeout/,
      ),
    ));

  test('a deadlock with another writer', () =>
    meanwhile('UPDATE goods SET value = value WHERE id = 2', async (other) => {
      const loading = failure(upsert(withSettings({ deadlock_timeout: '500ms' })));
      await untilWaiting();
      await other.query('UPDATE goods SET value = value WHERE id = 1');
      const error = await loading;
      expect(error).toMatchObject({ code: 'postgres.conflict', retryable: true, details: { sqlstate: '40P01' } });
      expect(error.message).toContain('deadlock detected');
      expect(await there()).toEqual(BEFORE);
    }));

  test('a statement that the administrator cancels, and a backend that is ended', () =>
    meanwhile(WRITES_NOTHING, async () => {
      const waiting = `FROM pg_stat_activity WHERE wait_event_type = 'Lock'`;
      const cancelled = refused(server.url, { code: 'postgres.cancelled', retryable: false }, /user request/);
      await untilWaiting();
      await pool.query(`SELECT pg_cancel_backend(pid) ${waiting}`);
      await cancelled;
      const ended = refused(server.url, { code: 'postgres.connection_lost', retryable: true }, /administrator/);
      await untilWaiting();
      await pool.query(`SELECT pg_terminate_backend(pid) ${waiting}`);
      await ended;
    }));
});

describe('a load that is not allowed', () => {
  const as = (user: string, password = 'open'): string => {
    const url = new URL(server.url);
    Object.assign(url, { username: user, password });
    return url.href;
  };

  test('a wrong password, a user and a database that are not there', async () => {
    const wrong = as('postgres', 'sesame');
    await refused(wrong, { code: 'postgres.authentication', retryable: false }, /cannot connect to .*password/);
    await refused(as('nobody'), { code: 'postgres.authentication', retryable: false }, /nobody/);
    const elsewhere = new URL(server.url);
    elsewhere.pathname = '/nowhere';
    await refused(elsewhere.href, { code: 'postgres.no_database', retryable: false }, /"nowhere" does not exist/);
  });

  test('no right to write to the table, to make one, or to make the ledger', async () => {
    const denied = { code: 'postgres.permission', retryable: false } as const;
    await pool.query(`DROP ROLE IF EXISTS reader; CREATE ROLE reader LOGIN PASSWORD 'open'; GRANT SELECT ON goods TO reader;
      REVOKE CREATE ON SCHEMA public FROM PUBLIC`);
    await refused(as('reader'), denied, /permission denied for table goods/);
    const fresh = load.postgres(rows(1), as('reader'), { table: 'bads', mode: 'append' });
    expect(await failure(fresh)).toMatchObject(denied);
    await pool.query('GRANT ALL ON goods TO reader');
    const named = load.postgres(rows(1), as('reader'), { table: 'goods', mode: 'append', loadId: 'one' });
    const error = await failure(named);
    expect(error).toMatchObject(denied);
    expect(error.message).toContain('permission denied for schema public');
    expect(await there()).toEqual(BEFORE);
    // With the ledger there and the right to it, no more is needed.
    await load.postgres(rows(0), server.url, { table: 'goods', mode: 'append', loadId: 'nothing' });
    await pool.query('GRANT SELECT, INSERT, UPDATE ON millrace_loads TO reader');
    const done = await load.postgres(
      rows(1).filter((r) => r.id.lt(0)),
      as('reader'),
      {
        table: 'goods',
        mode: 'append',
        loadId: 'one',
      },
    );
    expect(done.alreadyLoaded).toBe(false);
    await pool.query('DROP OWNED BY reader; DROP ROLE reader');
  });

  test('a database that is read only', async () => {
    const readOnly = withSettings({ default_transaction_read_only: 'on' });
    await refused(readOnly, { code: 'postgres.read_only', retryable: false }, /read-only transaction/);
  });

  test('too many connections', async () => {
    await pool.query(`CREATE ROLE lonely LOGIN PASSWORD 'open' CONNECTION LIMIT 0; GRANT ALL ON goods TO lonely`);
    await refused(as('lonely'), { code: 'postgres.resources', retryable: true }, /too many connections/);
    await pool.query('DROP OWNED BY lonely; DROP ROLE lonely');
  });
});

describe('a server without room', () => {
  test('a temp_file_limit', async () => {
    const limited = withSettings({ temp_file_limit: '64kB', work_mem: '64kB' });
    await refused(limited, { code: 'postgres.resources', retryable: true }, /temp_file_limit/, 20_000);
  });

  test.runIf(disk !== undefined)('a full disk, of the target or of what is staged', async () => {
    const folder = join(disk?.folder ?? '', 'space');
    mkdirSync(folder);
    const {
      rows: [where],
    } = await pool.query('SHOW data_directory');
    const { uid, gid } = statSync(where.data_directory);
    chownSync(folder, uid, gid);
    await pool.query(`CREATE TABLESPACE small LOCATION '${folder}'`);
    const full = { code: 'postgres.resources', retryable: true, details: { sqlstate: '53100' } } as never;
    await refused(withSettings({ temp_tablespaces: 'small' }), full, /No space left on device/, 250_000);
    await pool.query('ALTER TABLE goods SET TABLESPACE small');
    await refused(server.url, full, /No space left on device/, 250_000);
    await pool.query('ALTER TABLE goods SET TABLESPACE pg_default');
    expect((await upsert(server.url, 1000)).rows.written).toBe(1000);
    await pool.query('DROP TABLESPACE small');
  });
});

describe('a server that ends', () => {
  test('and starts again in the middle of a load', async () => {
    const big = rows(150_000);
    const options = { table: 'goods', mode: 'upsert', key: 'id', loadId: 'big' } as const;
    let restarting: Promise<void> | undefined;
    const onProgress = (share: number): void => {
      if (share > 0.1) restarting ??= server.restart();
    };
    const error = await failure(load.postgres(big, server.url, { ...options, onProgress }));
    expect(error).toMatchObject({ code: 'postgres.connection_lost', retryable: true });
    await restarting;
    expect(await there()).toEqual(BEFORE);
    const again = await load.postgres(big, server.url, options);
    expect(again.rows.written).toBe(150_000);
  });

  test('and one that is starting', async () => {
    const restarting = server.restart();
    const errors: MillraceError[] = [];
    let report: LoadReport | undefined;
    while (report === undefined) {
      report = await upsert(server.url).catch((error: MillraceError) => {
        errors.push(error);
        return undefined;
      });
    }
    await restarting;
    for (const error of errors) expect(error).toMatchObject({ code: 'postgres.connection_lost', retryable: true });
    expect(report.rows.written).toBe(2);
  });
});
