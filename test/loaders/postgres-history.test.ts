import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { fn, load, t } from '../../src/index.ts';
import { failureOf, loadPlaces } from '../support/loads.ts';

/* Modes that know what is gone: sync, scd2. */

const { places, pool, close } = await loadPlaces();
afterAll(close);

const schema = { id: t.int(), city: t.string().nullable(), phone: t.string() };
type Given = { readonly id: number; readonly city?: string | null; readonly phone?: string };

describe.each(places)('$name', ({ target, session, rows }) => {
  const people = (...given: readonly Given[]) =>
    session.read.rows(
      given.map((row) => ({ city: 'Rome', phone: '1', ...row })),
      { schema },
    );
  const none = () => people({ id: 1 }).filter((r) => r.id.lt(0));
  const lines = async (sql: string) => (await rows(sql)).map((row) => row.map(String).join(' '));

  beforeEach(async () => {
    await rows('DROP TABLE IF EXISTS people, pointing, millrace_loads CASCADE');
  });

  describe('sync', () => {
    const stored = () => lines('SELECT id::text, city, phone FROM people ORDER BY people.id');

    test('leaves the rows of the frame and no others', async () => {
      const options = { table: 'people', mode: 'sync', key: 'id' } as const;
      const first = await load.postgres(people({ id: 1 }, { id: 2 }, { id: 3, city: null }), target, options);
      expect(first.changes).toEqual({ inserted: 3, updated: 0, closed: 0, deleted: 0, unchanged: 0 });
      const given = people({ id: 2, city: 'Oslo' }, { id: 3, city: null }, { id: 4 });
      const second = await load.postgres(given, target, options);
      expect(second.rows).toEqual({ read: 3, filtered: 0, quarantined: 0, written: 2 });
      expect(second.changes).toEqual({ inserted: 1, updated: 1, closed: 0, deleted: 1, unchanged: 1 });
      expect(await stored()).toEqual(['2 Oslo 1', '3 null 1', '4 Rome 1']);
      const third = await load.postgres(given, target, options);
      expect([third.rows.written, third.changes?.unchanged]).toEqual([0, 3]);
    });

    test('flags what is gone, until it returns', async () => {
      const options = { table: 'people', mode: 'sync', key: 'id', gone: { flag: 'Is gone' } } as const;
      const flags = () => lines('SELECT id::text, city, "Is gone"::text FROM people ORDER BY people.id');
      await load.postgres(people({ id: 1 }, { id: 2 }), target, options);
      expect(await flags()).toEqual(['1 Rome false', '2 Rome false']);
      const gone = await load.postgres(people({ id: 2 }, { id: 3 }), target, options);
      expect(gone.changes).toMatchObject({ inserted: 1, updated: 0, deleted: 1, unchanged: 1 });
      expect(await flags()).toEqual(['1 Rome true', '2 Rome false', '3 Rome false']);
      const again = await load.postgres(people({ id: 2 }, { id: 3 }), target, options);
      expect(again.changes).toMatchObject({ inserted: 0, updated: 0, deleted: 0, unchanged: 2 });
      const back = await load.postgres(people({ id: 1 }, { id: 2 }, { id: 3 }), target, options);
      expect(back.changes).toMatchObject({ inserted: 0, updated: 1, deleted: 0, unchanged: 2 });
      expect(await flags()).toEqual(['1 Rome false', '2 Rome false', '3 Rome false']);
    });

    test('what is gone frees the values of other unique columns', async () => {
      await rows('CREATE TABLE people (id bigint PRIMARY KEY, city text, phone text UNIQUE)');
      const options = { table: 'people', mode: 'sync', key: 'id' } as const;
      await load.postgres(people({ id: 1, phone: '7' }), target, options);
      await load.postgres(people({ id: 2, phone: '7' }), target, options);
      expect(await stored()).toEqual(['2 Rome 7']);
    });

    test('no rows are an error, unless they are meant', async () => {
      const options = { table: 'people', mode: 'sync', key: 'id' } as const;
      await load.postgres(people({ id: 1 }), target, options);
      expect((await failureOf(load.postgres(none(), target, options))).code).toBe('load.empty');
      expect(await stored()).toEqual(['1 Rome 1']);
      const emptied = await load.postgres(none(), target, { ...options, onEmpty: 'load' });
      expect(emptied.changes).toMatchObject({ deleted: 1 });
      expect(await stored()).toEqual([]);
    });

    test('keys that are null or stand twice leave the table as it was', async () => {
      const options = { table: 'people', mode: 'sync', key: ['city'] } as const;
      await load.postgres(people({ id: 1 }), target, options);
      expect((await failureOf(load.postgres(people({ id: 1, city: null }), target, options))).code).toBe(
        'load.null_key',
      );
      const twice = people({ id: 3 }, { id: 4 });
      expect((await failureOf(load.postgres(twice, target, options))).code).toBe('load.duplicate_key');
      expect(await stored()).toEqual(['1 Rome 1']);
      await load.postgres(twice, target, { ...options, onDuplicate: 'last' });
      expect(await stored()).toEqual(['4 Rome 1']);
    });

    test('a table can be brought to what was read of it', async () => {
      const options = { table: 'people', mode: 'sync', key: 'id' } as const;
      await load.postgres(people({ id: 1 }, { id: 2 }, { id: 3 }), target, options);
      const read = session.read.sql(target, 'SELECT id, city, phone FROM people', { schema });
      const made = read
        .filter((r) => r.id.gt(1))
        .withColumns((r) => ({ phone: fn.concat(r.phone, r.id.cast(t.string())) }));
      const report = await load.postgres(made, target, options);
      expect(report.changes).toMatchObject({ inserted: 0, updated: 2, deleted: 1, unchanged: 0 });
      expect(await stored()).toEqual(['2 Rome 12', '3 Rome 13']);
    });

    test('rows that others point to are flagged, not deleted', async () => {
      await load.postgres(people({ id: 1 }), target, { table: 'people', mode: 'sync', key: 'id' });
      await rows('CREATE TABLE pointing (id bigint REFERENCES people ON DELETE CASCADE)');
      const options = { table: 'people', mode: 'sync', key: 'id' } as const;
      expect((await failureOf(load.postgres(people({ id: 2 }), target, options))).code).toBe('load.referenced');
      const flagged = { ...options, gone: { flag: 'gone' } } as const;
      const missing = await failureOf(load.postgres(people({ id: 2 }), target, flagged));
      expect(missing.code).toBe('load.missing_column');
      expect(missing.message).toContain('"gone", which this mode keeps');
      await rows('ALTER TABLE people ADD COLUMN gone boolean');
      expect((await load.postgres(people({ id: 2 }), target, flagged)).changes).toMatchObject({
        inserted: 1,
        deleted: 1,
      });
    });
  });

  describe('scd2', () => {
    const day = (n: number) => new Date(`2024-01-0${n}T00:00:00Z`);
    const options = { table: 'people', mode: 'scd2', key: 'id' } as const;
    const history = () =>
      lines(`SELECT id::text, city, phone, to_char(valid_from AT TIME ZONE 'UTC', 'DD') AS since, to_char(valid_to AT TIME ZONE 'UTC', 'DD') AS until, is_current::text
             FROM people ORDER BY people.id, valid_from`);

    test('opens a version for what changed, and only for that', async () => {
      const first = await load.postgres(people({ id: 1 }, { id: 2 }), target, { ...options, validFrom: day(1) });
      expect(first.changes).toEqual({ inserted: 2, updated: 0, closed: 0, deleted: 0, unchanged: 0 });
      const given = people({ id: 1, city: 'Oslo' }, { id: 2 }, { id: 3, city: null });
      const second = await load.postgres(given, target, { ...options, validFrom: day(2) });
      expect(second.rows).toEqual({ read: 3, filtered: 0, quarantined: 0, written: 2 });
      expect(second.changes).toEqual({ inserted: 2, updated: 0, closed: 1, deleted: 0, unchanged: 1 });
      expect(await history()).toEqual([
        '1 Rome 1 01 02 false',
        '1 Oslo 1 02 null true',
        '2 Rome 1 01 null true',
        '3 null 1 02 null true',
      ]);
      const again = await load.postgres(given, target, { ...options, validFrom: day(2) });
      expect(again.changes).toMatchObject({ inserted: 0, closed: 0, unchanged: 3 });
    });

    test('only tracked columns open a version; the others are written over', async () => {
      const tracking = { ...options, track: 'city' } as const;
      await load.postgres(people({ id: 1 }, { id: 2 }), target, { ...tracking, validFrom: day(1) });
      const given = people({ id: 1, phone: '9' }, { id: 2, city: 'Oslo', phone: '9' });
      const report = await load.postgres(given, target, { ...tracking, validFrom: day(2) });
      expect(report.changes).toEqual({ inserted: 1, updated: 1, closed: 1, deleted: 0, unchanged: 0 });
      expect(await history()).toEqual(['1 Rome 9 01 null true', '2 Rome 1 01 02 false', '2 Oslo 9 02 null true']);
    });

    test('what is gone stays current or ends, and returns as a new version', async () => {
      await load.postgres(people({ id: 1 }, { id: 2 }), target, { ...options, validFrom: day(1) });
      const kept = await load.postgres(people({ id: 2 }), target, { ...options, validFrom: day(2) });
      expect(kept.changes).toMatchObject({ closed: 0, unchanged: 1 });
      const closing = { ...options, gone: 'close' } as const;
      const closed = await load.postgres(people({ id: 2 }), target, { ...closing, validFrom: day(3) });
      expect(closed.changes).toMatchObject({ inserted: 0, closed: 1, unchanged: 1 });
      const back = await load.postgres(people({ id: 1 }, { id: 2 }), target, { ...closing, validFrom: day(4) });
      expect(back.changes).toMatchObject({ inserted: 1, closed: 0, unchanged: 1 });
      expect(await history()).toEqual(['1 Rome 1 01 03 false', '1 Rome 1 04 null true', '2 Rome 1 01 null true']);
    });

    test('no rows: nothing happens, and an error where all would end', async () => {
      await load.postgres(people({ id: 1 }), target, { ...options, validFrom: day(1) });
      expect((await load.postgres(none(), target, options)).rows.written).toBe(0);
      const closing = { ...options, gone: 'close', validFrom: day(2) } as const;
      expect((await failureOf(load.postgres(none(), target, closing))).code).toBe('load.empty');
      expect(await history()).toEqual(['1 Rome 1 01 null true']);
      expect((await load.postgres(none(), target, { ...closing, onEmpty: 'load' })).changes).toMatchObject({
        closed: 1,
      });
      expect(await history()).toEqual(['1 Rome 1 01 02 false']);
    });

    test('a version never ends before it began', async () => {
      await load.postgres(people({ id: 1 }), target, { ...options, validFrom: day(2) });
      for (const validFrom of [day(1), day(2)]) {
        const error = await failureOf(
          load.postgres(people({ id: 1, city: 'Oslo' }), target, { ...options, validFrom }),
        );
        expect(error.code).toBe('load.valid_from');
        expect(error.details).toMatchObject({ count: 1, validFrom: validFrom.toISOString() });
      }
      expect(await history()).toEqual(['1 Rome 1 02 null true']);
    });

    test('a key that returns opens no version before the end of its last', async () => {
      const closing = { ...options, gone: 'close' } as const;
      await load.postgres(people({ id: 1 }, { id: 2 }), target, { ...closing, validFrom: day(1) });
      await load.postgres(people({ id: 2 }), target, { ...closing, validFrom: day(4) });
      const early = load.postgres(people({ id: 1 }, { id: 2 }), target, { ...closing, validFrom: day(3) });
      expect((await failureOf(early)).details).toMatchObject({ count: 1, validFrom: day(3).toISOString() });
      await load.postgres(people({ id: 1 }, { id: 2 }), target, { ...closing, validFrom: day(4) });
      expect(await history()).toEqual(['1 Rome 1 01 04 false', '1 Rome 1 04 null true', '2 Rome 1 01 null true']);
    });

    test('by the server’s clock, each change is later than the one before', async () => {
      for (const city of ['a', 'b', 'c']) await load.postgres(people({ id: 1, city }), target, options);
      expect(await lines('SELECT city, (valid_to > valid_from)::text FROM people ORDER BY valid_from')).toEqual([
        'a true',
        'b true',
        'c null',
      ]);
    });

    test('the table has a current version a key, and may keep wall clocks in UTC', async () => {
      await rows(
        'CREATE TABLE people (id int, city text, phone text, valid_from timestamp, valid_to timestamp, is_current boolean, note text)',
      );
      const unmatched = await failureOf(load.postgres(people({ id: 1 }), target, options));
      expect(unmatched.code).toBe('load.no_unique_index');
      await rows('CREATE UNIQUE INDEX ON people (id, valid_from)');
      const partial = await failureOf(load.postgres(people({ id: 1 }), target, options));
      expect(partial.message).toContain('CREATE UNIQUE INDEX ON "public"."people" ("id") WHERE is_current');
      await rows('CREATE UNIQUE INDEX ON people (id) WHERE is_current');
      await load.postgres(people({ id: 1 }), target, { ...options, validFrom: day(1) });
      expect(await lines('SELECT valid_from::text, note FROM people')).toEqual(['2024-01-01 00:00:00 null']);
    });
  });
});

