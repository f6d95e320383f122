import { readdirSync, writeFileSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setImmediate as tick } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { DuckDBSession } from '../../../src/engines/duckdb/session.ts';
import { Frame } from '../../../src/frame/frame.ts';
import { load, type Row, t, unique } from '../../../src/index.ts';
import type { Scan } from '../../../src/plan/scan.ts';
import type { Source } from '../../../src/plan/source.ts';
import { type Readers, readersOf } from '../../../src/readers/read.ts';
import { inputFolder } from '../../support/files.ts';
import { scratchOf } from '../../support/scratch.ts';

const { folder, write } = inputFolder();

let session: DuckDBSession;
let read: Readers;
beforeEach(() => {
  session = new DuckDBSession({ threads: 2, tempDirectory: folder });
  read = readersOf(session);
});
afterEach(() => session.close());

const schema = { i: t.int(), s: t.string() };
const lines = (count: number, from = 0) =>
  `i,s\n${Array.from({ length: count }, (_, i) => `${from + i},s${(from + i) % 7}\n`).join('')}`;
const records = (count: number) => Array.from({ length: count }, (_, i) => ({ i, s: `s${i % 7}` }));
/** Of some rows three are bad: two of the wrong kind, one too short. */
const dirty = `${lines(10)}x,a\ny,b\n1\n`;

const good = write('good.csv', lines(1000));
const bad = write('bad.csv', dirty);
const large = write('large.csv', lines(300_000));

