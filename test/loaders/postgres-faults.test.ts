import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, fn, type LoadReport, load, MillraceError, postgres, t } from '../../src/index.ts';
import { transaction } from '../../src/postgres/connect.ts';
import { type Random, randomOf } from '../readers/csv/written.ts';
import { contentOf, loadNumber, type Place, STEPS, stepOf, undisturbed } from '../support/attacked-loads.ts';
import { failure } from '../support/failure.ts';
import { type Fault, type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { freshDatabase } from '../support/postgres.ts';

/** `MILLRACE_CASES=200 MILLRACE_SEED=1 npx vitest run test/loaders/postgres-faults.test.ts` for more of them, or the same again. */
const CASES = Number(process.env.MILLRACE_CASES ?? 40);
const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31));

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 6 });
// Dropping the database cuts connections that the pool has told to end and that have not ended yet.
pool.on('error', () => {});
const session = createSession({ threads: 1 });
const lanes: Lane[] = [];
afterAll(async () => {
  for (const { proxy } of lanes) await proxy[Symbol.asyncDispose]();
  await session.close();
  await pool.end();
  await database.drop();
});

/** The loads into tables, and how many of them there are in a round. */
const TABLES = STEPS.filter(({ target }) => target === 'table').length;
const tableLoad = (n: number): number => Math.floor(n / TABLES) * STEPS.length + (n % TABLES);
const expected = undisturbed(session, pool, { target: pool, schema: 'reference', folder: '' }, tableLoad);

/** The end of a message that commits, and of the one that says so; not of `ON COMMIT DROP`. */
const COMMIT = 'COMMIT\0';

/** How long a server may be silent here where a fault makes it so; where none does, a machine may have much to do. */
const TIMEOUT = 2500;
const PATIENCE = 60_000;

interface Outcome {
  readonly error: unknown;
  readonly found: 'before' | 'after';
}

/** Loads, one after another, into a schema of their own by way of a proxy of their own. */
class Lane {
  readonly name: string;
  readonly proxy: FaultProxy;
  /** How many bytes each load sends and gets. */
  readonly #bytes: { readonly 'to server': number; readonly 'to client': number }[] = [];
  next = 0;

  private constructor(name: string, proxy: FaultProxy) {
    this.name = name;
    this.proxy = proxy;
  }

  static async open(name: string): Promise<Lane> {
    const lane = new Lane(name, await faultProxy(`${database.url}?application_name=${name}`));
    lanes.push(lane);
    await pool.query(`CREATE SCHEMA ${name}`);
    while (lane.next < 2 * TABLES) {
      lane.proxy.arm();
      await lane.load(lane.proxy.url, lane.next, PATIENCE);
      lane.#bytes[lane.next % TABLES] = { ...lane.proxy.passed };
      lane.next += 1;
    }
    return lane;
  }

  load(target: Place['target'], n: number, timeout: number): Promise<LoadReport> {
    return loadNumber(session, { schema: this.name, folder: '', target, timeout }, tableLoad(n));
  }

  content(n: number): Promise<string> {
    return contentOf(session, pool, { schema: this.name, folder: '' }, tableLoad(n));
  }

  /** Somewhere in the bytes of the next load; as often as not near its end, where it commits. */
  somewhere(random: Random): Pick<Fault, 'direction' | 'at'> {
    const direction = random.pick(['to server', 'to client'] as const);
    const all = this.#bytes[this.next % TABLES]?.[direction] ?? 0;
    const part = random.chance(0.5) ? all : Math.min(all, 300);
    return { direction, at: all - 1 - random.below(part) };
  }

