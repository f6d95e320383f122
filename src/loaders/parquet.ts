import { join } from 'node:path';
import type { Engine, Run } from '../engines/duckdb/engine.ts';
import { MillraceError } from '../errors.ts';
import { fieldOf } from '../frame/columns.ts';
import type { Frame } from '../frame/frame.ts';
import { listOf } from '../frame/functions/order.ts';
import type { OptionNames } from '../option-names.ts';
import { isOrdered } from '../plan/order.ts';
import { RUN_OPTIONS, type RunOptions } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import { type DataType, describeDType, type Field } from '../schema/dtype.ts';
import { showValue } from '../schema/show-value.ts';
import { quoteName, quoteText } from '../sql/dialect.ts';
import { withZone } from '../sql/duckdb/instant.ts';
import type { Statement } from '../sql/program.ts';
import type { DatasetMode } from '../storage/manifest.ts';
import type { S3Options } from '../storage/s3/options.ts';
import { storeDataset, storeFile } from '../storage/stores.ts';
import { checkCall } from './check-call.ts';
import { columnsToWrite, copyTo, inStore, shaped } from './copy-to.ts';
import { fileEnd, readFiles } from './parquet-target.ts';
import { type LoadReport, runLoad, type Written } from './report.ts';
import { withinText } from './text-limits.ts';

/** What `load.parquet` takes; `K` are the frame's columns by name. */
export interface ParquetLoadOptions<K extends string> extends RunOptions {
  /**
   * What to do with what is there: write over all of it, add files to it, write over the partitions that the frame has
   * rows of, or stop.
   */
  readonly mode: DatasetMode;
  /** Columns whose values name folders (`year=2024/`) instead of standing in the files. Needs a folder. */
  readonly partitionBy?: K | readonly [K, ...K[]];
  /** Rows to a row group. Default 122,880. */
  readonly rowGroupSize?: number;
  /** About how many bytes to a file, where the folder has no partitions. Default: all in one. */
  readonly targetFileSize?: number;
  /** Default `zstd`. */
  readonly compression?: 'zstd' | 'snappy' | 'gzip' | 'uncompressed';
  /** How hard `zstd` tries, from 1 to 22: files get smaller, and take longer to write. Default 1. */
  readonly compressionLevel?: number;
  /** Names this load: one that was done under the name already is not done again. Needs a folder. */
  readonly loadId?: string;
  /** How the store of an `s3://` url is reached. */
  readonly s3?: S3Options;
}

const PARQUET_OPTIONS: OptionNames<ParquetLoadOptions<string>> = {
  mode: true,
  partitionBy: 'text|list',
  rowGroupSize: true,
  targetFileSize: true,
  compression: 'text',
  compressionLevel: true,
  loadId: 'text',
  s3: 'object',
  ...RUN_OPTIONS,
};

const COMPRESSIONS = ['zstd', 'snappy', 'gzip', 'uncompressed'];
/** The engine's own level, 3, takes a tenth longer to write a file, for one of the same size to a few hundredths. */
const ZSTD_LEVEL = 1;
const MODES = ['replace', 'append', 'replacePartitions', 'fail'];

/**
 * Writes a frame to Parquet: one file where the path ends in `.parquet`, else a folder of files, a dataset.
 *
 * The rows keep their order, in each partition too, so a sorted frame makes sorted files. A file is written beside its
 * target and renamed into place. A dataset is a link to a folder in `.<name>.versions` beside it: files are written into
 * a new version, which one rename commits, so that readers have all of it or what was there before, also after a crash;
 * the version before stays until the next load, for those who still read it. Loads at the same time lose nothing. See
 * docs/guides/files.md, also for file systems without links.
 *
 * Timestamps are UTC-adjusted with microseconds, decimals exact, enums strings. A null is a null, and in a partition
 * column the folder `column=__HIVE_DEFAULT_PARTITION__`. A partitioned frame without rows gives an empty folder, adds
 * nothing and replaces no partition. Each file tells its schema and the id of its run (`millrace.schema`,
 * `millrace.run_id`).
 *
 * An `s3://` url names the same in a store that speaks S3 (needs the package `@aws-sdk/client-s3`): files are sent aside,
 * and one object, the dataset's manifest, is what one write switches.
 *
 * Errors: `load.exists`, `load.target`; `load.partitions` and `load.columns` where what is there is partitioned
 * otherwise or has other columns; `load.partition_value`; of a store `s3.credentials`, `s3.access`, `s3.no_bucket`,
 * `s3.unavailable`, `s3.outcome` and others that begin with `s3.`.
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * const sales = read.rows([{ year: 2024, revenue: '1.50' }], { schema: { year: t.int(), revenue: t.decimal(12, 2) } });
 * const report = await load.parquet(sales, 'warehouse/sales-by-year', { mode: 'replacePartitions', partitionBy: ['year'] });
 * console.log(report.rows.written); // 1
 * ```
 */
