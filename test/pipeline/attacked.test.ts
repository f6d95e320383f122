import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createSession, load, MillraceError, read, t } from '../../src/index.ts';
import {
  clearStep,
  intervalsBetween,
  openRunStore,
  type Pipeline,
  pipeline,
  type RunResult,
  runPipeline,
} from '../../src/pipeline/index.ts';
import { inputFolder } from '../support/files.ts';
import { newStoresIn } from '../support/run-store.ts';

const { folder } = inputFolder();
const newStore = newStoresIn(folder);

const schema = { sku: t.string(), sold: t.int() };
const rows = [
  { sku: 'desk', sold: 3 },
  { sku: 'lamp', sold: 4 },
];
const statesOf = ({ steps }: RunResult): object => Object.fromEntries(steps.map(({ name, state }) => [name, state]));
const countOf = (path: string): Promise<number> => read.parquet(path, { schema }).count();

const HOSTILE = [
  ...["it's", 'a"b', '..', '.', '\\', 'ä', 'x'.repeat(300), 'CON', 'con.x', 'A', 'a', 'a:b', '<>|?*', '\u{1f600}'],
  ...['__proto__', 'constructor', '{name}', '%s', '$1', '-- x', "'; DROP TABLE millrace_runs; --"],
];

describe('names of whatever letters', () => {
  it('of steps and groups are kept and restored', async () => {
    await using store = await newStore();
    let isMended = false;
    const counts: number[] = [];
    const named = pipeline('named', { concurrency: 2 }, (p) => {
      const steps = HOSTILE.map((name, i) => {
        const one = p.step(name, ({ read }) => read.rows([{ sku: name, sold: i }], { schema }));
        return p.group(`${name} too`, (p) => p.step(name, { one }, ({ one }) => ({ [name]: one, other: one })));
      });
      p.task('last', Object.fromEntries(steps.map((step, i) => [`s${i}`, step])), async (values) => {
        if (!isMended) throw new Error('not yet');
        for (const [i, name] of HOSTILE.entries())
          counts.push((await values[`s${i}`]?.[name]?.rows())?.[0]?.sold ?? -1);
      });
    });
    const first = await runPipeline(named, { store });
    expect(first.steps.filter(({ state }) => state !== 'succeeded').map(({ name }) => name)).toEqual(['last']);
    isMended = true;
    (await runPipeline(named, { store, resume: first.id })).orThrow();
    expect(counts).toEqual(HOSTILE.map((_, i) => i));
  });

  it('of the items of a map are kept, restored and cleared', async () => {
    await using store = await newStore();
    const keys = [...HOSTILE, 'a/b', '../../x', 'x[1]', '[', ']', '', 'x'.repeat(10_000)];
    let [ran, isMended] = [0, false];
    const mapped = pipeline('mapped', {}, (p) => {
      const list = p.step('list', () => keys);
      const made = p.map(
        'made',
        { list },
        ({ list }) => list,
        (key, _, { read }) => {
          ran += 1;
          return read.rows([{ sku: key, sold: 1 }], { schema });
        },
      );
      p.task('last', { made }, async ({ made }) => {
        if (!isMended) throw new Error('not yet');
        return Promise.all(made.map(async (frame) => (await frame.rows())[0]?.sku ?? ''));
      });
    });
    const first = await runPipeline(mapped, { store });
    isMended = true;
    const second = (await runPipeline(mapped, { store, resume: first.id })).orThrow();
    expect(second.step('last')?.value).toEqual(keys);
    expect(ran).toBe(keys.length);
    await clearStep(store, first.id, 'made');
    (await runPipeline(mapped, { store, resume: first.id })).orThrow();
    expect(ran).toBe(2 * keys.length);
  });

  it.each(['a\nb', 'a\0', 'a/b', 'a[b]', ' a', '', '\u0085'])('%j is refused as the name of a step', (name) => {
    expect(() => pipeline('named', {}, (p) => void p.task(name, () => 1))).toThrow(
      expect.objectContaining({ code: 'pipeline.declaration' }),
    );
  });

  it.each(['a\nb', 'a\0', 7 as unknown as string])('%j is refused as a key', async (key) => {
    const mapped = pipeline('mapped', {}, (p) => {
      const list = p.step('list', () => [1]);
      p.map(
        'made',
        { list },
        ({ list }) => list,
        () => 1,
        { key: () => key },
      );
    });
    const run = await runPipeline(mapped);
    expect(run.step('made')?.error).toMatchObject({ code: 'pipeline.map_key' });
  });

  it.each(['a b', "it's", '../x', 'ä', 'a/b', ''])('%j is refused as the name of a pipeline', (name) => {
    expect(() => pipeline(name, {}, (p) => void p.task('one', () => 1))).toThrow(
      expect.objectContaining({ code: 'pipeline.declaration' }),
    );
  });
});

