import { existsSync, lstatSync, mkdirSync, readdirSync, readlinkSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { asyncBufferFromFile, parquetMetadataAsync } from 'hyparquet';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
afterAll(() => session.close());

let targets = 0;
const target = (name = 'sales'): string => join(folder, `dataset-${++targets}`, name);

const schema = { i: t.int(), part: t.string().nullable() };
const rowsAt = async (path: string) => (await read.parquet(path, { schema }).sort('i').rows()).map((row) => row.i);
const frame = (...rows: readonly (readonly [i: number, part: string | null])[]) =>
  read.rows(
    rows.map(([i, part]) => ({ i, part })),
    { schema },
  );
const numbers = (from: number, to: number) =>
  read.rows(
    Array.from({ length: to - from }, (_, n) => ({ i: from + n, part: 'x' })),
    { schema },
  );

test('a file that the dataset lists and that is not there is named', async () => {
  const path = target();
  await load.parquet(numbers(0, 3), path, { mode: 'append' });
  const [file = ''] = readdirSync(path).filter((name) => name.endsWith('.parquet'));
  rmSync(join(path, file));
  await expect(rowsAt(path)).rejects.toMatchObject({
    code: 'parquet.missing_file',
    message: expect.stringContaining(file),
    details: { path },
  });
});

describe('replacePartitions', () => {
  test('writes over the partitions that it has rows of, nulls and strange names among them', async () => {
    const path = target();
    const options = { partitionBy: 'part' } as const;
    await load.parquet(frame([1, null], [2, 'ä/b'], [3, ''], [4, 'it’s = %2F']), path, { mode: 'append', ...options });
    await load.parquet(frame([5, null], [6, 'ä/b'], [7, 'new']), path, { mode: 'replacePartitions', ...options });
    expect(await rowsAt(path)).toEqual([3, 4, 5, 6, 7]);
    await load.parquet(frame(), path, { mode: 'replacePartitions', ...options });
    expect(await rowsAt(path)).toEqual([3, 4, 5, 6, 7]);
  });

  test('needs partitions', async () => {
    await expect(load.parquet(frame([1, 'a']), target(), { mode: 'replacePartitions' })).rejects.toMatchObject({
      code: 'load.option',
      message: expect.stringContaining('partitionBy'),
    });
  });
});

describe('what cannot be read together is not added', () => {
  test('files of other columns', async () => {
    const path = target();
    await load.parquet(frame([1, 'a']), path, { mode: 'fail' });
    const other = frame([2, 'b']).withColumns((r) => ({ i: r.i.cast(t.string()), more: r.i }));
    await expect(load.parquet(other, path, { mode: 'append' })).rejects.toMatchObject({
      code: 'load.columns',
      message: expect.stringContaining('"i" is int there and string here; "more" is missing there and int here'),
    });
    await load.parquet(other, path, { mode: 'replace' });
    expect(await read.parquet(path, { schema: { more: t.int() } }).count()).toBe(1);
  });

  test('files of other partitions', async () => {
    const path = target();
    await load.parquet(frame([1, 'a']), path, { mode: 'fail', partitionBy: 'part' });
    await expect(load.parquet(frame([2, 'b']), path, { mode: 'append' })).rejects.toMatchObject({
      code: 'load.partitions',
      message: expect.stringContaining('by (part), and this load by ()'),
    });
    expect(await rowsAt(path)).toEqual([1]);
  });
});

describe('versions', () => {
  test('the dataset is a link; the version before stays for those who read it, and shares its files', async () => {
    const path = target();
    await load.parquet(frame([1, 'a']), path, { mode: 'append' });
    const first = readlinkSync(path);
    const underway = join(dirname(path), first);
    await load.parquet(frame([2, 'b']), path, { mode: 'append' });
    expect(readlinkSync(path)).not.toBe(first);
    expect(await rowsAt(underway)).toEqual([1]);
    const [file = ''] = readdirSync(underway);
    expect(lstatSync(join(path, file)).ino).toBe(lstatSync(join(underway, file)).ino);
    await load.parquet(frame([3, 'c']), path, { mode: 'append' });
    expect(existsSync(underway)).toBe(false);
    expect(await rowsAt(path)).toEqual([1, 2, 3]);
  });

  test('a pattern over datasets finds each file once', async () => {
    const path = target();
    await load.parquet(frame([1, 'a']), path, { mode: 'append' });
    await load.parquet(frame([2, 'b']), path, { mode: 'append' });
    expect(await rowsAt(join(dirname(path), '**/*.parquet'))).toEqual([1, 2]);
    expect(await rowsAt(join(dirname(path), '*/*.parquet'))).toEqual([1, 2]);
  });

  test('a folder that was there becomes the first version, and what others put into it stays', async () => {
    const path = target();
    mkdirSync(path, { recursive: true });
    await load.parquet(frame([1, 'a']), join(path, 'mine.parquet'), { mode: 'fail' });
    await load.parquet(frame([2, 'b']), path, { mode: 'append' });
    expect(lstatSync(path).isSymbolicLink()).toBe(true);
    expect(await rowsAt(path)).toEqual([1, 2]);
    expect(readdirSync(path)).toContain('mine.parquet');
  });

  test('a dataset that its user removed, or moved, does not come back', async () => {
    const path = target();
    await load.parquet(frame([1, 'a']), path, { mode: 'append', loadId: 'one' });
    rmSync(path);
    await expect(rowsAt(path)).rejects.toMatchObject({ code: 'parquet.not_found' });
    await load.parquet(frame([2, 'b']), path, { mode: 'append', loadId: 'one' });
    expect(await rowsAt(path)).toEqual([2]);
    renameSync(path, `${path}-moved`);
    await load.parquet(frame([3, 'c']), `${path}-moved`, { mode: 'append' });
    expect(await rowsAt(`${path}-moved`)).toEqual([2, 3]);
  });

  test('loads at the same time all arrive, each once', async () => {
    const path = target();
    const loads = Array.from({ length: 24 }, (_, n) => n);
    const reports = await Promise.all(
      loads.map((n) => load.parquet(frame([n % 12, 'x']), path, { mode: 'append', loadId: `load ${n % 12}` })),
    );
    expect(reports.filter((report) => report.alreadyLoaded)).toHaveLength(12);
    expect(await rowsAt(path)).toEqual(loads.slice(0, 12));
  });

  test('a load that was done under its name is not done again', async () => {
    const path = target();
    const first = await load.parquet(frame([1, 'a']), path, { mode: 'append', loadId: 'one' });
    expect(first).toMatchObject({ alreadyLoaded: false, repeatable: true });
    const again = await load.parquet(frame([1, 'a']), path, { mode: 'append', loadId: 'one' });
    expect(again).toMatchObject({ alreadyLoaded: true, rows: { written: 0 } });
    expect(await load.parquet(frame([2, 'a']), path, { mode: 'append' })).toMatchObject({ repeatable: false });
    expect(await rowsAt(path)).toEqual([1, 2]);
  });
});

describe('files', () => {
  test('targetFileSize divides the rows, whose order the names of the files keep', async () => {
    const path = target();
    await load.parquet(numbers(0, 60_000), path, { mode: 'append', targetFileSize: 2000, rowGroupSize: 2048 });
    expect(readdirSync(path).length).toBeGreaterThan(10);
    const back = await read.parquet(path, { schema }).collect();
    expect(back.column('i')).toEqual(Array.from({ length: 60_000 }, (_, i) => i));
    await expect(
      load.parquet(numbers(0, 1), target(), { mode: 'append', partitionBy: 'part', targetFileSize: 2000 }),
    ).rejects.toMatchObject({ code: 'load.option' });
  });

  test('each says its schema, its run, and the least and greatest of its row groups; a sorted frame is sorted in it', async () => {
    const path = target();
    const report = await load.parquet(numbers(0, 5000).sort({ desc: 'i' }), path, {
      mode: 'append',
      partitionBy: 'part',
      rowGroupSize: 2048,
    });
    const [file = ''] = readdirSync(join(path, 'part=x'));
    const metadata = await parquetMetadataAsync(await asyncBufferFromFile(join(path, 'part=x', file)));
    const said = Object.fromEntries((metadata.key_value_metadata ?? []).map(({ key, value }) => [key, value]));
    expect(said['millrace.run_id']).toBe(report.runId);
    expect(JSON.parse(said['millrace.schema'] ?? '')).toEqual([
      { name: 'i', dtype: 'int', nullable: false },
      { name: 'part', dtype: 'string', nullable: true },
    ]);
    const bounds = metadata.row_groups.map(({ columns: [column] }) => column?.meta_data?.statistics);
    expect(bounds.map((b) => [Number(b?.max_value), Number(b?.min_value)])).toEqual([
      [4999, 2952],
      [2951, 904],
      [903, 0],
    ]);
  });
});
