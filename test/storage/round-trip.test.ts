import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { createSession, load, type SchemaSpec, t } from '../../src/index.ts';
import { inputFolder } from '../support/files.ts';
import { everyDtype, randomRows } from '../support/random-tables.ts';

const session = createSession({ threads: 2 });
const { read } = session;
const { folder } = inputFolder();
afterAll(() => session.close());

/** What text does not hold, and Parquet does. */
const schema = {
  ...everyDtype,
  json: t.json().nullable(),
  rate: t.float().nullable(),
  deep: t.list(t.struct({ at: t.timestamp().nullable(), cents: t.decimal(20, 4), days: t.list(t.date()) })).nullable(),
} satisfies SchemaSpec;

const at = fc.integer({ min: -50_000_000, max: 200_000_000 }).map((s) => new Date(s * 1000));
const day = fc.integer({ min: -100_000, max: 100_000 }).map((d) => new Date(d * 86_400_000).toISOString().slice(0, 10));
const cents = fc.integer().map((n) => (n / 4).toFixed(4));
const or = <T>(values: fc.Arbitrary<T>) => fc.option(values, { freq: 4, nil: null });
const rows = randomRows.chain((all) =>
  fc.tuple(
    ...all.map((row) =>
      fc
        .record({
          json: or(fc.jsonValue().filter((value) => value !== null)),
          rate: or(fc.double({ noNaN: true, noDefaultInfinity: true })),
          deep: or(fc.array(fc.record({ at: or(at), cents, days: fc.array(day, { maxLength: 2 }) }), { maxLength: 3 })),
        })
        .map((more) => ({ ...row, ...more })),
    ),
  ),
);

let targets = 0;

/** Every value of every dtype as text that tells all of it: microseconds, the sign of 0, NaN. */
async function told(path: string | undefined, given: readonly Record<string, unknown>[]): Promise<unknown[]> {
  const frame = path === undefined ? read.rows([...given], { schema }) : read.parquet(path, { schema }).sort('n');
  const exact = frame.withColumns((r) => ({ at: r.at.format('%Y-%m-%d %H:%M:%S.%f') }));
  return exact.rows();
}

async function holds(options: object, runs: number): Promise<void> {
  await fc.assert(
    fc.asyncProperty(rows, async (given) => {
      const path = join(folder, `dataset-${++targets}`);
      const half = Math.ceil(given.length / 2);
      for (const part of [given.slice(0, half), given.slice(half)])
        await load.parquet(read.rows(part, { schema }), path, { mode: 'append', ...options });
      expect(await told(path, given)).toEqual(await told(undefined, given));
    }),
    { numRuns: runs, endOnFailure: true },
  );
}

test('what was appended in two loads reads back as it was, of every dtype', () => holds({}, 25));

for (const column of ['int', 'big', 'float', 'money', 'text', 'region', 'yes', 'day', 'at', 'rate'] as const) {
  test(`partitioned by ${column}: its values and nulls too`, () => holds({ partitionBy: column }, 4));
}
