import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { createSession, type FrameOf, load, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { inputFolder } from '../support/files.ts';
import { everyDtype, randomRows } from '../support/random-tables.ts';
import { startS3, type TestS3 } from '../support/s3.ts';

let store: TestS3;
const session = createSession({ threads: 2 });
const { read } = session;
const schema = { i: t.int(), part: t.string().nullable() };
type Every = FrameOf<typeof everyDtype>;
const { write } = inputFolder();
let datasets = 0;

beforeAll(async () => {
  store = await startS3();
});
afterAll(async () => {
  await session.close();
  await store?.[Symbol.asyncDispose]();
});

/** A new place in the bucket: its url, its key and what millrace is told of the store. */
function place(name = 'sales') {
  const key = `${++datasets}/${name}`;
  return { url: `s3://${store.bucket}/${key}`, key, s3: store.s3 };
}
type Place = ReturnType<typeof place>;

const frame = (...rows: readonly (readonly [number, string | null])[]) =>
  read.rows(
    rows.map(([i, part]) => ({ i, part })),
    { schema },
  );
const numbersAt = async ({ url, s3 }: Place): Promise<number[]> => {
  const rows = await read.parquet(url, { schema, s3 }).rows();
  return rows.map(({ i }) => i).sort((a, b) => a - b);
};
const filesAt = async ({ key }: Place): Promise<string[]> =>
  (await store.keys(`${key}/`)).filter((found) => found.endsWith('.parquet'));

describe('modes', () => {
  test('append adds, replace takes the place of all, replacePartitions of those that come', async () => {
    const at = place();
    const options = { s3: at.s3, partitionBy: 'part' } as const;
    await load.parquet(frame([1, 'a'], [2, 'b']), at.url, { mode: 'append', ...options });
    await load.parquet(frame([3, 'a']), `${at.url}/`, { mode: 'append', ...options });
    expect(await numbersAt(at)).toEqual([1, 2, 3]);
    const report = await load.parquet(frame([4, 'a']), at.url, { mode: 'replacePartitions', ...options });
    expect(report.rows).toEqual({ read: 1, filtered: 0, quarantined: 0, written: 1 });
    expect(await numbersAt(at)).toEqual([2, 4]);
    await load.parquet(frame([5, 'c']), at.url, { mode: 'replace', ...options });
    expect(await numbersAt(at)).toEqual([5]);
    const error = await failure(load.parquet(frame([6, 'c']), at.url, { mode: 'fail', ...options }));
    expect(error).toMatchObject({ code: 'load.exists', details: { target: at.url } });
  });

  test('a load that was done under its name is not done again', async () => {
    const at = place();
    const options = { mode: 'append', loadId: 'monday', s3: at.s3 } as const;
    const first = await load.parquet(frame([1, 'a']), at.url, options);
    const second = await load.parquet(frame([1, 'a']), at.url, options);
    expect([first.alreadyLoaded, first.repeatable, second.alreadyLoaded]).toEqual([false, true, true]);
    expect(await numbersAt(at)).toEqual([1]);
  });

  test('what could not be read together is refused', async () => {
    const at = place();
    await load.parquet(frame([1, 'a']), at.url, { mode: 'append', s3: at.s3 });
    const other = read.rows([{ i: 'x' }], { schema: { i: t.string() } });
    expect(await failure(load.parquet(other, at.url, { mode: 'append', s3: at.s3 }))).toMatchObject({
      code: 'load.columns',
    });
    const parted = load.parquet(frame([1, 'a']), at.url, { mode: 'append', partitionBy: 'part', s3: at.s3 });
    expect(await failure(parted)).toMatchObject({ code: 'load.partitions' });
    expect(await filesAt(at)).toHaveLength(1);
  });

  test('a version that is replaced stays until the next, for those who read it, and then goes', async () => {
    const at = place();
    const found: number[] = [];
    for (const i of [1, 2, 3, 4]) {
      await load.parquet(frame([i, 'a']), at.url, { mode: 'replace', s3: at.s3 });
      found.push((await filesAt(at)).length);
    }
    expect(found).toEqual([1, 2, 2, 2]);
    await load.parquet(frame([5, 'a']), at.url, { mode: 'append', s3: at.s3 });
    expect(await numbersAt(at)).toEqual([4, 5]);
    expect(await filesAt(at)).toHaveLength(2);
  });

  test('a frame without rows makes an empty dataset, and adds nothing to one', async () => {
    const at = place();
    await load.parquet(frame([1, 'a']), at.url, { mode: 'append', partitionBy: 'part', s3: at.s3 });
    await load.parquet(frame(), at.url, { mode: 'append', partitionBy: 'part', s3: at.s3 });
    expect(await numbersAt(at)).toEqual([1]);
    await load.parquet(frame(), at.url, { mode: 'replace', partitionBy: 'part', s3: at.s3 });
    expect(await failure(numbersAt(at))).toMatchObject({ code: 'parquet.not_found' });
  });
});

describe('names', () => {
  test('partition values of any letters, in a dataset of any name', async () => {
    const at = place("ä b/100% +1's=x");
    const parts = ['ä/ö', 'a b', '50%', '%2F', 'a+b', "it's", '', null, '日本', '..', 'x=y', '"q"', '\\', '#?&'];
    const rows = parts.map((part, i) => [i, part] as const);
    await load.parquet(frame(...rows), at.url, { mode: 'replace', partitionBy: 'part', s3: at.s3 });
    const back = await read.parquet(at.url, { schema, s3: at.s3 }).sort('i').rows();
    expect(back.map(({ part }) => part)).toEqual(parts);
    await load.parquet(frame([99, '50%']), at.url, { mode: 'replacePartitions', partitionBy: 'part', s3: at.s3 });
    expect(await numbersAt(at)).toEqual([0, 1, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 99]);
  });

  test('the names of options and urls that cannot be meant', async () => {
    const refused = async (url: string, s3: object): Promise<string> =>
      (await failure(load.parquet(frame([1, 'a']), url, { mode: 'append', s3 }))).code;
    expect(await refused('s3:///x', {})).toBe('s3.url');
    expect(await refused('s3://bucket/a//b', {})).toBe('s3.url');
    expect(await refused('s3://bucket/a/../b', {})).toBe('s3.url');
    expect(await refused('s3://bucket/a', { partSize: 5 })).toBe('s3.option');
    expect(await refused('s3://bucket/a', { attempts: 0 })).toBe('s3.option');
    expect(await refused('s3://bucket/a', { endpoint: 'localhost:9000' })).toBe('s3.option');
    expect(await refused('gs://bucket/a', {})).toBe('load.target');
    expect(await refused('warehouse/a', {})).toBe('load.option');
    expect(() => read.parquet('warehouse/a', { schema, s3: {} })).toThrow('names no s3:// url');
  });
});

describe('files', () => {
  test('a file of several parts arrives as it is, and its parts do not stay', async () => {
    const at = place();
    const url = `${at.url}/large.parquet`;
    const rows = read
      .rows([{ n: 0 }], { schema: { n: t.int() } })
      .mapBatches(
        async () =>
          Array.from({ length: 200_000 }, (_, n) => ({ n, text: `${n} ${Math.sin(n)} ${Math.cos(n)} ${n * 7919}` })),
        { schema: { n: t.int(), text: t.string() } },
      );
    await using kept = await rows.materialize();
    const s3 = { ...at.s3, partSize: 5 * 1024 * 1024 };
    const report = await load.parquet(kept, url, { mode: 'fail', compression: 'uncompressed', s3 });
    expect(report.bytes).toBeGreaterThan(11 * 1024 * 1024);
    expect(await store.uploads('')).toEqual([]);
    const wide = { n: t.int(), text: t.string() };
    const back = await read.parquet(url, { schema: wide, s3: at.s3 }).collect();
    expect(back.rows()).toEqual((await kept.collect()).rows());
    await load.parquet(kept, at.url, { mode: 'replace', compression: 'uncompressed', s3 });
    expect(await read.parquet(at.url, { schema: wide, s3: at.s3 }).count()).toBe(200_000);
  });

  test('more files than a store lists or removes at once', async () => {
    const at = place();
    const names = Array.from({ length: 1050 }, (_, i) => `${at.key}/${String(i).padStart(4, '0')}.parquet`);
    for (let i = 0; i < names.length; i += 50)
      await Promise.all(names.slice(i, i + 50).map((name) => store.put(name, 'made by something else')));
    for (const i of [1, 2]) await load.parquet(frame([i, 'a']), at.url, { mode: 'replace', s3: at.s3 });
    expect(await numbersAt(at)).toEqual([2]);
    expect((await store.keys(`${at.key}/`)).filter((key) => names.includes(key))).toEqual([]);
  });

  test('one file of Parquet, CSV or NDJSON', async () => {
    const at = place();
    const rows = frame([1, 'a'], [2, null]);
    const s3 = at.s3;
    await load.parquet(rows, `${at.url}/a.parquet`, { mode: 'fail', s3 });
    expect(await numbersAt({ ...at, url: `${at.url}/a.parquet` })).toEqual([1, 2]);
    await load.csv(rows, `${at.url}/a.csv`, { mode: 'fail', s3 });
    expect(String(await store.get(`${at.key}/a.csv`))).toBe('i,part\n1,a\n2,\n');
    await load.json(rows, `${at.url}/a.ndjson`, { mode: 'replace', s3 });
    expect(String(await store.get(`${at.key}/a.ndjson`))).toBe('{"i":1,"part":"a"}\n{"i":2,"part":null}\n');
    expect(await read.csv(`${at.url}/a.csv`, { schema, s3 }).rows()).toEqual(await rows.rows());
    expect(await read.ndjson(`${at.url}/a.ndjson`, { schema, s3 }).rows()).toEqual(await rows.rows());
    await load.json(rows, `${at.url}/a.json.gz`, { mode: 'fail', s3 });
    expect(await read.json(`${at.url}/a.json.gz`, { schema, s3 }).rows()).toEqual(await rows.rows());
    const again = [
      () => load.parquet(rows, `${at.url}/a.parquet`, { mode: 'fail', s3 }),
      () => load.csv(rows, `${at.url}/a.csv`, { mode: 'fail', s3 }),
    ];
    for (const loads of again) expect(await failure(loads())).toMatchObject({ code: 'load.exists' });
    await load.csv(frame([3, 'c']), `${at.url}/a.csv`, { mode: 'replace', s3 });
    expect(String(await store.get(`${at.key}/a.csv`))).toBe('i,part\n3,c\n');
  });

  test.each(['.parquet', '.csv', '.ndjson', ''])('what was loaded is compared with its frame: %s', async (end) => {
    const { url, s3 } = place();
    const rows = frame([1, 'a'], [2, null]);
    const loaded = end.includes('n') ? load.json : end === '.csv' ? load.csv : load.parquet;
    const report = await loaded(rows, `${url}${end}`, { mode: 'replace', s3 });
    expect((await report.reconcile()).ok).toBe(true);
  });

  test('a folder that something else made is read, and taken over by the first load', async () => {
    const [from, at] = [place('made'), place('foreign')];
    await load.parquet(frame([1, 'x']), `${from.url}/f.parquet`, { mode: 'fail', s3: from.s3 });
    const bytes = await store.get(`${from.key}/f.parquet`);
    await store.put(`${at.key}/day=1/a.parquet`, bytes);
    await store.put(`${at.key}/_SUCCESS`, 'done');
    await store.put(`${at.key}/_temporary/day=1/b.parquet`, bytes);
    await load.parquet(frame([9, 'x']), `${at.url}/another`, { mode: 'append', s3: at.s3 });
    const days = { ...schema, day: t.int() };
    expect(await read.parquet(at.url, { schema: days, s3: at.s3 }).rows()).toEqual([{ i: 1, part: 'x', day: 1 }]);
    const more = read.rows([{ i: 2, part: 'y', day: 2 }], { schema: days });
    await load.parquet(more, at.url, { mode: 'append', partitionBy: 'day', s3: at.s3 });
    expect(await numbersAt(at)).toEqual([1, 2]);
    for (const i of [3, 4]) await load.parquet(frame([i, 'z']), at.url, { mode: 'replace', s3: at.s3 });
    expect(await numbersAt(at)).toEqual([4]);
    expect(await store.keys(`${at.key}/day=`)).toEqual([]);

    const other = place('other');
    await store.put(`${other.key}/report.pdf`, 'x');
    const replaced = load.parquet(frame([1, 'x']), other.url, { mode: 'replace', s3: at.s3 });
    expect(await failure(replaced)).toMatchObject({ code: 'load.target' });
  });
});

test.each([
  { name: 'a file', end: '/a.parquet', options: {} },
  { name: 'a dataset', end: '', options: { partitionBy: ['region', 'day'] } },
] as const)('every dtype reads back as it was: $name', async ({ end, options }) => {
  const exact = async (sorted: Every): Promise<unknown[]> => {
    const table = await (await sorted.collect()).toArrow();
    const micros = table.getChild('at')?.data.flatMap((data) => [...(data.values as BigInt64Array)]);
    return (await sorted.rows()).map((row, i) => ({ ...row, at: row.at === null ? null : micros?.[i] }));
  };
  const property = fc.asyncProperty(randomRows, async (rows) => {
    const at = place();
    const every = read.rows(rows, { schema: everyDtype });
    await load.parquet(every, `${at.url}${end}`, { mode: 'fail', s3: at.s3, ...options });
    const back = read.parquet(`${at.url}${end}`, { schema: everyDtype, s3: at.s3 });
    expect(await exact(back.sort('n'))).toEqual(await exact(every.sort('n')));
  });
  await fc.assert(property, { numRuns: 8 });
});

describe('reading', () => {
  test('without a schema, as many datasets together, and as a suggestion', async () => {
    const [a, b] = [place('a'), place('b')];
    await load.parquet(frame([1, 'x']), a.url, { mode: 'append', partitionBy: 'part', s3: a.s3 });
    await load.parquet(frame([2, 'y']), b.url, { mode: 'append', partitionBy: 'part', s3: a.s3 });
    const open = await read.parquet([a.url, b.url], { s3: a.s3 });
    expect(open.schema.map(({ name, dtype }) => [name, dtype.id])).toEqual([
      ['i', 'int'],
      ['part', 'string'],
    ]);
    expect(await open.sort('i').rows()).toEqual([
      { i: 1, part: 'x' },
      { i: 2, part: 'y' },
    ]);
  });

  test('once a session, until it is asked to read again', async () => {
    const at = place();
    await load.parquet(frame([1, 'x']), at.url, { mode: 'append', s3: at.s3 });
    const sales = read.parquet(at.url, { schema, s3: at.s3 });
    expect(await sales.count()).toBe(1);
    await load.parquet(frame([2, 'x']), at.url, { mode: 'append', s3: at.s3 });
    expect(await sales.count()).toBe(1);
    await sales.refresh();
    expect(await sales.count()).toBe(2);
  });

  test('errors call files what they are called in the store', async () => {
    const at = place();
    await load.parquet(frame([1, null]), at.url, { mode: 'append', s3: at.s3 });
    const [file = ''] = await filesAt(at);
    const strict = read.parquet(at.url, { schema: { i: t.int(), part: t.string() }, s3: at.s3 });
    const error = await failure(strict.rows());
    expect(error).toMatchObject({ code: 'parquet.null', details: { file: `s3://${store.bucket}/${file}` } });
    expect(error.message).toContain(`s3://${store.bucket}/${file}`);
    await store.put(`${at.key}/damaged.parquet`, 'PAR1 no more');
    const damaged = read.parquet(`${at.url}/damaged.parquet`, { schema, s3: at.s3 }).rows();
    expect((await failure(damaged)).message).toContain(`${at.url}/damaged.parquet: the file cannot be read`);
  });

  test('what is not there', async () => {
    const at = place('nothing');
    expect(await failure(numbersAt(at))).toMatchObject({ code: 'parquet.not_found' });
    expect(await failure(numbersAt({ ...at, url: `${at.url}/x.parquet` }))).toMatchObject({ code: 's3.not_found' });
    await store.put(`${at.key}/_manifest.json`, '{}');
    expect(await failure(numbersAt(at))).toMatchObject({ code: 's3.manifest' });
  });
});

test('the example of the guide, with what the SDK finds in the environment', async () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/files.md'), 'utf8');
  const [, code = ''] = /```ts s3\n([\s\S]*?)```/.exec(guide) ?? [];
  const index = join(import.meta.dirname, '../../src/index.ts');
  const path = write(
    'example.ts',
    code.replace("'millrace'", `'${index}'`).replaceAll('s3://lake/', `s3://${store.bucket}/guide/`),
  );
  for (const [name, value] of Object.entries(store.env)) vi.stubEnv(name, value);
  const log = vi.spyOn(console, 'log').mockImplementation(() => undefined);
  try {
    await import(path);
    expect(log.mock.calls).toEqual([[1]]);
  } finally {
    log.mockRestore();
    vi.unstubAllEnvs();
  }
});

