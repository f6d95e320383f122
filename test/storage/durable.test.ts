import { existsSync, mkdirSync, readdirSync, readlinkSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, test, vi } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { inputFolder } from '../support/files.ts';
import { smallDisk } from '../support/small-disk.ts';

const session = createSession({ threads: 2 });
const { folder } = inputFolder();
afterAll(() => session.close());
const schema = { id: t.int(), part: t.string() };
const rows = (...ids: readonly number[]) =>
  session.read.rows(
    ids.map((id) => ({ id, part: id % 2 === 0 ? 'even' : 'odd' })),
    { schema },
  );
const idsOf = async (path: string): Promise<readonly number[]> =>
  (await session.read.parquet(path, { schema }).sort('id').rows()).map(({ id }) => id);

describe.runIf(existsSync('/proc/self/fd'))('before a file gets its name, the disk has it', () => {
  afterEach(() => vi.restoreAllMocks());

  interface Synced {
    readonly path: string;
    readonly size: number;
    readonly isFolder: boolean;
    /** What stood at the target then. */
    readonly target: unknown;
  }

  /** What the disk is asked to keep while a task runs; it is asked all the same. */
  async function synced(task: () => Promise<unknown>, look: () => unknown): Promise<readonly Synced[]> {
    const some = await open('/proc/self/status');
    const handle = Object.getPrototypeOf(some) as FileHandle;
    await some.close();
    const found: Synced[] = [];
    const { sync } = handle;
    vi.spyOn(handle, 'sync').mockImplementation(async function (this: FileHandle) {
      const path = readlinkSync(`/proc/self/fd/${this.fd}`);
      const known = await this.stat();
      await sync.call(this);
      found.push({ path, size: known.size, isFolder: known.isDirectory(), target: look() });
    });
    await task();
    return found;
  }

  const sizeOf = (path: string): number | undefined => statSync(path, { throwIfNoEntry: false })?.size;

  test.each(['a.parquet', 'a.csv', 'a.ndjson', 'a.arrow', 'a.duckdb'])('%s', async (name) => {
    const path = join(folder, name);
    const write = async (): Promise<unknown> => {
      if (name === 'a.parquet') return load.parquet(rows(1, 2), path, { mode: 'replace' });
      if (name === 'a.csv') return load.csv(rows(1, 2), path, { mode: 'replace' });
      if (name === 'a.arrow') return load.arrow(rows(1, 2), path, { mode: 'replace' });
      if (name === 'a.duckdb') return load.duckdb(rows(1, 2), path, { table: 'a', mode: 'replace' });
      return load.json(rows(1, 2), path, { mode: 'replace' });
    };
    const all = await synced(write, () => sizeOf(path));
    // What takes long is sent to the disk while it is being written, too.
    const [file, named, ...others] = all.slice(all.findLastIndex(({ isFolder }) => !isFolder));
    expect(file).toMatchObject({ isFolder: false, size: sizeOf(path), target: undefined });
    expect(named).toMatchObject({ path: folder, isFolder: true, target: sizeOf(path) });
    expect(others).toEqual([]);
  });

  test('a dataset: its files, their folders and the manifest before the version, then the version and the link', async () => {
    const path = join(folder, 'sales');
    await load.parquet(rows(1), path, { mode: 'append', partitionBy: 'part' });
    const version = join(folder, '.sales.versions', '000002');
    const look = () => [existsSync(version), readlinkSync(path).includes('000002')];
    const all = await synced(() => load.parquet(rows(2, 3), path, { mode: 'append', partitionBy: 'part' }), look);
    const before = all.filter(({ target }) => !(target as boolean[])[0]);
    const names = before.map(({ path }) => path.replace(/.*\.versions\/new-[^/]*/, '').replace(/part-.*/, '*'));
    expect(names.sort()).toEqual(
      [
        '',
        '/data',
        '/data/part=even',
        '/data/part=even/*',
        '/data/part=odd',
        '/data/part=odd/*',
        '/manifest.json',
      ].sort(),
    );
    expect(before.filter(({ isFolder }) => !isFolder).every(({ size }) => size > 0)).toBe(true);
    expect(all.slice(before.length).map(({ path, target }) => [path, target])).toEqual([
      [join(folder, '.sales.versions'), [true, false]],
      [folder, [true, true]],
    ]);
    expect(await idsOf(path)).toEqual([1, 2, 3]);
  });
});

test('names that are as long as names can be', async () => {
  for (const name of ['x'.repeat(240), `${'é'.repeat(120)}.parquet`, `${'y'.repeat(240)}.csv`]) {
    const path = join(folder, name);
    if (name.endsWith('.csv')) await load.csv(rows(1), path, { mode: 'replace' });
    else {
      await load.parquet(rows(1), path, { mode: 'replace' });
      await load.parquet(rows(2, 3), path, { mode: 'replace' });
      expect(await idsOf(path)).toEqual([2, 3]);
    }
    expect(existsSync(path)).toBe(true);
  }
});

describe('a disk that has no room for one file more', () => {
  // As many files as the rest of a load takes, and so many more.
  const disk = smallDisk(3, 200);
  if (disk === undefined)
    console.warn('NOT RUN: a disk of few files, for no file system may be mounted here (be root)');
  afterAll(() => disk?.remove());

  test.runIf(disk !== undefined)(
    'before the commit nothing is loaded; after it all is, and the link follows later',
    async () => {
      const place = join(disk?.folder ?? '', 'warehouse');
      const path = join(place, 'sales');
      const codes: string[] = [];
      for (let room = 0; codes.at(-1) !== 'done'; room++) {
        rmSync(place, { recursive: true, force: true });
        mkdirSync(place);
        await load.parquet(rows(1), path, { mode: 'replace' });
        const linked = readlinkSync(path);
        const fillers = fill(disk?.folder ?? '', room);
        const error = await load.parquet(rows(2, 3), path, { mode: 'replace' }).then(
          () => undefined,
          (error: unknown) => error as { readonly code: string; readonly message: string },
        );
        for (const file of fillers) rmSync(file);
        codes.push(error?.code ?? 'done');
        if (error === undefined) break;
        expect(readlinkSync(path)).toBe(linked);
        expect(await idsOf(path)).toEqual(error.code === 'load.not_linked' ? [2, 3] : [1]);
        if (error.code !== 'load.not_linked') continue;
        expect(error.message).toMatch(/has committed, and read\.parquet reads it; but the link .* was not set: ENOSPC/);
        expect(await idsOf(join(path, '*.parquet'))).toEqual([1]);
        // The next load sets it, one that fails too.
        expect((await failure(load.parquet(rows(4), path, { mode: 'fail' }))).code).toBe('load.exists');
        await load.parquet(rows(4), path, { mode: 'append' });
        expect(await idsOf(join(path, '*.parquet'))).toEqual([2, 3, 4]);
        expect(readdirSync(place).sort()).toEqual(['.sales.versions', 'sales']);
      }
      expect([...new Set(codes)]).toEqual(['load.disk_full', 'load.not_linked', 'done']);
    },
  );
});

/** Makes files until only so many more can be made. */
function fill(folder: string, room: number): readonly string[] {
  const files: string[] = [];
  try {
    for (;;) {
      const file = join(folder, `filler-${files.length}`);
      writeFileSync(file, '');
      files.push(file);
    }
  } catch (error) {
    expect(error).toMatchObject({ code: 'ENOSPC' });
  }
  for (const file of files.splice(files.length - room)) rmSync(file);
  return files;
}
