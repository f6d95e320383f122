import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, MillraceError, t } from '../../../src/index.ts';
import { inputFolder } from '../../support/files.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder, write } = inputFolder();
afterAll(() => session.close());

const text = t.string().nullable();

function lines(count: number, line: (i: number) => string): string {
  return Array.from({ length: count }, (_, i) => `${line(i)}\n`).join('');
}

describe('options', () => {
  test('a quoted empty field is an empty string, an empty one is null', async () => {
    const path = write('x.csv', 'a,b\n1,\n2,""\n');
    expect(await read.csv(path, { schema: { a: t.int(), b: text } }).rows()).toEqual([
      { a: 1, b: null },
      { a: 2, b: '' },
    ]);
  });

  test('null in a column that is not nullable is a bad row', async () => {
    const path = write('x.csv', 'a,b\n1,\n2,x\n');
    const frame = read.csv(path, { schema: { a: t.int(), b: t.string() }, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([{ a: 2, b: 'x' }]);
    expect(await frame.quarantine().rows()).toEqual([
      {
        source: path,
        line: 2,
        column: 'b',
        value: null,
        reason: 'is empty, and the column is not nullable',
        raw: '1,',
      },
    ]);
    await expect(read.csv(path, { schema: { a: t.int(), b: t.string() } }).rows()).rejects.toMatchObject({
      message: expect.stringContaining('line 2, column "b": the field is empty, and the column is not nullable'),
    });
  });

  test('a null marker in a column that is not nullable is told as it stands', async () => {
    const path = write('x.csv', 'a,b\n1,"x,y"\n"2, or 3",NA\n');
    const schema = { a: text, b: t.string() };
    for (const comment of ['', '#']) {
      const options = { schema, nullMarkers: ['NA', ''], comment };
      const frame = read.csv(path, { ...options, onBadRow: 'quarantine' });
      expect(await frame.quarantine().rows()).toMatchObject([
        { line: 3, column: 'b', value: 'NA', reason: 'is a null marker, and the column is not nullable' },
      ]);
      await expect(read.csv(path, options).rows()).rejects.toMatchObject({
        message: expect.stringContaining('column "b": "NA" is a null marker, and the column is not nullable'),
      });
    }
  });

  test('NA and N/A are text until they are named as null markers; quoted they stay text', async () => {
    const path = write('x.csv', 'a,b\nNA,N/A\n"NA",null\n,x\n');
    const schema = { a: text, b: text };
    expect(await read.csv(path, { schema }).rows()).toEqual([
      { a: 'NA', b: 'N/A' },
      { a: 'NA', b: 'null' },
      { a: null, b: 'x' },
    ]);
    expect(await read.csv(path, { schema, nullMarkers: ['NA', 'N/A', ''] }).rows()).toEqual([
      { a: null, b: null },
      { a: 'NA', b: 'null' },
      { a: null, b: 'x' },
    ]);
    expect(await read.csv(path, { schema, nullMarkers: [] }).rows()).toEqual([
      { a: 'NA', b: 'N/A' },
      { a: 'NA', b: 'null' },
      { a: '', b: 'x' },
    ]);
  });

  test('latin-1 is read where it is named', async () => {
    const path = write('x.csv', Buffer.from('straße,b\n1,é\n', 'latin1'));
    const schema = { a: t.int().from('straße'), b: t.string() };
    expect(await read.csv(path, { schema, encoding: 'latin-1' }).rows()).toEqual([{ a: 1, b: 'é' }]);
  });

  test('a byte order mark is no part of the first name', async () => {
    expect(await read.csv(write('x.csv', '\ufeffa,b\n1,2\n'), { schema: { a: t.int(), b: t.int() } }).rows()).toEqual([
      { a: 1, b: 2 },
    ]);
  });

  test('another delimiter and quote', async () => {
    const path = write('x.csv', "a;b\n1;'x;''y'\n");
    expect(await read.csv(path, { schema: { a: t.int(), b: t.string() }, delimiter: ';', quote: "'" }).rows()).toEqual([
      { a: 1, b: "x;'y" },
    ]);
    for (const delimiter of ['', ',,', '"', '\n', '1']) {
      expect(() => read.csv(path, { delimiter })).toThrow(MillraceError);
    }
  });

  test('maxShare stops a run that rejects more', async () => {
    const path = write('x.csv', `a\n${lines(100, (i) => (i < 5 ? 'x' : String(i)))}`);
    const schema = { a: t.int() };
    await expect(
      read.csv(path, { schema, onBadRow: { quarantine: { maxShare: 0.049 } } }).rows(),
    ).rejects.toMatchObject({
      code: 'quarantine.too_many',
      message: expect.stringContaining('5 of 100 rows do not fit the schema (5.00%)'),
    });
    expect(await read.csv(path, { schema, onBadRow: { quarantine: { maxShare: 0.05 } } }).count()).toBe(95);
  });
});

describe('paths', () => {
  const schema = { a: t.int() };

  test('a glob gives its files in order of their names', async () => {
    const root = join(folder, 'glob');
    for (const [name, value] of [
      ['b/2.csv', 2],
      ['a/1.csv', 1],
      ['a/3.txt', 3],
      ['4.csv', 4],
    ] as const) {
      mkdirSync(join(root, name, '..'), { recursive: true });
      writeFileSync(join(root, name), `a\n${value}\n`);
    }
    const values = async (pattern: string) => (await read.csv(join(root, pattern), { schema }).rows()).map((r) => r.a);
    expect(await values('*.csv')).toEqual([4]);
    expect(await values('*/*.csv')).toEqual([1, 2]);
    expect(await values('**/*.csv')).toEqual([4, 1, 2]);
    expect(await values('{a,b}/?.csv')).toEqual([1, 2]);
    await expect(read.csv(join(root, '*.tsv'), { schema }).rows()).rejects.toMatchObject({ code: 'csv.not_found' });
  });

  test("a name with a glob's own characters is that file", async () => {
    const path = write('sales [1] *.csv', 'a\n1\nx\n');
    const frame = read.csv(path, { schema, onBadRow: 'quarantine' });
    expect(await frame.rows()).toEqual([{ a: 1 }]);
    expect((await frame.quarantine().rows()).map((row) => row.source)).toEqual([path]);
  });

  test('a name with quotes is that file', async () => {
    const path = write(`it's "x".csv`, 'a\n1\nx\n');
    expect(await read.csv(path, { schema, onBadRow: 'quarantine' }).quarantine().count()).toBe(1);
  });

  test('a file named twice is an error, its rows would count double', async () => {
    const path = write('x.csv', 'a\n1\n');
    await expect(read.csv([path, path], { schema }).rows()).rejects.toMatchObject({ code: 'csv.duplicate_path' });
  });

  test('a path as it is written is the source of its rejects', async () => {
    const path = join(write('x.csv', 'a\nx\n'), '..', '.', 'x.csv').replace('/x.csv', '//./x.csv');
    const frame = read.csv(path, { schema, onBadRow: 'quarantine' });
    expect(await frame.quarantine().rows()).toMatchObject([
      { source: path, line: 2, column: 'a', value: 'x', raw: 'x' },
    ]);
  });

  test('a missing file and a folder without files are errors that say where was looked', async () => {
    await expect(read.csv(join(folder, 'none.csv'), { schema }).rows()).rejects.toMatchObject({
      code: 'csv.not_found',
      message: expect.stringContaining('none.csv'),
    });
    mkdirSync(join(folder, 'empty'));
    await expect(read.csv(join(folder, 'empty'), { schema }).rows()).rejects.toMatchObject({ code: 'csv.not_found' });
  });

  test('a url of a kind that is not read is refused, not taken for a folder', async () => {
    const path = 'gs://bucket/sales.csv';
    expect(() => read.csv(path, { schema })).toThrow(expect.objectContaining({ code: 'csv.scheme' }));
    await expect(read.ndjson('file:///data/x.ndjson', { schema }).rows()).rejects.toMatchObject({
      code: 'ndjson.scheme',
    });
  });
});

describe('an option that cannot be is refused at once, with its value', () => {
  const refused = (options: object) => () => read.csv('x.csv', { schema: { a: t.int() }, ...options });

  test.each([
    [{ delimiter: '\0' }, 'delimiter is "\\u0000"'],
    [{ quote: 'é' }, 'quote is "é"'],
    [{ encoding: 'koi8' }, 'encoding is "koi8". Give one of utf-8, utf-16, utf-16le'],
    [{ nullMarkers: ['"'] }, 'the null marker "\\"" holds the quote'],
  ])('%j', (options, message) => {
    expect(refused(options)).toThrow(
      expect.objectContaining({ code: 'csv.option', message: expect.stringContaining(message) }),
    );
  });
});
