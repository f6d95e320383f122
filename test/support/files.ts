import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll } from 'vitest';

/** A temporary folder for a test file's inputs, removed after its last test; the function writes a file and gives its path. */
export function inputFolder(): { readonly folder: string; write(name: string, content: string | Uint8Array): string } {
  const folder = mkdtempSync(join(tmpdir(), 'millrace-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  const write = (name: string, content: string | Uint8Array): string => {
    const path = join(folder, `${++files}`, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, content);
    return path;
  };
  return { folder, write };
}
