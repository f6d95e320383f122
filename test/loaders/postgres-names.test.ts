import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createSession, load, t } from '../../src/index.ts';
import { freshDatabase } from '../support/postgres.ts';

/** Names that attack: each is the name of a column as it stands, or refused. */

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 2 });
const session = createSession({ threads: 2 });

afterAll(async () => {
  await session.close();
  await pool.end();
  await database.drop();
});

const parts = [
  '"',
  "'",
  ';',
  '--',
  '/*',
  '*/',
  '\\',
  '$1',
  '$$',
  '%',
  '(',
  ')',
  ',',
  ' ',
  '\t',
  '\n',
  'é',
  '日本',
  '😀',
  '\u202e',
];
const words = [
  'select',
  'table',
  'natural',
  'ctid2',
  'user',
  'Order',
  'null',
  'x"; DROP TABLE t; --',
  "'); SELECT 1; --",
  'a'.repeat(63),
];
const names = [
  ...new Set([
    ...words,
    ...parts.flatMap((a) => ['', 'x', '"', "'", ';', '.', '\\', '-', ' y', '\n'].map((b) => `a${a}${b}`)),
  ]),
].slice(0, 200);

test('200 hostile names of columns and tables are quoted', async () => {
  expect(names).toHaveLength(200);
  const chunks = Array.from({ length: 20 }, (_, i) => names.slice(i * 10, i * 10 + 10));
  for (const chunk of chunks) {
    const schema = Object.fromEntries(chunk.map((name) => [name, t.int()]));
    const row = Object.fromEntries(chunk.map((name, i) => [name, i]));
    const table = (chunk[0] ?? '').includes('.') ? 'plain' : (chunk[0] ?? '');
    await load.postgres(session.read.rows([row], { schema }) as never, pool, { table, mode: 'replace' } as never);
    const quoted = `"${table.replaceAll('"', '""')}"`;
    const { rows, fields } = await pool.query(`SELECT * FROM public.${quoted}`);
    expect(fields.map(({ name }) => name)).toEqual(chunk);
    expect(Object.values(rows[0] as object).map(Number)).toEqual(chunk.map((_, i) => i));
    await pool.query(`DROP TABLE public.${quoted}`);
  }
  expect((await pool.query(`SELECT count(*)::int AS n FROM pg_tables WHERE schemaname = 'public'`)).rows).toEqual([
    { n: 0 },
  ]);
});
