import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { fn, load, t } from '../../../src/index.ts';
import { backfill, openRunStore, type Pipeline, pipeline } from '../../../src/pipeline/index.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
/** Of the test and of all loads: to connect takes longer than to load a day. */
let pool: pg.Pool;
const folder = mkdtempSync(join(tmpdir(), 'millrace-backfill-'));
beforeAll(async () => {
  database = await freshDatabase();
  pool = new pg.Pool({ connectionString: database.url, max: 8 });
});
afterAll(async () => {
  await pool.end();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

const HOUR = 3_600_000;
const FROM = new Date('2025-01-01T00:00+01:00');
const TO = new Date('2026-01-01T00:00+01:00');
const schema = { id: t.int(), at: t.timestamp(), amount: t.decimal(10, 2) };
/** A sale every seven hours of a year in Berlin. */
const SALES = Array.from({ length: Math.ceil((TO.getTime() - FROM.getTime()) / (7 * HOUR)) }, (_, i) => ({
  id: i,
  at: new Date(FROM.getTime() + i * 7 * HOUR),
  amount: `${i % 90}.25`,
}));

/** The day on which the source is away. */
let away: string | undefined;

/** The sales of each day into one table, with the day that the run says it is. */
function daily(table: string): Pipeline {
  return pipeline('daily', { schedule: '@daily', timezone: 'Europe/Berlin', checkpoint: false }, (p) => {
    const day = p.step('day', ({ read, run: { interval } }) => {
      if (interval.from.toISOString() === away) throw new Error('not on this day');
      const rows = SALES.filter(({ at }) => at >= interval.from && at < interval.to);
      return read.rows(rows, { schema });
    });
    p.load('table', { day }, ({ day }, { loadId }) => {
      const dated = day.withColumns(() => ({ run_at: fn.now() }));
      return load.postgres(dated, pool, { table, mode: 'append', loadId });
    });
  });
}

async function rowsOf(table: string): Promise<unknown[]> {
  return (await pool.query(`SELECT id, at, amount, run_at FROM ${table} ORDER BY id`)).rows;
}

test('365 days four at a time are the same days one by one, with those on which the clock changes', async () => {
  const span = { from: FROM, to: TO };
  await using store = await openRunStore(join(folder, 'runs.db'));
  await using other = await openRunStore(join(folder, 'other.db'));
  const parallel = await backfill(daily('parallel'), { ...span, parallel: 4, store });
  expect(parallel.runs.filter((run) => run.state !== 'succeeded')).toEqual([]);
  expect(parallel.runs).toHaveLength(365);
  const hours = parallel.runs.map(({ interval }) => (interval.to.getTime() - interval.from.getTime()) / HOUR);
  expect(hours.filter((one) => one !== 24)).toEqual([23, 25]);
  await backfill(daily('one_by_one'), { ...span, store: other });
  const rows = await rowsOf('one_by_one');
  expect(rows).toHaveLength(SALES.length);
  expect(await rowsOf('parallel')).toEqual(rows);
  // Each sale is of the day whose run loaded it.
  const strays = `SELECT 1 FROM parallel WHERE at >= run_at OR at < run_at - interval '25 hours'`;
  expect((await pool.query(strays)).rowCount).toBe(0);
}, 600_000);

test('what failed is told, keeps no other day from running, and is all that the next one runs', async () => {
  await using store = await openRunStore(join(folder, 'failing.db'));
  const span = { from: new Date('2025-03-28T00:00+01:00'), to: new Date('2025-04-01T00:00+02:00'), parallel: 2, store };
  away = '2025-03-28T23:00:00.000Z';
  const first = await backfill(daily('mended'), span);
  away = undefined;
  expect(first.runs.map(({ state }) => state)).toEqual(['succeeded', 'failed', 'succeeded', 'succeeded']);
  const second = await backfill(daily('mended'), span);
  expect(second.before).toHaveLength(3);
  expect(second.runs.map(({ state, interval }) => [state, interval.from.toISOString()])).toEqual([
    ['succeeded', '2025-03-28T23:00:00.000Z'],
  ]);
  const again = await backfill(daily('mended'), { ...span, again: true });
  expect(again.runs.map(({ state }) => state)).toEqual(['succeeded', 'succeeded', 'succeeded', 'succeeded']);
  const rows = (await rowsOf('mended')) as { id: number }[];
  expect(new Set(rows.map(({ id }) => id)).size).toBe(rows.length);
});

test('an aborted one cancels what runs and begins no more', async () => {
  const stop = new AbortController();
  const slow = pipeline('slow', { schedule: '@daily' }, (p) => {
    p.task('wait', ({ signal }) => {
      stop.abort();
      return new Promise((_, failed) => signal.addEventListener('abort', () => failed(signal.reason)));
    });
  });
  const span = { from: new Date('2025-01-01T00:00Z'), to: new Date('2025-01-06T00:00Z') };
  const { runs, left } = await backfill(slow, { ...span, signal: stop.signal });
  expect(runs.map(({ state }) => state)).toEqual(['cancelled']);
  expect(left).toHaveLength(4);
});

test('one that was stopped in the middle and is run again leaves each day in the table once', async () => {
  await using store = await openRunStore(join(folder, 'stopped.db'));
  const span = { from: new Date('2025-02-01T00:00+01:00'), to: new Date('2025-02-11T00:00+01:00'), parallel: 2, store };
  const stop = new AbortController();
  let loads = 0;
  const first = await backfill(daily('halved'), {
    ...span,
    signal: stop.signal,
    onEvent: (event) => {
      if (event.type === 'step.started' && event.step === 'table' && ++loads === 5) stop.abort(new Error('enough'));
    },
  });
  expect(first.left.length).toBeGreaterThan(0);
  const second = await backfill(daily('halved'), span);
  expect(second.before.length + second.runs.length).toBe(10);
  expect(second.runs.every(({ state }) => state === 'succeeded')).toBe(true);
  const ids = ((await rowsOf('halved')) as { id: string }[]).map(({ id }) => Number(id));
  expect(ids).toEqual(SALES.filter(({ at }) => at >= span.from && at < span.to).map(({ id }) => id));
});

test('a span that has not ended, or is none, and a pipeline without a schedule are refused', async () => {
  const span = { from: new Date('2025-01-01'), to: new Date('2999-01-01') };
  await expect(backfill(daily('x'), span)).rejects.toMatchObject({
    code: 'pipeline.span',
    message: expect.stringMatching(
      /^backfill of daily: the interval from .* to .* has not ended yet. The latest --to is /,
    ),
  });
  await expect(backfill(daily('x'), { from: span.to, to: span.from })).rejects.toMatchObject({ code: 'pipeline.span' });
  const unscheduled = pipeline('hand', {}, (p) => void p.task('work', () => 1));
  await expect(backfill(unscheduled, span)).rejects.toMatchObject({ code: 'pipeline.unscheduled' });
});
