import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createSession, fn, load, postgres, type Session, t } from '../../src/index.ts';
import { HOSTILE_SCHEMA } from '../support/hostile-schema.ts';
import { freshDatabase } from '../support/postgres.ts';

/* Search paths on which another's functions, operators, types and tables stand first, or fit better than the server's. */

const database = await freshDatabase();
const plain = new pg.Pool({ connectionString: database.url, max: 2 });
plain.on('error', () => {});
const pglite = new PGlite();
for (const statement of HOSTILE_SCHEMA) {
  await plain.query(statement);
  await pglite.exec(statement);
}
await pglite.exec('SET search_path = evil, pg_catalog, public');

const withPath = (path: string): string =>
  `${database.url}?options=${encodeURIComponent(`-c search_path=${path.replaceAll(' ', '')}`)}`;
const first = withPath('evil, pg_catalog, public');
const better = withPath('evil, public');

const embedded = createSession({ threads: 2 });
const places: { readonly name: string; readonly target: string | PGlite; readonly session: Session }[] = [
  { name: 'names before the own ones', target: first, session: embedded },
  { name: 'names that fit better', target: better, session: embedded },
  {
    name: 'names before the own ones, from itself',
    target: first,
    session: createSession({ engine: postgres(first) }),
  },
  { name: 'names before those of PGlite', target: pglite, session: embedded },
];

afterAll(async () => {
  for (const { session } of places) await session.close();
  await plain.end();
  await pglite.close();
  await database.drop();
});

const schema = {
  id: t.int(),
  region: t.string(),
  price: t.decimal(8, 2).nullable(),
  at: t.timestamp(),
  extra: t.json(),
};
const table = 'public.items';
const key = 'id';

test('the schema is hostile', async () => {
  for (const url of [first, better]) {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    await expect(client.query("SELECT pg_catalog.concat() OPERATOR(pg_catalog.||) count('a'::text)")).rejects.toThrow();
    await client.end();
  }
});

type Place = (typeof places)[number];

function on({ target, session }: Place) {
  const items = (...ids: readonly number[]) =>
    session.read.rows(
      ids.map((id) => ({ id, region: `r${id % 2}`, price: '1.50', at: '2024-05-01T00:00:00Z', extra: { id } })),
      { schema },
    );
  const run = async (sql: string): Promise<unknown[][]> => {
    const { rows } =
      target instanceof PGlite
        ? await target.query<unknown[]>(sql, [], { rowMode: 'array' })
        : await plain.query({ text: sql, rowMode: 'array' });
    return rows as unknown[][];
  };
  const stored = () =>
    run('SELECT id::pg_catalog.int4, region FROM public.items AS i ORDER BY i.id USING OPERATOR(pg_catalog.<), region');
  const cleared = async () => {
    await run('DROP TABLE IF EXISTS public.items, public.rejected, public.millrace_loads');
    await run('DROP TABLE IF EXISTS evil.items, evil.millrace_loads');
  };
  return { items, run, stored, cleared };
}

describe.each(places)('$name', (place) => {
  const { target } = place;
  const { items, run, stored, cleared } = on(place);
  beforeEach(cleared);

  test('each mode loads what it loads elsewhere', async () => {
    await run('CREATE TABLE evil.items (nothing integer); ');
    const create = { primaryKey: key, indexes: ['region'], comment: "it's", comments: { id: 'which' } } as const;
    const named = { table, mode: 'append', create, loadId: 'one' } as const;
    await load.postgres(items(1, 2), target, named);
    expect((await load.postgres(items(1, 2), target, named)).alreadyLoaded).toBe(true);
    expect(await run('SELECT table_name FROM public.millrace_loads')).toEqual([['"public"."items"']]);
    await load.postgres(items(2, 3), target, { table, mode: 'insert-new', key });
    await load.postgres(items(3, 4), target, { table, mode: 'upsert', key, concurrent: 'refuse' });
    expect((await stored()).map(([id]) => id)).toEqual([1, 2, 3, 4]);
    await load.postgres(items(1, 3, 5), target, {
      table,
      mode: 'replace-where',
      where: (r) => r.region.eq('r1').and(r.price.gt('1')).and(r.at.lt(new Date())),
      expect: { satisfies: { 'has an id': (r) => r.id.gt(0) }, rowCount: { min: 5, max: 5 } },
    });
    expect((await stored()).map(([id]) => id)).toEqual([1, 2, 3, 4, 5]);
    await load.postgres(items(5, 6), target, { table, mode: 'sync', key });
    expect(await stored()).toEqual([
      [5, 'r1'],
      [6, 'r0'],
    ]);
    await load.postgres(items(7), target, { table, mode: 'replace' });
    expect(await stored()).toEqual([[7, 'r1']]);
    expect(await run('SELECT pg_catalog.count(*)::pg_catalog.int4 FROM evil.items')).toEqual([[0]]);
  });
});