describe('frames that a step cannot give', () => {
  it.each<[string, string, Pipeline]>([
    [
      'of a session that is closed',
      'session.closed',
      pipeline('closed', {}, (p) => {
        p.step('give', async () => {
          await using other = createSession();
          return other.read.rows(rows, { schema });
        });
      }),
    ],
    [
      'that was disposed of',
      'frame.disposed',
      pipeline('disposed', {}, (p) => {
        p.step('give', async ({ read }) => {
          await using kept = await read.rows(rows, { schema }).materialize();
          return kept;
        });
      }),
    ],
  ])('%s: %s', async (_, code, made) => {
    expect((await runPipeline(made)).step('give')).toMatchObject({ state: 'failed', error: { code } });
  });

  it('of another session are handed on, and do not mix', async () => {
    await using other = createSession();
    const run = await runPipeline(
      pipeline('two', {}, (p) => {
        const theirs = p.step('theirs', () => other.read.rows(rows, { schema }));
        const own = p.step('own', ({ read }) => read.rows(rows, { schema }));
        p.task('count', { theirs }, ({ theirs }) => theirs.count());
        p.step('both', { theirs, own }, ({ theirs, own }) => theirs.concat(own));
      }),
    );
    expect(run.step('count')?.value).toBe(2);
    expect(run.step('both')?.error).toMatchObject({ code: 'plan.session' });
  });
});

