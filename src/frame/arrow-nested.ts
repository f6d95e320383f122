import type { BlockColumn } from '../schema/block.ts';
import type { DataType } from '../schema/dtype.ts';
import { daysOf, microsOf } from '../schema/engine-time.ts';
import { floatOf, unscaled } from '../schema/js-value.ts';
import { readJson } from '../schema/read-json.ts';

/** Lists and structs of a block, which are JSON there, as the columns that Arrow makes them of. */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The values of a nested column, null where there is none. */
export function nestedValues(column: BlockColumn, dtype: DataType, rows: number): unknown[] {
  const offsets = column.offsets ?? new Int32Array(rows + 1);
  const bytes = column.values as Uint8Array;
  return Array.from({ length: rows }, (_, i) =>
    isNull(column, i) ? null : readJson(decoder.decode(bytes.subarray(offsets[i], offsets[i + 1])), dtype),
  );
}

function isNull({ validity }: BlockColumn, row: number): boolean {
  return validity !== undefined && ((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0;
}

/** One bit a value, 1 where it stands; undefined where all do. */
export function validityOf(values: readonly unknown[]): Uint8Array | undefined {
  if (!values.includes(null) && !values.includes(undefined)) return undefined;
  const bits = new Uint8Array(Math.ceil(values.length / 8));
  values.forEach((value, i) => {
    if (value !== null && value !== undefined) bits[i >> 3] = (bits[i >> 3] ?? 0) | (1 << (i & 7));
  });
  return bits;
}

/** Values of a dtype that is not nested, as {@link readJson} reads them, as a column of a block. */
export function leafColumn(values: readonly unknown[], dtype: DataType): BlockColumn {
  const validity = validityOf(values);
  const rest = validity === undefined ? {} : { validity };
  const each = <T>(zero: T, of: (text: string) => T): T[] =>
    values.map((value) => (value === null || value === undefined ? zero : of(String(value))));
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return { values: BigInt64Array.from(each(0n, BigInt)), ...rest };
    case 'timestamp':
      return { values: BigInt64Array.from(each(0n, microsOf)), ...rest };
    case 'date':
      return { values: Int32Array.from(each(0, daysOf)), ...rest };
    case 'float':
      return { values: Float64Array.from(each(0, floatOf)), ...rest };
    case 'boolean':
      return { values: Uint8Array.from(each(0, (text) => (text === 'true' ? 1 : 0))), ...rest };
    case 'decimal': {
      const view = new DataView(new ArrayBuffer(values.length * 16));
      each(0n, (text) => unscaled(text, dtype.scale)).forEach((value, i) => {
        view.setBigUint64(i * 16, BigInt.asUintN(64, value), true);
        view.setBigInt64(i * 16 + 8, value >> 64n, true);
      });
      return { values: new Uint8Array(view.buffer), ...rest };
    }
    default: {
      const parts = each(Buffer.alloc(0), (text) => Buffer.from(text, dtype.id === 'binary' ? 'base64' : 'utf8'));
      const offsets = new Int32Array(values.length + 1);
      parts.forEach((part, i) => {
        offsets[i + 1] = (offsets[i] ?? 0) + part.length;
      });
      return { values: new Uint8Array(Buffer.concat(parts)), offsets, ...rest };
    }
  }
}
