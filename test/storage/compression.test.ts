import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { write } = inputFolder();
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
