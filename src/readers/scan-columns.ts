import type { ScanColumn } from '../plan/source.ts';
import type { SchemaSpec } from '../schema/column-type.ts';

/** The columns of a declared schema as a scan looks for them. */
export function scanColumns(spec: SchemaSpec): ScanColumn[];
export function scanColumns(spec: SchemaSpec | undefined): ScanColumn[] | undefined;
export function scanColumns(spec: SchemaSpec | undefined): ScanColumn[] | undefined {
  if (spec === undefined) return undefined;
  return Object.entries(spec).map(([name, type]) => ({
    name,
    outside: type.outsideName ?? name,
    dtype: type.dtype,
    nullable: type.isNullable,
    format: type.format,
  }));
}
