import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { queries } from '../../examples/tpch/queries.ts';
import { parquetTables, schemas, type Tables } from '../../examples/tpch/tables.ts';
import { createSession, type DatabaseReaders, type Frame, load, postgres, type Session } from '../../src/index.ts';
import type { AnyCol } from '../../src/schema/columns.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';

/** The questions of TPC-H over tables of a database: asked there, nothing moved, with the answers of the embedded engine. */

let database: TestDatabase;
let session: Session<DatabaseReaders>;
let there: Tables;
const embedded = createSession();
const here = parquetTables(embedded.read, 'fixtures/tpch');

beforeAll(async () => {
  database = await freshDatabase();
  for (const [table, frame] of Object.entries<Frame<AnyCol>>(here as never)) {
    await load.postgres(frame, database.url, { table, mode: 'append' });
  }
  session = createSession({ engine: postgres(database.url) });
  const tables = Object.entries(schemas).map(([name, schema]) => [name, session.read.table(name, { schema })]);
  there = Object.fromEntries(tables) as Tables;
});
afterAll(async () => {
  await session.close();
  await embedded.close();
  await database.drop();
});

type Rows = readonly Readonly<Record<string, unknown>>[];

function told(rows: Rows): unknown[] {
  return rows.map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        typeof value === 'number' ? Number(value.toPrecision(10)) : value,
      ]),
    ),
  );
}

describe('the questions of TPC-H', () => {
  test.each(Object.entries(queries))('%s', async (_, query) => {
    const asked = query(there) as Frame<AnyCol>;
    expect(await asked.explain()).not.toContain('moved');
    const answer = (await (query(here) as Frame<AnyCol>).rows()) as Rows;
    expect(told((await asked.rows()) as Rows)).toEqual(told(answer));
  });
});
