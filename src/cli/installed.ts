import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** The version of a package as a file would find it; undefined where it would find none. */
export function installedVersion(name: string, from: string): string | undefined {
  for (const folder of createRequire(from).resolve.paths(name) ?? []) {
    try {
      const manifest = JSON.parse(readFileSync(join(folder, name, 'package.json'), 'utf8')) as { version?: string };
      return manifest.version ?? 'of no version';
    } catch {
      // The next folder up may have it.
    }
  }
  return undefined;
}

/** Whether a version is `least` or later, by its numbers. */
export function isAtLeast(version: string, least: string): boolean {
  const numbersOf = (text: string): number[] => (text.match(/\d+/g) ?? []).map(Number);
  const [is, wanted] = [numbersOf(version), numbersOf(least)];
  const place = wanted.findIndex((number, i) => (is[i] ?? 0) !== number);
  return place === -1 || (is[place] ?? 0) > (wanted[place] ?? 0);
}
