import type { RecordBatch, Table } from 'apache-arrow';
import { MillraceError } from '../errors.ts';
import type { UnknownCols } from '../frame/columns.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { ColumnBatch, ScanColumn } from '../plan/scan.ts';
import type { Executor, Source } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { describeDType } from '../schema/dtype.ts';
import { type ArrowColumn, arrowColumn, valuesOf } from './arrow-values.ts';
import { matchColumn, ownColumn } from './match-column.ts';
import { scanColumns } from './scan-columns.ts';

export interface ArrowOptions<S extends SchemaSpec> {
  /** The columns, checked by name and dtype; columns that it does not name are passed over. */
  readonly schema: S;
}

type Matched = ScanColumn & { readonly found: ArrowColumn; readonly promises: boolean };

/**
 * Reads an Arrow table, column by column. Whole numbers are ints (unsigned ones of 64 bits decimals), timestamps of any
 * unit are cut to microseconds and, without a zone, taken as UTC, dictionaries are strings. A null in a column that the
 * schema says has none is an error that names it, and so is a value that the declared dtype does not hold.
 */
export function readArrow<const S extends SchemaSpec>(
  executor: Executor,
  table: Table,
  options: ArrowOptions<S>,
): FrameOf<S>;
export function readArrow(executor: Executor, table: Table, options?: undefined): Frame<UnknownCols>;
export function readArrow(executor: Executor, table: Table, options?: ArrowOptions<SchemaSpec>): unknown {
  const found = table.schema.fields.map(arrowColumn);
  const declared = scanColumns(options?.schema) ?? found.map((column) => ownColumn(column, 'arrow', 'the Arrow table'));
  const columns = declared.map((column) => ({
    ...matchColumn(column, found, 'arrow', 'the Arrow table'),
    // Without a schema an int that a number cannot hold is an error where it enters JavaScript, not before.
    promises: options !== undefined,
  }));
  const schema =
    options === undefined
      ? declared.map(({ name, dtype, nullable }) => ({ name, dtype, nullable }))
      : schemaOf(options.schema);
  const source: Source = {
    name: 'arrow',
    schema,
    ordered: true,
    onBadRow: 'fail',
    volatile: false,
    prepare: async () => ({ kind: 'columns', batches: () => batchesOf(table, columns) }) as const,
  };
  return new Frame({ kind: 'source', source }, executor);
}

function* batchesOf(table: Table, columns: readonly Matched[]): Generator<ColumnBatch> {
  let row = 0;
  for (const batch of table.batches) {
    yield { rows: batch.numRows, columns: columns.map((column) => checked(batch, column, row)) };
    row += batch.numRows;
  }
}

function checked(batch: RecordBatch, column: Matched, row: number): readonly unknown[] {
  const child = batch.getChildAt(column.found.position);
  const values = child === null ? [] : valuesOf(child, column.dtype);
  for (const [i, value] of values.entries()) {
    if (value === null ? column.nullable : fits(value, column)) continue;
    const what =
      value === null
        ? 'is null, and the schema says that it never is'
        : `is ${String(value)}, which is not ${describeDType(column.dtype)}`;
    throw new MillraceError({
      code: value === null ? 'arrow.null' : 'arrow.bad_value',
      message: `the Arrow table, row ${row + i + 1}: column ${JSON.stringify(column.outside)} ${what}.`,
      details: { row: row + i + 1, column: column.outside, value },
    });
  }
  return values;
}

const LARGEST = BigInt(Number.MAX_SAFE_INTEGER);

/** Whether a value keeps what its declared dtype promises beyond the stored type. */
function fits(value: unknown, { dtype, promises }: Matched): boolean {
  if (!promises) return true;
  if (dtype.id === 'int') return typeof value === 'bigint' && value <= LARGEST && value >= -LARGEST;
  if (dtype.id === 'string' && dtype.values !== undefined) return dtype.values.includes(String(value));
  return true;
}
