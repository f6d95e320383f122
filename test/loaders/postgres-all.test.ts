import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { createSession, load, postgres, read, type Session, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { freshDatabase } from '../support/postgres.ts';

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 4 });
const folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-all-'));
const root = path.resolve(import.meta.dirname, '../..');
let lake = '';

beforeEach(async () => {
  lake = path.join(await mkdtemp(path.join(folder, 'lake-')), 'orders');
  await pool.query('DROP TABLE IF EXISTS orders, copied, gate, millrace_state, millrace_loads');
  await pool.query('CREATE TABLE orders (id int PRIMARY KEY, at timestamptz)');
  await add(1, 2);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

const schema = { id: t.int(), at: t.timestamp() };
const add = (...ids: number[]): Promise<unknown> =>
  pool.query(
    `INSERT INTO orders SELECT id, '2024-05-01'::timestamptz + id * interval '1 hour' FROM unnest($1::int[]) AS id`,
    [ids],
  );
const copied = async (): Promise<number[]> =>
  (await pool.query('SELECT id FROM copied ORDER BY id')).rows.map((row: { id: string }) => Number(row.id));
const inLake = async (): Promise<number[]> =>
  (await read.parquet(lake, { schema }).sort('id').rows()).map(({ id }) => id);
const states = async (): Promise<number> =>
  (await pool.query(`SELECT to_regclass('millrace_state')::text AS name`)).rows[0].name === null
    ? 0
    : Number((await pool.query('SELECT count(*) FROM millrace_state')).rows[0].count);

/** What is new in the orders, read by a process that begins anew. */
async function newOrders<R>(run: (frame: ReturnType<typeof ordersOf>) => Promise<R>): Promise<R> {
  const session = createSession({ threads: 2 });
  try {
    return await run(ordersOf(session));
  } finally {
    await session.close();
  }
}
const ordersOf = (session: Session) =>
  session.read.sql(pool, 'SELECT * FROM orders', {
    schema,
    incremental: { name: 'orders', cursor: 'at', start: '2024-01-01', key: 'id', state: pool },
  });

describe('an incremental source', () => {
  it('saves its state in the transaction of the last target, where it is kept in that database', async () => {
    for (const [i, ids] of [[], [3, 4], []].entries()) {
      await add(...ids);
      await newOrders(async (orders) => {
        const outcome = await load.all(orders, {
          lake: (f) => load.parquet(f, lake, { mode: 'replace' }),
          warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'append' }),
        });
        const { warehouse } = outcome.reports();
        expect(warehouse.rows.written).toBe([2, 2, 0][i]);
        expect(warehouse.incremental?.map(({ saved }) => saved)).toEqual(['with the load']);
        expect(outcome.incremental.map(({ saved }) => saved)).toEqual(['with the load']);
      });
    }
    expect(await copied()).toEqual([1, 2, 3, 4]);
  });

  it('saves it with none but the last, and with a target that is retried where that is the last', async () => {
    await pool.query('CREATE TABLE copied (id int PRIMARY KEY CHECK (id <> 2), at timestamptz)');
    await newOrders(async (orders) => {
      const outcome = await load.all(orders, {
        warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'upsert', key: 'id' }),
        lake: (f) => load.parquet(f, lake, { mode: 'replace' }),
      });
      expect(outcome.targets).toMatchObject({
        warehouse: { ok: false, error: { code: 'postgres.constraint' } },
        lake: { ok: true, report: { incremental: [{ saved: 'by load.all' }] } },
      });
      expect([await states(), await copied()]).toEqual([0, []]);
      await pool.query('ALTER TABLE copied DROP CONSTRAINT copied_id_check');
      await add(3);
      const report = await outcome.retry('warehouse');
      expect(report.incremental?.map(({ saved }) => saved)).toEqual(['with the load']);
    });
    expect([await states(), await copied(), await inLake()]).toEqual([1, [1, 2], [1, 2]]);
    await newOrders(async (orders) => {
      const outcome = await load.all(orders, {
        warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'append' }),
      });
      expect(outcome.reports().warehouse.rows.written).toBe(1);
    });
    expect(await copied()).toEqual([1, 2, 3]);
  });

  it('is read again after a process that ended between its targets, and each target has every row once', async () => {
    // The second target of the first run is never reached: nothing but the first is there.
    await newOrders(async (orders) => {
      const outcome = await load.all(orders, {
        lake: (f) => load.parquet(f, lake, { mode: 'replace' }),
        warehouse: () => Promise.reject(new Error('the process ends')),
      });
      expect(outcome.ok).toBe(false);
    });
    expect([await inLake(), await states()]).toEqual([[1, 2], 0]);
    await add(3);
    await newOrders(async (orders) => {
      const outcome = await load.all(orders, {
        lake: (f) => load.parquet(f, lake, { mode: 'replace' }),
        warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'append' }),
      });
      expect(outcome.ok).toBe(true);
    });
    expect([await inLake(), await copied(), await states()]).toEqual([[1, 2, 3], [1, 2, 3], 1]);
  });

  it.each([
    ['between the targets', 'never'],
    ['while the last one is about to save the state', '"millrace_state" (name'],
    ['while the last one is about to commit', 'COMMIT'],
    ['when the last one has committed', 'committed'],
  ])('has every row once in each target after a process that was killed %s', async (_, moment) => {
    const script = `
      import pg from 'pg';
      import { load, read, t } from './src/index.ts';
      const die = () => { process.kill(process.pid, 'SIGKILL'); return new Promise(() => {}); };
      const moment = ${JSON.stringify(moment)};
      const query = pg.Client.prototype.query;
      let inLast = false;
      let hasSaved = false;
      pg.Client.prototype.query = function (...args) {
        const text = String(args[0]?.text ?? args[0]);
        if (inLast && text.includes(moment) && (moment !== 'COMMIT' || hasSaved)) return die();
        hasSaved ||= /INSERT INTO .*millrace_state/.test(text);
        return query.apply(this, args);
      };
      const pool = new pg.Pool({ connectionString: ${JSON.stringify(database.url)} });
      const orders = read.sql(pool, 'SELECT * FROM orders', {
        schema: { id: t.int(), at: t.timestamp() },
        incremental: { name: 'orders', cursor: 'at', start: '2024-01-01', key: 'id', state: pool },
      });
      await load.all(orders, {
        lake: (f) => load.parquet(f, ${JSON.stringify(lake)}, { mode: 'replace' }),
        warehouse: (f) => {
          inLast = true;
          return moment === 'never' ? die() : load.postgres(f, pool, { table: 'copied', mode: 'append' });
        },
      });
      die();
    `;
    const flags = ['--import', 'tsx', '--input-type=module', '-e', script];
    const child = spawnSync(process.execPath, flags, { cwd: root, encoding: 'utf8', timeout: 50_000 });
    expect([child.signal, child.stderr]).toEqual(['SIGKILL', '']);
    const hasCommitted = moment === 'committed';
    expect([await inLake(), await states()]).toEqual([[1, 2], hasCommitted ? 1 : 0]);
    await add(3);
    await newOrders(async (orders) => {
      const outcome = await load.all(orders, {
        lake: (f) => load.parquet(f, lake, { mode: 'replace' }),
        warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'append' }),
      });
      expect(outcome.ok).toBe(true);
    });
    expect(await inLake()).toEqual(hasCommitted ? [3] : [1, 2, 3]);
    expect([await copied(), await states()]).toEqual([[1, 2, 3], 1]);
  });

  it('is not appended again by a retry of what had committed, whatever was heard of it', async () => {
    const run = async (mode: 'append' | 'upsert') => {
      let isHeard = false;
      return newOrders(async (orders) => {
        const outcome = await load.all(orders, {
          warehouse: async (f) => {
            const report =
              mode === 'append'
                ? await load.postgres(f, pool, { table: 'copied', mode })
                : await load.postgres(f, pool, { table: 'copied', mode, key: 'id' });
            if (!isHeard) throw new Error('the answer to the commit was lost');
            return report;
          },
        });
        expect(outcome.ok).toBe(false);
        isHeard = true;
        return outcome.retry('warehouse').then(
          () => 'loaded',
          (error: { code: string }) => error.code,
        );
      });
    };
    expect([await run('append'), await copied(), await states()]).toEqual(['incremental.already_loaded', [1, 2], 1]);
    await pool.query('ALTER TABLE copied ADD PRIMARY KEY (id)');
    await add(3);
    expect([await run('upsert'), await copied()]).toEqual(['loaded', [1, 2, 3]]);
  });

  it('leaves the last target as it was where another run saved the state meanwhile', async () => {
    await newOrders(async (orders) => {
      const outcome = await load.all(orders, {
        lake: async (f) => {
          const report = await load.parquet(f, lake, { mode: 'replace' });
          await newOrders((others) => load.postgres(others, pool, { table: 'copied', mode: 'append' }));
          return report;
        },
        warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'append' }),
      });
      expect(outcome.targets.warehouse).toMatchObject({ ok: false, error: { code: 'incremental.conflict' } });
      expect((await failure(outcome.retry('warehouse'))).code).toBe('incremental.conflict');
    });
    expect(await copied()).toEqual([1, 2]);
  });
});

