import { MillraceError } from '../errors.ts';
import type { CopyColumn } from '../plan/scan.ts';
import type { DatabaseServer } from '../plan/source.ts';
import type { ResultField } from '../postgres/connect.ts';
import { numericShape, quoteIdentifier } from '../postgres/types.ts';
import type { TextFormat } from '../schema/column-type.ts';
import {
  BOOLEAN,
  DATE,
  type DataType,
  decimal,
  describeDType,
  FLOAT,
  INT,
  JSON_,
  MAX_PRECISION,
  STRING,
  TIMESTAMP,
} from '../schema/dtype.ts';

/** A column of a result, with the server's own account of its type. */
export interface ServerColumn {
  readonly name: string;
  /** As the server writes it: `numeric(12,2)`. */
  readonly written: string;
  /** What it can become: its type's name, that of a domain's base, or what kind of type it is. */
  readonly type: string;
  /** Of an array, the type of its elements. */
  readonly element: string | undefined;
  readonly modifier: number;
}

/** Asks the server about the types of a result's columns. */
export async function serverColumns(
  server: DatabaseServer,
  fields: readonly ResultField[],
): Promise<readonly ServerColumn[]> {
  const list = (values: readonly number[]): string => `{${values.join(',')}}`;
  const { rows } = await server.query(
    `SELECT format_type(c.type, c.modifier)::text, t.typname::text, t.typtype::text, t.typcategory::text, e.typname::text,
       (CASE WHEN own.typtype = 'd' THEN own.typtypmod ELSE c.modifier END)::text
     FROM unnest($1::text::oid[], $2::text::int[]) WITH ORDINALITY AS c(type, modifier, at)
     JOIN pg_type own ON own.oid = c.type
     JOIN pg_type t ON t.oid = CASE WHEN own.typtype = 'd' THEN own.typbasetype ELSE own.oid END
     LEFT JOIN pg_type e ON e.oid = t.typelem AND t.typcategory = 'A'
     ORDER BY c.at`,
    [list(fields.map((f) => f.type)), list(fields.map((f) => f.modifier))],
  );
  return fields.map(({ name }, i): ServerColumn => {
    const [written, type, kind, category, element, modifier] = rows[i] ?? [];
    const nested =
      category === 'A'
        ? 'array'
        : ['c', 'r', 'm'].includes(String(kind)) || type === 'record'
          ? 'composite'
          : undefined;
    return {
      name,
      written: String(written),
      type: nested ?? String(type),
      element: element === null ? undefined : String(element),
      modifier: Number(modifier),
    };
  });
}

const WHOLE = ['int2', 'int4', 'int8', 'oid'];
const FLOATS = ['float4', 'float8'];
const JSONS = ['json', 'jsonb', 'array', 'composite'];
const OTHERS = ['numeric', 'money', 'bool', 'date', 'timestamp', 'timestamptz', 'bytea'];

/** Text, and whatever is best told as text: identifiers, enums, addresses, intervals. */
function isText({ type }: ServerColumn): boolean {
  return ![...WHOLE, ...FLOATS, ...JSONS, ...OTHERS].includes(type);
}

/** The dtype of a column that no schema declares. */
export function dtypeOf(column: ServerColumn): DataType {
  const { type, element = '' } = column;
  if (WHOLE.includes(type)) return INT;
  if (FLOATS.includes(type)) return FLOAT;
  switch (type) {
    case 'numeric': {
      const shape = exactShape(column);
      // Without a declared precision no decimal holds every value; text does.
      return shape === undefined ? STRING : decimal(shape.precision, shape.scale);
    }
    case 'money':
      return decimal(19, 2);
    case 'bool':
      return BOOLEAN;
    case 'date':
      return DATE;
    case 'timestamp':
    case 'timestamptz':
      return TIMESTAMP;
    case 'bytea':
      return { id: 'binary' };
    case 'array':
      return listOf(element) ?? JSON_;
    case 'json':
    case 'jsonb':
    case 'composite':
      return JSON_;
    default:
      return STRING;
  }
}

function listOf(element: string): DataType | undefined {
  if (['int2', 'int4', 'int8'].includes(element)) return { id: 'list', item: INT };
  if (['text', 'varchar'].includes(element)) return { id: 'list', item: STRING };
  if (element === 'bool') return { id: 'list', item: BOOLEAN };
  return undefined;
}

