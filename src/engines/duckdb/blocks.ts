import type { DuckDBConnection, DuckDBListVector, DuckDBVector } from '@duckdb/node-api';
import type { RunOptions } from '../../plan/source.ts';
import { asPiece, countedRows } from '../../progress.ts';
import type { Block, BlockColumn } from '../../schema/block.ts';
import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { quoteName } from '../../sql/dialect.ts';
import { engineJsonText } from '../../sql/duckdb/write-nested.ts';
import { duckdb } from '../../sql/duckdb.ts';
import { type Connections, runOn } from './connections.ts';

/** The rows of a block: the engine's own row group, which one thread reads in order. */
export const BLOCK_ROWS = 122_880;

/** The rows that the engine hands over at once, without lists. */
const FEW = 2048;

/** How many columns are read at once: a result of some 10,000 columns ends the process in the engine. */
const AT_ONCE = 1000;

/** How many blocks are fetched at a time, each on its own connection. */
const AHEAD = 2;

/** A scratch table block by block, in order. */
export function readBlocks(
  connections: Connections,
  table: string,
  schema: Schema,
  rows: number,
  options: RunOptions,
): AsyncGenerator<Block> {
  return countedRows(blocksOf(connections, table, schema, rows, options), (block) => block.rows, rows);
}

async function* blocksOf(
  connections: Connections,
  table: string,
  schema: Schema,
  rows: number,
  options: RunOptions,
): AsyncGenerator<Block> {
  const waiting: Promise<Block>[] = [];
  let next = 0;
  const start = (): void => {
    const from = next;
    const to = Math.min(from + BLOCK_ROWS, rows);
    next = to;
    const block = asPiece(() =>
      connections.lend((connection) => readBlock(connection, table, schema, from, to, options)),
    );
    // A rejection is the reader's when it comes to this block; until then it is not unhandled.
    block.catch(() => undefined);
    waiting.push(block);
  };
  try {
    while (next < rows || waiting.length > 0) {
      while (next < rows && waiting.length < AHEAD) start();
      const block = await waiting.shift();
      if (block !== undefined) yield block;
    }
  } finally {
    // The table may go when this has ended.
    await Promise.allSettled(waiting);
  }
}

/**
 * One block as one row of lists: reading a list's values is a hundred times faster than reading them row by row.
 * A string column is its bytes run together and a list of their lengths.
 */
async function readBlock(
  connection: DuckDBConnection,
  table: string,
  schema: Schema,
  from: number,
  to: number,
  options: RunOptions,
): Promise<Block> {
  if (schema.length > AT_ONCE) {
    const columns: BlockColumn[] = [];
    for (let i = 0; i < schema.length; i += AT_ONCE) {
      const part = await readBlock(connection, table, schema.slice(i, i + AT_ONCE), from, to, options);
      columns.push(...part.columns);
    }
    return { rows: to - from, columns };
  }
  const few = from === 0 && to <= FEW ? await readFew(connection, table, schema, to, options) : undefined;
  if (few !== undefined) return few;
  const lists = schema.flatMap((field) => listsOf(field));
  const where = `WHERE rowid >= ${from} AND rowid < ${to}`;
  const read = async (input: string): Promise<DuckDBVector[]> => {
    const sql = `SELECT ${[`list(CAST(rowid - ${from} AS INTEGER))`, ...lists].join(', ')} FROM ${input}`;
    const result = await runOn(connection, { sql, values: [] }, options);
    const chunk = await result.fetchChunk();
    if (chunk === null || chunk === undefined) throw new Error('the engine gave no block');
    return [...lists, ''].map((_, i) => chunk.getColumnVector(i));
  };
  let vectors = await read(`${table} ${where}`);
  // One thread reads a row group in order, but nothing says that it always will.
  if (!inOrder(childOf(vectors[0]).values as Int32Array)) {
    vectors = await read(`(SELECT *, rowid FROM ${table} ${where} ORDER BY rowid)`);
  }
  let position = 1;
  const columns = schema.map((field): BlockColumn => {
    const first = childOf(vectors[position++]);
    if (!isBytes(field.dtype)) return first;
    const bytes = vectors[position++]?.getItem(0);
    return stringColumn(first, bytesOf(bytes, field.dtype));
  });
  return { rows: to - from, columns };
}

/** A small table as it is: to plan lists takes longer than to take so few values one by one. */
async function readFew(
  connection: DuckDBConnection,
  table: string,
  schema: Schema,
  rows: number,
  options: RunOptions,
): Promise<Block | undefined> {
  // As bytes, for the engine's package takes a U+FEFF that begins a text for a byte order mark.
  const isText = ({ dtype }: Field): boolean => isBytes(dtype) && dtype.id !== 'binary';
  const values = schema.map((field) => (isText(field) ? `encode(${sqlOf(field)})` : sqlOf(field)));
  const sql = `SELECT ${['CAST(rowid AS INTEGER)', ...values].join(', ')} FROM ${table}`;
  const result = await runOn(connection, { sql, values: [] }, options);
  const chunk = await result.fetchChunk();
  // Of several threads' parts the engine makes several chunks.
  if (chunk?.rowCount !== rows) return undefined;
  const [places, ...vectors] = [...values, ''].map((_, i) => chunk.getColumnVector(i));
  if (!inOrder(insideOf(places).items as Int32Array)) return undefined;
  const columns = schema.map(({ dtype }, c): BlockColumn => {
    const vector = vectors[c];
    return vector !== undefined && isBytes(dtype) ? bytesColumn(vector) : columnOf(insideOf(vector));
  });
  return { rows, columns };
}

