import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';

const { folder, write } = inputFolder();

describe('names that no column may have', () => {
  test.each(['', 'rowid', 'ROWID', '__proto__', 'a\0b', '__millrace_file'])('%j is refused', async (name) => {
    const schema = Object.fromEntries([[name, t.int()]]);
    const row = Object.fromEntries([[name, 1]]);
    await expect(read.rows([row], { schema }).rows()).rejects.toMatchObject({
      code: 'schema.column_name',
      details: { column: name },
    });
    const sku = read.rows([{ sku: 1 }], { schema: { sku: t.int() } });
    const made = Object.fromEntries([[name, 'x']]);
    expect(() => sku.withColumns((r) => Object.fromEntries(Object.keys(made).map((key) => [key, r.sku])))).toThrow(
      expect.objectContaining({ code: 'plan.column_name', details: { column: name } }),
    );
  });

  test('a file has such a column under another name', async () => {
    const path = write('rows.csv', 'rowid,__proto__\n7,x\n5,y\n');
    await expect(read.csv(path).rows()).rejects.toMatchObject({ code: 'schema.column_name' });
    const schema = { id: t.int().from('rowid'), proto: t.string().from('__proto__') };
    const frame = read.csv(path, { schema });
    expect(await frame.sort('id').rows()).toEqual([
      { id: 5, proto: 'y' },
      { id: 7, proto: 'x' },
    ]);
  });
});

test('names that SQL or JavaScript know are names like others', async () => {
  for (const name of [
    'select',
    'a"b',
    "a'b",
    'a.b',
    'constructor',
    'then',
    '*',
    '$1',
    '\\',
    'a\nb',
    '"); DROP TABLE t',
  ]) {
    const schema = Object.fromEntries([[name, t.int()]]);
    const rows = [2, 1].map((value) => Object.fromEntries([[name, value]]));
    const sorted = read.rows(rows, { schema }).sort(name);
    expect((await sorted.rows()).map((row) => row[name])).toEqual([1, 2]);
    const path = join(folder, 'names.parquet');
    await load.parquet(sorted, path, { mode: 'replace' });
    expect((await read.parquet(path, { schema }).rows()).map((row) => row[name])).toEqual([1, 2]);
  }
});
