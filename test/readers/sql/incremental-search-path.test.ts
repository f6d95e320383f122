import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, load, type StateTable, t } from '../../../src/index.ts';
import { failure } from '../../support/failure.ts';
import { freshDatabase } from '../../support/postgres.ts';

/* Another search path must not lose what is written beside the tables: the states of readings, and the names of loads. */

const database = await freshDatabase();
const session = createSession({ threads: 2 });
const admin = new pg.Pool({ connectionString: database.url, max: 2 });
const withPath = (path: string): string => `${database.url}?options=${encodeURIComponent(`-c search_path=${path}`)}`;
const pools = new Map(
  ['etl', 'public', 'public,etl', 'none'].map((path) => [
    path,
    new pg.Pool({ connectionString: withPath(path), max: 2 }),
  ]),
);
const pglite = new PGlite();
afterAll(async () => {
  await session.close();
  for (const pool of [admin, ...pools.values()]) await pool.end();
  await pglite.close();
  await database.drop();
});

const places = [
  {
    name: 'a Pool',
    run: async (sql: string) => (await admin.query(sql)).rows as Record<string, unknown>[],
    by: async (path: string) => pools.get(path) as pg.Pool,
  },
  {
    name: 'a PGlite',
    run: async (sql: string) => (await pglite.query(sql)).rows as Record<string, unknown>[],
    by: async (path: string) => {
      await pglite.exec(`SET search_path = ${path}`);
      return pglite;
    },
  },
];

const schema = { id: t.int() };

describe.each(places)('$name', ({ run, by }) => {
  beforeEach(async () => {
    await run('DROP SCHEMA IF EXISTS etl CASCADE');
    await run('DROP SCHEMA public CASCADE');
    await run('CREATE SCHEMA public');
    await run('CREATE SCHEMA etl');
    await run('CREATE TABLE public.orders AS SELECT generate_series(1, 3) AS id');
    await run('CREATE TABLE public.copied (id bigint)');
  });

  const copied = async () => (await run('SELECT id::int FROM public.copied ORDER BY id')).map(({ id }) => id);
  const states = async () =>
    (
      await run(
        `SELECT n.nspname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE relname = 'millrace_state'`,
      )
    ).map(({ nspname }) => nspname);
  const next = async (path: string, at?: string, name = 'orders') => {
    const connection = await by(path);
    const state: typeof connection | StateTable = at === undefined ? connection : { database: connection, schema: at };
    const orders = session.read.sql(connection, 'SELECT id FROM public.orders', {
      schema,
      incremental: { name, cursor: 'id', start: 1, key: 'id', state },
    });
    return load.postgres(orders, connection, { table: 'public.copied', mode: 'append' });
  };

  test('a state that stands elsewhere is not passed over, and a schema says which is meant', async () => {
    expect((await next('etl')).incremental).toMatchObject([{ rows: 3, saved: 'with the load' }]);
    expect(await states()).toEqual(['etl']);
    await run('INSERT INTO public.orders VALUES (4)');
    const error = await failure(next('public'));
    expect([error.code, error.details]).toEqual([
      'incremental.state_elsewhere',
      { name: 'orders', schemas: ['etl'], searched: 'public' },
    ]);
    expect(error.message).toContain('schema: "etl" } to read on');
    expect(await copied()).toEqual([1, 2, 3]);
    // On the path, or said.
    expect((await next('public,etl')).incremental).toMatchObject([{ rows: 1 }]);
    await run('INSERT INTO public.orders VALUES (5)');
    expect((await next('public', 'etl')).incremental).toMatchObject([{ rows: 1, saved: 'with the load' }]);
    expect([await copied(), await states()]).toEqual([[1, 2, 3, 4, 5], ['etl']]);
    // A beginning that is meant.
    expect((await next('etl', 'public')).incremental).toMatchObject([{ rows: 5 }]);
    expect((await states()).sort()).toEqual(['etl', 'public']);
    expect((await next('etl')).incremental).toMatchObject([{ rows: 0 }]);
    expect((await next('public')).incremental).toMatchObject([{ rows: 0 }]);
  });

  test('states of other names, and tables that are none, are nobody else’s', async () => {
    await next('etl', undefined, 'others');
    await run('CREATE SCHEMA IF NOT EXISTS odd');
    await run('CREATE TABLE IF NOT EXISTS odd.millrace_state (name text)');
    expect((await next('public')).incremental).toMatchObject([{ rows: 3 }]);
    await run('DROP SCHEMA odd CASCADE');
  });

  test('is saved where it was looked for, whatever the path is by then', async () => {
    const connection = await by('public');
    const orders = session.read.sql(connection, 'SELECT id FROM public.orders', {
      schema,
      incremental: { name: 'orders', cursor: 'id', start: 1, key: 'id', state: connection },
    });
    expect(await orders.count()).toBe(3);
    await run(
      `CREATE TABLE etl.millrace_state (name text PRIMARY KEY, state jsonb NOT NULL, saved_at timestamptz NOT NULL)`,
    );
    if (connection instanceof PGlite) await connection.exec('SET search_path = etl, public');
    await load.postgres(orders, connection, { table: 'public.copied', mode: 'append' });
    expect(await run('SELECT name FROM public.millrace_state')).toEqual([{ name: 'orders' }]);
    expect(await run('SELECT name FROM etl.millrace_state')).toEqual([]);
  });

  test('a path that leads nowhere, a schema that is not there, and a state that is none', async () => {
    expect((await failure(next('none'))).message).toContain('Say state: { database, schema }');
    expect((await failure(next('public', 'missing'))).code).toMatch(/^postgres\./);
    expect(await copied()).toEqual([]);
    const connection = await by('public');
    const read = (state: unknown) => () =>
      session.read.sql(connection, 'SELECT id FROM public.orders', {
        schema,
        incremental: { name: 'orders', cursor: 'id', start: 1, state: state as string },
      });
    for (const state of [{ database: connection }, { database: 'x', schema: 'etl' }, { schema: 'etl' }, null])
      expect(read(state)).toThrow(/state says where the cursor is kept/);
  });

  test('a load’s name is known beside its table, by whichever path that was found', async () => {
    const frame = session.read.rows([{ id: 9 }], { schema });
    const once = async (path: string, table: string) =>
      (await load.postgres(frame, await by(path), { table, mode: 'append', loadId: 'may' })).alreadyLoaded;
    await run('CREATE TABLE etl.sales (id bigint)');
    expect(await once('public', 'etl.sales')).toBe(false);
    expect(await once('etl', 'sales')).toBe(true);
    expect(await once('public,etl', 'sales')).toBe(true);
    expect(await once('none', 'etl.sales')).toBe(true);
    expect(await run('SELECT count(*)::int AS n FROM etl.sales')).toEqual([{ n: 1 }]);
    // Another table of the name is another.
    expect(await once('public', 'public.sales')).toBe(false);
  });
});
