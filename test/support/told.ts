import type { Data, Vector } from 'apache-arrow';
import type { AnyCol, DataType, Frame } from '../../src/index.ts';
import type { Told } from './dtype-tables.ts';

/** What a frame holds, read from the bytes of its Arrow table, as `dtype-tables.ts` tells it. */
export async function toldOf<C extends AnyCol>(frame: Frame<C>): Promise<Told[]> {
  const table = await frame.collect();
  const arrow = await table.toArrow();
  const columns = table.schema.map(({ name, dtype }, i) => [name, toldColumn(arrow.getChildAt(i), dtype)] as const);
  return Array.from({ length: table.numRows }, (_, row) =>
    Object.fromEntries(columns.map(([name, told]) => [name, told[row] ?? null])),
  );
}

function toldColumn(vector: Vector | null, dtype: DataType): Told[] {
  return (vector?.data ?? []).flatMap((data) =>
    Array.from({ length: data.length }, (_, row) => told(data, row, dtype)),
  );
}

function told(data: Data, row: number, dtype: DataType): Told {
  if (!data.getValid(row)) return null;
  const { values, children } = data;
  switch (dtype.id) {
    case 'boolean':
      return String((((values as Uint8Array)[row >> 3] ?? 0) & (1 << (row & 7))) !== 0);
    case 'decimal': {
      const words = new DataView(values.buffer, values.byteOffset + row * 16, 16);
      return digits((words.getBigInt64(8, true) << 64n) | words.getBigUint64(0, true), dtype.scale);
    }
    case 'float': {
      const value = (values as Float64Array)[row] ?? 0;
      return Object.is(value, -0) ? '-0' : String(value);
    }
    case 'string':
    case 'json':
      return bytes(data, row).toString('utf8');
    case 'binary':
      return bytes(data, row).toString('hex');
    case 'list': {
      const [from = 0, to = 0] = data.valueOffsets.slice(row, row + 2);
      const [items] = children;
      return items === undefined ? [] : Array.from({ length: to - from }, (_, i) => told(items, from + i, dtype.item));
    }
    case 'struct':
      return Object.fromEntries(dtype.fields.map((f, i) => [f.name, told(children[i] as Data, row, f.dtype)]));
    default:
      return String(values[row]);
  }
}

function bytes({ values, valueOffsets }: Data, row: number): Buffer {
  return Buffer.from((values as Uint8Array).subarray(valueOffsets[row], valueOffsets[row + 1]));
}

function digits(unscaled: bigint, scale: number): string {
  const text = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0');
  return `${unscaled < 0n ? '-' : ''}${scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`}`;
}
