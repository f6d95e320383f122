import type { DataType } from '../schema/dtype.ts';
import { quoteName } from './dialect.ts';

/** A value as JSON can hold it: binary inside a list or struct as base64, where the engine would write escapes. */
export function forJson(sql: string, dtype: DataType, depth = 0): string {
  if (!holdsBinary(dtype)) return sql;
  switch (dtype.id) {
    case 'binary':
      return `to_base64(${sql})`;
    case 'list': {
      const item = `__millrace_out${depth}`;
      return `list_transform(${sql}, lambda ${item}: ${forJson(item, dtype.item, depth + 1)})`;
    }
    case 'struct': {
      const fields = dtype.fields.map(({ name, dtype: inner }) => {
        const field = quoteName(name);
        return `${field} := ${forJson(`(${sql}).${field}`, inner, depth + 1)}`;
      });
      return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${fields.join(', ')}) END`;
    }
    default:
      return sql;
  }
}

function holdsBinary(dtype: DataType): boolean {
  if (dtype.id === 'list') return holdsBinary(dtype.item);
  if (dtype.id === 'struct') return dtype.fields.some((field) => holdsBinary(field.dtype));
  return dtype.id === 'binary';
}
