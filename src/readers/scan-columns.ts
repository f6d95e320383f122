import type { ScanColumn } from '../plan/scan.ts';
import { type AnyColumnType, type SchemaSpec, schemaOf } from '../schema/column-type.ts';

/** The columns of a declared schema as a scan looks for them. */
export function scanColumns(spec: SchemaSpec): ScanColumn[];
export function scanColumns(spec: SchemaSpec | undefined): ScanColumn[] | undefined;
export function scanColumns(spec: SchemaSpec | undefined): ScanColumn[] | undefined {
  if (spec === undefined) return undefined;
  return schemaOf(spec).map((field) => {
    const { outsideName, format } = spec[field.name] as AnyColumnType;
    return { ...field, outside: outsideName ?? field.name, format };
  });
}
