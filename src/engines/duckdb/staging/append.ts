import type { DuckDBAppender, DuckDBConnection, DuckDBType, DuckDBValue } from '@duckdb/node-api';
import type { NoRow, RowBatch } from '../../../plan/scan.ts';
import { type DataType, describeDType, type Field, type Schema } from '../../../schema/dtype.ts';
import { daysOf, microsOf } from '../../../schema/engine-time.ts';
import { fromJs } from '../../../schema/from-js.ts';
import { quoteName } from '../../../sql/dialect.ts';
import { duckdb } from '../../../sql/duckdb.ts';
import { nodeApi } from '../node-api.ts';

const { BIGINT, BLOB, BOOLEAN, DATE, DECIMAL, DOUBLE, TIMESTAMP, VARCHAR } = nodeApi;
const { DuckDBBlobValue, DuckDBDataChunk, DuckDBDateValue, DuckDBDecimalValue, DuckDBTimestampValue } = nodeApi;

/** The rows of one of the engine's data chunks. */
export const CHUNK_ROWS = 2048;

/** A JavaScript row that does not fit its schema. */
export interface BadRow {
  /** From 1, in the order given. */
  readonly row: number;
  /** None where there is no row at all. */
  readonly column: string | null;
  readonly value: unknown;
  readonly reason: string;
  readonly raw: readonly unknown[] | NoRow;
}

/**
 * Brings JavaScript rows into a new table, chunk by chunk. A row that does not fit goes to `onBadRow`, which throws or
 * keeps it. Gives how many rows were read.
 */
export async function appendRows(
  connection: DuckDBConnection,
  table: { readonly schema: string; readonly name: string },
  schema: Schema,
  batches: AsyncIterable<RowBatch> | Iterable<RowBatch>,
  onBadRow: (bad: BadRow) => void,
): Promise<number> {
  await createTable(connection, table, schema);
  const types = schema.map((f) => engineType(carrier(f.dtype)));
  let read = 0;
  let pending: DuckDBValue[][] = schema.map(() => []);
  const flush = (appender: DuckDBAppender): void => {
    const rows = pending[0]?.length ?? 0;
    if (rows === 0) return;
    const chunk = DuckDBDataChunk.create(types, rows);
    pending.forEach((values, c) => {
      chunk.setColumnValues(c, values);
    });
    appender.appendDataChunk(chunk);
    pending = schema.map(() => []);
  };
  return withAppender(connection, table, async (appender) => {
    for await (const batch of batches) {
      for (const row of batch) {
        read += 1;
        const values = convert(row, schema, read, onBadRow);
        if (values === undefined) continue;
        values.forEach((value, c) => {
          pending[c]?.push(value);
        });
        if ((pending[0]?.length ?? 0) === CHUNK_ROWS) flush(appender);
      }
    }
    flush(appender);
    return read;
  });
}

/** Lends an appender to a task and closes it, also when the task fails: a table with an open one holds its rows. */
export async function withAppender<R>(
  connection: DuckDBConnection,
  table: { readonly schema: string; readonly name: string },
  task: (appender: DuckDBAppender) => Promise<R>,
): Promise<R> {
  const appender = await connection.createAppender(table.name, 'main', table.schema);
  let result: R;
  try {
    result = await task(appender);
  } catch (error) {
    try {
      appender.closeSync();
    } catch {
      // The first error is the one to tell.
    }
    throw error;
  }
  appender.closeSync();
  return result;
}

/** A table that values can be appended to. */
export async function createTable(
  connection: DuckDBConnection,
  table: { readonly schema: string; readonly name: string },
  schema: Schema,
): Promise<void> {
  const columns = schema.map((f) => `${quoteName(f.name)} ${duckdb.typeName(carrier(f.dtype))}`);
  await connection.run(`CREATE TABLE ${table.schema}.${quoteName(table.name)} (${columns.join(', ')})`);
}

/** Lists and structs travel as JSON text. */
export function carrier(dtype: DataType): DataType {
  return dtype.id === 'list' || dtype.id === 'struct' ? { id: 'string' } : dtype;
}

function convert(
  row: readonly unknown[] | NoRow,
  schema: Schema,
  number: number,
  onBadRow: (bad: BadRow) => void,
): DuckDBValue[] | undefined {
  if ('given' in row) {
    onBadRow({ row: number, column: null, value: null, reason: row.reason, raw: row });
    return undefined;
  }
  const values: DuckDBValue[] = [];
  for (const [c, field] of schema.entries()) {
    const value = row[c];
    const reason = misfit(value, field);
    if (reason !== undefined) {
      onBadRow({ row: number, column: field.name, value, reason, raw: row });
      return undefined;
    }
    values.push(value === null || value === undefined ? null : engineValue(value, field.dtype));
  }
  return values;
}

function misfit(value: unknown, field: Field): string | undefined {
  if (value === null || value === undefined) {
    return field.nullable ? undefined : 'is null, and the column is not nullable';
  }
  return fromJs(value, field.dtype) === undefined ? `is not ${article(describeDType(field.dtype))}` : undefined;
}

function engineValue(value: unknown, dtype: DataType): DuckDBValue {
  const known = fromJs(value, dtype);
  switch (dtype.id) {
    case 'date':
      return new DuckDBDateValue(daysOf(String(known)));
    case 'timestamp':
      return new DuckDBTimestampValue(microsOf(String(known)));
    case 'decimal':
      return new DuckDBDecimalValue(BigInt(String(known).replace('.', '')), dtype.precision, dtype.scale);
    case 'binary':
      return new DuckDBBlobValue(known as Uint8Array);
    default:
      return known as DuckDBValue;
  }
}

export function engineType(dtype: DataType): DuckDBType {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return BIGINT;
    case 'float':
      return DOUBLE;
    case 'decimal':
      return DECIMAL(dtype.precision, dtype.scale);
    case 'boolean':
      return BOOLEAN;
    case 'date':
      return DATE;
    case 'timestamp':
      return TIMESTAMP;
    case 'binary':
      return BLOB;
    default:
      return VARCHAR;
  }
}

function article(noun: string): string {
  return `${/^[aei]/.test(noun) ? 'an' : 'a'} ${noun}`;
}