export async function loadParquet<C extends AnyCol>(
  frame: Frame<C>,
  path: string,
  options: ParquetLoadOptions<C['k']>,
): Promise<LoadReport> {
  checkCall({
    loader: 'load.parquet',
    frame,
    target: path,
    path: 'a .parquet file or a folder',
    stores: true,
    options,
    names: PARQUET_OPTIONS,
    modes: MODES,
  });
  const { mode, rowGroupSize, targetFileSize, compression = 'zstd', compressionLevel, loadId } = options;
  const partitionBy = listOf<string>(options.partitionBy ?? []);
  const fields = columnsToWrite(frame, 'load.parquet');
  const isFile = path.endsWith('.parquet');
  refuseWrong(path, isFile, fields, {
    mode,
    partitionBy,
    rowGroupSize,
    targetFileSize,
    compression,
    compressionLevel,
    loadId,
  });
  const task = async (engine: Engine, run: Run): Promise<Written> => {
    const settings = [
      'FORMAT parquet',
      `COMPRESSION ${compression}`,
      ...(compression === 'zstd' ? [`COMPRESSION_LEVEL ${compressionLevel ?? ZSTD_LEVEL}`] : []),
      `KV_METADATA {${keyValues(fields, run)}}`,
      ...(rowGroupSize === undefined ? [] : [`ROW_GROUP_SIZE ${rowGroupSize}`]),
    ];
    const query = shaped(run.query, fields, (name, field) => {
      const stored = field.dtype.id === 'timestamp' ? withZone(name) : name;
      if (!partitionBy.includes(field.name)) return stored;
      // The names of folders are text.
      if (field.dtype.id === 'string') return namesFolder(name, field.name);
      // As numbers, 0 and -0 would share a folder, and one of them become the other.
      return withinText(name, field, field.dtype.id === 'float' ? `CAST(${name} AS VARCHAR)` : stored);
    });
    if (isFile) {
      return inStore(engine, options, (store) =>
        storeFile(path, store, mode === 'fail' ? 'fail' : 'replace', (aside) =>
          copyTo(engine, query, aside, settings, options),
        ),
      );
    }
    const columns = fields.map(({ name, dtype }) => [name, storedType(dtype)] as const);
    const file = fileName(run);
    const load = { mode, runId: run.id, loadId, columns, partitions: partitionBy };
    return inStore(engine, options, (store) =>
      storeDataset(path, store, load, (folder) => {
        const numbered = `FILENAME_PATTERN ${quoteText(`${file}-{i}`)}`;
        if (partitionBy.length > 0) {
          const ordered = isOrdered(frame.plan) ? inOneThread(query, fields) : query;
          return copyPartitions(engine, ordered, folder, [...settings, numbered], { ...options, partitionBy });
        }
        if (targetFileSize === undefined)
          return copyTo(engine, query, join(folder, `${file}.parquet`), settings, options);
        const sized = [...settings, numbered, `FILE_SIZE_BYTES ${targetFileSize}`];
        return copyTo(engine, query, folder, sized, options);
      }),
    );
  };
  return runLoad(frame, options, path, task, readFiles({ path, mode, partitionBy, s3: options.s3 }, fields));
}

/** What a dtype is in a file: what the files of one dataset must have in common. */
function storedType(dtype: DataType): string {
  switch (dtype.id) {
    case 'string':
      return 'string';
    case 'bigint':
      return 'int';
    case 'list':
      return `list(${storedType(dtype.item)})`;
    case 'struct':
      return `struct(${dtype.fields.map((field) => `${JSON.stringify(field.name)}: ${storedType(field.dtype)}`).join(', ')})`;
    default:
      return describeDType(dtype);
  }
}

/** What the files say of themselves. */
function keyValues(fields: readonly Field[], run: Run): string {
  const schema = fields.map(({ name, dtype, nullable }) => ({ name, dtype: describeDType(dtype), nullable }));
  return `'millrace.schema': ${quoteText(JSON.stringify(schema))}, 'millrace.run_id': ${quoteText(run.id)}`;
}

const NULL_FOLDER = '__HIVE_DEFAULT_PARTITION__';

/**
 * A text that names a folder. One that is the name of the folder of nulls would be read back as null, and its files
 * written over by theirs; a name of more than 255 bytes no file system has.
 */
function namesFolder(name: string, column: string): string {
  const message = `[load.partition_value] load.parquet: partition column ${JSON.stringify(column)} holds '${NULL_FOLDER}', which names the folder of nulls. Replace that text.`;
  const tooLong = `[load.partition_value] load.parquet: partition column ${JSON.stringify(column)} holds a text too long for the name of a folder, which has at most 255 bytes when escaped: '`;
  const most = 255 - encodeURIComponent(column).length - 1;
  const isTooLong = `(strlen(${name}) * 3 > ${most} AND strlen(url_encode(${name})) > ${most})`;
  return `CASE WHEN ${name} = ${quoteText(NULL_FOLDER)} THEN error(${quoteText(message)}) WHEN ${isTooLong} THEN error(${quoteText(tooLong)} || left(${name}, 40) || '..''') ELSE ${name} END`;
}

