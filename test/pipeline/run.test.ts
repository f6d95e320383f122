import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { load, MillraceError, read, t } from '../../src/index.ts';
import { pipeline, type RunEvent, runPipeline, type StepContext } from '../../src/pipeline/index.ts';

const schema = { sku: t.string(), sold: t.int().nullable() };
const rows = [
  { sku: 'desk', sold: 3 },
  { sku: 'lamp', sold: null },
  { sku: 'bed', sold: 4 },
];

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-pipeline-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** A promise that is kept by hand. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

const statesOf = ({ steps }: { readonly steps: readonly { readonly name: string; readonly state: string }[] }) =>
  Object.fromEntries(steps.map(({ name, state }) => [name, state]));

describe('steps', () => {
  it('hand on frames, records of frames and JSON', async () => {
    const seen: unknown[] = [];
    const sales = pipeline('sales', {}, (p) => {
      const raw = p.step('raw', ({ read }) => read.rows(rows, { schema }));
      const parts = p.step('parts', { raw }, ({ raw }) => ({
        known: raw.dropNulls('sold'),
        unknown: raw.filter((r) => r.sold.isNull()),
      }));
      const count = p.step('count', { parts }, async ({ parts }) => ({ known: await parts.known.count() }));
      p.task('see', { parts, count, raw }, async ({ parts, count, raw }) => {
        seen.push(await parts.unknown.rows(), count, await raw.count());
      });
    });
    const run = await runPipeline(sales);
    expect(run.orThrow().state).toBe('succeeded');
    expect(seen).toEqual([[{ sku: 'lamp', sold: null }], { known: 2 }, 3]);
    expect(run.step('count')?.value).toEqual({ known: 2 });
    expect(run.steps.map(({ name, rows }) => [name, rows?.in, rows?.out])).toEqual([
      ['raw', 3, 3],
      ['parts', 6, 3],
      ['count', 0, 0],
      ['see', 3, 0],
    ]);
  });

  it('count a step as done when its frames are computed, once', async () => {
    let computed = 0;
    const counting = pipeline('counting', {}, (p) => {
      const raw = p.step('raw', ({ read }) =>
        read.rows(rows, { schema }).mapBatches(
          (batch) => {
            computed += 1;
            return batch;
          },
          { schema },
        ),
      );
      p.task('twice', { raw }, async ({ raw }) => {
        expect(computed).toBe(1);
        expect([await raw.count(), (await raw.rows()).length]).toEqual([3, 3]);
      });
    });
    (await runPipeline(counting)).orThrow();
    expect(computed).toBe(1);
  });

  it('run side by side, no more than concurrency says', async () => {
    let now = 0;
    let most = 0;
    const wide = pipeline('wide', { concurrency: 3, pools: { one: 1 } }, (p) => {
      for (let i = 0; i < 9; i++) {
        p.task(`step ${i}`, async () => {
          most = Math.max(most, ++now);
          await new Promise((resolve) => setTimeout(resolve, 5));
          now -= 1;
        });
      }
    });
    (await runPipeline(wide)).orThrow();
    expect(most).toBe(3);
  });

  it('share the places of a pool', async () => {
    let now = 0;
    let most = 0;
    const pooled = pipeline('pooled', { pools: { one: 1 } }, (p) => {
      for (let i = 0; i < 4; i++) {
        p.task(
          `step ${i}`,
          async () => {
            most = Math.max(most, ++now);
            await new Promise((resolve) => setTimeout(resolve, 5));
            now -= 1;
          },
          { pool: 'one' },
        );
      }
    });
    (await runPipeline(pooled)).orThrow();
    expect(most).toBe(1);
  });

  it('see the clock and the interval of the run', async () => {
    const interval = { from: new Date('2024-02-01T00:00:00Z'), to: new Date('2024-02-02T00:00:00Z') };
    let context: StepContext | undefined;
    const dated = pipeline('dated', {}, (p) => {
      const day = p.step('day', (given) => {
        context = given;
        return given.read.rows([{ x: 1 }], { schema: { x: t.int() } }).withColumns(() => ({ now: fnNow() }));
      });
      p.task('rows', { day }, async ({ day }) => (await day.rows()).map(({ now }) => now.toISOString()));
    });
    const { fn } = await import('../../src/index.ts');
    const fnNow = () => fn.now();
    const run = await runPipeline(dated, { interval, id: 'one' });
    expect(run.orThrow().step('rows')?.value).toEqual(['2024-02-02T00:00:00.000Z']);
    expect(context).toMatchObject({ now: interval.to, run: { id: 'one', interval, attempt: 1, trigger: 'manual' } });
    expect(context?.loadId).toBe('dated/day/2024-02-01T00:00:00.000Z..2024-02-02T00:00:00.000Z');
  });
});

