import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { type DuckDBBlobValue, type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api';
import fc from 'fast-check';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type CopyBlock, copyBlocks } from '../../src/engines/duckdb/copy-text.ts';
import { copyIn } from '../../src/postgres/copy-in.ts';
import { BOOLEAN, DATE, decimal, FLOAT, INT, JSON_, type Schema, STRING, TIMESTAMP } from '../../src/schema/dtype.ts';
import { freshDatabase } from '../support/postgres.ts';

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 2 });
pool.on('error', () => {});
const instance = await DuckDBInstance.create(':memory:');
const connections = [await instance.connect(), await instance.connect()] as const;

beforeAll(async () => {
  await pool.query(`ALTER DATABASE "${database.name}" SET timezone = 'America/New_York'`);
  await pool.query(`ALTER DATABASE "${database.name}" SET datestyle = 'SQL, DMY'`);
});
afterAll(async () => {
  await pool.end();
  await database.drop();
});

const nullable = (name: string, dtype: Schema[number]['dtype']): Schema[number] => ({ name, dtype, nullable: true });

function fetcher(): (sql: string) => Promise<CopyBlock> {
  const free: DuckDBConnection[] = [...connections];
  return async (sql) => {
    const connection = free.pop();
    if (connection === undefined) throw new Error('more blocks at once than connections');
    try {
      const chunk = await (await connection.run(sql)).fetchChunk();
      const bytes = chunk?.getColumnVector(1).getItem(0) as DuckDBBlobValue | null;
      return { rows: Number(chunk?.getColumnVector(0).getItem(0)), bytes: bytes?.bytes };
    } finally {
      free.push(connection);
    }
  };
}

/** A load as a loader does it: one transaction, and the connection closed on failure. */
async function load(blobs: AsyncIterable<Uint8Array>, columns: Schema, signal?: AbortSignal): Promise<number> {
  const client = await pool.connect();
  let broken = true;
  try {
    await client.query('BEGIN');
    const names = columns.map((column) => column.name);
    const rows = await copyIn(client, '"target"', names, blobs, signal === undefined ? {} : { signal });
    await client.query('COMMIT');
    broken = false;
    return rows;
  } finally {
    client.release(broken);
  }
}

async function create(engine: string, target: string): Promise<number> {
  await connections[0].run(`CREATE OR REPLACE TABLE source AS ${engine}`);
  await pool.query('DROP TABLE IF EXISTS target');
  await pool.query(`CREATE TABLE target (${target})`);
  const count = await connections[0].runAndReadAll('SELECT count(*) FROM source');
  return Number(count.value(0, 0));
}