let server: Server;
let base: string;
let requests = 0;
let handle: RequestListener;
const answer: RequestListener = (_, response) => {
  response.setHeader('content-type', 'application/json');
  response.end(JSON.stringify(records(50)));
};
beforeAll(async () => {
  server = createServer((request, response) => {
    requests += 1;
    handle(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  requests = 0;
  handle = answer;
});

/** A source whose batches are given by a function, called at every reading. */
function rowsSource(batches: () => Generator<readonly (readonly unknown[])[]>, rest: Partial<Source> = {}): Source {
  const fields = [
    { name: 'i', dtype: { id: 'int' }, nullable: false },
    { name: 's', dtype: { id: 'string' }, nullable: false },
  ] as const;
  const prepare = async (): Promise<Scan> => ({ kind: 'rows', batches });
  return { name: 'made', schema: fields, ordered: true, onBadRow: 'fail', volatile: true, prepare, ...rest };
}

type Sales = ReturnType<typeof csv>;
const csv = (path = good) => read.csv(path, { schema });
/** Frames that are in use until their test ends, so that what was read of them stays. */
const inUse: unknown[] = [];
afterEach(() => inUse.splice(0));
const used = <T>(frame: T): T => {
  inUse.push(frame);
  return frame;
};
const quarantined = (path = bad) => used(read.csv(path, { schema, onBadRow: 'quarantine' }));
const made = (source: Source): Sales => used(new Frame({ kind: 'source', source }, session));
/** 90 billion pairs: far longer than a test waits. */
const endless = (frame: Sales) =>
  frame.join(frame.rename({ i: 'j' }), { on: ['s'] }).filter((r) => r.i.mul(r.j).mod(1_000_003).eq(-1));

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Thirty thousand batches, each with a pause. */
const slow = (frame: Sales) => frame.mapBatches((rows) => pause(2).then(() => rows), { schema, batchSize: 10 });

async function failure(work: Promise<unknown>): Promise<{ code?: string; message: string }> {
  return work.then(
    () => expect.fail('it did not fail'),
    (error: unknown) => error as { code?: string; message: string },
  );
}

describe('what a run leaves', () => {
  const sorted = (frame: Sales) => frame.sort('s').withColumns((r) => ({ k: r.i.mod(3) }));
  const once = (frame: Sales) => frame.filter((r) => r.i.lt(100)).dedupe({ by: ['s'] });
  const target = (name: string) => join(folder, name);
  /** Rejects rows of its own, not of its source. */
  const quarantinedOnce = () =>
    csv().withColumns((r) => ({ n: r.s.cast(t.int().nullable(), { onError: 'quarantine' }) }));

  it.each<[string, () => Promise<unknown>]>([
    ['rows of a file in place', () => csv().rows()],
    ['rows, sorted and deduped', () => once(sorted(csv()) as unknown as Sales).rows()],
    ['rows sorted by few strings', () => csv(large).sort('s').count()],
    ['a count', () => sorted(csv()).count()],
    ['explain', () => sorted(csv()).explain()],
    [
      'mapBatches',
      () =>
        csv()
          .mapBatches((rows) => rows, { schema })
          .rows(),
    ],
    ['a check that holds', () => csv().check({ i: unique }).rows()],
    [
      'a materialized frame, disposed of',
      async () => {
        await using kept = await sorted(csv()).materialize();
        await kept.filter((r) => r.i.gt(3)).rows();
        await using again = await kept.materialize();
        await again.rows();
      },
    ],
    [
      'a materialized frame of a frame that has a table of its own',
      async () => {
        await using kept = await csv()
          .mapBatches((rows) => rows, { schema })
          .materialize();
        expect(await kept.count()).toBe(1000);
      },
    ],
    [
      'a stream that is read to its end',
      async () => {
        for await (const _ of sorted(csv(large)).batches());
      },
    ],
    [
      'a stream left half way',
      async () => {
        for await (const _ of csv(large).sort('s').batches()) break;
      },
    ],
    [
      'a stream whose reader throws',
      async () => {
        const reading = async () => {
          for await (const _ of csv(large).batches()) throw new Error('enough');
        };
        expect(await failure(reading())).toMatchObject({ message: 'enough' });
      },
    ],
  ])('%s: nothing', async (_, run) => {
    await run();
    expect(await scratchOf(session)).toEqual([]);
  });

  it.each<[string, string, () => Promise<unknown>]>([
    ['a bad row of a file in place', 'csv.bad_row', () => csv(bad).rows()],
    ['a bad row met after a sort', 'csv.bad_row', () => csv(bad).sort('s').rows()],
    ['a bad row while it materializes', 'csv.bad_row', () => csv(bad).materialize()],
    ['a bad row of a load', 'csv.bad_row', () => load.csv(csv(bad), target('a.csv'), { mode: 'replace' })],
    [
      'too many in quarantine',
      'quarantine.too_many',
      () => read.csv(bad, { schema, onBadRow: { quarantine: { maxShare: 0.1 } } }).rows(),
    ],
    [
      'too many bad rows in memory',
      'quarantine.too_many',
      () => read.rows([{ i: 1.5, s: '' }], { schema, onBadRow: { quarantine: { maxShare: 0.1 } } }).rows(),
    ],
    ['a bad row in memory', 'rows.bad_row', () => read.rows([...records(5000), { i: 0.5, s: '' }], { schema }).rows()],
    [
      'a bad row in memory, of lists',
      'rows.bad_row',
      () => read.rows([{ l: [1] }, { l: [0.5] }], { schema: { l: t.list(t.int()) } }).rows(),
    ],
    [
      'a bad record',
      'json.bad_row',
      () => read.json(write('bad.json', '[{"i":1,"s":"a"},{"i":"x"}]'), { schema }).rows(),
    ],
    [
      'JSON that ends too early',
      'json.malformed',
      () => read.json(write('half.json', '[{"i":1,"s":"a"}'), { schema }).rows(),
    ],
    ['an API that fails', 'api.status', () => read.api(`${base}none`, { schema, retry: { attempts: 1 } }).rows()],
    ['a check that fails', 'check.failed', () => csv().check({ s: unique }).rows()],
    ['a quarantine that cannot be told', 'check.failed', () => csv().check({ s: unique }).quarantine().rows()],
    [
      'mapBatches that gives a wrong row',
      'map.bad_row',
      () =>
        csv()
          .mapBatches((rows) => [...rows.slice(1), { i: 0.5, s: '' }], { schema })
          .rows(),
    ],
    [
      'a load that the engine stops',
      'load.not_finite',
      () =>
        load.json(
          csv().withColumns((r) => ({ f: r.i.cast(t.float()).mul(1e308).mul(1e308) })),
          target('b.json'),
          { mode: 'replace' },
        ),
    ],
    ['a load whose target cannot be written', 'load.exists', () => load.csv(quarantinedOnce(), good, { mode: 'fail' })],
    ['the second of two sources', 'csv.bad_row', () => csv().sort('s').concat(csv(bad).sort('s')).rows()],
  ])('%s: nothing', async (_, code, run) => {
    handle = (_request, response) => {
      response.statusCode = 404;
      response.end();
    };
    expect((await failure(run())).code).toBe(code);
    expect(await scratchOf(session)).toEqual([]);
  });
});

describe('what stays', () => {
  /** Tables by what they are for; each staged source has one of its rows, and in quarantine mode one of its rejects. */
  it.each<[string, number, () => Promise<unknown>]>([
    [
      'rows in memory: their table',
      1,
      () =>
        used(read.rows(records(10), { schema }))
          .sort('s')
          .rows(),
    ],
    ['a source in quarantine mode: its rows and its rejects', 2, () => quarantined().sort('s').rows()],
    [
      'a stream of a staged source, left half way',
      2,
      async () => {
        for await (const _ of quarantined(large).batches()) break;
      },
    ],
    ['an API: its rows, and none of its pages', 1, () => used(read.api(base, { schema })).rows()],
    [
      'a quarantine read twice, once as it is and once derived',
      2,
      async () => {
        const rejected = quarantined().quarantine();
        expect(await rejected.count()).toBe(3);
        expect(await rejected.filter((r) => r.column.eq('i')).rows()).toHaveLength(2);
        expect(await rejected.rows()).toHaveLength(3);
      },
    ],
    [
      'a materialized frame of a staged source, disposed of after a refresh',
      0,
      async () => {
        const frame = quarantined();
        await using kept = await frame.materialize();
        await frame.refresh();
        expect(await kept.count()).toBe(10);
        expect(await kept.quarantine().count()).toBe(3);
      },
    ],
    [
      'a staged source, refreshed',
      0,
      async () => {
        const frame = quarantined();
        await frame.rows();
        await frame.quarantine().rows();
        await frame.refresh();
      },
    ],
    [
      'a source refreshed while it is read',
      0,
      async () => {
        const frame = quarantined(large);
        const work = frame.count();
        await tick();
        await frame.refresh();
        expect(await work).toBe(300_000);
      },
    ],
  ])('%s', async (_, tables, run) => {
    await run();
    collectGarbage();
    await expect.poll(() => scratchOf(session)).toHaveLength(tables);
  });

  it.each<[string, number, () => Sales]>([
    ["of a staged source: its rows and rejects, which are the source's own", 2, () => quarantined()],
    ['of a frame that has a table of its own', 1, () => csv().mapBatches((rows) => rows, { schema })],
    ['of a frame that has none', 1, () => csv().sort('s')],
    ['that is computed from a staged source', 3, () => quarantined().sort('s')],
  ])('of a materialized frame %s, and no copy', async (_, tables, frame) => {
    await using kept = await frame().materialize();
    expect(await scratchOf(session)).toHaveLength(tables);
    await using again = await kept.materialize();
    expect(await again.count()).toBe(await kept.count());
    expect(await scratchOf(session)).toHaveLength(tables);
  });

  it('what a load put aside, while its report is there', async () => {
    let report: Awaited<ReturnType<typeof load.csv>> | undefined = await load.csv(
      csv().withColumns((r) => ({ n: r.s.cast(t.int().nullable(), { onError: 'quarantine' }) })),
      join(folder, 'kept.csv'),
      { mode: 'replace' },
    );
    expect(await scratchOf(session)).toHaveLength(1);
    expect(await report.quarantine.count()).toBe(1000);
    collectGarbage();
    expect(await report.quarantine.count()).toBe(1000);
    report = undefined;
    await expect
      .poll(() => {
        collectGarbage();
        return scratchOf(session);
      })
      .toEqual([]);
  });

  it('nothing of sources that nothing refers to any more', async () => {
    const count = async (from: number) =>
      expect(await read.rows(records(100 + from), { schema, onBadRow: 'quarantine' }).count()).toBe(100 + from);
    for (let i = 0; i < 5; i++) await count(i);
    const kept = read.rows(records(7), { schema });
    expect(await kept.count()).toBe(7);
    await expect
      .poll(async () => {
        collectGarbage();
        return (await scratchOf(session)).length;
      })
      .toBe(1);
    expect(await kept.count()).toBe(7);
  });

  it('one empty table for all loads that put nothing aside, once it is looked at', async () => {
    const reports = used(
      await Promise.all(
        ['d.csv', 'e.csv', 'f.csv'].map((name) => load.csv(csv(), join(folder, name), { mode: 'replace' })),
      ),
    );
    expect(await scratchOf(session)).toEqual([]);
    for (const report of reports) expect(await report.quarantine.rows()).toEqual([]);
    expect(await scratchOf(session)).toHaveLength(1);
  });
});

/** Frees what nothing refers to. */
function collectGarbage(): void {
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
}

describe('a source that fails is read again from the start', () => {
  it('when its rows throw half way', async () => {
    let readings = 0;
    const frame = made(
      rowsSource(function* () {
        readings += 1;
        yield Array.from({ length: 5000 }, (_, i) => [i, 'a']);
        if (readings === 1) throw new Error('the source broke');
      }),
    );
    expect(await failure(frame.rows())).toMatchObject({ message: 'the source broke' });
    expect(await scratchOf(session)).toEqual([]);
    expect(await frame.count()).toBe(5000);
    expect(await frame.count()).toBe(5000);
    expect(readings).toBe(2);
  });

  it('when its file has been mended', async () => {
    const path = write('mended.csv', dirty);
    const frame = read.csv(path, { schema, onBadRow: { quarantine: { maxShare: 0.1 } } });
    expect((await failure(frame.rows())).code).toBe('quarantine.too_many');
    expect(await scratchOf(session)).toEqual([]);
    writeFileSync(path, lines(20));
    await frame.refresh();
    expect(await frame.count()).toBe(20);
  });

  it('when its server answers again', async () => {
    handle = (request, response) => {
      if (requests > 2) answer(request, response);
      else if (requests === 1) response.end(`[${JSON.stringify(records(1)[0])}, {"i": "x"}]`);
      else response.end('<p>Back soon');
    };
    const frame = read.api(base, { schema });
    expect((await failure(frame.rows())).code).toBe('api.bad_row');
    expect((await failure(frame.rows())).code).toBe('api.not_json');
    expect(await scratchOf(session)).toEqual([]);
    expect(await frame.count()).toBe(50);
  });
});

describe('an aborted run', () => {
  /** None of them ends by itself while the test waits; a staged file may stay, its rows and its rejects. */
  const actions: [string, (options: { signal: AbortSignal }) => Promise<unknown>, readonly number[]][] = [
    ['that stages a file', (options) => endless(quarantined(large)).count(options), [0, 2]],
    ['that materializes', (options) => endless(csv(large).sort('s')).materialize(options), [0]],
    ['that counts', (options) => endless(csv(large)).count(options), [0]],
    ['that maps', (options) => slow(csv(large)).rows(options), [0]],
    [
      'that loads',
      (options) => load.csv(endless(csv(large)), join(folder, 'g.csv'), { mode: 'replace', ...options }),
      [0],
    ],
    ['of a quarantine', (options) => slow(quarantined(large)).quarantine().rows(options), [0, 2]],
  ];
  it.each(
    actions.flatMap(([name, action, left]) => [0, 5, 20, 80, 300].map((ms) => [name, ms, action, left] as const)),
  )('%s, after %d ms, leaves nothing', async (_, ms, action, left) => {
    const stop = new AbortController();
    const work = failure(action({ signal: stop.signal }));
    await pause(ms);
    stop.abort(new Error('enough'));
    expect(await work).toMatchObject({ message: 'enough' });
    expect(left).toContain((await scratchOf(session)).length);
  });

  it('ends also where its statement waits for others to end', async () => {
    const stop = new AbortController();
    const work = Array.from({ length: 12 }, () => failure(endless(csv(large)).count({ signal: stop.signal })));
    await pause(100);
    stop.abort(new Error('enough'));
    for (const error of await Promise.all(work)) expect(error).toMatchObject({ message: 'enough' });
    expect(await scratchOf(session)).toEqual([]);
  });

  it('leaves nothing of a function that never answers', async () => {
    const stop = new AbortController();
    const stuck = csv().mapBatches(
      () => {
        stop.abort(new Error('enough'));
        return new Promise<never>(() => {});
      },
      { schema },
    );
    expect(await failure(stuck.rows({ signal: stop.signal }))).toMatchObject({ message: 'enough' });
    expect(await scratchOf(session)).toEqual([]);
  });

  it('leaves nothing of an API half read', async () => {
    const stop = new AbortController();
    handle = (_, response) => {
      if (requests < 3) response.end(JSON.stringify(records(requests)));
      else stop.abort(new Error('enough'));
    };
    const frame = read.api(base, { schema, paginate: { kind: 'page', param: 'page', unevenPages: 'accept' } });
    expect(await failure(frame.rows({ signal: stop.signal }))).toMatchObject({ message: 'enough' });
    expect(await scratchOf(session)).toEqual([]);
  });

  it('leaves nothing of a stream', async () => {
    const stop = new AbortController();
    const stream = csv(large).sort('s').batches({ signal: stop.signal });
    await stream.next();
    stop.abort(new Error('enough'));
    const rest = async () => {
      for await (const _ of stream);
    };
    expect(await failure(rest())).toMatchObject({ message: 'enough' });
    expect(await scratchOf(session)).toEqual([]);
  });

  it('does not stop a run of the same source that starts at once', async () => {
    const frame = quarantined(large);
    const stop = new AbortController();
    const aborted = failure(frame.count({ signal: stop.signal }));
    await pause(5);
    stop.abort(new Error('enough'));
    expect(await frame.count()).toBe(300_000);
    expect(await aborted).toMatchObject({ message: 'enough' });
    expect(await scratchOf(session)).toHaveLength(2);
  });
});

describe('refresh', () => {
  const all = async (stream: AsyncIterable<{ column(name: 'i'): Iterable<number> }>): Promise<number[]> => {
    const values: number[] = [];
    for await (const batch of stream) values.push(...batch.column('i'));
    return values;
  };
  const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, i) => from + i);

  it('leaves a stream, a run and a load with what they began to read; later runs read anew', async () => {
    const path = write('changes.csv', lines(300_000));
    const frame = read.csv(path, { schema, onBadRow: 'quarantine' });
    const stream = frame.batches();
    const first = await stream.next();
    let reached = (): void => {};
    const mapping = new Promise<void>((resolve) => {
      reached = resolve;
    });
    let goOn = (): void => {};
    const refreshed = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    const slow = frame.mapBatches(
      async (rows) => {
        reached();
        await refreshed;
        return rows;
      },
      { schema, batchSize: 100_000 },
    );
    // Reads the source again after its function has run.
    const joined = slow.join(frame.rename({ s: 'again' }), { on: ['i'] }).count();
    const loading = load.csv(slow, join(folder, 'h.csv'), { mode: 'replace' });
    await mapping;
    writeFileSync(path, lines(5, 1_000_000));
    await frame.refresh();
    expect(await all(frame.batches())).toEqual(numbers(5, 1_000_000));
    goOn();
    const rest = await all(stream);
    expect([...(first.value?.column('i') ?? []), ...rest]).toEqual(numbers(300_000));
    expect(await joined).toBe(300_000);
    expect((await loading).rows).toMatchObject({ read: 300_000, written: 300_000 });
    expect(await frame.count()).toBe(5);
    expect((await scratchOf(session)).length).toBeLessThanOrEqual(3);
  });

  it('twice during a stream', async () => {
    const frame = used(read.rows(records(300_000), { schema }));
    const stream = frame.batches();
    await stream.next();
    await frame.refresh();
    await frame.refresh();
    expect(await frame.count()).toBe(300_000);
    expect(await all(stream)).toEqual(numbers(300_000 - 122_880, 122_880));
    expect(await scratchOf(session)).toHaveLength(1);
  });

  it('leaves a materialized frame its rows and its rejects', async () => {
    const frame = quarantined();
    const kept = await frame.materialize();
    await frame.refresh();
    await frame.refresh();
    expect(await kept.count()).toBe(10);
    expect(await kept.quarantine().count()).toBe(3);
    await kept[Symbol.asyncDispose]();
    expect((await failure(kept.rows())).code).toBe('frame.disposed');
  });

  it('a materialized frame disposed of during a stream goes on to its end', async () => {
    const kept = await csv(large).sort('i').materialize();
    const stream = kept.batches();
    await stream.next();
    await kept[Symbol.asyncDispose]();
    expect(await all(stream)).toEqual(numbers(300_000 - 122_880, 122_880));
    expect(await scratchOf(session)).toEqual([]);
  });

  it('of an API: the run that waits for it has the old answer, the next one the new', async () => {
    let answers: (() => void)[] = [];
    handle = (_, response) => {
      const rows = records(requests);
      answers.push(() => response.end(JSON.stringify(rows)));
    };
    const frame = used(read.api(base, { schema }));
    const [before, beside] = [frame.count(), frame.count()];
    while (requests < 1) await tick();
    await frame.refresh();
    const later = frame.count();
    while (requests < 2) await tick();
    for (const send of answers.splice(0)) send();
    expect(await Promise.all([before, beside, later])).toEqual([1, 1, 2]);
    expect(await frame.count()).toBe(2);
    expect(await scratchOf(session)).toHaveLength(1);
    answers = [];
  });
});

describe('twenty runs at once', () => {
  /** A staged CSV and an API, and how often the CSV was looked at. */
  const shared = () => {
    const file = quarantined(large);
    const { plan } = file;
    if (plan.kind !== 'source') throw new Error('no source');
    const { source } = plan;
    const seen = { looks: 0 };
    const counted = made({
      ...source,
      prepare: (context) => {
        seen.looks += 1;
        return source.prepare(context);
      },
    });
    const api = used(read.api(base, { schema })).rename({ s: 'label' });
    const frames = Array.from({ length: 20 }, (_, n) => counted.filter((r) => r.i.gte(n % 2)).join(api, { on: ['i'] }));
    return { seen, frames };
  };
  const expected = (n: number): Row<never>[] =>
    records(50)
      .filter(({ i }) => i >= n % 2)
      .map(({ i, s }) => ({ i, s, label: s })) as never;
  const sorted = <R extends { readonly i: number }>(rows: readonly R[]): R[] => [...rows].sort((a, b) => a.i - b.i);

  it('read their sources once and agree', async () => {
    const { seen, frames } = shared();
    const answers = await Promise.all(frames.map((frame) => frame.rows()));
    for (const [n, rows] of answers.entries()) expect(sorted(rows)).toEqual(expected(n));
    expect([seen.looks, requests]).toEqual([1, 1]);
    expect(await scratchOf(session)).toHaveLength(3);
  });

  it.each([
    ['the first', 0, 0],
    ['the first, a little later', 0, 30],
    ['the first, while the API is asked', 0, 'api'],
    ['one in the middle', 9, 5],
  ] as const)('go on when %s is aborted, and read once all the same', async (_, which, when) => {
    const { seen, frames } = shared();
    const stop = new AbortController();
    if (when === 'api') {
      handle = (request, response) => {
        stop.abort(new Error('enough'));
        setTimeout(() => answer(request, response), 20);
      };
    }
    const work = frames.map((frame, n) => (n === which ? failure(frame.rows({ signal: stop.signal })) : frame.rows()));
    if (when !== 'api') {
      for (let i = 0; i < when; i++) await tick();
      stop.abort(new Error('enough'));
    }
    for (const [n, done] of (await Promise.all(work)).entries()) {
      if (n === which) expect(done).toMatchObject({ message: 'enough' });
      else expect(sorted(done as never)).toEqual(expected(n));
    }
    expect([seen.looks, requests]).toEqual([1, 1]);
    expect(await scratchOf(session)).toHaveLength(3);
  });

  it('leave nothing when all are aborted', async () => {
    const { frames } = shared();
    const stop = new AbortController();
    handle = () => stop.abort(new Error('enough'));
    const work = frames.map((frame) => failure(frame.rows({ signal: stop.signal })));
    for (const error of await Promise.all(work)) expect(error).toMatchObject({ message: 'enough' });
    // The file had been staged before.
    expect(await scratchOf(session)).toHaveLength(2);
  });

  it('all fail with the one error of their source', async () => {
    const frame = read.csv(bad, { schema, onBadRow: { quarantine: { maxShare: 0.1 } } });
    const errors = await Promise.all(Array.from({ length: 20 }, () => failure(frame.rows())));
    expect(new Set(errors.map(({ code }) => code))).toEqual(new Set(['quarantine.too_many']));
    expect(await scratchOf(session)).toEqual([]);
  });
});

describe('the end of a session while runs are under way', () => {
  const actions: [string, () => Promise<unknown>][] = [
    ['a long query', () => endless(csv(large)).count()],
    ['a file being staged', () => slow(quarantined(large)).rows()],
    ['a sort of many rows', () => endless(csv(large).sort('s', 'i')).rows()],
    ['an API that does not answer', () => read.api(`${base}stuck`, { schema }).rows()],
    ['a quarantine', () => slow(quarantined(large)).quarantine().rows()],
    ['a frame that materializes', () => endless(csv(large).sort('s')).materialize()],
    ['a load', () => load.parquet(endless(csv(large)), join(folder, 'i.parquet'), { mode: 'replace' })],
    ['a function over batches', () => slow(csv(large)).rows()],
    [
      'a stream',
      async () => {
        for await (const _ of csv(large).batches()) await pause(300);
      },
    ],
  ];
  const closed = { code: 'session.closed', message: 'The session is closed. Make a new one with createSession().' };
  const mine = () => readdirSync(folder).filter((name) => name.startsWith('millrace-'));
  beforeEach(() => {
    handle = (request, response) => {
      if (request.url !== '/stuck') answer(request, response);
    };
  });

  it.each(actions.flatMap(([name, action]) => [0, 1, 20, 100].map((ms) => [name, ms, action] as const)))(
    '%s, after %d ms: one error, and no folder',
    async (_, ms, action) => {
      const work = failure(action());
      await pause(ms);
      await session.close();
      expect(mine()).toEqual([]);
      expect(await work).toMatchObject(closed);
      expect(mine()).toEqual([]);
    },
  );

  it('all of them at once', async () => {
    const work = actions.map(([, action]) => failure(action()));
    await pause(50);
    await Promise.all([session.close(), session.close()]);
    for (const error of await Promise.all(work)) expect(error).toMatchObject(closed);
    expect(mine()).toEqual([]);
  });

  it('by a function of one of its runs', async () => {
    const closing = csv().mapBatches(
      async (rows) => {
        await session.close();
        return rows;
      },
      { schema },
    );
    expect(await failure(closing.rows())).toMatchObject(closed);
    expect(mine()).toEqual([]);
  });
});
