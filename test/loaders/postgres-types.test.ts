import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import type { Field } from 'apache-arrow';
import { asyncBufferFromFile, parquetMetadataAsync, parquetSchema, type SchemaTree } from 'hyparquet';
import pg from 'pg';
import { afterAll, describe, expect, test } from 'vitest';
import { type AnyCol, type AnyColumnType, createSession, type Frame, load, MillraceError, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { freshDatabase } from '../support/postgres.ts';
import { toldOf } from '../support/told.ts';

/** The tables of the guide to types: each row is run. */

const guide = readFileSync(join(import.meta.dirname, '../../docs/guides/types.md'), 'utf8');

/** The rows of a table of the guide, by the first words of its head; a cell is its code where it is one. */
function table(head: string): string[][] {
  const lines = guide.split('\n');
  const start = lines.findIndex((line) => line.startsWith(`| ${head}`));
  const end = lines.findIndex((line, i) => i > start && !line.startsWith('|'));
  return lines.slice(start + 2, end).map((line) =>
    line
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim().replaceAll('\\|', '|')),
  );
}
const code = (cell = ''): string => cell.replace(/^`(.*)`$/, '$1');
const typeOf = (cell: string | undefined): AnyColumnType =>
  new Function('t', `return ${code(cell)};`)(t) as AnyColumnType;

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 3 });
pool.on('error', () => {});
const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
const instance = await DuckDBInstance.create(':memory:');
const duckdb = await instance.connect();
afterAll(async () => {
  duckdb.closeSync();
  instance.closeSync();
  await session.close();
  await pool.end();
  await database.drop();
});

/** The rows of a query of the engine alone. */
const query = async (sql: string): Promise<unknown[][]> => (await duckdb.runAndReadAll(sql)).getRowsJS() as unknown[][];

let targets = 0;
const target = (name: string): string => join(folder, `${++targets}-${name}`);

/** A column of a Parquet file in the words of the format. */
function parquetType({ element, children }: SchemaTree): string {
  const [only] = children;
  if (element.converted_type === 'LIST' && only?.children[0] !== undefined) {
    return `LIST(${parquetType(only.children[0])})`;
  }
  if (children.length > 0)
    return `STRUCT(${children.map((child) => `${child.element.name} ${parquetType(child)}`).join(', ')})`;
  const { type, type_length, converted_type, logical_type, precision, scale } = element;
  const physical = type === 'FIXED_LEN_BYTE_ARRAY' ? `${type}(${type_length})` : type;
  if (converted_type === 'DECIMAL') return `${physical} DECIMAL(${precision}, ${scale})`;
  if (logical_type?.type === 'TIMESTAMP')
    return `${physical} TIMESTAMP(${logical_type.unit}${logical_type.isAdjustedToUTC ? ', UTC' : ''})`;
  return [physical, converted_type].filter((word) => word !== undefined).join(' ');
}

function arrowType({ type, metadata }: Field): string {
  return [String(type), metadata.get('ARROW:extension:name')].filter((word) => word !== undefined).join(' ');
}

describe('what a column becomes', () => {
  const rows = table('millrace | an example');
  test('there is a row for every dtype', () => {
    const ids = Object.keys(t).map((id) => (id === 'enum' ? 'enum' : id));
    expect(ids.filter((id) => !rows.some(([type]) => type?.startsWith(`\`t.${id}(`)))).toEqual([]);
  });

  test.each(rows)('%s', async (...cells) => {
    const [type, example, postgres, parquet, arrow, file, csv, ndjson] = cells.map(code);
    const value: unknown = new Function(`return ${example?.startsWith('{') ? `(${example})` : example};`)();
    const schema = { x: typeOf(type), other: t.int() };
    const frame = read.rows([{ x: value, other: 1 }], { schema });

    await pool.query('DROP TABLE IF EXISTS made');
    await load.postgres(frame, pool, { table: 'made', mode: 'append' });
    const made = await pool.query(
      `SELECT format_type(atttypid, atttypmod) AS type, attnotnull FROM pg_attribute WHERE attrelid = 'made'::regclass AND attname = 'x'`,
    );
    expect(made.rows).toEqual([{ type: postgres, attnotnull: true }]);

    const path = target('a.parquet');
    await load.parquet(frame, path, { mode: 'fail' });
    const { children } = parquetSchema(await parquetMetadataAsync(await asyncBufferFromFile(path)));
    expect(children[0] && parquetType(children[0])).toBe(parquet);

    const [field] = (await (await frame.collect()).toArrow()).schema.fields;
    expect(field && arrowType(field)).toBe(arrow);

    const stored = target('a.duckdb');
    await load.duckdb(frame, stored, { table: 'made', mode: 'fail' });
    await duckdb.run(`ATTACH '${stored}' AS stored (READ_ONLY)`);
    const columns = await query(
      `SELECT data_type FROM duckdb_columns() WHERE database_name = 'stored' AND column_name = 'x'`,
    );
    await duckdb.run('DETACH stored');
    expect(columns).toEqual([[file]]);

    const [text, lines] = [target('a.csv'), target('a.ndjson')];
    await load.csv(frame, text, { mode: 'fail', header: false });
    expect(readFileSync(text, 'utf8')).toBe(`${csv},1\n`);
    await load.json(frame, lines, { mode: 'fail' });
    expect(readFileSync(lines, 'utf8')).toBe(`{"x":${ndjson},"other":1}\n`);
  });
});