describe('values', () => {
  const cases: readonly (readonly [dtype: Schema[number]['dtype'], target: string, engine: string, server: string])[] =
    [
      [INT, 'bigint', '9223372036854775807', '9223372036854775807'],
      [decimal(38, 2), 'numeric(38, 2)', '(-0.05)::DECIMAL(38, 2)', '-0.05'],
      [FLOAT, 'double precision', '0.1::DOUBLE + 0.2::DOUBLE', '0.30000000000000004'],
      [FLOAT, 'double precision', `'nan'::DOUBLE`, 'NaN'],
      [FLOAT, 'double precision', `'-inf'::DOUBLE`, '-Infinity'],
      [FLOAT, 'double precision', '5e-324::DOUBLE', '5e-324'],
      [BOOLEAN, 'boolean', 'false', 'false'],
      [DATE, 'date', `DATE '2024-02-01'`, '2024-02-01'],
      [DATE, 'date', `DATE '0044-03-15 (BC)'`, '0044-03-15 BC'],
      [DATE, 'date', `DATE '-infinity'`, '-infinity'],
      [TIMESTAMP, 'timestamptz', `TIMESTAMP '2024-03-10 02:30:00.000001'`, '2024-03-10 02:30:00.000001+00'],
      [TIMESTAMP, 'timestamptz', `TIMESTAMP '0044-03-15 (BC) 01:02:03'`, '0044-03-15 01:02:03+00 BC'],
      [TIMESTAMP, 'timestamptz', `TIMESTAMP '12345-01-02 03:04:05'`, '12345-01-02 03:04:05+00'],
      [TIMESTAMP, 'timestamptz', `TIMESTAMP 'infinity'`, 'infinity'],
      [STRING, 'text', `''`, ''],
      [STRING, 'text', `'\\N'`, '\\N'],
      [STRING, 'text', `'\\.'`, '\\.'],
      [STRING, 'text', `'a' || chr(9) || 'b' || chr(13) || chr(10) || '"q", \\t'`, 'a\tb\r\n"q", \\t'],
      [JSON_, 'jsonb', `'{"a": "line\\nbreak \\"q\\""}'::JSON`, '{"a": "line\\nbreak \\"q\\""}'],
      [{ id: 'binary' }, 'bytea', `'\\x00\\xFF\\x5C'::BLOB`, '\\x00ff5c'],
      [{ id: 'list', item: INT }, 'jsonb', '[1, NULL, 3]', '[1, null, 3]'],
    ];

  test.each(cases)('%o to %s: %s', async (dtype, target, engine, server) => {
    const rows = await create(
      `SELECT * FROM (VALUES (1, ${engine}), (2, NULL)) AS v(id, "a ""column""")`,
      `id bigint, "a ""column""" ${target}`,
    );
    const columns = [nullable('id', INT), nullable('a "column"', dtype)];
    expect(await load(copyBlocks({ table: 'source', columns, rows, fetch: fetcher() }), columns)).toBe(2);
    const client = await pool.connect();
    await client.query(`SET timezone = 'UTC'; SET datestyle = 'ISO'`);
    const found = await client.query('SELECT "a ""column"""::text AS x FROM target ORDER BY id');
    client.release(true);
    expect(found.rows).toEqual([{ x: server }, { x: null }]);
  });

  test('any string', async () => {
    const text = fc
      .string({
        unit: fc.oneof(fc.constantFrom('\\', '\n', '\t', '\r', '"', 'N', '.', '\b'), fc.string({ unit: 'grapheme' })),
      })
      .map((s) => s.replaceAll('\0', ''));
    const strings = fc.sample(text, { numRuns: 500, seed: 7 });
    const values = strings.map((s, i) => `(${i}, '${s.replaceAll("'", "''")}')`).join(', ');
    const rows = await create(`SELECT * FROM (VALUES ${values}) AS v(id, x)`, 'id bigint, x text');
    const columns = [nullable('id', INT), nullable('x', STRING)];
    await load(copyBlocks({ table: 'source', columns, rows, fetch: fetcher() }), columns);
    const found = await pool.query<{ x: string }>('SELECT x FROM target ORDER BY id');
    expect(found.rows.map((row) => row.x)).toEqual(strings);
  });
});

describe('a load of many blocks', () => {
  const columns = [nullable('id', INT), nullable('note', STRING)];

  test('sends every row once, in order, and sizes its blocks by weight', async () => {
    const rows = await create(
      `SELECT i AS id, repeat('x', CASE WHEN i < 1000 THEN 20000 ELSE 5 END) AS note FROM range(100000) r(i)`,
      'place serial, id bigint, note text',
    );
    const sizes: number[] = [];
    const fetch = fetcher();
    const counted = async (sql: string): Promise<CopyBlock> => {
      const block = await fetch(sql);
      sizes.push(block.bytes?.length ?? 0);
      return block;
    };
    expect(await load(copyBlocks({ table: 'source', columns, rows, fetch: counted }), columns)).toBe(100_000);
    expect(Math.max(...sizes)).toBeLessThan(12 * 1024 * 1024);
    const found = await pool.query('SELECT count(*)::int AS n, bool_and(place = id + 1) AS ordered FROM target');
    expect(found.rows).toEqual([{ n: 100_000, ordered: true }]);
  });

  test('leaves out deleted rows, and refuses a table whose rows do not add up', async () => {
    await create('SELECT i AS id, NULL::VARCHAR AS note FROM range(50000) r(i)', 'id bigint, note text');
    await connections[0].run('DELETE FROM source WHERE id BETWEEN 100 AND 40099');
    const options = { table: 'source', columns, end: 50_000, fetch: fetcher() };
    expect(await load(copyBlocks({ ...options, rows: 10_000 }), columns)).toBe(10_000);
    await expect(load(copyBlocks({ ...options, rows: 10_001 }), columns)).rejects.toThrow(
      'the engine made 10000 rows of COPY text for the 10001 rows of source',
    );
    expect((await pool.query('SELECT 1 FROM target')).rowCount).toBe(10_000);
  });
});

