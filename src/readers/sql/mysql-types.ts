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

/** What a column of MySQL or MariaDB holds. */
type Kind =
  | 'tinyint'
  | 'smallint'
  | 'mediumint'
  | 'int'
  | 'bigint'
  | 'year'
  | 'bit'
  | 'decimal'
  | 'float'
  | 'double'
  | 'date'
  | 'datetime'
  | 'timestamp'
  | 'time'
  | 'json'
  | 'text'
  | 'binary'
  | 'null';

/** A column of a result of MySQL or MariaDB. */
export interface MysqlColumn extends ServerColumn {
  readonly kind: Kind;
  readonly unsigned: boolean;
  /** Of a decimal, its digits; of bits, how many there are; of a tinyint the width it is shown in. */
  readonly width: number;
  readonly scale: number;
}

/** A column as the protocol describes it. */
export interface FieldPacket {
  readonly name: string;
  readonly columnType?: number;
  readonly columnLength?: number;
  readonly flags?: number | readonly string[];
  readonly decimals?: number;
  readonly characterSet?: number;
  /** MariaDB's own names of types that the protocol sends as text: `uuid`, `inet6`. */
  readonly extendedTypeName?: string;
  readonly extendedFormat?: string;
}

/** The protocol's numbers of types; texts and bytes have the others. */
const KINDS: Readonly<Record<number, Kind>> = {
  0: 'decimal',
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  4: 'float',
  5: 'double',
  6: 'null',
  7: 'timestamp',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  14: 'date',
  16: 'bit',
  245: 'json',
  246: 'decimal',
};

const UNSIGNED = 32;
const ENUM = 256;
const SET = 2048;
/** The character set of bytes. */
const BYTES = 63;

export function mysqlColumn(field: FieldPacket): MysqlColumn {
  const { name, columnType = 6, columnLength = 0, decimals = 0, characterSet } = field;
  const flags = typeof field.flags === 'number' ? field.flags : 0;
  const unsigned = (flags & UNSIGNED) !== 0;
  const texts: Kind = field.extendedFormat === 'json' ? 'json' : characterSet === BYTES ? 'binary' : 'text';
  // Nulls alone are bytes of no length where they are united.
  const isNothing = texts === 'binary' && columnLength === 0;
  const kind = KINDS[columnType] ?? (isNothing ? 'null' : texts);
  // The length of a decimal counts its sign and its point.
  const digits = columnLength - (unsigned ? 0 : 1) - (decimals > 0 ? 1 : 0);
  const width = kind === 'decimal' ? digits : columnLength;
  const column = { name, kind, unsigned, width, scale: decimals };
  return { ...column, written: written(column, { flags, columnType, extended: field.extendedTypeName }) };
}

function written(
  { kind, unsigned, width, scale }: Omit<MysqlColumn, 'written'>,
  { flags, columnType, extended }: { flags: number; columnType: number; extended: string | undefined },
): string {
  const sign = unsigned ? ' unsigned' : '';
  switch (kind) {
    case 'decimal':
      return `decimal(${width},${scale})${sign}`;
    case 'tinyint':
      return `${width === 1 ? 'tinyint(1)' : 'tinyint'}${sign}`;
    case 'bit':
      return `bit(${width})`;
    case 'datetime':
    case 'timestamp':
    case 'time':
      return scale > 0 && scale <= 6 ? `${kind}(${scale})` : kind;
    case 'text':
      if (extended !== undefined) return extended;
      if ((flags & ENUM) !== 0) return 'enum';
      if ((flags & SET) !== 0) return 'set';
      // In utf8mb4 a character counts as four.
      return columnType === 253 || columnType === 15
        ? `varchar(${width / 4})`
        : columnType === 254
          ? `char(${width / 4})`
          : 'text';
    case 'binary':
      return extended ?? (columnType === 255 ? 'geometry' : columnType === 252 ? 'blob' : `binary(${width})`);
    case 'year':
    case 'null':
      return kind;
    default:
      return `${kind}${sign}`;
  }
}

const SMALL: readonly Kind[] = ['tinyint', 'smallint', 'mediumint', 'int', 'year'];

/** The bits of the whole numbers that are safe in JavaScript. */
const SAFE_BITS = 53;

function isWhole({ kind }: MysqlColumn): boolean {
  return SMALL.includes(kind) || kind === 'bigint' || kind === 'bit';
}

export function dtypeOf(column: MysqlColumn): DataType {
  const { kind, unsigned, width, scale } = column;
  switch (kind) {
    case 'tinyint':
      return width === 1 && !unsigned ? BOOLEAN : INT;
    case 'smallint':
    case 'mediumint':
    case 'int':
    case 'year':
      return INT;
    case 'bigint':
      return unsigned ? decimal(20, 0) : INT;
    case 'bit':
      if (width === 1) return BOOLEAN;
      return width <= SAFE_BITS ? INT : decimal(20, 0);
    case 'decimal':
      return width <= MAX_PRECISION ? decimal(width, scale) : STRING;
    case 'float':
    case 'double':
      return FLOAT;
    case 'date':
      return DATE;
    case 'datetime':
    case 'timestamp':
      return TIMESTAMP;
    case 'json':
      return JSON_;
    case 'binary':
      return { id: 'binary' };
    case 'time':
    case 'text':
    case 'null':
      return STRING;
  }
}

