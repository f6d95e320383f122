import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { read, t } from '../../src/index.ts';

const root = mkdtempSync(join(tmpdir(), 'millrace-paths-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder with files that hold their own name, and how the names that a pattern finds are asked for. */
function folderOf(name: string, files: readonly string[]): (pattern: string) => Promise<string[]> {
  for (const file of files) {
    const path = join(root, name, file);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, `name\n${file}\n`);
  }
  return async (pattern) =>
    (await read.csv(join(root, name, pattern), { schema: { name: t.string() } }).rows()).map((row) => row.name).sort();
}

describe('names that begin with a dot', () => {
  const found = folderOf('dots', [
    'a.csv',
    'deep/b.csv',
    'deep/er/c.csv',
    '.d.csv',
    '.venv/e.csv',
    'deep/.old/f.csv',
    'deep/.g.csv',
  ]);

  test.each([
    ['*.csv', ['a.csv']],
    ['**/*.csv', ['a.csv', 'deep/b.csv', 'deep/er/c.csv']],
    ['**', ['a.csv', 'deep/b.csv', 'deep/er/c.csv']],
    ['*/*.csv', ['deep/b.csv']],
    ['deep/**/[a-z].csv', ['deep/b.csv', 'deep/er/c.csv']],
    ['{a,b}.csv', ['a.csv']],
    ['', ['a.csv', 'deep/b.csv', 'deep/er/c.csv']],
    ['.*.csv', ['.d.csv']],
    ['.venv/*.csv', ['.venv/e.csv']],
    ['*/.old/*.csv', ['deep/.old/f.csv']],
    ['**/.*.csv', ['.d.csv', 'deep/.g.csv']],
    ['{.d,a}.csv', ['.d.csv', 'a.csv']],
  ])('%s', async (pattern, names) => {
    expect(await found(pattern)).toEqual(names);
  });
});

describe('a file that is not there', () => {
  folderOf('near', ['retail.csv', 'weather.csv']);

  test.each([
    ['retial.csv', ' Did you mean "'],
    ['Retail.csv', ' Did you mean "'],
  ])('the nearest in its folder is named: %s', (name, hint) => {
    const near = join(root, 'near', 'retail.csv');
    expect(() => read.csv(join(root, 'near', name))).toThrow(`.${hint}${near}"?`);
  });

  test.each([['stocks.csv'], ['absent/retail.csv'], ['*.tsv']])('or none: %s', (name) => {
    expect(() => read.csv(join(root, 'near', name))).toThrow(/^There is no file .*\)\.$/);
  });
});
