import type { DataType } from '../schema/dtype.ts';
import { fromJs, instantOf } from '../schema/from-js.ts';

/**
 * A value that fits a dtype as rows have it. One value has one form, however it was given and whether it was kept meanwhile: by
 * its params a run's loads are told apart.
 */
export function paramValue(value: unknown, dtype: DataType): unknown {
  if (value === null || value === undefined) return null;
  switch (dtype.id) {
    case 'list':
      return (value as readonly unknown[]).map((item) => paramValue(item, dtype.item));
    case 'struct':
      return structOf(value, dtype.fields, paramValue);
    case 'bigint':
      return BigInt(value as bigint);
    case 'int':
    case 'float':
      // JSON knows no -0.
      return (value as number) + 0;
    case 'date':
    case 'decimal':
      return fromJs(value, dtype);
    case 'timestamp':
      return new Date(`${instantOf(value)?.replace(' ', 'T')}Z`);
    case 'binary':
      return new Uint8Array(value as Uint8Array);
    case 'json':
      return JSON.parse(JSON.stringify(value));
    default:
      return value;
  }
}

/** A value as it was before JSON kept it. */
export function revivedValue(kept: unknown, dtype: DataType): unknown {
  if (kept === null || kept === undefined) return null;
  switch (dtype.id) {
    case 'list':
      return (kept as readonly unknown[]).map((item) => revivedValue(item, dtype.item));
    case 'struct':
      return structOf(kept, dtype.fields, revivedValue);
    case 'bigint':
      return BigInt(String(kept));
    case 'binary':
      return new Uint8Array(Buffer.from(String(kept), 'base64'));
    default:
      return kept;
  }
}

function structOf(
  value: unknown,
  fields: readonly { readonly name: string; readonly dtype: DataType }[],
  each: (value: unknown, dtype: DataType) => unknown,
): object {
  const own = value as Readonly<Record<string, unknown>>;
  return Object.fromEntries(
    fields.map(({ name, dtype }) => [name, each(Object.hasOwn(own, name) ? own[name] : null, dtype)]),
  );
}