  /**
   * Waits until no transaction that came by the proxy has a lock: not for hours, as a server would by itself. One whose
   * first answer was lost cannot be ended, for nobody knows its backend; it has no lock yet.
   */
  async #untilEnded(): Promise<void> {
    const sql = `SELECT state, wait_event, query FROM pg_stat_activity AS open WHERE application_name = $1 AND xact_start IS NOT NULL
       AND EXISTS (SELECT FROM pg_locks WHERE pg_locks.pid = open.pid AND locktype <> 'virtualxid')`;
    for (let tries = 1; ; tries++) {
      const { rows } = await pool.query(sql, [this.name]);
      if (rows.length === 0) return;
      if (tries === 1000) throw new Error(`still at work: ${JSON.stringify(rows)}`);
      await sleep(20);
    }
  }

  /** The next load with a fault, its outcome, and then again without. */
  async survives(fault: Fault, told: string, mend = async () => {}): Promise<Outcome> {
    const n = this.next++;
    const step = stepOf(tableLoad(n)).name;
    const name = `${told}, ${step}: ${fault.act} after ${fault.at} ${fault.direction}`;
    const byUrl = n % 2 === 0;
    const target = byUrl
      ? this.proxy.url
      : new pg.Pool({ connectionString: this.proxy.url, max: 1, connectionTimeoutMillis: TIMEOUT });
    if (typeof target !== 'string') target.on('error', () => {});
    this.proxy.arm(fault);
    const error = await this.load(target, n, TIMEOUT).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    const { hit } = this.proxy;
    this.proxy.arm();
    if (hit) await mend();
    // A connection that broke is not lent again.
    if (typeof target !== 'string') {
      expect((await target.query('SELECT 1 AS one')).rows, name).toEqual([{ one: 1 }]);
      await target.end();
    }
    await this.#untilEnded();
    const [before, after] = [await expected(n - TABLES), await expected(n)];
    const now = await this.content(n);
    expect([before, after], name).toContain(now);
    const found = now === after ? 'after' : 'before';
    if (error === undefined) expect(found, name).toBe('after');
    else {
      expect(error, name).toBeInstanceOf(MillraceError);
      const { code, retryable, message } = error as MillraceError;
      expect(['postgres.connection_lost', 'postgres.commit_unknown'], `${name}: ${message}`).toContain(code);
      expect(retryable, name).toBe(true);
      if (code === 'postgres.connection_lost') expect(found, `${name}: ${message}`).toBe('before');
    }
    const again = await this.load(pool, n, PATIENCE);
    expect(await this.content(n), name).toBe(after);
    if (step === 'append') expect(again.alreadyLoaded, name).toBe(found === 'after');
    return { error, found };
  }
}

beforeAll(async () => {
  await pool.query('CREATE SCHEMA reference');
});

const counted = (outcomes: readonly Outcome[]): string => {
  const counts: Record<string, number> = {};
  for (const { error, found } of outcomes) {
    const what = `${error === undefined ? 'loaded' : (error as MillraceError).code}, ${found}`;
    counts[what] = (counts[what] ?? 0) + 1;
  }
  return JSON.stringify(counts);
};

describe.concurrent(`a connection that fails at a random byte (seed ${seed})`, {
  timeout: 120_000 + 5000 * CASES,
}, () => {
  test('reset: nothing is loaded, or all; a retry leaves what one load leaves', async () => {
    const lane = await Lane.open('resets');
    const random = randomOf(seed);
    const outcomes: Outcome[] = [];
    for (let number = 0; number < CASES; number++) {
      const told = `MILLRACE_SEED=${seed}, case ${number}`;
      outcomes.push(await lane.survives({ ...lane.somewhere(random), act: 'reset' }, told));
    }
    console.info(`resets: MILLRACE_SEED=${seed} ${counted(outcomes)}`);
  });

  test('half open: given up after the timeout, and the server gives up its locks', async () => {
    const lane = await Lane.open('half_open');
    const random = randomOf(seed + 1_000_000);
    const outcomes: Outcome[] = [];
    for (let number = 0; number < Math.ceil(CASES / 8); number++) {
      const told = `MILLRACE_SEED=${seed}, case ${number}`;
      outcomes.push(await lane.survives({ ...lane.somewhere(random), act: 'half-open' }, told));
    }
    console.info(`half open: ${counted(outcomes)}`);
  });

  test('a network that is gone: given up after the timeout', async () => {
    const lane = await Lane.open('gone');
    const random = randomOf(seed + 2_000_000);
    const outcomes: Outcome[] = [];
    for (let number = 0; number < Math.ceil(CASES / 20); number++) {
      const told = `MILLRACE_SEED=${seed}, case ${number}`;
      const mend = async (): Promise<void> => lane.proxy.cut();
      outcomes.push(await lane.survives({ ...lane.somewhere(random), act: 'black hole' }, told, mend));
    }
    console.info(`black holes: ${counted(outcomes)}`);
  });

  test.each(['to server', 'to client'] as const)('at the commit, %s', async (direction) => {
    const lane = await Lane.open(direction.replace(' ', '_'));
    for (const act of ['reset', 'half-open'] as const) {
      // The first transaction only looks.
      const looked = await lane.survives({ direction, at: COMMIT, act }, 'the look');
      expect(looked.error).toMatchObject({ code: 'postgres.connection_lost' });
      const { error, found } = await lane.survives({ direction, at: COMMIT, skip: 1, act }, 'the load');
      expect(error).toMatchObject({ code: 'postgres.commit_unknown', retryable: true });
      expect(found).toBe(direction === 'to server' ? 'before' : 'after');
    }
  });
});

