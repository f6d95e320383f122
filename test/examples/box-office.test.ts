import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { read } from '../../src/index.ts';
import { freshDatabase } from '../support/postgres.ts';

const DEMO = path.resolve('examples/box-office/main.ts');
const COUNTS = `SELECT count(*)::int AS films, count(DISTINCT (title, released))::int AS keys,
  count(predicted_revenue)::int AS predicted, (SELECT count(*)::int FROM films_rejected) AS rejected FROM films`;

interface Run {
  readonly code: number;
  readonly output: string;
  readonly errors: string;
}

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'millrace-demo-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Runs the demo as `npm run demo` does. */
function demo(databaseUrl = ''): Promise<Run> {
  const env = { ...process.env, MILLRACE_WAREHOUSE: folder, DATABASE_URL: databaseUrl };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, ['--import', 'tsx', DEMO], { env }, (_, output, errors) =>
      resolve({ code: child.exitCode ?? -1, output, errors }),
    );
  });
}

describe('the demo', { timeout: 120_000 }, () => {
  it('cleans, loads, learns and tells', async () => {
    const { code, output, errors } = await demo();
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/rows in +3,201 +13 pages of an API that said "not now" 2 times/);
    expect(output).toMatch(/quarantined +11 +7 x worldwide_gross is null/);
    expect(output).toMatch(/filtered +47/);
    expect(output).toMatch(/postgres +3,143/);
    expect(output).toMatch(/parquet +3,143/);
    const [r2 = 0, rmse = 0, baseline = 0] = [/r2 +([\d.]+)/, /rmse +([\d.]+)/, /rmse .*mean: ([\d.]+)/].map((found) =>
      Number(found.exec(output)?.[1]),
    );
    expect(r2).toBeGreaterThan(0.5);
    expect(rmse).toBeLessThan(baseline * 0.75);
    expect(output.match(/ made +\$.*expected +\$/g)).toHaveLength(5);
    const svg = await readFile(path.join(folder, 'predicted-against-actual.svg'), 'utf8');
    expect(svg.match(/<circle[^>]*><title>/g)?.length).toBeGreaterThan(300);
    await expect(counts()).resolves.toEqual({ films: 3143, keys: 3143, predicted: 1825, rejected: 11 });
    await expect(lake()).resolves.toBe(3143);
  });

  it('loads nothing twice', async () => {
    const { code, output, errors } = await demo();
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/postgres +0 +already loaded: these 3,143 films/);
    await expect(counts()).resolves.toEqual({ films: 3143, keys: 3143, predicted: 1825, rejected: 11 });
    await expect(lake()).resolves.toBe(3143);
  });

  it('loads to the server of DATABASE_URL', async () => {
    await using database = await freshDatabase();
    const { code, output, errors } = await demo(database.url);
    expect({ code, errors }).toEqual({ code: 0, errors: '' });
    expect(output).toMatch(/postgres +3,143/);
    expect(output).toContain(`PostgreSQL at ${new URL(database.url).host}/${database.name}`);
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    const { rows } = await client.query(COUNTS).finally(() => client.end());
    expect(rows).toEqual([{ films: 3143, keys: 3143, predicted: 1825, rejected: 11 }]);
  });

  it('says what went wrong and fails', async () => {
    const { code, errors } = await demo('postgres://nobody:hidden@127.0.0.1:1/nowhere');
    expect(code).toBe(1);
    expect(errors).toContain('The demo stopped: ');
    expect(errors).toContain('127.0.0.1:1');
    expect(errors).not.toContain('hidden');
    expect(errors).not.toContain('    at ');
  });
});

/** What the embedded database holds. */
async function counts(): Promise<unknown> {
  const database = await PGlite.create(path.join(folder, 'postgres'));
  try {
    return (await database.query(COUNTS)).rows[0];
  } finally {
    await database.close();
  }
}

/** How many films the Parquet files hold. */
async function lake(): Promise<number> {
  const films = await read.parquet(path.join(folder, 'films', '**', '*.parquet'));
  return films.count();
}
