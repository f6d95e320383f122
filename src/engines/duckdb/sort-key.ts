import type { RunOptions } from '../../plan/source.ts';
import { quoteName } from '../../sql/dialect.ts';
import type { Step } from '../../sql/program.ts';
import type { Connections } from './connections.ts';

/** With fewer rows than this, strings are sorted as they are. */
const SAMPLE_ROWS = 100_000;
/** Strings of more values than this are sorted as they are. */
const FEW = 4096;

/**
 * Makes the type that a sort casts a column of strings to: where the values are few, an enumeration of them in their
 * order, which the engine sorts as small integers, else the strings themselves.
 */
export async function makeSortKey(
  connections: Connections,
  step: Step & { kind: 'sort-key' },
  options: RunOptions,
): Promise<void> {
  const { type, table } = step;
  const column = quoteName(step.column);
  const run = (sql: string): Promise<unknown> => connections.run({ sql, values: [] }, options);
  const sampled = `SELECT count(*), count(DISTINCT v) FROM (SELECT ${column} AS v FROM ${table} LIMIT ${SAMPLE_ROWS})`;
  const [[rows, values] = []] = await connections.values(sampled);
  if (Number(rows) === SAMPLE_ROWS && Number(values) > 0 && Number(values) <= FEW) {
    const distinct = `SELECT DISTINCT ${column} AS v FROM ${table} WHERE ${column} IS NOT NULL`;
    const [[all = 0n] = []] = await connections.values(`SELECT approx_count_distinct(${column}) FROM ${table}`);
    if (Number(all) <= FEW) {
      await run(`CREATE TYPE ${type} AS ENUM (SELECT v FROM (${distinct}) ORDER BY v)`);
      return;
    }
  }
  await run(`CREATE TYPE ${type} AS VARCHAR`);
}