describe('loads', () => {
  it('of no rows, and of rows that were all put aside, are loads', async () => {
    await using store = await newStore();
    const bad = [{ sku: 'desk', sold: 'x' }] as unknown as typeof rows;
    const made = pipeline('empty', {}, (p) => {
      const none = p.step('none', ({ read }) => read.rows([], { schema }));
      const aside = p.step('aside', ({ read }) => read.rows(bad, { schema, onBadRow: 'quarantine' }));
      for (const [name, frame] of Object.entries({ none, aside })) {
        p.load(`load ${name}`, { frame }, ({ frame }, { loadId }) =>
          load.parquet(frame, join(folder, 'empty', name), { mode: 'append', loadId }),
        );
      }
    });
    const run = (await runPipeline(made, { store })).orThrow();
    expect(run.steps.map(({ rows }) => rows?.out)).toEqual([0, 0, 0, 0]);
    expect(run.step('aside')?.rows?.quarantined).toBe(1);
    expect(await store.quarantined(run.id)).toMatchObject([{ step: 'aside', rows: 1 }]);
  });

  it('of several steps into one table at once are all in it', async () => {
    const path = join(folder, 'shared');
    const made = pipeline('shared', {}, (p) => {
      const frame = p.step('frame', ({ read }) => read.rows(rows, { schema }));
      for (let i = 0; i < 4; i++) {
        p.load(`load ${i}`, { frame }, ({ frame }, { loadId }) =>
          load.parquet(frame, path, { mode: 'append', loadId }),
        );
      }
    });
    const interval = { from: new Date('2026-01-01'), to: new Date('2026-01-02') };
    for (let i = 0; i < 2; i++) (await runPipeline(made, { interval })).orThrow();
    expect(await countOf(path)).toBe(4 * rows.length);
  });

  it('of a step that failed between two of them are each done once', async () => {
    await using store = await newStore();
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    let attempts = 0;
    const made = pipeline('partly', { retries: 1, retry: { baseDelay: 1 } }, (p) => {
      p.load('both', async ({ read, loadId }) => {
        const frame = read.rows(rows, { schema });
        const one = await load.parquet(frame, first, { mode: 'append', loadId });
        if (++attempts === 1) throw new MillraceError({ code: 'test.flaky', message: 'flaky', retryable: true });
        return { one, two: await load.parquet(frame, second, { mode: 'append', loadId }) };
      });
    });
    const run = (await runPipeline(made, { store })).orThrow();
    expect(run.step('both')?.value).toMatchObject({ one: { alreadyLoaded: true }, two: { alreadyLoaded: false } });
    expect([await countOf(first), await countOf(second)]).toEqual([2, 2]);
    expect((await store.lineage(run.id)).map(({ role, name }) => [role, name])).toEqual([
      ['source', 'rows'],
      ['target', first],
      ['target', second],
    ]);
  });

  it('that are stopped at whatever moment are whole when the run is resumed', async () => {
    await using store = await newStore();
    const many = Array.from({ length: 20_000 }, (_, i) => ({ sku: `s${i}`, sold: i }));
    for (const delay of [0, 1, 3, 6, 10, 20, 40]) {
      const path = join(folder, `stopped-${delay}`);
      const stop = new AbortController();
      const made = pipeline('stopped', {}, (p) => {
        const frame = p.step('frame', ({ read }) => read.rows(many, { schema }));
        p.load('lake', { frame }, ({ frame }, { loadId, signal }) => {
          setTimeout(() => stop.abort(new Error('enough')), delay);
          return load.parquet(frame, path, { mode: 'append', loadId, signal });
        });
      });
      const { id, state } = await runPipeline(made, { store, signal: stop.signal });
      expect(['cancelled', 'succeeded']).toContain(state);
      (await runPipeline(made, { store, resume: id })).orThrow();
      expect(await countOf(path)).toBe(many.length);
    }
  });
});

describe('a run that is resumed', () => {
  it('when its steps have other names runs the new ones; the load is not done again, what was stays told', async () => {
    await using store = await newStore();
    const path = join(folder, 'renamed');
    const made = (from: string, last: string, fails: boolean): Pipeline =>
      pipeline('renamed', {}, (p) => {
        const frame = p.step(from, ({ read }) => read.rows(rows, { schema }));
        const lake = p.load('lake', { frame }, ({ frame }, { loadId }) =>
          load.parquet(frame, path, { mode: 'append', loadId }),
        );
        p.task(last, { lake }, () => {
          if (fails) throw new Error('not yet');
        });
      });
    const first = await runPipeline(made('raw', 'tell', true), { store });
    expect(statesOf(first)).toEqual({ raw: 'succeeded', lake: 'succeeded', tell: 'failed' });
    const second = (await runPipeline(made('extract', 'notify', false), { store, resume: first.id })).orThrow();
    expect(statesOf(second)).toEqual({ extract: 'succeeded', lake: 'succeeded', notify: 'succeeded' });
    expect(await countOf(path)).toBe(2);
    const stored = (await store.steps(first.id)).map(({ name, state }) => `${name} ${state}`).sort();
    expect(stored).toEqual([
      ...['extract succeeded', 'lake succeeded', 'notify succeeded', 'raw succeeded', 'tell failed'],
    ]);
  });

  it('was stopped before it began', async () => {
    await using store = await newStore();
    let ran = 0;
    const made = pipeline(
      'stopped',
      {},
      (p) =>
        void p.task('work', () => {
          ran += 1;
        }),
    );
    const { id, state } = await runPipeline(made, { store, signal: AbortSignal.abort(new Error('no')) });
    expect([state, ran, (await store.run(id))?.state]).toEqual(['cancelled', 0, 'cancelled']);
    (await runPipeline(made, { store, resume: id })).orThrow();
    expect(ran).toBe(1);
  });
});

