import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, expect, test } from 'vitest';
import { plainBytes } from '../../src/csv/bytes.ts';
import { createSession, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder, write } = inputFolder();
afterAll(() => session.close());

/** What fixtures/readings.csv.zst holds. */
const records = Array.from({ length: 5000 }, (_, i) => {
  const value = (((i * 31) % 10007) / 100).toFixed(2);
  const two = (n: number): string => String(n).padStart(2, '0');
  return { id: i, name: `name ${(i * 7919) % 977}`, value, day: `2024-${two((i % 12) + 1)}-${two((i % 28) + 1)}` };
});
const text = `id,name,value,day\n${records.map((row) => `${Object.values(row).join(',')}\n`).join('')}`;
const schema = { id: t.int(), name: t.string(), value: t.decimal(6, 2), day: t.date() };
const fixture = join(import.meta.dirname, '../../fixtures/readings.csv.zst');
const packed = readFileSync(fixture);

async function plain(path: string): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of plainBytes({ path, compression: 'zstd' })) parts.push(part);
  return Buffer.concat(parts).toString();
}

test('a file of the reference implementation is read, by its name and by its first bytes, with and without a schema', async () => {
  expect(await plain(fixture)).toBe(text);
  expect(await read.csv(fixture, { schema }).rows()).toEqual(records);
  expect(await read.csv(write('readings.csv', packed), { schema, onBadRow: 'quarantine' }).count()).toBe(5000);
  expect(await read.csv(fixture).count()).toBe(5000);
});

test('frames after one another, and such as are to be passed over, are one file', async () => {
  const skipped = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
  expect(await plain(write('two.zst', Buffer.concat([packed, skipped, packed])))).toBe(text + text);
});

test('files of the engine are read: of one value, of few, of bytes that cannot be compressed', async () => {
  const instance = await DuckDBInstance.create();
  const connection = await instance.connect();
  for (const [i, value] of ["'x'", 'md5(i::VARCHAR)', "repeat('ab', i % 300)", "i || ',' || (i * 7) % 13"].entries()) {
    const path = join(folder, `${i}.csv`);
    const query = `SELECT i, ${value} AS v FROM range(30000) r(i)`;
    await connection.run(`COPY (${query}) TO '${path}' (FORMAT csv)`);
    await connection.run(`COPY (${query}) TO '${path}.zst' (FORMAT csv, COMPRESSION zstd)`);
    expect((await plain(`${path}.zst`)) === readFileSync(path, 'utf8')).toBe(true);
  }
  connection.closeSync();
  instance.closeSync();
});

test('one that is cut off or damaged anywhere is an error that names it, never fewer rows', async () => {
  const places = [3, 12, 40, 900, packed.length >> 1, packed.length - 5, packed.length - 1];
  for (const at of places) {
    const damaged = Buffer.from(packed);
    damaged[at] = (damaged[at] ?? 0) ^ 4;
    for (const bytes of [packed.subarray(0, at), damaged]) {
      const path = write('damaged.csv.zst', bytes);
      await expect(read.csv(path, { schema }).count()).rejects.toMatchObject({
        code: 'csv.zstd',
        message: expect.stringContaining(path),
      });
    }
  }
});
