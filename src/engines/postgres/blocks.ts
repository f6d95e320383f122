import type { Block, BlockColumn } from '../../schema/block.ts';
import type { DataType, Field, Schema } from '../../schema/dtype.ts';
import { readJson } from '../../schema/read-json.ts';
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
      // PGlite takes a U+FEFF that begins a value for a byte order mark, and leaves it out.
      return `'.'::text || ${column}`;
    case 'json':
      return column;
    case 'date':
      return unlessInfinite(column, `(${column} - DATE '1970-01-01')::text`, '2147483647');
    case 'timestamp':
      return unlessInfinite(column, `(extract(epoch FROM ${column}) * 1000000)::bigint::text`, '9223372036854775807');
    case 'binary':
      return `encode(${column}, 'hex')`;
    default:
      return `${column}::text`;
  }
}

/** What is infinite has no number of its own: it is the greatest, as in the other engine. */
function unlessInfinite(column: string, wired: string, greatest: string): string {
  return `CASE ${column} WHEN 'infinity' THEN '${greatest}' WHEN '-infinity' THEN '-${greatest}' ELSE ${wired} END`;
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
      return { ...bytes(rows, c, (text) => Buffer.from(text.slice(1))), ...rest };
    case 'json':
      return { ...bytes(rows, c, (text) => Buffer.from(text)), ...rest };
    case 'binary':
      return { ...bytes(rows, c, (text) => Buffer.from(text, 'hex')), ...rest };
    case 'list':
    case 'struct':
      return { ...bytes(rows, c, (text) => Buffer.from(exactJson(readJson(text, dtype), dtype))), ...rest };
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

/** JSON whose numbers are strings, for a double would round them; JSON in it stays as it is. */
function exactJson(value: unknown, dtype: DataType): string {
  if (value === null || value === undefined) return 'null';
  switch (dtype.id) {
    case 'list':
      return `[${(value as unknown[]).map((item) => exactJson(item, dtype.item)).join(',')}]`;
    case 'struct': {
      const found = value as Readonly<Record<string, unknown>>;
      return `{${dtype.fields.map((f) => `${JSON.stringify(f.name)}:${exactJson(found[f.name], f.dtype)}`).join(',')}}`;
    }
    case 'json':
      return String(value);
    default:
      return JSON.stringify(value);
  }
}
