import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { load, type TableDefinition, t } from '../../src/index.ts';
import { failureOf, loadPlaces } from '../support/loads.ts';

/* Tables that a load makes: their keys, indexes and comments. */

const { places, close } = await loadPlaces();
afterAll(close);

const schema = { id: t.int(), sku: t.string(), day: t.date(), extra: t.json().nullable() };
type Column = keyof typeof schema;

const INDEXES = `SELECT pg_get_indexdef(indexrelid), indisprimary::text FROM pg_index
  WHERE indrelid = 'items'::regclass ORDER BY indisprimary DESC, indisunique DESC, 1`;

describe.each(places)('$name', ({ target, session, rows }) => {
  const items = (...ids: readonly number[]) =>
    session.read.rows(
      ids.map((id) => ({ id, sku: `s${id}`, day: '2024-05-01', extra: null })),
      { schema },
    );
  const declared = async (create: TableDefinition<Column>) => {
    await load.postgres(items(1), target, { table: 'items', mode: 'append', create });
    return (await rows(INDEXES)).map(([sql]) => String(sql).replace(/^.* USING /, '')).sort();
  };

  beforeEach(async () => {
    await rows('DROP TABLE IF EXISTS items CASCADE');
  });

  test('keys and indexes are those that are declared', async () => {
    const create: TableDefinition<Column> = {
      primaryKey: 'id',
      unique: ['sku', ['day', 'id']],
      indexes: ['day', ['sku', 'day'], { on: 'extra', using: 'gin' }, { on: ['day'], using: 'brin' }],
    };
    expect(await declared(create)).toEqual([
      'brin (day)',
      'btree (day)',
      'btree (day, id)',
      'btree (id)',
      'btree (sku)',
      'btree (sku, day)',
      'gin (extra)',
    ]);
    const again = load.postgres(items(1), target, { table: 'items', mode: 'append', create });
    expect((await failureOf(again)).code).toBe('postgres.constraint');
    expect(await rows('SELECT count(*)::text FROM items')).toEqual([['1']]);
  });

  test('comments stand as they were given', async () => {
    const comment = `it's $1 \\ "quoted"; DROP TABLE items; -- ✓`;
    await declared({ comment, comments: { sku: 'what is sold', day: "o'clock" } });
    const found = await rows(
      `SELECT obj_description('items'::regclass, 'pg_class') UNION ALL
       SELECT col_description('items'::regclass, n) FROM generate_series(1, 4) AS n`,
    );
    expect(found.flat()).toEqual([comment, null, 'what is sold', "o'clock", null]);
  });

  test("another primary key leaves the mode's own key a unique index", async () => {
    const options = { table: 'items', mode: 'upsert', key: 'sku', create: { primaryKey: ['id'] } } as const;
    await load.postgres(items(1, 2), target, options);
    const report = await load.postgres(items(2, 3), target, options);
    expect(report.changes).toMatchObject({ inserted: 1, unchanged: 1 });
    expect((await rows(INDEXES)).map(([sql, primary]) => [String(sql).replace(/^.* USING /, ''), primary])).toEqual([
      ['btree (id)', 'true'],
      ['btree (sku)', 'false'],
    ]);
  });

  test('a table that is there must have the keys, and keeps the rest as it is', async () => {
    await rows('CREATE TABLE items (id bigint PRIMARY KEY, sku text, day date, extra jsonb)');
    const given = (create: TableDefinition<Column>) =>
      load.postgres(items(1), target, { table: 'items', mode: 'append', create });
    const other = await failureOf(given({ primaryKey: ['id', 'sku'] }));
    expect(other.code).toBe('load.no_unique_index');
    expect(other.message).toMatch(/no unique index on \(id, sku\), which create declares as a key\. .* are \(id\)\./);
    expect((await failureOf(given({ primaryKey: 'id', unique: ['sku'] }))).details.key).toEqual(['sku']);
    await given({ primaryKey: 'id', indexes: ['day'], comment: 'not asked for' });
    expect(await rows(INDEXES)).toHaveLength(1);
    expect(await rows(`SELECT obj_description('items'::regclass, 'pg_class')`)).toEqual([[null]]);
  });

  test('what no table can have is refused before anything runs', async () => {
    const refused = async (create: unknown) => {
      const options = { table: 'items', mode: 'append', create: create as TableDefinition<Column> } as const;
      const { code, message } = await failureOf(load.postgres(items(1), target, options));
      return [code, message];
    };
    expect(await refused({ primaryKey: 'skus' })).toEqual([
      'load.option',
      expect.stringContaining('no column "skus" to be in create.primaryKey. Did you mean "sku"?'),
    ]);
    expect(await refused({ unique: [['id', 'id']] })).toEqual(['load.option', expect.stringContaining('named twice')]);
    expect(await refused({ indexes: [[]] })).toEqual(['load.option', expect.stringContaining('without a column')]);
    expect(await refused({ indexes: [{ on: 'day', using: 'btree; DROP' }] })).toEqual([
      'load.option',
      expect.stringContaining('The kinds are btree, hash'),
    ]);
    expect(await refused({ comments: { dya: 'x' } })).toEqual(['load.option', expect.stringContaining('"dya"')]);
    expect(await refused({ comment: 'a\0b' })).toEqual(['load.option', expect.stringContaining('NUL')]);
    expect(await refused({ primary: 'id' })).toEqual(['load.option', expect.stringContaining('"primary"')]);
    expect(await rows(`SELECT to_regclass('items')::text`)).toEqual([[null]]);
  });
});
