import type { Field as ArrowField, DataType as ArrowType, Data, Utf8, Vector } from 'apache-arrow';
import { BOOLEAN, DATE, type DataType, decimal, FLOAT, INT, JSON_, STRING, TIMESTAMP } from '../schema/dtype.ts';
import { dayText, instantText } from '../schema/engine-time.ts';
import { decimalText } from '../schema/js-value.ts';

/** The ids of Arrow's types, so that its package need not be loaded to read a table that a user made with it. */
const TYPE = {
  null: 1,
  int: 2,
  float: 3,
  binary: 4,
  utf8: 5,
  bool: 6,
  decimal: 7,
  date: 8,
  timestamp: 10,
  list: 12,
  struct: 13,
  fixedSizeBinary: 15,
  fixedSizeList: 16,
  largeBinary: 19,
  largeUtf8: 20,
  largeList: 21,
  dictionary: -1,
} as const;

/** A column of an Arrow table. */
export interface ArrowColumn {
  readonly name: string;
  readonly position: number;
  readonly dtype: DataType | undefined;
  readonly type: string;
}

export function arrowColumn(field: ArrowField, position: number): ArrowColumn {
  return { name: field.name, position, dtype: fieldDType(field), type: String(field.type) };
}

/** What Arrow's types carry, by id. */
interface TypeParts {
  readonly bitWidth?: number;
  readonly isSigned?: boolean;
  readonly precision?: number;
  readonly scale?: number;
  readonly unit?: number;
  readonly children?: readonly ArrowField[];
  readonly dictionary?: ArrowType;
}

/** Text that says it is JSON is JSON. */
function fieldDType(field: ArrowField): DataType | undefined {
  const dtype = dtypeOf(field.type);
  return dtype?.id === 'string' && field.metadata.get('ARROW:extension:name') === 'arrow.json' ? JSON_ : dtype;
}

function dtypeOf(type: ArrowType): DataType | undefined {
  const parts = type as unknown as TypeParts;
  switch (type.typeId as number) {
    case TYPE.null:
    case TYPE.utf8:
    case TYPE.largeUtf8:
      return STRING;
    case TYPE.int:
      return parts.bitWidth === 64 && parts.isSigned === false ? decimal(20, 0) : INT;
    case TYPE.float:
      return FLOAT;
    case TYPE.binary:
    case TYPE.largeBinary:
    case TYPE.fixedSizeBinary:
      return { id: 'binary' };
    case TYPE.bool:
      return BOOLEAN;
    case TYPE.decimal: {
      const { precision = 0, scale = 0 } = parts;
      return precision > 38 || scale < 0 || scale > precision ? undefined : decimal(precision, scale);
    }
    case TYPE.date:
      return DATE;
    case TYPE.timestamp:
      return TIMESTAMP;
    case TYPE.dictionary:
      return parts.dictionary === undefined ? undefined : dtypeOf(parts.dictionary);
    case TYPE.list:
    case TYPE.largeList:
    case TYPE.fixedSizeList: {
      const child = parts.children?.[0];
      const item = child === undefined ? undefined : fieldDType(child);
      return item === undefined ? undefined : { id: 'list', item };
    }
    case TYPE.struct: {
      const fields = (parts.children ?? []).map((f) => ({ name: f.name, dtype: fieldDType(f), nullable: true }));
      if (fields.some((f) => f.dtype === undefined)) return undefined;
      return { id: 'struct', fields: fields.map((f) => ({ ...f, dtype: f.dtype ?? STRING })) };
    }
    default:
      return undefined;
  }
}

/** The values of a vector as a {@link ColumnBatch} has them; nested ones are JSON. */
export function valuesOf(vector: Vector, dtype: DataType): unknown[] {
  const read = valueReader(vector, dtype);
  const nested = dtype.id === 'list' || dtype.id === 'struct';
  return Array.from({ length: vector.length }, (_, i) => {
    const value = read(i);
    return nested && value !== null ? jsonOf(value, dtype) : value;
  });
}

const text = new TextDecoder('utf-8', { ignoreBOM: true });

type Reader = (row: number) => unknown;

function valueReader(vector: Vector, dtype: DataType): Reader {
  let start = 0;
  const chunks = vector.data.map((data) => {
    const chunk = { start, read: chunkReader(data, vector, dtype, start) };
    start += data.length;
    return chunk;
  });
  const [first] = chunks;
  if (first !== undefined && chunks.length === 1) return first.read;
  return (row) => {
    const chunk = chunks.findLast((candidate) => candidate.start <= row);
    return chunk === undefined ? null : chunk.read(row - chunk.start);
  };
}

/** Reads the rows of one chunk of a vector, which starts at its row `start`. */
function chunkReader(data: Data, vector: Vector, dtype: DataType, start: number): Reader {
  const read = rawReader(data, vector, dtype, start);
  return (row) => (data.getValid(row) ? read(row) : null);
}

