import type { QueryResult, ResultField, Transaction, TransactionOptions } from './connect.ts';
import { postgresError } from './errors.ts';
import { ownNamesFirst } from './search-path.ts';
import { quoteIdentifier } from './types.ts';

/** A PGlite, as far as it is used here. */
export interface PGliteLike {
  transaction<R>(task: (transaction: PGliteTransaction) => Promise<R>): Promise<R>;
  exec(sql: string): Promise<unknown>;
  dumpDataDir(): Promise<unknown>;
}

/** A transaction of a PGlite, as far as it is used here. */
export interface PGliteTransaction {
  query<T>(
    sql: string,
    values?: unknown[],
    options?: { rowMode?: 'array'; blob?: Blob },
  ): Promise<{
    rows: T[];
    affectedRows?: number;
    fields: { name: string; dataTypeID: number }[];
    blob?: Blob;
  }>;
}

/** How much of a result is in memory at once. */
const PAGES = 1000;

/** The results of reading, kept while they are copied out. */
const RESULT = 'pg_temp.millrace_result';

export async function pgliteTransaction<R>(
  pglite: PGliteLike,
  options: TransactionOptions,
  task: (transaction: Transaction) => Promise<R>,
): Promise<R> {
  const { signal, caller } = options;
  signal?.throwIfAborted();
  try {
    return await pglite.transaction(async (lent) => {
      const own = overPGlite(lent, signal);
      await ownNamesFirst(own.query);
      const result = await task(own);
      signal?.throwIfAborted();
      return result;
    });
  } catch (error) {
    signal?.throwIfAborted();
    throw postgresError(error, caller);
  }
}

/** What a transaction may do, over one of PGlite's. */
export function overPGlite(lent: PGliteTransaction, signal: AbortSignal | undefined): Transaction {
  const query = async (sql: string, values: readonly unknown[] = []): Promise<QueryResult> => {
    signal?.throwIfAborted();
    const result = await lent.query<unknown[]>(sql, [...values], { rowMode: 'array' });
    return { rows: result.rows, affected: result.affectedRows ?? 0 };
  };
  return {
    query,
    describe: async (sql, values) => {
      const { fields } = await lent.query(`SELECT * FROM (${sql}\n) AS millrace LIMIT 0`, [...values]);
      const modifiers = await modifiersOf(query, sql, values, fields);
      return fields.map(
        (f): ResultField => ({ name: f.name, type: f.dataTypeID, modifier: modifiers.get(f.name) ?? -1 }),
      );
    },
    // From `/dev/blob` and not STDIN, on which PGlite hangs.
    copyIn: async (table, columns, blobs) => {
      const names = columns.map(quoteIdentifier).join(', ');
      let rows = 0;
      for await (const bytes of blobs) {
        signal?.throwIfAborted();
        const blob = new Blob([bytes as Uint8Array<ArrayBuffer>]);
        const done = await lent
          .query(`COPY ${table} (${names}) FROM '/dev/blob' (FORMAT text, ENCODING 'UTF8')`, [], { blob })
          .catch((error: unknown) => {
            throw atRow(error, rows);
          });
        rows += done.affectedRows ?? 0;
      }
      return rows;
    },
    copyOut: async function* (sql) {
      await query(`CREATE TEMP TABLE millrace_result ON COMMIT DROP AS ${sql}`);
      const { rows } = await query(
        `SELECT pg_catalog.pg_relation_size('${RESULT}'::regclass) / pg_catalog.current_setting('block_size')::int4::int8, (SELECT count(*) FROM ${RESULT})`,
      );
      const [pages = 0, count = 0] = (rows[0] ?? []).map(Number);
      for (let page = 0; page < pages; page += PAGES) {
        signal?.throwIfAborted();
        const range = `ctid >= '(${page},0)' AND ctid < '(${page + PAGES},0)'`;
        const { blob } = await lent.query(`COPY (SELECT * FROM ${RESULT} WHERE ${range}) TO '/dev/blob'`);
        if (blob !== undefined) yield new Uint8Array(await blob.arrayBuffer());
      }
      await query(`DROP TABLE ${RESULT}`);
      return count;
    },
  };
}

/** The oid of `numeric`. */
const NUMERIC = 1700;

/** Only a table tells the modifiers of its columns, PGlite's results do not; those of `numeric` say what values fit. */
async function modifiersOf(
  query: Transaction['query'],
  sql: string,
  values: readonly unknown[],
  fields: readonly { readonly name: string; readonly dataTypeID: number }[],
): Promise<Map<string, number>> {
  const numeric = fields.filter((f) => f.dataTypeID === NUMERIC).map((f) => f.name);
  // Columns of one name are told by who asked.
  if (numeric.length === 0 || new Set(fields.map((f) => f.name)).size < fields.length) return new Map();
  const columns = numeric.map(quoteIdentifier).join(', ');
  await query(
    `CREATE TEMP TABLE millrace_result ON COMMIT DROP AS SELECT ${columns} FROM (${sql}\n) AS millrace WITH NO DATA`,
    values,
  );
  const { rows } = await query(
    `SELECT attname::text, atttypmod FROM pg_attribute WHERE attrelid = '${RESULT}'::regclass::oid AND attnum > 0`,
  );
  await query(`DROP TABLE ${RESULT}`);
  return new Map(rows.map(([name, modifier]) => [String(name), Number(modifier)]));
}

/** A COPY's error with the line counted from the first blob on. */
function atRow(error: unknown, before: number): unknown {
  if (!(error instanceof Error)) return error;
  const told = error as Error & { where?: string };
  const where = told.where?.replace(/, line (\d+)/, (_, line) => `, line ${Number(line) + before}`);
  return where === undefined ? error : Object.assign(error, { where });
}
