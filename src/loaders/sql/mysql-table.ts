import { t } from '../../schema/column-type.ts';
import type { DataType, Field } from '../../schema/dtype.ts';
import type { Comparison } from '../reconcile/digest.ts';
import { readBackType } from '../reconcile/target-rows.ts';
import type { ReadAs, TableShape, TargetColumn } from './database.ts';

/** How long a text or a key of bytes may be in all: an index of InnoDB holds 3072 bytes, a character up to four. */
const KEY_CHARACTERS = 760;
const KEY_LENGTH = 255;

/** A column as `information_schema.columns` tells it. */
export interface Described {
  readonly name: string;
  /** `decimal(12,2)`, and without what modifies it `decimal`. */
  readonly written: string;
  readonly type: string;
  readonly notNull: boolean;
  readonly hasDefault: boolean;
  readonly generated: boolean;
  readonly scale: number;
  /** Digits of a second. */
  readonly fraction: number;
}

export function mysqlColumn(described: Described): TargetColumn {
  const { name, written, notNull, hasDefault, generated } = described;
  return { name, written, notNull, hasDefault, generated, takes: (dtype) => takes(described, dtype) };
}

const WHOLE = ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'];
/** Not `char`, which cuts spaces off, nor `enum`, which takes a number for a place in its list. */
const TEXTS = ['varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'uuid', 'inet4', 'inet6'];
const JSONS = ['json', 'text', 'mediumtext', 'longtext'];

/** What is too large is refused by the server, whose session is strict; what it would round is not taken. */
function takes({ type, written, scale, fraction }: Described, dtype: DataType): boolean {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return WHOLE.includes(type) || type === 'decimal';
    case 'float':
      return type === 'double';
    case 'decimal':
      return type === 'decimal' && scale >= dtype.scale;
    case 'string':
      return TEXTS.includes(type);
    case 'boolean':
      return type === 'tinyint' && !written.includes('zerofill');
    case 'date':
      return type === 'date';
    case 'timestamp':
      return (type === 'datetime' || type === 'timestamp') && fraction === 6;
    case 'json':
    case 'list':
    case 'struct':
      return JSONS.includes(type);
    case 'binary':
      return ['varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob'].includes(type);
  }
}

/** How a column is read back: what a dtype would not hold of it, as text. */
export function mysqlReadAs({ name, written }: TargetColumn, { dtype }: Field): ReadAs {
  const column = `t.\`${name.replaceAll('`', '``')}\``;
  switch (dtype.id) {
    case 'int':
    case 'bigint':
    case 'decimal':
      // Of a column that is shown with zeros before it, too.
      return { sql: `CAST(${column} + 0 AS CHAR)`, type: TEXT, how: 'digits' };
    case 'float':
      return { sql: column, type: readBackType(dtype), how: 'double' };
    case 'string':
      return { sql: `CAST(${column} AS CHAR)`, type: TEXT, how: OWN_SPELLING[written] ?? 'value' };
    case 'json':
    case 'list':
    case 'struct':
      return { sql: `CAST(${column} AS CHAR)`, type: TEXT, how: 'json' };
    case 'boolean':
    case 'date':
    case 'timestamp':
    case 'binary':
      return { sql: column, type: readBackType(dtype), how: 'value' };
  }
}

const TEXT = t.string().nullable();

/** Types whose text is not always the one that was sent. */
const OWN_SPELLING: Readonly<Record<string, Comparison>> = { uuid: 'uuid', inet4: 'presence', inet6: 'presence' };

/** What a table is made of, as SQL after its name. Texts are told apart by their bytes, spaces at their ends included. */
export function definition(
  { schema, key, flag }: TableShape,
  quote: (name: string) => string,
  { isMariadb }: { readonly isMariadb: boolean },
): string {
  const texts = schema.filter(({ name, dtype }) => key.includes(name) && dtype.id === 'string').length;
  const length = Math.min(KEY_LENGTH, Math.floor(KEY_CHARACTERS / Math.max(1, texts)));
  const columns = schema.map(({ name, dtype, nullable }) => {
    const type = key.includes(name) ? keyTypeFor(dtype, length, isMariadb) : typeFor(dtype, isMariadb);
    return `${quote(name)} ${type}${nullable && !key.includes(name) ? ' NULL' : ' NOT NULL'}`;
  });
  if (flag !== undefined) columns.push(`${quote(flag)} BOOLEAN NOT NULL DEFAULT false`);
  if (key.length > 0) columns.push(`PRIMARY KEY (${key.map(quote).join(', ')})`);
  const collation = isMariadb ? 'utf8mb4_nopad_bin' : 'utf8mb4_0900_bin';
  return `(${columns.join(', ')}) ENGINE = InnoDB ROW_FORMAT = DYNAMIC CHARACTER SET utf8mb4 COLLATE ${collation}`;
}

function keyTypeFor(dtype: DataType, length: number, isMariadb: boolean): string {
  if (dtype.id === 'string') return `VARCHAR(${length})`;
  return dtype.id === 'binary' ? `VARBINARY(${KEY_LENGTH})` : typeFor(dtype, isMariadb);
}

function typeFor(dtype: DataType, isMariadb: boolean): string {
  switch (dtype.id) {
    case 'int':
    case 'bigint':
      return 'BIGINT';
    case 'float':
      return 'DOUBLE';
    case 'decimal':
      return `DECIMAL(${dtype.precision}, ${dtype.scale})`;
    case 'string':
      return 'LONGTEXT';
    case 'boolean':
      return 'BOOLEAN';
    case 'date':
      return 'DATE';
    case 'timestamp':
      return 'DATETIME(6)';
    case 'json':
    case 'list':
    case 'struct':
      // MariaDB's is text that is looked at; MySQL's own would round numbers to doubles.
      return isMariadb ? 'JSON' : 'LONGTEXT';
    case 'binary':
      return 'LONGBLOB';
  }
}
