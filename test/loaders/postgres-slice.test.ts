import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { type Cols, type Frame, type FrameOf, load, t } from '../../src/index.ts';
import { failureOf, loadPlaces } from '../support/loads.ts';

/* The mode replace-where. */

const { places, pool, close } = await loadPlaces();
afterAll(close);

const schema = {
  day: t.date(),
  shop: t.string().nullable(),
  at: t.timestamp(),
  price: t.decimal(8, 2),
  ratio: t.float(),
};
type Row = FrameOf<typeof schema> extends Frame<infer C> ? Cols<C> : never;
type Given = { readonly day: string; readonly shop?: string | null; readonly at?: string; readonly price?: string };

describe.each(places)('$name', ({ target, session, rows }) => {
  const sales = (...given: readonly Given[]) =>
    session.read.rows(
      given.map((row) => ({ shop: 'north', at: `${row.day}T12:00:00Z`, price: '1.00', ratio: 0.5, ...row })),
      { schema },
    );
  const stored = async () =>
    (await rows('SELECT day::text, shop, price::text FROM sales ORDER BY 1, 2, 3')).map((row) => row.join(' '));

  beforeEach(async () => {
    await rows('DROP TABLE IF EXISTS sales, pointing, millrace_loads CASCADE');
    const before = sales(
      { day: '2024-01-01' },
      { day: '2024-01-02' },
      { day: '2024-01-02', shop: null },
      { day: '2024-01-03' },
    );
    await load.postgres(before, target, { table: 'sales', mode: 'append' });
  });

  test('replaces the rows of the slice and no others', async () => {
    const day = sales({ day: '2024-01-02', price: '7.00' });
    const report = await load.postgres(day, target, {
      table: 'sales',
      mode: 'replace-where',
      where: (r) => r.day.eq('2024-01-02'),
      loadId: 'second of January',
    });
    expect(report.rows).toEqual({ read: 1, filtered: 0, quarantined: 0, written: 1 });
    expect(report.changes).toEqual({ inserted: 1, updated: 0, closed: 0, deleted: 2, unchanged: 0 });
    expect(await stored()).toEqual(['2024-01-01 north 1.00', '2024-01-02 north 7.00', '2024-01-03 north 1.00']);
  });

  test('the slice is told by columns of every kind', async () => {
    const at = new Date('2024-01-02T12:00:00Z');
    for (const [deleted, where] of [
      [2, (r: Row) => r.at.eq(at)],
      [1, (r: Row) => r.at.gte('2024-01-02').and(r.shop.isNull())],
      [3, (r: Row) => r.shop.in(['north', "o'hara"])],
      [4, (r: Row) => r.price.lt('1.01').and(r.ratio.gt(0.4))],
      [2, (r: Row) => r.day.month().eq(1).and(r.day.day().eq(2))],
    ] as const) {
      const none = sales({ day: '2024-01-02' }).filter((r) => r.price.lt(0));
      const failing = load.postgres(none, target, {
        table: 'sales',
        mode: 'replace-where',
        where: where as never,
        onEmpty: 'fail',
      });
      expect((await failureOf(failing)).code).toBe('load.empty');
      expect(await stored()).toHaveLength(4);
      const report = await load.postgres(none, target, {
        table: 'sales',
        mode: 'replace-where',
        where: where as never,
      });
      expect([report.changes?.deleted, (await stored()).length]).toEqual([deleted, 4 - deleted]);
      await load.postgres(
        sales({ day: '2024-01-01' }, { day: '2024-01-02' }, { day: '2024-01-02', shop: null }, { day: '2024-01-03' }),
        target,
        { table: 'sales', mode: 'replace' },
      );
    }
  });

  test('the table may hold the columns in types of its own', async () => {
    await rows('DROP TABLE sales');
    await rows(
      'CREATE TABLE sales (id serial, day date, shop varchar(10), at timestamp, price numeric(20, 6), ratio numeric)',
    );
    await load.postgres(sales({ day: '2024-01-01' }, { day: '2024-01-02' }), target, {
      table: 'sales',
      mode: 'append',
    });
    const report = await load.postgres(sales({ day: '2024-01-02', price: '2.00' }), target, {
      table: 'sales',
      mode: 'replace-where',
      where: (r) => r.at.gt(new Date('2024-01-02T00:00:00Z')).and(r.shop.eq('north')).and(r.ratio.lte(0.5)),
    });
    expect(report.changes).toMatchObject({ inserted: 1, deleted: 1 });
    expect(await stored()).toEqual(['2024-01-01 north 1.000000', '2024-01-02 north 2.000000']);
  });

  test('rows outside of the slice are an error that shows them', async () => {
    const before = await stored();
    const given = sales({ day: '2024-01-02' }, { day: '2024-01-03', shop: 'south' }, { day: '2024-01-02', shop: null });
    const error = await failureOf(
      load.postgres(given, target, {
        table: 'sales',
        mode: 'replace-where',
        where: (r) => r.day.eq('2024-01-02').and(r.shop.ne('south')),
      }),
    );
    expect(error.code).toBe('load.outside_slice');
    expect(error.message).toContain('2 rows are not of the slice');
    expect(error.message).toContain('"shop":"south"');
    expect(error.details?.count).toBe(2);
    expect(await stored()).toEqual(before);
  });

  test('rows that others point to', async () => {
    await rows('ALTER TABLE sales ADD COLUMN id serial PRIMARY KEY');
    await rows('CREATE TABLE pointing (id int REFERENCES sales ON DELETE CASCADE)');
    const loading = load.postgres(sales({ day: '2024-01-02' }), target, {
      table: 'sales',
      mode: 'replace-where',
      where: (r) => r.day.eq('2024-01-02'),
    });
    expect((await failureOf(loading)).code).toBe('load.referenced');
    expect(await stored()).toHaveLength(4);
  });

  test('a table that is not there is made', async () => {
    await rows('DROP TABLE sales');
    await load.postgres(sales({ day: '2024-01-02' }), target, {
      table: 'sales',
      mode: 'replace-where',
      where: (r) => r.day.eq('2024-01-02'),
    });
    expect(await stored()).toEqual(['2024-01-02 north 1.00']);
  });
});

describe('what is asked wrongly', () => {
  const [place] = places;
  const asking = (where: unknown) => {
    const frame = place?.session.read.rows([], { schema });
    return failureOf(load.postgres(frame as never, pool, { table: 'sales', mode: 'replace-where', where } as never));
  };
  test.each([
    ['nothing', undefined, 'Give a function'],
    ['no condition', (r: Row) => r.price, 'did not give a boolean expression'],
    ['a misspelt column', (r: Row) => (r as never as { days: Row['day'] }).days.eq('2024-01-01'), 'days'],
    ['other rows', (r: Row) => r.price.eq(r.price.max().over({ partitionBy: ['shop'] })), 'reads other rows'],
    ['what the server does otherwise', (r: Row) => r.shop.lower().eq('x'), 'cannot tell by itself'],
  ])('%s', async (_, where, message) => {
    expect((await asking(where)).message).toContain(message);
  });
});
