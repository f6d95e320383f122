import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { MillraceError } from '../../src/index.ts';
import { writingTo } from '../../src/storage/refusals.ts';
import { failure } from '../support/failure.ts';
import { inputFolder } from '../support/files.ts';

const { folder } = inputFolder();
const path = join(folder, 'goods.parquet');
const fails = (error: unknown) => failure(writingTo(path, () => Promise.reject(error)));

test.each([
  ['ENOSPC', 'load.disk_full', true],
  ['EDQUOT', 'load.disk_full', true],
  ['EACCES', 'load.permission', false],
  ['EROFS', 'load.permission', false],
  ['ENOENT', 'load.io', false],
])('%s of the file system is %s', async (mark, code, retryable) => {
  const error = await fails(Object.assign(new Error(`${mark}: told`), { code: mark, syscall: 'mkdir' }));
  expect(error).toMatchObject({ code, retryable, details: { path } });
  expect(error.message).toContain(`${JSON.stringify(path)} was not written`);
  expect(error.message).toContain(`${mark}: told. What was there stays.`);
});

test('a folder whose name is taken by a file', async () => {
  const error = await failure(
    writingTo(path, async () => {
      mkdirSync(join(import.meta.filename, 'below'));
    }),
  );
  expect(error.code).toBe('load.io');
});

test('what the engine says is of the target where it names it, else it stays', async () => {
  const told = (code: string, file: string) =>
    new MillraceError({ code, message: `Could not write file "${file}": No space left on device` });
  expect(await fails(told('run.io', join(folder, '.goods.parquet.x')))).toMatchObject({ code: 'load.disk_full' });
  for (const other of [told('run.io', '/elsewhere/spill'), told('api.network', folder)]) {
    expect(await fails(other)).toBe(other);
  }
  await expect(writingTo(path, () => Promise.reject(new TypeError('a mistake')))).rejects.toThrow(TypeError);
});
