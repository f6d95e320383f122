import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, load, t } from '../../../src/index.ts';
import { freshDatabase } from '../../support/postgres.ts';

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 2 });
const session = createSession({ threads: 2 });
const folder = mkdtempSync(join(tmpdir(), 'millrace-incremental-'));
const root = resolve(import.meta.dirname, '../../..');
let file = '';
let tests = 0;

beforeEach(async () => {
  tests += 1;
  file = join(folder, `state-${tests}.json`);
  await pool.query('DROP TABLE IF EXISTS orders, copied, millrace_state');
  await pool.query('CREATE TABLE orders (id int PRIMARY KEY, at timestamptz, v int)');
});
afterAll(async () => {
  await session.close();
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const schema = { id: t.int(), at: t.timestamp(), v: t.int() };
const columns = 'id::int, v::int, (extract(epoch from at) * 1000000)::bigint::text AS at';
const table = async (name: string): Promise<unknown[]> =>
  (await pool.query(`SELECT ${columns} FROM ${name} ORDER BY id, at`)).rows;

/** Loads in a process that dies as soon as it is about to save the state. */
function dying(state: string, mode: 'append' | 'upsert'): string | null {
  const script = `
    import fs from 'node:fs/promises';
    import { syncBuiltinESMExports } from 'node:module';
    import pg from 'pg';
    import { load, read, t } from './src/index.ts';
    const die = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); };
    fs.rename = die;
    syncBuiltinESMExports();
    const query = pg.Client.prototype.query;
    pg.Client.prototype.query = function (...args) {
      return /INSERT INTO .*millrace_state/.test(args[0]?.text ?? args[0]) ? die() : query.apply(this, args);
    };
    const url = ${JSON.stringify(database.url)};
    const orders = read.sql(url, 'SELECT * FROM orders', {
      schema: { id: t.int(), at: t.timestamp(), v: t.int() },
      incremental: { name: 'orders', cursor: 'at', start: '2024-01-01', key: 'id', state: ${JSON.stringify(state)} },
    });
    await load.postgres(orders, url, { table: 'copied', mode: '${mode}'${mode === 'upsert' ? ", key: 'id'" : ''} });
  `;
  const flags = ['--import', 'tsx', '--input-type=module', '-e', script];
  const child = spawnSync(process.execPath, flags, { cwd: root, encoding: 'utf8', timeout: 50_000 });
  expect(child.stderr).toBe('');
  return child.signal;
}

function orders(state: string, lag?: { seconds: number }) {
  return session.read.sql(pool, 'SELECT * FROM orders', {
    schema,
    incremental: {
      name: 'orders',
      cursor: 'at',
      start: '2024-01-01',
      key: 'id',
      state,
      ...(lag === undefined ? {} : { lag }),
    },
  });
}

describe('a process that dies before its state is saved', () => {
  test('has loaded nothing where the state is in the same database, so that an append is right', async () => {
    await pool.query(`INSERT INTO orders VALUES (1, '2024-01-01', 1), (2, '2024-01-02', 2)`);
    expect(dying(database.url, 'append')).toBe('SIGKILL');
    expect((await pool.query(`SELECT to_regclass('copied')::text AS found`)).rows).toEqual([{ found: null }]);
    await load.postgres(orders(database.url), database.url, { table: 'copied', mode: 'append' });
    expect(await table('copied')).toEqual(await table('orders'));
  });

  test('has loaded all where the state is in a file; it is read again, and an upsert leaves it the same', async () => {
    await pool.query(`INSERT INTO orders VALUES (1, '2024-01-01', 1), (2, '2024-01-02', 2)`);
    expect(dying(file, 'upsert')).toBe('SIGKILL');
    expect(await table('copied')).toEqual(await table('orders'));
    await pool.query(`UPDATE orders SET v = 3, at = '2024-01-03' WHERE id = 1`);
    const report = await load.postgres(orders(file), pool, { table: 'copied', mode: 'upsert', key: 'id' });
    expect(report.incremental?.[0]).toMatchObject({ rows: 2, removed: 0, saved: 'after the load' });
    expect(await table('copied')).toEqual(await table('orders'));
  });
});

/** Numbers from 0 up to, but not including, 1; the same for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

const seed = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));
const LAG = 60;

describe(`random changes between runs (SEED=${seed})`, () => {
  test.each([0, 1, 2, 3])('run %i: what comes within the lag arrives, and once', async (n) => {
    const random = randomFrom(seed + n);
    const state = n % 2 === 0 ? database.url : file;
    const below = (count: number): number => Math.floor(random() * count);
    const one = orders(state, { seconds: LAG });
    const versions = new Set<string>();
    let clock = Date.parse('2024-01-01T01:00:00Z');
    let ids = 0;
    let last = 0;
    let versionsMade = 0;
    for (let run = 0; run < 8; run++) {
      for (let change = below(12); change > 0; change--) {
        clock += below(20_000);
        // What comes late is not before the greatest cursor less the lag.
        const at = Math.ceil(Math.max(clock - below(LAG * 1000), last - LAG * 1000));
        const id = random() < 0.5 || ids === 0 ? ++ids : 1 + below(ids);
        await pool.query(
          `INSERT INTO orders VALUES ($1, $2::timestamptz + $4 * interval '1 microsecond', $3)
           ON CONFLICT (id) DO UPDATE SET at = excluded.at, v = excluded.v`,
          // No version has the cursor of another.
          [id, new Date(at), below(1000), ++versionsMade],
        );
      }
      const { rows } = await pool.query(`SELECT ${columns} FROM orders`);
      for (const { id, at } of rows as { id: number; at: string }[]) {
        versions.add(`${id} ${at}`);
        last = Math.max(last, Number(at) / 1000);
      }
      await one.refresh();
      const target = state === file ? pool : database.url;
      // Every version that a run could see came, and no other row: an append has each of them once.
      await load.postgres(one, target, { table: 'copied', mode: 'append' });
    }
    const copied = (await table('copied')) as { id: number; at: string; v: number }[];
    expect(new Set(copied.map(({ id, at }) => `${id} ${at}`))).toEqual(versions);
    expect(copied.length).toBe(versions.size);
    const latest = new Map<string, number>();
    for (const { id, at, v } of copied) latest.set(`${id} ${at}`, v);
    for (const { id, at, v } of (await table('orders')) as typeof copied) expect(latest.get(`${id} ${at}`)).toBe(v);
  });
});
