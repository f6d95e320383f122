import type { UnknownCols } from '../frame/columns.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { IncrementalFiles } from '../plan/incremental.ts';
import type { FoundColumn, ParquetColumn, Scan } from '../plan/scan.ts';
import type { Executor, Source, SourceContext } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { Schema } from '../schema/dtype.ts';
import { type Dataset, datasetOf } from '../storage/dataset.ts';
import { Stamps, stamped } from '../storage/stamps.ts';
import { filesSince, type IncrementalFilesOptions, incrementalFiles, NO_FILES } from './incremental/files.ts';
import { matchColumn, ownColumn } from './match-column.ts';
import { scanColumns } from './scan-columns.ts';

export interface ParquetOptions<S extends SchemaSpec> {
  /** The columns, checked by name and dtype when the plan runs; columns that it does not name are passed over. */
  readonly schema: S;
  /** Reads the files that came or were changed since the last load that committed. */
  readonly incremental?: IncrementalFilesOptions;
}

/**
 * Reads Parquet files with a declared schema: by path, paths, glob, or the folder of a dataset, whose folders named
 * `column=value` are columns too. Only the columns and row groups that a plan needs are read.
 *
 * Lists and structs are those of the file; a map is a list of keys and values,
 * `t.list(t.struct({ key: t.string(), value: t.int().nullable() }))`. Unsigned numbers of 64 bits are decimals, uuids
 * strings; times of any unit are cut to microseconds, and UTC where they have no zone. A time of day, an interval and
 * whatever else no dtype holds is refused by its name; a schema may leave it out.
 *
 * Errors: `parquet.missing_column`, `parquet.dtype` with both types, `parquet.null` and `parquet.bad_value` with the
 * file, `parquet.unreadable` for a file that is damaged, `parquet.mixed` where files differ, `parquet.not_found`,
 * `parquet.duplicate_path`, `parquet.scheme`; `source.changed`.
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * const schema = { sku: t.string(), sizes: t.list(t.int()) };
 * const stock = read.rows([{ sku: 'desk', sizes: [120, 160] }], { schema });
 * await load.parquet(stock, 'warehouse/stock', { mode: 'replace' });
 * console.log(await read.parquet('warehouse/stock', { schema }).rows()); // [ { sku: 'desk', sizes: [ 120, 160 ] } ]
 * ```
 */
export function readParquet<const S extends SchemaSpec>(
  executor: Executor,
  paths: string | readonly string[],
  options: ParquetOptions<S>,
): FrameOf<S> {
  const declared = scanColumns(options.schema);
  const match = (found: readonly FoundColumn[], name: string): ParquetColumn[] =>
    declared.map((column) => matchColumn(column, found, 'parquet', name, { checksDigits: true }));
  const source = sourceOf(paths, schemaOf(options.schema), match, incrementalFiles(options.incremental));
  return new Frame({ kind: 'source', source }, executor);
}

/** Reads Parquet files whose columns the files tell: they are looked at now, and their columns known at run time. */
export async function openParquet(executor: Executor, paths: string | readonly string[]): Promise<Frame<UnknownCols>> {
  const { columns } = await lookAtParquet(paths, await executor.look({}));
  const resolved = columns.map((column) => ownColumn(column, 'parquet', nameOf(paths)));
  const schema = resolved.map(({ name, dtype, nullable }) => ({ name, dtype, nullable }));
  const source = sourceOf(paths, schema, (found, name) =>
    resolved.map((column) => matchColumn(column, found, 'parquet', name)),
  );
  return new Frame({ kind: 'source', source }, executor);
}

function sourceOf(
  paths: string | readonly string[],
  schema: Schema,
  match: (found: readonly FoundColumn[], name: string) => ParquetColumn[],
  incremental?: IncrementalFiles,
): Source {
  const name = nameOf(paths);
  const stamps = new Stamps();
  /** What was found in the files, as long as they do not change. */
  let known: { readonly dataset: Dataset; readonly stamp: string; readonly columns: ParquetColumn[] } | undefined;
  return {
    name,
    schema,
    ordered: true,
    onBadRow: 'fail',
    volatile: incremental !== undefined,
    ...(incremental === undefined ? {} : { incremental }),
    forget: () => {
      known = undefined;
      stamps.forget();
    },
    prepare: async (context): Promise<Scan> => {
      const found = datasetOf(paths);
      const dataset = { ...found, paths: filesSince(found.paths, context) };
      if (dataset.paths.length === 0) return NO_FILES;
      const stamp = JSON.stringify(dataset.paths.map(stamped));
      if (known?.stamp !== stamp) {
        const columns = match(await context.parquetColumns(dataset.paths, dataset.partitions), name);
        stamps.check(dataset.paths.map(stamped));
        known = { dataset, stamp, columns };
      }
      const partitioned = dataset.partitions.length > 0;
      return { kind: 'parquet', paths: dataset.paths, partitioned, columns: known.columns };
    },
  };
}

function nameOf(paths: string | readonly string[]): string {
  return `parquet ${typeof paths === 'string' ? paths : paths.join(', ')}`;
}

/** The files that paths name, and their columns. */
export async function lookAtParquet(
  paths: string | readonly string[],
  context: SourceContext,
): Promise<{ readonly dataset: Dataset; readonly columns: readonly FoundColumn[] }> {
  const dataset = datasetOf(paths);
  return { dataset, columns: await context.parquetColumns(dataset.paths, dataset.partitions) };
}