describe('a map', () => {
  it('over ten thousand items runs each once', async () => {
    await using store = await newStore();
    let ran = 0;
    const made = pipeline('wide', { concurrency: 8 }, (p) => {
      const list = p.step('list', () => Array.from({ length: 10_000 }, (_, i) => i));
      const items = p.map(
        'item',
        { list },
        ({ list }) => list,
        (item) => {
          ran += 1;
          return item;
        },
      );
      p.task('sum', { items }, ({ items }) => items.reduce((one, other) => one + other, 0));
    });
    const run = (await runPipeline(made, { store })).orThrow();
    expect([ran, run.step('sum')?.value, run.steps.length]).toEqual([10_000, 49_995_000, 10_003]);
  });
});

describe('the clock', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('that is set back while a step runs makes no time negative, and loses no run', async () => {
    await using store = await newStore();
    const made = pipeline('back', {}, (p) => {
      const first = p.task('first', () => {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - 86_400_000 });
      });
      p.task('second', { first }, () => {});
    });
    const run = (await runPipeline(made, { store })).orThrow();
    vi.useRealTimers();
    expect(run.steps.every(({ seconds }) => seconds >= 0 && seconds < 60)).toBe(true);
    const again = await runPipeline(made, { store, resume: run.id });
    expect(again.steps.every(({ seconds }) => seconds >= 0)).toBe(true);
    expect(await store.run(run.id)).toMatchObject({ state: 'succeeded' });
  });

  it.each([
    [new Date(Number.NaN), new Date('2026-01-02')],
    [new Date('2026-01-02'), new Date('2026-01-01')],
  ])('an interval from %s to %s is refused', async (from, to) => {
    const made = pipeline('one', {}, (p) => void p.task('work', () => 1));
    await expect(runPipeline(made, { interval: { from, to } })).rejects.toMatchObject({ code: 'pipeline.interval' });
  });

  it('an interval without length is one; between no moments there is none', async () => {
    const at = new Date('2026-01-01');
    const made = pipeline('one', {}, (p) => void p.task('work', ({ run }) => run.interval.to.toISOString()));
    const run = await runPipeline(made, { interval: { from: at, to: at } });
    expect(run.step('work')?.value).toBe(at.toISOString());
    expect(await intervalsBetween('@daily', 'UTC', at, at)).toEqual([]);
    await expect(intervalsBetween('@daily', 'UTC', new Date('x'), at)).rejects.toMatchObject({
      code: 'pipeline.interval',
    });
  });
});

it('a run whose store is deleted meanwhile ends with that', async () => {
  const place = join(folder, 'deleted');
  await using store = await openRunStore(join(place, 'runs.db'));
  const made = pipeline('deleting', {}, (p) => {
    const first = p.task('first', () => rmSync(place, { recursive: true }));
    p.task('second', { first }, () => {});
  });
  await expect(runPipeline(made, { store })).rejects.toMatchObject({
    code: 'pipeline.store_gone',
    message: expect.stringContaining('was moved or deleted while it was open'),
  });
});

it('a secret param is in no event, no log and no error, also as the name of a field', async () => {
  await using store = await newStore();
  const told: unknown[] = [];
  const made = pipeline('secret', { params: { key: t.string() }, secrets: ['key'] }, (p) => {
    p.task('work', ({ params: { key }, log }) => {
      log.info(`with ${key}`, { [key]: key, url: `https://x.test/?q=${encodeURIComponent(key)}` });
      throw new Error(`no luck with ${key}`);
    });
  });
  const run = await runPipeline(made, { store, params: { key: 's3cret & more' }, onEvent: (e) => void told.push(e) });
  const kept = [await store.logs(run.id), await store.attempts(run.id), await store.steps(run.id), run.steps, told];
  expect(JSON.stringify([...kept, (await store.run(run.id))?.error])).not.toMatch(/s3cret/);
  expect(run.step('work')?.error?.message).toBe('no luck with ***');
});
