import { MillraceError } from '../errors.ts';
import type { Block, BlockColumn } from './block.ts';
import type { DataType, Field } from './dtype.ts';
import { daysOf, microsOf } from './engine-time.ts';

/**
 * Values of an engine's blocks as JavaScript values. In a block an int, a bigint and a timestamp (microseconds) are
 * 64-bit, a date is days, a decimal is its digits without the point in 64 or 128 bits, a boolean is a byte, and
 * strings, json, lists and structs are UTF-8 bytes, the last three of them JSON.
 */

// A string may begin with U+FEFF, which is no mark of its encoding there.
const text = new TextDecoder('utf-8', { ignoreBOM: true });

/** The values of a column of a block, nulls in their places. */
export function columnValues(field: Field, column: BlockColumn, rows: number): unknown[] {
  const read = reader(field, column);
  const { validity } = column;
  const values = new Array<unknown>(rows);
  for (let i = 0; i < rows; i++) {
    values[i] = validity !== undefined && ((validity[i >> 3] ?? 0) & (1 << (i & 7))) === 0 ? null : read(i);
  }
  return values;
}

/** The rows of a block as plain objects. */
export function blockRows(schema: readonly Field[], block: Block): Record<string, unknown>[] {
  const rows = Array.from({ length: block.rows }, (): Record<string, unknown> => ({}));
  schema.forEach((field, c) => {
    const column = block.columns[c];
    if (column === undefined) return;
    const values = columnValues(field, column, block.rows);
    for (let i = 0; i < block.rows; i++) (rows[i] as Record<string, unknown>)[field.name] = values[i];
  });
  return rows;
}

function reader(field: Field, column: BlockColumn): (row: number) => unknown {
  const { dtype } = field;
  switch (dtype.id) {
    case 'int': {
      const values = column.values as BigInt64Array;
      return (i) => safeInteger(values[i] ?? 0n, field.name);
    }
    case 'bigint': {
      const values = column.values as BigInt64Array;
      return (i) => values[i];
    }
    case 'float': {
      const values = column.values as Float64Array;
      return (i) => values[i];
    }
    case 'boolean': {
      const values = column.values as Uint8Array;
      return (i) => values[i] === 1;
    }
    case 'date': {
      const values = column.values as Int32Array;
      return (i) => dayOf(values[i] ?? 0, field.name);
    }
    case 'timestamp': {
      const values = column.values as BigInt64Array;
      return (i) => instant(values[i] ?? 0n, field.name);
    }
    case 'decimal':
      return decimalReader(dtype.scale, column.values);
    case 'binary':
      return (i) => new Uint8Array(bytesAt(column, i));
    case 'string':
      return stringReader(column);
    case 'json':
      return (i) => JSON.parse(text.decode(bytesAt(column, i))) as unknown;
    case 'list':
    case 'struct':
      return (i) => fromJson(JSON.parse(text.decode(bytesAt(column, i))), dtype, field.name);
  }
}

/** One decode for all strings of a block where they are plain ASCII, one a string otherwise. */
function stringReader(column: BlockColumn): (row: number) => string {
  const offsets = column.offsets ?? new Int32Array(1);
  const bytes = column.values as Uint8Array;
  const all = text.decode(bytes);
  if (all.length === bytes.length) return (i) => all.slice(offsets[i], offsets[i + 1]);
  return (i) => text.decode(bytes.subarray(offsets[i], offsets[i + 1]));
}

function bytesAt(column: BlockColumn, row: number): Uint8Array {
  const offsets = column.offsets ?? new Int32Array(1);
  return (column.values as Uint8Array).subarray(offsets[row], offsets[row + 1]);
}

/** A whole number as a `number`: refused where a double would round it. */
function safeInteger(value: bigint, column: string): number {
  const number = Number(value);
  if (!Number.isSafeInteger(number)) {
    throw new MillraceError({
      code: 'value.unsafe_integer',
      message: `Column ${JSON.stringify(column)} holds ${value}, which a JavaScript number would round. Cast the column to t.bigint().`,
      details: { column, value },
    });
  }
  return number;
}

/** The days that a Date can hold, before and after 1970. */
const MOST_DAYS = 100_000_000;

/** `YYYY-MM-DD`; years outside 0 to 9999 with a sign and six digits, as in ISO 8601. */
function dayOf(days: number, column: string): string {
  if (Math.abs(days) > MOST_DAYS) {
    throw new MillraceError({
      code: 'value.date',
      message: `Column ${JSON.stringify(column)} holds a day outside the years that are written in JavaScript, -271821 to 275760. Filter such rows, or cast the column to t.string().`,
      details: { column, days },
    });
  }
  const iso = new Date(days * 86_400_000).toISOString();
  return iso.slice(0, iso.indexOf('T'));
}

function instant(micros: bigint, column: string): Date {
  const date = new Date(Number(micros / 1000n) - (micros < 0n && micros % 1000n !== 0n ? 1 : 0));
  if (Number.isNaN(date.getTime())) {
    throw new MillraceError({
      code: 'value.timestamp',
      message: `Column ${JSON.stringify(column)} holds an instant outside the years that a Date can hold.`,
      details: { column, micros },
    });
  }
  return date;
}

/** Decimals as exact text. */
function decimalReader(scale: number, values: BlockColumn['values']): (row: number) => string {
  if (values instanceof BigInt64Array) return (i) => decimalText(values[i] ?? 0n, scale);
  const view = new DataView(values.buffer, values.byteOffset, values.byteLength);
  return (i) => decimalText((view.getBigInt64(i * 16 + 8, true) << 64n) | view.getBigUint64(i * 16, true), scale);
}

/** The digits of a number without the point, however it is spelled: `.5`, `5.0`, `5e-1`. */
export function unscaled(text: string, scale: number): bigint {
  const [mantissa = '', exponent = '0'] = text.toLowerCase().split('e');
  const [whole = '', fraction = ''] = mantissa.split('.');
  const shift = scale - fraction.length + Number(exponent);
  const digits = BigInt(whole + fraction);
  return shift < 0 ? digits / 10n ** BigInt(-shift) : digits * 10n ** BigInt(shift);
}

export function decimalText(unscaled: bigint, scale: number): string {
  if (scale === 0) return String(unscaled);
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`;
}

/** JSON text of a list or struct carries numbers, binary (base64) and instants as strings. */
function fromJson(value: unknown, dtype: DataType, column: string): unknown {
  if (value === null || value === undefined) return null;
  switch (dtype.id) {
    case 'list':
      return (value as unknown[]).map((item) => fromJson(item, dtype.item, column));
    case 'struct':
      return Object.fromEntries(
        dtype.fields.map((f) => [f.name, fromJson((value as Record<string, unknown>)[f.name], f.dtype, column)]),
      );
    case 'int':
      return safeInteger(BigInt(String(value)), column);
    case 'bigint':
      return BigInt(String(value));
    case 'float':
      return floatOf(String(value));
    case 'binary':
      return Uint8Array.from(atob(String(value)), (character) => character.charCodeAt(0));
    case 'decimal':
      return decimalText(unscaled(String(value), dtype.scale), dtype.scale);
    case 'date':
      return dayOf(daysOf(String(value)), column);
    case 'timestamp':
      return instant(microsOf(String(value)), column);
    default:
      return value;
  }
}

/** A float as the engine writes it. */
export function floatOf(text: string): number {
  if (text === 'nan') return Number.NaN;
  return Number(text.replace('inf', 'Infinity'));
}
