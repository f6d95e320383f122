import type { Schema } from './dtype.ts';

/** Values of one column in Arrow's layout. */
export interface BlockColumn {
  /** Fixed-width values, or the bytes of strings. */
  readonly values: Float64Array | BigInt64Array | Int32Array | Uint8Array;
  /** For strings and binary: where each value starts, one more than there are rows. */
  readonly offsets?: Int32Array;
  /** One bit a row, least significant first, 1 where a value stands; absent where all do. */
  readonly validity?: Uint8Array;
}

export interface Block {
  readonly rows: number;
  readonly columns: readonly BlockColumn[];
}

export interface BlockResult {
  readonly schema: Schema;
  readonly blocks: readonly Block[];
}
