import type { DataType } from '../schema/dtype.ts';

/** The text of a value (SQL), that of an instant with the zone in which it is; one without an end stays as it is. */
export function withZone(text: string, dtype: DataType): string {
  return dtype.id === 'timestamp' ? `regexp_replace(${text}, '([0-9])$', '\\1Z')` : text;
}
