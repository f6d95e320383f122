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
import type { ServerColumn, ValueWire } from './server.ts';
import { aDayWider, type Condition, type Since, sinceSql } from './since.ts';

/** How SQLite stores a value: each value of a column in its own way. */
export type Storage = 'integer' | 'real' | 'text' | 'blob';

/** A column of a result of SQLite. */
export interface SqliteColumn extends ServerColumn {
  /** The type that its table declares; undefined for what is computed. */
  readonly declared: string | undefined;
  /** How the values of a column without a declared type are stored, where that was looked at. */
  readonly stored: readonly Storage[];
}

/** What a declared type says, by SQLite's own rules for its parts of words and the customs of others. */
function familyOf({ declared }: SqliteColumn): string {
  const type = (declared ?? '').toUpperCase();
  if (type === '') return 'any';
  if (/BOOL/.test(type)) return 'boolean';
  if (/DATETIME|TIMESTAMP/.test(type)) return 'timestamp';
  if (/^DATE\b/.test(type)) return 'date';
  if (/JSON/.test(type)) return 'json';
  if (/INT/.test(type)) return 'integer';
  if (/CHAR|CLOB|TEXT|UUID|STRING/.test(type)) return 'text';
  if (/BLOB|BINARY/.test(type)) return 'blob';
  if (/REAL|FLOA|DOUB/.test(type)) return 'real';
  if (/DEC|NUMERIC|NUMBER|MONEY/.test(type)) return 'numeric';
  return 'text';
}

/** Which dtypes each family can be read as; every value is looked at all the same. */
const READ_AS: Readonly<Record<string, readonly DataType['id'][]>> = {
  boolean: ['boolean', 'int', 'bigint'],
  timestamp: ['timestamp', 'date', 'string'],
  date: ['date', 'timestamp', 'string'],
  json: ['json', 'list', 'struct', 'string'],
  integer: ['int', 'bigint', 'decimal', 'float', 'boolean'],
  text: ['string', 'date', 'timestamp', 'decimal', 'json', 'list', 'struct'],
  blob: ['binary'],
  real: ['float', 'decimal'],
  numeric: ['decimal', 'float', 'int', 'bigint', 'string'],
};

export function dtypeOf(column: SqliteColumn): DataType {
  switch (familyOf(column)) {
    case 'boolean':
      return BOOLEAN;
    case 'timestamp':
      return TIMESTAMP;
    case 'date':
      return DATE;
    case 'json':
      return JSON_;
    case 'integer':
      return INT;
    case 'blob':
      return { id: 'binary' };
    case 'real':
      return FLOAT;
    case 'numeric': {
      const [, precision, scale = '0'] = /\((\d+)(?:\s*,\s*(\d+))?\)/.exec(column.declared ?? '') ?? [];
      const fits = precision !== undefined && Number(precision) <= MAX_PRECISION && Number(scale) <= Number(precision);
      // Without a declared precision no decimal holds every value; text does.
      return fits ? decimal(Number(precision), Number(scale)) : STRING;
    }
    case 'any':
      return storedAs(column.stored);
    default:
      return STRING;
  }
}

function storedAs(stored: readonly Storage[]): DataType {
  if (stored.length === 0 || stored.includes('text')) return STRING;
  if (stored.includes('blob')) return stored.length === 1 ? { id: 'binary' } : STRING;
  return stored.includes('real') ? FLOAT : INT;
}

export function wire(column: SqliteColumn, dtype: DataType, format: TextFormat): ValueWire | undefined {
  const family = familyOf(column);
  if (family !== 'any' && READ_AS[family]?.includes(dtype.id) !== true) return undefined;
  return { fits: 'text', format, text: textOf(dtype.id) };
}

/** Which rows are needed, where SQLite compares values as they are read: what is stored otherwise than declared is sent. */
export function sinceIn(column: SqliteColumn, since: Since): Condition | undefined {
  const family = familyOf(column);
  const name = `"${column.name.replaceAll('"', '""')}"`;
  switch (since.dtype.id) {
    case 'int':
    case 'bigint':
      return family === 'integer' || family === 'numeric'
        ? sinceSql(since, name, () => 'CAST(? AS INTEGER)')
        : undefined;
    case 'decimal':
      return ['integer', 'numeric', 'real'].includes(family)
        ? sinceSql(since, name, () => 'CAST(? AS NUMERIC)')
        : undefined;
    case 'date':
    case 'timestamp': {
      if (!['date', 'timestamp', 'text'].includes(family) || since.formats !== undefined) return undefined;
      // By their days: what follows a day is written in more ways than one, and may have an offset.
      const { from, to } = aDayWider(aDayWider(since));
      const days = { ...since, from: from?.slice(0, 10), to: to?.slice(0, 10) };
      const { sql, values } = sinceSql(days, name, () => '?');
      return { sql: `(${sql} OR typeof(${name}) <> 'text')`, values };
    }
    case 'string':
      return /CHAR|CLOB|TEXT/i.test(column.declared ?? '') && !/INT/i.test(column.declared ?? '')
        ? sinceSql(since, `${name} COLLATE BINARY`, () => '?')
        : undefined;
    default:
      return undefined;
  }
}

/** A value that is no value of the dtype becomes a text that does not fit, which says what it is. */
function textOf(id: DataType['id']): (value: unknown) => string | null {
  switch (id) {
    case 'boolean':
      return told((value) => {
        if (typeof value === 'string') return shown(value);
        const number = plain(value);
        return number === '1' ? 't' : number === '0' ? 'f' : number;
      });
    case 'binary':
      return told((value) => (value instanceof Uint8Array ? Buffer.from(value).toString('hex') : shown(value)));
    case 'float':
      return told((value) =>
        typeof value === 'bigint' && BigInt(Number(value)) !== value ? shown(value) : plain(value),
      );
    case 'string':
      // Bytes begin with x', and a text that begins so, or with a quote, has a quote before it.
      return told((value) => (typeof value === 'string' && /^x?'/.test(value) ? `'${value}` : plain(value)));
    default:
      return told(plain);
  }
}

function told(text: (value: unknown) => string): (value: unknown) => string | null {
  return (value) => (value === null || value === undefined ? null : text(value));
}

/** Numbers by the shortest digits that are the same number, without an exponent where they are whole or small. */
function plain(value: unknown): string {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value).toString() : withoutExponent(value);
  return value instanceof Uint8Array ? shown(value) : String(value);
}

function withoutExponent(value: number): string {
  const text = String(value);
  const [, sign = '', whole = '', fraction = '', exponent = ''] = /^(-?)(\d+)(?:\.(\d+))?e-(\d+)$/.exec(text) ?? [];
  return exponent === '' ? text : `${sign}0.${'0'.repeat(Number(exponent) - 1)}${whole}${fraction}`;
}

function shown(value: unknown): string {
  if (value instanceof Uint8Array) return `x'${Buffer.from(value).toString('hex')}'`;
  return typeof value === 'string' ? JSON.stringify(value) : `${value}!`;
}
