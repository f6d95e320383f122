import pg from 'pg';
import { afterAll, expect, test } from 'vitest';
import { createSession, load, MillraceError, t } from '../../src/index.ts';
import { hostileNames } from '../support/hostile-names.ts';
import { freshDatabase } from '../support/postgres.ts';

/** Names that attack: each is the name as it stands, or refused, and nothing else in the database is another. */

const seed = Number(process.env.MILLRACE_SEED ?? 50_000);
const COUNT = 500;

const database = await freshDatabase();
const pool = new pg.Pool({ connectionString: database.url, max: 2 });
pool.on('error', () => {});
const session = createSession({ threads: 2 });

afterAll(async () => {
  await session.close();
  await pool.end();
  await database.drop();
});

await pool.query(`CREATE TABLE canary (id bigint PRIMARY KEY, song text)`);
await pool.query(`INSERT INTO canary VALUES (1, 'still here')`);

/** All that stands in the database, but for what is expected to come and go. */
async function everything(but?: { readonly schema: string; readonly table: string }): Promise<string> {
  const { rows } = await pool.query(
    `SELECT n.nspname, c.relname, c.relkind, array_agg(a.attname || ' ' || format_type(a.atttypid, a.atttypmod) ORDER BY a.attnum) AS columns
     FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0
     WHERE n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') AND n.nspname NOT LIKE 'pg\\_%' AND c.relkind NOT IN ('i', 't')
       AND NOT (n.nspname = $1 AND c.relname = $2) GROUP BY 1, 2, 3 ORDER BY 1, 2`,
    [but?.schema ?? '', but?.table ?? ''],
  );
  const { rows: songs } = await pool.query('SELECT * FROM canary');
  return JSON.stringify([rows, songs]);
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
const isText = (name: string): boolean => name !== '' && !name.includes('\0') && Buffer.from(name).toString() === name;
const fits = (name: string): boolean => isText(name) && Buffer.byteLength(name) <= 63;
/** What PostgreSQL keeps for itself in every table, and what the engine and JavaScript do. */
const TAKEN = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid', '__proto__'];
const isColumn = (name: string): boolean => fits(name) && !TAKEN.includes(name) && !/^(rowid$|__millrace)/i.test(name);

const names = hostileNames(COUNT, seed);
const tables = names.filter((name) => fits(name) && !name.includes('.'));
/** Names whose case alone differs are not columns of one frame. */
const columns = [...new Map(names.filter(isColumn).map((name) => [name.toLowerCase(), name])).values()];
const WIDTH = 5;

const modes = ['append', 'replace', 'replace-where', 'insert-new', 'upsert', 'sync', 'scd2'] as const;

/** The columns that modes keep. */
const OWN = /^(valid_from|valid_to|is_current|is gone \d+)$/;

/** A row of columns by these names, the first of them an int by which rows are matched. */
function rowOf(given: readonly string[], word: string) {
  const [key = '', ...others] = given;
  const schema = { [key]: t.int(), ...Object.fromEntries(others.map((name) => [name, t.string()])) };
  const row = { [key]: 1, ...Object.fromEntries(others.map((name) => [name, `${word} of ${name}`])) };
  return { key, others, row, frame: session.read.rows([row], { schema: schema as { readonly key: typeof int } }) };
}
const int = t.int();

async function loaded(table: string, given: readonly string[], mode: (typeof modes)[number]): Promise<void> {
  const { key, others, frame } = rowOf(given, 'song');
  const byKey = ['insert-new', 'upsert', 'sync', 'scd2'].includes(mode);
  const options = {
    table,
    mode,
    ...(byKey ? { key } : {}),
    ...(mode === 'replace-where'
      ? { where: (r: { readonly [name: string]: { eq(value: number): unknown } }) => r[key]?.eq(1) }
      : {}),
    ...(mode === 'upsert' ? { update: others } : {}),
    ...(mode === 'scd2' ? { track: others } : {}),
    ...(mode === 'sync' ? { gone: { flag: 'is gone 1' } } : {}),
  };
  await load.postgres(frame, pool, options as never);
}

test(`${COUNT} names of tables, schemas and columns, in every mode (seed ${seed})`, { timeout: 300_000 }, async () => {
  expect(names).toHaveLength(COUNT);
  expect(tables.length).toBeGreaterThan(COUNT / 2);
  expect(columns.length).toBeGreaterThan(COUNT / 2);
  for (const [i, table] of tables.entries()) {
    const mode = modes[i % modes.length] ?? 'append';
    const drawn = Array.from({ length: WIDTH }, (_, k) => columns[(i * WIDTH + k) % columns.length] ?? '');
    const given = mode === 'scd2' ? drawn.map((name) => (OWN.test(name) ? `${name}?` : name)) : drawn;
    // Half of them stand in a schema by the name of another.
    const other = tables[(i * 3 + 1) % tables.length] ?? '';
    const schema = i % 2 === 0 || /^pg_/.test(other) ? 'public' : other;
    const place = `${mode}, ${JSON.stringify(table)} in ${JSON.stringify(schema)} of ${JSON.stringify(given)}`;
    if (schema !== 'public') await pool.query(`CREATE SCHEMA ${quoted(schema)}`);
    const before = await everything();
    try {
      await loaded(schema === 'public' ? table : `${schema}.${table}`, given, mode);
    } catch (error) {
      throw new Error(place, { cause: error });
    }
    expect(await everything({ schema, table }), place).toBe(before);
    const { rows } = await pool.query(`SELECT * FROM ${quoted(schema)}.${quoted(table)}`);
    const { row } = rowOf(given, 'song');
    const kept = Object.entries((rows[0] ?? {}) as object).filter(([name]) => given.includes(name) || !OWN.test(name));
    expect(Object.fromEntries(kept.map(([name, value]) => [name, String(value)])), place).toEqual(
      Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])),
    );
    expect(rows, place).toHaveLength(1);
    await pool.query(`DROP TABLE ${quoted(schema)}.${quoted(table)}`);
    if (schema !== 'public') await pool.query(`DROP SCHEMA ${quoted(schema)}`);
  }
});

test(`names that are none are refused by name, and nothing is made (seed ${seed})`, { timeout: 120_000 }, async () => {
  const before = await everything();
  const outcome = async (work: () => Promise<unknown>): Promise<string> => {
    try {
      await work();
      return 'loaded';
    } catch (error) {
      return error instanceof MillraceError ? error.code : `${error}`;
    }
  };
  const codes = /^(load\.(name|long_name|table)|schema\.column_name|postgres\.\w+|plan\.\w+)$/;
  for (const name of names.filter((name) => !isColumn(name))) {
    expect(await outcome(() => loaded('plain', ['id', name], 'append')), JSON.stringify(name)).toMatch(codes);
    expect(await outcome(() => loaded('plain', [name, 'other'], 'upsert')), JSON.stringify(name)).toMatch(codes);
  }
  for (const name of names.filter((name) => !fits(name))) {
    expect(await outcome(() => loaded(name, ['id', 'x'], 'append')), JSON.stringify(name)).toMatch(codes);
    expect(await outcome(() => loaded(`public.${name}`, ['id', 'x'], 'append')), JSON.stringify(name)).toMatch(codes);
    expect(await outcome(() => loaded(`${name}.x`, ['id', 'x'], 'append')), JSON.stringify(name)).toMatch(codes);
  }
  expect(await everything()).toBe(before);
});
