import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, load, postgres, read, t } from '../../src/index.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';

let database: TestDatabase;
const told: unknown[] = [];
const hear = (load: unknown): void => {
  told.push(load);
};

beforeAll(async () => {
  database = await freshDatabase();
  subscribe('millrace:load', hear);
});
afterAll(async () => {
  unsubscribe('millrace:load', hear);
  await database.drop();
});

test('loads into a table are told, from here and within the database', async () => {
  const schema = { n: t.int() };
  await load.postgres(read.rows([{ n: 1 }, { n: 2 }], { schema }), database.url, {
    table: 'public.sales',
    mode: 'append',
  });
  await using session = createSession({ engine: postgres(database.url) });
  const stored = session.read.table('sales', { schema: { n: t.int().nullable() } });
  await load.postgres(stored, database.url, { table: 'copied', mode: 'append' });
  expect(told).toMatchObject([
    { target: 'public.sales', rows: { read: 2, written: 2 } },
    { target: 'copied', rows: { read: 2, written: 2 } },
  ]);
});
