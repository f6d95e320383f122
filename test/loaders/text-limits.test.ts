import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, describe, expect, test } from 'vitest';
import { type AnyColumnType, createSession, load, t } from '../../src/index.ts';
import { failure } from '../support/failure.ts';
import { inputFolder } from '../support/files.ts';

const session = createSession({ threads: 2 });
const { folder } = inputFolder();
afterAll(() => session.close());

/** Values of the engine's own SQL, each with its column type, and what an error says of it. */
const beyond: readonly (readonly [sql: string, type: AnyColumnType, code: string, told: string])[] = [
  [`'nan'::DOUBLE`, t.float(), 'load.not_finite', 'holds nan, which text cannot hold'],
  [`'-inf'::DOUBLE`, t.float(), 'load.not_finite', 'holds -inf'],
  [`['inf'::DOUBLE]`, t.list(t.float()), 'load.not_finite', 'holds [inf]'],
  [`{a: ['nan'::DOUBLE]}`, t.struct({ a: t.list(t.float()) }), 'load.not_finite', 'nan'],
  [`DATE 'infinity'`, t.date(), 'load.far_time', 'holds infinity, and text has the years 1 to 9999'],
  [`DATE '0001-12-31 (BC)'`, t.date(), 'load.far_time', '0001-12-31 (BC)'],
  [`DATE '10000-01-01'`, t.date(), 'load.far_time', '10000-01-01'],
  [`TIMESTAMP '10000-01-01'`, t.timestamp(), 'load.far_time', '10000-01-01'],
  [`{"at": TIMESTAMP '-infinity'}`, t.struct({ at: t.timestamp() }), 'load.far_time', '-infinity'],
];

describe.each(beyond)('%s', (sql, type, code, told) => {
  const given = join(folder, `${beyond.findIndex(([other]) => other === sql)}.parquet`);
  const isNested = ['list', 'struct'].includes(type.dtype.id);
  const targets = ['a.csv', 'a.json', 'a.ndjson', 'with-json.ndjson', ...(isNested ? [] : ['partitions'])];

  test.each(targets)('is refused in %s, and nothing is written', async (name) => {
    const instance = await DuckDBInstance.create(':memory:');
    const connection = await instance.connect();
    await connection.run(`COPY (SELECT 1::BIGINT AS n, ${sql} AS x, '1'::JSON AS j) TO '${given}' (FORMAT parquet)`);
    connection.closeSync();
    const schema = { n: t.int(), x: type, ...(name === 'with-json.ndjson' ? { j: t.json() } : {}) };
    const frame = session.read.parquet(given, { schema });
    const path = join(folder, name);
    const error = await failure(
      name === 'partitions'
        ? load.parquet(frame, path, { mode: 'fail', partitionBy: 'x' })
        : name.endsWith('.csv')
          ? load.csv(frame, path, { mode: 'fail' })
          : load.json(frame, path, { mode: 'fail' }),
    );
    expect(error).toMatchObject({ code, message: expect.stringContaining(told) });
    expect(error.message).toContain('Column "x"');
    expect(existsSync(path)).toBe(false);
  });
});