describe('a step that fails', () => {
  const failing = pipeline('failing', {}, (p) => {
    const bad = p.step('bad', (): number => {
      throw new Error('no luck');
    });
    const good = p.step('good', () => 1);
    const after = p.step('after', { bad }, ({ bad }) => bad);
    p.step('after that', { after, good }, ({ after, good }) => after + good);
    p.step('any', { bad, good }, ({ bad, good }) => [bad ?? null, good ?? null], { join: 'any' });
    p.step('none', { bad, after }, () => 1, { join: 'any' });
    p.step('done', { bad, after }, ({ bad, after }) => [bad ?? null, after ?? null], { join: 'done' });
  });

  it('stops what depends on it, and no other', async () => {
    const run = await runPipeline(failing);
    expect(run.state).toBe('failed');
    expect(statesOf(run)).toEqual({
      bad: 'failed',
      good: 'succeeded',
      after: 'cancelled',
      'after that': 'cancelled',
      any: 'succeeded',
      none: 'cancelled',
      done: 'succeeded',
    });
    expect(run.step('any')?.value).toEqual([null, 1]);
    expect(run.step('after')?.reason).toBe('bad: failed');
    expect(run.step('bad')?.error).toMatchObject({ code: null, message: 'no luck', retryable: false });
  });

  it('is thrown as it was thrown, by orThrow', async () => {
    const run = await runPipeline(failing);
    expect(() => run.orThrow()).toThrow(new Error('no luck'));
  });

  it('may throw a string', async () => {
    const strings = pipeline('strings', {}, (p) => {
      p.task('throws', () => {
        throw 'a plain text';
      });
    });
    const run = await runPipeline(strings);
    expect(run.step('throws')).toMatchObject({ state: 'failed', error: { code: null, message: 'a plain text' } });
    expect(() => run.orThrow()).toThrow('a plain text');
  });

  it('may give what is neither a frame nor JSON, past the compiler', async () => {
    const wrong = pipeline('wrong', {}, (p) => {
      p.step('date', () => ({ at: new Date(0) as unknown as string }));
      p.step('infinite', () => Number.POSITIVE_INFINITY);
      p.load('no report', () => undefined as never);
      p.check('no answer', () => 'yes' as unknown as boolean);
    });
    const run = await runPipeline(wrong);
    expect(run.steps.map(({ error }) => [error?.code, error?.message])).toEqual([
      ['pipeline.value', expect.stringContaining('"date": the value.at is a Date, which is neither a frame nor JSON')],
      ['pipeline.value', expect.stringContaining('"infinite": the value is Infinity')],
      [
        'pipeline.value',
        expect.stringContaining('"no report": a load gives the report of a loader, and this one gave nothing'),
      ],
      ['pipeline.value', expect.stringContaining('"no answer": a check gives a frame')],
    ]);
  });
});

