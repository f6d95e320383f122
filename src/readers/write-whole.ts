import type { FileHandle } from 'node:fs/promises';

/** Writes all of these bytes: the system may take fewer of them at a time. */
export async function writeWhole(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await file.write(bytes, at)).bytesWritten;
}
