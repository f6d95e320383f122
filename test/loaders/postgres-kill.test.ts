import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession } from '../../src/index.ts';
import { type Random, randomOf } from '../readers/csv/written.ts';
import { contentOf, loadNumber, type Place, STEPS, stepOf, undisturbed } from '../support/attacked-loads.ts';
import { type Fault, type FaultProxy, faultProxy } from '../support/fault-proxy.ts';
import { inputFolder } from '../support/files.ts';
import { freshDatabase } from '../support/postgres.ts';

/** `MILLRACE_CASES=300 MILLRACE_SEED=1 npx vitest run test/loaders/postgres-kill.test.ts` for more of them, or the same again. */
const CASES = Number(process.env.MILLRACE_CASES ?? 30);
const seed = Number(process.env.MILLRACE_SEED ?? Math.floor(Math.random() * 2 ** 31));

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 8 });
// Dropping the database cuts connections that the pool has told to end and that have not ended yet.
pool.on('error', () => {});
const { folder } = inputFolder();
const session = createSession({ threads: 1, tempDirectory: folder });
afterAll(async () => {
  await session.close();
  await pool.end();
  await database.drop();
});

const expected = undisturbed(session, pool, {
  target: pool,
  schema: 'reference',
  folder: join(folder, 'reference'),
});

/** How long a load of each kind takes, and how many bytes it sends and gets. */
const measured: { readonly milliseconds: number; readonly 'to server': number; readonly 'to client': number }[] = [];

beforeAll(async () => {
  await pool.query('CREATE SCHEMA reference; CREATE SCHEMA measured');
  await using proxy = await faultProxy(database.url);
  const place: Place = { target: proxy.url, schema: 'measured', folder: join(folder, 'measured') };
  for (let n = 0; n < 2 * STEPS.length; n++) {
    proxy.arm();
    const start = performance.now();
    await loadNumber(session, place, n);
    measured[n % STEPS.length] = { milliseconds: performance.now() - start, ...proxy.passed };
  }
});