const plain = (value: unknown): string | null => (value === null ? null : String(value));
const hex = (value: unknown): string | null => (value === null ? null : (value as Buffer).toString('hex'));
const bits = (value: unknown): string | null =>
  value === null ? null : BigInt(`0x${(value as Buffer).toString('hex')}`).toString();

export function wire(column: MysqlColumn, dtype: DataType, format: TextFormat): ValueWire | undefined {
  const { kind, unsigned, width, scale } = column;
  const text = kind === 'bit' ? bits : plain;
  if (kind === 'null') return { fits: 'text', text };
  const isText = kind === 'text' || kind === 'json';
  switch (dtype.id) {
    case 'int':
      if (SMALL.includes(kind) || (kind === 'bit' && width <= SAFE_BITS)) return { fits: 'all', text };
      if (kind === 'bigint' && !unsigned) return { fits: 'range', text };
      return kind === 'bigint' || kind === 'bit' || kind === 'decimal' ? { fits: 'text', text } : undefined;
    case 'bigint':
      if (SMALL.includes(kind) || (kind === 'bigint' && !unsigned)) return { fits: 'all', text };
      return kind === 'bigint' || kind === 'bit' || kind === 'decimal' ? { fits: 'text', text } : undefined;
    case 'float':
      return SMALL.includes(kind) || ['float', 'double', 'decimal'].includes(kind) ? { fits: 'all', text } : undefined;
    case 'decimal': {
      const holds = kind === 'decimal' && scale <= dtype.scale && width - scale <= dtype.precision - dtype.scale;
      return kind === 'decimal' || isWhole(column) ? { fits: holds ? 'all' : 'text', text } : undefined;
    }
    case 'string':
      return isText || kind === 'time' || (kind === 'decimal' && width > MAX_PRECISION)
        ? { fits: 'all', text }
        : undefined;
    case 'boolean': {
      // A comparison is an int to the server.
      if (!isWhole(column) || kind === 'year') return undefined;
      return { fits: 'text', text: (value) => truth(text(value)) };
    }
    // A date may be 0000-00-00 or have a month 0, which no calendar has.
    case 'date':
      return kind === 'date' ? { fits: 'text', format: {}, text } : undefined;
    case 'timestamp':
      // The session's zone is UTC while it is read.
      if (kind === 'timestamp') return { fits: 'text', format: {}, text };
      return kind === 'datetime' ? { fits: 'text', format: wallClock(format), text } : undefined;
    case 'json':
      // MariaDB's JSON is text, and so are the results of its functions.
      return isText ? { fits: kind === 'json' ? 'all' : 'text', text } : undefined;
    case 'list':
    case 'struct':
      return isText ? { fits: 'text', text } : undefined;
    case 'binary':
      return kind === 'binary' || kind === 'bit' ? { fits: 'all', text: hex } : undefined;
  }
}

/** The most digits after the point that a decimal of the server has. */
const SCALE = 30;

/** Which rows are needed, where the server compares values as they are read. */
export function sinceIn({ name, kind }: MysqlColumn, since: Since): Condition | undefined {
  const { dtype } = since;
  const column = `\`${name.replaceAll('`', '``')}\``;
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return SMALL.includes(kind) || kind === 'bigint' ? sinceSql(since, column, () => 'CAST(? AS SIGNED)') : undefined;
    case 'decimal':
      return kind === 'decimal' && dtype.scale <= SCALE
        ? sinceSql(since, column, () => `CAST(? AS DECIMAL(65, ${dtype.scale}))`)
        : undefined;
    case 'date':
      return kind === 'date' ? sinceSql(since, column, () => 'CAST(? AS DATE)') : undefined;
    case 'timestamp': {
      if (kind !== 'timestamp' && kind !== 'datetime') return undefined;
      const asked = kind === 'datetime' && since.timeZone !== undefined ? aDayWider(since) : since;
      const { sql, values } = sinceSql(asked, column, () => 'CAST(? AS DATETIME(6))');
      return { sql, values: values.map((text) => text.replace('T', ' ').replace('Z', '')) };
    }
    case 'string':
      // By their bytes, whatever their collation is.
      return kind === 'text'
        ? sinceSql(
            since,
            `CAST(CONVERT(${column} USING utf8mb4) AS BINARY)`,
            () => 'CAST(CONVERT(? USING utf8mb4) AS BINARY)',
          )
        : undefined;
    default:
      return undefined;
  }
}

function truth(text: string | null): string | null {
  return text === '1' ? 't' : text === '0' ? 'f' : text;
}

function wallClock({ timeZone }: TextFormat): TextFormat {
  return timeZone === undefined ? {} : { timeZone, skippedTimes: 'shift' };
}
