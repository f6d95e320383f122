import { afterAll, describe, expect, it } from 'vitest';
import { createSession, fn, postgres, type Readers, t } from '../../src/index.ts';

/* One plan in two dialects, as text: nothing is run, and no database is there. */

const url = 'postgres://nobody@127.0.0.1:1/none';
const embedded = createSession();
const database = createSession({ engine: postgres(url) });
afterAll(async () => {
  await embedded.close();
  await database.close();
});

const sales = (read: Readers) =>
  read.rows([], { schema: { id: t.int(), sku: t.string(), price: t.decimal(10, 2).nullable(), at: t.timestamp() } });

/** The SQL of a frame's plan, without the plan. */
async function sqlOf(frame: { explain(): Promise<string> }): Promise<string> {
  const explained = await frame.explain();
  return explained.slice(explained.lastIndexOf('\n\n') + 2);
}

describe('SQL of one plan', () => {
  const plan = (read: Readers) =>
    sales(read)
      .filter((r) => r.price.gt(1))
      .withColumns((r) => ({ year: r.at.year(), sku: r.sku.lower() }))
      .dedupe({ by: ['sku'], orderBy: [{ desc: 'at' }] })
      .groupBy('sku')
      .agg((r) => ({ n: fn.count(), total: r.price.sum(), first: r.id.first({ orderBy: ['at'] }) }))
      .sort('sku');

  it('DuckDB', async () => {
    expect(await sqlOf(plan(embedded.read))).toMatchInlineSnapshot(`
      "WITH c1 AS NOT MATERIALIZED (SELECT "id", "sku", "price", "at", rowid AS "__millrace_row" FROM scratch."rows"),
      c2 AS NOT MATERIALIZED (SELECT * FROM c1 WHERE ("price" > $1)),
      c3 AS NOT MATERIALIZED (SELECT "id", lower("sku") AS "sku", "price", "at", year("at") AS "year", "__millrace_row" FROM c2),
      c4 AS NOT MATERIALIZED (SELECT * FROM c3 QUALIFY row_number() OVER (PARTITION BY "sku" ORDER BY "at" DESC NULLS LAST, "__millrace_row" ASC NULLS LAST) = 1),
      c5 AS NOT MATERIALIZED (SELECT "sku", count(*) AS "n", (CAST(sum("price") AS DECIMAL(38,2)) + CAST(0 AS DECIMAL(38,2))) AS "total", first("id" ORDER BY "at" ASC NULLS LAST, "__millrace_row" ASC NULLS LAST) AS "first" FROM c4 GROUP BY "sku")
      SELECT "sku", "n", "total", "first" FROM c5 ORDER BY "sku" ASC NULLS LAST, "sku" ASC NULLS LAST, "n" ASC NULLS LAST, "total" ASC NULLS LAST, "first" ASC NULLS LAST;"
    `);
  });

  it('PostgreSQL', async () => {
    expect(await sqlOf(plan(database.read))).toMatchInlineSnapshot(`
      "WITH c1 AS NOT MATERIALIZED (SELECT "id", "sku", "price", "at", __millrace_row AS "__millrace_row" FROM pg_temp."rows"),
      c2 AS NOT MATERIALIZED (SELECT * FROM c1 WHERE ("price" > $1::numeric(1,0))),
      c3 AS NOT MATERIALIZED (SELECT "id", (pg_temp.millrace_lower("sku") COLLATE "C") AS "sku", "price", "at", CAST(floor((extract(year FROM "at" + INTERVAL '4800 years') - 4800)) AS bigint) AS "year", "__millrace_row" FROM c2),
      c4 AS NOT MATERIALIZED (SELECT "id", "sku", "price", "at", "year", "__millrace_row" FROM (SELECT *, row_number() OVER (PARTITION BY "sku" ORDER BY "at" DESC NULLS LAST, "__millrace_row" ASC NULLS LAST) = 1 AS "__millrace_holds" FROM c3) AS held WHERE "__millrace_holds"),
      c5 AS NOT MATERIALIZED (SELECT "sku", count(*) AS "n", CAST(sum("price") AS numeric(38,2)) AS "total", (array_agg("id" ORDER BY "at" ASC NULLS LAST, "__millrace_row" ASC NULLS LAST))[1] AS "first" FROM c4 GROUP BY "sku")
      SELECT "sku", "n", "total", "first" FROM c5 ORDER BY "sku" ASC NULLS LAST, "sku" ASC NULLS LAST, "n" ASC NULLS LAST, "total" ASC NULLS LAST, "first" ASC NULLS LAST;"
    `);
  });
});
