import type { FileHandle } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { writeWhole } from '../../src/readers/write-whole.ts';

test.each([1, 7, 1000])('bytes of which the system takes %i at a time', async (most) => {
  const taken: Buffer[] = [];
  const write = async (bytes: Uint8Array, offset: number) => {
    const part = bytes.subarray(offset, offset + most);
    taken.push(Buffer.from(part));
    return { bytesWritten: part.length, buffer: bytes };
  };
  const bytes = Buffer.from('a row of a file\n'.repeat(20));
  await writeWhole({ write } as unknown as FileHandle, bytes);
  expect(Buffer.concat(taken)).toEqual(bytes);
  expect(taken.length).toBe(Math.ceil(bytes.length / most));
});
