import { PGlite } from '@electric-sql/pglite';
import type pg from 'pg';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { load, t } from '../../src/index.ts';
import { failureOf, type LoadPlace, loadPlaces } from '../support/loads.ts';

/* PostgreSQL cuts blanks off a text that is too long for its column, and says nothing. */

const { places, close } = await loadPlaces();
afterAll(close);

const schema = { id: t.int(), name: t.string().nullable() };
const run = ({ target }: LoadPlace, sql: string): Promise<unknown> =>
  target instanceof PGlite ? target.exec(sql) : (target as pg.Pool).query(sql);

describe.each(places)('$name', (place) => {
  const { target, session, rows } = place;
  const given = (...names: readonly (string | null)[]) =>
    session.read.rows(
      names.map((name, id) => ({ id, name })),
      { schema },
    );
  const stored = async () => (await rows('SELECT name FROM cut ORDER BY id')).map(([name]) => name);
  beforeEach(async () => {
    await run(place, 'DROP TABLE IF EXISTS cut');
    await run(place, 'DROP DOMAIN IF EXISTS three');
    await run(place, 'CREATE DOMAIN three AS varchar(3)');
  });

  test.each(['varchar(3)', 'three'])(
    '%s: a text that is too long by blanks alone is an error, in every mode',
    async (type) => {
      await run(place, `CREATE TABLE cut (id bigint PRIMARY KEY, name ${type}, is_gone boolean DEFAULT false)`);
      await run(place, `INSERT INTO cut VALUES (-1, 'old')`);
      const frame = given('a  ', null, 'äöü', 'ab  ', 'x    ');
      const key = { key: 'id' } as const;
      for (const mode of [
        { mode: 'append' },
        { mode: 'replace' },
        { mode: 'replace-where', where: (r: { id: { gte(n: number): unknown } }) => r.id.gte(0) },
        { mode: 'insert-new', ...key },
        { mode: 'upsert', ...key },
        { mode: 'sync', ...key },
        { mode: 'sync', ...key, gone: { flag: 'is_gone' } },
      ]) {
        const error = await failureOf(load.postgres(frame, target, { table: 'cut', ...mode } as never));
        if (place.name.includes('itself'))
          expect([error.code, error.message]).toEqual(['postgres.value', expect.stringContaining('too long')]);
        else {
          expect(error).toMatchObject({ code: 'load.value', details: { row: 4, column: 'name', value: 'ab  ' } });
          expect(error.message).toMatch(
            /^load\.postgres: row 4 has "ab {2}" in column "name", and .* keeps 3 characters/,
          );
        }
        expect(await stored()).toEqual(['old']);
      }
      const { quarantine, rows: counts } = await load.postgres(frame, target, {
        table: 'cut',
        mode: 'replace',
        schemaContract: 'quarantine',
      });
      expect([counts.quarantined, counts.written]).toEqual([2, 3]);
      expect((await quarantine.rows()).map(({ value }) => value)).toEqual(['ab  ', 'x    ']);
      expect(await stored()).toEqual(['a  ', null, 'äöü']);
    },
  );

  test('what fits is as it was, and what is too long by more than blanks is refused by the server', async () => {
    await run(place, 'CREATE TABLE cut (id bigint, name varchar(3))');
    await load.postgres(given('   ', 'a  ', ' a ', '😀😀😀', ''), target, { table: 'cut', mode: 'append' });
    expect(await stored()).toEqual(['   ', 'a  ', ' a ', '😀😀😀', '']);
    for (const name of ['abcd', 'abc d', ' abc', 'ab\t\t']) {
      expect((await failureOf(load.postgres(given(name), target, { table: 'cut', mode: 'append' }))).code).toBe(
        'postgres.value',
      );
    }
    expect(await stored()).toHaveLength(5);
  });
});