function rawReader(data: Data, vector: Vector, dtype: DataType, start: number): Reader {
  const parts = data.type as unknown as TypeParts;
  switch (data.type.typeId as number) {
    case TYPE.null:
      return () => null;
    case TYPE.dictionary: {
      const keys = data.values as Int32Array;
      const values = data.dictionary === undefined ? [] : valuesOfDictionary(data.dictionary, dtype);
      return (row) => values[Number(keys[row])] ?? null;
    }
    case TYPE.int: {
      const values = data.values as Int32Array;
      if (dtype.id !== 'decimal') return (row) => BigInt(values[row] ?? 0);
      const factor = 10n ** BigInt(dtype.scale);
      return (row) => BigInt(values[row] ?? 0) * factor;
    }
    case TYPE.decimal: {
      const words = (parts.bitWidth ?? 128) / 32;
      const scale = dtype.id === 'decimal' ? dtype.scale : (parts.scale ?? 0);
      const factor = 10n ** BigInt(scale - (parts.scale ?? 0));
      return (row) => wideInteger(data.values as Uint32Array, row * words, words) * factor;
    }
    case TYPE.date:
      return (row) => Math.floor(Number(vector.get(start + row)) / 86_400_000);
    case TYPE.timestamp: {
      const values = data.values as BigInt64Array;
      const [times, by] = (
        [
          [1_000_000n, 1n],
          [1000n, 1n],
          [1n, 1n],
          [1n, 1000n],
        ] as const
      )[parts.unit ?? 2] ?? [1n, 1n];
      return (row) => floorDivide((values[row] ?? 0n) * times, by);
    }
    case TYPE.utf8:
    case TYPE.largeUtf8: {
      // Arrow's own reading takes U+FEFF at the beginning for a mark of the encoding.
      const { valueOffsets, values } = data as Data<Utf8>;
      return (row) => text.decode(values.subarray(Number(valueOffsets[row]), Number(valueOffsets[row + 1])));
    }
    case TYPE.list:
    case TYPE.largeList:
    case TYPE.fixedSizeList: {
      const item = dtype.id === 'list' ? dtype.item : dtype;
      return (row) => {
        const items = vector.get(start + row) as Vector;
        const read = valueReader(items, item);
        return Array.from({ length: items.length }, (_, i) => read(i));
      };
    }
    case TYPE.struct: {
      const fields = dtype.id === 'struct' ? dtype.fields : [];
      const readers = fields.map((field, i): [string, Reader] => {
        const child = vector.getChildAt(i);
        return [field.name, child === null ? () => null : valueReader(child, field.dtype)];
      });
      return (row) => Object.fromEntries(readers.map(([name, read]) => [name, read(start + row)]));
    }
    default:
      return (row) => vector.get(start + row) as unknown;
  }
}

function valuesOfDictionary(dictionary: Vector, dtype: DataType): unknown[] {
  const read = valueReader(dictionary, dtype);
  return Array.from({ length: dictionary.length }, (_, i) => read(i));
}

/** A two's complement number in 32-bit words, the least significant first. */
function wideInteger(words: Uint32Array, start: number, count: number): bigint {
  let value = 0n;
  for (let i = count - 1; i >= 0; i--) value = (value << 32n) | BigInt(words[start + i] ?? 0);
  return BigInt.asIntN(32 * count, value);
}

function floorDivide(value: bigint, by: bigint): bigint {
  const quotient = value / by;
  return value < 0n && value % by !== 0n ? quotient - 1n : quotient;
}

/** The JSON text of a value inside a list or struct; JSON is there as it is. */
function jsonOf(value: unknown, dtype: DataType): string {
  if (value === null || value === undefined) return 'null';
  switch (dtype.id) {
    case 'list':
      return `[${(value as readonly unknown[]).map((item) => jsonOf(item, dtype.item)).join(',')}]`;
    case 'struct': {
      const found = value as Readonly<Record<string, unknown>>;
      return `{${dtype.fields.map((f) => `${JSON.stringify(f.name)}:${jsonOf(found[f.name], f.dtype)}`).join(',')}}`;
    }
    case 'json':
      return String(value);
    case 'boolean':
      return String(value);
    default:
      return JSON.stringify(leafText(value, dtype));
  }
}

function leafText(value: unknown, dtype: DataType): string {
  switch (dtype.id) {
    case 'decimal':
      return decimalText(value as bigint, dtype.scale);
    case 'date':
      return dayText(value as number);
    case 'timestamp':
      return instantText(value as bigint);
    case 'binary':
      return Buffer.from(value as Uint8Array).toString('base64');
    default:
      return Object.is(value, -0) ? '-0' : String(value);
  }
}
