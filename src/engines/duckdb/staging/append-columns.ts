import type { DuckDBConnection, DuckDBValue } from '@duckdb/node-api';
import type { ColumnBatch } from '../../../plan/scan.ts';
import type { DataType, Schema } from '../../../schema/dtype.ts';
import { nodeApi } from '../node-api.ts';
import { CHUNK_ROWS, carrier, createTable, engineType, withAppender } from './append.ts';

const { DuckDBBlobValue, DuckDBDataChunk, DuckDBDateValue, DuckDBDecimalValue, DuckDBTimestampValue } = nodeApi;

/** Brings columns of values into a new table, chunk by chunk. Gives how many rows there were. */
export async function appendColumns(
  connection: DuckDBConnection,
  table: { readonly schema: string; readonly name: string },
  schema: Schema,
  batches: AsyncIterable<ColumnBatch> | Iterable<ColumnBatch>,
): Promise<number> {
  await createTable(connection, table, schema);
  const types = schema.map((field) => engineType(carrier(field.dtype)));
  return withAppender(connection, table, async (appender) => {
    let read = 0;
    for await (const batch of batches) {
      for (let start = 0; start < batch.rows; start += CHUNK_ROWS) {
        const end = Math.min(start + CHUNK_ROWS, batch.rows);
        const chunk = DuckDBDataChunk.create(types, end - start);
        schema.forEach((field, c) => {
          const values = (batch.columns[c] ?? []).slice(start, end);
          chunk.setColumnValues(c, values.map(wrapper(field.dtype)));
        });
        appender.appendDataChunk(chunk);
      }
      read += batch.rows;
    }
    return read;
  });
}

function wrapper(dtype: DataType): (value: unknown) => DuckDBValue {
  const present = (wrap: (value: never) => DuckDBValue) => (value: unknown) =>
    value === null || value === undefined ? null : wrap(value as never);
  switch (dtype.id) {
    case 'date':
      return present((days: number) => new DuckDBDateValue(days));
    case 'timestamp':
      return present((micros: bigint) => new DuckDBTimestampValue(micros));
    case 'decimal':
      return present((digits: bigint) => new DuckDBDecimalValue(digits, dtype.precision, dtype.scale));
    case 'binary':
      return present((bytes: Uint8Array) => new DuckDBBlobValue(bytes));
    default:
      return present((value: DuckDBValue) => value);
  }
}
