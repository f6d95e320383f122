// Dtypes twice over: as types, which carry the JavaScript value, and as the plain data that plans hold.

/** A dtype at the type level: its id, and what a value of it is in JavaScript. */
export interface DType<Id extends string, Js> {
  readonly id: Id;
  readonly js: Js;
}

/** A whole number, a `number` in JavaScript. */
export type Int = DType<'int', number>;
/** A whole number of 64 bits, a `bigint` in JavaScript. */
export type BigInteger = DType<'bigint', bigint>;
/** A double. */
export type Float = DType<'float', number>;
/** An exact number, its digits as text in JavaScript. */
export type Decimal = DType<'decimal', string>;
/** Text. */
export type Text = DType<'string', string>;
/** A string column whose values are known. */
export type Enum<L extends string> = DType<'string', L>;
/** True or false. */
export type Bool = DType<'boolean', boolean>;
/** A calendar day, as `'YYYY-MM-DD'`. */
export type Day = DType<'date', string>;
/** An instant, held as UTC. */
export type Timestamp = DType<'timestamp', Date>;
/** Any JSON. */
export type Json = DType<'json', JsonValue>;
/** A list of values of one dtype; `N` is `null` where an item may be null. */
export interface List<D extends AnyDType, N extends null> extends DType<'list', readonly (D['js'] | N)[]> {
  readonly item: { readonly d: D; readonly n: N };
}
/** Named values, each of its own dtype. */
export interface Struct<F extends StructFields>
  extends DType<'struct', { readonly [K in keyof F]: F[K]['d']['js'] | F[K]['n'] }> {
  readonly fields: F;
}
export type StructFields = { readonly [name: string]: { readonly d: AnyDType; readonly n: null } };
/** Bytes. */
export type Binary = DType<'binary', Uint8Array>;

/** Any dtype. */
export type AnyDType = DType<string, unknown>;
/** The dtypes of numbers. */
export type NumericDType = Int | BigInteger | Float | Decimal;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };

/** A dtype as plain data. */
export type DataType =
  | { readonly id: 'int' }
  | { readonly id: 'bigint' }
  | { readonly id: 'float' }
  | { readonly id: 'decimal'; readonly precision: number; readonly scale: number }
  | { readonly id: 'string'; readonly values?: readonly string[] }
  | { readonly id: 'boolean' }
  | { readonly id: 'date' }
  | { readonly id: 'timestamp' }
  | { readonly id: 'json' }
  | {
      readonly id: 'list';
      readonly item: DataType;
      /** Whether items may be null; where nothing says, they may. */
      readonly nullableItem?: boolean;
    }
  | { readonly id: 'struct'; readonly fields: readonly Field[] }
  | { readonly id: 'binary' };

export type DTypeId = DataType['id'];

/** A named column of a schema at run time. */
export interface Field {
  readonly name: string;
  readonly dtype: DataType;
  readonly nullable: boolean;
}

/** The columns of a frame at run time, in their order. */
export type Schema = readonly Field[];

export const INT: DataType = Object.freeze({ id: 'int' });
export const BIGINT: DataType = Object.freeze({ id: 'bigint' });
export const FLOAT: DataType = Object.freeze({ id: 'float' });
export const STRING: DataType = Object.freeze({ id: 'string' });
export const BOOLEAN: DataType = Object.freeze({ id: 'boolean' });
export const DATE: DataType = Object.freeze({ id: 'date' });
export const TIMESTAMP: DataType = Object.freeze({ id: 'timestamp' });
export const JSON_: DataType = Object.freeze({ id: 'json' });

/** The widest precision a decimal can have. */
export const MAX_PRECISION = 38;

export function decimal(precision: number, scale: number): DataType {
  return Object.freeze({ id: 'decimal', precision, scale });
}

/** How a dtype is written in messages: `decimal(12, 2)`, `enum('north', 'south')`, `list(int)`. */
export function describeDType(dtype: DataType): string {
  switch (dtype.id) {
    case 'decimal':
      return `decimal(${dtype.precision}, ${dtype.scale})`;
    case 'string':
      return dtype.values === undefined ? 'string' : `enum(${dtype.values.map((v) => `'${v}'`).join(', ')})`;
    case 'list':
      return `list(${describeDType(dtype.item)})`;
    case 'struct':
      return `struct(${dtype.fields.map((f) => `${f.name}: ${describeDType(f.dtype)}`).join(', ')})`;
    default:
      return dtype.id;
  }
}

export function sameDType(a: DataType, b: DataType): boolean {
  return describeDType(a) === describeDType(b);
}

/**
 * The dtype that holds the values of both, `undefined` where there is none. Known strings are joined, decimals take the
 * digits of both; inside lists and structs, where values stay as they stand, decimals must be the same.
 */
export function unified(a: DataType, b: DataType, inside = false): DataType | undefined {
  if (a.id === 'string' && b.id === 'string') {
    if (a.values === undefined || b.values === undefined) return STRING;
    return { id: 'string', values: [...new Set([...a.values, ...b.values])] };
  }
  if (a.id === 'decimal' && b.id === 'decimal') {
    if (inside) return sameDType(a, b) ? a : undefined;
    const scale = Math.max(a.scale, b.scale);
    return decimal(Math.min(MAX_PRECISION, Math.max(a.precision - a.scale, b.precision - b.scale) + scale), scale);
  }
  if (a.id === 'list' && b.id === 'list') {
    const item = unified(a.item, b.item, true);
    return item && { id: 'list', item, nullableItem: (a.nullableItem ?? true) || (b.nullableItem ?? true) };
  }
  if (a.id === 'struct' && b.id === 'struct') {
    const fields = a.fields.flatMap((field): Field[] => {
      const other = b.fields.find((f) => f.name === field.name);
      const dtype = other && unified(field.dtype, other.dtype, true);
      return dtype ? [{ ...field, dtype, nullable: field.nullable || other.nullable }] : [];
    });
    return fields.length === Math.max(a.fields.length, b.fields.length) ? { id: 'struct', fields } : undefined;
  }
  return a.id === b.id ? a : undefined;
}

export function isNumeric(dtype: DataType): boolean {
  return dtype.id === 'int' || dtype.id === 'bigint' || dtype.id === 'float' || dtype.id === 'decimal';
}

/** Digits before and after the point that hold any value of an exact numeric dtype. */
export function decimalShape(dtype: DataType): { precision: number; scale: number } {
  return dtype.id === 'decimal' ? dtype : { precision: 19, scale: 0 };
}
