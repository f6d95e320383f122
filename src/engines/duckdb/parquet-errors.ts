import { MillraceError } from '../../errors.ts';
import type { Scan } from '../../plan/scan.ts';
import type { RunOptions } from '../../plan/source.ts';
import { quoteName } from '../../sql/dialect.ts';
import { parquetFiles, parquetInPlace } from '../../sql/duckdb/parquet-scan.ts';
import type { Connections } from './connections.ts';

/** What an error that a Parquet file may have caused begins with. */
const SIGNS = ['run.failed', 'run.io', 'run.conversion', 'run.overflow', 'run.out_of_memory'];
/** What breaks a promise of the schema. */
const PROMISES = ['parquet.null', 'parquet.bad_value'];

/** An error of a run as one that names the Parquet file it is from; undefined where it is from none. */
export async function explainParquet(
  connections: Connections,
  scan: Scan & { kind: 'parquet' },
  error: unknown,
  options: RunOptions,
): Promise<MillraceError | undefined> {
  if (!(error instanceof MillraceError) || options.signal?.aborted === true) return undefined;
  if (PROMISES.includes(error.code)) return namePromise(connections, scan, error, options);
  if (!SIGNS.includes(error.code)) return undefined;
  const { columns } = scan;
  const stored = columns.filter((column) => !column.found.partition).map((column) => quoteName(column.outside));
  const all = stored.length === 0 ? 'count(*)' : `max(hash(${stored.join(', ')}))`;
  return nameUnreadable(
    connections,
    scan.paths,
    (path) => `SELECT ${all} FROM ${parquetFiles([path], false)}`,
    options,
  );
}

/** Looks for a file that the engine cannot read as `query` does, and says so. */
export async function nameUnreadable(
  connections: Connections,
  paths: readonly string[],
  query: (path: string) => string,
  options: RunOptions,
): Promise<MillraceError | undefined> {
  for (const path of paths) {
    const cause = await failureOf(connections, query(path), options);
    if (cause !== undefined) return unreadable(path, cause);
  }
  return undefined;
}

async function namePromise(
  connections: Connections,
  scan: Scan & { kind: 'parquet' },
  error: MillraceError,
  options: RunOptions,
): Promise<MillraceError | undefined> {
  if (error.details.file !== undefined) return undefined;
  const all = `max(hash(${scan.columns.map((column) => quoteName(column.name)).join(', ')}))`;
  for (const path of scan.paths) {
    const sql = `SELECT ${all} FROM (${parquetInPlace({ ...scan, paths: [path] })})`;
    const cause = await failureOf(connections, sql, options);
    if (cause === undefined || !PROMISES.includes(cause.code)) continue;
    return new MillraceError({
      code: cause.code,
      message: `${path}: ${cause.message}`,
      details: { ...cause.details, file: path },
      cause,
    });
  }
  return undefined;
}

async function failureOf(
  connections: Connections,
  sql: string,
  options: RunOptions,
): Promise<MillraceError | undefined> {
  try {
    await connections.values(sql, options);
    return undefined;
  } catch (error) {
    if (error instanceof MillraceError && options.signal?.aborted !== true && !connections.closed) return error;
    throw error;
  }
}

function unreadable(path: string, cause: MillraceError): MillraceError {
  const said = cause.message.replace(/^The engine could not run the plan: /, '').split('\n\nLINE ')[0] ?? '';
  // What the engine says may end with advice for its own users.
  const reason = (said.split('\n')[0] ?? '').trim().replace(/[.]$/, '');
  return new MillraceError({
    code: 'parquet.unreadable',
    message: `${path}: the file cannot be read: ${reason}. It is no Parquet file, is cut off or damaged, or holds what the engine does not know. Write or copy it again, or leave the column out of the schema.`,
    details: { file: path },
    cause,
  });
}
