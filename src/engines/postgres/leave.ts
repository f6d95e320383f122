import type { Increment } from '../../plan/incremental.ts';
import { isOrdered } from '../../plan/order.ts';
import { outputSchema } from '../../plan/output-schema.ts';
import type { Relation } from '../../plan/relation.ts';
import type { ColumnBatch } from '../../plan/scan.ts';
import type { RowCounts, RunOptions, Source } from '../../plan/source.ts';
import type { Block, BlockColumn } from '../../schema/block.ts';
import type { DataType, Schema } from '../../schema/dtype.ts';
import type { PostgresSession } from './session.ts';

/** A plan's rows on their way out of the database, and what its run counted, once they have left. */
export interface Leaving {
  readonly source: Source;
  counted(): Counted;
}

type Counted = RowCounts & { readonly rejects: string; readonly increments: readonly Increment[] };

/** The rows of a plan as a source of the embedded engine, which writes what the database cannot: files, other databases. */
export function leaving(session: PostgresSession, plan: Relation, options: RunOptions): Leaving {
  const schema = outputSchema(plan);
  let counts: Counted | undefined;
  const batches = async function* (): AsyncGenerator<ColumnBatch> {
    const engine = await session.open();
    const blocks = engine.blocks(
      (open) =>
        engine.run(plan, options, async (server, run) => {
          const rejects = await engine.unionOf(server, run.rejects);
          const { quarantined, increments } = run;
          counts = { read: await run.countRead(server), quarantined, rejects, increments };
          await open(server, run.query);
        }),
      schema,
      options,
    );
    for await (const block of blocks) yield batchOf(block, schema);
  };
  const source: Source = {
    name: 'postgres',
    schema,
    ordered: isOrdered(plan),
    onBadRow: 'fail',
    volatile: false,
    prepare: async () => ({ kind: 'columns', batches }),
  };
  const counted = (): Counted => {
    if (counts === undefined) throw new Error('the rows have not left yet');
    return counts;
  };
  return { source, counted };
}

function batchOf(block: Block, schema: Schema): ColumnBatch {
  const columns = schema.map(({ dtype }, c) => {
    const column = block.columns[c];
    return column === undefined ? [] : valuesOf(column, dtype, block.rows);
  });
  return { rows: block.rows, columns };
}

function valuesOf(column: BlockColumn, dtype: DataType, rows: number): readonly unknown[] {
  const { values, offsets, validity } = column;
  const bytes = (i: number): Uint8Array => (values as Uint8Array).subarray(offsets?.[i], offsets?.[i + 1]);
  const wide = new DataView(values.buffer, values.byteOffset, values.byteLength);
  const digits = (i: number): bigint => (wide.getBigInt64(i * 16 + 8, true) << 64n) | wide.getBigUint64(i * 16, true);
  const value = (i: number): unknown => {
    if (dtype.id === 'binary') return bytes(i);
    if (offsets !== undefined) return Buffer.from(bytes(i)).toString();
    if (dtype.id === 'boolean') return values[i] === 1;
    return dtype.id === 'decimal' && values instanceof Uint8Array ? digits(i) : values[i];
  };
  return Array.from({ length: rows }, (_, i) =>
    validity !== undefined && ((validity[i >> 3] ?? 0) & (1 << (i & 7))) === 0 ? null : value(i),
  );
}
