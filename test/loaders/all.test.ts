import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DuckDBSession } from '../../src/engines/duckdb/session.ts';
import { createSession, type FrameOf, load, MillraceError, read, t } from '../../src/index.ts';
import { readersOf } from '../../src/readers/read.ts';
import { failure } from '../support/failure.ts';
import { json, TestServer } from '../support/http.ts';
import { scratchOf } from '../support/scratch.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-all-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const server = new TestServer();
const place = (name: string): string => path.join(folder, name);
const schema = { id: t.int(), name: t.string() };
const people = [
  { id: 1, name: 'Ann' },
  { id: 2, name: 'Bob' },
];

describe('several targets, one extract', () => {
  it('reads the source once, and reports each target by its name', async () => {
    server.handle = (response) => json(response, [...people, { id: 'none', name: 'Eve' }]);
    await using session = createSession({ threads: 2 });
    let runs = 0;
    const frame = session.read
      .api(`${server.base}/people`, { schema, onBadRow: 'quarantine' })
      .filter((r) => r.id.gt(1))
      .mapBatches(
        (rows) => {
          runs += 1;
          return rows;
        },
        { schema },
      );
    await using outcome = await load.all(frame, {
      lake: (f) => load.parquet(f, place('once/lake'), { mode: 'replace' }),
      sheet: (f) => load.csv(f, place('once.csv'), { mode: 'replace' }),
      upper: (f) =>
        load.json(
          f.withColumns((r) => ({ name: r.name.upper() })),
          place('once.json'),
          { mode: 'replace' },
        ),
    });
    expect(server.paths).toEqual(['/people']);
    expect(outcome.ok).toBe(true);
    const { lake, sheet, upper } = outcome.reports();
    for (const report of [lake, sheet, upper]) {
      expect(report.rows).toEqual({ read: 3, filtered: null, quarantined: 1, written: 1 });
      expect((await report.quarantine.rows()).map(({ column, value }) => [column, value])).toEqual([['id', 'none']]);
    }
    expect(new Set([lake.runId, sheet.runId, upper.runId]).size).toBe(3);
    expect(await readFile(place('once.csv'), 'utf8')).toBe('id,name\n2,Bob\n');
    expect(JSON.parse(await readFile(place('once.json'), 'utf8'))).toEqual([{ id: 2, name: 'BOB' }]);
    expect(await read.parquet(place('once/lake'), { schema }).rows()).toEqual([{ id: 2, name: 'Bob' }]);
    expect([server.paths, runs]).toEqual([['/people'], 1]);
  });

  it('loads the others where one fails, and that one alone when it is retried', async () => {
    server.handle = (response) => json(response, people);
    await using session = createSession({ threads: 2 });
    const begun: string[] = [];
    await writeFile(place('taken'), 'a file');
    const frame = session.read.api(`${server.base}/people`, { schema });
    await using outcome = await load.all(frame, {
      first: (f) => {
        begun.push('first');
        return load.csv(f, place('first.csv'), { mode: 'replace' });
      },
      lake: (f) => {
        begun.push('lake');
        return load.parquet(f, place('taken'), { mode: 'replace' });
      },
      last: (f) => {
        begun.push('last');
        return load.csv(f, place('last.csv'), { mode: 'replace' });
      },
    });
    expect(outcome.ok).toBe(false);
    expect(outcome.targets.first).toMatchObject({ ok: true, report: { rows: { written: 2 } } });
    expect(outcome.targets.last).toMatchObject({ ok: true, report: { rows: { written: 2 } } });
    expect(outcome.targets.lake).toMatchObject({ ok: false, error: { code: 'load.target' } });
    const error = await failure(Promise.resolve().then(() => outcome.reports()));
    expect(error.code).toBe('load.incomplete');
    expect(error.message).toContain('"lake": ');
    expect(error.details).toMatchObject({ errors: { lake: { code: 'load.target' } } });

    expect((await failure(outcome.retry('lake'))).code).toBe('load.target');
    await rm(place('taken'));
    // What the source says meanwhile is of the next extract.
    server.handle = (response) => json(response, []);
    await frame.refresh();
    expect((await outcome.retry('lake')).rows.written).toBe(2);
    expect(outcome.ok).toBe(true);
    expect(outcome.reports().lake.rows.read).toBe(2);
    expect(begun).toEqual(['first', 'lake', 'last', 'lake', 'lake']);
    expect(server.paths).toEqual(['/people']);
  });

  it('loads nothing twice: a target that was loaded is not retried, also by two calls at once', async () => {
    let loads = 0;
    await using outcome = await load.all(read.rows(people, { schema }), {
      added: async (f) => {
        loads += 1;
        if (loads === 1) throw new Error('not yet');
        return load.parquet(f, place('added'), { mode: 'append' });
      },
    });
    expect(outcome.targets.added).toMatchObject({
      ok: false,
      error: { code: 'load.target_failed', message: 'load.all, "added": not yet' },
    });
    const both = await Promise.allSettled([outcome.retry('added'), outcome.retry('added')]);
    expect(both.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect((await failure(outcome.retry('added'))).code).toBe('load.retry');
    expect((await outcome.retryAll()).ok).toBe(true);
    expect((await failure(outcome.retry('aded' as never))).message).toContain('Did you mean "added"?');
    expect(await read.parquet(place('added'), { schema }).count()).toBe(2);
  });

  it('gives up the extract when it is closed; the reports and their rows stay', async () => {
    const session = new DuckDBSession({ threads: 2 });
    const bad = [...people, { id: 'none', name: 'Eve' }];
    const frame = readersOf(session)
      .rows(bad, { schema, onBadRow: 'quarantine' })
      .filter((r) => r.id.gt(0));
    const before = await scratchOf(session);
    const outcome = await load.all(frame, {
      sheet: (f) => load.csv(f, place('closed.csv'), { mode: 'replace' }),
      broken: () => Promise.reject(new Error('broken')),
    });
    const kept = (await scratchOf(session)).length;
    await outcome.close();
    await outcome.close();
    const after = await scratchOf(session);
    expect(kept - after.length).toBe(1);
    expect(after.length).toBeGreaterThan(before.length);
    expect((await failure(outcome.retry('broken'))).code).toBe('load.closed');
    expect((await failure(outcome.retryAll())).code).toBe('load.closed');
    const sheet = outcome.targets.sheet;
    expect(sheet.ok && (await sheet.report.quarantine.rows()).length).toBe(1);
    await session.close();
  });

  it('ends the extract with its session', async () => {
    const session = createSession({ threads: 2 });
    const outcome = await load.all(session.read.rows(people, { schema }), {
      broken: () => Promise.reject(new Error('broken')),
      sheet: (f) => load.csv(f, place('session.csv'), { mode: 'replace' }),
    });
    await session.close();
    const gone = await load.all(session.read.rows(people, { schema }), { a: () => Promise.reject() }).catch((e) => e);
    expect(gone).toMatchObject({ code: 'session.closed' });
    await outcome.close();
  });

  it('loads nothing where the extract fails', async () => {
    const begun: string[] = [];
    const frame = read.rows([{ id: 'none', name: 'Eve' }], { schema });
    const error = await failure(
      load.all(frame, {
        sheet: (f) => {
          begun.push('sheet');
          return load.csv(f, place('none.csv'), { mode: 'replace' });
        },
      }),
    );
    expect(error.code).toBe('rows.bad_row');
    expect(begun).toEqual([]);
  });

  it('begins no target after its signal', async () => {
    const stop = new AbortController();
    const outcome = await load.all(
      read.rows(people, { schema }),
      {
        first: async (f) => {
          const report = await load.csv(f, place('signal-1.csv'), { mode: 'replace' });
          stop.abort(new Error('enough'));
          return report;
        },
        second: (f) => load.csv(f, place('signal-2.csv'), { mode: 'replace' }),
      },
      { signal: stop.signal },
    );
    expect(outcome.targets).toMatchObject({ first: { ok: true }, second: { ok: false, error: { message: /enough/ } } });
    expect((await outcome.retry('second')).rows.written).toBe(2);
    await outcome.close();
  });

  it.each([
    ['no frame', () => load.all({} as never, {}), 'load.frame'],
    ['no targets', () => load.all(read.rows(people, { schema }), {}), 'load.option'],
    ['no function', () => load.all(read.rows(people, { schema }), { a: 'b' as never }), 'load.option'],
  ])('refuses %s', async (_, call, code) => {
    expect((await failure(call())).code).toBe(code);
  });

  it('takes a function that gives no report for one that failed', async () => {
    await using outcome = await load.all(read.rows(people, { schema }), { a: (async () => undefined) as never });
    expect(outcome.targets.a).toMatchObject({ ok: false, error: { message: /gave no report/ } });
  });
});

describe('incremental sources', () => {
  const inbox = async (name: string): Promise<{ file: string; state: string; frame: () => FrameOf<typeof schema> }> => {
    const files = await mkdtemp(place(`${name}-`));
    const state = path.join(files, 'state.json');
    await writeFile(path.join(files, '1.csv'), 'id,name\n1,Ann\n2,Bob\n');
    const csv = () => read.csv(path.join(files, '*.csv'), { schema, incremental: { name, cursor: 'name', state } });
    return { file: path.join(files, '2.csv'), state, frame: csv };
  };
  const stateOf = (file: string): Promise<unknown> => readFile(file, 'utf8').then(JSON.parse, () => undefined);

  it('keep their state until every target was loaded', async () => {
    const { state, file, frame } = await inbox('all');
    let fails = true;
    await using outcome = await load.all(frame(), {
      lake: (f) => load.parquet(f, place('inc/lake'), { mode: 'replace' }),
      sheet: async (f) => {
        if (fails) throw new Error('not yet');
        return load.csv(f, place('inc.csv'), { mode: 'replace' });
      },
      added: (f) => load.parquet(f, place('inc/added'), { mode: 'append' }),
    });
    expect(await stateOf(state)).toBeUndefined();
    expect(outcome.incremental).toMatchObject([{ name: 'all', saved: 'no' }]);
    // What is appended would be appended again by a next run, were this one to end here.
    expect(outcome.targets.added).toMatchObject({ ok: false, error: { code: 'incremental.append', retryable: true } });
    await writeFile(file, 'id,name\n3,Cid\n');
    expect((await failure(outcome.retry('added'))).code).toBe('incremental.append');

    fails = false;
    await outcome.retryAll();
    const { lake, sheet, added } = outcome.reports();
    expect([lake, sheet, added].map(({ rows }) => rows.written)).toEqual([2, 2, 2]);
    expect(outcome.incremental).toMatchObject([{ name: 'all', saved: 'after the load' }]);
    expect(added.incremental).toMatchObject([{ name: 'all', saved: 'by load.all' }]);
    expect(await stateOf(state)).toMatchObject({ name: 'all' });

    // What came in the meantime is there for the next run, once for each target.
    await using next = await load.all(frame(), {
      added: (f) => load.parquet(f, place('inc/added'), { mode: 'append' }),
    });
    expect(next.ok).toBe(true);
    expect((await read.parquet(place('inc/added'), { schema }).rows()).map(({ id }) => id)).toEqual([1, 2, 3]);
  });

  it('refuse to be appended by a target that is not the last', async () => {
    const { state, frame } = await inbox('first');
    await using outcome = await load.all(frame(), {
      added: (f) => load.parquet(f, place('first/added'), { mode: 'append' }),
      lake: (f) => load.parquet(f, place('first/lake'), { mode: 'replace' }),
    });
    const { added, lake } = outcome.targets;
    expect(lake.ok).toBe(true);
    expect(added).toMatchObject({ ok: false, error: { code: 'incremental.append', retryable: false } });
    expect(!added.ok && added.error.message).toContain('Name "added" last');
    expect(await stateOf(state)).toBeUndefined();
    // Now it is the last.
    await outcome.retry('added');
    expect(await stateOf(state)).toBeDefined();
  });

  it('keep their state where a target was loaded under its loadId before', async () => {
    const { state, file, frame } = await inbox('replay');
    const run = () =>
      load.all(frame(), {
        lake: (f) => load.parquet(f, place('replay/lake'), { mode: 'replace', loadId: 'may' }),
        sheet: (f) => load.csv(f, place('replay.csv'), { mode: 'replace' }),
        added: (f) => load.parquet(f, place('replay/added'), { mode: 'append' }),
      });
    await load.parquet(frame(), place('replay/lake'), { mode: 'replace', loadId: 'may' });
    await rm(state);
    await writeFile(file, 'id,name\n3,Cid\n');
    // The lake has the rows of one file, the others would have those of two.
    await using outcome = await run();
    expect(outcome.targets).toMatchObject({
      lake: { ok: true, report: { alreadyLoaded: true } },
      sheet: { ok: true },
      added: { ok: false, error: { code: 'incremental.append', retryable: false } },
    });
    expect(await stateOf(state)).toBeUndefined();
  });

  it('tell where their state could not be saved, and save it when that is retried', async () => {
    const { state, frame } = await inbox('unsaved');
    await using outcome = await load.all(frame(), {
      added: async (f) => {
        const report = await load.parquet(f, place('unsaved/added'), { mode: 'append' });
        await mkdir(state);
        return report;
      },
    });
    expect(outcome.ok).toBe(false);
    expect(outcome.targets.added.ok).toBe(true);
    expect(outcome.stateError).toBeInstanceOf(MillraceError);
    expect(outcome.stateError?.code).toBe('incremental.not_saved');
    expect((await failure(outcome.retry('added'))).code).toBe('load.retry');
    expect((await failure(Promise.resolve().then(() => outcome.reports()))).code).toBe('load.incomplete');
    await rm(state, { recursive: true });
    expect((await outcome.retryAll()).ok).toBe(true);
    expect(await stateOf(state)).toMatchObject({ name: 'unsaved' });
    expect(await read.parquet(place('unsaved/added'), { schema }).count()).toBe(2);
  });
});
