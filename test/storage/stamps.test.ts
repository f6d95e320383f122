import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'stamps-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('a file that changes between two runs of a frame is an error, until refresh()', async () => {
  const path = join(folder, 'x.csv');
  writeFileSync(path, 'x\n1\n2\n');
  const frame = read.csv(path, { schema: { x: t.int() } });
  const derived = frame.filter((r) => r.x.gt(1));
  expect(await frame.count()).toBe(2);
  writeFileSync(path, 'x\n1\n2\n3\n');
  await expect(derived.count()).rejects.toThrow(/x\.csv changed since this frame was first read/);
  await expect(derived.count()).rejects.toMatchObject({ code: 'source.changed', details: { files: [path] } });
  await derived.refresh();
  expect(await derived.count()).toBe(2);
  expect(await frame.count()).toBe(3);
  // The same size and another time is a change, too.
  utimesSync(path, new Date(0), new Date(0));
  await expect(frame.count()).rejects.toMatchObject({ code: 'source.changed' });
});

test('a file that joins a glob is a change', async () => {
  writeFileSync(join(folder, 'part-1.csv'), 'x\n1\n');
  const frame = read.csv(join(folder, 'part-*.csv'), { schema: { x: t.int() } });
  expect(await frame.count()).toBe(1);
  writeFileSync(join(folder, 'part-2.csv'), 'x\n2\n');
  await expect(frame.count()).rejects.toThrow('part-2.csv');
});
