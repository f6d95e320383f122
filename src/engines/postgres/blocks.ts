import type { Block, BlockColumn } from '../../schema/block.ts';
import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { quoteName } from '../../sql/dialect.ts';

/** The rows of a block, as the other engine has them. */
export const BLOCK_ROWS = 122_880;

/** A query whose values all are text that loses nothing, whatever reads it. */
export function asWire(query: string, schema: Schema): string {
  return `SELECT ${schema.map(wire).join(', ')} FROM (${query}) AS result`;
}

function wire({ name, dtype }: Field): string {
  const column = quoteName(name);
  switch (dtype.id) {
    case 'string':
    case 'json':
      return column;
    case 'date':
      return `(${column} - DATE '1970-01-01')::text`;
    case 'timestamp':
      return `(extract(epoch FROM ${column}) * 1000000)::bigint::text`;
    case 'binary':
      return `encode(${column}, 'hex')`;
    default:
      return `${column}::text`;
  }
}

type WireRow = readonly unknown[];

/** Rows of wire text as a block. */
export function blockOf(rows: readonly WireRow[], schema: Schema): Block {
  return { rows: rows.length, columns: schema.map((field, c) => columnOf(rows, c, field.dtype)) };
}

function columnOf(rows: readonly WireRow[], c: number, dtype: DataType): BlockColumn {
  const validity = validityOf(rows, c);
  const rest = validity === undefined ? {} : { validity };
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'timestamp':
      return { values: BigInt64Array.from(rows, (row) => (row[c] === null ? 0n : BigInt(row[c] as string))), ...rest };
    case 'date':
      return { values: Int32Array.from(rows, (row) => Number(row[c] ?? 0)), ...rest };
    case 'float':
      return { values: Float64Array.from(rows, (row) => Number(row[c] ?? 0)), ...rest };
    case 'boolean':
      return { values: Uint8Array.from(rows, (row) => (row[c] === 'true' ? 1 : 0)), ...rest };
    case 'decimal':
      return { values: decimals(rows, c, dtype), ...rest };
    case 'string':
    case 'json':
      return { ...bytes(rows, c, (text) => Buffer.from(text)), ...rest };
    case 'binary':
      return { ...bytes(rows, c, (text) => Buffer.from(text, 'hex')), ...rest };
    case 'list':
    case 'struct':
      return { ...bytes(rows, c, (text) => Buffer.from(exactJson(text, dtype))), ...rest };
  }
}

function validityOf(rows: readonly WireRow[], c: number): Uint8Array | undefined {
  if (rows.every((row) => row[c] !== null)) return undefined;
  const validity = new Uint8Array(Math.ceil(rows.length / 8));
  for (const [i, row] of rows.entries())
    if (row[c] !== null) validity[i >> 3] = (validity[i >> 3] ?? 0) | (1 << (i & 7));
  return validity;
}

/** Digits without the point, in 64 bits where they fit, else in 128. */
function decimals(
  rows: readonly WireRow[],
  c: number,
  { precision, scale }: DataType & { id: 'decimal' },
): BigInt64Array | Uint8Array {
  const unscaled = (row: WireRow): bigint => {
    const [whole = '0', fraction = ''] = String(row[c] ?? '0').split('.');
    return BigInt(whole + fraction.padEnd(scale, '0').slice(0, scale));
  };
  if (precision <= 18) return BigInt64Array.from(rows, unscaled);
  const view = new DataView(new ArrayBuffer(rows.length * 16));
  for (const [i, row] of rows.entries()) {
    const value = unscaled(row);
    view.setBigUint64(i * 16, BigInt.asUintN(64, value), true);
    view.setBigInt64(i * 16 + 8, value >> 64n, true);
  }
  return new Uint8Array(view.buffer);
}

function bytes(
  rows: readonly WireRow[],
  c: number,
  encode: (text: string) => Buffer,
): Pick<BlockColumn, 'offsets'> & { values: Uint8Array } {
  const offsets = new Int32Array(rows.length + 1);
  let end = 0;
  const parts = rows.map((row, i) => {
    const part = row[c] === null ? Buffer.alloc(0) : encode(row[c] as string);
    end += part.length;
    offsets[i + 1] = end;
    return part;
  });
  return { values: Buffer.concat(parts), offsets };
}

/** JSON whose whole numbers and decimals are strings: a double would round them. */
function exactJson(text: string, dtype: DataType): string {
  const quoted = text.replace(/"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g, (token) =>
    token.startsWith('"') ? token : `"${token}"`,
  );
  return JSON.stringify(valued(JSON.parse(quoted), dtype));
}

function valued(value: unknown, dtype: DataType): unknown {
  if (value === null || value === undefined) return null;
  switch (dtype.id) {
    case 'list':
      return (value as unknown[]).map((item) => valued(item, dtype.item));
    case 'struct':
      return Object.fromEntries(
        dtype.fields.map((f) => [f.name, valued((value as Record<string, unknown>)[f.name], f.dtype)]),
      );
    case 'float':
      return Number(value);
    default:
      return value;
  }
}
