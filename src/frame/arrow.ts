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
  List,
  makeData,
  RecordBatch,
  Struct,
  TimestampMicrosecond,
  Utf8,
} from 'apache-arrow';
import type { BlockColumn, BlockResult } from '../schema/block.ts';
import type { DataType } from '../schema/dtype.ts';
import { leafColumn, nestedValues, validityOf } from './arrow-nested.ts';

/** Blocks as an Arrow table; values are shared, not copied, wherever the layouts agree. */
export function toArrow(result: BlockResult): ArrowTable {
  const fields = result.schema.map((f) => arrowField(f.name, f.dtype, f.nullable));
  const schema = new ArrowSchema(fields);
  const batches = result.blocks.map((block) => {
    const children = fields.map((field, c) =>
      columnData(field.type, result.schema[c]?.dtype, block.columns[c], block.rows),
    );
    return new RecordBatch(schema, makeData({ type: new Struct(fields), length: block.rows, nullCount: 0, children }));
  });
  return new ArrowTable(schema, batches);
}

/** The extension type by which Arrow tells JSON from other text. */
const JSON_TEXT: ReadonlyMap<string, string> = new Map([
  ['ARROW:extension:name', 'arrow.json'],
  ['ARROW:extension:metadata', ''],
]);

function arrowField(name: string, dtype: DataType, nullable: boolean): ArrowField {
  return new ArrowField(name, arrowType(dtype), nullable, dtype.id === 'json' ? new Map(JSON_TEXT) : null);
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
    case 'list':
      return new List(arrowField('item', dtype.item, dtype.nullableItem ?? true));
    case 'struct':
      return new Struct(dtype.fields.map((f) => arrowField(f.name, f.dtype, f.nullable)));
    case 'string':
    case 'json':
      return new Utf8();
  }
}

function columnData(
  type: ArrowType,
  dtype: DataType | undefined,
  column: BlockColumn | undefined,
  length: number,
): Data {
  const isNested = dtype?.id === 'list' || dtype?.id === 'struct';
  if (!isNested || column === undefined) return arrowData(type, column, length);
  return nestedData(type, dtype, nestedValues(column, dtype, length));
}

function nestedData(type: ArrowType, dtype: DataType, values: readonly unknown[]): Data {
  const { length } = values;
  const nullBitmap = validityOf(values) ?? null;
  const common = { length, nullCount: nullBitmap === null ? 0 : -1, nullBitmap };
  if (dtype.id === 'list') {
    const valueOffsets = new Int32Array(length + 1);
    const items = values.flatMap((value, i) => {
      const found = (value ?? []) as readonly unknown[];
      valueOffsets[i + 1] = (valueOffsets[i] ?? 0) + found.length;
      return found;
    });
    const list = type as List;
    return makeData({ type: list, ...common, valueOffsets, child: nestedData(list.valueType, dtype.item, items) });
  }
  if (dtype.id === 'struct') {
    const struct = type as Struct;
    const children = dtype.fields.map((field, i) => {
      const inside = values.map((value) => (value as Readonly<Record<string, unknown>> | null)?.[field.name] ?? null);
      return nestedData(struct.children[i]?.type ?? struct, field.dtype, inside);
    });
    return makeData({ type: struct, ...common, children });
  }
  return arrowData(type, leafColumn(values, dtype), length);
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
