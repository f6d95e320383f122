import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sql } from '../../bench/tpch/sql.mjs';
import { queries } from '../../examples/tpch/queries.ts';
import { parquetTables, schemas } from '../../examples/tpch/tables.ts';
import { type AnyCol, createSession, type Frame } from '../../src/index.ts';

/** Every question asked of frames and, by hand-written SQL, of the engine itself: the answers are equal. */

const folder = 'fixtures/tpch';
const session = createSession();
const tables = parquetTables(session.read, folder);
let instance: DuckDBInstance;

beforeAll(async () => {
  instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  for (const name of Object.keys(schemas)) {
    await connection.run(`create view ${name} as from '${folder}/${name}.parquet'`);
  }
  connection.closeSync();
});
afterAll(() => session.close());

/** A value as text, numbers to twelve digits: the engine's own sums of floats repeat no better. */
function told(value: unknown): string {
  const text = String(value);
  return /^-?\d+(\.\d+)?(e-?\d+)?$/.test(text) ? Number(text).toPrecision(12) : text;
}

describe('the questions of TPC-H', () => {
  test.each(Object.entries(queries))('%s', async (number, query) => {
    const connection = await instance.connect();
    const reader = await connection.runAndReadAll(sql[Number(number)] ?? '');
    const expected = reader.getRowObjectsJson();
    const names = reader.columnNames();
    connection.closeSync();
    const rows: readonly Readonly<Record<string, unknown>>[] = await (query(tables) as Frame<AnyCol>).rows();
    expect(rows.map((row) => Object.keys(row).sort())[0]).toEqual(rows.length === 0 ? undefined : [...names].sort());
    const lines = (given: readonly Readonly<Record<string, unknown>>[]) =>
      given.map((row) => names.map((name) => `${name} ${told(row[name])}`).join(', '));
    expect(lines(rows)).toEqual(lines(expected));
    if (number !== '2' && number !== '20') expect(rows.length).toBeGreaterThan(0);
  });
});
