import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder, write } = inputFolder();
afterAll(() => session.close());

const schema = { a: t.int(), b: t.string() };
const whole = gzipSync(`a,b\n${Array.from({ length: 20_000 }, (_, i) => `${i},${(i * 7919) % 10_007}\n`).join('')}`);

describe('a compressed file that is cut off is an error, not fewer rows', () => {
  test.each([1, 8, 1000, 20_000])('without its last %i bytes', async (cut) => {
    const path = write('cut.csv.gz', whole.subarray(0, whole.length - cut));
    for (const onBadRow of ['fail', 'quarantine'] as const) {
      await expect((async () => read.csv(path, { schema, onBadRow }).count())()).rejects.toMatchObject({
        code: 'csv.gzip',
        message: expect.stringContaining(path),
        details: { file: path },
      });
    }
  });

  test('so is one whose bytes were changed, and one that is not compressed', async () => {
    const changed = Buffer.from(whole);
    changed.fill(7, changed.length - 8, changed.length - 4);
    for (const bytes of [changed, Buffer.from('a,b\n1,x\n')]) {
      const path = write('damaged.csv.gz', bytes);
      await expect((async () => read.csv(path, { schema }).count())()).rejects.toMatchObject({ code: 'csv.gzip' });
    }
  });

  test('one with zeros behind its end is named where the engine reads it, and read elsewhere', async () => {
    const padded = Buffer.concat([whole, Buffer.alloc(3)]);
    const path = write('padded.csv.gz', padded);
    await expect(read.csv(path, { schema }).count()).rejects.toMatchObject({
      code: 'csv.gzip',
      message: expect.stringContaining(`${path}: the file is no gzip file, or is cut off or damaged (zeros from byte`),
    });
    expect(await read.csv(path, { schema, origin: true }).count()).toBe(20_000);
    const lines = write('padded.ndjson.gz', Buffer.concat([gzipSync('{"a": 1, "b": "x"}\n'), Buffer.alloc(1)]));
    expect(await read.ndjson(lines, { schema }).count()).toBe(1);
  });

  test('a whole one is read, also where it has several members', async () => {
    expect(await read.csv(write('whole.csv.gz', whole), { schema }).count()).toBe(20_000);
    const members = Buffer.concat([gzipSync('a,b\n1,x\n'), gzipSync('2,y\n')]);
    expect(await read.csv(write('members.csv.gz', members), { schema }).count()).toBe(2);
  });

  test.each([
    ['x.ndjson.gz', '{"a": 1}\n{"a": 2}\n'],
    ['x.json.gz', '[{"a": 1}, {"a": 2}]'],
  ])('%s as well', async (name, text) => {
    const bytes = gzipSync(text);
    const from = name.includes('nd') ? read.ndjson : read.json;
    expect(await from(write(name, bytes), { schema: { a: t.int() } }).count()).toBe(2);
    for (const cut of [1, 8, 12]) {
      const path = write(name, bytes.subarray(0, bytes.length - cut));
      for (const onBadRow of ['fail', 'quarantine'] as const) {
        await expect(from(path, { schema: { a: t.int() }, onBadRow }).count()).rejects.toMatchObject({
          code: 'json.gzip',
          message: expect.stringContaining(path),
        });
      }
    }
  });
});

describe('a file is compressed as its name says, and is read back', () => {
  const rows = [{ a: 1, b: { c: 1e20 } }];
  const columns = { a: t.int(), b: t.json() };
  const begins = { gz: '1f8b', zst: '28b52ffd' } as const;

  test.each(['gz', 'zst'] as const)('%s', async (ending) => {
    const frame = read.rows(rows, { schema: columns });
    const at = (name: string): string => join(folder, `written.${name}.${ending}`);
    await load.csv(frame, at('csv'), { mode: 'fail' });
    await load.json(frame, at('json'), { mode: 'fail' });
    await load.json(frame, at('ndjson'), { mode: 'fail' });
    await load.json(frame.drop('b'), at('plain.ndjson'), { mode: 'fail' });
    for (const name of ['csv', 'json', 'ndjson', 'plain.ndjson']) {
      expect(readFileSync(at(name)).toString('hex')).toMatch(new RegExp(`^${begins[ending]}`));
    }
    expect(await read.csv(at('csv'), { schema: columns }).rows()).toEqual(rows);
    expect(await read.json(at('json'), { schema: columns }).rows()).toEqual(rows);
    expect(await read.ndjson(at('ndjson'), { schema: columns }).rows()).toEqual(rows);
    expect(await read.ndjson(at('plain.ndjson'), { schema: { a: t.int() } }).rows()).toEqual([{ a: 1 }]);
  });
});