// A plan's own SQL, which a session in the database runs there, calls functions that take values of any type.
describe.each(places.filter(({ session }) => session === embedded))('$name, from elsewhere', (place) => {
  const { target, session } = place;
  const { items, run, stored, cleared } = on(place);
  beforeEach(cleared);

  test('history, schema contracts and rejected rows', async () => {
    const history = { table, mode: 'scd2', key } as const;
    await load.postgres(items(1, 2), target, { ...history, validFrom: new Date('2024-01-01') });
    const changed = items(1).withColumns(() => ({ region: fn.lit('other') }));
    await load.postgres(changed, target, { ...history, gone: 'close', loadId: 'two' });
    expect(await stored()).toEqual([
      [1, 'other'],
      [1, 'r1'],
      [2, 'r0'],
    ]);
    const columns = 'id pg_catalog.int2 PRIMARY KEY, region varchar(2)';
    await run(`DROP TABLE public.items`);
    await run(`CREATE TABLE public.items (${columns})`);
    await load.postgres(items(70_000), target, { table, mode: 'upsert', key, schemaContract: 'evolve' });
    expect(await stored()).toEqual([[70_000, 'r0']]);
    await run(`DROP TABLE public.items`);
    await run(`CREATE TABLE public.items (${columns}, price numeric, at timestamp, extra pg_catalog.jsonb)`);
    const report = await load.postgres(items(1, 70_000), target, {
      table,
      mode: 'upsert',
      key,
      schemaContract: 'quarantine',
      quarantineTable: 'public.rejected',
    });
    expect(report.rows).toMatchObject({ quarantined: 1, written: 1 });
  });

  test('a query reads what it reads elsewhere', async () => {
    await load.postgres(items(1, 2), target, { table, mode: 'append' });
    const read = { id: t.int(), region: t.string(), price: t.decimal(8, 2), at: t.timestamp(), extra: t.json() };
    const all = session.read.sql(target, 'SELECT * FROM public.items', { schema: read }).sort('id');
    expect((await all.rows()).map(({ id, extra }) => [id, extra])).toEqual([
      [1, { id: 1 }],
      [2, { id: 2 }],
    ]);
    const wide = await session.read.sql(
      target,
      'SELECT id, region FROM public.items WHERE id OPERATOR(pg_catalog.>) $1',
      {
        schema: { id: t.int(), region: t.string() },
        values: [1],
      },
    );
    expect(await wide.rows()).toEqual([{ id: 2, region: 'r0' }]);
  });
});

test('a name without a schema is the first of the search path that has it, and stays that', async () => {
  await plain.query('CREATE SCHEMA tenant; CREATE SCHEMA other');
  await plain.query('CREATE TABLE other.sold (id bigint PRIMARY KEY)');
  const target = withPath('tenant, other, public');
  const sold = embedded.read.rows([{ id: 1 }], { schema: { id: t.int() } });
  const options = { mode: 'upsert', key: 'id', loadId: 'a' } as const;
  await load.postgres(sold, target, { ...options, table: 'sold' });
  await load.postgres(sold, target, { ...options, table: 'made' });
  const { rows } = await plain.query(
    `SELECT schemaname || '.' || relname AS name, n_live_tup >= 0 AS there FROM pg_stat_user_tables
     WHERE schemaname IN ('tenant', 'other') ORDER BY 1`,
  );
  expect(rows.map(({ name }) => name)).toEqual([
    'other.millrace_loads',
    'other.sold',
    'tenant.made',
    'tenant.millrace_loads',
  ]);
  expect((await plain.query('SELECT count(*)::int AS n FROM other.sold')).rows).toEqual([{ n: 1 }]);
});

test("keys are matched by the operator of the key's own index, wherever it stands", async () => {
  await plain.query('CREATE SCHEMA extensions; CREATE EXTENSION citext SCHEMA extensions');
  await plain.query('CREATE TABLE public.people (name extensions.citext PRIMARY KEY, n bigint)');
  await plain.query(`INSERT INTO public.people VALUES ('Ada', 1)`);
  const people = embedded.read.rows([{ name: 'ADA', n: 2 }], { schema: { name: t.string(), n: t.int() } });
  const report = await load.postgres(people, better, { table: 'public.people', mode: 'sync', key: 'name' });
  expect(report.changes).toMatchObject({ inserted: 0, updated: 1, deleted: 0 });
  expect((await plain.query('SELECT name::text, n::int FROM public.people')).rows).toEqual([{ name: 'Ada', n: 2 }]);
});
