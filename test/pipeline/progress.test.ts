import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { fn, load, t } from '../../src/index.ts';
import { type Pipeline, pipeline, type RunPipelineOptions, runPipeline } from '../../src/pipeline/index.ts';
import { partsTold } from '../../src/pipeline/progress.ts';
import { inputFolder } from '../support/files.ts';

type Told = { readonly step: string; readonly share?: number; readonly rows?: number };

/** What is told while a pipeline runs of how far its steps are. */
async function toldOf(made: Pipeline<object>, options: RunPipelineOptions = { progress: true }): Promise<Told[]> {
  const told: Told[] = [];
  const onEvent: RunPipelineOptions['onEvent'] = (event) => {
    if (event.type !== 'step.progress') return;
    const { step, share, rows } = event;
    told.push({ step, ...(share === undefined ? {} : { share }), ...(rows === undefined ? {} : { rows }) });
  };
  (await runPipeline(made, { ...options, onEvent })).orThrow();
  return told;
}

const { folder } = inputFolder();
const pages = createServer((request, response) => {
  const page = Number(new URL(request.url ?? '', 'http://x').searchParams.get('page'));
  response.end(JSON.stringify(page > 3 ? [] : Array.from({ length: 100 }, (_, i) => ({ id: page * 100 + i }))));
});
beforeAll(() => new Promise<void>((done) => void pages.listen(0, '127.0.0.1', done)));
afterAll(() => void pages.close());

const numbers = Array.from({ length: 2_000 }, (_, i) => ({ k: 1, i }));

describe('how far a step is', () => {
  it('is rows that have come, which an API gives page by page', async () => {
    const url = `http://127.0.0.1:${(pages.address() as AddressInfo).port}/`;
    const made = pipeline('api', {}, (p) => {
      p.step('extract', ({ read }) =>
        read.api(url, { schema: { id: t.int() }, paginate: { kind: 'page', param: 'page' } }),
      );
    });
    const told = await toldOf(made);
    expect(told.at(-1)).toEqual({ step: 'extract' });
    const rows = told.slice(0, -1).map((one) => one.rows ?? 0);
    // Of pages that come soon after one that was told nothing is told.
    expect([100, 200, 300].filter((count) => rows.includes(count))).toEqual(rows);
    expect(rows[0]).toBe(100);
  });

  it('is rows that a load has sent, whatever its function calls', async () => {
    await using database = new PGlite();
    const made = pipeline('load', {}, (p) => {
      const frame = p.step('frame', ({ read }) => read.rows(numbers, { schema: { k: t.int(), i: t.int() } }));
      p.load('warehouse', { frame }, ({ frame }) =>
        load.postgres(frame, database, { table: 'numbers', mode: 'replace' }),
      );
    });
    const told = await toldOf(made);
    const [first, ...later] = told.filter(({ step }) => step === 'warehouse');
    expect(first?.rows).toBeGreaterThan(0);
    expect(first?.share).toBe(Number(first?.rows) / 2_000);
    expect(later.at(-1)).toEqual({ step: 'warehouse' });
  });

  it('is what the engine counts where those are rows, and its share alone where it guesses', async () => {
    const made = pipeline('engine', {}, (p) => {
      const many = p.step('many', ({ read }) => {
        const one = read.rows(numbers, { schema: { k: t.int(), i: t.int() } });
        return one.join(one.rename({ i: 'j' }), { on: ['k'] });
      });
      p.load('lake', { many }, ({ many }) =>
        load.csv(
          many.withColumns((r) => ({ text: fn.concat(r.i.cast(t.string()), ' of ', r.j.cast(t.string())) })),
          join(folder, 'many.csv'),
          { mode: 'replace' },
        ),
      );
      p.load('some', { many }, ({ many }) =>
        load.csv(
          many.filter((r) => r.i.gt(500)),
          join(folder, 'some.csv'),
          { mode: 'replace' },
        ),
      );
    });
    const told = await toldOf(made);
    const under = (name: string): Told[] => told.filter(({ step, share = 0 }) => step === name && share > 0);
    expect(under('lake').length).toBeGreaterThan(1);
    for (const { share = 0, rows = 0 } of under('lake')) expect(Math.abs(rows / 4e6 - share)).toBeLessThan(0.01);
    expect(under('some').length).toBeGreaterThan(0);
    for (const { rows } of under('some')) expect(rows).toBeUndefined();
  });

  it('is not asked for, unless somebody wants to be told', async () => {
    const made = pipeline('quiet', {}, (p) => {
      p.step('frame', ({ read }) => read.rows(numbers, { schema: { k: t.int(), i: t.int() } }));
    });
    expect(await toldOf(made, {})).toEqual([]);
    let hooked = 0;
    await runPipeline(made, { hooks: { 'step.progress': () => void hooked++ } });
    expect(hooked).toBeGreaterThan(0);
  });
});

test('of several parts under way the rows are told together, and the share of none', () => {
  const told: object[] = [];
  let now = 0;
  const begin = partsTold(
    (done) => void told.push(done),
    () => now,
  );
  const [one, other, third] = [begin(), begin(), begin()];
  one.tell({ share: 0.5, rows: 10 });
  now += 99;
  other.tell({ share: 0.9, rows: 4 });
  expect(told).toEqual([{ share: 0.5, rows: 10 }]);
  now += 1;
  other.tell({ share: 1, rows: 5 });
  now += 100;
  third.tell({ share: 0.1 });
  third.end();
  now += 100;
  other.tell({ rows: 6 });
  expect(told.slice(1)).toEqual([{ rows: 15 }, {}, { rows: 16 }]);
  one.end();
  other.end();
  expect(told.slice(4)).toEqual([{}]);
});
