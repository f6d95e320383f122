import { afterAll, describe, expect, test } from 'vitest';
import type { DuckDBSession } from '../../../src/engines/duckdb/session.ts';
import { createSession, t } from '../../../src/index.ts';

const session = createSession();
afterAll(() => session.close());

const FEW = ['b', '', 'Z', 'a', 'ä', 'é', '中', '😀', 'a b', "it's", '\u{fffd}', 'aa'];
const ROWS = 120_000;

function frameOf(value: (i: number) => string | null) {
  const rows = Array.from({ length: ROWS }, (_, id) => ({ id, name: value(id) }));
  return { rows, frame: session.read.rows(rows, { schema: { id: t.int(), name: t.string().nullable() } }) };
}

/** The order of strings is that of their bytes in UTF-8. */
const compare = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

describe('a sort by strings of a table', () => {
  const cases: [string, (i: number) => string | null][] = [
    ['few values', (i) => FEW[(i * 7) % FEW.length] ?? null],
    ['few values and nulls', (i) => (i % 5 === 0 ? null : (FEW[(i * 7) % FEW.length] ?? null))],
    ['a value that comes only after the sample', (i) => (i > 110_000 ? 'late' : (FEW[i % 3] ?? null))],
    ['many values only after the sample', (i) => (i > 100_000 ? `late ${(i * 7919) % 20_000}` : (FEW[i % 3] ?? null))],
    ['many values', (i) => `n${(i * 7919) % 50_000}`],
    ['nulls alone', () => null],
  ];
  test.each(cases)('%s', async (_, value) => {
    const { rows, frame } = frameOf(value);
    for (const descending of [false, true]) {
      for (const nulls of ['first', 'last'] as const) {
        const key = descending ? ({ desc: 'name', nulls } as const) : ({ asc: 'name', nulls } as const);
        const sorted = await frame.sort(key).select('id').collect();
        const expected = [...rows].sort((a, b) => {
          if (a.name === null || b.name === null) {
            if (a.name === b.name) return a.id - b.id;
            return (a.name === null) === (nulls === 'first') ? -1 : 1;
          }
          return (descending ? -1 : 1) * compare(a.name, b.name) || a.id - b.id;
        });
        expect(sorted.column('id')).toEqual(expected.map((row) => row.id));
      }
    }
  });

  test('holds after steps that leave rows out and rename columns, and is not taken for computed ones', async () => {
    const { rows, frame } = frameOf((i) => FEW[i % FEW.length] ?? null);
    const sorted = frame
      .filter((r) => r.id.gte(1000))
      .rename({ name: 'label' })
      .withColumns((r) => ({ label2: r.label.upper() }))
      .sort('label2', 'label');
    const kept = rows.filter((row) => row.id >= 1000);
    const table = await sorted.collect();
    expect(table.numRows).toBe(kept.length);
    const labels = table.rows().map((row) => [row.label2 ?? '', row.label ?? '', row.id] as const);
    const again = [...labels].sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]) || a[2] - b[2]);
    expect(labels).toEqual(again);
  });

  test('leaves no type behind', async () => {
    const own = createSession();
    const rows = Array.from({ length: ROWS }, (_, id) => ({ id, name: FEW[id % FEW.length] ?? '' }));
    const frame = own.read.rows(rows, { schema: { id: t.int(), name: t.string() } }).sort('name');
    await frame.collect();
    const engine = await (frame.executor as DuckDBSession).open();
    const left = await engine.connections.values(
      "SELECT type_name FROM duckdb_types() WHERE database_name = 'scratch' AND NOT internal",
    );
    expect(left).toEqual([]);
    await own.close();
  });
});
