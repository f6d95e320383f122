import { readBlocks } from '../../engines/duckdb/blocks.ts';
import type { Engine, Run } from '../../engines/duckdb/engine.ts';
import type { RunOptions } from '../../plan/source.ts';
import type { Block, BlockColumn } from '../../schema/block.ts';
import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { dayText, instantText } from '../../schema/engine-time.ts';
import { columnValues } from '../../schema/js-value.ts';
import { quoteName } from '../../sql/dialect.ts';
import { jsonText } from '../../sql/duckdb/write-nested.ts';
import type { Batches, Bound } from './database.ts';

/** The rows of a run in a scratch table of the embedded engine, whose columns are `c0`, `c1` and so on. */
export interface HeldRows {
  readonly table: string;
  readonly rows: number;
  /** The rows as values that lose nothing, so many at a time. */
  batches(size: number, bytes: number, options: RunOptions): Batches;
  /** Bytes of all values that were handed out. */
  bytes(): number;
  drop(): Promise<void>;
}

export async function holdRows(engine: Engine, run: Run, schema: Schema, options: RunOptions): Promise<HeldRows> {
  const columns = schema.map((field, i) => `${told(field)} AS c${i}`);
  const sql = `SELECT ${columns.join(', ')} FROM (${run.query.sql})`;
  const { table, rows } = await engine.toTable({ sql, values: run.query.values }, options);
  const wire = schema.map(({ dtype, nullable }, i): Field => ({ name: `c${i}`, dtype: asText(dtype), nullable }));
  let bytes = 0;
  const { signal, onProgress } = options;
  return {
    table,
    rows,
    bytes: () => bytes,
    drop: () => engine.drop(table),
    batches: async function* (size, mostBytes) {
      let sent = 0;
      for await (const block of readBlocks(engine.connections, table, wire, rows, { signal })) {
        const of = block.columns.map((column, c) => boundValues(schema[c], column, block.rows));
        bytes += bytesOf(block, 0, block.rows);
        for (const [from, to] of spans(block, size, mostBytes)) {
          yield Array.from({ length: to - from }, (_, i) => of.map((values) => values[from + i] ?? null));
          sent += to - from;
          onProgress?.(rows === 0 ? 1 : sent / rows);
        }
      }
    },
  };
}

/** A column as it is held: nested values are JSON already. */
function told({ name, dtype }: Field): string {
  const column = quoteName(name);
  if (dtype.id === 'json') return `CAST(${column} AS VARCHAR)`;
  if (dtype.id !== 'list' && dtype.id !== 'struct') return column;
  return `CASE WHEN ${column} IS NOT NULL THEN ${jsonText(column, dtype)} END`;
}

function asText(dtype: DataType): DataType {
  return ['json', 'list', 'struct'].includes(dtype.id) ? { id: 'string' } : dtype;
}

/** The values of a column: whole numbers as bigints, floats as numbers, decimals, days, instants and JSON as text. */
function boundValues(field: Field | undefined, column: BlockColumn, rows: number): readonly Bound[] {
  if (field === undefined) throw new Error('a column that no field tells');
  const as = (dtype: DataType): Bound[] => columnValues({ ...field, dtype }, column, rows) as Bound[];
  switch (field.dtype.id) {
    case 'int':
    case 'bigint':
      return as({ id: 'bigint' });
    case 'timestamp':
      return as({ id: 'bigint' }).map((micros) => (micros === null ? null : instantText(micros as bigint)));
    case 'date': {
      // As doubles they are read as they are: 32 bits fit.
      return as({ id: 'float' }).map((days) => (days === null ? null : dayText(days as number)));
    }
    case 'json':
    case 'list':
    case 'struct':
      return as({ id: 'string' });
    default:
      return as(field.dtype);
  }
}

/** Parts of a block of so many rows and bytes at most; one row may have more bytes than that. Each half is half as long. */
function* spans(block: Block, size: number, mostBytes: number): Generator<readonly [from: number, to: number]> {
  const part = function* (from: number, to: number): Generator<readonly [number, number]> {
    if (to - from <= 1 || bytesOf(block, from, to) <= mostBytes) {
      yield [from, to];
      return;
    }
    const middle = from + Math.ceil((to - from) / 2);
    yield* part(from, middle);
    yield* part(middle, to);
  };
  for (let from = 0; from < block.rows; from += size) yield* part(from, Math.min(from + size, block.rows));
}

function bytesOf(block: Block, from: number, to: number): number {
  let bytes = 0;
  for (const { offsets } of block.columns) {
    bytes += offsets === undefined ? 8 * (to - from) : (offsets[to] ?? 0) - (offsets[from] ?? 0);
  }
  return bytes;
}