describe('columns of PostgreSQL that take it', () => {
  const found = table('millrace | columns of PostgreSQL');
  const pairs = found.flatMap(([type, columns]) =>
    [...(columns ?? '').matchAll(/`([^`]+)`/g)].map(([, column]) => [code(type), column] as const),
  );
  const all = [
    ...new Set([
      ...pairs.map(([, column]) => column),
      'real',
      'time',
      'interval',
      'integer[]',
      'money',
      'timestamp(3) with time zone',
      'numeric(5,1)',
    ]),
  ];

  test.each(found.map(([type]) => [code(type)]))('%s: these, and no others', async (type) => {
    const schema = { x: typeOf(type).nullable() };
    const frame = read.rows([{ x: null }] as never, { schema });
    for (const column of all) {
      await pool.query('DROP TABLE IF EXISTS there');
      await pool.query(`CREATE TABLE there (x ${column})`);
      const outcome = await load.postgres(frame, pool, { table: 'there', mode: 'append' }).then(
        () => true,
        (error: MillraceError) => (error.code === 'load.column_type' ? false : error),
      );
      const isTold = pairs.some(([of, told]) => of === type && told === column);
      // What is not told may be of the same kind: another precision that holds as much.
      if (isTold || !/^(numeric|character)/.test(column ?? '')) expect(outcome, `${type} into ${column}`).toBe(isTold);
    }
    expect((await pool.query('SELECT count(*)::int AS n FROM there')).rows[0]).toBeDefined();
  });
});

describe('values at the limits', () => {
  const rows = table('value, in SQL');
  const ways = ['PostgreSQL', 'Parquet', 'Arrow', 'DuckDB file', 'CSV', 'NDJSON'] as const;

  async function through(
    way: (typeof ways)[number],
    frame: Frame<AnyCol>,
    type: AnyColumnType,
  ): Promise<Frame<AnyCol>> {
    const schema = { n: t.int(), x: type };
    switch (way) {
      case 'PostgreSQL':
        await pool.query('DROP TABLE IF EXISTS limits');
        await load.postgres(frame, pool, { table: 'limits', mode: 'append' });
        return read.sql(pool, 'SELECT * FROM limits', { schema }) as unknown as Frame<AnyCol>;
      case 'Parquet': {
        const path = target('a.parquet');
        await load.parquet(frame, path, { mode: 'fail' });
        return read.parquet(path, { schema }) as unknown as Frame<AnyCol>;
      }
      case 'Arrow':
        return read.arrow(await (await frame.collect()).toArrow(), { schema }) as unknown as Frame<AnyCol>;
      case 'DuckDB file': {
        const [path, copy] = [target('a.duckdb'), target('a.parquet')];
        await load.duckdb(frame, path, { table: 'limits', mode: 'fail' });
        await duckdb.run(`ATTACH '${path}' AS stored (READ_ONLY)`);
        await duckdb.run(`COPY stored.limits TO '${copy}' (FORMAT parquet)`);
        await duckdb.run('DETACH stored');
        return read.parquet(copy, { schema }) as unknown as Frame<AnyCol>;
      }
      case 'CSV': {
        const path = target('a.csv');
        await load.csv(frame, path, { mode: 'fail' });
        return read.csv(path, { schema }) as unknown as Frame<AnyCol>;
      }
      case 'NDJSON': {
        const path = target('a.ndjson');
        await load.json(frame, path, { mode: 'fail' });
        return read.ndjson(path, { schema }) as unknown as Frame<AnyCol>;
      }
    }
  }

  test.each(rows)('%s', async (value, dtype, ...outcomes) => {
    const type = typeOf(dtype);
    const path = target('given.parquet');
    await duckdb.run(`COPY (SELECT 1::BIGINT AS n, ${code(value)} AS x) TO '${path}' (FORMAT parquet)`);
    const frame = read.parquet(path, { schema: { n: t.int(), x: type } }) as unknown as Frame<AnyCol>;
    const given = await toldOf(frame);
    for (const [i, way] of ways.entries()) {
      const outcome = await through(way, frame, type)
        .then(toldOf)
        .then(
          (back) => (JSON.stringify(back) === JSON.stringify(given) ? 'kept' : JSON.stringify(back)),
          (error: unknown) => (error instanceof MillraceError ? error.code : String(error)),
        );
      expect(outcome, way).toBe(code(outcomes[i]));
    }
  });

  test('what PostgreSQL cannot hold is put aside by a contract, and the rest is loaded', async () => {
    const refused = rows.filter((cells) => code(cells[2]) === 'postgres.value' && !cells[0]?.includes('NaN'));
    expect(refused.length).toBeGreaterThan(2);
    for (const [value, dtype] of refused) {
      const type = typeOf(dtype).nullable();
      const path = target('given.parquet');
      await duckdb.run(
        `COPY (SELECT 1::BIGINT AS n, ${code(value)} AS x UNION ALL SELECT 2, NULL) TO '${path}' (FORMAT parquet)`,
      );
      await pool.query('DROP TABLE IF EXISTS limits');
      const report = await load.postgres(read.parquet(path, { schema: { n: t.int(), x: type } }) as never, pool, {
        table: 'limits',
        mode: 'append',
        schemaContract: 'quarantine',
      });
      expect(report.rows, value).toEqual({ read: 2, filtered: 0, quarantined: 1, written: 1 });
      expect((await report.quarantine.rows())[0]).toMatchObject({ column: 'x' });
    }
  });
});