describe('at once', () => {
  test('histories that are loaded together have one current version a key, none of them before its time', async () => {
    const [place] = places;
    if (place === undefined) throw new Error('there is no place');
    const loads = Array.from({ length: 6 }, (_, n) =>
      load.postgres(place.session.read.rows([{ id: 1, city: `c${n}`, phone: '1' }], { schema }), pool, {
        table: 'together',
        mode: 'scd2',
        key: 'id',
      }),
    );
    await Promise.all(loads);
    const { rows } = await pool.query(
      'SELECT count(*)::int AS n, count(*) FILTER (WHERE is_current)::int AS current, count(*) FILTER (WHERE valid_to > valid_from)::int AS ended FROM together',
    );
    expect(rows).toEqual([{ n: 6, current: 1, ended: 5 }]);
  });
});

describe('what is asked wrongly', () => {
  const [place] = places;
  const asking = (options: object, columns = schema) =>
    failureOf(
      load.postgres(place?.session.read.rows([], { schema: columns }) as never, pool, {
        table: 'p',
        ...options,
      } as never),
    );
  test.each([
    [{ mode: 'sync' }, "mode 'sync' needs a key"],
    [{ mode: 'sync', key: 'id', gone: 'close' }, "Give 'delete', or { flag: 'is_deleted' }"],
    [{ mode: 'sync', key: 'id', gone: { flag: 'city' } }, 'has a column "city", which mode \'sync\' keeps'],
    [{ mode: 'sync', key: 'id', gone: { flag: 'f'.repeat(64) } }, 'has 64 bytes'],
    [{ mode: 'scd2', key: 'id', gone: 'delete' }, "Give 'keep' or 'close'"],
    [{ mode: 'scd2', key: 'id', track: 'id' }, 'no column "id" to track'],
    [{ mode: 'scd2', key: 'id', validFrom: 'now' }, 'Give a Date'],
    [{ mode: 'upsert', key: 'id', gone: 'delete' }, "with mode 'sync' or 'scd2'"],
  ])('%o', async (options, message) => {
    expect((await asking(options)).message).toContain(message);
  });

  test('a column that the history keeps', async () => {
    const error = await asking({ mode: 'scd2', key: 'id' }, { ...schema, is_current: t.boolean() } as never);
    expect(error.code).toBe('load.own_column');
  });
});
