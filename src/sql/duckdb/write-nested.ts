import { type DataType, MAX_PRECISION } from '../../schema/dtype.ts';
import { quoteName, quoteText } from '../dialect.ts';
import { decimalText, isFraction, wider } from './decimal-text.ts';
import { guarded, marked, unmarked } from './read-nested.ts';

/** How text holds an instant: ISO 8601 in UTC, with microseconds. */
export const INSTANT = '%Y-%m-%dT%H:%M:%S.%fZ';

/** The JSON text of a list or struct, as a reader reads it back: binary as base64, JSON inside digit for digit. */
export function jsonText(sql: string, dtype: DataType): string {
  return textOf(sql, dtype, { exact: needsMarks(dtype), instants: INSTANT });
}

/** The same with days and instants as the engine writes them, which tells also those that ISO 8601 does not. */
export function engineJsonText(sql: string, dtype: DataType, as: (sql: string) => string): string {
  return textOf(sql, dtype, { exact: holds(dtype, 'json'), asTexts: true }, as);
}

function textOf(sql: string, dtype: DataType, shape: Shape, as: (sql: string) => string = (value) => value): string {
  const { exact } = shape;
  const json = `to_json(${as(forJson(sql, dtype, shape))})`;
  return exact ? unmarked(json) : `CAST(${json} AS VARCHAR)`;
}

/** The JSON text of a row, JSON in it digit for digit, instants in a format. */
export function rowText(
  fields: readonly { readonly sql: string; readonly name: string; readonly dtype: DataType }[],
  instants: string,
): string {
  const entries = fields.map((f) => `${quoteName(f.name)} := ${forJson(f.sql, f.dtype, { exact: true, instants })}`);
  return unmarked(`to_json(struct_pack(${entries.join(', ')}))`);
}

interface Shape {
  /** Whether JSON inside is marked, so that the engine does not read its numbers. */
  readonly exact: boolean;
  /** How instants are written, where not as the engine writes them. */
  readonly instants?: string;
  /** Whether numbers become texts before they become JSON. */
  readonly asTexts?: boolean;
}

/** Whether a value has numbers in it that the engine's JSON would not hold as they are, if they were not marked. */
export function needsMarks(dtype: DataType): boolean {
  if (dtype.id === 'list') return needsMarks(dtype.item);
  if (dtype.id === 'struct') return dtype.fields.some((field) => needsMarks(field.dtype));
  return dtype.id === 'json' || (isFraction(dtype) && dtype.precision === MAX_PRECISION);
}

/** A value as the engine's JSON can hold it. */
export function forJson(sql: string, dtype: DataType, shape: Shape, depth = 0): string {
  switch (dtype.id) {
    case 'binary':
      return `to_base64(${sql})`;
    case 'json':
      return shape.exact ? `CAST(${marked(`CAST(${sql} AS VARCHAR)`, [dtype])} AS JSON)` : sql;
    case 'string':
      return shape.exact ? guarded(sql) : sql;
    case 'timestamp':
      return shape.instants === undefined ? sql : `strftime(${sql}, ${quoteText(shape.instants)})`;
    case 'decimal':
      // The engine writes .5, which is no JSON.
      if (!isFraction(dtype) || shape.asTexts === true) return sql;
      if (dtype.precision < MAX_PRECISION) return wider(sql, dtype);
      return shape.exact ? `chr(1) || ${decimalText(sql, dtype)}` : sql;
    case 'list': {
      const item = `__millrace_out${depth}`;
      const inside = forJson(item, dtype.item, shape, depth + 1);
      return inside === item ? sql : `list_transform(${sql}, lambda ${item}: ${inside})`;
    }
    case 'struct': {
      const fields = dtype.fields.map((f) => {
        const field = `(${sql}).${quoteName(f.name)}`;
        return { name: f.name, field, inside: forJson(field, f.dtype, shape, depth) };
      });
      if (fields.every(({ field, inside }) => inside === field)) return sql;
      const packed = fields.map(({ name, inside }) => `${quoteName(name)} := ${inside}`);
      return `CASE WHEN ${sql} IS NOT NULL THEN struct_pack(${packed.join(', ')}) END`;
    }
    default:
      return sql;
  }
}

/** Whether a value is, or has in it, one of a dtype. */
export function holds(dtype: DataType, id: DataType['id']): boolean {
  if (dtype.id === 'list') return holds(dtype.item, id);
  if (dtype.id === 'struct') return dtype.fields.some((field) => holds(field.dtype, id));
  return dtype.id === id;
}
