import type { TextFormat } from '../../schema/column-type.ts';
import { BOOLEAN, DATE, type DataType, decimal, FLOAT, INT, STRING, TIMESTAMP } from '../../schema/dtype.ts';
import type { ServerColumn, ValueWire } from './server.ts';

/** A column of a result of SQL Server. */
export interface MssqlColumn extends ServerColumn {
  /** Its type without what stands in brackets: `decimal`. */
  readonly type: string;
  readonly precision: number;
  readonly scale: number;
}

/** A column as `sp_describe_first_result_set` describes it. */
export function mssqlColumn(name: string, written: string): MssqlColumn {
  const [, type = written, first = '0', second = '0'] =
    /^([\w ]+?)(?:\((\d+|max)(?:,\s*(\d+))?\))?$/.exec(written) ?? [];
  return { name, written, type, precision: Number(first) || 0, scale: Number(second) };
}

const SMALL: readonly string[] = ['tinyint', 'smallint', 'int'];
const EXACT: readonly string[] = ['decimal', 'numeric'];
const MONEY: readonly string[] = ['money', 'smallmoney'];
const TEXTS: readonly string[] = ['char', 'varchar', 'text', 'nchar', 'nvarchar', 'ntext', 'sysname'];
const BYTES: readonly string[] = ['binary', 'varbinary', 'image', 'rowversion', 'timestamp'];
const DATETIMES: readonly string[] = ['datetime', 'smalldatetime'];

/**
 * The type that the server sends a column as: what the driver would round or shift, as text. The server turns what it
 * turns by itself, which money into text is not.
 */
export function sentAs({ type, written }: MssqlColumn): string {
  if (EXACT.includes(type)) return 'varchar(41)';
  if (MONEY.includes(type)) return 'decimal(19, 4)';
  if (TEXTS.includes(type)) return 'nvarchar(max)';
  if (['date', 'time', 'datetime2', 'datetimeoffset'].includes(type)) return 'varchar(34)';
  if (DATETIMES.includes(type)) return 'datetime2(3)';
  return type === 'timestamp' || type === 'rowversion' ? 'binary(8)' : written;
}

export function dtypeOf(column: MssqlColumn): DataType {
  const { type, precision, scale } = column;
  if (SMALL.includes(type) || type === 'bigint') return INT;
  if (EXACT.includes(type)) return decimal(precision, scale);
  if (MONEY.includes(type)) return decimal(19, 4);
  if (type === 'float' || type === 'real') return FLOAT;
  if (type === 'bit') return BOOLEAN;
  if (type === 'date') return DATE;
  if (type === 'datetime2' || type === 'datetimeoffset' || DATETIMES.includes(type)) return TIMESTAMP;
  return BYTES.includes(type) ? { id: 'binary' } : STRING;
}

const plain = (value: unknown): string | null => (value === null ? null : String(value));

/** `useUTC`: whether the driver makes a Date of a wall clock as if it were one of UTC, or of this machine's zone. */
export function wire(column: MssqlColumn, dtype: DataType, format: TextFormat, useUTC: boolean): ValueWire | undefined {
  const { type, precision, scale } = column;
  const isText = TEXTS.includes(type);
  switch (dtype.id) {
    case 'int':
      if (SMALL.includes(type)) return { fits: 'all', text: plain };
      if (type === 'bigint') return { fits: 'range', text: plain };
      return EXACT.includes(type) ? { fits: 'text', text: plain } : undefined;
    case 'bigint':
      if (SMALL.includes(type) || type === 'bigint') return { fits: 'all', text: plain };
      return EXACT.includes(type) ? { fits: 'text', text: plain } : undefined;
    case 'float':
      return ['float', 'real', ...SMALL, ...EXACT].includes(type) ? { fits: 'all', text: plain } : undefined;
    case 'decimal': {
      if (MONEY.includes(type)) return { fits: 'text', text: money };
      const holds = EXACT.includes(type) && scale <= dtype.scale && precision - scale <= dtype.precision - dtype.scale;
      if (!EXACT.includes(type) && !SMALL.includes(type) && type !== 'bigint') return undefined;
      return { fits: holds ? 'all' : 'text', text: plain };
    }
    case 'string':
      return isText || ['uniqueidentifier', 'xml', 'time'].includes(type) ? { fits: 'all', text: plain } : undefined;
    case 'boolean':
      return type === 'bit' ? { fits: 'all', text: (value) => (value === null ? null : value ? 't' : 'f') } : undefined;
    case 'date':
      return type === 'date' ? { fits: 'text', format: {}, text: plain } : undefined;
    case 'timestamp':
      if (type === 'datetimeoffset') return { fits: 'text', format: {}, text: instant };
      if (type === 'datetime2') return { fits: 'text', format: wallClock(format), text: instant };
      if (!DATETIMES.includes(type)) return undefined;
      return { fits: 'text', format: wallClock(format), text: (value) => clock(value as Date | null, useUTC) };
    // SQL Server keeps JSON as text.
    case 'json':
    case 'list':
    case 'struct':
      return isText ? { fits: 'text', text: plain } : undefined;
    case 'binary':
      if (!BYTES.includes(type)) return undefined;
      return {
        fits: 'all',
        text: (value) => (value === null ? null : Buffer.from(value as Uint8Array).toString('hex')),
      };
  }
}

/** Up to where the four digits after the point of a driver's number are those of the amount. */
const MONEY_LIMIT = Number.MAX_SAFE_INTEGER / 10_000;

function money(value: unknown): string | null {
  if (value === null) return null;
  const amount = Number(value);
  return Math.abs(amount) <= MONEY_LIMIT ? amount.toFixed(4) : `about ${amount}`;
}

/** A time as the server writes it, of which the seventh digit after the point has to be 0, and its zone if it has one. */
function instant(value: unknown): string | null {
  if (value === null) return null;
  return String(value)
    .replace(/(\.\d{6})0/, '$1')
    .replace(/ ([+-]\d\d:\d\d)$/, '$1');
}

function clock(value: Date | null, useUTC: boolean): string | null {
  if (value === null) return null;
  const inUtc = useUTC ? value : new Date(value.getTime() - value.getTimezoneOffset() * 60_000);
  return inUtc.toISOString().replace('T', ' ').replace('Z', '');
}

function wallClock({ timeZone }: TextFormat): TextFormat {
  return timeZone === undefined ? {} : { timeZone, skippedTimes: 'shift' };
}
