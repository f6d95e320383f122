import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { t } from '../../../src/index.ts';
import { backfill, openRunStore, pipeline, type RunStore, runPipeline } from '../../../src/pipeline/index.ts';
import { type Called, calledIn } from '../../support/called-in.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';
import { dayRun } from '../../support/run-store.ts';

const DAY = 86_400_000;
const root = process.cwd();
const folder = mkdtempSync(join(tmpdir(), 'millrace-prune-'));
let database: TestDatabase;
beforeAll(async () => {
  database = await freshDatabase();
  // Where the files beside a database are.
  process.chdir(folder);
});
afterAll(async () => {
  process.chdir(root);
  await database[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const prune = (place: string, ...args: readonly string[]): Promise<Called> =>
  calledIn(folder)('prune', '--store', place, ...args);

const ago = (days: number): Date => new Date(Date.now() - days * DAY);
const end = (store: RunStore, id: string, days: number, state: 'succeeded' | 'failed' | 'interrupted' = 'succeeded') =>
  store.endRun(id, { state, finished: ago(days), error: null });

/** A run that failed, and left a frame and quarantined rows. */
const leaves = pipeline('leaves', {}, (p) => {
  const bad = [{ n: 1 }, { n: 'two' }];
  const rows = p.step('rows', ({ read }) => read.rows(bad, { schema: { n: t.int() }, onBadRow: 'quarantine' }));
  p.task('fails', { rows }, () => {
    throw new Error('no');
  });
});

function bytesOf(path: string): number {
  return readdirSync(path).reduce((sum, file) => sum + statSync(join(path, file)).size, 0);
}

test('intervals that a backfill ran, and no schedule yet, are none that serve runs after', async () => {
  const place = join(folder, 'filled.db');
  await using store = await openRunStore(place);
  const start = new Date(Math.floor(Date.now() / DAY) * DAY - 3 * DAY);
  const daily = pipeline('filled', { schedule: '@daily', timezone: 'UTC', start, catchup: true }, (p) => {
    p.task('work', () => {});
  });
  await backfill(daily, { from: start, to: new Date(start.getTime() + 3 * DAY), store });
  const filled = await store.runs();
  expect(filled).toHaveLength(3);
  for (const { id } of filled) await end(store, id, 40);
  expect((await prune(place, '--older-than', '30d')).err).toBe('millrace: removed 0 runs, 0 bytes of files\n');
});

describe.each([
  ['a file', () => join(folder, 'file/runs.db'), join(folder, 'file/files')],
  ['PostgreSQL', () => database.url, join(folder, '.millrace/files')],
] as const)('of a store in %s', (_, at, files) => {
  test('old runs are removed with their files, and what is needed stays', async () => {
    const place = at();
    await using store = await openRunStore(place, { folder: files });
    const { id: old } = await runPipeline(leaves, { store });
    const { id: young } = await runPipeline(leaves, { store });
    await end(store, old, 31, 'failed');
    await end(store, young, 29, 'failed');
    // Days of a schedule: two that ran, one that serve goes on with, the last; and one after it, which was run by a backfill.
    const days = ['01', '02', '03', '04', '05'].map((day) =>
      dayRun(`2024-02-${day}`, day === '05' ? { trigger: 'backfill' } : {}),
    );
    const filled = dayRun('2024-01-31', { trigger: 'backfill' });
    const [other, queued] = [
      dayRun('2024-02-01', { pipeline: 'other', trigger: 'manual' }),
      dayRun('2024-02-01', { trigger: 'manual' }),
    ];
    for (const run of [filled, ...days, other, queued]) {
      await store.addRun(run);
      await new Promise((resolve) => setTimeout(resolve, 2));
      if (run !== queued) await end(store, run.id, 40, run === days[2] ? 'interrupted' : 'succeeded');
    }
    const ids = async (): Promise<string[]> => (await store.runs()).map(({ id }) => id).sort();
    const all = await ids();
    const folders = (run: string): string[] => ['checkpoints', 'quarantine'].map((kind) => join(files, kind, run));
    const bytes = folders(old).reduce((sum, path) => sum + bytesOf(path), 0);
    expect(bytes).toBeGreaterThan(500);

    const dry = await prune(place, '--older-than', '30d', '--dry-run', '--json');
    expect(JSON.parse(dry.out)).toMatchObject({
      bytes,
      removed: expect.arrayContaining([expect.objectContaining({ id: old, bytes })]),
    });
    expect(await ids()).toEqual(all);
    expect(folders(old).every(existsSync)).toBe(true);

    const of = await prune(place, '--older-than', '30d', '--pipeline', 'other');
    expect(of).toMatchObject({ code: 0, err: 'millrace: removed 1 run, 0 bytes of files\n' });
    expect(of.out).toMatch(/^RUN +PIPELINE +STATE +ENDED +FILES\nrun-\S+ +other +succeeded +\S+Z +0 bytes\n$/);

    const removed = await prune(place, '--older-than', '30d');
    const told = bytes.toLocaleString('en-US');
    expect(removed).toMatchObject({ code: 0, err: `millrace: removed 4 runs, ${told} bytes of files\n` });
    const gone = [old, other.id, filled.id, days[0]?.id, days[1]?.id];
    expect(await ids()).toEqual(all.filter((id) => !gone.includes(id)));
    expect(folders(old).some(existsSync)).toBe(false);
    expect(folders(young).every(existsSync)).toBe(true);
    expect(await prune(place, '--older-than', '30d')).toEqual({
      code: 0,
      out: '',
      err: 'millrace: removed 0 runs, 0 bytes of files\n',
    });
  });
});

test('an age that is none is refused', async () => {
  for (const [args, what] of [
    [[], 'is missing'],
    [['--older-than', '30'], '"30" is no age'],
  ] as const) {
    const { code, err } = await prune(join(folder, 'none.db'), ...args);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining(`prune: --older-than ${what}. Write it as 30d, 12h or 8w.`),
    ]);
  }
  expect(existsSync(join(folder, 'none.db'))).toBe(false);
});
