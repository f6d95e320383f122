import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import pg from 'pg';
import { from } from 'pg-copy-streams';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSession, fn, load, t } from '../../../src/index.ts';
import { dataFolder } from '../../support/data.ts';
import { freshDatabase } from '../../support/postgres.ts';

const folder = dataFolder();

interface Answer {
  readonly id: string;
  readonly expected: readonly Record<string, unknown>[];
}

describe.skipIf(folder === undefined)('the music shop Chinook', async () => {
  const database = await freshDatabase();
  const pglite = new PGlite();
  const session = createSession();
  const { read } = session;

  const file = (name: string): string => readFileSync(join(folder ?? '', 'postgres', name), 'utf8');
  const answer = (id: string): readonly Record<string, unknown>[] =>
    (JSON.parse(file('chinook-answers.json')) as Answer[]).find((a) => a.id === `chinook.${id}`)?.expected ?? [];

  beforeAll(async () => {
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    // A dump is statements, and rows that follow a COPY up to a line of a backslash and a point.
    for (const part of file('chinook.sql').split(/^\\\.\n/m)) {
      const [sql = '', copy = '', rows = ''] = part.split(/^(COPY .* FROM stdin);\n/m);
      await client.query(sql);
      if (copy === '') continue;
      await new Promise((resolve, reject) => {
        const stream = client.query(from(copy));
        stream.on('finish', resolve).on('error', reject);
        stream.end(rows);
      });
    }
    await client.end();
  });
  afterAll(async () => {
    await session.close();
    await pglite.close();
    await database.drop();
  });

  const invoices = read.sql(database.url, 'TABLE public."Invoice"', {
    schema: {
      id: t.int().from('InvoiceId'),
      customer: t.int().from('CustomerId'),
      at: t.timestamp().from('InvoiceDate'),
      country: t.string().from('BillingCountry'),
      total: t.decimal(10, 2).from('Total'),
    },
  });

  test('revenue by country', async () => {
    const rows = await invoices
      .groupBy('country')
      .agg((r) => ({ invoices: fn.count(), customers: r.customer.countDistinct(), revenue: r.total.sum() }))
      .sort({ desc: 'revenue' }, 'country')
      .rows();
    expect(rows.map((row) => ({ ...row, revenue: Number(row.revenue) }))).toEqual(answer('revenue_by_country'));
  });

  test('units and revenue by genre, those without sales among them', async () => {
    const genres = read.sql(database.url, 'SELECT "GenreId" AS id, "Name" AS genre FROM public."Genre"', {
      schema: { id: t.int(), genre: t.string() },
    });
    const tracks = read.sql(database.url, 'SELECT "TrackId" AS track, "GenreId" AS genre_id FROM public."Track"', {
      schema: { track: t.int(), genre_id: t.int() },
    });
    const lines = read.sql(database.url, 'SELECT * FROM public."InvoiceLine"', {
      schema: {
        track: t.int().from('TrackId'),
        price: t.decimal(10, 2).from('UnitPrice'),
        quantity: t.int().from('Quantity'),
      },
    });
    const rows = await genres
      .join(tracks, { on: [{ id: 'genre_id' }], how: 'left' })
      .join(lines, { on: ['track'], how: 'left' })
      .withColumns((r) => ({ revenue: r.price.mul(r.quantity) }))
      .groupBy('genre')
      .agg((r) => ({ units: r.quantity.sum(), revenue: r.revenue.sum() }))
      .fillNulls({ units: 0, revenue: 0 })
      .sort({ desc: 'revenue' }, 'genre')
      .rows();
    expect(rows.map((row) => ({ ...row, revenue: Number(row.revenue) }))).toEqual(answer('top_tracks_genre'));
    expect(await tracks.join(lines, { on: ['track'], how: 'anti' }).count()).toBe(answer('tracks_never_sold')[0]?.n);
  });

  test('revenue by month, and nulls, with the types of the server', async () => {
    const customers = await read.sql(database.url, 'SELECT "Company", "State", "Fax" FROM public."Customer"');
    const [nulls] = await customers
      .groupBy()
      .agg((r) => ({
        n: fn.count(),
        company: r.col('Company').count(),
        state: r.col('State').count(),
        fax: r.col('Fax').count(),
      }))
      .rows();
    const [expected] = answer('nulls');
    expect(nulls).toEqual({
      n: expected?.n,
      company: Number(expected?.n) - Number(expected?.no_company),
      state: Number(expected?.n) - Number(expected?.no_state),
      fax: Number(expected?.n) - Number(expected?.no_fax),
    });
    const months = await invoices
      .withColumns((r) => ({ year: r.at.year(), month: r.at.month() }))
      .groupBy('year', 'month')
      .agg((r) => ({ revenue: r.total.sum() }))
      .sort('year', 'month')
      .rows();
    const told = months.map((row) => ({
      ym: `${row.year}-${String(row.month).padStart(2, '0')}`,
      revenue: Number(row.revenue),
    }));
    expect(told).toEqual(answer('revenue_by_month').map(({ ym, revenue }) => ({ ym, revenue })));
  });

  test('every table goes to PGlite and comes back equal', async () => {
    const tables = await (
      await read.sql(
        database.url,
        `SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace`,
      )
    ).rows();
    expect(tables).toHaveLength(11);
    for (const table of tables) {
      const name = String(table.name);
      const frame = await read.sql(database.url, `SELECT * FROM public."${name}" ORDER BY 1, 2`, { ordered: true });
      const report = await load.postgres(frame, pglite, { table: name, mode: 'append' });
      const back = await read.sql(pglite, `SELECT * FROM "${name}" ORDER BY 1, 2`, { ordered: true });
      expect(report.rows.written).toBeGreaterThan(0);
      expect(await back.rows()).toEqual(await frame.rows());
    }
  });
});
