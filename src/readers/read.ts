import type { Table as ArrowTable } from 'apache-arrow';
import type { UnknownCols } from '../frame/columns.ts';
import type { Frame, FrameOf } from '../frame/frame.ts';
import type { Executor } from '../plan/source.ts';
import type { SchemaSpec } from '../schema/column-type.ts';
import type { ColsOf } from '../schema/columns.ts';
import type { Text } from '../schema/dtype.ts';
import { API_OPTIONS, type ApiOptions, readApi } from './api/api.ts';
import { ARROW_OPTIONS, type ArrowInput, type ArrowOptions, readArrow } from './arrow.ts';
import { checkReader } from './check-call.ts';
import {
  CSV_OPTIONS,
  type CsvOptions,
  type CsvOrigin,
  type OriginCols,
  readCsv,
  type TypedCsvOptions,
} from './csv/csv.ts';
import type { CsvInput } from './csv/inputs.ts';
import { EXCEL_OPTIONS, type ExcelOptions, readExcel } from './excel/excel.ts';
import { JSON_OPTIONS, type JsonOptions, NDJSON_OPTIONS, type NdjsonOptions, readJson, readNdjson } from './json.ts';
import type { JsonInput } from './json-files.ts';
import { ROWS_OPTIONS, type RowsOptions, readRows } from './memory.ts';
import {
  OPEN_PARQUET_OPTIONS,
  type OpenParquetOptions,
  openParquet,
  PARQUET_OPTIONS,
  type ParquetOptions,
  readParquet,
} from './parquet.ts';
import {
  OPEN_SQL_OPTIONS,
  openSql,
  readSql,
  SQL_OPTIONS,
  type SqlConnection,
  type SqlOptions,
  type SqlQuery,
} from './sql/sql.ts';
import { readStream, STREAM_OPTIONS, type StreamBatch, type StreamOptions } from './stream.ts';

/** The readers of one session. */
export interface Readers {
  /** CSV: files by path, paths or glob, urls, `'-'` or a stream. Without a schema every column is a nullable string. */
  csv(
    input: CsvInput,
    options?: CsvOptions & { readonly schema?: undefined; readonly origin?: undefined },
  ): Frame<UnknownCols<Text>>;
  // The last, since it is the one of which the compiler tells where none fits.
  csv<const S extends SchemaSpec, const O extends CsvOrigin = false>(
    input: CsvInput,
    options: TypedCsvOptions<S, O>,
  ): Frame<ColsOf<S> | OriginCols<O>>;
  /**
   * An Arrow table, or Arrow IPC by path, paths, glob or as bytes. A schema is checked; without one columns are reached
   * by `r.col('name')`.
   */
  arrow<const S extends SchemaSpec>(source: ArrowTable | ArrowInput, options: ArrowOptions<S>): FrameOf<S>;
  arrow(table: ArrowTable): Frame<UnknownCols>;
  /** Without a schema a file or bytes are opened now; columns are reached by `r.col('name')`. */
  arrow(input: ArrowInput): Promise<Frame<UnknownCols>>;
  /** JSON documents: an array of records, at the top or under the path `records`. */
  json<const S extends SchemaSpec>(input: JsonInput, options: JsonOptions<S>): FrameOf<S>;
  /** Files of a JSON record a line. */
  ndjson<const S extends SchemaSpec>(input: JsonInput, options: NdjsonOptions<S>): FrameOf<S>;
  /** A sheet of Excel workbooks (`.xlsx`), by path, paths or glob; needs the package `hucre`. */
  excel<const S extends SchemaSpec>(paths: string | readonly string[], options: ExcelOptions<S>): FrameOf<S>;
  /** JSON over HTTP, page by page; fetched once a session, until `refresh()`. */
  api<const S extends SchemaSpec>(url: string | URL, options: ApiOptions<S>): FrameOf<S>;
  /** Parquet files, by path, paths, glob or the folder of a dataset. A schema is checked when the plan runs. */
  parquet<const S extends SchemaSpec>(paths: string | readonly string[], options: ParquetOptions<S>): FrameOf<S>;
  /** Without a schema the files are looked at now; columns are reached by `r.col('name')`. */
  parquet(paths: string | readonly string[], options?: OpenParquetOptions): Promise<Frame<UnknownCols>>;
  /**
   * A query's result: of PostgreSQL by url, a `pg` Pool or a PGlite, of other databases by a Knex. Read once a session, until `refresh()`; its
   * rows have no order unless `ordered` says so. Of the database that is the session's engine, it is read there, by every run.
   */
  sql<const S extends SchemaSpec>(connection: SqlConnection, query: SqlQuery, options: SqlOptions<S>): FrameOf<S>;
  /** Without a schema the server is asked for its types now; columns are reached by `r.col('name')`. */
  sql(
    connection: SqlConnection,
    query: SqlQuery,
    options?: { readonly schema?: undefined; readonly values?: readonly unknown[]; readonly ordered?: boolean },
  ): Promise<Frame<UnknownCols>>;
  /**
   * An async iterable of messages as frames, one after another. Each comes when so many messages have come or so much
   * time has gone by. A batch is given when the one before was acknowledged, and a message is acknowledged only after it
   * was given: what fails in between is given again by a source that keeps what is not acknowledged.
   *
   * @example
   * ```ts
   * import { read, t } from 'millrace';
   * const readings = (async function* () { for (let i = 0; i < 5; i++) yield { sensor: 'a', value: i }; })();
   * const options = { schema: { sensor: t.string(), value: t.int() }, batch: { rows: 2, ms: 500 } };
   * for await (const batch of read.stream(readings, options)) {
   *   console.log(batch.index, await batch.frame.count()); // 0 2 1 2 2 1
   *   // Here it is loaded.
   *   await batch.ack();
   * }
   * ```
   */
  stream<const S extends SchemaSpec, T>(
    messages: AsyncIterable<T>,
    options: StreamOptions<S, T>,
  ): AsyncGenerator<StreamBatch<S, T>, void, undefined>;
  /** Plain objects in memory. */
  rows<const S extends SchemaSpec>(
    rows: readonly Readonly<Record<string, unknown>>[],
    options: RowsOptions<S>,
  ): FrameOf<S>;
}