/** What of a column is read: `listsOf` reads the same as lists. */
function sqlOf(field: Field): string {
  const name = quoteName(field.name);
  switch (field.dtype.id) {
    case 'json':
      return `CAST(${name} AS VARCHAR)`;
    case 'list':
    case 'struct':
      return nestedText(name, field.dtype);
    case 'boolean':
      return `CAST(${name} AS TINYINT)`;
    case 'decimal':
      return `CAST(${name} AS DECIMAL(${field.dtype.precision <= 18 ? 18 : 38},${field.dtype.scale}))`;
    default:
      return name;
  }
}

function nestedText(name: string, dtype: DataType): string {
  const text = engineJsonText(name, dtype, (sql) => `CAST(${sql} AS ${duckdb.typeName(exactInJson(dtype))})`);
  return `CASE WHEN ${name} IS NOT NULL THEN ${text} END`;
}

function listsOf(field: Field): string[] {
  const value = sqlOf(field);
  const { dtype } = field;
  if (!isBytes(dtype)) return [`list(${value})`];
  const isBinary = dtype.id === 'binary';
  const bytes = isBinary ? `hex(${value})` : value;
  return [
    `list(CAST(${isBinary ? 'octet_length' : 'strlen'}(${value}) AS INTEGER))`,
    `encode(string_agg(${bytes}, ''))`,
  ];
}

/** A nested dtype whose numbers and binary are text: JSON would bring exact numbers through doubles, and has no NaN. */
function exactInJson(dtype: DataType): DataType {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'decimal':
    case 'float':
    case 'binary':
      return { id: 'string' };
    case 'list':
      return { id: 'list', item: exactInJson(dtype.item) };
    case 'struct':
      return { id: 'struct', fields: dtype.fields.map((f) => ({ ...f, dtype: exactInJson(f.dtype) })) };
    default:
      return dtype;
  }
}

function isBytes(dtype: DataType): boolean {
  return ['string', 'binary', 'json', 'list', 'struct'].includes(dtype.id);
}

/** What a vector of the engine holds inside; its classes keep the buffers private, their names do not change often. */
interface Inside {
  readonly items?: Float64Array | BigInt64Array | Int32Array | Int8Array;
  readonly dataView?: DataView;
  readonly type: { readonly scale?: number; readonly width?: number };
  readonly validity: { readonly data: BigUint64Array | null };
}

function insideOf(vector: DuckDBVector | undefined): Inside {
  return vector as unknown as Inside;
}

/** The values of a one-row list column. */
function childOf(vector: DuckDBVector | undefined): BlockColumn {
  return columnOf(insideOf((vector as DuckDBListVector).childVector));
}

/** The values of a vector, which the driver has copied out of the engine's memory. */
function columnOf(inside: Inside): BlockColumn {
  const bitmap = inside.validity.data;
  const validity = bitmap === null ? undefined : new Uint8Array(bitmap.buffer, bitmap.byteOffset, bitmap.byteLength);
  const values = valuesOf(inside);
  return validity === undefined ? { values } : { values, validity };
}

function valuesOf(inside: Inside): BlockColumn['values'] {
  const { items, dataView } = inside;
  if (items instanceof Int8Array) return new Uint8Array(items);
  if (items !== undefined) return items;
  if (dataView === undefined) throw new Error('a vector without values');
  const { buffer, byteOffset, byteLength } = dataView;
  return (inside.type.width ?? 38) <= 18
    ? new BigInt64Array(buffer, byteOffset, byteLength / BigInt64Array.BYTES_PER_ELEMENT)
    : new Uint8Array(buffer, byteOffset, byteLength);
}

function bytesOf(value: unknown, dtype: DataType): Uint8Array {
  if (value === null || value === undefined) return new Uint8Array();
  const { bytes } = value as { readonly bytes: Uint8Array };
  return dtype.id === 'binary' ? Buffer.from(Buffer.from(bytes).toString('latin1'), 'hex') : bytes.slice();
}

/** Strings or bytes that are taken one by one. */
function bytesColumn(vector: DuckDBVector): BlockColumn {
  const offsets = new Int32Array(vector.itemCount + 1);
  const validity = new Uint8Array((vector.itemCount + 7) >> 3);
  const parts: Uint8Array[] = [];
  let end = 0;
  for (let i = 0; i < vector.itemCount; i++) {
    const value = vector.getItem(i) as { readonly bytes: Uint8Array } | null;
    if (value !== null) {
      parts.push(value.bytes);
      end += value.bytes.length;
      validity[i >> 3] = (validity[i >> 3] as number) | (1 << (i & 7));
    }
    offsets[i + 1] = end;
  }
  const values = new Uint8Array(Buffer.concat(parts));
  return parts.length === vector.itemCount ? { values, offsets } : { values, offsets, validity };
}

/** Offsets from lengths; a null takes no bytes. */
function stringColumn(lengths: BlockColumn, bytes: Uint8Array): BlockColumn {
  const { validity } = lengths;
  const counts = lengths.values as Int32Array;
  const offsets = new Int32Array(counts.length + 1);
  let end = 0;
  for (let i = 0; i < counts.length; i++) {
    const present = validity === undefined || ((validity[i >> 3] ?? 0) & (1 << (i & 7))) !== 0;
    if (present) end += counts[i] ?? 0;
    offsets[i + 1] = end;
  }
  return validity === undefined ? { values: bytes, offsets } : { values: bytes, offsets, validity };
}

function inOrder(positions: Int32Array): boolean {
  for (let i = 0; i < positions.length; i++) if (positions[i] !== i) return false;
  return true;
}
