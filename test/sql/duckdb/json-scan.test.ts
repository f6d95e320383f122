import { expect, test } from 'vitest';
import { t } from '../../../src/index.ts';
import { scanColumns } from '../../../src/readers/scan-columns.ts';
import { recordColumns, recordMisfit, recordsOf } from '../../../src/sql/duckdb/json-scan.ts';

/** All SQL that records of so many columns are looked at with. */
function sqlOf(count: number): string {
  const types = [t.int(), t.bigint().nullable(), t.decimal(12, 2), t.float(), t.string(), t.date(), t.timestamp()];
  const named = Array.from({ length: count }, (_, i) => [`c${1000 + i}`, types[i % types.length] ?? t.int()] as const);
  const columns = scanColumns(Object.fromEntries(named));
  const { column, value, reason } = recordMisfit(columns);
  return [recordsOf('lines', columns), recordColumns(columns), column, value, reason].join('\n');
}

test('of many columns is as long for each as of few', () => {
  const [few, many] = [sqlOf(14), sqlOf(140)];
  expect(many.length).toBeLessThan(10 * few.length);
});

// The engine's optimizer takes a time that grows with the square of their number.
test('has no more INs for many columns than for few', () => {
  const insOf = (count: number): number => sqlOf(count).match(/ IN \(/g)?.length ?? 0;
  expect(insOf(140)).toBe(insOf(14));
});
