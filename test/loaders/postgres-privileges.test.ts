import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { load, read, t } from '../../src/index.ts';
import { failureOf } from '../support/loads.ts';
import { freshDatabase } from '../support/postgres.ts';

/* What a role must be granted for each mode: with exactly that it loads, without any part of it, it is told so. */

const database = await freshDatabase();
const admin = new pg.Pool({ connectionString: database.url, max: 2 });
admin.on('error', () => {});
const role = `loader_${database.name.slice(-12)}`;
await admin.query(`CREATE ROLE ${role} LOGIN PASSWORD 'secret'`);
await admin.query(`REVOKE ALL ON DATABASE "${database.name}" FROM PUBLIC; REVOKE ALL ON SCHEMA public FROM PUBLIC`);
await admin.query(`GRANT CONNECT ON DATABASE "${database.name}" TO ${role}; CREATE SCHEMA shop`);
const url = new URL(database.url);
url.username = role;
url.password = 'secret';
afterAll(async () => {
  await admin.query(`DROP OWNED BY ${role}; DROP ROLE ${role}`).catch(() => {});
  await admin.end();
  await database.drop();
});

const schema = { id: t.int(), day: t.date(), n: t.int() };
const rows = (n: number) =>
  read.rows(
    [
      { id: 1, day: '2024-05-01', n },
      { id: n + 2, day: '2024-05-01', n },
    ],
    { schema },
  );

const SCHEMA = 'USAGE ON SCHEMA shop';
const TEMP = `TEMP ON DATABASE "${database.name}"`;
const on = (...rights: readonly string[]) => rights.map((right) => `${right} ON shop.items`);
const ledger = ['SELECT', 'INSERT', 'UPDATE'].map((right) => `${right} ON shop.millrace_loads`);
const HISTORY = 'id bigint, day date, n bigint, valid_from timestamptz, valid_to timestamptz, is_current boolean';

const MODES: readonly (readonly [name: string, options: object, grants: readonly string[]])[] = [
  ['append', { mode: 'append' }, [SCHEMA, ...on('INSERT')]],
  ['append with a loadId', { mode: 'append', loadId: 'a' }, [SCHEMA, ...on('INSERT'), ...ledger]],
  ['replace', { mode: 'replace' }, [SCHEMA, ...on('INSERT', 'TRUNCATE')]],
  [
    'replace-where',
    { mode: 'replace-where', where: (r: { day: { eq(d: string): unknown } }) => r.day.eq('2024-05-01') },
    [SCHEMA, TEMP, ...on('SELECT', 'INSERT', 'DELETE')],
  ],
  ['insert-new', { mode: 'insert-new', key: 'id' }, [SCHEMA, TEMP, ...on('SELECT', 'INSERT')]],
  ['upsert', { mode: 'upsert', key: 'id' }, [SCHEMA, TEMP, ...on('SELECT', 'INSERT', 'UPDATE')]],
  ['sync', { mode: 'sync', key: 'id' }, [SCHEMA, TEMP, ...on('SELECT', 'INSERT', 'UPDATE', 'DELETE')]],
  ['scd2', { mode: 'scd2', key: 'id' }, [SCHEMA, TEMP, ...on('SELECT', 'INSERT', 'UPDATE')]],
  ['append into a table that is made', { mode: 'append', table: 'shop.made' }, [SCHEMA, 'CREATE ON SCHEMA shop']],
];

/** Tables with rows, and a role that has these rights and no others. */
async function grant(name: string, grants: readonly string[]): Promise<void> {
  await admin.query(`DROP OWNED BY ${role}; GRANT CONNECT ON DATABASE "${database.name}" TO ${role}`);
  await admin.query('DROP TABLE IF EXISTS shop.items, shop.made, shop.millrace_loads');
  const columns = name === 'scd2' ? HISTORY : 'id bigint PRIMARY KEY, day date, n bigint';
  await admin.query(`CREATE TABLE shop.items (${columns})`);
  if (name === 'scd2') {
    await admin.query(
      'CREATE UNIQUE INDEX ON shop.items (id, valid_from); CREATE UNIQUE INDEX ON shop.items (id) WHERE is_current',
    );
  }
  const seeded = name.startsWith('append') ? [] : rows(5);
  if (!Array.isArray(seeded)) {
    const seed = name === 'scd2' ? { mode: 'scd2', key: 'id' } : { mode: 'append' };
    await load.postgres(seeded, database.url, { table: 'shop.items', ...seed } as never);
  }
  if (name.includes('loadId')) {
    const before = { table: 'shop.items', mode: 'append', loadId: 'before' } as const;
    await load.postgres(
      rows(50).filter((r) => r.id.gt(10)),
      database.url,
      before,
    );
  }
  for (const right of grants) await admin.query(`GRANT ${right} TO ${role}`);
}

test.each(MODES)('%s', async (name, options, grants) => {
  const loaded = (n: number) => load.postgres(rows(n), url.href, { table: 'shop.items', ...options } as never);
  await grant(name, grants);
  expect((await loaded(7)).rows.written).toBeGreaterThan(0);
  for (const right of grants) {
    await grant(
      name,
      grants.filter((other) => other !== right),
    );
    const error = await failureOf(loaded(7));
    expect([right, error.code, error.retryable]).toEqual([right, 'postgres.permission', false]);
    expect(error.message, right).toMatch(/^load\.postgres: PostgreSQL refused: permission denied/);
  }
});