describe('a failure in the middle', () => {
  const columns = [nullable('id', INT), nullable('note', STRING)];
  // The server's last word arrives before or after the write that finds the connection closed.
  const whenKilled = expect.stringMatching(/^(57P01|ECONNRESET|EPIPE)$/);
  let rows = 0;

  beforeEach(async () => {
    rows = await create(`SELECT i AS id, repeat('y', 50) AS note FROM range(200000) r(i)`, 'id bigint, note text');
    await pool.query(`INSERT INTO target VALUES (-1, 'before')`);
  });

  const blobs = (): AsyncGenerator<Uint8Array> => copyBlocks({ table: 'source', columns, rows, fetch: fetcher() });
  const expectUntouched = async (): Promise<void> => {
    expect((await pool.query('SELECT id, note FROM target')).rows).toEqual([{ id: '-1', note: 'before' }]);
    await pool.query(`BEGIN; SET LOCAL lock_timeout = '5s'; TRUNCATE target; COMMIT`);
  };

  test('of the engine', async () => {
    const failing = async function* (): AsyncGenerator<Uint8Array> {
      const fetch = fetcher();
      const table = `(SELECT rowid, id, CASE WHEN id = 150000 THEN error('bad value') ELSE note END AS note FROM source)`;
      yield* copyBlocks({ table, columns, rows, fetch });
    };
    await expect(load(failing(), columns)).rejects.toThrow('bad value');
    await expectUntouched();
  });

  test('of the server: a row that it refuses, with its line', async () => {
    await pool.query('ALTER TABLE target ADD CHECK (id <> 123456)');
    await expect(load(blobs(), columns)).rejects.toMatchObject({
      code: '23514',
      where: expect.stringContaining('line 123457'),
    });
    await expectUntouched();
  });

  test('of the server: a table that is not there', async () => {
    await pool.query('DROP TABLE target');
    await expect(load(blobs(), columns)).rejects.toMatchObject({ code: '42P01' });
  });

  test('of the connection: its backend is killed', async () => {
    const killing = async function* (): AsyncGenerator<Uint8Array> {
      let sent = 0;
      for await (const blob of blobs()) {
        yield blob;
        if (++sent === 4) {
          await pool.query(
            `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'COPY%'`,
          );
        }
      }
    };
    await expect(load(killing(), columns)).rejects.toMatchObject({ code: whenKilled });
    await expectUntouched();
  });

  test('by the caller, while the engine is silent', async () => {
    const controller = new AbortController();
    const stalled = async function* (): AsyncGenerator<Uint8Array> {
      for await (const blob of blobs()) {
        yield blob;
        setTimeout(() => controller.abort(new Error('enough')), 20);
        await new Promise((resolve) => controller.signal.addEventListener('abort', resolve, { once: true }));
      }
    };
    await expect(load(stalled(), columns, controller.signal)).rejects.toThrow('enough');
    await expectUntouched();
  });

  test.each(['engine', 'backend'])('lets the process exit (%s)', async (what) => {
    const script = `
      import pg from 'pg';
      import { copyIn } from ${JSON.stringify(new URL('../../src/postgres/copy-in.ts', import.meta.url).href)};
      const pool = new pg.Pool({ connectionString: process.argv[1], allowExitOnIdle: true });
      const client = await pool.connect();
      await client.query('BEGIN');
      const pid = (await client.query('SELECT pg_backend_pid() AS pid')).rows[0].pid;
      const blobs = async function* () {
        yield Buffer.from('1\\tx\\n');
        if (${JSON.stringify(what)} === 'engine') throw new Error('engine failed');
        await pool.query('SELECT pg_terminate_backend($1)', [pid]);
        for (;;) yield Buffer.from('2\\ty\\n'.repeat(100000));
      };
      await copyIn(client, 'target', ['id', 'note'], blobs()).catch((error) => console.log(error.code ?? error.message));
      client.release(true);`;
    const flags = ['--import', 'tsx', '--input-type=module', '-e', script, database.url];
    const child = await promisify(execFile)(process.execPath, flags, { timeout: 10_000 });
    expect(child.stdout.trim()).toEqual(what === 'engine' ? 'engine failed' : whenKilled);
    await expectUntouched();
  });
});
