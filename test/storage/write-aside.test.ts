import { execFileSync } from 'node:child_process';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';

const folder = mkdtempSync(join(tmpdir(), 'aside-'));
afterAll(() => rmSync(folder, { recursive: true }));
const frame = read.rows([{ x: 1 }], { schema: { x: t.int() } });

test.skipIf(process.platform === 'win32')('a pipe is refused and stays what it is', async () => {
  const pipe = join(folder, 'pipe');
  execFileSync('mkfifo', [pipe]);
  await expect(load.csv(frame, pipe, { mode: 'replace' })).rejects.toMatchObject({ code: 'load.target' });
  expect(lstatSync(pipe).isFIFO()).toBe(true);
});

test('a link stays, what it leads to is replaced', async () => {
  const real = join(folder, 'real.csv');
  const link = join(folder, 'link.csv');
  writeFileSync(real, 'old');
  symlinkSync(real, link);
  await load.csv(frame, link, { mode: 'replace' });
  expect(lstatSync(link).isSymbolicLink()).toBe(true);
  expect(readFileSync(real, 'utf8')).toBe('x\n1\n');
});

test('mode fail leaves what is there, and nothing is left aside', async () => {
  const path = join(folder, 'there.csv');
  writeFileSync(path, 'mine');
  await expect(load.csv(frame, path, { mode: 'fail' })).rejects.toMatchObject({ code: 'load.exists' });
  expect(readFileSync(path, 'utf8')).toBe('mine');
  const failing = frame.withColumns((r) => ({ x: r.x.add(Number.MAX_SAFE_INTEGER).mul(Number.MAX_SAFE_INTEGER) }));
  await expect(load.csv(failing, path, { mode: 'replace' })).rejects.toThrow();
  expect(readFileSync(path, 'utf8')).toBe('mine');
  expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a mode that is none writes over nothing', async () => {
  const path = join(folder, 'kept.csv');
  writeFileSync(path, 'mine');
  for (const [name, write] of Object.entries({ csv: load.csv, json: load.json })) {
    const options = { mode: 'append' as never };
    await expect(write(frame, path, options), name).rejects.toMatchObject({ code: 'load.mode', details: options });
  }
  expect(readFileSync(path, 'utf8')).toBe('mine');
});
