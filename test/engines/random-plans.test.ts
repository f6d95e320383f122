import { afterAll, beforeAll, expect, test } from 'vitest';
import { createSession, MillraceError, postgres, type Session } from '../../src/index.ts';
import { freshDatabase, type TestDatabase } from '../support/postgres.ts';
import { randomPlan } from './random-plans.ts';

/**
 * Plans made at random give the same rows on DuckDB and on PostgreSQL, or fail alike. A run takes some of the 10,000 from
 * seed 200,000 on, all of which have run, so that a change is to blame where one fails; `MILLRACE_SEED` and
 * `MILLRACE_PLANS` choose new ones.
 */

const SEED = Number(process.env.MILLRACE_SEED ?? 200_000 + Math.floor(Math.random() * 9_700));
const PLANS = Number(process.env.MILLRACE_PLANS ?? 300);

let database: TestDatabase;
let duckdb: Session;
let server: Session;

beforeAll(async () => {
  database = await freshDatabase();
  duckdb = createSession();
  server = createSession({ engine: postgres(database.url) });
});
afterAll(async () => {
  await duckdb?.close();
  await server?.close();
  await database?.drop();
});

/** A value as text; floats to eleven digits, for sums and products are not made in the same order. */
function told(value: unknown, dtype: string | undefined): string {
  if (typeof value === 'number') return dtype === 'float' ? (value + 0).toPrecision(11) : String(value);
  return value instanceof Date ? `@${value.getTime()}` : JSON.stringify(value);
}

/** What comes of a plan: its rows as text, or how it failed. */
async function outcome(seed: number, session: Session): Promise<string[]> {
  try {
    const { frame, ordered } = randomPlan(seed, session.read);
    const rows: readonly Readonly<Record<string, unknown>>[] = await frame.rows();
    const dtypes = new Map(frame.schema.map((field) => [field.name, field.dtype.id]));
    const lines = rows.map((row) =>
      Object.entries(row)
        .map(([name, value]) => told(value, dtypes.get(name)))
        .join(' | '),
    );
    return ordered ? lines : lines.sort();
  } catch (error) {
    if (!(error instanceof MillraceError)) throw error;
    return [`failed: ${error.code}`];
  }
}

test(`${PLANS} plans from seed ${SEED} on`, { timeout: 60_000 + PLANS * 1000 }, async () => {
  console.log(`random plans: MILLRACE_SEED=${SEED} MILLRACE_PLANS=${PLANS}`);
  const differing: unknown[] = [];
  for (let seed = SEED; seed < SEED + PLANS; seed++) {
    const [first, second] = [await outcome(seed, duckdb), await outcome(seed, server)];
    if (JSON.stringify(first) === JSON.stringify(second)) continue;
    const line = first.findIndex((text, i) => text !== second[i]);
    const { steps } = randomPlan(seed, duckdb.read);
    differing.push({
      seed,
      steps,
      rows: [first.length, second.length],
      duckdb: first[line],
      postgres: second[Math.max(line, 0)],
    });
    if (differing.length === 5) break;
  }
  expect(differing).toEqual([]);
});
