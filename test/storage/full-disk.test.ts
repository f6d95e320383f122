import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { createSession, type LoadReport, load, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { smallDisk } from '../support/small-disk.ts';

const disk = smallDisk(3);
if (disk === undefined) console.warn('NOT RUN: a full disk, for no file system may be mounted here (be root)');
const folder = join(disk?.folder ?? '', 'warehouse');
const session = createSession({ threads: 2 });
afterAll(async () => {
  await session.close();
  disk?.remove();
});

const schema = { id: t.int(), note: t.string() };
const some = session.read.rows([{ id: 1, note: 'there before' }], { schema });
// What no compression makes small.
const many = session.read.rows(
  Array.from({ length: 40_000 }, (_, id) => ({ id, note: Array.from({ length: 12 }, () => Math.random()).join() })),
  { schema },
);
const parquet = { compression: 'uncompressed' } as const;
type Load = (frame: typeof some, path: string, loadId: string) => Promise<LoadReport>;
const LOADS: readonly (readonly [string, Load])[] = [
  ['goods.parquet', (frame, path) => load.parquet(frame, path, { ...parquet, mode: 'replace' })],
  ['goods', (frame, path) => load.parquet(frame, path, { ...parquet, mode: 'replace' })],
  ['added', (frame, path, loadId) => load.parquet(frame, path, { ...parquet, mode: 'append', loadId })],
  ['goods.csv', (frame, path) => load.csv(frame, path, { mode: 'replace' })],
  ['goods.ndjson', (frame, path) => load.json(frame, path, { mode: 'replace' })],
  ['goods.duckdb', (frame, path) => load.duckdb(frame, path, { table: 'goods', mode: 'replace' })],
];

/** The bytes of a file, or of each file of a folder; of a database, whose log is its own, the rows. */
async function content(path: string): Promise<unknown> {
  if (path.endsWith('.duckdb')) {
    const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
    const connection = await instance.connect();
    const found = await connection.runAndReadAll('SELECT * FROM goods');
    connection.closeSync();
    instance.closeSync();
    return found.getRowsJS();
  }
  const at = realpathSync(path);
  if (statSync(at).isFile()) return readFileSync(at, 'latin1');
  return readdirSync(at).map((name) => [name, readFileSync(join(at, name), 'latin1')]);
}

/** The files that are there, without the log of a database. */
const names = () => readdirSync(folder).filter((name) => !/^\w.*\.wal$/.test(name));

/** Takes all the room that there is, to the last byte; gives it back when it is called. */
function fill(): () => void {
  const files: string[] = [];
  for (const size of [1 << 20, 1 << 16, 1 << 12]) {
    try {
      for (;;) {
        const file = join(disk?.folder ?? '', `filler-${files.length}`);
        files.push(file);
        writeFileSync(file, Buffer.alloc(size));
      }
    } catch (error) {
      expect(error).toMatchObject({ code: 'ENOSPC' });
    }
  }
  return () => {
    for (const file of files) rmSync(file, { force: true });
  };
}

test.runIf(disk !== undefined).each(LOADS)('%s on a full disk stays as it was', async (name, write) => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder);
  const path = join(folder, name);
  await write(some, path, 'first');
  const before = await content(path);
  const others = names();
  const full = { code: 'load.disk_full', retryable: true, details: { path } };

  const error = await failure(write(many, path, 'second'));
  expect(error).toMatchObject(full);
  expect(error.message).toContain(`${JSON.stringify(path)} was not written, for its disk is full: `);
  expect(await content(path)).toEqual(before);
  expect(names()).toEqual(others);

  const free = fill();
  const again = await failure(write(some, path, 'third'));
  free();
  expect(again).toMatchObject(full);
  expect(await content(path)).toEqual(before);
  expect(names()).toEqual(others);
  const versions = join(folder, `.${name}.versions`);
  if (existsSync(versions)) expect(readdirSync(versions).filter((version) => !/^\d+$/.test(version))).toEqual([]);
  // With room, it is done.
  expect((await write(some, path, 'third')).rows.written).toBe(1);
});