it('loads what a database ran into that database and into files, from one extract of it', async () => {
  await using session = createSession({ engine: postgres(pool) });
  const orders = session.read.table('orders', { schema });
  let fails = true;
  await using outcome = await load.all(
    orders.filter((r) => r.id.gt(1)),
    {
      warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'append' }),
      lake: async (f) => {
        if (fails) throw new Error('not yet');
        return load.parquet(f, lake, { mode: 'replace' });
      },
    },
  );
  expect(outcome.targets).toMatchObject({ warehouse: { ok: true }, lake: { ok: false } });
  fails = false;
  await add(3);
  await outcome.retry('lake');
  expect([await copied(), await inLake()]).toEqual([[2], [2]]);
});

it('refuses appends of an incremental source that could come twice, also where a database runs the plan', async () => {
  await using session = createSession({ engine: postgres(pool) });
  const orders = session.read.sql(pool, 'SELECT * FROM orders', {
    schema,
    incremental: { name: 'orders', cursor: 'at', start: '2024-01-01', key: 'id', state: pool },
  });
  await using outcome = await load.all(orders, {
    warehouse: (f) => load.postgres(f, pool, { table: 'copied', mode: 'append' }),
    lake: (f) => load.parquet(f, lake, { mode: 'append' }),
  });
  expect(outcome.targets).toMatchObject({
    warehouse: { ok: false, error: { code: 'incremental.append' } },
    lake: { ok: false, error: { code: 'incremental.append' } },
  });
  // Neither could ever come first: one of them must be loaded another way.
  const error = await failure(outcome.retry('lake'));
  expect([await states(), error.code, error.retryable]).toEqual([0, 'incremental.append', false]);
});
