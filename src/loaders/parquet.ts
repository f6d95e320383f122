import { join } from 'node:path';
import type { Engine, Run } from '../engines/duckdb/engine.ts';
import { MillraceError } from '../errors.ts';
import { fieldOf } from '../frame/columns.ts';
import type { Frame } from '../frame/frame.ts';
import { listOf } from '../frame/functions/order.ts';
import { isOrdered } from '../plan/order.ts';
import type { RunOptions } from '../plan/source.ts';
import type { AnyCol } from '../schema/columns.ts';
import type { Field } from '../schema/dtype.ts';
import { quoteName, quoteText } from '../sql/dialect.ts';
import type { Statement } from '../sql/program.ts';
import { writeFileAside, writeFolderAside } from '../storage/write-aside.ts';
import { checkCall } from './check-call.ts';
import { columnsToWrite, copyTo, shaped } from './copy-to.ts';
import { type LoadReport, runLoad } from './report.ts';

export interface ParquetLoadOptions<K extends string> extends RunOptions {
  /** What to do with what is there: write over it, add files to the folder, or stop. */
  readonly mode: 'replace' | 'append' | 'fail';
  /** Columns whose values name folders (`year=2024/`) instead of standing in the files. Needs a folder. */
  readonly partitionBy?: K | readonly [K, ...K[]];
  /** Rows to a row group. Default 122,880. */
  readonly rowGroupSize?: number;
  /** Default `zstd`. */
  readonly compression?: 'zstd' | 'snappy' | 'gzip' | 'uncompressed';
}

const COMPRESSIONS = ['zstd', 'snappy', 'gzip', 'uncompressed'];
const MODES = ['replace', 'append', 'fail'];

/**
 * Writes a frame to Parquet: one file where the path ends in `.parquet`, else a folder of files.
 *
 * The rows keep their order, in each partition too. They are written beside the target and renamed into place, so a
 * failure leaves what was there. To replace a folder, the old one is moved aside, the new one renamed in, and the old
 * one removed; where that fails the old one is put back, and between the two renames, for a moment, there is none.
 * Timestamps are UTC-adjusted with microseconds, decimals exact, enums strings. A null is a null, and in a partition
 * column the folder `column=__HIVE_DEFAULT_PARTITION__`. A partitioned frame without rows gives an empty folder.
 *
 * @example
 * ```ts
 * import { load, read, t } from 'millrace';
 * const sales = read.rows([{ year: 2024, revenue: '1.50' }], { schema: { year: t.int(), revenue: t.decimal(12, 2) } });
 * const report = await load.parquet(sales, 'warehouse/sales', { mode: 'replace', partitionBy: ['year'] });
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
    options,
    modes: MODES,
  });
  const { mode, rowGroupSize, compression = 'zstd' } = options;
  const partitionBy = listOf<string>(options.partitionBy ?? []);
  const fields = columnsToWrite(frame, 'load.parquet');
  const isFile = path.endsWith('.parquet');
  refuseWrong(path, isFile, fields, { mode, partitionBy, rowGroupSize, compression });
  const settings = [
    'FORMAT parquet',
    `COMPRESSION ${compression}`,
    ...(rowGroupSize === undefined ? [] : [`ROW_GROUP_SIZE ${rowGroupSize}`]),
  ];
  return runLoad(frame, options, (engine, run) => {
    const query = shaped(run.query, fields, (name, { name: column, dtype }) => {
      if (dtype.id === 'timestamp') return `timezone('UTC', ${name})`;
      const partition = dtype.id === 'string' && partitionBy.includes(column);
      return partition ? noNullFolder(name, column) : name;
    });
    if (isFile) {
      return writeFileAside(path, mode === 'fail' ? 'fail' : 'replace', (aside) =>
        copyTo(engine, query, aside, settings, options),
      );
    }
    const file = fileName(run);
    return writeFolderAside(path, mode, (aside) => {
      if (partitionBy.length === 0) return copyTo(engine, query, join(aside, `${file}.parquet`), settings, options);
      const ordered = isOrdered(frame.plan) ? inOneThread(query, fields) : query;
      return copyPartitions(engine, ordered, aside, [...settings, `FILENAME_PATTERN ${quoteText(`${file}-{i}`)}`], {
        ...options,
        partitionBy,
      });
    });
  });
}

const NULL_FOLDER = '__HIVE_DEFAULT_PARTITION__';

/** A text that is the name of the folder of nulls would be read back as null, and its files written over by theirs. */
function noNullFolder(name: string, column: string): string {
  const message = `[load.partition_value] load.parquet: partition column ${JSON.stringify(column)} holds '${NULL_FOLDER}', which names the folder of nulls. Replace that text.`;
  return `CASE WHEN ${name} = ${quoteText(NULL_FOLDER)} THEN error(${quoteText(message)}) ELSE ${name} END`;
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
  return `part-${new Date().toISOString().replace(/[-:.]/g, '')}-${run.id.slice(0, 8)}`;
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
    readonly compression: string;
  },
): void {
  const { mode, partitionBy, rowGroupSize, compression } = options;
  const refuse = (message: string): never => {
    throw new MillraceError({ code: 'load.option', message: `load.parquet: ${message}` });
  };
  if (!COMPRESSIONS.includes(compression)) {
    refuse(`compression is ${JSON.stringify(compression)}. Give one of ${COMPRESSIONS.join(', ')}.`);
  }
  if (rowGroupSize !== undefined && (!Number.isInteger(rowGroupSize) || rowGroupSize < 1)) {
    refuse(`rowGroupSize is ${rowGroupSize}. Give a whole number of rows.`);
  }
  if (isFile && mode === 'append') refuse(`nothing can be appended to the file ${path}. Give a folder.`);
  if (isFile && partitionBy.length > 0) refuse(`partitionBy needs a folder, and ${path} names a file.`);
  const partitions = new Set(partitionBy.map((name) => fieldOf(fields, name, 'load.parquet').name));
  if (partitions.size === fields.length) refuse('partitionBy names every column, so none is left for the files.');
  const nested = fields.find(
    (f) => partitions.has(f.name) && ['list', 'struct', 'json', 'binary'].includes(f.dtype.id),
  );
  if (nested !== undefined)
    refuse(`partitionBy: ${JSON.stringify(nested.name)} is ${nested.dtype.id}, which names no folder.`);
}
