import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { jsonText } from '../../sql/duckdb/write-nested.ts';

/**
 * Rows as PostgreSQL's COPY text format, made by the engine: the bytes go to the server as they are, so no row
 * becomes a JavaScript value. TEXT and not CSV, because a raw line feed in it is always the end of a row,
 * and null and the empty string need no quoting rules.
 */

/** The engine's expression for one row of COPY text, without its line feed. */
export function copyLine(columns: Schema): string {
  return `concat_ws(chr(9), ${columns.map((column) => `coalesce(${copyValue(column)}, '\\N')`).join(', ')})`;
}

/**
 * The query for the rows of one block of an engine table, in order: `rows`, and `bytes` (null when there are none).
 * Ranges of rowid are pruned, so that the last block costs what the first does.
 */
export function copyBlockQuery(table: string, columns: Schema, from: number, to: number): string {
  return (
    `SELECT count(*) AS rows, encode(string_agg(${copyLine(columns)}, chr(10) ORDER BY rowid) || chr(10)) AS bytes ` +
    `FROM ${table} WHERE rowid >= ${from} AND rowid < ${to}`
  );
}

/** The rows of one block. */
export interface CopyBlock {
  readonly rows: number;
  /** Undefined where the block has no rows. */
  readonly bytes: Uint8Array | undefined;
}

export interface CopyBlocksOptions {
  /** The engine table, as SQL. It must not have a column called `rowid`, which would hide the engine's own. */
  readonly table: string;
  readonly columns: Schema;
  /** How many rows the table holds. */
  readonly rows: number;
  /** One more than the largest rowid: the number of rows, unless some were deleted. */
  readonly end?: number;
  /** Runs a query made by {@link copyBlockQuery}; called up to `ahead` times at once, each on a connection of its own. */
  readonly fetch: (sql: string) => Promise<CopyBlock>;
  readonly ahead?: number;
}

const MAX_ROWS = 20_480;
const FIRST_ROWS = 256;
const TARGET_BYTES = 4 * 1024 * 1024;

/**
 * An engine table as blobs of COPY text, in order. The blocks are made while earlier ones travel, and sized by what the
 * rows weigh. Ends only after every block has been made and their rows add up; otherwise it throws.
 */
export async function* copyBlocks(options: CopyBlocksOptions): AsyncGenerator<Uint8Array, void, undefined> {
  const { table, columns, rows, fetch } = options;
  const end = options.end ?? rows;
  const queue: Promise<CopyBlock>[] = [];
  let next = 0;
  let size = FIRST_ROWS;
  let sent = 0;
  const request = (): void => {
    if (next >= end) return;
    const to = Math.min(end, next + size);
    const block = fetch(copyBlockQuery(table, columns, next, to));
    block.catch(() => {});
    queue.push(block);
    next = to;
  };
  try {
    for (let i = 0; i < (options.ahead ?? 2); i++) request();
    for (let first = queue.shift(); first !== undefined; first = queue.shift()) {
      const block = await first;
      sent += block.rows;
      size = nextSize(size, block);
      request();
      if (block.bytes !== undefined) yield block.bytes;
    }
  } finally {
    await Promise.allSettled(queue);
  }
  if (sent !== rows) throw new Error(`the engine made ${sent} rows of COPY text for the ${rows} rows of ${table}`);
}

function nextSize(size: number, { rows, bytes }: CopyBlock): number {
  if (bytes === undefined || rows === 0) return size;
  const fitting = Math.floor((TARGET_BYTES * rows) / bytes.length);
  return Math.max(1, Math.min(fitting, size * 8, MAX_ROWS));
}

function copyValue({ name, dtype }: Field): string {
  return copyText(`"${name.replaceAll('"', '""')}"`, dtype);
}

/** The COPY text of a value, null for null. */
function copyText(x: string, dtype: DataType): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'float':
    case 'decimal':
      return `${x}::VARCHAR`;
    case 'boolean':
      return `CASE WHEN ${x} THEN 't' WHEN NOT ${x} THEN 'f' END`;
    case 'date':
      return `CASE WHEN ${x} < DATE '0001-01-01' THEN replace(${x}::VARCHAR, ' (BC)', ' BC') ELSE ${x}::VARCHAR END`;
    case 'timestamp':
      return timestampText(x);
    case 'string':
      return escaped(x);
    case 'json':
      return escaped(`${x}::VARCHAR`);
    case 'list':
    case 'struct':
      return escaped(jsonText(x, dtype));
    case 'binary':
      return `'\\\\x' || hex(${x})`;
  }
}

/** With its zone in every value, so that the server's own zone is neither used nor changed. */
function timestampText(x: string): string {
  return (
    `CASE WHEN NOT isfinite(${x}) THEN ${x}::VARCHAR ` +
    `WHEN ${x} < TIMESTAMP '0001-01-01' THEN replace(${x}::VARCHAR, ' (BC)', '') || '+00 BC' ` +
    `ELSE ${x}::VARCHAR || '+00' END`
  );
}

const escapes: readonly (readonly [character: string, written: string])[] = [
  [`'\\'`, `'\\\\'`],
  ['chr(10)', `'\\n'`],
  ['chr(9)', `'\\t'`],
  ['chr(13)', `'\\r'`],
];

/** Looking first costs a fifth of replacing always. */
function escaped(x: string): string {
  const needed = escapes.map(([character]) => `contains(${x}, ${character})`).join(' OR ');
  const replaced = escapes.reduce((sql, [character, written]) => `replace(${sql}, ${character}, ${written})`, x);
  return `CASE WHEN ${needed} THEN ${replaced} ELSE ${x} END`;
}
