import { expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { startPostgres, withPostgres } from '../../src/testing/index.ts';
import { freshDatabase } from '../support/postgres.ts';

const schema = { id: t.int() };
const frame = read.rows([{ id: 1 }], { schema });

test('a server of its own, which is gone afterwards', async () => {
  const url = await withPostgres(async (url) => {
    await load.postgres(frame, url, { table: 'numbers', mode: 'append' });
    expect(await read.sql(url, 'SELECT id FROM numbers', { schema }).rows()).toEqual([{ id: 1 }]);
    return url;
  });
  await expect(read.sql(url, 'SELECT 1 AS id', { schema }).count()).rejects.toThrow();
});

test('beside a database that is given, one that is dropped', async () => {
  await using given = await freshDatabase();
  const own = await startPostgres({ databaseUrl: given.url });
  await load.postgres(frame, own.url, { table: 'numbers', mode: 'append' });
  await expect(read.sql(given.url, 'SELECT id FROM numbers', { schema }).count()).rejects.toThrow('numbers');
  await own.stop();
  await expect(read.sql(own.url, 'SELECT 1 AS id', { schema }).count()).rejects.toThrow();
});
