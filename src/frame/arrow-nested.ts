import type { BlockColumn } from '../schema/block.ts';
import type { DataType } from '../schema/dtype.ts';
import { daysOf, microsOf } from '../schema/engine-time.ts';
import { floatOf } from '../schema/js-value.ts';

/**
 * Lists and structs of a block, which are JSON there, as the columns that Arrow makes them of. JSON inside of them stays
 * the text that it is: a parser would bring its numbers through doubles.
 */

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/** The values of a nested column, null where there is none; leaves are JSON values, and texts where they are JSON. */
export function nestedValues(column: BlockColumn, dtype: DataType, rows: number): unknown[] {
  const offsets = column.offsets ?? new Int32Array(rows + 1);
  const bytes = column.values as Uint8Array;
  return Array.from({ length: rows }, (_, i) =>
    isNull(column, i) ? null : new JsonReader(decoder.decode(bytes.subarray(offsets[i], offsets[i + 1]))).value(dtype),
  );
}

function isNull({ validity }: BlockColumn, row: number): boolean {
  return validity !== undefined && ((validity[row >> 3] ?? 0) & (1 << (row & 7))) === 0;
}

/** Reads JSON by a dtype. */
class JsonReader {
  readonly #text: string;
  readonly #tokens = /"(?:[^"\\]|\\.)*"|[[\]{}:,]|[^\s"[\]{}:,]+/g;

  constructor(text: string) {
    this.#text = text;
  }

  value(dtype: DataType): unknown {
    if (dtype.id === 'json') return this.#raw();
    const token = this.#next();
    if (token === '[' && dtype.id === 'list') {
      const items: unknown[] = [];
      while (this.#peek() !== ']') {
        items.push(this.value(dtype.item));
        this.#skip(',');
      }
      this.#next();
      return items;
    }
    if (token === '{' && dtype.id === 'struct') {
      const found: Record<string, unknown> = {};
      while (this.#peek() !== '}') {
        const name = JSON.parse(this.#next()) as string;
        this.#next();
        const field = dtype.fields.find((f) => f.name === name);
        const value = field === undefined ? this.#raw() : this.value(field.dtype);
        Object.defineProperty(found, name, { value, enumerable: true, configurable: true });
        this.#skip(',');
      }
      this.#next();
      return found;
    }
    return JSON.parse(token);
  }

  /** The text of the value that follows; JSON's null is none. */
  #raw(): string | null {
    let depth = 0;
    let text = '';
    do {
      const token = this.#next();
      if (token === '[' || token === '{') depth += 1;
      if (token === ']' || token === '}') depth -= 1;
      text += token;
    } while (depth > 0);
    return text === 'null' ? null : text;
  }

  #next(): string {
    const match = this.#tokens.exec(this.#text);
    if (match === null) throw new Error(`JSON that ends too soon: ${this.#text}`);
    return match[0];
  }

  #peek(): string {
    const at = this.#tokens.lastIndex;
    const token = this.#next();
    this.#tokens.lastIndex = at;
    return token;
  }

  #skip(token: string): void {
    if (this.#peek() === token) this.#next();
  }
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

/** Values of a dtype that is not nested, as they stand in JSON, as a column of a block. */
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

function unscaled(text: string, scale: number): bigint {
  const [whole = '', fraction = ''] = text.split('.');
  return BigInt(whole + fraction.padEnd(scale, '0'));
}