/** The shape of a numeric whose every value is a decimal of the engine. */
function exactShape({ modifier }: ServerColumn): { readonly precision: number; readonly scale: number } | undefined {
  const shape = numericShape(modifier);
  return shape !== undefined && shape.scale >= 0 && shape.scale <= shape.precision && shape.precision <= MAX_PRECISION
    ? shape
    : undefined;
}

/** A column as it is asked for: the server's expression, and what the engine is told of its text. */
export interface WireColumn {
  readonly sql: string;
  readonly column: CopyColumn;
  readonly server: ServerColumn;
  /** The zone of wall clocks without one. */
  readonly timeZone: string | undefined;
}

/** Whether and how a column of the server becomes one of a dtype; undefined where it cannot without loss. */
function wire(
  column: ServerColumn,
  dtype: DataType,
  format: TextFormat,
): { sql: string; fits: CopyColumn['fits'] } | undefined {
  const { type } = column;
  const name = quoteIdentifier(column.name);
  const plain = (sql: string): { sql: string; fits: CopyColumn['fits'] } => ({ sql, fits: 'all' });
  switch (dtype.id) {
    case 'int':
      if (WHOLE.includes(type)) return { sql: name, fits: type === 'int8' ? 'range' : 'all' };
      return type === 'numeric' ? { sql: name, fits: 'text' } : undefined;
    case 'bigint':
      if (WHOLE.includes(type)) return plain(name);
      return type === 'numeric' ? { sql: name, fits: 'text' } : undefined;
    case 'float':
      return [...FLOATS, 'int2', 'int4', 'numeric'].includes(type) ? plain(`${name}::float8`) : undefined;
    case 'decimal': {
      if (type !== 'numeric' && type !== 'money' && !WHOLE.includes(type)) return undefined;
      const shape = type === 'numeric' ? exactShape(column) : undefined;
      const fits =
        shape !== undefined &&
        shape.scale <= dtype.scale &&
        shape.precision - shape.scale <= dtype.precision - dtype.scale;
      return { sql: type === 'money' ? `${name}::numeric` : name, fits: fits ? 'all' : 'text' };
    }
    case 'string':
      return isText(column) ? plain(`${name}::text`) : undefined;
    case 'boolean':
      return type === 'bool' ? plain(`CASE WHEN ${name} THEN 't' WHEN NOT ${name} THEN 'f' END`) : undefined;
    case 'date':
      return type === 'date' ? plain(name) : undefined;
    case 'timestamp': {
      if (type === 'timestamptz') return plain(`(${name} AT TIME ZONE 'UTC')`);
      if (type !== 'timestamp') return undefined;
      const zone = format.timeZone;
      return plain(
        zone === undefined ? name : `((${name} AT TIME ZONE '${zone.replaceAll("'", "''")}') AT TIME ZONE 'UTC')`,
      );
    }
    case 'json':
    case 'list':
    case 'struct':
      if (!JSONS.includes(type)) return undefined;
      return plain(type === 'json' || type === 'jsonb' ? `${name}::text` : `to_json(${name})::text`);
    case 'binary':
      return type === 'bytea' ? plain(`encode(${name}, 'hex')`) : undefined;
  }
}

/** A column for a frame whose schema is the server's own: nothing is checked. */
export function wireAsIs(column: ServerColumn): WireColumn {
  const dtype = dtypeOf(column);
  // A numeric without a precision is text here, exact to its last digit.
  const asText = { sql: `${quoteIdentifier(column.name)}::text`, fits: 'all' as const };
  const { sql, fits } = wire(column, dtype, {}) ?? asText;
  const money = column.type === 'money';
  const read = { name: column.name, dtype, nullable: true, fits: money ? fits : 'all' } as const;
  return { sql, column: read, server: column, timeZone: undefined };
}

/** A column for a declared one; an error that names both types where it cannot be that. */
export function wireAs(
  column: ServerColumn,
  declared: {
    readonly name: string;
    readonly dtype: DataType;
    readonly nullable: boolean;
    readonly format: TextFormat;
  },
): WireColumn {
  const { name, dtype, nullable } = declared;
  const found = wire(column, dtype, declared.format);
  if (found === undefined) {
    throw new MillraceError({
      code: 'sql.column_type',
      message: `read.sql: column ${JSON.stringify(column.name)} is ${column.written} in the result, which the schema cannot read as ${describeDType(dtype)}. Declare it as ${describeDType(dtypeOf(column))}, or cast it in the query.`,
      details: { column: column.name, type: column.written, dtype: describeDType(dtype) },
    });
  }
  const read = { name, dtype, nullable, fits: found.fits };
  return { sql: found.sql, column: read, server: column, timeZone: declared.format.timeZone };
}
