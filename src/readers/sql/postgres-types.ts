import type { DatabaseServer } from '../../plan/source.ts';
import type { ResultField } from '../../postgres/connect.ts';
import { numericShape, quoteIdentifier } from '../../postgres/types.ts';
import type { TextFormat } from '../../schema/column-type.ts';
import {
  BOOLEAN,
  DATE,
  type DataType,
  decimal,
  FLOAT,
  INT,
  JSON_,
  MAX_PRECISION,
  STRING,
  TIMESTAMP,
} from '../../schema/dtype.ts';
import type { ServerColumn, Wire } from './server.ts';

/** A column of a result of PostgreSQL. */
export interface PostgresColumn extends ServerColumn {
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
): Promise<readonly PostgresColumn[]> {
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
  return fields.map(({ name }, i): PostgresColumn => {
    const [written, type, kind, category, element, modifier] = rows[i] ?? [];
    const nested = category === 'A' ? 'array' : kind === 'c' || type === 'record' ? 'composite' : undefined;
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
function isText({ type }: PostgresColumn): boolean {
  return ![...WHOLE, ...FLOATS, ...JSONS, ...OTHERS].includes(type);
}

/** The dtype of a column that no schema declares. */
export function dtypeOf(column: PostgresColumn): DataType {
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
function exactShape({ modifier }: PostgresColumn): { readonly precision: number; readonly scale: number } | undefined {
  const shape = numericShape(modifier);
  return shape !== undefined && shape.scale >= 0 && shape.scale <= shape.precision && shape.precision <= MAX_PRECISION
    ? shape
    : undefined;
}

/** The server's expression whose text the engine reads. */
export interface PostgresWire extends Wire {
  readonly sql: string;
}

/** Whether and how a column of the server becomes one of a dtype; undefined where it cannot without loss. */
export function wire(column: PostgresColumn, dtype: DataType, format: TextFormat): PostgresWire | undefined {
  const { type } = column;
  const name = quoteIdentifier(column.name);
  const plain = (sql: string): PostgresWire => ({ sql, fits: 'all' });
  switch (dtype.id) {
    case 'int':
      if (WHOLE.includes(type)) return { sql: name, fits: type === 'int8' ? 'range' : 'all' };
      return type === 'numeric' ? { sql: name, fits: 'text' } : undefined;
    case 'bigint':
      if (WHOLE.includes(type)) return plain(name);
      return type === 'numeric' ? { sql: name, fits: 'text' } : undefined;
    case 'float':
      // What is beyond a float, the server would refuse with its whole result.
      if (type === 'numeric' && exactShape(column) === undefined) return { sql: name, fits: 'text' };
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
      // A numeric without a precision is exact to its last digit only as text.
      return isText(column) || (type === 'numeric' && exactShape(column) === undefined)
        ? plain(`${name}::text`)
        : undefined;
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
