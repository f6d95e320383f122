import type { Increment } from '../../plan/incremental.ts';
import type { RunOptions, Source } from '../../plan/source.ts';
import type { Transaction } from '../../postgres/connect.ts';
import type { Schema } from '../../schema/dtype.ts';
import { quoteName } from '../../sql/dialect.ts';
import { postgres } from '../../sql/postgres.ts';
import type { Engine as DuckDBEngine } from '../duckdb/engine.ts';
import { type ScratchRows, scratchRows } from '../duckdb/scratch-rows.ts';

/** The definition of a scratch table's columns, and the number of each row. */
export function definition(schema: Schema, rowNumber = 'bigint'): string {
  const columns = schema.map(({ name, dtype }) => {
    const type = postgres.typeName(dtype);
    return `${quoteName(name)} ${type}${type === 'text' ? ' COLLATE "C"' : ''}`;
  });
  return `(${[...columns, `${quoteName(postgres.rowId)} ${rowNumber}`].join(', ')})`;
}

/** Rows that the embedded engine read, on their way into a scratch table of the database. */
export interface Moving {
  readonly rows: ScratchRows;
  readonly rejects: ScratchRows | undefined;
  readonly read: number;
  readonly quarantined: number;
  readonly increments: readonly Increment[];
}

/** Reads a source with the embedded engine and hands its rows over; nothing of them stays there. */
export async function move<R>(
  engine: DuckDBEngine,
  source: Source,
  rejectsSchema: Schema,
  options: RunOptions,
  task: (moving: Moving) => Promise<R>,
): Promise<R> {
  return engine.run({ kind: 'source', source }, options, async (run) => {
    const held: ScratchRows[] = [];
    const hold = (rows: ScratchRows): ScratchRows => {
      held.push(rows);
      return rows;
    };
    try {
      const rows = hold(await scratchRows(engine, run, source.schema, options, postgres.rowId));
      const { quarantined, increments } = run;
      let rejects: ScratchRows | undefined;
      if (quarantined > 0) {
        const table = await engine.unionOf(run.rejects);
        const query = { sql: `FROM ${table}`, values: [] };
        rejects = hold(await scratchRows(engine, { query, table: undefined }, rejectsSchema, options, postgres.rowId));
        await engine.drop(table);
      }
      return await task({ rows, rejects, read: rows.rows + quarantined, quarantined, increments });
    } finally {
      for (const rows of held) await rows.drop();
    }
  });
}

/** Copies rows into a new table; what was made and what was taken must be as many. */
export async function copyInto(server: Transaction, table: string, schema: Schema, rows: ScratchRows): Promise<void> {
  await server.query(`CREATE TEMP TABLE ${table} ${definition(schema)}`);
  if (rows.rows > 0) {
    const taken = await server.copyIn(table, rows.names, rows.blobs());
    if (taken !== rows.rows) throw new Error(`${rows.rows} rows were sent to ${table} and ${taken} arrived`);
  }
  await server.query(`ANALYZE ${table}`);
}