describe('what is refused by the store', () => {
  test('credentials that it does not know', async () => {
    const at = place();
    for (const wrong of [{ accessKeyId: 'nobody' }, { secretAccessKey: 'wrong' }]) {
      const s3 = { ...at.s3, credentials: { ...at.s3.credentials, ...wrong } };
      const error = await failure(load.parquet(frame([1, 'a']), at.url, { mode: 'append', s3 }));
      expect(error).toMatchObject({ code: 's3.credentials', retryable: false });
      expect(error.message).not.toContain('not a secret');
      expect(await failure(read.parquet(at.url, { schema, s3 }).rows())).toMatchObject({ code: 's3.credentials' });
    }
    expect(await store.keys(`${at.key}/`)).toEqual([]);
  });

  test('a bucket that is not there', async () => {
    const [url, s3] = ['s3://no-such-bucket/sales', store.s3];
    expect(await failure(load.parquet(frame([1, 'a']), url, { mode: 'append', s3 }))).toMatchObject({
      code: 's3.no_bucket',
    });
    expect(await failure(load.csv(frame([1, 'a']), `${url}.csv`, { mode: 'fail', s3 }))).toMatchObject({
      code: 's3.no_bucket',
    });
    expect(await failure(read.parquet(url, { schema, s3 }).rows())).toMatchObject({ code: 's3.no_bucket' });
  });

  test('a store that is not there', async () => {
    const s3 = { ...store.s3, endpoint: 'http://127.0.0.1:9', attempts: 2 };
    const error = await failure(load.parquet(frame([1, 'a']), `s3://${store.bucket}/x`, { mode: 'append', s3 }));
    expect(error).toMatchObject({ code: 's3.unavailable', retryable: true });
  });
});
