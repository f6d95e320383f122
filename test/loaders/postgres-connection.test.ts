import { chmodSync, chownSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import pg from 'pg';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { selfSigned } from '../support/certificate.ts';
import { inputFolder } from '../support/files.ts';
import { failureOf } from '../support/loads.ts';
import { freshDatabase } from '../support/postgres.ts';

/* How a server is reached, and for how long it is waited for. */

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 4 });
pool.on('error', () => {});
const { write } = inputFolder();
const before = { ...process.env };
afterEach(() => {
  for (const name of ['PGSERVICE', 'PGSERVICEFILE', 'PGPASSFILE']) delete process.env[name];
  Object.assign(process.env, before);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const rows = read.rows([{ id: 1 }], { schema: { id: t.int() } });
const options = { table: 'items', mode: 'replace' } as const;
const { hostname, port, username, password, pathname } = new URL(database.url);

test('a service of a file, its password from .pgpass', async () => {
  process.env.PGSERVICEFILE = write(
    'services',
    `[shop]\nhost=${hostname}\nport=${port}\nuser=${username}\ndbname=${pathname.slice(1)}\n`,
  );
  process.env.PGPASSFILE = write('pgpass', `${hostname}:${port}:*:${username}:${password}\n`);
  chmodSync(process.env.PGPASSFILE, 0o600);
  expect((await load.postgres(rows, 'postgres://?service=shop', options)).rows.written).toBe(1);
  const read_ = read.sql('postgres://?service=shop', 'SELECT id FROM items', { schema: { id: t.int() } });
  expect(await read_.rows()).toEqual([{ id: 1 }]);
  process.env.PGSERVICE = 'shop';
  expect((await load.postgres(rows, 'postgres://', options)).rows.written).toBe(1);
});

describe('TLS', () => {
  const encrypted = `${database.url}?sslmode=verify-full`;

  test('a server without it is refused where it is asked for', async () => {
    const error = await failureOf(load.postgres(rows, encrypted, options));
    expect([error.code, error.retryable]).toEqual(['postgres.tls', false]);
    expect(error.message).toMatch(/cannot connect to postgres:\/\/.*does not support SSL/);
  });

  test('a certificate is checked', async () => {
    const { certificate, key } = selfSigned();
    const {
      rows: [{ data_directory: data } = { data_directory: '' }],
    } = await pool.query('SHOW data_directory');
    const { uid, gid } = statSync(data);
    for (const [name, text] of [
      ['test.crt', certificate],
      ['test.key', key],
    ] as const) {
      writeFileSync(path.join(data, name), text, { mode: 0o600 });
      chownSync(path.join(data, name), uid, gid);
    }
    await pool.query(`ALTER SYSTEM SET ssl_cert_file = 'test.crt'`);
    await pool.query(`ALTER SYSTEM SET ssl_key_file = 'test.key'`);
    await pool.query('ALTER SYSTEM SET ssl = on');
    await pool.query('SELECT pg_reload_conf()');
    try {
      await expect.poll(async () => (await pool.query('SHOW ssl')).rows).toEqual([{ ssl: 'on' }]);
      const unknown = await failureOf(load.postgres(rows, encrypted, options));
      expect([unknown.code, unknown.retryable]).toEqual(['postgres.tls', false]);
      const known = `${encrypted}&sslrootcert=${encodeURIComponent(write('root.crt', certificate))}`;
      expect((await load.postgres(rows, known, options)).rows.written).toBe(1);
      const used = read.sql(known, 'SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()', {
        schema: { ssl: t.boolean() },
      });
      expect(await used.rows()).toEqual([{ ssl: true }]);
      expect((await load.postgres(rows, `${database.url}?sslmode=no-verify`, options)).rows.written).toBe(1);
    } finally {
      await pool.query('ALTER SYSTEM RESET ALL');
      await pool.query('SELECT pg_reload_conf()');
    }
  });
});

describe('limits', () => {
  test('a lock that is not free, and a statement that does not end, leave the table as it was', async () => {
    await load.postgres(rows, pool, options);
    const other = await pool.connect();
    await other.query('BEGIN; LOCK TABLE items IN ACCESS EXCLUSIVE MODE');
    try {
      const locked = await failureOf(load.postgres(rows, pool, { ...options, lockTimeout: 100 }));
      expect([locked.code, locked.retryable]).toEqual(['postgres.locked', true]);
      expect(locked.message).toContain('within lockTimeout, 100 ms');
      const late = await failureOf(load.postgres(rows, database.url, { ...options, statementTimeout: 100 }));
      expect([late.code, late.retryable]).toEqual(['postgres.statement_timeout', true]);
      expect(late.message).toContain('within statementTimeout, 100 ms');
    } finally {
      await other.query('ROLLBACK');
      other.release();
    }
    expect(
      (await load.postgres(rows, pool, { ...options, lockTimeout: 100, statementTimeout: 60_000 })).rows.written,
    ).toBe(1);
    expect((await pool.query('SHOW lock_timeout')).rows).toEqual([{ lock_timeout: '0' }]);
  });

  test('a turn is waited for no longer than a lock', async () => {
    const other = await pool.connect();
    await other.query('BEGIN');
    const key = "hashtextextended('millrace load public.items', 0)";
    await other.query(`SELECT pg_advisory_xact_lock(${key})`);
    const locked = await failureOf(load.postgres(rows, pool, { ...options, lockTimeout: 100 }));
    expect(locked.code).toBe('postgres.locked');
    await other.query('ROLLBACK');
    other.release();
  });

  test('what is no number of milliseconds is refused', async () => {
    for (const lockTimeout of [0, -1, 1.5, '1s' as never]) {
      expect((await failureOf(load.postgres(rows, pool, { ...options, lockTimeout }))).code).toBe('load.option');
    }
  });
});
