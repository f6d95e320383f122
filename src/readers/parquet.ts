import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { MillraceError } from '../errors.ts';
import type { UnknownCols } from '../frame/columns.ts';
import { Frame, type FrameOf } from '../frame/frame.ts';
import type { OptionNames } from '../option-names.ts';
import type { IncrementalFiles } from '../plan/incremental.ts';
import type { FoundColumn, ParquetColumn, Scan } from '../plan/scan.ts';
import type { Executor, Source, SourceContext } from '../plan/source.ts';
import { type SchemaSpec, schemaOf } from '../schema/column-type.ts';
import type { Schema } from '../schema/dtype.ts';
import { calledAs } from '../storage/called-as.ts';
import { type Dataset, fetchDataset, isAnyS3 } from '../storage/dataset.ts';
import type { S3Options } from '../storage/s3/options.ts';
import { Stamps, stamped } from '../storage/stamps.ts';
import {
  filesSince,
  type IncrementalFilesOptions,
  incrementalFiles,
  NO_FILES,
  refuseNoFiles,
} from './incremental/files.ts';
import { matchColumn, ownColumn } from './match-column.ts';
import { scanColumns } from './scan-columns.ts';

/** What `read.parquet` takes. */
export interface ParquetOptions<S extends SchemaSpec> {
  /** The columns, checked by name and dtype when the plan runs. Columns that it does not name are passed over. */
  readonly schema: S;
  /** Reads the files that came or were changed since the last load that committed. */
  readonly incremental?: IncrementalFilesOptions;
  /** How the store of `s3://` urls is reached. */
  readonly s3?: S3Options;
}

/** What may be said of files that are opened without a schema. */
export type OpenParquetOptions = Pick<ParquetOptions<SchemaSpec>, 's3'> & { readonly schema?: undefined };

export const OPEN_PARQUET_OPTIONS: OptionNames<OpenParquetOptions> = { schema: true, s3: 'object' };
export const PARQUET_OPTIONS: OptionNames<ParquetOptions<SchemaSpec>> = {
  ...OPEN_PARQUET_OPTIONS,
  incremental: 'object',
};

/**
 * Reads Parquet files with a declared schema: by path, paths, glob, or the folder of a dataset, whose folders named
 * `column=value` are columns too. Only the columns and row groups that a plan needs are read.
 *
 * Lists and structs are those of the file; a map is a list of keys and values,
 * `t.list(t.struct({ key: t.string(), value: t.int().nullable() }))`. Unsigned numbers of 64 bits are decimals, uuids
 * strings; times of any unit are cut to microseconds, and UTC where they have no zone. A time of day, an interval and
 * whatever else no dtype holds is refused by its name; a schema may leave it out.
 *
 * An `s3://` url names a dataset, a folder or a `.parquet` file in a store that speaks S3 (needs the package
 * `@aws-sdk/client-s3`): its files are fetched whole, once a session, all of one version of the dataset.
 *
 * Errors: `parquet.missing_column`, `parquet.dtype` with both types, `parquet.null` and `parquet.bad_value` with the
 * file, `parquet.unreadable` for a file that is damaged, `parquet.mixed` where files differ, `parquet.not_found`, `parquet.missing_file`,
 * `parquet.duplicate_path`, `parquet.scheme`; `source.changed`; of a store `s3.credentials` and others that begin with
 * `s3.`.
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
  refuseStore(options, paths);
  const incremental = incrementalFiles(options.incremental);
  const source = sourceOf(paths, schemaOf(options.schema), match, { incremental, s3: options.s3 });
  return new Frame({ kind: 'source', source }, executor);
}

/** Reads Parquet files whose columns the files tell: they are looked at now, and their columns known at run time. */
export async function openParquet(
  executor: Executor,
  paths: string | readonly string[],
  options: OpenParquetOptions = {},
): Promise<Frame<UnknownCols>> {
  refuseStore(options, paths);
  const columns = await columnsOf(paths, await executor.look({}), options);
  const resolved = columns.map((column) => ownColumn(column, 'parquet', nameOf(paths)));
  const schema = resolved.map(({ name, dtype, nullable }) => ({ name, dtype, nullable }));
  const source = sourceOf(
    paths,
    schema,
    (found, name) => resolved.map((column) => matchColumn(column, found, 'parquet', name)),
    { incremental: undefined, s3: options.s3 },
  );
  return new Frame({ kind: 'source', source }, executor);
}

function sourceOf(
  paths: string | readonly string[],
  schema: Schema,
  match: (found: readonly FoundColumn[], name: string) => ParquetColumn[],
  { incremental, s3 }: { readonly incremental: IncrementalFiles | undefined; readonly s3: S3Options | undefined },
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
    isColumnar: true,
    // What is in a store is fetched once.
    volatile: incremental !== undefined || isAnyS3(paths),
    ...(incremental === undefined ? {} : { incremental }),
    forget: () => {
      known = undefined;
      stamps.forget();
    },
    prepare: async (context): Promise<Scan> => {
      const found = await fetchDataset(paths, s3, context);
      const dataset = { ...found, paths: filesSince(found.paths, context) };
      if (dataset.paths.length === 0) return NO_FILES;
      const stamp = JSON.stringify(dataset.paths.map(stamped));
      if (known?.stamp !== stamp) {
        const columns = match(await columnsIn(dataset, context), name);
        stamps.check(dataset.paths.map(stamped));
        known = { dataset, stamp, columns };
      }
      const partitioned = dataset.partitions.length > 0;
      const { names } = dataset;
      const called = names === undefined ? {} : { names };
      return { kind: 'parquet', paths: dataset.paths, partitioned, columns: known.columns, ...called };
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
  { s3 }: OpenParquetOptions = {},
): Promise<{ readonly dataset: Dataset; readonly columns: readonly FoundColumn[] }> {
  const dataset = await fetchDataset(paths, s3, context);
  return { dataset, columns: await columnsIn(dataset, context) };
}

/** The columns alone: what was fetched to find them goes. */
async function columnsOf(
  paths: string | readonly string[],
  context: SourceContext,
  options: OpenParquetOptions,
): Promise<readonly FoundColumn[]> {
  if (!isAnyS3(paths)) return (await lookAtParquet(paths, context)).columns;
  const folder = await mkdtemp(join(await context.scratchFolder(), 'look-'));
  try {
    return (await lookAtParquet(paths, { ...context, scratchFolder: async () => folder }, options)).columns;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function columnsIn(
  { paths, partitions, names }: Dataset,
  context: SourceContext,
): Promise<readonly FoundColumn[]> {
  try {
    return await context.parquetColumns(paths, partitions);
  } catch (error) {
    throw calledAs(error, paths, names);
  }
}

function refuseStore(
  { s3, incremental }: { readonly s3?: unknown; readonly incremental?: unknown },
  paths: string | readonly string[],
): void {
  refuseNoFiles(incremental, !isAnyS3(paths), nameOf(paths));
  if (s3 === undefined || isAnyS3(paths)) return;
  throw new MillraceError({
    code: 'parquet.option',
    message: `read.parquet: s3 is given, and ${nameOf(paths)} names no s3:// url.`,
  });
}
