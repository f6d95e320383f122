import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../src/index.ts';
import { openRunStore, runPipeline } from '../../src/pipeline/index.ts';
import { inputFolder } from '../support/files.ts';
import { INTERVAL, killedPipeline, type Place, pathsOf, RUN, writeInputs } from '../support/killed-pipeline.ts';
import { numbers } from '../support/numbers.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';

/** How often it is killed, and by which seed the moments are chosen. */
const TIMES = Number(process.env.MILLRACE_TEST_KILLS ?? 10);
const SEED = Number(process.env.MILLRACE_TEST_SEED ?? Date.now() % 1_000_000);
const SCRIPT = join(import.meta.dirname, '../support/killed-pipeline.ts');

const { folder } = inputFolder();
let database: TestDatabase;
let client: pg.Client;
let clean: Awaited<ReturnType<typeof targetsOf>>;
/** Milliseconds that a run takes which is not killed. */
let whole = 0;

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  const place = await newPlace('clean');
  const child = start(place);
  await said(child, 'go');
  const begun = performance.now();
  await said(child, 'end');
  whole = performance.now() - begun;
  await once(child, 'close');
  clean = await targetsOf(place);
  console.info(
    `killed ${TIMES} times within ${Math.round(whole)} ms, seed ${SEED}: MILLRACE_TEST_SEED=${SEED} repeats it`,
  );
});
afterAll(async () => {
  await client.end();
  await database.drop();
});

async function newPlace(name: string): Promise<Place> {
  const place = { folder: join(folder, name), url: database.url, schema: name };
  await client.query(`CREATE SCHEMA ${name}`);
  writeInputs(place);
  return place;
}

function start(place: Place): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', SCRIPT, JSON.stringify(place)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Waits until a child says something, or has ended. */
function said(child: ChildProcess, word: string): Promise<void> {
  return new Promise((resolve) => {
    child.stdout?.on('data', (data: Buffer) => {
      if (String(data).includes(word)) resolve();
    });
    child.once('close', () => resolve());
  });
}

/** What the three targets hold, and how often each step began. */
async function targetsOf(place: Place) {
  const { lake, shop } = pathsOf(place);
  const Database = createRequire(import.meta.url)('libsql') as new (
    file: string,
  ) => { prepare(sql: string): { all(): unknown[] }; close(): void };
  const sqlite = new Database(shop);
  const columns = 'id, sku, amount::text, region, weight, hour';
  const [sales, rejected] = await Promise.all(
    [`SELECT ${columns} FROM ${place.schema}.sales ORDER BY id`, `SELECT * FROM ${place.schema}.rejected`].map(
      async (sql) => (await client.query(sql)).rows,
    ),
  );
  try {
    return {
      sales,
      rejected: rejected?.length,
      lake: (await (await read.parquet(`${lake}/**/*.parquet`)).rows()).sort((a, b) => Number(a.id) - Number(b.id)),
      shop: sqlite.prepare('SELECT * FROM sales ORDER BY id').all(),
    };
  } finally {
    sqlite.close();
  }
}

const journalOf = (place: Place): string[] => {
  const { journal } = pathsOf(place);
  return existsSync(journal)
    ? readFileSync(journal, 'utf8')
        .trim()
        .split('\n')
        .filter((line) => line !== '')
    : [];
};

/** Goes on with the run, as another process would; tells how the store had it before and has it after. */
async function resumed(place: Place) {
  await using store = await openRunStore(pathsOf(place).store);
  const before = await store.run(RUN);
  const steps = before === undefined ? [] : await store.steps(RUN);
  const journal = journalOf(place);
  const options = before === undefined ? { id: RUN, interval: INTERVAL } : { resume: RUN };
  const result =
    before?.state === 'succeeded' ? undefined : await runPipeline(killedPipeline(place), { store, ...options });
  return {
    before,
    steps,
    journal,
    result,
    after: await store.run(RUN),
    ended: await store.steps(RUN),
    attempts: await store.attempts(RUN),
  };
}

/** What must hold after a run was ended at whatever moment, and gone on with. */
async function expectWhole(
  place: Place,
  { before, steps, journal, result, after, ended, attempts }: Awaited<ReturnType<typeof resumed>>,
) {
  result?.orThrow();
  expect(await targetsOf(place)).toEqual(clean);
  // What the store said was done was not done again.
  const done = steps.filter(({ state }) => state === 'succeeded').map(({ name }) => name);
  const again = journalOf(place).slice(journal.length);
  expect(again.filter((name) => done.includes(name))).toEqual([]);
  // What it said had begun had begun.
  for (const { name, state } of steps) {
    if (state === 'interrupted' && name !== 'lake') expect([name, ...journal]).toContain(name);
    if (state === 'queued') expect(journal).not.toContain(name);
  }
  expect(after).toMatchObject({ state: 'succeeded', owner: null, error: null });
  expect(ended.map(({ name, state }) => [name, state])).toEqual(ended.map(({ name }) => [name, 'succeeded']));
  expect(ended).toHaveLength(12);
  for (const { name, attempts: count } of ended) {
    const own = attempts.filter((attempt) => attempt.step === name);
    expect(own.map(({ number }) => number)).toEqual(Array.from({ length: count }, (_, i) => i + 1));
    expect(own.at(-1)?.state).toBe('succeeded');
    expect(own.slice(0, -1).every(({ state }) => state === 'interrupted' || state === 'cancelled')).toBe(true);
  }
  expect(ended.find(({ name }) => name === 'sales')?.rows).toEqual({ in: 3000, out: 2970, quarantined: 30 });
  void before;
}

describe('a run of twelve steps and three loads', () => {
  const next = numbers(SEED);
  const moments = Array.from({ length: TIMES }, () => next());

  it.each(moments.map((moment, i) => [i + 1, moment] as const))(
    'killed for the %ith time, is whole when it has been resumed',
    async (time, moment) => {
      const place = await newPlace(`killed_${time}`);
      const child = start(place);
      await said(child, 'go');
      // Some are killed when all is done, too.
      await sleep(moment * whole * 1.1);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'close');
      const run = await resumed(place);
      expect([undefined, 'queued', 'interrupted', 'succeeded']).toContain(run.before?.state);
      await expectWhole(place, run);
    },
  );

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'stopped by %s is cancelled, and whole when it has been resumed',
    async (signal) => {
      const place = await newPlace(`stopped_${signal.toLowerCase()}`);
      const child = start(place);
      await said(child, 'go');
      while (!journalOf(place).includes('joined')) await sleep(2);
      child.kill(signal);
      const [code] = await once(child, 'close');
      expect(code).toBe(0);
      const run = await resumed(place);
      expect(run.before).toMatchObject({ state: 'cancelled', owner: null, error: { code: 'pipeline.stopped' } });
      expect(run.steps.find(({ name }) => name === 'sales')?.state).toBe('succeeded');
      expect(run.steps.find(({ name }) => name === 'summary')?.state).toBe('cancelled');
      await expectWhole(place, run);
    },
  );
});
