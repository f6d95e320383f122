import pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { databaseFindings } from '../../../src/cli/doctor/database.ts';
import { freshDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
const role = `doctor_${process.pid}`;

beforeAll(async () => {
  database = await freshDatabase();
  await execute(`CREATE ROLE ${role} LOGIN PASSWORD 'ge:heim'`);
  await execute('REVOKE CREATE ON SCHEMA public FROM public');
});
afterAll(async () => {
  await execute(`DROP OWNED BY ${role}`);
  await execute(`DROP ROLE ${role}`);
  await database.drop();
});

async function execute(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    await client.query(sql);
  } finally {
    await client.end();
  }
}

function urlOf(change: (url: URL) => void): string {
  const url = new URL(database.url);
  change(url);
  return url.href;
}

const asDoctor = (password: string): string =>
  urlOf((url) => {
    url.username = role;
    url.password = password;
  });

describe('a database', () => {
  test('that is reached, with its version, and whether tables may be made', async () => {
    const findings = await databaseFindings(database.url, 'the url given');
    expect(findings).toMatchObject([
      {
        about: 'database',
        state: 'ok',
        told: expect.stringMatching(/^PostgreSQL \d+.* at postgres:\/\/.* answered in \d+ ms$/),
      },
      {
        about: 'database tables',
        state: 'ok',
        told: expect.stringContaining('may create tables in the schema public'),
      },
    ]);
    expect(JSON.stringify(findings)).not.toContain(new URL(database.url).password || 'no password');
  });

  test('whose user may make no tables', async () => {
    const [, tables] = await databaseFindings(asDoctor('ge%3Aheim'), 'DATABASE_URL');
    expect(tables).toEqual({
      about: 'database tables',
      state: 'warning',
      told: `${role} may not create tables in the schema public`,
      advice: expect.stringContaining(`GRANT CREATE ON SCHEMA public TO ${role}`),
    });
  });

  test('that is read only', async () => {
    await execute(`ALTER ROLE ${role} SET default_transaction_read_only = on`);
    const [, tables] = await databaseFindings(asDoctor('ge%3Aheim'), 'DATABASE_URL');
    expect(tables).toMatchObject({ state: 'warning', told: 'the server is read only' });
  });

  test('that is not there, or refuses the password, which is not shown', async () => {
    const missing = urlOf((url) => {
      url.pathname = '/no_such_database';
    });
    expect(await databaseFindings(missing, 'DATABASE_URL')).toMatchObject([
      {
        state: 'problem',
        told: expect.stringContaining('no_such_database'),
        advice: expect.stringContaining('createdb'),
      },
    ]);
    const [refused] = await databaseFindings(asDoctor('fal%73ch'), 'DATABASE_URL');
    expect(refused).toMatchObject({
      state: 'problem',
      told: expect.stringMatching(/^DATABASE_URL: /),
      advice: expect.stringContaining('password'),
    });
    expect(JSON.stringify(refused)).not.toMatch(/fal(%73|s)ch/);
  });
});