describe('when', () => {
  it('skips a step where it is false, and what depends on it', async () => {
    const branches = pipeline('branches', { params: { large: t.boolean() } }, (p) => {
      const count = p.step('count', ({ params }) => (params.large ? 100 : 1));
      const large = p.step('large', { count }, ({ count }) => `large ${count}`, { when: ({ count }) => count > 10 });
      const small = p.step('small', { count }, ({ count }) => `small ${count}`, {
        when: async ({ count }) => count <= 10,
      });
      p.step('after small', { small }, ({ small }) => small);
      p.step('joined', { large, small }, ({ large, small }) => large ?? small ?? '', { join: 'any' });
    });
    const large = await runPipeline(branches, { params: { large: true } });
    expect(statesOf(large.orThrow())).toMatchObject({ small: 'skipped', 'after small': 'skipped' });
    expect(large.step('joined')?.value).toBe('large 100');
    expect(large.step('small')?.reason).toBe('when was false');
    expect(large.step('after small')?.reason).toBe('small: skipped');
    expect((await runPipeline(branches, { params: { large: false } })).step('joined')?.value).toBe('small 1');
  });

  it('that throws is a step that fails', async () => {
    const thrown = pipeline('thrown', {}, (p) => {
      p.task('when', () => {}, {
        when: () => {
          throw new Error('cannot tell');
        },
      });
    });
    const run = await runPipeline(thrown);
    expect(run.step('when')).toMatchObject({ state: 'failed', error: { message: 'cannot tell' } });
  });
});

describe('map', () => {
  const files = ['a.csv', 'b.csv', 'c.csv'];

  it('runs a step an item, named by its key', async () => {
    const mapped = pipeline('mapped', {}, (p) => {
      const list = p.step('list', () => files);
      const parts = p.map(
        'file',
        { list },
        ({ list }) => list,
        (file, _, { read }) => read.rows([{ file }], { schema: { file: t.string() } }),
        { key: (file) => file.slice(0, 1) },
      );
      const all = p.step('all', { parts }, ({ parts: [first, ...others] }) => {
        if (first === undefined) throw new Error('no files');
        return others.reduce((one, other) => one.concat(other), first);
      });
      p.task('names', { all }, async ({ all }) => (await all.rows()).map(({ file }) => file));
    });
    const run = (await runPipeline(mapped)).orThrow();
    expect(run.steps.map(({ name, kind }) => [name, kind])).toEqual([
      ['list', 'step'],
      ['file', 'map'],
      ['file[a]', 'item'],
      ['file[b]', 'item'],
      ['file[c]', 'item'],
      ['all', 'step'],
      ['names', 'task'],
    ]);
    expect(run.step('names')?.value).toEqual(files);
  });

  it('fails with an item, when the others have ended', async () => {
    const broken = pipeline('broken', { concurrency: 1 }, (p) => {
      const list = p.step('list', () => [1, 2, 3]);
      p.map(
        'item',
        { list },
        ({ list }) => list,
        (item) => {
          if (item === 1) throw new Error(`item ${item}`);
          return item;
        },
      );
    });
    const run = await runPipeline(broken);
    expect(statesOf(run)).toEqual({
      list: 'succeeded',
      item: 'failed',
      'item[1]': 'failed',
      'item[2]': 'succeeded',
      'item[3]': 'succeeded',
    });
    expect(() => run.orThrow()).toThrow('item 1');
    expect(run.step('item[1]')?.error?.message).toBe('item 1');
    expect(run.step('item')?.error?.message).toBe('item[1] failed');
  });

  it('refuses a key that two items have, and what is no list', async () => {
    const doubled = pipeline('doubled', {}, (p) => {
      p.map(
        'double',
        {},
        () => ['a', 'a'],
        (item) => item,
      );
      p.map(
        'none',
        {},
        () => 5 as unknown as number[],
        (item) => item,
      );
    });
    const run = await runPipeline(doubled);
    expect(run.step('double')?.error).toMatchObject({ code: 'pipeline.map_key' });
    expect(run.step('none')?.error).toMatchObject({ code: 'pipeline.value' });
  });

  it('of nothing gives nothing', async () => {
    const empty = pipeline('empty', {}, (p) => {
      const none = p.map(
        'none',
        {},
        () => [] as string[],
        (item) => item,
      );
      p.step('count', { none }, ({ none }) => none.length);
    });
    expect((await runPipeline(empty)).orThrow().step('count')?.value).toBe(0);
  });
});