test('a Pool that waits for ever for a connection of its own is not waited for', async () => {
  await using proxy = await faultProxy(database.url);
  const one = session.read.rows([{ id: 1 }], { schema: { id: t.int() } });
  for (const at of [0, 100, 400]) {
    const patient = new pg.Pool({ connectionString: proxy.url, max: 2 });
    patient.on('error', () => {});
    proxy.arm({ direction: 'to client', at, act: 'half-open' });
    const options = { table: 'patient', mode: 'append', timeout: 500 } as const;
    const error = await failure(load.postgres(one, patient, options));
    expect([error.code, error.retryable]).toEqual(['postgres.connection_lost', true]);
    expect(error.message).toMatch(/^load\.postgres: the pool cannot connect: timeout: .* connectionTimeoutMillis/);
    // Its other connection is as good; one that others hold is waited for.
    const held = await patient.connect();
    const loading = load.postgres(one, patient, options);
    await sleep(1500);
    held.release();
    expect((await loading).rows.written).toBe(1);
    proxy.cut();
    await patient.end();
  }
});

test('an append that has no name is not to be loaded again without a look', async () => {
  await using proxy = await faultProxy(database.url);
  const one = session.read.rows([{ id: 1 }], { schema: { id: t.int() } });
  const outcome = async (direction: Fault['direction'], loadId?: string): Promise<MillraceError> => {
    proxy.arm({ direction, at: COMMIT, skip: 1, act: 'reset' });
    const named = loadId === undefined ? {} : { loadId };
    return failure(load.postgres(one, proxy.url, { table: 'nameless', mode: 'append', ...named }));
  };
  const count = async () => (await pool.query('SELECT count(*)::int AS n FROM nameless')).rows[0].n;
  const nameless = await outcome('to client');
  expect(nameless).toMatchObject({ code: 'postgres.commit_unknown', retryable: false });
  expect(nameless.message).toContain('Look before trying again; with a loadId a retry is safe.');
  expect(await count()).toBe(1);
  expect(await outcome('to server')).toMatchObject({ code: 'postgres.commit_unknown', retryable: false });
  expect(await count()).toBe(1);
  expect(await outcome('to client', 'named')).toMatchObject({ code: 'postgres.commit_unknown', retryable: true });
  const again = await load.postgres(one, pool, { table: 'nameless', mode: 'append', loadId: 'named' });
  expect(again.alreadyLoaded).toBe(true);
  expect(await count()).toBe(2);
});

test('an abort while it commits does not hide that nobody knows', async () => {
  await using proxy = await faultProxy(database.url);
  const one = session.read.rows([{ id: 1 }], { schema: { id: t.int() } });
  const stop = new AbortController();
  proxy.arm({ direction: 'to client', at: COMMIT, skip: 1, act: () => stop.abort() });
  const options = { table: 'aborted', mode: 'append', signal: stop.signal } as const;
  expect(await failure(load.postgres(one, proxy.url, options))).toMatchObject({ code: 'postgres.commit_unknown' });
  expect((await pool.query('SELECT count(*)::int AS n FROM aborted')).rows).toEqual([{ n: 1 }]);
});

test('a frame of the database itself, cut off at each of its commits', async () => {
  await using proxy = await faultProxy(database.url);
  await pool.query('CREATE TABLE source AS SELECT 1::bigint AS id');
  const codes: string[] = [];
  for (let skip = 0; ; skip++) {
    // The server has committed, and the answer is lost.
    proxy.arm({ direction: 'to client', at: COMMIT, skip, act: 'reset' });
    const own = createSession({ engine: postgres(proxy.url) });
    const options = { table: 'inside', mode: 'append', loadId: 'one' } as const;
    const frame = own.read.sql(proxy.url, 'SELECT id FROM source', { schema: { id: t.int() } });
    const code = await load.postgres(frame, proxy.url, options).then(
      () => 'loaded',
      (error: MillraceError) => error.code,
    );
    await own.close();
    codes.push(code);
    const there = (await pool.query("SELECT to_regclass('inside') IS NOT NULL AS is")).rows[0].is;
    expect(there, codes.join()).toBe(code === 'loaded' || code === 'postgres.commit_unknown');
    if (code === 'loaded') break;
    if (there) expect((await pool.query('DELETE FROM inside RETURNING 1')).rows).toHaveLength(1);
    await pool.query('DROP TABLE IF EXISTS inside, millrace_loads');
  }
  expect(codes).toContain('postgres.commit_unknown');
});

