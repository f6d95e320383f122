import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import knex, { type Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, load, t } from '../../../src/index.ts';
import { startMariadb, type TestMariadb } from '../../support/mariadb.ts';
import { installedMariadb } from '../../support/mariadb-installed.ts';

const require = createRequire(import.meta.url);
// A driver with the interface of better-sqlite3, prebuilt.
const BetterSqlite = require('knex/lib/dialects/better-sqlite3') as typeof Knex.Client;
class Libsql extends BetterSqlite {
  _driver(): unknown {
    return require('libsql');
  }
}

const folder = mkdtempSync(join(tmpdir(), 'millrace-incremental-'));
const session = createSession({ threads: 2 });
const log = { warn() {}, error() {} };
const hasMysql = installedMariadb() !== undefined;
let server: TestMariadb | undefined;
let mysql: Knex;
let sqlite: Knex;

beforeAll(async () => {
  if (hasMysql) {
    server = await startMariadb();
    mysql = knex({ client: 'mysql2', log, connection: server.connection, pool: { min: 0, max: 2 } });
  }
  sqlite = knex({
    client: Libsql,
    connection: { filename: join(folder, 'shop.db') },
    useNullAsDefault: true,
  });
});
afterAll(async () => {
  await session.close();
  await mysql?.destroy();
  await sqlite?.destroy();
  await server?.[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

const berlin = t.timestamp({ timeZone: 'Europe/Berlin' });

/** Values: one far below the start, one just below it, one at it, and one after it. */
const cursors = [
  { type: 'INTEGER', column: t.int(), values: [-10, 1, 2, 10], start: 2, to: '10' },
  { type: 'BIGINT', column: t.bigint(), values: [-10, 1, 2, 9007199254740993n], start: 2, to: '9007199254740993' },
  { type: 'DECIMAL(12, 2)', column: t.decimal(12, 2), values: [-10, 0.1, 0.2, 10.05], start: '0.2', to: '10.05' },
  {
    type: 'DATE',
    column: t.date(),
    values: ['2023-01-01', '2023-12-31', '2024-01-01', '2024-03-01'],
    start: '2024-01-01',
    to: '2024-03-01',
  },
  {
    type: 'DATETIME',
    column: t.timestamp(),
    values: ['2023-01-01 00:00:00', '2024-01-01 09:59:59', '2024-01-01 10:00:00', '2024-03-01 00:00:00'],
    start: '2024-01-01T10:00:00Z',
    to: '2024-03-01T00:00:00.000000Z',
  },
  {
    type: 'DATETIME',
    column: berlin,
    values: ['2023-01-01 00:00:00', '2024-01-01 10:59:59', '2024-01-01 11:00:00', '2024-07-01 00:00:00'],
    start: '2024-01-01T10:00:00Z',
    to: '2024-06-30T22:00:00.000000Z',
  },
  { type: 'VARCHAR(9)', column: t.string(), values: ['A', 'Ä', 'ä', '😀'], start: 'ß', to: '😀' },
] as const;

describe.each([...(hasMysql ? [{ name: 'MySQL', shop: () => mysql }] : []), { name: 'SQLite', shop: () => sqlite }])(
  '$name',
  ({ name, shop }) => {
    test.each(cursors)('a cursor that is $type, from $start', async ({ type, column, values, start, to }) => {
      const at = cursors.findIndex((one) => one.values === values);
      const db = shop();
      await db.raw('DROP TABLE IF EXISTS events');
      const charset = name === 'MySQL' ? ' CHARACTER SET utf8mb4' : '';
      await db.raw(`CREATE TABLE events (id INTEGER, at ${type}, what VARCHAR(9))${charset}`);
      // Were the first one sent, it would be a bad row.
      const add = (id: number, value: unknown, what: string | null): Promise<unknown> =>
        db.raw('INSERT INTO events VALUES (?, ?, ?)', [
          id,
          typeof value === 'bigint' ? String(value) : (value as string),
          what,
        ]);
      for (const [i, value] of values.entries()) await add(i, value, i === 0 ? null : 'event');
      const events = session.read.sql(db, 'SELECT * FROM events WHERE id >= ?', {
        schema: { id: t.int(), at: column, what: t.string() },
        values: [0],
        incremental: { name: 'events', cursor: 'at', start, key: 'id', state: join(folder, `${name}-${at}.json`) },
      });
      const out = join(folder, 'out.json');
      const ids = (): number[] => (JSON.parse(readFileSync(out, 'utf8')) as { id: number }[]).map(({ id }) => id);
      const first = await load.json(events.sort('id'), out, { mode: 'replace' });
      expect(ids()).toEqual([2, 3]);
      expect(first.incremental?.[0]?.to).toBe(to);

      await add(7, values[3], 'event');
      await add(8, values[2], 'event');
      await events.refresh();
      const second = await load.json(events, out, { mode: 'replace' });
      expect(ids()).toEqual([7]);
      expect(second.incremental).toEqual([
        { name: 'events', from: to, to, rows: 1, removed: 1, saved: 'after the load' },
      ]);
    });
  },
);