describe('groups and pipelines within', () => {
  const inner = pipeline('inner', { params: { name: t.string(), times: t.int().nullable() } }, (p) => {
    const hello = p.step('hello', ({ params }) => `hello ${params.name}`);
    p.task('again', { hello }, ({ hello }, { params }) => hello.repeat(params.times ?? 1));
  });

  it('are named by their place, and have their own params', async () => {
    const order: string[] = [];
    const outer = pipeline('outer', { params: { whom: t.string() } }, (p) => {
      const first = p.group('staging', (p) => p.task('first', () => void order.push('first')));
      const within = p.pipeline('within', inner, { after: [first], params: ({ whom }) => ({ name: whom, times: 2 }) });
      p.task('last', { within }, () => void order.push('last'));
    });
    const run = (await runPipeline(outer, { params: { whom: 'you' } })).orThrow();
    expect(run.steps.map(({ name }) => name)).toEqual([
      'staging/first',
      'within/hello',
      'within/again',
      'within',
      'last',
    ]);
    expect(run.step('within/again')?.value).toBe('hello youhello you');
    expect(order).toEqual(['first', 'last']);
  });

  it('try again as often as their own pipeline says', async () => {
    const attempts: string[] = [];
    const failing = (name: string) => () => {
      attempts.push(name);
      throw Object.assign(new Error('away'), { retryable: true });
    };
    const own = pipeline('own', { retries: 1 }, (p) => {
      p.task('a', failing('a'));
      p.task('b', failing('b'), { retries: 0 });
    });
    const outer = pipeline('outer', { retries: 2, retry: { baseDelay: 1 } }, (p) => {
      p.pipeline('own', own);
      p.task('c', failing('c'));
    });
    expect((await runPipeline(outer)).state).toBe('failed');
    expect(attempts.sort()).toEqual(['a', 'a', 'b', 'c', 'c', 'c']);
  });

  it('end with what fails in them', async () => {
    const broken = pipeline('broken', {}, (p) => {
      p.task('bad', () => {
        throw new Error('inside');
      });
    });
    const outer = pipeline('outer', {}, (p) => {
      const within = p.pipeline('within', broken);
      p.task('last', { within }, () => {});
    });
    const run = await runPipeline(outer);
    expect(statesOf(run)).toEqual({ 'within/bad': 'failed', within: 'cancelled', last: 'cancelled' });
  });
});

describe('checks', () => {
  const withCheck = (severity: 'fail' | 'warn', events: RunEvent[]) =>
    runPipeline(
      pipeline('checked', {}, (p) => {
        const raw = p.step('raw', ({ read }) => read.rows(rows, { schema }));
        p.check('known', { raw }, ({ raw }) => raw.checkReport({ sold: [notNull] }), { severity });
        p.check('verb', { raw }, ({ raw }) => raw.check({ sold: notNull }), { severity });
        p.check('plain', { raw }, async ({ raw }) => (await raw.count()) > 5, { severity });
        p.check('holds', { raw }, ({ raw }) => raw.check({ sku: notNull }), { severity });
      }),
      { onEvent: (event) => void events.push(event) },
    );
  let notNull: typeof import('../../src/index.ts').notNull;
  beforeAll(async () => {
    ({ notNull } = await import('../../src/index.ts'));
  });

  it('fail the run, with the rows that break them', async () => {
    const events: RunEvent[] = [];
    const run = await withCheck('fail', events);
    expect(statesOf(run)).toMatchObject({ known: 'failed', verb: 'failed', plain: 'failed', holds: 'succeeded' });
    expect(run.step('known')?.error?.code).toBe('pipeline.check_failed');
    expect(run.step('known')?.error?.message).toBe('pipeline check "known" does not hold: sold: not_null (1 row).');
    expect(run.step('plain')?.error?.message).toBe('pipeline check "plain" does not hold.');
    const told = events.filter((event) => event.type === 'check.failed');
    expect(told.map((event) => ('rules' in event ? [event.step, event.rules[0]?.rows] : []))).toEqual(
      expect.arrayContaining([
        ['known', [{ sku: 'lamp', sold: null }]],
        ['verb', [{ sku: 'lamp', sold: null }]],
        ['plain', []],
      ]),
    );
  });

  it('only warn with that severity', async () => {
    const events: RunEvent[] = [];
    const run = await withCheck('warn', events);
    expect(run.state).toBe('succeeded');
    expect(run.step('known')?.value).toMatchObject({ ok: false });
    expect(run.step('holds')?.value).toEqual({ ok: true, failures: [] });
    expect(events.filter(({ type }) => type === 'check.warned')).toHaveLength(3);
  });
});