/** Has a process load, from a number on, and kills it in one of the loads; gives the last that it said it did. */
async function killed(proxy: FaultProxy, place: Place, first: number, random: Random): Promise<number> {
  const script = join(import.meta.dirname, '..', 'support', 'attacked-loads.ts');
  const args = ['--import', 'tsx', script, JSON.stringify(place), String(first)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const meant = first + 1 + random.below(STEPS.length);
  let [said, wrong] = ['', ''];
  child.stderr.on('data', (text) => {
    wrong += text;
  });
  const ended = new Promise((resolve) => child.on('close', resolve));
  const last = (): number => Number(said.trim().split('\n').at(-1));
  const isNext = new Promise((resolve) => {
    child.stdout.on('data', (text) => {
      said += text;
      if (last() >= meant - 1) resolve(undefined);
    });
  });
  const kill = (): void => void child.kill('SIGKILL');
  const { milliseconds, ...bytes } = measured[meant % STEPS.length] ?? { milliseconds: 0 };
  const { direction, how, at } = faultIn(bytes, random);
  const moment = random.below(1000 * milliseconds) / 1000;
  await Promise.race([isNext, ended]);
  if (how === 'byte') proxy.arm({ direction, at, act: kill });
  // Before it arrives, or after its answer was sent; the first transaction only looks.
  if (how === 'commit') proxy.arm({ direction, at: 'COMMIT\0', skip: 1, act: kill });
  if (how === 'moment') {
    await sleep(moment);
    kill();
  }
  await ended;
  proxy.arm();
  expect(wrong).toBe('');
  return last();
}

/** Where a process is killed: at any moment, where a byte passes, or where it commits; what writes files, by the clock. */
function faultIn(bytes: Partial<Record<Fault['direction'], number>>, random: Random) {
  const direction = random.pick(['to server', 'to client'] as const);
  const how = random.pick(['moment', 'byte', 'commit'] as const);
  const all = bytes[direction] ?? 0;
  return { direction, how: all === 0 ? 'moment' : how, at: random.below(all) } as const;
}

/** Waits until the server has noticed that its client is gone. */
async function untilGone(name: string): Promise<void> {
  const backends = async () =>
    (await pool.query('SELECT state, query FROM pg_stat_activity WHERE application_name = $1', [name])).rows;
  await expect.poll(backends, { timeout: 20_000, interval: 10 }).toEqual([]);
}

/** What is there besides the tables and files that the loads are for. */
async function leftovers(place: Place): Promise<unknown> {
  const tables = await pool.query(
    `SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r'
     AND (nspname LIKE 'pg_temp%' OR nspname = $1) AND NOT relname = ANY ($2)`,
    [place.schema, [...STEPS.map(({ name }) => name), 'millrace_loads']],
  );
  const locks = await pool.query(
    `SELECT locktype FROM pg_locks WHERE locktype = 'advisory' AND pid IN (SELECT pid FROM pg_stat_activity WHERE application_name = $1)`,
    [place.schema],
  );
  const known = ['.dataset.versions', 'dataset', 'one.parquet', 'scratch'];
  const files = readdirSync(place.folder).filter((name) => !known.includes(name));
  const versions = readdirSync(join(place.folder, '.dataset.versions')).filter((name) => !/^\d+$/.test(name));
  const scratch = readdirSync(join(place.folder, 'scratch'));
  return { tables: tables.rows, locks: locks.rows, files, versions, scratch };
}
const NOTHING = { tables: [], locks: [], files: [], versions: [], scratch: [] };

/** A lane has a schema and a folder of its own. */
async function survives(lane: number, cases: number): Promise<void> {
  const random = randomOf(seed + lane);
  await using proxy = await faultProxy(database.url);
  const name = `lane ${lane}`;
  const url = `${proxy.url}?application_name=${encodeURIComponent(name)}`;
  const place: Place = { target: url, schema: `lane_${lane}`, folder: join(folder, `lane-${lane}`) };
  await pool.query(`CREATE SCHEMA ${place.schema}`);
  mkdirSync(join(place.folder, 'scratch'), { recursive: true });
  // The tables are there, as most are that are loaded into.
  for (let n = 0; n < STEPS.length; n++) await loadNumber(session, place, n);
  let next = STEPS.length;
  for (let number = 0; number < cases; number++) {
    const done = await killed(proxy, place, next, random);
    next = done + 1;
    const step = stepOf(next);
    const told = `MILLRACE_SEED=${seed}, lane ${lane}, case ${number}: load ${next}, ${step.name}`;
    const content = () => contentOf(session, pool, place, next);
    const [before, after] = [await expected(next - STEPS.length), await expected(next)];
    // A retry may come before the server has noticed, too.
    let found: string | undefined;
    if (random.chance(0.7)) {
      await untilGone(name);
      found = await content();
      expect([before, after], told).toContain(found);
    }
    const again = createSession({ threads: 1, tempDirectory: join(place.folder, 'scratch') });
    const report = await loadNumber(again, place, next);
    await again.close();
    expect(await content(), told).toBe(after);
    if (found === before) expect(report.alreadyLoaded, told).toBe(false);
    if (found === after && step.name === 'append') expect(report.alreadyLoaded, told).toBe(true);
    await untilGone(name);
    expect(await leftovers(place), told).toEqual(NOTHING);
    counts[found === undefined ? 'at once' : found === before ? 'before' : 'after'] += 1;
    steps.set(step.name, (steps.get(step.name) ?? 0) + 1);
    next += 1;
  }
  for (let n = next - STEPS.length; n < next; n++) {
    expect(await contentOf(session, pool, place, n)).toBe(await expected(n));
  }
}

/** Where the killed were: not yet committed, committed, or not looked at before the retry. */
const counts = { before: 0, after: 0, 'at once': 0 };
const steps = new Map<string, number>();

test(`a load whose process is killed at a random moment leaves, run again, what one run leaves (seed ${seed})`, {
  timeout: 60_000 + 10_000 * CASES,
}, async () => {
  console.info(`kill test: MILLRACE_SEED=${seed}`);
  await Promise.all([survives(0, Math.ceil(CASES / 2)), survives(1, Math.floor(CASES / 2))]);
  console.info(`kill test: ${JSON.stringify(counts)} ${JSON.stringify(Object.fromEntries(steps))}`);
});
