import { mkdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { createSession, load, MillraceError, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const { folder } = inputFolder();
const session = createSession({ threads: 2 });
const { read } = session;
const schema = { id: t.int() };
let tests = 0;
let at = '';

beforeEach(() => {
  tests += 1;
  at = join(folder, `test-${tests}`);
  mkdirSync(join(at, 'in'), { recursive: true });
});

function put(name: string, content: string, modified = '2024-05-01T00:00:00Z'): void {
  const path = join(at, 'in', name);
  writeFileSync(path, content);
  utimesSync(path, new Date(modified), new Date(modified));
}

const state = (): string => join(at, 'state.json');
const out = (): string => join(at, 'out.json');

/** What a reader gives now, loaded, and what was told of it. */
async function loaded(frame: ReturnType<typeof read.csv<typeof schema>>) {
  await frame.refresh();
  const report = await load.json(frame, out(), { mode: 'replace' });
  return { ids: (JSON.parse(readFileSync(out(), 'utf8')) as { id: number }[]).map(({ id }) => id), report };
}

describe('files by their names', () => {
  it('reads those that came since, and one again that was changed', async () => {
    put('2024-01.csv', 'id\n1\n');
    put('2024-02.csv', 'id\n2\n');
    const files = read.csv(join(at, 'in/*.csv'), {
      schema,
      incremental: { name: 'in', cursor: 'name', state: state() },
    });
    const first = await loaded(files);
    expect(first.ids).toEqual([1, 2]);
    expect(first.report.incremental).toEqual([
      { name: 'in', from: null, to: join(at, 'in/2024-02.csv'), rows: 2, removed: 0, saved: 'after the load' },
    ]);
    expect((await loaded(files)).ids).toEqual([]);

    put('2024-03.csv', 'id\n3\n');
    put('2024-00.csv', 'id\n0\n');
    const third = await loaded(files);
    expect(third.ids).toEqual([3]);
    expect(third.report.incremental?.[0]).toMatchObject({ rows: 1, removed: 1 });

    put('2024-03.csv', 'id\n3\n4\n');
    expect((await loaded(files)).ids).toEqual([3, 4]);
  });
});

describe('files by their times of change', () => {
  it('reads those that were changed since, late ones within the lag', async () => {
    put('a.csv', 'id\n1\n', '2024-05-01T10:00:00Z');
    put('b.csv', 'id\n2\n', '2024-05-01T12:00:00Z');
    const files = read.csv(join(at, 'in/*.csv'), {
      schema,
      incremental: { name: 'in', cursor: 'modified', start: '2024-05-01', lag: { hours: 1 }, state: state() },
    });
    expect((await loaded(files)).ids).toEqual([1, 2]);
    put('late.csv', 'id\n3\n', '2024-05-01T11:30:00Z');
    put('too-late.csv', 'id\n4\n', '2024-05-01T10:30:00Z');
    const second = await loaded(files);
    expect(second.ids).toEqual([3]);
    expect(second.report.incremental?.[0]).toMatchObject({ from: '2024-05-01T11:00:00.000000Z', removed: 1 });
    put('a.csv', 'id\n1\n5\n', '2024-05-02T10:00:00Z');
    expect((await loaded(files)).ids).toEqual([1, 5]);
  });

  it('reads a window without the state', async () => {
    put('a.csv', 'id\n1\n', '2024-05-01T10:00:00Z');
    put('b.csv', 'id\n2\n', '2024-05-02T00:00:00Z');
    const window = { from: '2024-05-01', to: '2024-05-02' };
    const files = read.csv(join(at, 'in/*.csv'), {
      schema,
      incremental: { name: 'in', cursor: 'modified', window, state: state() },
    });
    const { ids, report } = await loaded(files);
    expect(ids).toEqual([1]);
    expect(report.incremental?.[0]?.saved).toBe('no');
    expect((await loaded(files)).ids).toEqual([1]);
  });
});

describe('every kind of file', () => {
  it('reads NDJSON, JSON and Parquet', async () => {
    const incremental = (name: string) => ({ name, cursor: 'name', state: join(at, `${name}.json`) }) as const;
    const frames = {
      ndjson: read.ndjson(join(at, 'in/*.ndjson'), { schema, incremental: incremental('ndjson') }),
      json: read.json(join(at, 'in/*.json'), { schema, incremental: incremental('json') }),
      parquet: read.parquet(join(at, 'in/*.parquet'), { schema, incremental: incremental('parquet') }),
    };
    const add = async (id: number): Promise<void> => {
      put(`${id}.ndjson`, `{"id": ${id}}\n`);
      put(`${id}.json`, `[{"id": ${id}}]`);
      await load.parquet(read.rows([{ id }], { schema }), join(at, `in/${id}.parquet`), { mode: 'replace' });
    };
    await add(1);
    for (const [kind, frame] of Object.entries(frames)) expect([kind, (await loaded(frame)).ids]).toEqual([kind, [1]]);
    await add(2);
    for (const [kind, frame] of Object.entries(frames)) expect([kind, (await loaded(frame)).ids]).toEqual([kind, [2]]);
    for (const [kind, frame] of Object.entries(frames)) expect([kind, (await loaded(frame)).ids]).toEqual([kind, []]);
  });

  it('a Parquet file that cannot be read is named, and not counted as read', async () => {
    const frame = read.parquet(join(at, 'in/*.parquet'), {
      schema,
      incremental: { name: 'in', cursor: 'name', state: state() },
    });
    await load.parquet(
      read.rows([{ id: 1 }, { id: null }], { schema: { id: t.int().nullable() } }),
      join(at, 'in/1.parquet'),
      { mode: 'replace' },
    );
    const error = await loaded(frame).then(
      () => undefined,
      (reason: unknown) => reason as MillraceError,
    );
    expect(error?.code).toBe('parquet.null');
    expect(error?.message).toContain('1.parquet');
    rmSync(join(at, 'in/1.parquet'));
    await load.parquet(read.rows([{ id: 1 }], { schema }), join(at, 'in/1.parquet'), { mode: 'replace' });
    expect((await loaded(frame)).ids).toEqual([1]);
  });
});

describe('states', () => {
  const files = (name = 'in', options: object = {}) =>
    read.csv(join(at, 'in/*.csv'), { schema, incremental: { name, cursor: 'name', state: state(), ...options } });

  it.each([
    { content: '{"version"', reason: 'it is not JSON' },
    { content: '{"version": 2}', reason: 'it is no state of version 1' },
    { content: '[]', reason: 'it is no state of version 1' },
  ])('$content is refused', async ({ content, reason }) => {
    put('1.csv', 'id\n1\n');
    writeFileSync(state(), content);
    await expect(files().count()).rejects.toThrow(reason);
  });

  it('one of another name or cursor is refused', async () => {
    put('1.csv', 'id\n1\n');
    await loaded(files());
    await expect(files('other').count()).rejects.toThrow('holds the state of "in", not of "other"');
    await expect(files('in', { cursor: 'modified' }).count()).rejects.toThrow(
      'is one of files by name, and now it is files by modified',
    );
  });

  it.each([
    { options: { cursor: 'size' }, message: `cursor is "size". Of files it is 'name' or 'modified'.` },
    { options: { state: 7 }, message: 'state says where the cursor is kept' },
    { options: { start: 5 }, message: 'start is 5, which is no string' },
    { options: { lag: { days: 1 } }, message: 'Texts have no distance: leave lag out.' },
  ])('$message', ({ options, message }) => {
    expect(() => files('in', options)).toThrow(message);
    expect(() => files('')).toThrow('name is ""');
  });

  it('what is no file has no name to go on from', () => {
    const make = (): unknown =>
      read.csv('http://localhost/x.csv', { schema, incremental: { name: 'in', cursor: 'name', state: state() } });
    expect(make).toThrow(MillraceError);
    expect(make).toThrow('is not files of this machine alone');
  });
});