describe('loads', () => {
  it('give their figures, and load nothing twice in one interval', async () => {
    const path = join(folder, 'lake');
    const loading = pipeline('loading', {}, (p) => {
      const raw = p.step('raw', ({ read }) => read.rows(rows, { schema }));
      const known = p.step('known', { raw }, ({ raw }) => raw.dropNulls('sold'));
      const done = p.load('lake', { known }, ({ known }, { loadId }) =>
        load.parquet(known, path, { mode: 'append', loadId }),
      );
      const all = p.load('all', { known }, ({ known }) =>
        load.all(known, { csv: (f) => load.csv(f, join(folder, 'a.csv'), { mode: 'replace' }) }),
      );
      p.task('figures', { done, all }, ({ done, all }) => [
        done.rows.written,
        done.alreadyLoaded,
        all.csv.rows.written,
      ]);
    });
    const interval = { from: new Date('2024-02-01'), to: new Date('2024-02-02') };
    const first = (await runPipeline(loading, { interval })).orThrow();
    expect(first.step('figures')?.value).toEqual([2, false, 2]);
    expect(first.step('lake')?.rows).toEqual({ in: 2, out: 2, quarantined: 0 });
    const second = (await runPipeline(loading, { interval })).orThrow();
    expect(second.step('figures')?.value).toEqual([0, true, 2]);
    expect(await read.parquet(path, { schema }).count()).toBe(2);
  });
});

describe('a run that is stopped', () => {
  it('by its signal: what runs is interrupted, what does not heed it is not waited for', async () => {
    const stop = new AbortController();
    const started = gate();
    const stopped = pipeline('stopped', {}, (p) => {
      const never = p.task('never', () => {
        started.open();
        return new Promise<void>(() => {});
      });
      p.step('sql', async ({ read }) => {
        await started.opened;
        const many = read.rows(
          Array.from({ length: 1000 }, (_, x) => ({ x })),
          { schema: { x: t.int() } },
        );
        const more = many.crossJoin(many, { suffix: '_2' });
        const most = more.crossJoin(many, { suffix: '_3' });
        setTimeout(() => stop.abort(new Error('enough')), 200);
        return most.groupBy('x').agg((r) => ({ sum: r.x_2.sum(), other: r.x_3.sum() }));
      });
      p.task('after', { never }, () => {});
    });
    const run = await runPipeline(stopped, { signal: stop.signal });
    expect(run.state).toBe('cancelled');
    expect(statesOf(run)).toEqual({ never: 'cancelled', sql: 'cancelled', after: 'cancelled' });
    expect(() => run.orThrow()).toThrow('enough');
  });

  it('before it began runs nothing', async () => {
    const none = pipeline('none', {}, (p) => {
      p.task('never', () => {
        throw new Error('it ran');
      });
    });
    const run = await runPipeline(none, { signal: AbortSignal.abort(new Error('not today')) });
    expect(run.state).toBe('cancelled');
    expect(run.step('never')?.state).toBe('cancelled');
  });
});

