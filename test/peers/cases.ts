import { type SchemaSpec, type Session, t } from '../../src/index.ts';
import type { AnyFrame } from './expressions.ts';

/** A value of a case as the file has it: plain JSON, with objects of one `$` key for what JSON has no word for. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

export interface PeerCase {
  readonly id: string;
  readonly origin: 'arquero' | 'tidyjs';
  readonly input: Json;
  readonly steps: readonly JsonObject[];
  readonly expected: Json;
}

type Value = string | number | boolean | Date | null;
export type Row = Readonly<Record<string, Value>>;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

/** A cell; missing, undefined and NaN are null. */
export function cellOf(value: Json | undefined): Value {
  if (value === undefined || value === null || typeof value !== 'object') return value ?? null;
  if (isObject(value)) {
    if (typeof value.$date === 'string') return new Date(value.$date);
    if (value.$undefined === true || value.$number === 'NaN') return null;
  }
  throw new Error(`${JSON.stringify(value)} is no cell`);
}

/** A table as rows that all have all columns, from either layout. */
export function rowsOf(table: Json): { readonly columns: readonly string[]; readonly rows: readonly Row[] } {
  if (isList(table)) {
    const columns = [...new Set(table.flatMap((row) => (isObject(row) ? Object.keys(row) : [])))];
    const rows = table.map((row) => columns.map((name) => [name, cellOf(isObject(row) ? row[name] : null)]));
    return { columns, rows: rows.map((entries) => Object.fromEntries(entries) as Row) };
  }
  if (!isObject(table)) throw new Error('a table is an object of columns or a list of rows');
  const columns = Object.keys(table);
  const cells = columns.map((name) => table[name]).map((column) => (isList(column) ? column.map(cellOf) : []));
  const count = Math.max(0, ...cells.map((column) => column.length));
  const rows = Array.from({ length: count }, (_, i) => columns.map((name, c) => [name, cells[c]?.[i] ?? null]));
  return { columns, rows: rows.map((entries) => Object.fromEntries(entries) as Row) };
}

/** A frame of a table, its dtypes being those of its values. */
export function frameOf(session: Session, table: Json): AnyFrame {
  const { columns, rows } = rowsOf(table);
  const schema: SchemaSpec = Object.fromEntries(columns.map((name) => [name, typeOf(rows.map((row) => row[name]))]));
  return session.read.rows(rows, { schema }) as unknown as AnyFrame;
}

function typeOf(values: readonly (Value | undefined)[]): SchemaSpec[string] {
  const known = values.filter((value) => value !== null && value !== undefined);
  const isNullable = known.length < values.length;
  const [first] = known;
  const type =
    typeof first === 'string'
      ? t.string()
      : typeof first === 'boolean'
        ? t.boolean()
        : first instanceof Date
          ? t.timestamp()
          : known.length > 0 && known.every((value) => Number.isInteger(value))
            ? t.int()
            : t.float();
  return isNullable ? type.nullable() : type;
}

/** How the rows differ from the expected ones; undefined where they do not. The order counts where rows have one. */
export function difference(actual: readonly Row[], expected: Json, ordered: boolean): string | undefined {
  const wanted = rowsOf(expected);
  const names = wanted.columns.length > 0 ? wanted.columns : Object.keys(actual[0] ?? {});
  const extra = Object.keys(actual[0] ?? {}).filter((name) => !names.includes(name));
  if (extra.length > 0) return `columns that were not expected: ${extra.join(', ')}`;
  const lacking = actual.length === 0 ? [] : names.filter((name) => !(name in (actual[0] ?? {})));
  if (lacking.length > 0) return `columns that are not there: ${lacking.join(', ')}`;
  const [left, right] = [actual, wanted.rows].map((rows) => {
    const lines = rows.map((row) => names.map((name) => row[name]));
    return ordered ? lines : lines.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
  });
  if (left?.length !== right?.length) return `${left?.length} rows, not ${right?.length}`;
  const at = left?.findIndex((line, i) => !line.every((value, c) => same(value, right?.[i]?.[c]))) ?? -1;
  return at < 0 ? undefined : `${JSON.stringify(left?.[at])}, not ${JSON.stringify(right?.[at])}`;
}

function keyOf(line: readonly (Value | undefined)[]): string {
  return JSON.stringify(line.map((value) => (typeof value === 'number' ? value.toPrecision(10) : value)));
}

function same(a: Value | undefined, b: Value | undefined): boolean {
  if (typeof a === 'number' && typeof b === 'number') return Math.abs(a - b) <= 1e-12 * Math.max(1, Math.abs(b));
  if (a instanceof Date && b instanceof Date) return a.getTime() === b.getTime();
  return a === b;
}
