import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession } from '../../src/index.ts';
import { rowsOf, type Said, SCHEMA, type TASKS } from '../support/concurrent-loads.ts';
import { inputFolder } from '../support/files.ts';
import { freshDatabase } from '../support/postgres.ts';

/** Twenty loaders, in so many processes: `MILLRACE_PROCESSES=20` gives each its own. */
const LOADERS = 20;
const PROCESSES = Number(process.env.MILLRACE_PROCESSES ?? 4);

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 2 });
// Dropping the database cuts connections that the pool has told to end and that have not ended yet.
pool.on('error', () => {});
const { folder } = inputFolder();
const dataset = join(folder, 'shared');
const children: Child[] = [];

/** A process, and what it says. */
interface Child {
  readonly process: ChildProcess;
  readonly loaders: number;
  next(): Promise<Said>;
}

function start(number: number): Child {
  const loaders = Array.from({ length: LOADERS }, (_, i) => i).filter((i) => i % PROCESSES === number);
  const script = join(import.meta.dirname, '..', 'support', 'concurrent-loads.ts');
  const args = ['--import', 'tsx', script, database.url, dataset, loaders.join(',')];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    process: child,
    loaders: loaders.length,
    next: async () => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error('a process ended');
      return JSON.parse(value) as Said;
    },
  };
}

beforeAll(async () => {
  for (let number = 0; number < PROCESSES; number++) children.push(start(number));
  for (const child of children) await child.next();
}, 300_000);

afterAll(async () => {
  for (const { process: child } of children) {
    const ended = new Promise((resolve) => child.on('close', resolve));
    child.stdin?.end();
    await ended;
  }
  await pool.end();
  await database.drop();
}, 60_000);

/** Has all loaders do a task at the same time; what each says of it. */
async function atOnce(task: keyof typeof TASKS): Promise<Said[]> {
  for (const { process: child } of children) child.stdin?.write(`${task}\n`);
  const said = await Promise.all(
    children.map(async (child) => {
      const all: Said[] = [];
      for (let i = 0; i < child.loaders; i++) all.push(await child.next());
      return all;
    }),
  );
  expect(said.flat().filter(({ error }) => error !== undefined)).toEqual([]);
  return said.flat();
}

const options = { timeout: 300_000 };

test('of twenty that load one loadId, one loads, and the others say that it was done', options, async () => {
  const said = await atOnce('once');
  const [one, ...others] = said.filter(({ alreadyLoaded }) => alreadyLoaded === false);
  expect(others).toEqual([]);
  expect(said.filter(({ alreadyLoaded }) => alreadyLoaded === true)).toHaveLength(LOADERS - 1);
  const loader = one?.loader ?? -1;
  const { rows } = await pool.query('SELECT id::int, loader::int, note FROM once ORDER BY id');
  expect(rows).toEqual(rowsOf(loader).sort((a, b) => a.id - b.id));
  expect((await pool.query('SELECT load_id, rows::int FROM millrace_loads')).rows).toEqual([
    { load_id: 'one', rows: rows.length },
  ]);
});

test('of twenty that upsert keys they share, the table holds what some order of them gives', options, async () => {
  const said = await atOnce('upsert');
  const { rows } = await pool.query('SELECT id::int, loader::int, note FROM shared ORDER BY id');
  const sets = Array.from({ length: LOADERS }, (_, loader) => new Set(rowsOf(loader).map(({ id }) => id)));
  const winner = new Map<number, number>(rows.map(({ id, loader }) => [id, loader]));
  expect([...winner.keys()]).toEqual([...new Set(sets.flatMap((set) => [...set]))].sort((a, b) => a - b));
  for (const { id, loader, note } of rows) expect(note).toBe(`key ${id} by ${loader}`);
  // Whoever has a key that another won came before that other: an order exists where this goes in no circle.
  const after = sets.map((set) => new Set([...set].map((id) => winner.get(id) ?? -1)));
  const placed = new Set<number>();
  for (let found = true; found; ) {
    found = false;
    for (let loader = 0; loader < LOADERS; loader++) {
      if (placed.has(loader) || [...(after[loader] ?? [])].some((w) => w !== loader && !placed.has(w))) continue;
      placed.add(loader);
      found = true;
    }
  }
  expect([...placed].sort((a, b) => a - b)).toEqual(sets.map((_, loader) => loader));
  expect(said.reduce((sum, { written = 0 }) => sum + written, 0)).toBe(sets.reduce((sum, set) => sum + set.size, 0));
});

test('of twenty that sync one table, it holds what one of them has', options, async () => {
  await atOnce('sync');
  const { rows } = await pool.query('SELECT id::int, loader::int, note FROM mirrored ORDER BY id');
  const last = new Set(rows.map(({ loader }) => loader));
  expect(last.size).toBe(1);
  expect(rows).toEqual(rowsOf([...last][0] ?? -1).sort((a, b) => a.id - b.id));
});

test('of twenty that append to a dataset under ten names, each name is loaded once', options, async () => {
  const said = await atOnce('dataset');
  const done = said.filter(({ alreadyLoaded }) => alreadyLoaded === false).map(({ loader }) => loader);
  expect(done.map((loader) => loader % 10).sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  const session = createSession({ threads: 1 });
  const rows = await session.read.parquet(dataset, { schema: SCHEMA }).sort('loader', 'id').rows();
  await session.close();
  const expected = done.flatMap((loader) => rowsOf(loader)).sort((a, b) => a.loader - b.loader || a.id - b.id);
  expect(rows).toEqual(expected);
});