describe('hooks', () => {
  it('hear each event in order, those of the pipeline and those of the run', async () => {
    const told: string[] = [];
    const heard = pipeline(
      'heard',
      { hooks: { 'run.started': ({ steps }) => void told.push(`of ${steps.length}`) } },
      (p) => {
        p.task('say', ({ log }) => log.info('hello', { password: 'secret' }));
      },
    );
    await runPipeline(heard, {
      hooks: { 'run.finished': async ({ state }) => void told.push(state) },
      onEvent: (event) =>
        void told.push(event.type === 'log' ? `${event.message} ${event.fields.password}` : event.type),
    });
    expect(told).toEqual([
      'run.started',
      'of 1',
      'step.started',
      'hello ***',
      'step.finished',
      'run.finished',
      'succeeded',
    ]);
  });

  it('that fail are logged, and fail no run', async () => {
    const lines: string[] = [];
    const hooked = pipeline('hooked', {}, (p) => {
      p.task('one', () => {});
    });
    const run = await runPipeline(hooked, {
      hooks: {
        'step.started': () => {
          throw new Error('at once');
        },
        'step.finished': async () => {
          throw new Error('later');
        },
        log: ({ message }) => void lines.push(message),
      },
    });
    expect(run.state).toBe('succeeded');
    expect(lines).toEqual(['a hook on step.started failed: at once', 'a hook on step.finished failed: later']);
  });
});

describe('only', () => {
  it('runs a step and what it needs, as long as that loads nothing', async () => {
    const ran: string[] = [];
    const note = <T>(name: string, value: T): T => {
      ran.push(name);
      return value;
    };
    const some = pipeline('some', {}, (p) => {
      const raw = p.step('raw', () => note('raw', 2));
      const other = p.step('other', () => note('other', 1));
      const double = p.step('double', { raw }, ({ raw }) => note('double', raw * 2));
      const told = p.task('told', { double }, ({ double }) => note('told', double));
      p.task('after', { told, other }, ({ told, other }) => note('after', told + other));
    });
    const run = await runPipeline(some, { only: ['double'] });
    expect(run.orThrow().step('double')?.value).toBe(4);
    expect(ran).toEqual(['raw', 'double']);
    expect(statesOf(run)).toMatchObject({ other: 'queued', told: 'queued' });
    await expect(runPipeline(some, { only: ['after'] })).rejects.toMatchObject({
      code: 'pipeline.not_kept',
      message: expect.stringContaining('after takes what the task "told" gave'),
    });
    await expect(runPipeline(some, { only: ['doubl'] })).rejects.toMatchObject({ code: 'pipeline.no_step' });
  });
});

describe('a declaration that is wrong', () => {
  const declared =
    (build: Parameters<typeof pipeline>[2], options = {}) =>
    () =>
      pipeline('wrong', options, build as never);

  it.each([
    [
      'a name that two steps have',
      declared((p) => void [p.task('a', () => {}), p.task('a', () => {})]),
      'a: another step has this name',
    ],
    ['a name with a slash', declared((p) => void p.task('a/b', () => {})), 'a/b: a name is text without /'],
    ['no steps', declared(() => {}), 'wrong: it has no steps'],
    [
      'an async declaration',
      declared((async () => {}) as never),
      'wrong: the function that declares its steps is async',
    ],
    [
      'a step of another pipeline',
      declared((p) => void p.step('b', { other }, () => 1)),
      'b, input "other": "theirs" is a step of another pipeline',
    ],
    ['no function', declared((p) => void p.task('a', 5 as never)), 'a: its work is no function'],
    [
      'retries',
      declared((p) => void p.task('a', () => {}, { retries: -1 })),
      'a: retries is -1. Give a whole number, at least 0',
    ],
    ['a pool that is none', declared((p) => void p.task('a', () => {}, { pool: 'b' })), 'a: there is no pool "b"'],
    ['concurrency', declared((p) => void p.task('a', () => {}), { concurrency: 0 }), 'wrong: concurrency is 0'],
  ])('%s', (_, declare, message) => {
    expect(declare).toThrow(MillraceError);
    expect(declare).toThrow(message);
  });

  let other: never;
  pipeline('others', {}, (p) => {
    other = p.step('theirs', () => 1) as never;
  });
});
