import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { asyncBufferFromFile, parquetMetadataAsync, parquetSchema } from 'hyparquet';
import { afterAll, describe, expect, test } from 'vitest';
import { createSession, load, MillraceError, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { hostileNames } from '../support/hostile-names.ts';

/** Names that attack: each is the name as it stands when a file is read back, or refused. */

const seed = Number(process.env.MILLRACE_SEED ?? 50_000);
const names = hostileNames(500, seed);

const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
afterAll(() => session.close());

const isText = (name: string): boolean => name !== '' && !name.includes('\0') && Buffer.from(name).toString() === name;
const isColumn = (name: string): boolean => isText(name) && name !== '__proto__' && !/^(rowid$|__millrace)/i.test(name);

/** Names whose case alone differs are not columns of one frame. */
const columns = [...new Map(names.filter(isColumn).map((name) => [name.toLowerCase(), name])).values()];
const chunks = Array.from({ length: Math.ceil(columns.length / 8) }, (_, i) => columns.slice(i * 8, i * 8 + 8));
const schemaOf = (given: readonly string[]) => Object.fromEntries(given.map((name) => [name, t.string()]));
const rowOf = (given: readonly string[]) => Object.fromEntries(given.map((name) => [name, `value of ${name}`]));

let targets = 0;
const target = (name: string): string => join(folder, `${++targets}-${name}`);

const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'loaded',
    (error: unknown) => (error instanceof MillraceError ? error.code : String(error)),
  );

describe(`500 names (seed ${seed})`, () => {
  test('there are enough of both kinds', () => {
    expect(names).toHaveLength(500);
    expect(columns.length).toBeGreaterThan(300);
    expect(names.filter((name) => !isColumn(name)).length).toBeGreaterThan(10);
  });

  const given = (names: readonly string[]) => read.rows([rowOf(names)], { schema: schemaOf(names) });
  type Back = (names: readonly string[]) => Promise<unknown[]>;
  const files: readonly (readonly [name: string, back: Back])[] = [
    [
      'CSV',
      async (names) => {
        const path = target('a.csv');
        await load.csv(given(names), path, { mode: 'fail' });
        return read.csv(path, { schema: schemaOf(names) }).rows();
      },
    ],
    [
      'CSV, without a schema',
      async (names) => {
        const path = target('a.csv');
        await load.csv(given(names), path, { mode: 'fail' });
        return (await read.csv(path)).rows();
      },
    ],
    [
      'NDJSON',
      async (names) => {
        const path = target('a.ndjson');
        await load.json(given(names), path, { mode: 'fail' });
        // A name with dots may be a path into another.
        const plain = names.filter((name) => !name.includes('.'));
        const [row] = await read.ndjson(path, { schema: schemaOf(plain) }).rows();
        return [{ ...JSON.parse(readFileSync(path, 'utf8')), ...row }];
      },
    ],
    [
      'a JSON array',
      async (names) => {
        const path = target('a.json');
        await load.json(given(names), path, { mode: 'fail' });
        return JSON.parse(readFileSync(path, 'utf8')) as unknown[];
      },
    ],
    [
      'Parquet',
      async (names) => {
        const path = target('a.parquet');
        await load.parquet(given(names), path, { mode: 'fail' });
        const { children } = parquetSchema(await parquetMetadataAsync(await asyncBufferFromFile(path)));
        // That reader takes U+FEFF at the beginning for a mark of the encoding.
        const seen = names.map((name) => name.replace(/^\ufeff/, ''));
        expect(new Set(children.map(({ element }) => element.name))).toEqual(new Set(seen));
        return read.parquet(path, { schema: schemaOf(names) }).rows();
      },
    ],
  ];
  test.each(files)('of columns in %s', { timeout: 120_000 }, async (_, back) => {
    const told: string[] = [];
    for (const names of chunks) {
      try {
        expect(await back(names)).toEqual([rowOf(names)]);
      } catch (error) {
        told.push(`${JSON.stringify(names)}: ${error}`);
      }
    }
    expect(told).toEqual([]);
  });

  test('of partitions and their values', { timeout: 120_000 }, async () => {
    const told: string[] = [];
    for (const name of columns) {
      const path = target('dataset');
      const schema = { [name]: t.string(), other: t.int() };
      const value = names[(columns.indexOf(name) * 7) % names.length] ?? '';
      if (!isText(value) && value !== '') continue;
      const rows = [
        { [name]: value, other: 1 },
        { [name]: 'plain', other: 2 },
      ];
      const code = await codeOf(load.parquet(read.rows(rows, { schema }), path, { mode: 'fail', partitionBy: name }));
      const isLong = encodeURIComponent(name).length + encodeURIComponent(value).length > 250;
      if (code === 'loaded') {
        const back = await read.parquet(path, { schema }).sort('other').rows().catch(String);
        if (JSON.stringify(back) !== JSON.stringify(rows))
          told.push(`${JSON.stringify([name, value])}: ${JSON.stringify(back)}`);
      } else if (!(isLong && code === 'load.partition_value') && !(name === '*' && code === 'load.option'))
        told.push(`${JSON.stringify([name, value])}: ${code}`);
      else expect(existsSync(path)).toBe(false);
    }
    expect(told).toEqual([]);
  });

  test('of tables in DuckDB files', { timeout: 240_000 }, async () => {
    const lower = (name: string): string => name.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    const told: string[] = [];
    for (let at = 0; at < names.length; at += 25) {
      const path = target('a.duckdb');
      const made = new Map<string, string>();
      for (const table of names.slice(at, at + 25)) {
        const code = await codeOf(load.duckdb(given(['a', 'b']), path, { table, mode: 'append' }));
        const expected = isText(table) && !made.has(lower(table)) ? 'loaded' : 'load.table';
        if (code !== expected) told.push(`${JSON.stringify(table)}: ${code}`);
        if (expected === 'loaded') made.set(lower(table), table);
      }
      const instance = await DuckDBInstance.create(path, { access_mode: 'READ_ONLY' });
      const connection = await instance.connect();
      const found = await connection.runAndReadAll(
        'SELECT hex(encode(table_name)), estimated_size FROM duckdb_tables()',
      );
      expect(
        new Set(found.getRowsJS().map(([name, rows]) => `${rows} in ${Buffer.from(String(name), 'hex')}`)),
      ).toEqual(new Set([...made.values()].map((name) => `1 in ${name}`)));
      connection.closeSync();
      instance.closeSync();
    }
    expect(told).toEqual([]);
  });
});