/** The readers of a session, bound to what runs their plans. */
export function readersOf(executor: Executor): Readers {
  return {
    csv: (input: CsvInput, options: CsvOptions & { readonly schema?: undefined; readonly origin?: undefined } = {}) => {
      checkReader('csv', input, 'anything', options, CSV_OPTIONS);
      return readCsv(executor, input, options) as never;
    },
    arrow: (source: ArrowTable | ArrowInput, options?: ArrowOptions<SchemaSpec>) => {
      checkReader('arrow', source, 'arrow', options === undefined ? {} : options, ARROW_OPTIONS);
      return readArrow(executor, source as ArrowTable, options as ArrowOptions<SchemaSpec>) as never;
    },
    json: (input, options) => {
      checkReader('json', input, 'inputs', options, JSON_OPTIONS);
      return readJson(executor, input, options);
    },
    ndjson: (input, options) => {
      checkReader('ndjson', input, 'inputs', options, NDJSON_OPTIONS);
      return readNdjson(executor, input, options);
    },
    excel: (paths, options) => {
      checkReader('excel', paths, 'paths', options, EXCEL_OPTIONS);
      return readExcel(executor, paths, options);
    },
    api: (url, options) => {
      checkReader('api', url, 'url', options, API_OPTIONS, "{ schema: { id: t.int() }, records: 'data' }");
      return readApi(executor, url, options);
    },
    parquet: (paths: string | readonly string[], options: ParquetOptions<SchemaSpec> | OpenParquetOptions = {}) => {
      const schema = options?.schema;
      checkReader(
        schema === undefined ? 'parquet without a schema' : 'parquet',
        paths,
        'paths',
        options,
        schema === undefined ? OPEN_PARQUET_OPTIONS : PARQUET_OPTIONS,
      );
      return (
        schema === undefined ? openParquet(executor, paths, options) : readParquet(executor, paths, options)
      ) as never;
    },
    sql: (
      connection: SqlConnection,
      query: SqlQuery,
      options: Partial<Omit<SqlOptions<SchemaSpec>, 'schema'>> & { readonly schema?: SchemaSpec | undefined } = {},
    ) => {
      const schema = options?.schema;
      checkReader(
        schema === undefined ? 'sql without a schema' : 'sql',
        query,
        'query',
        options,
        schema === undefined ? OPEN_SQL_OPTIONS : SQL_OPTIONS,
      );
      return (
        schema === undefined
          ? openSql(executor, connection, query, options)
          : readSql(executor, connection, query, { ...options, schema })
      ) as never;
    },
    stream: (messages, options) => {
      checkReader(
        'stream',
        messages,
        'messages',
        options,
        STREAM_OPTIONS,
        '{ schema: { id: t.int() }, batch: { rows: 1000 } }',
      );
      return readStream(executor, messages, options);
    },
    rows: (rows, options) => {
      checkReader('rows', rows, 'rows', options, ROWS_OPTIONS);
      return readRows(executor, rows, options);
    },
  };
}
