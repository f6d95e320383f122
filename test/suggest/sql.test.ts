import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { createSession, type SchemaSuggestion, suggestSchema } from '../../src/index.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { evaluate } from '../support/suggested.ts';

const TABLE = `
  CREATE SCHEMA shop;
  CREATE TYPE shop.tier AS ENUM ('bulk', 'it''s retail');
  CREATE TABLE shop.orders (
    id int PRIMARY KEY, ref bigint NOT NULL, total numeric(12, 2) NOT NULL, any_number numeric, tier shop.tier,
    tags text[], note text, sent timestamptz, at timestamp NOT NULL, who uuid, doc jsonb, "Odd Name" date
  );
  INSERT INTO shop.orders VALUES (1, 12345678901234567, 9.50, 1.1, 'bulk', '{a,b}', NULL, now(), now(), gen_random_uuid(), '{}', '2024-02-29');
`;

const DECLARATIONS = {
  id: 't.int()',
  ref: 't.bigint()',
  total: 't.decimal(12, 2)',
  any_number: 't.string().nullable()',
  tier: `t.enum(['bulk', 'it\\'s retail']).nullable()`,
  tags: 't.list(t.string().nullable()).nullable()',
  note: 't.string().nullable()',
  sent: 't.timestamp().nullable()',
  at: 't.timestamp()',
  who: 't.string().nullable()',
  doc: 't.json().nullable()',
  'Odd Name': 't.date().nullable()',
};

const session = createSession({ threads: 1 });
afterAll(() => session.close());

function declarationsOf({ columns }: SchemaSuggestion): Record<string, string> {
  return Object.fromEntries(columns.map((column) => [column.name, column.declaration]));
}

describe('a table of PostgreSQL', () => {
  let url = '';
  let database: TestDatabase | undefined;
  beforeAll(async () => {
    database = await freshDatabase();
    url = database.url;
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await client.query(TABLE);
    await client.end();
  });
  afterAll(() => database?.drop());

  test('by url: its types, what is never null, its enums; the schema reads it', async () => {
    const found = await suggestSchema(url, { table: 'shop.orders' });
    expect(declarationsOf(found)).toEqual(DECLARATIONS);
    const doubts = found.columns.flatMap((column) => column.doubts.map((doubt) => [column.name, doubt.about]));
    expect(doubts).toEqual([
      ['ref', 'identifier'],
      ['any_number', 'number'],
      ['at', 'zone'],
    ]);
    vi.stubEnv('DATABASE_URL', url);
    const { rows } = evaluate(found, session.read);
    vi.unstubAllEnvs();
    expect(await rows?.rows()).toMatchObject([{ id: 1, ref: 12345678901234567n, any_number: '1.1', tier: 'bulk' }]);
    expect(found.source).toContain(
      `read.sql(process.env.DATABASE_URL ?? '', 'SELECT * FROM "shop"."orders"', { schema })`,
    );
  });

  test('npx millrace schema postgres://.. shop.orders; no password is printed', async () => {
    const printed: string[] = [];
    const output = { out: (text: string) => printed.push(text), err: (text: string) => printed.push(text) };
    expect(await runCli(['schema', url, 'shop.orders'], output)).toBe(0);
    expect(printed.join('')).toContain('total: t.decimal(12, 2),');
    expect(printed.join('')).not.toContain(url);
    printed.length = 0;
    expect(await runCli(['schema', url, 'shop.none'], output)).toBe(1);
    expect(printed.join('')).toContain('shop.none');
  });

  test('a table is named without quotes', async () => {
    await expect(suggestSchema(url, { table: 'a.b.c' })).rejects.toMatchObject({ code: 'suggest.table' });
    const odd = suggestSchema(url, { table: 'x"; DROP TABLE shop.orders; --' });
    await expect(odd).rejects.toMatchObject({ code: 'postgres.statement' });
    expect((await suggestSchema(url, { table: 'shop.orders' })).columns.length).toBe(12);
  });
});

test('a table of PGlite', async () => {
  const database = new PGlite();
  await database.exec(TABLE);
  const found = await suggestSchema(database, { table: 'shop.orders' });
  expect(declarationsOf(found)).toEqual(DECLARATIONS);
  expect(evaluate(found, session.read).rows).toBe(undefined);
  await database.close();
});
