import type { Schema as ArrowSchema, RecordBatch, Table } from 'apache-arrow';
import { MillraceError } from '../errors.ts';
import type { UnknownCols } from '../frame/columns.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import type { ColumnBatch, ScanColumn } from '../plan/scan.ts';
import type { Executor, Source } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import { describeDType, type Schema } from '../schema/dtype.ts';
import { expandPaths } from '../storage/paths.ts';
import { openArrow } from './arrow-file.ts';
import { type ArrowColumn, arrowColumn, valuesOf } from './arrow-values.ts';
import { matchColumn, ownColumn } from './match-column.ts';
import { scanColumns } from './scan-columns.ts';

/** What `read.arrow` takes. */
export interface ArrowOptions<S extends SchemaSpec> {
  /** The columns, checked by name and dtype; columns that it does not name are passed over. */
  readonly schema: S;
}

export const ARROW_OPTIONS: OptionNames<ArrowOptions<SchemaSpec>> = { schema: true };

/** Arrow IPC, in the file format or the stream format: a path, paths or a glob, or the bytes. */
export type ArrowInput = string | readonly string[] | Uint8Array;

type Matched = ScanColumn & { readonly found: ArrowColumn; readonly promises: boolean };

const TABLE = 'the Arrow table';

/**
 * Reads Arrow: a table, or IPC in the file format (Feather) or the stream format by path, paths, glob or as bytes. Whole
 * numbers are ints (unsigned ones of 64 bits decimals), timestamps of any unit are cut to microseconds and, without a
 * zone, taken as UTC, dictionaries are strings. A null in a column that the schema says has none is an error that names
 * it, and so is a value that the declared dtype does not hold. Files are read into memory.
 *
 * Errors: `arrow.missing_column`, `arrow.dtype` with both types, `arrow.null` and `arrow.bad_value` with the file and row,
 * `arrow.unreadable` for what is cut off, damaged, compressed or no IPC, `arrow.not_found`, `arrow.duplicate_path`,
 * `arrow.scheme`.
 *
 * @example
 * ```ts
 * import { tableFromArrays, tableToIPC } from 'apache-arrow';
 * import { read, t } from 'millrace';
 * const bytes = tableToIPC(tableFromArrays({ id: Int32Array.of(1, 2), name: ['a', 'b'] }), 'file');
 * const rows = read.arrow(bytes, { schema: { id: t.int(), name: t.string() } });
 * console.log(await rows.rows()); // [ { id: 1, name: 'a' }, { id: 2, name: 'b' } ]
 * ```
 */
export function readArrow<const S extends SchemaSpec>(
  executor: Executor,
  source: Table | ArrowInput,
  options: ArrowOptions<S>,
): FrameOf<S>;
export function readArrow(executor: Executor, source: Table, options?: undefined): Frame<UnknownCols>;
export function readArrow(executor: Executor, source: Table | ArrowInput, options?: ArrowOptions<SchemaSpec>): unknown {
  if (isInput(source)) {
    if (options === undefined) return openArrowInput(executor, source);
    const declared = scanColumns(options.schema);
    return inputFrame(executor, source, schemaOf(options.schema), (found, name) =>
      matched(declared, found, name, true),
    );
  }
  const found = columnsOf(source.schema);
  const declared = scanColumns(options?.schema) ?? found.map((column) => ownColumn(column, 'arrow', TABLE));
  const columns = matched(declared, found, TABLE, options !== undefined);
  const schema = options === undefined ? plainSchema(declared) : schemaOf(options.schema);
  return frameOf(executor, { name: 'arrow', schema, batches: () => batchesOf(source.batches, columns, TABLE) });
}

/** Reads IPC whose columns it tells itself: it is opened now. */
export async function openArrowInput(executor: Executor, input: ArrowInput): Promise<Frame<UnknownCols>> {
  const [first] = partsOf(input);
  if (first === undefined) throw new Error('nothing to open');
  const { schema } = await openArrow(first.source, first.name);
  const declared = columnsOf(schema).map((column) => ownColumn(column, 'arrow', first.name));
  return inputFrame(executor, input, plainSchema(declared), (found, name) =>
    matched(declared, found, name, false),
  ) as Frame<UnknownCols>;
}

function isInput(source: Table | ArrowInput): source is ArrowInput {
  return typeof source === 'string' || Array.isArray(source) || source instanceof Uint8Array;
}

interface Part {
  readonly source: string | Uint8Array;
  readonly name: string;
}

function partsOf(input: ArrowInput): Part[] {
  if (input instanceof Uint8Array) return [{ source: input, name: 'the Arrow bytes' }];
  return expandPaths(input, 'arrow').map((path) => ({ source: path, name: path }));
}

function inputFrame(
  executor: Executor,
  input: ArrowInput,
  schema: Schema,
  match: (found: readonly ArrowColumn[], name: string) => Matched[],
): unknown {
  const name = input instanceof Uint8Array ? 'arrow' : `arrow ${typeof input === 'string' ? input : input.join(', ')}`;
  const batches = async function* (): AsyncGenerator<ColumnBatch> {
    for (const part of partsOf(input)) {
      const file = await openArrow(part.source, part.name);
      yield* batchesOf(file.batches, match(columnsOf(file.schema), part.name), part.name);
    }
  };
  return frameOf(executor, { name, schema, batches });
}

function frameOf(
  executor: Executor,
  {
    batches,
    ...named
  }: {
    readonly name: string;
    readonly schema: Schema;
    readonly batches: () => Iterable<ColumnBatch> | AsyncIterable<ColumnBatch>;
  },
): unknown {
  const source: Source = {
    ...named,
    ordered: true,
    onBadRow: 'fail',
    volatile: false,
    prepare: async () => ({ kind: 'columns', batches }) as const,
  };
  return new Frame({ kind: 'source', source }, executor);
}

function columnsOf(schema: ArrowSchema): ArrowColumn[] {
  if (schema.fields.length === 0) {
    throw new MillraceError({
      code: 'schema.invalid',
      message: 'read.arrow: the Arrow data have no column. Give some with one at least.',
    });
  }
  return schema.fields.map(arrowColumn);
}

function plainSchema(columns: readonly ScanColumn[]): Schema {
  return columns.map(({ name, dtype, nullable }) => ({ name, dtype, nullable }));
}

function matched(
  declared: readonly ScanColumn[],
  found: readonly ArrowColumn[],
  name: string,
  // Without a schema an int that a number cannot hold is an error where it enters JavaScript, not before.
  promises: boolean,
): Matched[] {
  return declared.map((column) => ({ ...matchColumn(column, found, 'arrow', name), promises }));
}

function* batchesOf(batches: Iterable<RecordBatch>, columns: readonly Matched[], name: string): Generator<ColumnBatch> {
  let row = 0;
  for (const batch of batches) {
    // One without rows need not have the columns of its structs.
    if (batch.numRows === 0) continue;
    yield { rows: batch.numRows, columns: columns.map((column) => checked(batch, column, { row, name })) };
    row += batch.numRows;
  }
}

function checked(
  batch: RecordBatch,
  column: Matched,
  { row, name }: { readonly row: number; readonly name: string },
): readonly unknown[] {
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
      message: `${name}, row ${row + i + 1}: column ${JSON.stringify(column.outside)} ${what}.`,
      details: { ...(name === TABLE ? {} : { file: name }), row: row + i + 1, column: column.outside, value },
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