test('a connection that goes silent as a refused load is rolled back', async () => {
  await using proxy = await faultProxy(database.url);
  await pool.query('CREATE TABLE strict (id bigint CHECK (id > 1))');
  const one = session.read.rows([{ id: 1 }], { schema: { id: t.int() } });
  // By a pool the connection outlives the error of a statement, and is rolled back.
  const lent = new pg.Pool({ connectionString: proxy.url, max: 1 });
  lent.on('error', () => {});
  proxy.arm({ direction: 'to server', at: 'ROLLBACK\0', act: 'half-open' });
  const options = { table: 'strict', mode: 'replace-where', where: () => fn.lit(true), timeout: TIMEOUT } as const;
  expect(await failure(load.postgres(one, lent, options))).toMatchObject({ code: 'postgres.constraint' });
  expect(proxy.hit).toBe(true);
  await lent.end();
  expect((await pool.query('SELECT * FROM strict')).rows).toEqual([]);
});

describe.concurrent('a server that is slow is not one that is gone', () => {
  const schema = { id: t.int() };
  const one = () => session.read.rows([{ id: 1 }], { schema });

  test('latency', async () => {
    const lane = await Lane.open('latency');
    lane.proxy.latency = 30;
    await lane.load(lane.proxy.url, lane.next, PATIENCE);
    expect(await lane.content(lane.next)).toBe(await expected(lane.next));
  });

  test('a statement that takes longer than the timeout is waited for', async () => {
    await pool.query(`CREATE TABLE slow (id bigint);
      CREATE FUNCTION sleeps() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM pg_sleep(6); RETURN NULL; END';
      CREATE TRIGGER sleeps AFTER INSERT ON slow FOR EACH STATEMENT EXECUTE FUNCTION sleeps()`);
    const loads = [database.url, pool].map((target) =>
      load.postgres(one(), target, { table: 'slow', mode: 'append', timeout: TIMEOUT }),
    );
    for (const report of await Promise.all(loads)) expect(report.rows.written).toBe(1);
  });

  test('so are the turn of another load, and pieces that are slow to be made', async () => {
    await pool.query('CREATE TABLE pieces (id bigint)');
    const settings = { caller: 'load.postgres', timeout: TIMEOUT };
    let begun = (): void => {};
    const locked = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const slow = transaction(pool, settings, async (server) => {
      await server.query('LOCK TABLE pieces IN SHARE ROW EXCLUSIVE MODE');
      begun();
      return server.copyIn(
        'pieces',
        ['id'],
        (async function* () {
          for (const id of [1, 2]) {
            await sleep(3000);
            yield Buffer.from(`${id}\n`);
          }
        })(),
      );
    });
    await locked;
    await load.postgres(one(), pool, { table: 'pieces', mode: 'append', timeout: TIMEOUT });
    expect(await slow).toBe(2);
    expect((await pool.query('SELECT count(*)::int AS n FROM pieces')).rows).toEqual([{ n: 3 }]);
  });

  test('a server that does not take connections: given up after the timeout', async () => {
    await using proxy = await faultProxy(database.url);
    proxy.arm({ direction: 'to server', at: 0, act: 'black hole' });
    const error = await failure(load.postgres(one(), proxy.url, { table: 'slow', mode: 'append', timeout: 200 }));
    expect([error.code, error.retryable]).toEqual(['postgres.connection_lost', true]);
    expect(error.message).toContain('cannot connect to postgres://');
  });

  test.each([0, -1, 1.5, Number.NaN, 2 ** 31, '60' as never])('a timeout of %s is no timeout', async (timeout) => {
    const error = await failure(load.postgres(one(), pool, { table: 'slow', mode: 'append', timeout }));
    expect(error.code).toBe('load.option');
  });
});
