import { writeFile } from 'node:fs/promises';
import { setTimeout } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { syncedMeanwhile } from '../../src/storage/sync.ts';
import { inputFolder } from '../support/files.ts';

const { folder, write } = inputFolder();

describe('a file that is synced while it is written', () => {
  test('may not be there at first; what its writer gives is given', async () => {
    const path = `${folder}/late.bin`;
    const writing = setTimeout(150).then(() => writeFile(path, 'x').then(() => setTimeout(150, 7)));
    expect(await syncedMeanwhile(path, writing)).toBe(7);
  });

  test("its writer's error is the error", async () => {
    const writing = setTimeout(100).then(() => Promise.reject(new Error('no room')));
    await expect(syncedMeanwhile(`${folder}/never.bin`, writing)).rejects.toThrow('no room');
  });

  test('what the disk refuses meanwhile is told, though the writer saw nothing of it', async () => {
    const path = `${write('file.bin', 'x')}/beneath`;
    await expect(syncedMeanwhile(path, setTimeout(200, 7))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });
});
