import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { type AnyCol, createSession, type DataType, type Frame, load, type Session } from '../../src/index.ts';
import {
  differences,
  type Limits,
  parquetWriter,
  type RandomTable,
  randomTable,
  schemaOf,
  type Told,
} from '../support/dtype-tables.ts';
import { inputFolder } from '../support/files.ts';
import { type LoadPlace, loadPlaces } from '../support/loads.ts';
import { toldOf } from '../support/told.ts';

/** Random tables of every dtype go to PostgreSQL and come back as they were. */

const seed = Number(process.env.MILLRACE_SEED ?? 50_000);
const CASES = Number(process.env.MILLRACE_CASES ?? 30);

const { places, close } = await loadPlaces();
const embedded = createSession({ threads: 2 });
const { folder } = inputFolder();
const writer = await parquetWriter();
afterAll(async () => {
  writer.close();
  await embedded.close();
  await close();
});

/** What is nested is JSON there, which has no NaN, and days as text. */
const LIMITS: Limits = {
  nonFinite: true,
  nul: false,
  farTime: true,
  nested: { nonFinite: false, nul: false, farTime: false },
};

let files = 0;
async function given(table: RandomTable): Promise<Frame<AnyCol>> {
  const path = join(folder, `${++files}.parquet`);
  await writer.write(table, path);
  return embedded.read.parquet(path, { schema: schemaOf(table) }) as unknown as Frame<AnyCol>;
}

const found = (session: Session, { target }: LoadPlace, name: string, table: RandomTable): Frame<AnyCol> => {
  const sql = `SELECT * FROM ${name} ORDER BY n`;
  return session.read.sql(target, sql, { schema: schemaOf(table) }) as unknown as Frame<AnyCol>;
};

/** What `jsonb` keeps of JSON: not its blanks, the order of its keys, the spelling of its numbers, and -0. */
function inJsonb(told: Told, dtype: DataType, isNested = false): Told {
  if (told === null) return null;
  switch (dtype.id) {
    case 'json':
      return JSON.stringify(sorted(JSON.parse(String(told))));
    case 'list':
      return (told as readonly Told[]).map((item) => inJsonb(item, dtype.item, true));
    case 'struct':
      return Object.fromEntries(
        dtype.fields.map((f) => [
          f.name,
          inJsonb((told as { readonly [name: string]: Told })[f.name] ?? null, f.dtype, true),
        ]),
      );
    default:
      return isNested && dtype.id === 'float' && told === '-0' ? '0' : told;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inside]) => [key, sorted(inside)]),
  );
}

const server = places.filter(({ name }) => !name.includes('itself'));

for (const place of server) {
  const { name, target, rows } = place;
  const itself = places.find((other) => other.target === target && other !== place)?.session;

  test(`${name}: to the bit in json columns, and in the columns that are made but for what jsonb does not keep (seed ${seed})`, {
    timeout: 120_000 + 3000 * CASES,
  }, async () => {
    for (let number = seed; number < seed + CASES; number++) {
      const table = randomTable(LIMITS, number);
      const frame = await given(table);
      const isText = number % 2 === 0;
      if (isText) {
        await load.postgres(frame.limit(0), target, { table: 'random', mode: 'append' });
        const made = await rows(
          `SELECT attname FROM pg_attribute WHERE attrelid = 'random'::regclass AND atttypid = 'jsonb'::regtype`,
        );
        for (const [column] of made) await rows(`ALTER TABLE random ALTER COLUMN ${column} TYPE json USING NULL`);
      }
      await load.postgres(frame, target, { table: 'random', mode: 'append' });
      const same = isText ? undefined : inJsonb;
      const back = await toldOf(found(embedded, place, 'random', table));
      expect(differences(table, back, same), `MILLRACE_SEED=${number}`).toEqual([]);
      if (number % 3 === 0 && itself !== undefined) {
        const own = await toldOf(found(itself, place, 'random', table));
        expect(differences(table, own, inJsonb), `MILLRACE_SEED=${number}, its own engine`).toEqual([]);
        await load.postgres(found(itself, place, 'random', table), target, { table: 'copied', mode: 'append' });
        const copied = await toldOf(found(embedded, place, 'copied', table));
        expect(differences(table, copied, inJsonb), `MILLRACE_SEED=${number}, copied`).toEqual([]);
      }
      await rows('DROP TABLE IF EXISTS random, copied');
    }
  });
}