function copyPartitions(
  engine: Engine,
  query: Statement,
  folder: string,
  settings: readonly string[],
  options: RunOptions & { readonly partitionBy: readonly string[] },
): Promise<number> {
  const by = `PARTITION_BY (${options.partitionBy.map(quoteName).join(', ')})`;
  return copyTo(engine, query, folder, [...settings, by], options);
}

/** Files of later loads come after those of earlier ones, as their names do. */
function fileName(run: Run): string {
  return `part-${new Date().toISOString().replace(/[-:.]/g, '')}-${fileEnd(run.id)}`;
}

/**
 * Threads that write partitions together mix the rows of each. A running number is counted by one thread alone, so
 * that what follows it is one thread's work, in order.
 */
function inOneThread(query: Statement, fields: readonly Field[]): Statement {
  const numbered = `SELECT *, row_number() OVER () AS "__millrace_row" FROM (${query.sql})`;
  const columns = fields.map((field) => quoteName(field.name)).join(', ');
  return { sql: `SELECT ${columns} FROM (${numbered}) WHERE "__millrace_row" > 0`, values: query.values };
}

function refuseWrong(
  path: string,
  isFile: boolean,
  fields: readonly Field[],
  options: {
    readonly mode: string;
    readonly partitionBy: readonly string[];
    readonly rowGroupSize: number | undefined;
    readonly targetFileSize: number | undefined;
    readonly compression: string;
    readonly compressionLevel: number | undefined;
    readonly loadId: string | undefined;
  },
): void {
  const { mode, partitionBy, rowGroupSize, targetFileSize, compression, compressionLevel, loadId } = options;
  const refuse = (message: string): never => {
    throw new MillraceError({ code: 'load.option', message: `load.parquet: ${message}` });
  };
  if (!COMPRESSIONS.includes(compression)) {
    refuse(`compression is ${JSON.stringify(compression)}. Give one of ${COMPRESSIONS.join(', ')}.`);
  }
  if (compressionLevel !== undefined && compression !== 'zstd') {
    refuse(
      `compressionLevel is ${showValue(compressionLevel)}, which is for zstd, and the compression is ${compression}. Leave one of them out.`,
    );
  }
  const level = compressionLevel ?? ZSTD_LEVEL;
  if (!Number.isInteger(level) || level < 1 || level > 22) {
    refuse(`compressionLevel is ${showValue(compressionLevel)}. Give a whole number from 1 to 22.`);
  }
  if (rowGroupSize !== undefined && (!Number.isInteger(rowGroupSize) || rowGroupSize < 1)) {
    refuse(`rowGroupSize is ${rowGroupSize}. Give a whole number of rows.`);
  }
  if (targetFileSize !== undefined && (!Number.isInteger(targetFileSize) || targetFileSize < 1)) {
    refuse(`targetFileSize is ${targetFileSize}. Give a whole number of bytes.`);
  }
  if (targetFileSize !== undefined && (isFile || partitionBy.length > 0)) {
    refuse(
      'targetFileSize needs a folder without partitions; with partitionBy, each load writes one file to a folder.',
    );
  }
  if (loadId !== undefined && (typeof loadId !== 'string' || loadId === '')) {
    refuse(`loadId is ${JSON.stringify(loadId)}. Give a text that names this load and no other.`);
  }
  if (isFile && loadId !== undefined) refuse(`loadId needs a folder, and ${path} names a file.`);
  if (isFile && mode === 'append') refuse(`nothing can be appended to the file ${path}. Give a folder.`);
  if (mode === 'replacePartitions' && partitionBy.length === 0) refuse("mode 'replacePartitions' needs partitionBy.");
  if (isFile && partitionBy.length > 0) refuse(`partitionBy needs a folder, and ${path} names a file.`);
  const partitions = new Set(partitionBy.map((name) => fieldOf(fields, name, 'load.parquet').name));
  if (partitions.has('*'))
    refuse('partitionBy: a column called "*" names no folder, as the engine takes it for all of them.');
  if (partitions.size === fields.length) refuse('partitionBy names every column, so none is left for the files.');
  const nested = fields.find(
    (f) => partitions.has(f.name) && ['list', 'struct', 'json', 'binary'].includes(f.dtype.id),
  );
  if (nested !== undefined)
    refuse(`partitionBy: ${JSON.stringify(nested.name)} is ${nested.dtype.id}, which names no folder.`);
}
