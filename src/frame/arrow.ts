import {
  Field as ArrowField,
  Schema as ArrowSchema,
  Table as ArrowTable,
  type DataType as ArrowType,
  Binary,
  Bool,
  type Data,
  DateDay,
  Decimal,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow';
import type { BlockColumn, BlockResult } from '../schema/block.ts';
import type { DataType } from '../schema/dtype.ts';

/** Blocks as an Arrow table; values are shared, not copied, wherever the layouts agree. */
export function toArrow(result: BlockResult): ArrowTable {
  const fields = result.schema.map((f) => new ArrowField(f.name, arrowType(f.dtype), f.nullable));
  const schema = new ArrowSchema(fields);
  const batches = result.blocks.map((block) => {
    const children = fields.map((field, c) => arrowData(field.type, block.columns[c], block.rows));
    return new RecordBatch(schema, makeData({ type: new Struct(fields), length: block.rows, nullCount: 0, children }));
  });
  return new ArrowTable(schema, batches);
}

function arrowType(dtype: DataType): ArrowType {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return new Int64();
    case 'float':
      return new Float64();
    case 'decimal':
      return new Decimal(dtype.scale, dtype.precision, 128);
    case 'boolean':
      return new Bool();
    case 'date':
      return new DateDay();
    case 'timestamp':
      return new TimestampMicrosecond('UTC');
    case 'binary':
      return new Binary();
    default:
      return new Utf8();
  }
}

function arrowData(type: ArrowType, column: BlockColumn | undefined, length: number): Data {
  const values = column?.values ?? new Uint8Array();
  const nullBitmap = column?.validity ?? null;
  const nullCount = column?.validity === undefined ? 0 : -1;
  const common = { length, nullCount, nullBitmap };
  if (type instanceof Utf8 || type instanceof Binary) {
    const valueOffsets = column?.offsets ?? new Int32Array(length + 1);
    return makeData({ type: type as Utf8, ...common, valueOffsets, data: values as Uint8Array });
  }
  if (type instanceof Bool) return makeData({ type, ...common, data: bits(values as Uint8Array) });
  if (type instanceof Decimal) return makeData({ type, ...common, data: wide(values) });
  return makeData({ type: type as Int64, ...common, data: values as BigInt64Array });
}

/** One bit a value instead of one byte. */
function bits(bytes: Uint8Array): Uint8Array {
  const packed = new Uint8Array(Math.ceil(bytes.length / 8));
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === 1) packed[i >> 3] = (packed[i >> 3] ?? 0) | (1 << (i & 7));
  return packed;
}

/** Decimals in 128 bits, as Arrow has them. */
function wide(values: BlockColumn['values']): Uint32Array {
  if (!(values instanceof BigInt64Array))
    return new Uint32Array(values.buffer, values.byteOffset, values.byteLength / 4);
  // Halves of 32 bits: arithmetic on bigints would take ten times as long.
  const halves = new Int32Array(values.buffer, values.byteOffset, values.length * 2);
  const result = new Int32Array(values.length * 4);
  for (let i = 0; i < values.length; i++) {
    const high = halves[2 * i + 1] ?? 0;
    const sign = high >> 31;
    result[4 * i] = halves[2 * i] ?? 0;
    result[4 * i + 1] = high;
    result[4 * i + 2] = sign;
    result[4 * i + 3] = sign;
  }
  return new Uint32Array(result.buffer);
}
